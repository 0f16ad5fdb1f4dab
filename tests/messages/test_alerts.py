"""Every kind of alert in full: the words people will read, as they will read them."""

from dataclasses import replace

import pytest

from bot.domain.alerts import Alert, Reason, Severity, Unseen, WatchRef
from bot.domain.observations import Liquidation, Move, MoveKind, PositionSeen
from bot.domain.rules import ChangedRule, ClosedRule, DistanceRule, LiquidatedRule, PriceMovedRule, PriceRule
from bot.domain.units import WAD, BaseAmount, BlockRef, Bps, RawAmount
from bot.messages.alerts import Handled
from bot.messages.compose import Composer
from bot.messages.model import Copy, Message, Open, Press
from bot.messages.rich import text_of
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
    WSTETH,
    alert,
    owed,
    position,
    price,
    supplied,
    treasury,
)

COMPOSER = Composer(ATLAS)
TOTALS = "Debt $412k · collateral $531k · Aave v3 Ethereum · block 24,100,233, 9 s old"
TX = "0x" + "12" * 32


def compose(
    one: Alert,
    settings: ChatSettings | None = None,
    *,
    repeated: bool = False,
    handled: Handled | None = None,
) -> Message:
    return COMPOSER.alert(one, settings or ChatSettings(), repeated=repeated, now=NOW, handled=handled)


def lines(one: Alert, settings: ChatSettings | None = None, *, repeated: bool = False) -> list[str]:
    return text_of(compose(one, settings, repeated=repeated).lines).split("\n")


def test_the_anatomy_of_a_critical_alert() -> None:
    message = compose(alert(treasury()))
    assert text_of(message.lines).split("\n") == [
        "🔴 CRITICAL · treasury.eth · HF 1.07 (was 1.12)",
        "ETH must fall 6.5 % more, to $2,840 (now $3,040)",
        "Fix: repay 118,000 USDC  or  add 70.14 WETH  -> HF 1.50",
        TOTALS,
    ]
    assert text_of(message.details).split("\n") == [
        "Supplied 174.79 WETH = $531k at $3,040, counts at 83 %, penalty 5 %",
        "Owed 412,000 USDC = $412k at $1.0000",
        "Liquidation price of ETH: $2,839.89668842, other prices unchanged",
        "eMode: none",
        "One liquidation may repay 206,000 USDC (close factor 50 %) and take 71.15131 WETH, penalty 5 %",
        "Computed from balances, indexes and oracle prices (pool revision 10)",
        f"Wallet {WALLET}",
    ]
    assert not message.silent


def test_the_buttons_of_a_running_alert() -> None:
    buttons = [[(b.label, b.action) for b in row] for row in compose(alert(treasury())).buttons]
    assert buttons == [
        [
            ("Open Aave", Open("https://app.aave.com/dashboard/?marketName=proto_mainnet_v3")),
            ("DeFi Saver", Open("https://app.defisaver.com/aave")),
            ("Explorer", Open(f"https://etherscan.io/address/{WALLET}")),
        ],
        [
            ("Snooze 1h", Press("snooze", "w1.health.s12345.3")),
            ("Ack", Press("ack", "w1.health.s12345.3")),
            ("Details", Press("details", "w1.health.s12345.3")),
        ],
        [("Copy 118000", Copy("118000"))],
    ]


def test_a_press_too_long_for_telegram_is_left_out_not_broken() -> None:
    long = replace(alert(treasury()), incident="w" * 60)
    labels = [b.label for row in compose(long).buttons for b in row]
    assert labels == ["Open Aave", "DeFi Saver", "Explorer", "Copy 118000"]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        pytest.param(
            alert(treasury(), Reason.FIRST, Severity.WARNING, before=0, level=125 * WAD // 100),
            ["🟠 WARNING · treasury.eth · HF 1.07", "ETH must fall 6.5 % more, to $2,840 (now $3,040)"],
            id="first",
        ),
        pytest.param(
            alert(treasury(), Reason.REMINDER),
            ["🔴 CRITICAL · treasury.eth · HF 1.07 (was 1.12)", "Reminder: still below 1.10"],
            id="reminder",
        ),
        pytest.param(
            alert(treasury(), hush_ended=True),
            [
                "🔴 CRITICAL · treasury.eth · HF 1.07 (was 1.12)",
                "The pause you set has ended: it got worse",
            ],
            id="hush ended",
        ),
        pytest.param(
            alert(treasury(2800 * USD)),
            [
                "🔴 CRITICAL · treasury.eth · HF 0.98 (was 1.12)",
                "It can be liquidated now: up to $206k of the debt, at a penalty of 5 %",
                "Fix: repay 141,200 USDC  or  add 91.14 WETH  -> HF 1.50",
            ],
            id="liquidatable",
        ),
        pytest.param(
            alert(treasury(5000 * USD), Reason.RESOLVED, Severity.NOTICE, before=107 * WAD // 100),
            [
                "✅ RESOLVED · treasury.eth · HF 1.76 (was 1.07)",
                "Above all your levels again, the highest is 1.50",
                "Debt $412k · collateral $874k · Aave v3 Ethereum · block 24,100,233, 9 s old",
            ],
            id="resolved",
        ),
        pytest.param(
            alert(treasury(), rule=DistanceRule(), level=1000, before=1400),
            ["🔴 CRITICAL · treasury.eth · 6.5 % to liquidation (was 14 %) · HF 1.07"],
            id="distance",
        ),
        pytest.param(
            replace(alert(treasury()), watch=WatchRef("w1", 1, "", WALLET)),
            ["🔴 CRITICAL · 0xd8dA…6045 · HF 1.07 (was 1.12)"],
            id="nameless",
        ),
        pytest.param(
            alert(
                PositionSeen(
                    treasury(),
                    moves=(
                        Move(MoveKind.BORROW, TX, USDC, RawAmount(10**10), BaseAmount(10_000 * USD)),
                        Move(MoveKind.COLLATERAL_OFF, TX, WSTETH),
                        Move(MoveKind.EMODE, TX),
                    ),
                    gap=True,
                ),
                Reason.CHANGED,
                Severity.NOTICE,
                rule=ChangedRule(),
                before=130 * WAD // 100,
            ),
            [
                "🔵 CHANGED · treasury.eth · HF 1.07 (was 1.30)",
                "Borrowed 10,000 USDC ($10k)",
                "wstETH is no collateral any more",
                "eMode is off now",
                "Some blocks before this one could not be read: there may have been more",
                "ETH must fall 6.5 % more, to $2,840 (now $3,040)",
                TOTALS,
            ],
            id="changed",
        ),
        pytest.param(
            alert(PositionSeen(position()), Reason.CHANGED, Severity.NOTICE, rule=ClosedRule(), before=0),
            [
                "🔵 CLOSED · treasury.eth · nothing supplied, nothing owed any more",
                "No debt · collateral $0.00 · Aave v3 Ethereum · block 24,100,233, 9 s old",
            ],
            id="closed",
        ),
        pytest.param(
            alert(
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
            ),
            [
                "🔴 LIQUIDATED · treasury.eth · HF 1.07 now",
                "Seized 12.3 WETH ($37.4k), repaid 35,000 USDC ($35k): penalty 6.8 % ($2,392)",
                "Left: 174.79 WETH as collateral, 412,000 USDC owed",
                "ETH must fall 6.5 % more, to $2,840 (now $3,040)",
                "Fix: repay 118,000 USDC  or  add 70.14 WETH  -> HF 1.50",
                TOTALS,
            ],
            id="liquidated",
        ),
        pytest.param(
            replace(
                alert(treasury(), Reason.STALE), seen=Unseen("ethereum", BLOCK, 300), watch=None, rule=None
            ),
            [
                "⚪ STALE · Aave v3 Ethereum · not seen for 5 min",
                "I have not seen your position since block 24,100,233",
                "This is no all-clear: I keep trying and tell you when I see again. Meanwhile look yourself",
            ],
            id="stale",
        ),
        pytest.param(
            replace(
                alert(treasury(), Reason.STALE), seen=Unseen("ethereum", None, 300), watch=None, rule=None
            ),
            [
                "⚪ STALE · Aave v3 Ethereum · not seen for 5 min",
                "I have not seen your position since I started, 5 min ago",
            ],
            id="never seen",
        ),
        pytest.param(
            replace(
                alert(treasury(), Reason.RESOLVED), seen=Unseen("ethereum", BLOCK, 3), watch=None, rule=None
            ),
            [
                "✅ RESOLVED · Aave v3 Ethereum · seen again",
                "I see your position again and judge every block · block 24,100,233, 9 s old",
            ],
            id="sight returned",
        ),
        pytest.param(
            alert(
                price(at=249_999_999_999),
                Reason.FIRST,
                Severity.WARNING,
                rule=PriceRule(WETH, BaseAmount(2500 * USD), above=False, base_unit=USD),
                title="WETH",
            ),
            [
                "🟠 WARNING · ETH · $2,499.99999999 (below $2,500.00000000)",
                "Aave oracle · Aave v3 Ethereum · block 24,100,233, 9 s old",
            ],
            id="price below by a hair",
        ),
        pytest.param(
            alert(
                price(at=2531 * USD),
                Reason.RESOLVED,
                Severity.NOTICE,
                rule=PriceRule(WETH, BaseAmount(2500 * USD), above=False, base_unit=USD),
                title="my limit",
            ),
            ["✅ RESOLVED · my limit · ETH · $2,531 (above $2,500)"],
            id="price resolved",
        ),
        pytest.param(
            alert(
                price(at=2488 * USD),
                Reason.FIRST,
                Severity.WARNING,
                rule=PriceMovedRule(WETH, Bps(500), 3600, USD),
                title="WETH",
                before=2624 * USD,
            ),
            ["🟠 WARNING · ETH · $2,488 (−5.1 % within 1 h, from $2,624)"],
            id="price moved",
        ),
    ],
)
def test_each_kind(one: Alert, expected: list[str]) -> None:
    assert lines(one)[: len(expected)] == expected


def test_one_that_can_be_liquidated_is_told_the_price_at_which_it_is_safe_again() -> None:
    details = text_of(compose(alert(treasury(2800 * USD))).details)
    assert "Safe again above $2,839.89668842 for ETH, other prices unchanged" in details.split("\n")
    assert "Liquidation price" not in details
    safe, unsafe = (treasury(price).health_factor for price in (283_989_668_842, 283_989_668_841))
    assert unsafe < WAD <= safe
    healthy = text_of(compose(alert(treasury())).details)
    assert "Safe again" not in healthy


def test_safe_again_names_collateral_only_and_leaves_stable_tokens_out() -> None:
    lost = position(
        supplied(WETH, 40 * 10**18, 2000 * USD),
        supplied(WSTETH, 50 * 10**18, 2400 * USD),
        supplied(USDC, 1000 * 10**6, USD, threshold=7800),
        owed(WBTC, 2 * 10**8, 100_000 * USD),
    )
    told = [line for line in text_of(compose(alert(lost)).details).split("\n") if line.startswith("Safe")]
    assert [line.split(" for ")[1] for line in told] == [
        "wstETH, other prices unchanged",
        "ETH, other prices unchanged",
    ]


@pytest.mark.parametrize(
    ("reason", "last", "title", "expected"),
    [
        (
            Reason.STALE,
            BLOCK,
            "treasury",
            [
                "⚪ STALE · treasury · not seen for 5 min",
                (
                    "I have not seen treasury since block 24,100,233:"
                    " Aave v3 Ethereum gives no price or answer for it"
                ),
                "This is no all-clear: I keep trying and tell you when I see again. Meanwhile look yourself",
            ],
        ),
        (
            Reason.STALE,
            None,
            "",
            [
                "⚪ STALE · 0xd8dA…6045 · not seen for 5 min",
                (
                    "I have not seen 0xd8dA…6045 since I started, 5 min ago:"
                    " Aave v3 Ethereum gives no answer for it"
                ),
                "This is no all-clear: I keep trying and tell you when I see again. Meanwhile look yourself",
            ],
        ),
        (
            Reason.RESOLVED,
            BLOCK,
            "treasury",
            [
                "✅ RESOLVED · treasury · seen again",
                (
                    "I see treasury again in Aave v3 Ethereum and judge it at every block"
                    " · block 24,100,233, 9 s old"
                ),
            ],
        ),
    ],
    ids=["stale", "never seen", "seen again"],
)
def test_one_wallet_out_of_sight(
    reason: Reason, last: BlockRef | None, title: str, expected: list[str]
) -> None:
    one = replace(alert(treasury(), reason, title=title), seen=Unseen("ethereum", last, 300), rule=None)
    assert lines(one) == expected
    message = compose(one)
    assert text_of(message.details) == f"Wallet {WALLET}"
    assert [b.label for row in message.buttons for b in row] == ["Open Aave", "Explorer"]


def test_several_assets_each_get_their_own_price_and_the_fix_names_the_largest() -> None:
    many = position(
        supplied(WETH, 50 * 10**18, 3040 * USD),
        supplied(WSTETH, 50 * 10**18, 3700 * USD),
        supplied(USDC, 1000 * 10**6, USD, threshold=7800),
        owed(USDC, 200_000 * 10**6, USD),
        owed(WBTC, 5 * 10**7, 100_000 * USD),
    )
    assert lines(alert(many))[1:6] == [
        "All collateral together must fall 10.8 % more",
        "wstETH must fall 19.8 % more, to $2,966 (now $3,700)",
        "ETH must fall 24.1 % more, to $2,306 (now $3,040)",
        "WBTC must rise 60.9 % more, to $160,980 (now $100,000)",
        "Fix: repay 63,010 USDC  or  add 30.78 wstETH  -> HF 1.50",
    ]


def test_a_target_already_reached_needs_no_fix() -> None:
    assert not any("Fix" in line for line in lines(alert(treasury()), ChatSettings(target_hf_percent=105)))


def test_the_target_is_the_chats_own() -> None:
    fix = lines(alert(treasury()), ChatSettings(target_hf_percent=160))[2]
    assert fix == "Fix: repay 136,400 USDC  or  add 86.47 WETH  -> HF 1.60"


def test_numbers_follow_the_locale_and_an_unknown_locale_costs_no_alert() -> None:
    german = lines(alert(treasury()), ChatSettings(locale="de", timezone="Europe/Berlin"))
    assert german[1] == "ETH must fall 6,5 % more, to 2.840 $ (now 3.040 $)"
    assert german[3].startswith("Debt 412k $ · collateral 531k $ · Aave v3 Ethereum · block 24.100.233")
    broken = lines(alert(treasury()), ChatSettings(locale="zz_ZZ", timezone="Mars/Olympus"))
    assert broken == lines(alert(treasury()))


def test_a_repeated_delivery_says_so_last() -> None:
    assert lines(alert(treasury()), repeated=True)[-1] == "(repeated: I was interrupted while sending this)"
    assert not any("repeated" in line for line in lines(alert(treasury())))


@pytest.mark.parametrize(
    ("severity", "reason", "silent"),
    [
        (Severity.CRITICAL, Reason.FIRST, False),
        (Severity.WARNING, Reason.FIRST, True),
        (Severity.NOTICE, Reason.CHANGED, True),
        (Severity.NOTICE, Reason.RESOLVED, True),
    ],
)
def test_only_critical_alerts_ring(severity: Severity, reason: Reason, *, silent: bool) -> None:
    assert compose(alert(treasury(), reason, severity)).silent is silent


def test_a_handled_card_says_by_whom_and_offers_no_second_ack() -> None:
    message = compose(alert(treasury()), handled=Handled("Ada", NOW, NOW + 3600))
    assert text_of(message.lines[-1:]) == (
        "Snoozed by Ada at 21 Sep 2026, 14:13 UTC, until 21 Sep 2026, 15:13 UTC, or until it gets worse"
    )
    verbs = [b.action.verb for row in message.buttons for b in row if isinstance(b.action, Press)]
    assert verbs == ["details"]
    acked = compose(alert(treasury()), handled=Handled("@ada", NOW))
    assert text_of(acked.lines[-1:]).startswith("Acknowledged by @\u2060ada at ")
