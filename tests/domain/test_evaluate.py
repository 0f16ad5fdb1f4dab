"""Rules as tables of steps, "fall, fall, recover -> what is said", and properties over any path."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alerts import Reason, Severity
from bot.domain.evaluate import distance_bps, evaluate
from bot.domain.observations import Liquidation, Move, MoveKind, PositionSeen, PriceSeen
from bot.domain.positions import AccountData, Position, Rounding, Supplied
from bot.domain.rules import (
    ChangedRule,
    ClosedRule,
    DistanceRule,
    HealthRule,
    Hush,
    LiquidatedRule,
    PriceMovedRule,
    PriceRule,
    RuleState,
)
from bot.domain.sight import judge_sight
from bot.domain.units import HF_NO_DEBT, WAD, Address, Asset, BlockRef

ACCOUNT = Address("0x000000000000000000000000000000000000dEaD")
WETH = Asset(1, Address("0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"), "WETH", 18)
T0 = 1_800_000_000


def at(seconds: int) -> BlockRef:
    return BlockRef(seconds // 12, f"0x{seconds:064x}", T0 + seconds)


def seen(hf: int, seconds: int = 0, **more) -> PositionSeen:
    totals = AccountData(10**11, 0 if hf == HF_NO_DEBT else 10**10, 0, 8300, 8000, hf)
    weth = Supplied(WETH, 10**18, 3000 * 10**8, 3000 * 10**8, True, True, 8000, 8300, 10500)
    position = Position(
        "ethereum", ACCOUNT, at(seconds), 10, Rounding.PROTOCOL, 10**8, 0, "", (weth,), (), totals
    )
    return PositionSeen(position, **more)


def hf(text: str) -> int:
    whole, _, part = text.partition(".")
    return int(whole) * WAD + int(part.ljust(18, "0") or 0)


def walk(rule, steps, *, hush=None):
    """Run (seconds, HF text) through a rule; the reasons in order, with the severity when it spoke."""
    state, said = RuleState(), []
    for seconds, value in steps:
        decision = evaluate(rule, seen(hf(value), seconds), state, T0 + seconds, hush)
        state = decision.state
        said.append(
            (decision.reason.value, decision.severity.name)
            if decision.level or (decision.reason is not Reason.NOTHING_NEW)
            else "-"
        )
    return said, state


FIRST_NOTICE = ("first", "NOTICE")


@pytest.mark.parametrize(
    ("name", "steps", "expected"),
    [
        ("healthy says nothing", [(0, "2.0"), (12, "1.51")], ["-", "-"]),
        ("exactly on the level is not below it", [(0, "1.5")], ["-"]),
        ("one wei below is", [(0, "1.499999999999999999")], [FIRST_NOTICE]),
        (
            "each level once",
            [(0, "1.4"), (12, "1.39"), (24, "1.2"), (36, "1.09"), (48, "1.04"), (60, "0.99")],
            [
                FIRST_NOTICE,
                "-",
                ("worsened", "WARNING"),
                ("worsened", "CRITICAL"),
                ("worsened", "CRITICAL"),
                ("worsened", "CRITICAL"),
            ],
        ),
        ("a gap jumps levels and speaks once", [(0, "2"), (12, "1.04")], ["-", ("first", "CRITICAL")]),
        (
            "inside the band nothing flips",
            [(0, "1.09"), (12, "1.12"), (24, "1.099"), (36, "1.129"), (48, "1.05")],
            [("first", "CRITICAL"), "-", "-", "-", "-"],
        ),
        (
            "past the band it re-arms and speaks again",
            [(0, "1.09"), (12, "1.14"), (84, "1.14"), (96, "1.09")],
            [("first", "CRITICAL"), "-", "-", ("worsened", "CRITICAL")],
        ),
        (
            "recovery must last a minute",
            [(0, "1.4"), (12, "1.6"), (60, "1.6"), (71, "1.6"), (72, "1.6"), (84, "1.6")],
            [FIRST_NOTICE, "-", "-", "-", ("resolved", "NOTICE"), "-"],
        ),
        (
            "a recovery that breaks off starts its minute anew",
            [(0, "1.4"), (12, "1.6"), (60, "1.49"), (72, "1.6"), (120, "1.6"), (132, "1.6")],
            [FIRST_NOTICE, "-", "-", "-", "-", ("resolved", "NOTICE")],
        ),
        (
            "repaid in full resolves",
            [(0, "1.4"), (12, "9"), (72, "9")],
            [FIRST_NOTICE, "-", ("resolved", "NOTICE")],
        ),
        ("what began while we were down speaks at once", [(0, "0.98")], [("first", "CRITICAL")]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_health_ladder(name, steps, expected):
    assert walk(HealthRule(), steps)[0] == expected


def test_reminders_back_off_and_stop_at_the_end():
    steps = [(s * 60, "1.09") for s in range(60 * 24)]
    said, _ = walk(HealthRule(), steps)
    spoken = [i for i, what in enumerate(said) if what != "-"]
    assert spoken == [0, 60, 180, 420, 900]  # minutes: 1 h, then 2, 4, 8 h later
    assert said[60] == ("reminder", "CRITICAL")


@pytest.mark.parametrize(
    ("percent", "minutes"), [(50, [0, 30, 90, 210, 450, 930]), (200, [0, 120, 360, 840]), (0, [0])]
)
def test_reminders_come_sooner_later_or_not_at_all(percent, minutes):
    state, spoken = RuleState(), []
    for minute in range(60 * 24):
        now = T0 + 60 * minute
        decision = evaluate(HealthRule(), seen(hf("1.09"), 60 * minute), state, now, remind_percent=percent)
        state = decision.state
        if decision.reason is not Reason.NOTHING_NEW:
            spoken.append(minute)
    assert spoken == minutes


@pytest.mark.parametrize(
    ("path", "louder"),
    [
        (("1.4", "1.2"), True),
        (("1.2", "1.09"), True),
        (("1.09", "1.04"), False),
        (("1.4", "1.04"), True),
    ],
)
def test_worse_is_louder_when_its_severity_rises(path, louder):
    state = RuleState()
    for seconds, value in enumerate(path):
        decision = evaluate(HealthRule(), seen(hf(value), seconds), state, T0)
        state = decision.state
    assert (decision.reason, decision.louder) == (Reason.WORSENED, louder)


def test_what_ends_a_hush_is_loud_even_within_a_severity():
    state = evaluate(HealthRule(), seen(hf("1.09")), RuleState(), T0).state
    ack = Hush(until=0, step=state.step, incident=1)
    worse = evaluate(HealthRule(), seen(hf("1.04"), 12), state, T0 + 12, ack)
    assert (worse.hush_ended, worse.louder) == (True, True)


@pytest.mark.parametrize(
    ("path", "loudest"),
    [
        ([(0, "1.4")], Severity.NOTICE),
        ([(0, "1.2")], Severity.WARNING),
        ([(0, "1.04"), (12, "1.3"), (72, "1.3")], Severity.CRITICAL),
    ],
    ids=["notice", "warning", "critical, then better"],
)
def test_the_end_knows_how_loud_its_incident_was(path, loudest):
    state = RuleState()
    for seconds, value in [*path, (100, "2"), (160, "2")]:
        decision = evaluate(HealthRule(), seen(hf(value), seconds), state, T0 + seconds)
        state = decision.state
    assert (decision.reason, decision.loudest) == (Reason.RESOLVED, loudest)
    again = evaluate(HealthRule(), seen(hf("1.4"), 200), state, T0 + 200).state
    assert again.worst == 1


def test_dwell_waits_before_it_fires():
    rule = HealthRule(dwell_s=30)
    said, _ = walk(rule, [(0, "1.4"), (12, "1.6"), (24, "1.4"), (48, "1.3"), (54, "1.3")])
    assert said == ["-", "-", "-", "-", FIRST_NOTICE]


def test_snooze_is_silent_until_it_gets_worse_and_says_so():
    hush = Hush(until=T0 + 36_000, step=1, incident=1)
    rule, state = HealthRule(), RuleState()
    state = evaluate(rule, seen(hf("1.4")), state, T0).state
    quiet = evaluate(rule, seen(hf("1.4"), 30_000), state, T0 + 30_000, hush)
    assert quiet.reason is Reason.NOTHING_NEW
    late = evaluate(rule, seen(hf("1.4"), 90_000), state, T0 + 90_000, hush)
    assert late.reason is Reason.REMINDER
    worse = evaluate(rule, seen(hf("1.2"), 30_012), state, T0 + 30_012, hush)
    assert (worse.reason, worse.hush_ended) == (Reason.WORSENED, True)


def test_ack_holds_until_worse_and_belongs_to_its_incident():
    ack = Hush(until=0, step=3, incident=1)
    rule = HealthRule()
    state = evaluate(rule, seen(hf("1.09")), RuleState(), T0).state
    for hours in range(1, 50):
        decision = evaluate(rule, seen(hf("1.09"), hours * 3600), state, T0 + hours * 3600, ack)
        assert decision.reason is Reason.NOTHING_NEW
    other = evaluate(rule, seen(hf("1.09")), replace(state, incident=2), T0 + 9 * 3600, ack)
    assert other.reason is Reason.REMINDER


def test_changed_levels_start_anew():
    state = evaluate(HealthRule(), seen(hf("1.2")), RuleState(), T0).state
    assert state.step == 2
    other = HealthRule(levels=(hf("1.3"),))
    decision = evaluate(other, seen(hf("1.2"), 12), state, T0 + 12)
    assert (decision.reason, decision.state.step, decision.state.incident) == (Reason.FIRST, 1, 2)


@pytest.mark.parametrize(
    ("value", "bps"),
    [(hf("1.071"), 662), (hf("1"), 0), (hf("2"), 5000), (HF_NO_DEBT, 10_000), (hf("0.5"), -10_000)],
)
def test_distance(value, bps):
    assert distance_bps(value) == bps


def test_distance_ladder():
    assert walk(DistanceRule(), [(0, "1.26"), (12, "1.24"), (24, "1.1"), (36, "1.04")])[0] == [
        "-",
        ("first", "WARNING"),
        ("worsened", "CRITICAL"),
        ("worsened", "CRITICAL"),
    ]


@given(
    path=st.lists(st.integers(min_value=0, max_value=3 * WAD), min_size=1, max_size=40),
    gaps=st.lists(st.integers(min_value=1, max_value=4000), min_size=40, max_size=40),
)
def test_any_path_speaks_in_well_formed_incidents(path, gaps):
    """FIRST opens, RESOLVED closes, nothing speaks outside, WORSENED only for a deeper level."""
    rule, state, time, opened = HealthRule(), RuleState(), 0, False
    ids = set()
    for value, gap in zip(path, gaps, strict=False):
        time += gap
        before = state
        decision = evaluate(rule, seen(value, time), state, T0 + time)
        state = decision.state
        if decision.reason is Reason.NOTHING_NEW:
            assert state.said == before.said
            continue
        identity = (state.incident, state.said)
        assert identity not in ids
        ids.add(identity)
        assert (decision.reason is Reason.FIRST) == (not opened)
        opened = decision.reason is not Reason.RESOLVED
        if decision.reason in (Reason.FIRST, Reason.WORSENED):
            assert value < decision.level
            assert state.step > before.step
        if decision.reason is Reason.RESOLVED:
            assert value >= rule.levels[0]
    # A level and not an edge: the last value below the first level means we have said so.
    assert opened or path[-1] >= rule.levels[0] or rule.dwell_s


@given(path=st.lists(st.integers(min_value=0, max_value=3 * WAD), min_size=1, max_size=20))
def test_the_same_reading_twice_says_nothing_new(path):
    rule, state = HealthRule(), RuleState()
    for number, value in enumerate(path):
        state = evaluate(rule, seen(value, number), state, T0 + number).state
        again = evaluate(rule, seen(value, number), state, T0 + number)
        assert again.reason is Reason.NOTHING_NEW
        assert again.state == state


def price(value: int, seconds: int) -> PriceSeen:
    return PriceSeen("ethereum", WETH, value * 10**8, 10**8, at(seconds))


@pytest.mark.parametrize(
    ("above", "path", "expected"),
    [
        (False, [2600, 2500, 2490, 2505, 2490, 2600, 2499], "-F----F"),
        (True, [3900, 4000, 4100, 3990, 4001, 3900, 4000], "-F----F"),
    ],
)
def test_price_levels(above, path, expected):
    rule = PriceRule(WETH, (4000 if above else 2500) * 10**8, above, 10**8)
    state, said = RuleState(), ""
    for number, value in enumerate(path):
        decision = evaluate(rule, price(value, number * 12), state, T0 + number * 12)
        state = decision.state
        said += {Reason.FIRST: "F", Reason.RESOLVED: "-", Reason.NOTHING_NEW: "-"}[decision.reason]
    assert said == expected


@pytest.mark.parametrize(("above", "value"), [(False, 2400), (True, 2600)])
def test_a_price_is_a_warning_whichever_way_it_went(above, value):
    rule = PriceRule(WETH, 2500 * 10**8, above, 10**8)
    assert evaluate(rule, price(value, 0), RuleState(), T0).severity is Severity.WARNING


def test_price_moved_within_its_window_only():
    rule = PriceMovedRule(WETH, 500, 3600, 10**8)
    state, said = RuleState(), []
    slow = [(h * 3700, 3000 - 100 * h) for h in range(5)]
    fast = [(20_000 + 600 * i, 2600 - 40 * i) for i in range(5)]
    for seconds, value in slow + fast:
        decision = evaluate(rule, price(value, seconds), state, T0 + seconds)
        state = decision.state
        said.append(decision.reason is Reason.FIRST)
        assert len(state.samples) <= 62
    assert said == [False] * 5 + [False, False, False, False, True]


def test_changed_respects_its_minimum_and_liquidated_and_closed_speak_once():
    small = Move(MoveKind.SUPPLY, "0x1", WETH, 1, 99 * 10**8)
    large = Move(MoveKind.REPAY, "0x2", WETH, 1, 100 * 10**8)
    flag = Move(MoveKind.COLLATERAL_OFF, "0x3", WETH)
    rule = ChangedRule(min_usd=100)
    for moves, reason in [((small,), "nothing_new"), ((large,), "changed"), ((flag,), "changed")]:
        assert evaluate(rule, seen(2 * WAD, moves=moves), RuleState(), T0).reason == reason
    call = Liquidation("0x4", WETH, 1, 1, WETH, 1, 1, ACCOUNT)
    told = evaluate(LiquidatedRule(), seen(WAD, liquidations=(call,)), RuleState(), T0)
    assert (told.reason, told.severity) == (Reason.LIQUIDATED, Severity.CRITICAL)
    empty = seen(HF_NO_DEBT)
    empty = replace(empty, position=replace(empty.position, supplied=()))
    assert evaluate(ClosedRule(), empty, RuleState(), T0).reason is Reason.NOTHING_NEW
    was_open = evaluate(ClosedRule(), seen(2 * WAD), RuleState(), T0).state
    closed = evaluate(ClosedRule(), empty, was_open, T0)
    assert closed.reason is Reason.CHANGED
    assert evaluate(ClosedRule(), empty, closed.state, T0).reason is Reason.NOTHING_NEW


def test_silence_is_told_once_and_so_is_its_end():
    state, said = RuleState(), []
    for silent in (0, 100, 301, 900, 5000, 3, 2, 400):
        decision = judge_sight(silent, 300, state, T0)
        state = decision.state
        said.append(decision.reason.value)
    new = "nothing_new"
    assert said == [new, new, "stale", new, new, "resolved", new, "stale"]


def test_a_rule_never_judges_what_it_cannot():
    with pytest.raises(TypeError):
        evaluate(HealthRule(), price(1, 0), RuleState(), T0)
