"""Outbox -> compose -> send -> acknowledge: the only place that retries a message. One worker a platform.

`bot.app` runs it under its supervisor. It outlives a store that is away and a message that cannot be
composed, and leaves no lease behind when it is cancelled.
"""

import asyncio
import random
from contextlib import suppress
from dataclasses import replace
from typing import Final, Protocol

import structlog

from bot.delivery.attempt import STORE_AWAY_S, Attempts, Compose
from bot.delivery.outcome import Again, Buried, Gone, Moved, Outcome, Refused, Sent, Unsaid
from bot.delivery.pictures import Pictures
from bot.errors import StoreError
from bot.messages.model import Message
from bot.ports import ChartOf, Claim, Clock, Delivery, Operation, Outbox, Sender, WatchBook

log = structlog.get_logger()

SENDS_AT_ONCE: Final = 16
"""Enough for 45 a second at 350 ms each; no more than the connections that a platform's client opens."""
LOOK_EVERY_S: Final = 1.0
"""Other processes append too; their appends are seen this much later at most."""
GRACE_S: Final = 3.0
"""For sends under way at shutdown."""
REFUSED_S: Final = 60.0
"""Between tries while the platform refuses the bot itself."""


class Caretaker(Protocol):
    """Who hears of what a platform would not take, and tells people; `bot.steward` fits it."""

    async def unreachable(self, destination: str, why: str) -> None:
        """Nobody is there: what waits is dropped, or sent elsewhere."""

    async def told_to_wait(self, destination: str, wait_s: float, *, everything: bool) -> None: ...

    async def given_up(self, destination: str, why: str) -> None:
        """A delivery became a dead letter."""

    async def refused(self, platform: str, why: str) -> None: ...


class DeliveryWorker:
    """`changed` is set by the outbox when this process appended something for the platform.

    Without a `steward` what waits for a destination that is gone is dropped, without `pictures` none is sent.
    """

    def __init__(
        self,
        outbox: Outbox,
        book: WatchBook,
        sender: Sender,
        compose: Compose,
        *,
        changed: asyncio.Event,
        clock: Clock,
        rng: random.Random,
        steward: Caretaker | None = None,
        pictures: Pictures | None = None,
        sends_at_once: int = SENDS_AT_ONCE,
    ) -> None:
        self._outbox = outbox
        self._steward = steward
        self._platform = sender.platform
        self._pictures = pictures
        self._attempts = Attempts(book, sender, compose, clock=clock, rng=rng, pictures=pictures)
        self._changed = changed
        self._sends_at_once = sends_at_once
        self._flights: set[asyncio.Task[None]] = set()
        self._drawing: set[asyncio.Task[None]] = set()
        """Flights that wait for a picture: they take no place from words."""
        self._unsettled: set[str] = set()
        self._closing = False
        self._away = False

    async def run(self) -> None:
        """Deliver until cancelled; then waits at most about twice GRACE_S for what is under way."""
        self._closing = False
        try:
            while True:
                await self._free_place()
                self._changed.clear()
                claim = await self._claim()
                if claim is None:
                    await self._wait_for_work()
                    continue
                flight = asyncio.create_task(self._fly(claim), name=f"delivery {claim.delivery.id}")
                (self._drawing if _draws(claim.delivery) else self._flights).add(flight)
                flight.add_done_callback(self._landed)
        finally:
            self._closing = True
            await self._land()

    # ---- the loop -------------------------------------------------------------------------------

    async def _free_place(self) -> None:
        """Wait for a free place; and while an answer could not be stored, claim nothing that it concerns."""
        while len(self._flights) >= self._sends_at_once or self._unsettled:
            under_way = self._flights | self._drawing
            await asyncio.wait(under_way, timeout=LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED)

    def _landed(self, flight: asyncio.Task[None]) -> None:
        self._flights.discard(flight)
        self._drawing.discard(flight)
        if not flight.cancelled() and (bug := flight.exception()) is not None:
            log.error("delivery bug", flight=flight.get_name(), exc_info=bug)

    async def _claim(self) -> Claim | None:
        """None when nothing is due or the store is away; one that meets our cancellation is given back."""
        claiming = asyncio.ensure_future(self._outbox.claim(self._platform))
        try:
            claim = await asyncio.shield(claiming)
        except StoreError as error:
            if not self._away:
                log.warning("outbox away", platform=self._platform, why=str(error))
            self._away = True
            await asyncio.sleep(STORE_AWAY_S)
            return None
        except asyncio.CancelledError:
            with suppress(StoreError, TimeoutError):
                async with asyncio.timeout(GRACE_S):
                    claim = await claiming
                    if claim is not None:
                        await self._outbox.release(claim, 0, everything=False, maybe_sent=False)
            raise
        if self._away:
            log.info("outbox back", platform=self._platform)
        self._away = False
        return claim

    async def _wait_for_work(self) -> None:
        try:
            wait = await self._outbox.next_due(self._platform)
        except StoreError:
            wait = STORE_AWAY_S
        pause = LOOK_EVERY_S if wait is None else min(max(wait, 0.001), LOOK_EVERY_S)
        # Not wait_for(): before 3.12 it swallows a cancellation that meets the event, and we would never end.
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._changed.wait()

    async def _land(self) -> None:
        """Let sends finish for a moment, then cancel them; a cancelled one gives its lease back, marked."""
        for _ in range(2):
            if self._flights | self._drawing:
                await asyncio.wait(self._flights | self._drawing, timeout=GRACE_S)
            for flight in self._flights | self._drawing:
                flight.cancel()
        if self._flights | self._drawing:
            await asyncio.wait(self._flights | self._drawing, timeout=1)

    # ---- one delivery ---------------------------------------------------------------------------

    async def _fly(self, claim: Claim) -> None:
        delivery = claim.delivery
        if self._pictures and isinstance(delivery.payload, ChartOf) and delivery.operation is Operation.REPLY:
            # Its chat does not wait while it is drawn: it comes back when that is done.
            await self._settle(claim, Unsaid("drawn first"))
            await self._draw(self._pictures, delivery)
            return
        try:
            outcome = await self._attempts.make(claim)
        except asyncio.CancelledError:
            outcome = Again(0, maybe_sent=True)
        await self._settle(claim, outcome)

    async def _draw(self, pictures: Pictures, delivery: Delivery) -> None:
        """Draw it, and put it into the outbox once more."""
        drawn = replace(delivery, id=f"drawn:{delivery.id}", operation=Operation.PICTURE)
        if await pictures.prepare(delivery, drawn.id):
            with suppress(StoreError):
                await self._outbox.append([drawn])

    async def _settle(self, claim: Claim, outcome: Outcome) -> None:
        """Store the outcome, however long the store is away: it was sent, and that must not be forgotten."""
        try:
            while True:
                try:
                    return await self._store(claim, outcome)
                except StoreError as error:
                    log.warning("answer not stored yet", id=claim.delivery.id, why=str(error))
                    self._unsettled.add(claim.delivery.id)
                if self._closing:
                    return None
                await asyncio.sleep(STORE_AWAY_S)
        finally:
            self._unsettled.discard(claim.delivery.id)

    async def _store(self, claim: Claim, outcome: Outcome) -> None:
        delivery, held = claim.delivery, True
        match outcome:
            case Sent() if isinstance(delivery.payload, ChartOf):
                held = await self._outbox.done(_emptied(claim))
            case Sent(message_id):
                held = await self._outbox.done(claim, message_id)
            case Unsaid(why):
                held = await self._outbox.done(_emptied(claim))
                log.info("not said", id=delivery.id, why=why)
            case Again(wait_s, everything, maybe_sent):
                held = await self._outbox.release(claim, wait_s, everything=everything, maybe_sent=maybe_sent)
            case Refused():
                held = await self._outbox.release(claim, REFUSED_S, everything=True, maybe_sent=False)
            case Buried(why):
                held = await self._outbox.bury(claim, why)
                log.error("dead letter", id=delivery.id, why=why)
            case Gone(why):
                log.warning("nobody there", to=delivery.destination, why=why)
                await self._let_go(delivery.destination, why)
            case Moved(to):
                await self._outbox.moved(delivery.destination, to)
                log.info("chat moved", old=delivery.destination, new=to)
        if not held:
            log.warning("lease lost", id=delivery.id)
        elif self._steward:
            await self._tell(self._steward, delivery.destination, outcome)

    async def _let_go(self, destination: str, why: str) -> None:
        if self._steward:
            await self._steward.unreachable(destination, why)
        else:
            await self._outbox.gone(destination, why)

    async def _tell(self, steward: Caretaker, destination: str, outcome: Outcome) -> None:
        """What is stored by now is not undone by a word about it that cannot be."""
        with suppress(StoreError):
            match outcome:
                case Again(wait_s, everything, told=True):
                    await steward.told_to_wait(destination, wait_s, everything=everything)
                case Refused(why):
                    await steward.refused(self._platform, why)
                case Buried(why):
                    await steward.given_up(destination, why)


def _emptied(claim: Claim) -> Claim:
    """The claim of a delivery that was not said: nothing of it is to be found by a button or by /why."""
    return replace(claim, delivery=replace(claim.delivery, payload=Message(()), incident=""))


def _draws(delivery: Delivery) -> bool:
    """Whether its flight waits for a picture."""
    payload = delivery.payload
    return isinstance(payload, ChartOf) or (isinstance(payload, Message) and payload.chart is not None)
