"""Amounts hidden: no message of any kind tells how much anybody has, owes, moved or lost.

Two ways to ask: no figure of a known position stands anywhere, in any format; and a position a hundred times
as large leads to the very same words.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.domain.alerts import Alert, AlertGroup, Reason, Severity
from bot.domain.close_factor import next_liquidation
from bot.domain.observations import Liquidation, Move, MoveKind, PositionSeen
from bot.domain.positions import Owed, Position, Supplied
from bot.domain.rules import ChangedRule, ClosedRule, DistanceRule, LiquidatedRule
from bot.domain.units import Asset, BaseAmount, RawAmount
from bot.messages.answers import (
    AlertDetails,
    Answer,
    GroupDetails,
    NoDebt,
    Offer,
    PositionShown,
    TestAlert,
    WalletFacts,
    WalletList,
    WalletRow,
    WatchAdded,
    Why,
)
from bot.messages.compose import Composer
from bot.messages.model import Copy, Message, Open
from bot.messages.numbers import Figures, Side, plain_decimal
from bot.messages.records import HomeExported
from bot.messages.rich import text_of
from bot.subscriptions import ChatSettings, Shown, WalletTarget, Watch
from tests.messages.samples import (
    ATLAS,
    NOW,
    PRICES,
    USD,
    USDC,
    WALLET,
    WBTC,
    WETH,
    WSTETH,
    alert,
    owed,
    position,
    supplied,
    treasury,
)

COMPOSER = Composer(ATLAS)
TX = "0x" + "12" * 32
WATCH = Watch("w1", 1, "telegram/-7", WalletTarget(WALLET), (), "treasury")
HIDDEN = ChatSettings()
"""To a group, as it comes."""


def moved(of: Position, scale: int) -> PositionSeen:
    """What happened to it, by amounts that nothing else has."""
    borrowed = Move(
        MoveKind.BORROW, TX, USDC, RawAmount(76_543 * 10**6 * scale), BaseAmount(76_543 * USD * scale)
    )
    withdrawn = Move(
        MoveKind.WITHDRAW, TX, WETH, RawAmount(123_456 * 10**14 * scale), BaseAmount(37_531 * USD * scale)
    )
    seized = Liquidation(
        TX,
        WETH,
        RawAmount(123_987 * 10**14 * scale),
        BaseAmount(37_692 * USD * scale),
        USDC,
        RawAmount(35_789 * 10**6 * scale),
        BaseAmount(35_789 * USD * scale),
        WALLET,
    )
    return PositionSeen(of, (borrowed, withdrawn), (seized,))


def alerts(seen: PositionSeen) -> tuple[Alert, ...]:
    calm = PositionSeen(seen.position)
    made = (
        alert(calm),
        alert(calm, Reason.FIRST, Severity.WARNING, rule=DistanceRule(), level=1000, before=0),
        alert(calm, Reason.REMINDER),
        alert(calm, Reason.RESOLVED, Severity.NOTICE),
        alert(seen, Reason.CHANGED, Severity.NOTICE, rule=ChangedRule()),
        alert(seen, Reason.LIQUIDATED, rule=LiquidatedRule(), before=0),
        alert(calm, Reason.CHANGED, Severity.NOTICE, rule=ClosedRule()),
    )
    return tuple(replace(one, subject=f"s{i}") for i, one in enumerate(made))


def messages(seen: PositionSeen, settings: ChatSettings, *, private: bool) -> Iterator[Message]:
    """Every message that has anything to do with a position."""
    told = alerts(seen)
    group = AlertGroup("g1", told)
    for one in told:
        yield COMPOSER.compose(one, settings, repeated=True, now=NOW, private=private, escalated=not private)
        yield COMPOSER.alert(one, settings, repeated=False, now=NOW, private=private)
    yield COMPOSER.compose(group, settings, repeated=False, now=NOW, private=private)
    yield COMPOSER.group(group, settings, repeated=False, now=NOW, private=private)
    wallet = WalletFacts((seen.position,))
    answers: tuple[Answer, ...] = (
        *(AlertDetails(one) for one in told),
        *(Why(one, "rpc.example") for one in told),
        GroupDetails(group),
        PositionShown(WALLET, "", wallet, 1),
        NoDebt(WALLET, "", wallet, 1),
        Offer(WALLET, "", wallet),
        WatchAdded(WATCH, wallet),
        WalletList((WalletRow(WATCH, wallet),)),
        TestAlert(WATCH, seen.position),
        HomeExported("telegram/-7", NOW, (WATCH,), settings, ("telegram/-7",), told),
    )
    for answer in answers:
        yield COMPOSER.answer(answer, settings, now=NOW, private=private)


def words(message: Message) -> str:
    """All of it: lines, folded part, buttons and what is behind them, the file."""
    buttons = [
        button.label + " " + (action.text if isinstance(action, Copy) else getattr(action, "url", ""))
        for row in message.buttons
        for button in row
        for action in (button.action,)
    ]
    links = [span.url for line in (*message.lines, *message.details) for span in line]
    file = message.file.text if message.file else ""
    return "\n".join((text_of(message.lines), text_of(message.details), *buttons, *links, file))


def figures_of(seen: PositionSeen) -> set[str]:
    """Every amount, value and total, as any of our formats writes it."""
    figures, found = Figures(), set[str]()

    def amount(raw: int, asset: Asset) -> None:
        found.update(figures.amount(raw, asset.decimals, side) for side in Side)
        found.update((plain_decimal(raw, asset.decimals), str(raw)))

    def value(base: int) -> None:
        found.update((figures.money(base, USD), figures.price(base, USD), figures.exact_price(base, USD)))
        found.update((plain_decimal(base, 8), str(base), figures.whole(base // USD)))

    of = seen.position
    parts: tuple[Supplied | Owed, ...] = (*of.supplied, *of.owed)
    for part in parts:
        amount(part.amount, part.asset)
        value(part.value)
    for total in (of.totals.collateral_base, of.totals.debt_base, of.totals.available_borrows_base):
        if total:
            value(total)
    for move in seen.moves:
        assert move.asset is not None
        amount(move.amount, move.asset)
        value(move.value or 0)
    for one in seen.liquidations:
        amount(one.seized, one.collateral)
        amount(one.repaid, one.debt)
        value(one.seized_value)
        value(one.repaid_value)
        value(one.seized_value - one.repaid_value)
    return found


SEEN = moved(treasury(), 1)
LIQUIDATABLE = moved(treasury(2800 * USD), 1)


@pytest.mark.parametrize("seen", [SEEN, LIQUIDATABLE])
@pytest.mark.parametrize(
    ("settings", "private"),
    [(HIDDEN, False), (ChatSettings(amounts=Shown.OFF), False), (ChatSettings(amounts=Shown.OFF), True)],
)
def test_no_figure_of_a_position_stands_anywhere(
    seen: PositionSeen, settings: ChatSettings, *, private: bool
) -> None:
    figures = figures_of(seen)
    for message in messages(seen, settings, private=private):
        text = words(message)
        assert not [one for one in figures if one in text], text
        assert not any(isinstance(b.action, Copy) for row in message.buttons for b in row)


@pytest.mark.parametrize(
    ("settings", "private"), [(ChatSettings(), True), (ChatSettings(amounts=Shown.ON), False)]
)
def test_where_amounts_are_shown_they_stand(settings: ChatSettings, *, private: bool) -> None:
    """The test above could not fail if its figures were never written."""
    text = "\n".join(map(words, messages(SEEN, settings, private=private)))
    for figure in (
        "174.79 WETH",
        "412,000 USDC",
        "$412k",
        "$531k",
        "76,543 USDC",
        "35,789 USDC",
        "Copy 118000",
    ):
        assert figure in text


def test_what_stays_where_amounts_are_hidden() -> None:
    message = COMPOSER.compose(alert(treasury()), HIDDEN, repeated=False, now=NOW, private=False)
    assert text_of(message.lines).split("\n") == [
        "🔴 CRITICAL · treasury.eth · HF 1.07 (was 1.12)",
        "ETH must fall 6.5 % more, to $2,840 (now $3,040)",
        "Fix: repay 28.7 % of the debt  or  add 40.2 % more WETH  -> HF 1.50",
        "Aave v3 Ethereum · block 24,100,233, 9 s old",
    ]
    details = text_of(message.details).split("\n")
    assert details[:3] == [
        "Supplied WETH at $3,040, counts at 83 %, penalty 5 %",
        "Owed USDC at $1.0000",
        "Liquidation price of ETH: $2,839.89668842, other prices unchanged",
    ]
    assert details[-1] == "Amounts are hidden here; /settings amounts on shows them"
    opened = [b.label for row in message.buttons for b in row if isinstance(b.action, Open)]
    assert opened == ["Open Aave", "DeFi Saver", "Explorer"]


def test_a_share_to_repay_reaches_the_target() -> None:
    """28.64 % is said as 28.7 %: rounded up, as an amount would be."""
    of = treasury()
    debt = of.totals.debt_base
    share = position(of.supplied[0], owed(USDC, 412_000 * 10**6 * (1000 - 287) // 1000, USD))
    assert debt
    assert share.health_factor >= 15 * 10**17


# ---- a hundred times as large ----------------------------------------------------------------------------

COINS = (WETH, WSTETH, WBTC)


@st.composite
def holdings(draw: st.DrawFn) -> tuple[dict[Asset, int], dict[Asset, int]]:
    """Whole tokens supplied and owed; each part is worth more than the dust that has rules of its own."""
    has = draw(st.dictionaries(st.sampled_from(COINS), st.integers(2, 5_000), min_size=1, max_size=3))
    owes = draw(
        st.dictionaries(st.sampled_from((USDC, WBTC)), st.integers(2_500, 5_000_000), min_size=1, max_size=2)
    )
    return has, {asset: amount if asset is USDC else amount // 2_500 for asset, amount in owes.items()}


def scaled(held: tuple[dict[Asset, int], dict[Asset, int]], scale: int) -> PositionSeen:
    parts: list[Supplied | Owed] = [
        supplied(asset, amount * asset.unit * scale, PRICES[asset.symbol])
        for asset, amount in held[0].items()
    ]
    parts += [
        owed(asset, amount * asset.unit * scale, PRICES[asset.symbol]) for asset, amount in held[1].items()
    ]
    return moved(position(*parts), scale)


def repaid(seen: PositionSeen) -> int:
    at_stake = next_liquidation(seen.position)
    return at_stake.repay if at_stake else 0


@settings(max_examples=30, deadline=None)
@given(holdings())
def test_a_position_a_hundred_times_as_large_is_told_in_the_same_words(
    held: tuple[dict[Asset, int], dict[Asset, int]],
) -> None:
    small, large = scaled(held, 1), scaled(held, 100)
    assume(small.health_factor == large.health_factor)
    # What a liquidation may leave behind is a number of dollars, so near it size does matter.
    assume(abs(100 * repaid(small) - repaid(large)) <= 100)
    told = zip(messages(small, HIDDEN, private=False), messages(large, HIDDEN, private=False), strict=True)
    for one, other in told:
        assert words(one) == words(other)
