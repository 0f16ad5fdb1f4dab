"""The heart: `evaluate(rule, seen, state, now)` decides whether to speak, and says why. Pure.

`now` is wall-clock unix seconds (reminders, snoozes); dwell and windows run on the block's timestamp,
so that a replayed or a delayed block decides as it would have live.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from bot.domain import liquidation
from bot.domain.alerts import Reason, Severity
from bot.domain.observations import Glance, PositionSeen, PriceSeen
from bot.domain.rules import (
    ChangedRule,
    ClosedRule,
    DistanceRule,
    HealthRule,
    Hush,
    LiquidatedRule,
    PriceMovedRule,
    PriceRule,
    Rule,
    RuleState,
)
from bot.domain.units import BPS, WAD, BlockRef, Wad

CRITICAL_BELOW_HF: Final = 110 * WAD // 100
WARNING_BELOW_HF: Final = 125 * WAD // 100
CRITICAL_BELOW_BPS: Final = 1000
WARNING_BELOW_BPS: Final = 2000

FARTHEST_BELOW_BPS: Final = -BPS * BPS
"""Where a distance ends that would run away as the health factor nears 0."""

REMIND_AFTER_S: Final = {Severity.NOTICE: 24 * 3600, Severity.WARNING: 6 * 3600, Severity.CRITICAL: 3600}
REMIND_AT_MOST_EVERY_S: Final = 24 * 3600
"""Reminders double their distance each time, up to this."""

WINDOW_BUCKETS: Final = 60
"""A price window is kept as this many (low, high) buckets: bounded memory, error below window/60."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule made of a reading. `reason` NOTHING_NEW means silence; the state may still have moved."""

    state: RuleState
    reason: Reason = Reason.NOTHING_NEW
    severity: Severity = Severity.NOTICE
    level: int = 0
    before: int = 0
    hush_ended: bool = False
    louder: bool = False
    """Of WORSENED: the severity rose, or an ack or snooze ended by it."""
    loudest: Severity = Severity.NOTICE
    """Of RESOLVED: the highest severity said in the incident."""


def evaluate(
    rule: Rule,
    seen: PositionSeen | Glance | PriceSeen,
    state: RuleState,
    now: int,
    hush: Hush | None = None,
    *,
    remind_percent: int = 100,
) -> Decision:
    """Decide what `seen` means under `rule`, given what was told before.

    A glance suffices for rules that need no event. Reminders wait `remind_percent` of their usual time, at 0
    there are none. TypeError for a rule that cannot judge such a reading.
    """
    match rule, seen:
        case ((HealthRule() | DistanceRule()), (PositionSeen() | Glance())):
            health: int = seen.health_factor
            value = health if isinstance(rule, HealthRule) else distance_bps(health)
            decision = _climb(_ladder_of(rule), value, state, seen.as_of, now, hush, remind_percent)
        case ChangedRule(), PositionSeen():
            decision = _changed(rule, seen, state, now)
        case LiquidatedRule(), PositionSeen():
            decision = _liquidated(seen, state, now)
        case ClosedRule(), (PositionSeen() | Glance()):
            decision = _closed(seen, state, now)
        case PriceRule(), PriceSeen():
            decision = _price_level(rule, seen, state, now, hush)
        case PriceMovedRule(), PriceSeen():
            decision = _price_moved(rule, seen, state, now)
        case _:
            raise TypeError(f"{type(rule).__name__} cannot judge {type(seen).__name__}")
    if decision.state is state:  # the common case, a thousand times a block: nothing to write down
        return decision
    return replace(decision, state=replace(decision.state, as_of=seen.as_of))


def distance_bps(health_factor: int) -> int:
    """`liquidation.distance_bps` as a number that always compares: BPS when nothing is owed."""
    far = liquidation.distance_bps(Wad(health_factor))
    return BPS if far is None else max(far, FARTHEST_BELOW_BPS)


@dataclass(frozen=True, slots=True)
class _Ladder:
    levels: tuple[int, ...]
    band: int
    dwell_s: int
    clear_s: int
    severity: "_SeverityOf"

    def step(self, value: int) -> int:
        return sum(1 for level in self.levels if value < level)

    def level(self, step: int) -> int:
        return self.levels[step - 1] if step else 0


class _SeverityOf:
    """A severity by level: the two bounds below which a level counts as critical or warning."""

    __slots__ = ("critical", "warning")

    def __init__(self, critical: int, warning: int) -> None:
        self.critical = critical
        self.warning = warning

    def __call__(self, level: int) -> Severity:
        if level <= self.critical:
            return Severity.CRITICAL
        return Severity.WARNING if level <= self.warning else Severity.NOTICE


_health_severity = _SeverityOf(CRITICAL_BELOW_HF, WARNING_BELOW_HF)
_distance_severity = _SeverityOf(CRITICAL_BELOW_BPS, WARNING_BELOW_BPS)
_price_severity = _SeverityOf(-(2**256), 2**256)
"""A price is never critical by itself, and the levels of a ladder seen from below are negative."""


@lru_cache(maxsize=1024)
def _ladder_of(rule: HealthRule | DistanceRule) -> _Ladder:
    if isinstance(rule, HealthRule):
        return _Ladder(rule.levels, rule.band, rule.dwell_s, rule.clear_s, _health_severity)
    return _Ladder(rule.levels_bps, rule.band_bps, rule.dwell_s, rule.clear_s, _distance_severity)


def _climb(
    ladder: _Ladder,
    value: int,
    state: RuleState,
    as_of: BlockRef,
    now: int,
    hush: Hush | None,
    remind_percent: int,
) -> Decision:
    """Move a ladder's state by one reading: worse at once, better only past the band and the wait."""
    if state.ladder != ladder.levels and (state.step or state.pending_since):
        state = RuleState(incident=state.incident)  # steps count levels: under others they mean nothing
    down, up = ladder.step(value), ladder.step(value - ladder.band)
    target = down if down > state.step else min(state.step, up)
    if target == state.step:
        if state.pending_since:
            state = replace(state, pending_step=0, pending_since=0)
        return _remind(ladder, value, state, now, hush, remind_percent)
    worse = target > state.step
    same_way = state.pending_since and (state.pending_step > state.step) == worse
    since = state.pending_since if same_way else as_of.timestamp
    if as_of.timestamp - since < (ladder.dwell_s if worse else ladder.clear_s):
        return Decision(replace(state, pending_step=target, pending_since=since, ladder=ladder.levels))
    moved = replace(state, step=target, pending_step=0, pending_since=0, ladder=ladder.levels)
    if not worse:
        if target:
            return Decision(moved)
        cleared = _told(moved, value, now)
        loudest = ladder.severity(ladder.level(max(state.step, state.worst)))
        return Decision(cleared, Reason.RESOLVED, Severity.NOTICE, 0, state.told_value, loudest=loudest)
    level = ladder.level(target)
    severity = ladder.severity(level)
    if state.step == 0:
        opened = _told(replace(moved, incident=state.incident + 1, said=0, worst=target), value, now)
        return Decision(opened, Reason.FIRST, severity, level)
    if _hushed(hush, state, target, now):
        return Decision(moved)
    told = _told(replace(moved, worst=max(target, state.worst)), value, now)
    ended = _hushed(hush, state, 0, now)
    louder = ended or severity > ladder.severity(ladder.level(state.step))
    return Decision(told, Reason.WORSENED, severity, level, state.told_value, ended, louder)


def _remind(
    ladder: _Ladder, value: int, state: RuleState, now: int, hush: Hush | None, percent: int
) -> Decision:
    if state.step == 0 or percent == 0 or _hushed(hush, state, state.step, now):
        return Decision(state)
    level = ladder.level(state.step)
    severity = ladder.severity(level)
    wait = min(REMIND_AFTER_S[severity] << min(state.reminders, 8), REMIND_AT_MOST_EVERY_S)
    if now - state.told_at < wait * percent // 100:
        return Decision(state)
    told = replace(_told(state, value, now), reminders=state.reminders + 1)
    return Decision(told, Reason.REMINDER, severity, level, state.told_value)


def _hushed(hush: Hush | None, state: RuleState, step: int, now: int) -> bool:
    """True while a person's ack or snooze of this incident covers `step`."""
    if hush is None or hush.incident != state.incident or step > hush.step:
        return False
    return hush.until == 0 or now < hush.until


def _told(state: RuleState, value: int, now: int) -> RuleState:
    return replace(state, said=state.said + 1, told_at=now, told_value=value, reminders=0)


def _once(state: RuleState, now: int) -> RuleState:
    """A rule without duration: each time it speaks is an incident of its own."""
    return replace(state, incident=state.incident + 1, said=1, told_at=now)


def _changed(rule: ChangedRule, seen: PositionSeen, state: RuleState, now: int) -> Decision:
    least = rule.min_usd * seen.position.base_unit
    if not any(move.value is None or move.value >= least for move in seen.moves):
        return Decision(state)
    return Decision(_once(state, now), Reason.CHANGED, Severity.NOTICE)


def _liquidated(seen: PositionSeen, state: RuleState, now: int) -> Decision:
    if not seen.liquidations:
        return Decision(state)
    return Decision(_once(state, now), Reason.LIQUIDATED, Severity.CRITICAL)


def _closed(seen: PositionSeen | Glance, state: RuleState, now: int) -> Decision:
    """`step` 1 = we have seen it open; only what was open can close."""
    if not seen.is_empty:
        return Decision(state if state.step else replace(state, step=1))
    if state.step == 0:
        return Decision(state)
    return Decision(_once(replace(state, step=0), now), Reason.CHANGED, Severity.NOTICE)


def _price_level(rule: PriceRule, seen: PriceSeen, state: RuleState, now: int, hush: Hush | None) -> Decision:
    """A ladder of one level; an upper level is the same ladder seen from below (signs turned).

    `evaluate` means "below": price <= level fires for both, so the level is shifted by one unit.
    """
    sign = -1 if rule.above else 1
    level = sign * rule.level + 1
    ladder = _Ladder((level,), rule.level * rule.band_bps // BPS, 0, 0, _price_severity)
    # A price that stays there is no news, so nothing reminds of it.
    decision = _climb(ladder, sign * seen.price, state, seen.as_of, now, hush, 0)
    told = replace(decision.state, told_value=abs(decision.state.told_value))
    return replace(decision, state=told, level=rule.level, before=abs(decision.before))


def _price_moved(rule: PriceMovedRule, seen: PriceSeen, state: RuleState, now: int) -> Decision:
    bucket_s = max(1, rule.window_s // WINDOW_BUCKETS)
    start = seen.as_of.timestamp - seen.as_of.timestamp % bucket_s
    samples = [s for s in state.samples if s[0] > seen.as_of.timestamp - rule.window_s - bucket_s]
    if samples and samples[-1][0] == start:
        last = samples.pop()
        samples.append((start, min(last[1], seen.price), max(last[2], seen.price)))
    else:
        samples.append((start, seen.price, seen.price))
    low, high = min(s[1] for s in samples), max(s[2] for s in samples)
    fell = (high - seen.price) * BPS >= rule.bps * high
    rose = (seen.price - low) * BPS >= rule.bps * low
    if not (fell or rose):
        return Decision(replace(state, samples=tuple(samples)))
    # The window starts anew at the price just told, or each block of a crash would speak again.
    told = _once(replace(state, samples=((start, seen.price, seen.price),)), now)
    before = high if fell else low
    return Decision(replace(told, told_value=seen.price), Reason.FIRST, Severity.WARNING, rule.bps, before)
