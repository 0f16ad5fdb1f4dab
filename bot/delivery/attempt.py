"""One attempt at one delivery: compose, send, and name what came of it. Stores nothing; the worker does."""

import asyncio
import random
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, assert_never

import structlog

from bot.domain.alerts import Alert
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

Compose = Callable[[Alert | Message, ChatSettings, bool], Message]
"""(payload, the chat's settings, whether it may be there already) -> the message to send."""

SEND_WITHIN_S: Final = 12.0
"""Less than the outbox's lease of 15 s, so a send that hangs is given up before another worker takes it."""
STORE_AWAY_S: Final = 1.0
REFUSED_S: Final = 60.0
"""Between tries while the platform refuses the bot itself: only its owner can cure that."""
BACKOFF_S: Final = (1.0, 60.0)
GIVE_UP_AFTER_S: Final = 24 * 3600
ALONE_MOST: Final = 20
"""Failures of one message while the platform took others in between: then it is the message's own fault."""


@dataclass(frozen=True, slots=True)
class Sent:
    message_id: str


@dataclass(frozen=True, slots=True)
class Again:
    wait_s: float
    everything: bool = False
    maybe_sent: bool = False


@dataclass(frozen=True, slots=True)
class Buried:
    why: str


@dataclass(frozen=True, slots=True)
class Gone:
    why: str


@dataclass(frozen=True, slots=True)
class Moved:
    to: str


Outcome = Sent | Again | Buried | Gone | Moved


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
                settings = await self._book.settings(delivery.destination)
                message = self._compose(delivery.payload, settings, claim.repeated)
                sending = True
                message_id = await self._perform(claim, to, message)
        except StoreError:
            return Again(STORE_AWAY_S)
        except RateLimited as error:
            log.info("told to wait", to=to.id, wait_s=error.retry_after, everything=error.everything)
            return Again(error.retry_after, everything=error.everything)
        except Transient as error:
            return self._later(claim, str(error), maybe_sent=error.maybe_sent)
        except TimeoutError:
            return (
                self._later(claim, "no answer in time", maybe_sent=True) if sending else Again(STORE_AWAY_S)
            )
        except SettingsError as error:
            log.error("the platform refuses the bot", platform=to.platform, why=str(error))  # noqa: TRY400  no bug of ours
            return Again(REFUSED_S, everything=True)
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

    async def _perform(self, claim: Claim, to: Destination, message: Message) -> str:
        """The platform's id of a new message, empty for an edit or a deletion."""
        match claim.delivery.operation:
            case Operation.DELETE:
                if claim.message_id:
                    await self._sender.delete(to, claim.message_id)
                return ""
            case Operation.EDIT if claim.message_id:
                try:
                    await self._sender.edit(to, claim.message_id, message)
                except Rejected as error:
                    # Too old or deleted by a person: its words are still owed.
                    log.info("edit refused, sent anew", to=to.id, why=str(error))
                    return await self._sender.send(to, message)
                return ""
            case Operation.SEND:
                return await self._sender.send(to, message)
            case Operation.REPLY | Operation.EDIT | Operation.PICTURE:
                # A sender has no pictures: the words beside one stand for it.
                return await self._sender.send(to, message, claim.message_id)
            case never:
                assert_never(never)

    def _later(self, claim: Claim, why: str, *, maybe_sent: bool) -> Outcome:
        """Try again, unless it is a day old or fails again and again while others pass."""
        delivery = claim.delivery
        age = self._clock() - delivery.created_at if delivery.created_at else 0
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
