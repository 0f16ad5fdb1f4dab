"""Answers and cards on their way into the outbox. Used by `handlers.commands.desk` only."""

from collections.abc import Sequence

from bot.domain.alerts import Alert
from bot.messages.answers import Answer
from bot.messages.compose import Composer
from bot.messages.model import Message
from bot.ports import Delivery, Lane, Operation, Request
from bot.subscriptions import Destination
from handlers.commands.command import Services
from handlers.commands.takeup import Card


class Posting:
    """Every delivery of one request has an id made of the request's: a redelivered one adds nothing."""

    def __init__(self, services: Services, composer: Composer) -> None:
        self._services = services
        self._composer = composer

    async def flash(self, request: Request, answer: Answer) -> str:
        """The words that a platform shows to the person alone."""
        settings = await self._services.book.settings(request.home.id)
        return self._composer.flash(answer, settings, now=self._now, private=request.private)

    async def answer(self, request: Request, answer: Answer) -> None:
        """Where it was asked, in the way the platform wants its answer."""
        settings = await self._services.book.settings(request.home.id)
        message = self._composer.answer(answer, settings, now=self._now, private=request.private)
        key = f"answer:{request.place.id}:{request.id}"
        answered = Delivery(
            id=key,
            destination=request.place.id,
            subject=key,
            lane=Lane.ANSWER,
            operation=Operation.SEND,
            payload=message,
            created_at=self._now,
            home=request.home.id,
            answer_to=request.answer_to,
        )
        await self._services.outbox.append((answered,))

    async def edit(self, request: Request, cards: Sequence[Card]) -> None:
        """Show on the incident's cards who took it up; each in line with the incident's other messages."""
        await self._services.outbox.append([await self._edit(request, card) for card in cards])

    async def _edit(self, request: Request, card: Card) -> Delivery:
        return Delivery(
            id=f"card:{request.place.id}:{request.id}:{card.place}",
            destination=card.place,
            subject=card.subject,
            lane=Lane.ANSWER,
            operation=Operation.EDIT,
            payload=await self._words(card),
            incident=card.incident,
            created_at=self._now,
            home=card.home,
        )

    async def _words(self, card: Card) -> Message:
        settings = await self._services.book.settings(card.home)
        private = Destination.parse(card.place).is_private
        if isinstance(card.told, Alert):
            return self._composer.alert(
                card.told, settings, repeated=False, now=self._now, handled=card.handled, private=private
            )
        return self._composer.group(
            card.told, settings, repeated=False, now=self._now, handled=card.handled, private=private
        )

    @property
    def _now(self) -> int:
        return int(self._services.clock())
