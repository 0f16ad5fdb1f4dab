"""One attempt at one delivery: compose, send, and name what came of it. Stores nothing; the worker does."""

import asyncio
import random
from collections import OrderedDict
from dataclasses import replace
from typing import Final, Protocol

import structlog

from bot.delivery.outcome import Again, Buried, Gone, Moved, Outcome, Refused, Sent, Unsaid
from bot.delivery.perform import perform
from bot.delivery.pictures import Pictures
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
from bot.messages.model import Message, Picture
from bot.ports import ChartOf, Claim, Clock, Operation, Sender, WatchBook
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
        self,
        book: WatchBook,
        sender: Sender,
        compose: Compose,
        *,
        clock: Clock,
        rng: random.Random,
        pictures: Pictures | None = None,
    ) -> None:
        self._book = book
        self._sender = sender
        self._compose = compose
        self._clock = clock
        self._rng = rng
        self._pictures = pictures
        self._sent = 0
        self._alone: OrderedDict[str, tuple[int, int]] = OrderedDict()
        """Delivery id -> (failures while others passed, `_sent` at the last); of 1,000 the oldest goes."""

    async def make(self, claim: Claim) -> Outcome:
        """Compose and send; what came of it. Raises nothing but cancellation."""
        outcome = await self._made(claim)
        if isinstance(claim.delivery.payload, ChartOf) and self._pictures:
            if not isinstance(outcome, Again | Refused):
                self._pictures.settled(claim.delivery)
            if isinstance(outcome, Buried):
                return Unsaid(outcome.why)  # the words were said
        return outcome

    # ---- inside ---------------------------------------------------------------------------------

    async def _made(self, claim: Claim) -> Outcome:
        delivery = claim.delivery
        to = Destination.parse(delivery.destination)
        sending = False
        try:
            async with asyncio.timeout(SEND_WITHIN_S):
                if why := await self._needless(claim, to):
                    return Unsaid(why)
                shown = await self._shown(claim, to)
                if shown is None:
                    return Unsaid("no picture")
                sending = True
                message_id = await perform(self._sender, claim, to, *shown, is_late=self._is_late(claim))
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

    async def _needless(self, claim: Claim, to: Destination) -> str:
        """Why it need not be said any more, empty when it must."""
        delivery, payload = claim.delivery, claim.delivery.payload
        if delivery.answer_to and self._is_late(claim) and not to.is_private:
            return "the request is too long ago to answer it unseen by others"
        if delivery.if_unattended and isinstance(payload, Alert):
            if _is_over(payload):
                return "" if claim.message_id else "its incident was not told here"
            return "" if await self._book.unattended(payload) else "its incident is attended to or over"
        if isinstance(payload, ChartOf) and (self._pictures is None or self._pictures.is_late(payload.alert)):
            return "too late for a picture"
        return ""

    async def _shown(self, claim: Claim, to: Destination) -> tuple[Message, Picture | None] | None:
        """The words and what is shown with them; None of a picture that there is not."""
        delivery = claim.delivery
        if isinstance(delivery.payload, ChartOf):
            return await self._pictures.of(delivery) if self._pictures else None
        message = await self._words(claim, delivery.payload, to)
        picture = await self._pictures.drawn(message.chart) if message.chart and self._pictures else None
        return message, picture

    async def _words(self, claim: Claim, payload: Alert | AlertGroup | Message, to: Destination) -> Message:
        delivery = claim.delivery
        home = delivery.home or await self._book.home_of(to.id)
        settings = await self._book.settings(home)
        message = self._compose(
            payload,
            settings,
            repeated=claim.repeated,
            private=to.is_private,
            escalated=delivery.if_unattended and not _is_over(payload),
        )
        if await self._may_ping(claim, to, home, settings):
            message = replace(message, ping=settings.ping)
        return message

    async def _may_ping(self, claim: Claim, to: Destination, home: str, settings: ChatSettings) -> bool:
        """Whether the message mentions the role: critical news, said in a channel of the role's own server.

        One message pings for all incidents in it, and so counts as the ping of each.
        """
        payload = claim.delivery.payload
        if not settings.ping or not to.is_channel or isinstance(payload, Message | ChartOf):
            return False
        if claim.delivery.operation is Operation.EDIT or await self._book.home_of(to.id) != home:
            return False
        alerts = payload.alerts if isinstance(payload, AlertGroup) else (payload,)
        critical = {alert.incident for alert in alerts if alert.severity is Severity.CRITICAL}
        granted = [await self._book.may_ping(home, one, claim.delivery.id) for one in sorted(critical)]
        return any(granted)

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


def _is_over(payload: Alert | AlertGroup | ChartOf | Message) -> bool:
    return isinstance(payload, Alert) and payload.reason is Reason.RESOLVED
