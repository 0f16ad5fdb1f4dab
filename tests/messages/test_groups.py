"""Several alerts in one message: how many, how bad, each in two lines, the worst first, none left out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alerts import Alert, AlertGroup, Reason, Severity, Unseen
from bot.domain.observations import Liquidation, Move, MoveKind, PositionSeen
from bot.domain.rules import ChangedRule, ClosedRule, LiquidatedRule, PriceMovedRule, PriceRule
from bot.domain.units import WAD, BaseAmount, Bps, RawAmount
from bot.messages.alerts import Handled
from bot.messages.answers import GroupDetails
from bot.messages.compose import Composer
from bot.messages.model import Message, Press
from bot.messages.rich import UNITS_AT_MOST, text_of, units
from bot.subscriptions import ChatSettings
from tests.messages.samples import (
    ATLAS,
    BLOCK,
    NOW,
    USD,
    USDC,
    WALLET,
    WBTC,
    WETH,
    alert,
    owed,
    position,
    price,
    supplied,
    treasury,
)

COMPOSER = Composer(ATLAS)
TX = "0x" + "12" * 32
WHERE = "Aave v3 Ethereum · block 24,100,233, 9 s old"

CRITICAL = alert(treasury())
WARNED = replace(
    alert(
        position(
            supplied(WETH, 10**19, 3040 * USD),
            supplied(WBTC, 10**8, 100_000 * USD),
            owed(USDC, 80_000 * 10**6, USD),
        ),
        Reason.FIRST,
        Severity.WARNING,
        title="fund",
        before=0,
    ),
    subject="s2",
)
LIQUIDATED = alert(
    PositionSeen(
        treasury(),
        liquidations=(
            Liquidation(
                TX,
                WETH,
                RawAmount(12_300 * 10**15),
                BaseAmount(37_392 * USD),
                USDC,
                RawAmount(35_000 * 10**6),
                BaseAmount(35_000 * USD),
                WALLET,
            ),
        ),
    ),
    Reason.LIQUIDATED,
    rule=LiquidatedRule(),
    before=0,
)
CHANGED = alert(
    PositionSeen(
        treasury(), moves=(Move(MoveKind.BORROW, TX, USDC, RawAmount(10**10), BaseAmount(10_000 * USD)),)
    ),
    Reason.CHANGED,
    Severity.NOTICE,
    rule=ChangedRule(),
    before=130 * WAD // 100,
)
CLOSED = alert(PositionSeen(position()), Reason.CHANGED, Severity.NOTICE, rule=ClosedRule(), before=0)
RESOLVED = alert(treasury(5000 * USD), Reason.RESOLVED, Severity.NOTICE, before=107 * WAD // 100)
PRICED = alert(
    price(at=2499 * USD),
    Reason.FIRST,
    Severity.WARNING,
    rule=PriceRule(WETH, BaseAmount(2500 * USD), above=False, base_unit=USD),
    title="WETH",
)
MOVED = alert(
    price(at=2488 * USD),
    Reason.FIRST,
    Severity.WARNING,
    rule=PriceMovedRule(WETH, Bps(500), 3600, USD),
    title="WETH",
    before=2624 * USD,
)
STALE = replace(
    alert(treasury(), Reason.STALE, Severity.WARNING),
    seen=Unseen("ethereum", BLOCK, 300),
    watch=None,
    rule=None,
)


def compose(
    *alerts: Alert, handled: Handled | None = None, repeated: bool = False, private: bool = True
) -> Message:
    return COMPOSER.group(
        AlertGroup("g1a2b3", alerts),
        ChatSettings(),
        repeated=repeated,
        now=NOW,
        handled=handled,
        private=private,
    )


def lines(message: Message) -> list[str]:
    return text_of(message.lines).split("\n")


def verbs(message: Message) -> list[str]:
    actions = (button.action for row in message.buttons for button in row)
    return [action.data() for action in actions if isinstance(action, Press)]


def test_the_anatomy_of_a_group() -> None:
    message = compose(RESOLVED, PRICED, CRITICAL, WARNED)
    assert lines(message) == [
        f"🔴 CRITICAL · 4 alerts, 1 of them critical · {WHERE}",
        "🔴 CRITICAL · treasury.eth · HF 1.07 (was 1.12)",
        "   Fix: repay 118,000 USDC  or  add 70.14 WETH  -> HF 1.50",
        "🟠 WARNING · ETH · $2,499 (below $2,500)",
        "🟠 WARNING · fund · HF 1.35",
        "   All collateral together must fall 26 % more",
        "✅ RESOLVED · treasury.eth · HF 1.76 (was 1.07)",
        "   Above all your levels again, the highest is 1.50",
    ]
    assert text_of(message.details).split("\n") == [
        "treasury.eth",
        "Supplied 174.79 WETH = $531k at $3,040, counts at 83 %, penalty 5 %",
        "Owed 412,000 USDC = $412k at $1.0000",
        f"Wallet {WALLET}",
        "fund",
        "Supplied 10 WETH = $30.4k at $3,040, counts at 83 %, penalty 5 %",
        "Supplied 1 WBTC = $100k at $100,000, counts at 83 %, penalty 5 %",
        "Owed 80,000 USDC = $80k at $1.0000",
        f"Wallet {WALLET}",
    ]
    assert not message.silent
    assert message.severity == "critical"
    assert verbs(message) == ["1|snooze|g1a2b3", "1|ack|g1a2b3", "1|details|g1a2b3"]


@pytest.mark.parametrize(
    ("one", "decisive"),
    [
        (LIQUIDATED, "   Seized 12.3 WETH ($37.4k), repaid 35,000 USDC ($35k): penalty 6.8 % ($2,392)"),
        (CHANGED, "   Borrowed 10,000 USDC ($10k)"),
        (STALE, "   I have not seen your position since block 24,100,233"),
    ],
)
def test_the_line_that_decides(one: Alert, decisive: str) -> None:
    assert decisive in lines(compose(one, CRITICAL))


def test_what_its_first_line_says_whole_has_no_second() -> None:
    assert [line[:1] for line in lines(compose(PRICED, MOVED, CLOSED))[1:]] == ["🟠", "🟠", "🔵"]


@pytest.mark.parametrize(
    ("alerts", "first", "severity", "silent"),
    [
        ((CRITICAL, CRITICAL), "🔴 CRITICAL · 2 alerts · ", "critical", False),
        ((LIQUIDATED, WARNED), "🔴 CRITICAL · 2 alerts, 1 of them critical · ", "critical", False),
        ((WARNED, PRICED), "🟠 WARNING · 2 alerts · ", "warning", True),
        ((CHANGED, CLOSED), "🔵 NOTICE · 2 alerts · ", "notice", True),
        (
            (RESOLVED, replace(RESOLVED, severity=Severity.CRITICAL)),
            "✅ RESOLVED · 2 alerts · ",
            "resolved",
            True,
        ),
        ((RESOLVED, CHANGED), "🔵 NOTICE · 2 alerts · ", "notice", True),
    ],
)
def test_the_first_line_is_of_the_worst(
    alerts: tuple[Alert, ...], first: str, severity: str, *, silent: bool
) -> None:
    message = compose(*alerts)
    assert lines(message)[0] == first + WHERE
    assert (message.severity, message.silent) == (severity, silent)


def test_only_what_lasts_can_be_taken_up() -> None:
    assert verbs(compose(CHANGED, CLOSED, LIQUIDATED, MOVED, STALE, RESOLVED)) == ["1|details|g1a2b3"]
    assert "1|ack|g1a2b3" in verbs(compose(CHANGED, PRICED))


def test_a_handled_group_says_by_whom_and_offers_no_second_ack() -> None:
    message = compose(CRITICAL, WARNED, handled=Handled("@ada", NOW))
    assert lines(message)[-1].startswith("Acknowledged by @\u2060ada at ")
    assert verbs(message) == ["1|details|g1a2b3"]


def test_a_repeated_group_says_so() -> None:
    assert lines(compose(CRITICAL, WARNED, repeated=True))[-1].startswith("(repeated: ")


def test_one_wallet_has_one_table() -> None:
    same = replace(CHANGED, subject=CRITICAL.subject)
    assert text_of(compose(CRITICAL, same).details).count("Wallet 0x") == 1


def test_the_newest_block_is_told_where_they_differ() -> None:
    assert "block 24,100,233" in lines(compose(STALE, CRITICAL))[0]
    assert lines(compose(STALE, STALE))[0] == "🟠 WARNING · 2 alerts · Aave v3 Ethereum"


@pytest.mark.parametrize("private", [True, False])
def test_many_are_counted_and_never_too_long(*, private: bool) -> None:
    many = [replace(WARNED, subject=f"s{i}", id=f"w{i}") for i in range(40)]
    message = compose(*many, private=private)
    assert lines(message)[0].startswith("🟠 WARNING · 40 alerts · ")
    shown = sum(1 for line in lines(message)[1:] if line.startswith("🟠"))
    assert lines(message)[-1] == f"and {40 - shown} more"
    assert units(text_of(message.lines)) + units(text_of(message.details)) < UNITS_AT_MOST


@given(st.lists(st.text(max_size=200), min_size=2, max_size=30))
def test_no_names_make_a_group_too_long(titles: list[str]) -> None:
    alerts = tuple(replace(alert(treasury(), title=title), subject=f"s{i}") for i, title in enumerate(titles))
    message = compose(*alerts)
    shown = sum(1 for line in lines(message)[1:] if line.startswith("🔴"))
    rest = [line for line in lines(message) if line.startswith("and ")]
    assert shown + (int(rest[0].split()[1]) if rest else 0) == len(titles)
    assert units(text_of(message.lines)) + units(text_of(message.details)) < UNITS_AT_MOST


def test_an_escalated_one_says_where_it_was_left_alone() -> None:
    settings = ChatSettings(escalate_after_s=900)
    told = COMPOSER.compose(
        replace(CRITICAL, home="telegram/-100"),
        settings,
        repeated=False,
        now=NOW,
        private=True,
        escalated=True,
    )
    assert lines(told)[1] == "Nobody took this up for 15 min in the Telegram group, so I tell it here"
    group = AlertGroup("g1", (replace(CRITICAL, home="discord/s9"), WARNED))
    told = COMPOSER.compose(group, settings, repeated=False, now=NOW, escalated=True)
    assert lines(told)[1] == "Nobody took this up for 15 min in the Discord server, so I tell it here"
    told = COMPOSER.compose(CRITICAL, settings, repeated=False, now=NOW)
    assert not any("Nobody" in line for line in lines(told))


def test_details_of_a_group_are_those_of_all() -> None:
    group = AlertGroup("g1", (WARNED, CRITICAL))
    told = COMPOSER.answer(GroupDetails(group), ChatSettings(), now=NOW)
    text = text_of(told.lines)
    assert text.index("CRITICAL") < text.index("WARNING")
    for fact in ("Supplied 174.79 WETH", "Supplied 1 WBTC", "Debt $412k", "Debt $80k"):
        assert fact in text


@pytest.mark.parametrize(
    ("one", "severity"),
    [
        (CRITICAL, "critical"),
        (WARNED, "warning"),
        (CHANGED, "notice"),
        (RESOLVED, "resolved"),
        (STALE, "warning"),
    ],
)
def test_an_alert_has_its_severity_for_a_coloured_edge(one: Alert, severity: str) -> None:
    assert COMPOSER.alert(one, ChatSettings(), repeated=False, now=NOW).severity == severity


def test_an_age_is_told_as_an_age_and_a_moment_as_a_moment() -> None:
    """So that a platform may tell them itself: `9 s old` against `21 Sep 2026, 14:13 UTC`."""
    message = compose(CRITICAL, WARNED, handled=Handled("Ada", NOW, NOW + 3600))
    times = [(span.text, span.time, span.is_age) for line in message.lines for span in line if span.time]
    assert times == [
        ("9 s old", BLOCK.timestamp, True),
        ("21 Sep 2026, 14:13 UTC", NOW, False),
        ("21 Sep 2026, 15:13 UTC", NOW + 3600, False),
    ]
