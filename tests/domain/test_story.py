"""Stories of lives: what coins cost and brought, by two accountings; what must hold whatever happened."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.baskets import Basket, Member
from bot.domain.flows import Flow, FlowKind
from bot.domain.labels import Confidence
from bot.domain.story.books import Account
from bot.domain.story.events import WHOLE, Event, EventKind, Families, Priced, event_of
from bot.domain.story.lots import Accounting, Pool
from bot.domain.story.told import Story, tell
from bot.domain.transfers import NATIVE
from bot.domain.units import Address, Asset, BaseAmount, RawAmount

USD = 10**8
ETH = 10**18
DAY = 86_400
ANNA = Address("0x000000000000000000000000000000000000a44A")
BERT = Address("0x0000000000000000000000000000000000000Be7")
KRAKEN = Address("0x00000000000000000000000000000000000ECe11")
WETH = Asset(1, Address("0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"), "WETH", 18)
WSTETH = Asset(1, Address("0x7f39C581F595B53c5cb19bD0b3f8dA6c935E2Ca0"), "wstETH", 18)
USDT = Asset(1, Address("0xdAC17F958D2ee523a2206206994597C13D831ec7"), "USDT", 6)
COIN = Asset(1, NATIVE, "ETH", 18)
FAMILIES = Families(
    (
        Basket(
            "eth",
            "ETH",
            (Member(1, WETH.address, "WETH", "", lead=True), Member(1, WSTETH.address, "wstETH", "")),
        ),
        Basket("usd", "USD", (Member(1, USDT.address, "USDT", ""),)),
    )
)
KINDS = {
    "buy": EventKind.FROM_EXCHANGE,
    "sell": EventKind.TO_EXCHANGE,
    "supply": EventKind.SUPPLY,
    "withdraw": EventKind.WITHDRAW,
    "borrow": EventKind.BORROW,
    "repay": EventKind.REPAY,
    "sent": EventKind.SENT,
    "received": EventKind.RECEIVED,
    "seized": EventKind.LIQUIDATED,
}


def event(
    kind: str,
    amount: int,
    price: int | None = 3_000,
    *,
    at: int = 0,
    index: int = 0,
    asset: Asset = WETH,
    account: Address = ANNA,
    other: Address | None = None,
    **more: object,
) -> Event:
    """`amount` raw, `price` in whole dollars, `at` in days, one block a day."""
    value = None if price is None else BaseAmount(amount * price * USD // asset.unit)
    family = FAMILIES.key(asset)
    traded = kind in ("buy", "sell")
    made = Event(
        KINDS[kind], at * DAY, at, index, f"0x{at:x}{index:x}", account, asset, RawAmount(amount), family,
        FAMILIES.quantity(asset, amount, None, None), value, market="" if traded else "ethereum",
        exchange="Kraken" if traded else "", other=other,
        priced=Priced.UNKNOWN if price is None else Priced.ORACLE,
    )  # fmt: skip
    return replace(made, **more)


def told(*events: Event, whole: bool = True, cost: int | None = None, accounts=(ANNA,)) -> Story:
    given_cost = None if cost is None else BaseAmount(cost * USD)
    return tell(events, accounts, whole=whole, money=["usd"], cost_given=given_cost)


def book(*events: Event, **how: object) -> Account:
    [one] = told(*events, **how).books
    return one


def dollars(value: Fraction | int | None) -> Fraction:
    assert value is not None
    return Fraction(value) / USD


# ---- what coins cost ------------------------------------------------------------------------------------


def test_average_and_fifo_name_different_coins():
    one = book(
        event("buy", 10 * ETH, 3_000, at=1),
        event("buy", 10 * ETH, 2_000, at=2),
        event("sell", 10 * ETH, 2_500, at=3),
    )
    average, fifo = one.by
    assert (average.accounting, fifo.accounting) == tuple(Accounting)
    assert dollars(average.profit) == 0, "10 at the average of 2,500"
    assert dollars(fifo.profit) == -5_000, "the first 10, at 3,000"
    assert dollars(average.left_cost) == 25_000
    assert dollars(fifo.left_cost) == 20_000
    assert dollars(one.entry.average) == 2_500
    assert dollars(one.sold.average) == 2_500


@pytest.mark.parametrize("whole", [True, False])
def test_what_was_there_before_has_no_cost_until_somebody_says_one(whole):
    life = (event("buy", 5 * ETH, 3_000, at=1), event("sell", 10 * ETH, 2_000, at=2))
    one = book(*life, whole=whole)
    assert one.before == 5 * ETH
    for by in one.by:
        assert (by.sold, by.uncosted) == (5 * ETH, 5 * ETH)
        assert dollars(by.profit) == -5_000
        assert dollars(by.uncosted_proceeds) == 10_000
    said = book(*life, whole=whole, cost=3_105)
    assert [dollars(by.profit) for by in said.by] == [-5_000 - 5 * 1_105] * 2


def test_what_is_supplied_from_elsewhere_costs_what_it_was_worth_then():
    one = book(event("supply", 4 * ETH, 3_000, at=1), event("supply", 6 * ETH, 2_000, at=2))
    assert (one.brought.quantity, dollars(one.entry.average)) == (10 * ETH, 2_400)
    assert one.bought.count == 0
    # Of what was bought before it was supplied, nothing came from elsewhere.
    one = book(event("buy", 4 * ETH, 3_100, at=1), event("supply", 6 * ETH, 3_000, at=2))
    assert (one.bought.quantity, one.brought.quantity) == (4 * ETH, 2 * ETH)
    assert dollars(one.by[0].left_cost) == 4 * 3_100 + 2 * 3_000


def test_interest_earned_costs_nothing_and_only_where_the_whole_life_is_known():
    life = (
        event("supply", 10 * ETH, 3_000, at=1),
        event("withdraw", 11 * ETH, 3_000, at=2),
        event("sell", 11 * ETH, 3_000, at=3),
    )
    one = book(*life)
    assert (one.earned, one.before) == (ETH, 0)
    assert dollars(one.by[0].profit) == 3_000
    one = book(*life, whole=False)
    assert (one.earned, one.before) == (0, ETH)
    assert (one.by[0].sold, one.by[0].uncosted, one.by[0].profit) == (10 * ETH, ETH, 0)


def test_borrowed_coins_that_are_sold_and_bought_back():
    """A short at 3,000, covered at 3,500: the loss is in the debt, not in the coins."""
    told_ = told(
        event("borrow", 10 * ETH, 3_000, at=1),
        event("sell", 10 * ETH, 3_000, at=2),
        event("buy", 11 * ETH, 3_500, at=3),
        event("repay", 11 * ETH, 3_500, at=4),
    )
    [debt] = told_.debts
    assert (debt.interest, debt.interest_value) == (ETH, 3_500 * USD)
    assert debt.result == (30_000 - 38_500) * USD
    assert [by.profit for by in told_.books[0].by] == [0, 0]


def test_a_liquidation_sells_at_the_blocks_price_and_its_penalty_stands_apart():
    seized = event(
        "seized", 2 * ETH, 2_000, at=3, debt=USDT, repaid=RawAmount(3_800 * 10**6),
        repaid_value=BaseAmount(3_800 * USD),
    )  # fmt: skip
    story = told(
        event("supply", 10 * ETH, 3_000, at=1),
        event("borrow", 20_000 * 10**6, 1, at=1, index=1, asset=USDT),
        seized,
        event("repay", 16_300 * 10**6, 1, at=4, asset=USDT),
    )
    assert (story.liquidations, story.penalties, story.penalties_unknown) == (1, 200 * USD, 0)
    [one] = story.books
    assert dollars(one.by[0].profit) == -2_000
    assert one.seized.quantity == 2 * ETH
    [debt] = story.debts
    assert (debt.by_liquidators, debt.interest) == (3_800 * 10**6, 100 * 10**6)
    unpriced = told(replace(seized, value=None))
    assert (unpriced.penalties, unpriced.penalties_unknown) == (0, 1)


def test_unknown_dollars_are_left_out_and_counted():
    one = book(event("buy", ETH, 3_000, at=1), event("sell", ETH, None, at=2))
    assert (one.sold.unvalued, one.sold.average) == (ETH, None)
    assert not one.by[0].known
    assert (one.by[0].unvalued, one.by[0].left) == (ETH, 0)


def test_what_an_owners_wallets_send_each_other_is_no_event():
    out = event("sent", 5 * ETH, at=2, other=BERT)
    into = event("received", 5 * ETH, at=2, index=1, account=BERT, other=ANNA)
    life = (
        event("buy", 10 * ETH, at=1),
        event("supply", 10 * ETH, at=1, index=1),
        out,
        into,
        event("withdraw", 5 * ETH, at=3, account=BERT),
        event("sell", 5 * ETH, 2_000, at=3, index=1, account=BERT),
    )
    both = told(*life, accounts=(ANNA, BERT))
    assert {one.kind for one in both.events}.isdisjoint({EventKind.SENT, EventKind.RECEIVED})
    assert dollars(both.books[0].by[0].profit) == -5_000
    assert both.books[0].before == both.books[0].earned == 0
    # To somebody else it is one, and its cost goes with it.
    alone = told(*(one for one in life if one.account == ANNA))
    assert [one.kind for one in alone.events][-1] is EventKind.SENT
    assert alone.books[0].by[0].left == 5 * ETH


def test_a_family_is_one_asset_by_price():
    assert FAMILIES.key(COIN) == FAMILIES.key(WETH) == FAMILIES.key(WSTETH) == "eth"
    assert FAMILIES.key(replace(COIN, symbol="POL")) == f"1/{NATIVE}"
    assert FAMILIES.quantity(COIN, 7, None, None) == 7
    assert FAMILIES.quantity(WSTETH, 10 * ETH, 3_600, 3_000) == 12 * ETH
    assert FAMILIES.quantity(WSTETH, 10 * ETH, 3_600, None) is None
    assert FAMILIES.quantity(replace(USDT, address=KRAKEN), 5 * 10**6, None, None) == 5 * WHOLE
    story = told(event("supply", ETH, at=1, asset=WSTETH))
    assert (story.books, story.unmeasured) == ((), 1)


def test_flows_become_events_of_those_they_are_about():
    flow = Flow(
        "0xaa:native:7", FlowKind.INFLOW, 1, COIN, RawAmount(ETH), BaseAmount(3_000 * USD), ANNA, KRAKEN,
        "Kraken", Confidence.SURE, "defillama", "2026-10", "0xaa", 5, 60,
    )  # fmt: skip
    one = event_of(flow, {ANNA}, FAMILIES)
    assert one is not None
    assert (one.kind, one.index, one.quantity, one.family) == (EventKind.TO_EXCHANGE, 7, ETH, "eth")
    assert (one.source, one.certainty, one.exchange) == ("defillama", "sure", "Kraken")
    assert event_of(flow, {BERT}, FAMILIES) is None
    back = replace(flow, kind=FlowKind.OUTFLOW, sender=KRAKEN, receiver=BERT, id="0xaa#rest")
    one = event_of(back, {BERT}, FAMILIES)
    assert one is not None
    assert (one.kind, one.account, one.index) == (EventKind.FROM_EXCHANGE, BERT, 0)
    assert event_of(replace(flow, kind=FlowKind.INTERNAL), {ANNA}, FAMILIES) is None


# ---- steps ----------------------------------------------------------------------------------------------


def test_a_loop_of_a_day_is_one_step_of_each_kind_until_the_tide_turns():
    loop = [
        event(kind, amount, at=1, index=3 * turn + number, asset=asset)
        for turn in range(4)
        for number, (kind, amount, asset) in enumerate(
            (("buy", ETH, WETH), ("supply", ETH, WETH), ("borrow", 10**9, USDT))
        )
    ]
    later = [
        event("supply", ETH, at=3),
        event("withdraw", ETH, at=3, index=1),
        event("supply", ETH, at=3, index=2),
    ]
    steps = told(*loop, *later).steps
    assert [(one.kind.value, one.count) for one in steps] == [
        ("from_exchange", 4), ("supply", 4), ("borrow", 4), ("supply", 1), ("withdraw", 1), ("supply", 1),
    ]  # fmt: skip
    assert steps[0].amount == 4 * ETH
    assert len(steps[0].links) == 4


# ---- whatever happened ----------------------------------------------------------------------------------

amounts = st.integers(1, 50).map(lambda n: n * ETH // 7)
prices = st.integers(500, 5_000)


@st.composite
def lives(draw: st.DrawFn, kinds: tuple[str, ...] = tuple(KINDS)) -> list[Event]:
    """Whatever somebody may do, several events a block; in one block one price."""
    made: list[Event] = []
    for at in range(1, draw(st.integers(2, 6))):
        price = draw(st.none() | prices) if draw(st.integers(0, 5)) == 0 else draw(prices)
        for index, kind in enumerate(draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=5))):
            asset = USDT if draw(st.integers(0, 4)) == 0 and kind != "seized" else WETH
            amount = draw(amounts) if asset is WETH else draw(st.integers(1, 10**10))
            one = event(kind, amount, 1 if asset is USDT else price, at=at, index=index, asset=asset)
            if kind == "seized":
                paid = draw(st.integers(1, 10**10))
                worth = None if price is None else BaseAmount(paid * 100)
                one = replace(one, debt=USDT, repaid=RawAmount(paid), repaid_value=worth)
            made.append(one)
    return made


@given(lives(), st.booleans(), st.none() | prices)
@settings(max_examples=120, deadline=None)
def test_the_parts_are_the_whole(life, whole, cost):
    story = told(*life, whole=whole, cost=cost)
    assert sum(one.amount for one in story.sums) == sum(one.amount for one in life)
    assert sum(one.count for one in story.steps) == len(life) == sum(one.count for one in story.sums)
    assert sum(one.amount for one in story.steps) == sum(one.amount for one in life)
    assert sum(one.value for one in story.steps) == sum(one.value or 0 for one in life)
    known = [one for one in life if one.penalty is not None]
    assert story.penalties == sum(one.value - one.repaid_value for one in known)
    for one in story.books:
        mine = [each for each in life if each.family == one.family]
        went = sum(
            e.quantity
            for e in mine
            if e.kind in (EventKind.TO_EXCHANGE, EventKind.LIQUIDATED, EventKind.REPAY)
        )
        for by in one.by:
            assert by.sold + by.uncosted + by.unvalued == went
            assert min(by.left, by.left_cost, by.left_uncosted, by.cost) >= 0
        valued = (
            one.sold.value + one.seized.value + sum(e.value or 0 for e in mine if e.kind is EventKind.REPAY)
        )
        assert all(by.proceeds + by.uncosted_proceeds == valued for by in one.by)
        came = (
            {by.cost + by.left_cost for by in one.by}
            if not any(e.kind is EventKind.SENT or e.value is None for e in mine)
            else {0}
        )
        assert len(came) == 1, "what was paid is either gone or still there, whoever counts"


def supplied(life: list[Event]) -> int:
    """What is in the market at the end."""
    held = 0
    for at in range(99):
        signs = {EventKind.SUPPLY: 1, EventKind.WITHDRAW: -1}
        mine = (one for one in life if one.block == at and one.asset == WETH)
        held = max(0, held + sum(signs.get(one.kind, 0) * one.amount for one in mine))
    return held


@given(lives(("buy", "sell", "supply", "withdraw")), st.booleans())
@settings(max_examples=120, deadline=None)
def test_average_and_fifo_agree_when_everything_is_sold(life, whole):
    life = [replace(one, value=one.value or BaseAmount(USD)) for one in life]
    story = told(*life, whole=whole)
    for one in story.books:
        held = one.by[0].left + one.by[0].left_uncosted
        if one.family != "eth":
            continue
        there = supplied(life)
        end = [event("withdraw", there, 2_000, at=98)] if there else []
        end += [event("sell", held, 2_000, at=99)] if held else []
        [closed] = [each for each in told(*life, *end, whole=whole).books if each.family == "eth"]
        average, fifo = closed.by
        assert (average.left, fifo.left, average.left_uncosted, fifo.left_uncosted) == (0, 0, 0, 0)
        assert average.cost == fifo.cost
        assert average.sold == fifo.sold
        assert average.proceeds + average.uncosted_proceeds == fifo.proceeds + fifo.uncosted_proceeds
        if not closed.before:
            assert average.profit == fifo.profit


@given(lives(), st.booleans(), st.randoms(use_true_random=False))
@settings(max_examples=120, deadline=None)
def test_the_order_inside_a_block_changes_no_total(life, whole, chance):
    shuffled = life.copy()
    chance.shuffle(shuffled)
    others = [replace(one, index=number) for number, one in enumerate(shuffled)]
    one, two = told(*life, whole=whole), told(*others, whole=whole)
    assert one.books == two.books
    assert (one.penalties, one.since, one.until) == (two.penalties, two.since, two.until)
    assert set(one.sums) == set(two.sums)
    assert {(d.asset, d.borrowed, d.repaid, d.by_liquidators, d.interest) for d in one.debts} == {
        (d.asset, d.borrowed, d.repaid, d.by_liquidators, d.interest) for d in two.debts
    }


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 9), st.none() | st.integers(0, 9)), max_size=20))
@settings(max_examples=120, deadline=None)
def test_a_pool_loses_nothing(moves):
    for accounting in Accounting:
        pool, put, took = Pool(accounting), 0, 0
        for comes, quantity, cost in moves:
            if comes:
                pool.put(quantity, cost)
                put += cost or 0
            else:
                there = pool.quantity
                taken = pool.take(quantity)
                assert taken.costed + taken.uncosted == quantity
                assert pool.quantity == max(there - quantity, 0)
                took += taken.cost
        assert took + pool.left.cost == put


def test_events_come_in_order_whatever_order_they_are_given_in():
    life = [event("buy", ETH, at=day, index=index) for day in (1, 2) for index in (0, 1)]
    story = told(*reversed(life))
    assert all(one.order < two.order for one, two in pairwise(story.events))
