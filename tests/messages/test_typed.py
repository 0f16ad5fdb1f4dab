"""Typed positions, changes and loops: tables of words, and laws that hold for any amount and any line."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.aave_config import is_collateral
from bot.domain.aave_state import AccountState
from bot.domain.aave_v3 import position
from bot.domain.loop_model import Rounds, TargetLtv
from bot.domain.units import RAY, Ray
from bot.domain.whatif.changes import EVERYTHING, Borrow, Repay, SetCategory, SetPrices, SetReserve, Wait
from bot.domain.whatif.engine import Outcome, Refused
from bot.errors import UserError
from bot.messages.faults import PROBLEMS
from bot.messages.numbers import plain_decimal
from bot.messages.typed.amounts import MOST, read_amount, read_bonus, read_share, unglued
from bot.messages.typed.asked import ask
from bot.messages.typed.clauses import Interest, Shock, read_clauses
from bot.messages.typed.coins import Coins
from bot.messages.typed.expression import Imagining, imagine, read_expression
from bot.messages.typed.looping import read_loop, read_scale
from bot.messages.typed.printing import printed
from bot.messages.typed.tokens import cut
from tests.handlers.commands.literal import ASSETS, ATLAS, BASKETS, MARKET_NOW, WALLET
from tests.messages.samples import USD, USDC, WBTC, WETH, WSTETH

COINS = Coins(MARKET_NOW, ATLAS.known)

AMOUNTS = [
    ("10", "10", False),
    ("1.5k", "1500", False),
    ("10M", "10000000", False),
    ("2,000.50", "2000.50", False),
    ("$4m", "4000000", True),
    (".5", "0.5", False),
    ("1e3", "1000", False),
    ("10^3", "1000", False),
    ("+5", "5", False),
    ("1'000", "1000", False),
    ("2bn", "2000000000", False),
]


@pytest.mark.parametrize(("text", "value", "dollars"), AMOUNTS)
def test_an_amount_in_any_of_its_spellings(text: str, value: str, *, dollars: bool) -> None:
    found = read_amount(text)
    assert (found.value, found.dollars) == (Decimal(value), dollars)


def test_a_comma_is_a_point_where_the_locale_says_so() -> None:
    assert read_amount("1,500").value == 1500
    assert read_amount("1,500", comma_is_point=True).value == Decimal("1.5")
    assert read_amount("2.000,50").value == Decimal("2000.5")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("-5", "negative_amount"),
        ("$-5", "negative_amount"),
        ("0", "amount_zero"),
        ("0.00", "amount_zero"),
        ("10^40", "amount_too_large"),
        ("1e40", "amount_too_large"),
        ("9" * 200, "amount_too_large"),
        ("10^9999", "amount_too_large"),
        ("1.2.3", "not_an_amount"),
        ("12z", "not_an_amount"),
    ],
)
def test_absurd_amounts_are_told_apart(text: str, problem: str) -> None:
    with pytest.raises(UserError) as caught:
        read_amount(text)
    assert caught.value.problem == problem


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("10ETH", ("10", "ETH")),
        ("10kETH", ("10k", "ETH")),
        ("5mUSDC", ("5m", "USDC")),
        ("3WBTC", ("3", "WBTC")),
        ("10BTC", ("10", "BTC")),
        ("10b", None),
        ("10k", None),
        ("3x", None),
        ("0x12ab", None),
        ("1e40", None),
        ("ETH", None),
    ],
)
def test_a_number_glued_to_its_asset(word: str, found: tuple[str, str] | None) -> None:
    assert unglued(word) == found


@pytest.mark.parametrize(
    ("text", "bps"), [("0.83", 8300), ("83%", 8300), ("83", 8300), ("1", 10_000), ("0.8325", 8325), ("0", 0)]
)
def test_a_share_in_any_of_its_spellings(text: str, bps: int) -> None:
    assert read_share(text) == bps


@pytest.mark.parametrize("text", ["5%", "105%", "0.05", "1.05", "5"])
def test_a_bonus_in_any_of_its_spellings(text: str) -> None:
    assert read_bonus(text) == 10_500


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("x0.001", Fraction(1, 1000)),
        ("0.1%", Fraction(1, 1000)),
        ("1/1000", Fraction(1, 1000)),
        ("x1/3", Fraction(1, 3)),
        ("2x", Fraction(2)),
        ("as", None),
        ("frozen", None),
    ],
)
def test_a_scale(text: str, scale: Fraction | None) -> None:
    assert read_scale(text) == scale


@pytest.mark.parametrize("text", ["0%", "1/0", "x0", "x10000000"])
def test_a_scale_that_is_none(text: str) -> None:
    with pytest.raises(UserError) as caught:
        read_scale(text)
    assert caught.value.problem == "not_a_scale"


# ---- assets ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "asset"),
    [("ETH", WETH), ("eth", WETH), ("WeTh", WETH), ("BTC", WBTC), ("wsteth", WSTETH), (USDC.address, USDC)],
)
def test_an_asset_by_any_of_its_names(word: str, asset: object) -> None:
    assert COINS.find(word).asset == asset
    assert COINS.find(USDC.address.lower()).asset == USDC


def test_two_tokens_of_one_symbol_are_asked_about() -> None:
    twin = replace(MARKET_NOW.reserves[4], asset=replace(MARKET_NOW.reserves[4].asset, symbol="WBTC"))
    coins = Coins(replace(MARKET_NOW, reserves={**MARKET_NOW.reserves, 4: twin}), {})
    with pytest.raises(UserError) as caught:
        coins.find("btc")
    assert caught.value.problem == "ambiguous_coin"
    assert set(caught.value.nearest) == {WBTC.address, twin.asset.address}
    assert coins.spoken(WBTC) == WBTC.address
    assert coins.spoken(WETH) == "WETH"


# ---- positions: what is printed is read back ------------------------------------------------------------

raws = st.sampled_from(ASSETS).flatmap(
    lambda asset: st.tuples(st.just(asset), st.integers(100, MOST * 10**3))
)
sides = st.lists(raws, min_size=1, max_size=3, unique_by=lambda part: part[0])
indexes = st.integers(RAY, 4 * RAY).map(Ray)


def spoken(parts: list[tuple[object, int]]) -> str:
    return " + ".join(f"{plain_decimal(raw, asset.decimals)} {asset.symbol}" for asset, raw in parts)  # type: ignore[attr-defined]


@given(
    sides, sides, indexes, indexes, st.sampled_from([1, 10]), st.sampled_from(["", " lt=0.8", " bonus 7%"])
)
def test_a_printed_position_reads_back_as_the_same_account(
    supplied: list[tuple[object, int]],
    owed: list[tuple[object, int]],
    income: Ray,
    debt: Ray,
    revision: int,
    terms: str,
) -> None:
    reserves = {
        index: replace(one, liquidity_index=income, variable_borrow_index=debt)
        for index, one in MARKET_NOW.reserves.items()
    }
    coins = replace(COINS, market=replace(MARKET_NOW, reserves=reserves, revision=revision))
    made = imagine(read_expression(f"{spoken(supplied)} vs {spoken(owed)}{terms}"), coins)
    assert isinstance(made, Imagining)
    said = printed(coins, made.account, made.terms)
    again = imagine(read_expression(said), coins)
    assert isinstance(again, Imagining)
    assert (again.account, again.terms) == (made.account, made.terms)
    assert printed(coins, again.account, again.terms) == said


@given(sides, sides)
def test_what_is_typed_is_what_is_shown(
    supplied: list[tuple[object, int]], owed: list[tuple[object, int]]
) -> None:
    """To a raw unit or two, and never less supplied nor more owed than was typed."""
    made = imagine(read_expression(f"{spoken(supplied)} vs {spoken(owed)}"), COINS)
    assert isinstance(made, Imagining)
    at = position(made.market, made.account)
    has = {part.asset: part.amount for part in at.supplied}
    owes = {part.asset: part.amount for part in at.owed}
    for asset, raw in supplied:
        assert raw <= has[asset] <= raw + 2  # type: ignore[index]
    for asset, raw in owed:
        assert owes[asset] <= max(raw, 2)  # type: ignore[index]


def refusal(read: Callable[[], object]) -> str:
    """The problem of what is refused; anything but a UserError is a failure."""
    try:
        read()
    except UserError as error:
        return error.problem
    return ""


@given(st.text(max_size=80))
def test_any_line_is_read_or_refused_with_words(text: str) -> None:
    for read in (read_expression, read_loop, lambda line: read_clauses(cut(line))):
        assert refusal(lambda read=read: read(text)) in {"", *PROBLEMS}  # type: ignore[misc]


WORDS = [
    *("10", "ETH", "vs", "5k", "USDC", ",", "+", "lt=0.8", "emode", "1", "on", "core", "as", '"a b"', "-20%"),
    *("repay", "all", "30d", "only", "3x", "ltv", "$4m", "wstETH/ETH", "idle", "0x12", "and", "rounds"),
]


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_any_mix_of_known_words_is_asked_or_refused_with_words(text: str) -> None:
    made = imagine(read_expression("10 ETH vs 5k USDC"), COINS)
    assert isinstance(made, Imagining)
    account = made.account
    assert refusal(lambda: imagine(read_expression(text), COINS)) in {"", *PROBLEMS}
    assert refusal(lambda: ask(read_clauses(cut(text)), COINS, account, {}, BASKETS)) in {"", *PROBLEMS}


def test_terms_in_an_emode_are_the_emodes() -> None:
    made = imagine(read_expression("10 wstETH + 1 WBTC vs 8 ETH emode 1 lt=0.9"), COINS)
    assert isinstance(made, Imagining)
    assert made.terms == (SetCategory(1, None, 9000, None), SetReserve(WBTC.address, None, 9000, None))  # type: ignore[arg-type]


def test_idle_is_supplied_but_no_collateral() -> None:
    made = imagine(read_expression("10 ETH, 5k USDT idle vs 5k USDC"), COINS)
    assert isinstance(made, Imagining)
    assert not is_collateral(made.account.configuration, 4)
    assert is_collateral(made.account.configuration, 0)


# ---- changes --------------------------------------------------------------------------------------------


def asked(text: str, whole: str = "10 ETH + 2 wstETH vs 20k USDC") -> tuple[object, ...]:
    made = imagine(read_expression(whole), COINS)
    assert isinstance(made, Imagining)
    steps, _done = ask(read_clauses(cut(text)), COINS, made.account, {}, BASKETS)
    return steps


ETHER = {WETH.address: 3_040 * USD * 8 // 10, WSTETH.address: 3_700 * USD * 8 // 10}


@pytest.mark.parametrize(
    "text",
    ["ETH -20%", "eth falls 20%", "-20% ETH", "ETH down by 20 %", "WETH −20%", "ETH 2432", "ETH=$2,432"],
)
def test_ether_falls_with_its_basket(text: str) -> None:
    assert asked(text) == (SetPrices(ETHER),)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["only ETH -20%", "ETH only -20%", "ETH -20% only", "ETH alone -20%"])
def test_only_means_only(text: str) -> None:
    assert asked(text) == (SetPrices({WETH.address: ETHER[WETH.address]}),)  # type: ignore[dict-item]


def test_a_member_that_falls_leaves_its_basket_where_it_is() -> None:
    assert asked("wstETH -20%") == (SetPrices({WSTETH.address: ETHER[WSTETH.address]}),)  # type: ignore[dict-item]
    assert asked("USDC -3%") == (SetPrices({USDC.address: 97 * USD // 100}),)  # type: ignore[dict-item]


def test_an_exchange_rate_is_told_in_the_other_asset() -> None:
    assert asked("wstETH/ETH -3%") == (SetPrices({WSTETH.address: 3_589 * USD}),)  # type: ignore[dict-item]
    assert asked("wstETH/ETH 1.2") == (SetPrices({WSTETH.address: 3_648 * USD}),)  # type: ignore[dict-item]
    first, second = asked("ETH -20%, wstETH/ETH 1.2")
    assert second == SetPrices({WSTETH.address: 3_648 * USD * 8 // 10})  # type: ignore[dict-item]
    assert first == SetPrices(ETHER)  # type: ignore[arg-type]


def test_actions_find_what_is_meant() -> None:
    assert asked("repay all") == (Repay(USDC.address, EVERYTHING),)
    assert asked("repay 4k") == (Repay(USDC.address, 4_000 * 10**6),)  # type: ignore[arg-type]
    assert asked("repay $4k USDC, 30d") == (Repay(USDC.address, 4_000 * 10**6), Wait(30 * 86_400))  # type: ignore[arg-type]
    (borrow,) = asked("borrow all USDC")
    assert isinstance(borrow, Borrow)
    assert borrow.amount > 10_000 * 10**6
    with pytest.raises(UserError) as caught:
        asked("add 5")
    assert caught.value.problem == "action_without_asset"
    assert caught.value.nearest == ("add 5 WETH", "add 5 wstETH")


def test_what_is_refused_is_named_among_all_steps() -> None:
    made = imagine(read_expression("10 ETH vs 20k USDC"), COINS)
    assert isinstance(made, Imagining)
    steps, done = ask(read_clauses(cut("ETH -10%, withdraw 5 ETH, 30d")), COINS, made.account, {}, BASKETS)
    assert isinstance(done, Refused)
    assert (done.step, len(steps)) == (1, 2)
    assert done.change == steps[1]


@given(
    st.lists(
        st.sampled_from(["ETH -20%", "30d", "repay 1k USDC", "add 1 ETH", "lt 0.8"]), min_size=1, max_size=5
    )
)
def test_clauses_say_what_was_typed(parts: list[str]) -> None:
    for joint in (", ", " and ", "; ", " ", " then "):
        assert [one.said for one in read_clauses(cut(joint.join(parts)))] == parts


def test_days_in_words() -> None:
    for text in ("30d", "interest 30d", "after 30 days", "in 720h"):
        assert read_clauses(cut(text)) == (Interest(text, 30 * 86_400),)


def test_a_price_of_a_chat_that_writes_commas() -> None:
    (shock,) = read_clauses(cut("ETH 1,750"), comma_is_point=True)
    assert isinstance(shock, Shock)
    assert shock.price == Decimal("1.750")


# ---- loops ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("10 ETH 3x", TargetLtv(Fraction(2, 3))),
        ("10 ETH x3", TargetLtv(Fraction(2, 3))),
        ("10 ETH vs USDC ltv 70%", TargetLtv(Fraction(7, 10))),
        ("10 ETH ltv=0.7 emode 1 fee 0.1%", TargetLtv(Fraction(7, 10))),
        ("10 ETH 4 rounds", Rounds(4)),
        ("10 ETH rounds 4 on core", Rounds(4)),
    ],
)
def test_a_loop_in_any_of_its_spellings(text: str, goal: object) -> None:
    assert read_loop(text).goal == goal


def test_an_outcome_of_nothing_is_what_was() -> None:
    account = AccountState(WALLET, 0, 0, ())
    steps, done = ask((), COINS, account, {}, BASKETS)
    assert steps == ()
    assert done == Outcome(MARKET_NOW, account, {})
