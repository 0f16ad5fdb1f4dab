"""What flow rules make of a block: `tranches`, `summed`, `unusual` and `digest` decide. Pure.

Windows and the end of an incident run on the block's timestamp, hushes on the wall clock. Who an incident is
about, and which transfers a watch lets through, is found before (`bot.monitor.flows`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.alerts import Reason, Severity
from bot.domain.flows import AssetSum, Flow, FlowMemory, LoanBehind, Normal
from bot.domain.rules import DigestRule, Hush, RuleState, SumRule, TransferRule, UnusualRule
from bot.domain.transfers import USD_UNIT
from bot.domain.units import WAD, Asset, BaseAmount, BlockRef, RawAmount

TRANCHE_S: Final = 24 * 3600
"""An incident that saw no tranche for so long is over: the next one opens another."""
SHOWN_AT_MOST: Final = 10
"""Transfers that an alert carries one by one."""
FLOOR: Final = 1_000 * USD_UNIT
"""Smaller transfers neither join an incident nor count in a window: change, dust, gas."""
CRITICAL_BELOW_HF: Final = 110 * WAD // 100
WARNING_BELOW_HF: Final = 150 * WAD // 100


@dataclass(frozen=True, slots=True)
class FlowDecision:
    """What a rule made of a block. NOTHING_NEW is silence; the state may still have moved.

    `rings`: a message of its own; else the incident's is brought up to date without a sound.
    """

    state: RuleState
    reason: Reason = Reason.NOTHING_NEW
    rings: bool = False
    hush_ended: bool = False

    @property
    def memory(self) -> FlowMemory:
        return self.state.flow or FlowMemory()


def reaches(rule: TransferRule, flow: Flow) -> bool:
    """Whether one transfer is large enough by itself; without a price only its amount can make it so."""
    if rule.min_amount and flow.amount >= rule.min_amount * flow.asset.unit:
        return True
    return bool(rule.min_usd) and flow.value is not None and flow.value >= rule.min_usd * USD_UNIT


def counts(flow: Flow) -> bool:
    """Whether it is more than dust; what has no price may be."""
    return flow.value is None or flow.value >= FLOOR


def tranches(
    rule: TransferRule,
    flows: Sequence[Flow],
    about: FlowMemory,
    state: RuleState,
    as_of: BlockRef,
    now: int,
    hush: Hush | None = None,
    *,
    muted: bool = False,
) -> FlowDecision:
    """One block's transfers of one sender (or owner), in the block's order: open, join, ring when doubled.

    `about` is the empty memory of such an incident: its chain, kind and sender. What runs while it is muted
    still adds up; nothing opens then.
    """
    if not flows:
        return FlowDecision(state)
    old = state.flow or FlowMemory()
    large = any(reaches(rule, flow) for flow in flows)
    if not _runs(state, as_of) or (not old.count and not large):
        if muted or not large:
            return FlowDecision(state)
        return _opened(state, grown(about, flows, as_of), as_of, now)
    return _joined(state, grown(old, flows, as_of), as_of, now, hush, muted=muted)


def crossed(rule: SumRule, before: int, after: int, state: RuleState) -> bool:
    """Whether a window (dollars without and with this block's transfers) may have something to say."""
    least = rule.min_usd * USD_UNIT
    if after < least:
        return False
    if before < least or not state.step or rule.by_sender:
        return True
    return after >= 2 * (state.flow.rang if state.flow else 0)


def summed(
    rule: SumRule,
    before: int,
    memory: FlowMemory,
    state: RuleState,
    as_of: BlockRef,
    now: int,
    hush: Hush | None = None,
    *,
    muted: bool = False,
) -> FlowDecision:
    """`memory` has grown by all transfers of the window; `before` is what they came to without this block's.

    A sum that fell below and crosses again is another incident. One sender's further transfers are told in
    the first message; a sum over many speaks again only when it has doubled.
    """
    if not crossed(rule, before, memory.value, state):
        return FlowDecision(state)
    old = state.flow or FlowMemory()
    mended = bool(state.step) and not old.count and _runs(state, as_of)  # taken back, and now mined again
    if not state.step or (before < rule.min_usd * USD_UNIT and not mended):
        return FlowDecision(state) if muted else _opened(state, memory, as_of, now)
    kept = replace(memory, opened=old.opened, rang=old.rang, rang_count=old.rang_count, severity=old.severity)
    if not rule.by_sender and not mended and not doubled(kept):
        return FlowDecision(state)
    return _joined(state, kept, as_of, now, hush, muted=muted)


def unusual(
    rule: UnusualRule,
    normal: Normal | None,
    hour: int,
    about: FlowMemory,
    state: RuleState,
    as_of: BlockRef,
    now: int,
) -> FlowDecision:
    """The dollars of the hour that began at `hour`, against the past; once an hour at most.

    Without deviation (a past of equal hours, or of nothing) the mean and the least decide.
    """
    if normal is None or (state.flow is not None and state.flow.last == hour):
        return FlowDecision(state)
    bound = max(
        normal.mean + rule.deviations * normal.deviation,
        normal.mean * rule.times,
        rule.min_usd * USD_UNIT,
    )
    if normal.hour < bound:
        return FlowDecision(state)
    return _opened(state, replace(about, last=hour, value=normal.hour), as_of, now)


def digest(
    rule: DigestRule,  # noqa: ARG001  the shape of all of them
    period: int,
    flowed: bool,  # noqa: FBT001
    about: FlowMemory,
    state: RuleState,
    as_of: BlockRef,
    now: int,
) -> FlowDecision:
    """`period` is the start of the hour or day of this block; the one before has ended when it is a new one.

    The first block only begins to count. A period without flows is passed over.
    """
    known = state.flow
    if known is not None and known.last >= period:
        return FlowDecision(state)
    begun = replace(state, flow=replace(about, last=period), as_of=as_of)
    if known is None or not flowed:
        return FlowDecision(begun)
    return _opened(begun, replace(about, last=period), as_of, now)


def told(decision: FlowDecision, severity: Severity) -> FlowDecision:
    """With the severity that only the loans behind it give: where more came, one that rose rings too."""
    memory = decision.memory
    louder = severity > max(memory.severity, Severity.NOTICE)
    rings = decision.rings or (louder and decision.reason is Reason.WORSENED)
    if rings:
        memory = replace(memory, rang=memory.value, rang_count=memory.count)
    memory = replace(memory, severity=int(max(memory.severity, severity)))
    return replace(decision, rings=rings, state=replace(decision.state, flow=memory))


def retold(
    state: RuleState, as_of: BlockRef, now: int, hush: Hush | None = None, *, muted: bool = False
) -> FlowDecision:
    """A running incident said once more, without a sound and with the same sums: the loan that its message
    told has changed. That makes it last no longer.
    """
    if state.flow is None or not _runs(state, as_of) or muted or _hushed(hush, state, now):
        return FlowDecision(state)
    memory = replace(state.flow, loans_due=False)
    return FlowDecision(
        replace(state, flow=memory, said=state.said + 1, told_at=now, as_of=as_of), Reason.CHANGED
    )


def named(decision: FlowDecision, loans: Iterable[LoanBehind]) -> FlowDecision:
    """With whose loans it tells; where it tells none, those told before stay in mind."""
    accounts = tuple(dict.fromkeys(loan.account for loan in loans))
    if not accounts or accounts == decision.memory.loans:
        return decision
    return replace(decision, state=replace(decision.state, flow=replace(decision.memory, loans=accounts)))


def severity_of(loans: Iterable[LoanBehind]) -> Severity:
    """How near to liquidation the nearest loan behind a transfer is."""
    health = min((loan.now.health_factor for loan in loans if loan.now.has_debt), default=None)
    if health is None or health >= WARNING_BELOW_HF:
        return Severity.NOTICE
    return Severity.CRITICAL if health < CRITICAL_BELOW_HF else Severity.WARNING


def is_over(state: RuleState, at: int) -> bool:
    """Whether its memory can go: an incident that ended two days ago. Hours and days are remembered."""
    memory = state.flow
    return memory is not None and bool(memory.opened) and memory.last + 2 * TRANCHE_S < at


def grown(memory: FlowMemory, flows: Sequence[Flow], as_of: BlockRef) -> FlowMemory:
    """With further tranches, oldest first."""
    sums: dict[Asset, AssetSum] = {one.asset: one for one in memory.sums}
    for flow in flows:
        old = sums.get(flow.asset) or AssetSum(flow.asset, RawAmount(0), BaseAmount(0), 0)
        sums[flow.asset] = AssetSum(
            flow.asset,
            RawAmount(old.amount + flow.amount),
            BaseAmount(old.value + (flow.value or 0)),
            old.count + 1,
        )
    return replace(
        memory,
        flows=(*tuple(reversed(flows))[:SHOWN_AT_MOST], *memory.flows)[:SHOWN_AT_MOST],
        sums=largest_first(sums.values()),
        count=memory.count + len(flows),
        value=BaseAmount(memory.value + sum(flow.value or 0 for flow in flows)),
        opened=memory.opened or (flows[0].at if flows else as_of.timestamp),
        last=as_of.timestamp,
        retracted=(),
        owing=False,
    )


def largest_first(sums: Iterable[AssetSum]) -> tuple[AssetSum, ...]:
    return tuple(sorted(sums, key=lambda one: (-one.value, -one.count, one.asset.address)))


def doubled(memory: FlowMemory) -> bool:
    """Since a message last rang. Where no price was known then, tranches are counted instead."""
    if memory.rang:
        return memory.value >= 2 * memory.rang
    return memory.value >= FLOOR or memory.count >= 2 * memory.rang_count


# ---- inside -------------------------------------------------------------------------------------


def _runs(state: RuleState, as_of: BlockRef) -> bool:
    memory = state.flow
    return bool(state.step) and memory is not None and as_of.timestamp - memory.last <= TRANCHE_S


def _opened(state: RuleState, memory: FlowMemory, as_of: BlockRef, now: int) -> FlowDecision:
    """An incident goes by the number of the block that opened it: counts would begin anew with a forgotten
    state, and its messages be taken for those of an earlier one.
    """
    rung = replace(memory, rang=memory.value, rang_count=memory.count)
    opened = replace(
        state, step=1, incident=as_of.number, said=state.said + 1, told_at=now, as_of=as_of, flow=rung
    )
    return FlowDecision(opened, Reason.FIRST, rings=True)


def _joined(
    state: RuleState, memory: FlowMemory, as_of: BlockRef, now: int, hush: Hush | None, *, muted: bool
) -> FlowDecision:
    grew = replace(state, flow=memory, as_of=as_of)
    twice, hushed = doubled(memory), _hushed(hush, state, now)
    if muted or (hushed and not twice):
        return FlowDecision(grew)
    said = replace(grew, said=state.said + 1, told_at=now)
    if twice:
        rung = replace(memory, rang=memory.value, rang_count=memory.count)
        said = replace(said, flow=rung)
    return FlowDecision(said, Reason.WORSENED, rings=twice, hush_ended=twice and hushed)


def _hushed(hush: Hush | None, state: RuleState, now: int) -> bool:
    if hush is None or hush.incident != state.incident:
        return False
    return hush.until == 0 or now < hush.until
