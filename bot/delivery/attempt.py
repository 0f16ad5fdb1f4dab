"""One attempt at one delivery: compose, send, and name what came of it. Stores nothing; the worker does."""

import asyncio
import random
from collections import OrderedDict
from dataclasses import replace
from typing import Final, Protocol, assert_never

import structlog

from bot.delivery.outcome import Again, Buried, Gone, Moved, Outcome, Refused, Sent, Unsaid
from bot.domain.alerts import Alert, AlertGroup, Reason, Severity
from bot.errors import (
    DestinationGone,
    DestinationMoved,
    RateLimited,
    Rejected,
    SettingsError,
    StoreError,
    Transient,
)
from bot.messages.model import Message
from bot.ports import Claim, Clock, Operation, Sender, WatchBook
from bot.subscriptions import ChatSettings, Destination

log = structlog.get_logger()

SEND_WITHIN_S: Final = 12.0
"""Less than the outbox's lease of 15 s, so a send that hangs is given up before another worker takes it."""
STORE_AWAY_S: Final = 1.0
BACKOFF_S: Final = (1.0, 60.0)
GIVE_UP_AFTER_S: Final = 24 * 3600
ALONE_MOST: Final = 20
"""Failures of one message while the platform took others in between: then it is the message's own fault."""
HANDLE_LASTS_S: Final = 15 * 60
"""After that a platform no longer takes an answer under the request's handle."""


class Compose(Protocol):
    """Turns what lies in the outbox into the message to send."""

    def __call__(
        self,
        payload: Alert | AlertGroup | Message,
        settings: ChatSettings,
        *,
        repeated: bool,
        private: bool,
        escalated: bool,
    ) -> Message:
        """`repeated`: it may be there already. `private`: one person alone reads it. `escalated`: nobody took
        it up where it was told first.
        """


class Attempts:
    """Makes attempts for one platform and remembers which messages fail while others pass."""

    def __init__(
        self, book: WatchBook, sender: Sender, compose: Compose, *, clock: Clock, rng: random.Random
    ) -> None:
        self._book = book
        self._sender = sender
        self._compose = compose
        self._clock = clock
        self._rng = rng
        self._sent = 0
        self._alone: OrderedDict[str, tuple[int, int]] = OrderedDict()
        """Delivery id -> (failures while others passed, `_sent` at the last); of 1,000 the oldest goes."""

    async def make(self, claim: Claim) -> Outcome:
        """Compose and send; what came of it. Raises nothing but cancellation."""
        delivery = claim.delivery
        to = Destination.parse(delivery.destination)
        sending = False
        try:
            async with asyncio.timeout(SEND_WITHIN_S):
                if why := await self._needless(claim, to):
                    return Unsaid(why)
                message = await self._words(claim, to)
                sending = True
                message_id = await self._perform(claim, to, message)
        except StoreError:
            return Again(STORE_AWAY_S)
        except RateLimited as error:
            log.info("told to wait", to=to.id, wait_s=error.retry_after, everything=error.everything)
            return Again(error.retry_after, everything=error.everything, told=True)
        except Transient as error:
            return self._later(claim, str(error), maybe_sent=error.maybe_sent)
        except TimeoutError:
            return (
                self._later(claim, "no answer in time", maybe_sent=True) if sending else Again(STORE_AWAY_S)
            )
        except SettingsError as error:
            log.error("the platform refuses the bot", platform=to.platform, why=str(error))  # noqa: TRY400  no bug of ours
            return Refused(str(error))
        except Rejected as error:
            return Buried(str(error))
        except DestinationMoved as error:
            return Moved(Destination(to.platform, error.chat, to.thread).id)
        except DestinationGone as error:
            return Gone(str(error))
        except Exception as bug:
            log.exception("delivery bug", id=delivery.id)
            return Buried(f"bug: {type(bug).__name__}")
        self._sent += 1
        self._alone.pop(delivery.id, None)
        return Sent(message_id)

    # ---- inside ---------------------------------------------------------------------------------

    async def _needless(self, claim: Claim, to: Destination) -> str:
        """Why it need not be said any more, empty when it must."""
        delivery, payload = claim.delivery, claim.delivery.payload
        if delivery.answer_to and self._is_late(claim) and not to.is_private:
            return "the request is too long ago to answer it unseen by others"
        if delivery.if_unattended and isinstance(payload, Alert):
            if _is_over(payload):
                return "" if claim.message_id else "its incident was not told here"
            return "" if await self._book.unattended(payload) else "its incident is attended to or over"
        return ""

    async def _words(self, claim: Claim, to: Destination) -> Message:
        delivery = claim.delivery
        home = delivery.home or await self._book.home_of(to.id)
        settings = await self._book.settings(home)
        message = self._compose(
            delivery.payload,
            settings,
            repeated=claim.repeated,
            private=to.is_private,
            escalated=delivery.if_unattended and not _is_over(delivery.payload),
        )
        if await self._may_ping(claim, to, home, settings):
            message = replace(message, ping=settings.ping)
        return message

    async def _may_ping(self, claim: Claim, to: Destination, home: str, settings: ChatSettings) -> bool:
        """Whether the message mentions the role: critical news, said in a channel of the role's own server.

        One message pings for all incidents in it, and so counts as the ping of each.
        """
        payload = claim.delivery.payload
        if not settings.ping or not to.is_channel or isinstance(payload, Message):
            return False
        if claim.delivery.operation is Operation.EDIT or await self._book.home_of(to.id) != home:
            return False
        alerts = payload.alerts if isinstance(payload, AlertGroup) else (payload,)
        critical = {alert.incident for alert in alerts if alert.severity is Severity.CRITICAL}
        granted = [await self._book.may_ping(home, one, claim.delivery.id) for one in sorted(critical)]
        return any(granted)

    async def _perform(self, claim: Claim, to: Destination, message: Message) -> str:
        """The platform's id of a new message, empty for an edit or a deletion."""
        delivery = claim.delivery
        match delivery.operation:
            case _ if delivery.answer_to:
                return await self._answer(claim, to, message)
            case Operation.DELETE:
                if claim.message_id and not claim.shared:
                    await self._sender.delete(to, claim.message_id)
                return ""
            case Operation.EDIT if claim.message_id and not claim.shared:
                try:
                    await self._sender.edit(to, claim.message_id, message)
                except Rejected as error:
                    # Too old or deleted by a person: its words are still owed.
                    log.info("edit refused, sent anew", to=to.id, why=str(error))
                    return await self._sender.send(to, message, key=delivery.id)
                return ""
            case Operation.SEND:
                return await self._sender.send(to, message, key=delivery.id)
            case Operation.REPLY | Operation.EDIT | Operation.PICTURE:
                # A sender has no pictures: the words beside one stand for it.
                return await self._sender.send(to, message, claim.message_id, key=delivery.id)
            case never:
                assert_never(never)

    async def _answer(self, claim: Claim, to: Destination, message: Message) -> str:
        """Under the request's handle. Without it only in private: elsewhere others would read what was meant
        for one person, and a platform that no longer knows the request says nothing about the place.
        """
        delivery = claim.delivery
        if not self._is_late(claim):
            try:
                return await self._sender.send(to, message, answer_to=delivery.answer_to, key=delivery.id)
            except (Rejected, DestinationGone) as error:
                if not to.is_private:
                    raise Rejected(str(error)) from error
                log.info("handle refused, sent plainly", to=to.id, why=str(error))
        return await self._sender.send(to, message, key=delivery.id)

    def _is_late(self, claim: Claim) -> bool:
        return 0 < claim.delivery.created_at < self._clock() - HANDLE_LASTS_S

    def _later(self, claim: Claim, why: str, *, maybe_sent: bool) -> Outcome:
        """Try again, unless it is a day old or fails again and again while others pass."""
        delivery = claim.delivery
        began = max(delivery.created_at, delivery.not_before)
        age = self._clock() - began if began else 0
        failures, sent = self._alone.pop(delivery.id, (0, self._sent))
        failures += sent != self._sent
        if age > GIVE_UP_AFTER_S or failures >= ALONE_MOST:
            return Buried(f"given up after {claim.attempts} attempts: {why}")
        self._alone[delivery.id] = (failures, self._sent)
        if len(self._alone) > 1000:
            self._alone.popitem(last=False)
        log.info("not delivered yet", id=delivery.id, attempts=claim.attempts, why=why)
        first, most = BACKOFF_S
        wait = min(most, first * 2 ** min(claim.attempts - 1, 10))
        return Again(wait * (0.5 + self._rng.random() / 2), maybe_sent=maybe_sent)


def _is_over(payload: Alert | AlertGroup | Message) -> bool:
    return isinstance(payload, Alert) and payload.reason is Reason.RESOLVED
