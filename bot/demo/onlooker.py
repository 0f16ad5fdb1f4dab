"""Who looks over the monitor's shoulder while an episode is played: what it saw, and what it said of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.domain.alerts import Alert, AlertGroup, Reason
from bot.domain.observations import BlockSeen, ChainReorged
from bot.domain.rules import HealthRule
from bot.domain.units import HF_NO_DEBT, WAD, Address, BlockRef
from bot.messages.demo import Warned
from bot.ports import Following, Observer, Operation, Verdicts
from bot.store.judgements import StoredJudgements


@dataclass(slots=True)
class Course:
    """One account through the episode."""

    title: str
    seen: bool = False
    health: int = HF_NO_DEBT
    worst: int = HF_NO_DEBT
    worst_at: int = 0
    under_at: int = 0
    first_at: int = 0
    first_health: int = 0
    warnings: int = 0
    liquidated_at: int = 0

    def saw(self, health: int, at: int) -> None:
        self.health, self.seen = health, True
        if health < self.worst:
            self.worst, self.worst_at = health, at
        if health < WAD and not self.under_at:
            self.under_at = at

    def heard(self, alert: Alert, health: int) -> None:
        if alert.reason is Reason.LIQUIDATED:
            self.liquidated_at = self.liquidated_at or alert.decided_at
        warns = isinstance(alert.rule, HealthRule) and alert.reason in {Reason.FIRST, Reason.WORSENED}
        if not warns:
            return
        self.warnings += 1
        if not self.first_at:
            self.first_at, self.first_health = alert.decided_at, health

    def warned(self) -> Warned:
        return Warned(
            title=self.title,
            first_at=self.first_at,
            first_health=self.first_health,
            warnings=self.warnings,
            worst_at=self.worst_at,
            worst_health=self.worst,
            under_at=self.under_at,
            liquidated_at=self.liquidated_at,
        )


class Onlooker:
    """Fits `Observer`: passes everything on to the monitor, and keeps the course of the followed accounts."""

    def __init__(self, monitor: Observer, titles: dict[Address, str]) -> None:
        self._monitor = monitor
        self.courses = {address: Course(title) for address, title in titles.items()}

    async def block(self, seen: BlockSeen) -> None:
        for account, health in (
            *((one.position.account, one.health_factor) for one in seen.positions),
            *((one.account, one.health_factor) for one in seen.glances),
        ):
            if account in self.courses:
                self.courses[account].saw(health, seen.as_of.timestamp)
        await self._monitor.block(seen)

    async def reorged(self, gone: ChainReorged) -> None:
        await self._monitor.reorged(gone)

    async def following(self) -> Following:
        return await self._monitor.following()

    async def cursor(self, market: str) -> BlockRef | None:
        return await self._monitor.cursor(market)

    def heard(self, alert: Alert) -> None:
        """What the monitor said of one of them."""
        course = self.courses.get(alert.watch.address) if alert.watch and alert.watch.address else None
        if course is not None:
            course.heard(alert, course.health)


@dataclass(slots=True)
class Said:
    """What has been said so far."""

    alerts: list[Alert] = field(default_factory=list)
    messages: int = 0
    edits: int = 0
    new: int = 0
    """Since somebody last looked."""


class NotedJudgements(StoredJudgements):
    """As they are stored, and noted in `said` once they are; `heard` is called for each alert."""

    said: Said
    heard: Callable[[Alert], None]

    async def save(self, verdicts: Verdicts) -> None:
        await super().save(verdicts)
        for delivery in verdicts.deliveries:
            payload = delivery.payload
            found = payload.alerts if isinstance(payload, AlertGroup) else (payload,)
            alerts = [one for one in found if isinstance(one, Alert)]
            if not alerts:
                continue
            self.said.alerts += alerts
            for one in alerts:
                self.heard(one)
            self.said.new += 1
            if delivery.operation is Operation.EDIT:
                self.said.edits += 1
            else:
                self.said.messages += 1
