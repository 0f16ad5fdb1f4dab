"""What became of positions in a replay, and what each set of rules said of it. Used by `replaying` only."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.domain.alerts import Alert, AlertGroup
from bot.domain.observations import BlockSeen, ChainReorged, PositionSeen, PriceSeen
from bot.domain.rules import PriceMovedRule, PriceRule
from bot.domain.units import HF_NO_DEBT, WAD, Address, Asset, BlockRef
from bot.messages.atlas import Atlas
from bot.messages.chart import charted_asset
from bot.messages.replayfacts import Course, Fired, LadderPlayed, ReplayPlayed
from bot.ports import Delivery, Following, Observer, Operation
from bot.ports.rehearsals import ReplayAsked
from watchers.aave.baskets import load_baskets
from watchers.aave.markets import load_chains, load_markets
from watchers.replay import Episode, Replay


@dataclass(slots=True)
class _Ladder:
    fired: list[Fired] = field(default_factory=list)
    messages: int = 0
    edits: int = 0


class Courses:
    """Fits `Observer`: passes everything on to the monitor and remembers how low each account went."""

    def __init__(self, monitor: Observer, episode: Episode) -> None:
        self._monitor = monitor
        self._labels = {one.address: one.label for one in episode.wallets}
        self._baskets = load_baskets()
        self._atlas = Atlas.of(load_markets(), load_chains())
        self._prices: dict[Address, PriceSeen] = {}
        self._health: dict[Address, int] = {}
        self.courses: dict[Address, Course] = {}
        self.asset: Asset | None = None
        self.base_unit = 1
        self.ladders: dict[str, _Ladder] = {}

    # ---- Observer -------------------------------------------------------------------------------------

    async def block(self, seen: BlockSeen) -> None:
        followed = (await self._monitor.following()).wallets
        self._prices = dict(seen.prices)
        for reading in seen.positions:
            if reading.position.account in followed:
                self._look(reading)
        for account, health in (
            *((one.position.account, one.health_factor) for one in seen.positions),
            *((one.account, one.health_factor) for one in seen.glances),
        ):
            if account in followed:
                self._saw(account, health, seen.as_of.timestamp)
        await self._monitor.block(seen)

    async def reorged(self, gone: ChainReorged) -> None:
        await self._monitor.reorged(gone)

    async def following(self) -> Following:
        return await self._monitor.following()

    async def cursor(self, market: str) -> BlockRef | None:
        return await self._monitor.cursor(market)

    # ---- what was said --------------------------------------------------------------------------------

    def hear(self, said: Sequence[Delivery]) -> None:
        """What a block led to."""
        for one in said:
            payload = one.payload
            found = payload.alerts if isinstance(payload, AlertGroup) else (payload,)
            alerts = [alert for alert in found if isinstance(alert, Alert)]
            if not alerts:
                continue
            ladder = self.ladders.setdefault(alerts[0].home, _Ladder())
            ladder.fired += [self._fired(alert) for alert in alerts]
            if one.operation is Operation.EDIT:
                ladder.edits += 1
            else:
                ladder.messages += 1

    # ---- inside ---------------------------------------------------------------------------------------

    def _look(self, reading: PositionSeen) -> None:
        position = reading.position
        if self.asset is None and position.has_debt:
            self.asset = charted_asset(position, self._atlas, self._baskets)
            self.base_unit = position.base_unit
        if reading.liquidations:
            course = self.courses.setdefault(position.account, self._begun(position.account))
            at = course.liquidated_at or reading.as_of.timestamp
            self.courses[position.account] = replace(course, liquidated_at=at)

    def _begun(self, account: Address) -> Course:
        return Course(who=self._labels.get(account, ""))

    def _saw(self, account: Address, health: int, at: int) -> None:
        self._health[account] = health
        if health >= HF_NO_DEBT:
            return
        course = self.courses.setdefault(account, self._begun(account))
        if health < course.lowest:
            course = replace(course, lowest=health, lowest_at=at, lowest_price=self._price())
        if health < WAD and not course.under_at:
            course = replace(course, under_at=at)
        self.courses[account] = course

    def _price(self) -> int:
        seen = self._prices.get(self.asset.address) if self.asset else None
        return seen.price if seen else 0

    def _fired(self, alert: Alert) -> Fired:
        account = alert.watch.address if alert.watch else None
        price, rule = self._price(), alert.rule
        if isinstance(rule, PriceRule | PriceMovedRule) and isinstance(alert.seen, PriceSeen):
            price = alert.seen.price
            self.asset, self.base_unit = rule.asset, rule.base_unit
        health = self._health.get(account, 0) if account else 0
        return Fired(
            at=alert.decided_at,
            reason=alert.reason,
            severity=alert.severity,
            rule=rule,
            level=alert.level,
            health=health if health < HF_NO_DEBT else 0,
            price=price,
            who=self._labels.get(account, "") if account else "",
        )


def summed(asked: ReplayAsked, replay: Replay, courses: Courses) -> ReplayPlayed:
    """The whole replay in figures."""
    head = replay.episode.head
    ladders = []
    for number, rules in enumerate(asked.ladders, 1):
        one = courses.ladders.get(f"replay/{number}", _Ladder())
        ladders.append(LadderPlayed(rules, tuple(one.fired), one.messages, one.edits))
    return ReplayPlayed(
        title="" if asked.market else head.title,
        kind=asked.kind or head.kind.value,
        starts=head.starts,
        ends=replay.block.timestamp if replay.block else head.ends,
        blocks=replay.length,
        ladders=tuple(ladders),
        course=min(courses.courses.values(), key=lambda one: one.lowest, default=Course()),
        asset=courses.asset,
        base_unit=courses.base_unit,
    )
