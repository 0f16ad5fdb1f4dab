"""Builders of markets, accounts and positions for the tests of lending arithmetic, any number given."""

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from bot.domain.aave_revisions import rules_of
from bot.domain.aave_state import AccountState, EModeCategory, Holding, MarketState, ReserveState
from bot.domain.aave_totals import owed_value, supplied_value, totals
from bot.domain.positions import Owed, Position, Supplied
from bot.domain.units import RAY, Address, Asset, BaseAmount, BlockRef, Bps, RawAmount, Ray, Wad

NOW = 1_795_000_000
YEAR = 365 * 86_400
BLOCK = BlockRef(number=100, hash="0x" + "ab" * 32, timestamp=NOW)
ALICE = Address("0x00000000000000000000000000000000000000A1")
DOLLAR = 10**8
V302, V36 = 1, 10


def asset(number: int, symbol: str, decimals: int) -> Asset:
    return Asset(1, Address(f"0x{number:040x}"), symbol, decimals)


WETH, USDT, USDC, WBTC, DAI = (
    asset(1, "WETH", 18),
    asset(2, "USDT", 6),
    asset(3, "USDC", 6),
    asset(4, "WBTC", 8),
    asset(5, "DAI", 18),
)


def configuration(*, ltv=8000, threshold=8300, bonus=10500, decimals=18, category=0) -> int:
    return ltv | threshold << 16 | bonus << 32 | decimals << 48 | 1 << 56 | 1 << 58 | category << 168


def reserve(
    index: int, token: Asset, *, word: int | None = None, age=0, rate=0, debt_rate=0, income=RAY, debt=RAY
) -> ReserveState:
    return ReserveState(
        index=index,
        asset=token,
        configuration=configuration(decimals=token.decimals) if word is None else word,
        liquidity_index=Ray(income),
        liquidity_rate=Ray(rate),
        variable_borrow_index=Ray(debt),
        variable_borrow_rate=Ray(debt_rate),
        last_update=NOW - age,
        a_token=Address("0xa"),
        variable_debt_token=Address("0xd"),
        stable_debt_token=None,
    )


def market(
    reserves: Sequence[ReserveState],
    prices: Mapping[int, int],
    *,
    revision: int = V36,
    emodes: Sequence[EModeCategory] = (),
) -> MarketState:
    return MarketState(
        market="lab",
        as_of=BLOCK,
        revision=revision,
        base_unit=DOLLAR,
        reserves={one.index: one for one in reserves},
        emodes={one.id: one for one in emodes},
        prices={index: BaseAmount(price) for index, price in prices.items()},
    )


def account(
    *holdings: Holding, collateral: Sequence[int] = (), borrowed: Sequence[int] = (), emode: int = 0
) -> AccountState:
    word = sum(1 << 2 * i + 1 for i in collateral) + sum(1 << 2 * i for i in borrowed)
    return AccountState(ALICE, word, emode, holdings)


def supplied(token: Asset, amount: int, price: int, *, threshold=8300, ltv=8000, bonus=10500, counts=True):
    value = supplied_value(amount, price, token.unit)
    terms = (Bps(ltv), Bps(threshold), Bps(bonus))
    return Supplied(token, RawAmount(amount), BaseAmount(price), value, counts, counts, *terms)


def owed(token: Asset, amount: int, price: int, *, revision: int = V36, counts=True):
    value = owed_value(amount, price, token.unit, rules_of(revision).rounding)
    return Owed(token, RawAmount(amount), BaseAmount(price), value, counts)


def position(parts: Sequence[Supplied], debts: Sequence[Owed], *, revision: int = V36) -> Position:
    rounding = rules_of(revision).rounding
    return Position(
        market="lab",
        account=ALICE,
        as_of=BLOCK,
        revision=revision,
        rounding=rounding,
        base_unit=DOLLAR,
        emode=0,
        emode_label="",
        supplied=tuple(parts),
        owed=tuple(debts),
        totals=totals(parts, debts, rounding),
    )


revisions = st.sampled_from([V302, V36])
tokens = st.sampled_from([WETH, USDT, USDC, WBTC, DAI])
wads = st.integers(10**18, 3 * 10**18).map(Wad)
any_threshold = st.integers(1, 9800)


@st.composite
def positions(draw, revision: int | None = None, *, thresholds=any_threshold, least_debt: int = 1):
    """One to three collaterals of any size and one or two debts, the same assets on both sides included."""
    chosen = draw(revisions) if revision is None else revision
    price = {
        token: draw(st.integers(1, 10**13), label=token.symbol) for token in (WETH, USDT, USDC, WBTC, DAI)
    }
    amount = st.integers(1, 10**9).flatmap(lambda whole: st.integers(whole, whole * 10**9))
    parts = [
        supplied(token, draw(amount) * token.unit // 10**9 + 1, price[token], threshold=draw(thresholds))
        for token in draw(st.lists(tokens, min_size=1, max_size=3, unique=True))
    ]
    debts = [
        owed(token, draw(amount) * token.unit // 10**9 + 1, price[token], revision=chosen)
        for token in draw(st.lists(tokens, min_size=least_debt, max_size=2, unique=True))
    ]
    return position(parts, debts, revision=chosen)
