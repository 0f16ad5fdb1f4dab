"""Charts on their way to a chat: the past of an alert's subject, drawn, and the words it is shown under.

Asked by `bot.delivery.attempt` and `worker`. Whatever fails here costs the picture and nothing else: words
never wait for it but those of an answer, and they no longer than DRAW_WITHIN_S.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from bot.domain.alerts import Alert
from bot.domain.observations import PositionSeen
from bot.domain.units import Asset
from bot.errors import StoreError
from bot.messages.model import Chart, Message, Picture
from bot.ports import Charter, ChartOf, Clock, Delivery, History, Point, WatchBook
from bot.subscriptions import ChatSettings, Destination, subject_id

log = structlog.get_logger()

DRAW_WITHIN_S: Final = 5.0
"""With the wait for a turn."""
DRAWN_AT_ONCE: Final = 2
FRESH_S: Final = 600
"""A picture of an alert that is older shows a past."""
SHOWN_S: Final = 86_400
KEPT_MOST: Final = 32
"""Drawn pictures that wait for their turn in the outbox."""


class Charting(Protocol):
    """What an alert's chart shows; the composer fits it."""

    def charted(self, alert: Alert) -> Asset | None:
        """Whose price belongs into it; None: this alert has no chart."""

    def chart(
        self,
        alert: Alert,
        points: Sequence[Point],
        settings: ChatSettings,
        *,
        private: bool,
        now: int,
    ) -> Message | None:
        """The words beside the chart, and the chart; None where too little is known of the past."""


Shown = tuple[Message, Picture]


class Pictures:
    """One for all platforms: they share the one who draws."""

    def __init__(
        self, history: History, book: WatchBook, charting: Charting, charter: Charter, *, clock: Clock
    ) -> None:
        self._history = history
        self._book = book
        self._charting = charting
        self._charter = charter
        self._clock = clock
        self._turns = asyncio.Semaphore(DRAWN_AT_ONCE)
        self._ready: OrderedDict[str, Shown] = OrderedDict()

    def is_late(self, alert: Alert) -> bool:
        return self._clock() - alert.decided_at > FRESH_S

    async def drawn(self, chart: Chart) -> Picture | None:
        """None when it cannot be drawn in time; never raises."""
        try:
            async with asyncio.timeout(DRAW_WITHIN_S), self._turns:
                picture = await self._charter.draw(chart)
        except TimeoutError:
            log.warning("no picture", why="not drawn in time")
        except Exception:
            log.exception("no picture")
        else:
            if picture is None:
                log.info("no picture", why="not drawn")
            return picture
        return None

    async def prepare(self, delivery: Delivery, name: str) -> bool:
        """Draw what a delivery of a chart is to show, and keep it for the delivery `name`; False: nothing."""
        shown = await self._of(delivery)
        if shown:
            self._ready[name] = shown
            if len(self._ready) > KEPT_MOST:
                self._ready.popitem(last=False)
        return bool(shown)

    async def of(self, delivery: Delivery) -> Shown | None:
        """The words and the picture to send: as prepared, else (prepared by another process) drawn now."""
        return self._ready.get(delivery.id) or await self._of(delivery)

    def settled(self, delivery: Delivery) -> None:
        """It was sent, or never will be."""
        self._ready.pop(delivery.id, None)

    # ---- inside ---------------------------------------------------------------------------------

    async def _of(self, delivery: Delivery) -> Shown | None:
        assert isinstance(delivery.payload, ChartOf)
        alert = delivery.payload.alert
        try:
            message = await self._message(alert, delivery)
        except StoreError as error:
            log.warning("no picture", id=delivery.id, why=str(error))
            return None
        except Exception:
            log.exception("no picture", id=delivery.id)
            return None
        if message is None or message.chart is None:
            log.info("no picture", id=delivery.id, why="nothing to draw")
            return None
        picture = await self.drawn(message.chart)
        return (message, picture) if picture else None

    async def _message(self, alert: Alert, delivery: Delivery) -> Message | None:
        to = Destination.parse(delivery.destination)
        settings = await self._book.settings(delivery.home or await self._book.home_of(to.id))
        asset = self._charting.charted(alert) if settings.charts and not self.is_late(alert) else None
        if asset is None or not isinstance(alert.seen, PositionSeen):
            return None
        since = alert.decided_at - SHOWN_S
        health = await self._history.series(alert.subject, since)
        prices = await self._history.series(subject_id(alert.seen.position.market, asset.address), since)
        now = int(self._clock())
        return self._charting.chart(alert, (*health, *prices), settings, private=to.is_private, now=now)
