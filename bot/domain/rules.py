"""What people ask for: rules, the memory each rule keeps, and how a person may hush it.

Read by `bot.domain.evaluate`; stored as JSON by `bot.store`. Every field here has a default or is
required for ever: stored rules are read back by later versions.
"""

from dataclasses import dataclass, replace
from typing import Final

from bot.domain.flows import FlowMemory
from bot.domain.units import WAD, Asset, BaseAmount, BlockRef, Bps, Wad


@dataclass(frozen=True, slots=True)
class HealthRule:
    """Speak when the health factor falls below a level of the ladder; levels descend."""

    levels: tuple[Wad, ...] = (
        Wad(150 * WAD // 100),
        Wad(125 * WAD // 100),
        Wad(110 * WAD // 100),
        Wad(105 * WAD // 100),
        Wad(WAD),
    )
    band: Wad = Wad(3 * WAD // 100)
    """Hysteresis: a level entered at 1.10 is left at 1.13."""
    dwell_s: int = 0
    """Seconds (of block time) the fall must last before we speak."""
    clear_s: int = 60
    """Seconds the recovery must last before we say RESOLVED."""
    key: str = "health"


@dataclass(frozen=True, slots=True)
class DistanceRule:
    """Speak when the distance to liquidation, 1 - 1/HF, falls below a level; levels descend, in bps."""

    levels_bps: tuple[Bps, ...] = (Bps(2000), Bps(1000), Bps(500))
    band_bps: Bps = Bps(200)
    dwell_s: int = 0
    clear_s: int = 60
    key: str = "distance"


@dataclass(frozen=True, slots=True)
class ChangedRule:
    """Speak when the position moves: supply, borrow, repay, withdraw, collateral or eMode switched."""

    min_usd: int = 0
    """Moves worth less than this many whole units of the market's currency are passed over."""
    key: str = "changed"


@dataclass(frozen=True, slots=True)
class LiquidatedRule:
    """Speak when somebody liquidates the account."""

    key: str = "liquidated"


@dataclass(frozen=True, slots=True)
class ClosedRule:
    """Speak when the position is gone: nothing supplied, nothing owed."""

    key: str = "closed"


@dataclass(frozen=True, slots=True)
class PriceRule:
    """Speak when an asset's oracle price reaches `level` from the other side; `above` says which."""

    asset: Asset
    level: BaseAmount
    above: bool
    base_unit: int
    band_bps: Bps = Bps(50)

    @property
    def key(self) -> str:
        return f"price_{'above' if self.above else 'below'}_{self.level}"


@dataclass(frozen=True, slots=True)
class PriceMovedRule:
    """Speak when an asset's oracle price moved by `bps` either way within `window_s` seconds."""

    asset: Asset
    bps: Bps
    window_s: int
    base_unit: int

    @property
    def key(self) -> str:
        return f"price_moved_{self.bps}_{self.window_s}"


@dataclass(frozen=True, slots=True)
class TransferRule:
    """Speak when one transfer reaches `min_usd` dollars, or `min_amount` whole units of its asset (0 = not
    judged by it). Further ones of the same sender join the first one's message.
    """

    min_usd: int = 10_000_000
    min_amount: int = 0
    key: str = "transfer"


@dataclass(frozen=True, slots=True)
class SumRule:
    """Speak when transfers within `window_s` seconds sum up to `min_usd` dollars: all of them, or those of
    one sender with the other wallets of its owner.
    """

    min_usd: int
    window_s: int = 24 * 3600
    by_sender: bool = False

    @property
    def key(self) -> str:
        return f"sum_{'sender' if self.by_sender else 'all'}_{self.window_s}"


@dataclass(frozen=True, slots=True)
class UnusualRule:
    """Speak when an hour's dollars are `deviations` standard deviations above the asset's own mean of up to
    30 days, and at least `times` that mean.
    """

    deviations: int = 4
    times: int = 3
    min_usd: int = 1_000_000
    key: str = "unusual"


@dataclass(frozen=True, slots=True)
class DigestRule:
    """Say every `every_s` seconds (3,600 or 86,400) what flowed in and out, if anything did."""

    every_s: int = 86_400

    @property
    def key(self) -> str:
        return f"digest_{self.every_s}"


WalletRule = HealthRule | DistanceRule | ChangedRule | LiquidatedRule | ClosedRule
AnyPriceRule = PriceRule | PriceMovedRule
FlowRule = TransferRule | SumRule | UnusualRule | DigestRule
Rule = WalletRule | AnyPriceRule | FlowRule

DEFAULT_RULES: Final[tuple[WalletRule, ...]] = (HealthRule(), LiquidatedRule(), ClosedRule())


@dataclass(frozen=True, slots=True)
class RuleState:
    """What one rule remembers about one subject for one destination.

    `step` is the number of ladder levels below which we have said the value is (0 = clear).
    """

    step: int = 0
    pending_step: int = 0
    """A change of step that has not lasted long enough yet, since `pending_since`; 0 seconds = none."""
    pending_since: int = 0
    incident: int = 0
    """Counts bouts; 0 = never fired."""
    said: int = 0
    """Messages said in this incident."""
    told_at: int = 0
    told_value: int = 0
    reminders: int = 0
    samples: tuple[tuple[int, int, int], ...] = ()
    """(bucket start, low, high) of the price window, oldest first; bounded by the rule's window."""
    as_of: BlockRef | None = None
    """The block this state was decided at."""
    ladder: tuple[int, ...] = ()
    """The rule's levels when this was decided: a person who changes them starts anew."""
    worst: int = 0
    """The highest `step` said in this incident."""
    flow: FlowMemory | None = None
    """Of a flow rule: the tranches told; `step` is 1 while its incident runs."""


def undone(now: RuleState | None, before: RuleState | None) -> RuleState | None:
    """A state whose block was reorganised away: what people heard stays, what was only observed goes back.

    Were the told part to go back too, the next alert would be counted like the one already sent, and be taken
    for it. As it is, the next block says RESOLVED or WORSENED of what they know.
    """
    if now is None:
        return None
    old = before or RuleState()
    return replace(
        now,
        pending_step=old.pending_step,
        pending_since=old.pending_since,
        samples=old.samples,
        as_of=old.as_of,
    )


@dataclass(frozen=True, slots=True)
class Hush:
    """A person's ack or snooze of an incident: silence until it ends or gets worse than `step`."""

    until: int
    """Unix seconds; 0 = until resolved (an ack)."""
    step: int
    incident: int
    by: str = ""
    """The name to show: hostile text."""
    at: int = 0
    person: str = ""
    """`platform/user` of who did it."""
