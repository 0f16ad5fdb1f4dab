"""A life on real contracts, and the story read off its logs: equal to what was done, to the last raw unit."""

from collections import Counter
from dataclasses import dataclass, field

import pytest

from bot.domain.baskets import Basket, Member
from bot.domain.labels import Confidence, Label, LabelKind, Labels
from bot.domain.story.events import EventKind
from bot.domain.story.past import Past
from bot.domain.story.told import Story, tell
from bot.domain.units import WAD
from bot.errors import SourceError
from tests.chain.abi import call_data
from tests.chain.lab import Lab
from tests.chain.parts import Tx
from tests.watchers.proxy import Proxy
from tests.watchers.recorder import only_eye, open_eyes
from watchers.aave.story import AaveStories
from watchers.evm.words import checksummed

pytestmark = pytest.mark.chain

ANNA = "0x000000000000000000000000000000000000a44a"
BERT = "0x0000000000000000000000000000000000000be7"
EXCHANGE = "0x00000000000000000000000000000000000ece11"
STRANGER = "0x0000000000000000000000000000000000057a4e"
LIQUIDATOR = "0x0000000000000000000000000000000000011904"
USDC = 10**6
OWNERS = (checksummed(ANNA), checksummed(BERT))


@dataclass
class Generator:
    """Acts, and writes down what it did, from balances and not from logs."""

    lab: Lab
    sums: Counter[tuple[EventKind, str]] = field(default_factory=Counter)
    dollars: Counter[tuple[EventKind, str]] = field(default_factory=Counter)
    penalties: int = 0

    def note(self, kind: EventKind, symbol: str, amount: int) -> None:
        self.sums[kind, symbol] += amount
        market = self.lab.market
        price = market.price(symbol, self.lab.anvil.block_number())
        self.dollars[kind, symbol] += amount * price // market.reserves[symbol].unit

    def send(self, symbol: str, sender: str, receiver: str, amount: int) -> None:
        data = call_data("transfer(address,uint256)", receiver, amount)
        self.lab.market.send(Tx(sender, self.lab.market.reserves[symbol].address, data))

    def buy(self, user: str, amount: int) -> None:
        self.lab.market.mint("WETH", EXCHANGE, amount)
        self.send("WETH", EXCHANGE, user, amount)
        self.note(EventKind.FROM_EXCHANGE, "WETH", amount)

    def sell(self, user: str, symbol: str, amount: int) -> None:
        self.send(symbol, user, EXCHANGE, amount)
        self.note(EventKind.TO_EXCHANGE, symbol, amount)

    def supply(self, user: str, amount: int) -> None:
        self.lab.market.send(self.lab.market.approval("WETH", user))
        self.lab.market.send(self.lab.market.supply_tx(user, "WETH", amount))
        self.note(EventKind.SUPPLY, "WETH", amount)

    def borrow(self, user: str, amount: int) -> None:
        self.lab.market.borrow(user, "USDC", amount)
        self.note(EventKind.BORROW, "USDC", amount)

    def repay(self, user: str, amount: int) -> None:
        self.lab.market.repay(user, "USDC", amount)
        self.note(EventKind.REPAY, "USDC", amount)

    def held(self, symbol: str, user: str) -> int:
        return self.lab.market.balance(self.lab.market.reserves[symbol].address, user)

    def withdraw(self, user: str, amount: int = 2**256 - 1) -> int:
        before = self.held("WETH", user)
        self.lab.market.withdraw(user, "WETH", amount)
        got = self.held("WETH", user) - before
        self.note(EventKind.WITHDRAW, "WETH", got)
        return got

    def repay_all(self, user: str) -> None:
        market = self.lab.market
        plenty = 3 * market.balance(market.reserves["USDC"].vtoken, user)
        market.fund("USDC", user, plenty)
        before = self.held("USDC", user)
        data = call_data(
            "repay(address,uint256,uint256,address)", market.reserves["USDC"].address, 2**256 - 1, 2, user
        )
        market.send(Tx(user, market.pool, data))
        self.note(EventKind.REPAY, "USDC", before - self.held("USDC", user))

    def liquidate(self, user: str, amount: int) -> None:
        market = self.lab.market
        market.fund("USDC", LIQUIDATOR, 2 * amount)
        usdc, weth = self.held("USDC", LIQUIDATOR), self.held("WETH", LIQUIDATOR)
        owned = self.scaled(user)
        at = self.lab.anvil.block_number()
        market.liquidate(LIQUIDATOR, "WETH", "USDC", user, amount)
        repaid = 2 * amount - (self.held("USDC", LIQUIDATOR) - usdc)  # `liquidate` funds as much again
        index = self.index()
        lost = -(-(owned - self.scaled(user)) * index // 10**27)
        assert self.lab.anvil.block_number() > at
        assert lost >= self.held("WETH", LIQUIDATOR) - weth, "the protocol's fee comes on top"
        self.sums[EventKind.LIQUIDATED, "USDC"] += repaid
        self.sums[EventKind.LIQUIDATED, "WETH"] += lost
        worth = lost * market.price("WETH") // WAD
        self.dollars[EventKind.LIQUIDATED, "WETH"] += worth
        self.penalties += worth - repaid * market.price("USDC") // USDC

    def scaled(self, user: str) -> int:
        token = self.lab.market.reserves["WETH"].atoken
        return int(self.lab.market.call(token, call_data("scaledBalanceOf(address)", user)), 16)

    def index(self) -> int:
        asset = self.lab.market.reserves["WETH"].address
        data = call_data("getReserveNormalizedIncome(address)", asset)
        return int(self.lab.market.call(self.lab.market.pool, data), 16)

    def live(self) -> None:
        """A recursive long in four loops, a fall, a liquidation, and the way out."""
        market, anvil = self.lab.market, self.lab.anvil
        self.buy(ANNA, 10 * WAD)
        self.supply(ANNA, 10 * WAD)
        for loop in range(4):
            anvil.warp(3_600)
            dollars = 12_000 // (loop + 2) * 2 * USDC
            self.borrow(ANNA, dollars)
            self.sell(ANNA, "USDC", dollars)
            self.buy(ANNA, dollars * WAD // (3_000 * USDC))
            self.supply(ANNA, self.held("WETH", ANNA))
            market.scale_price("WETH", 10_050 + loop)
        self.send("WETH", ANNA, STRANGER, 0)
        anvil.warp(5 * 86_400)
        market.transfer_atoken(ANNA, BERT, "WETH", WAD)
        while market.health_factor(ANNA) >= WAD:
            market.scale_price("WETH", 9_600)
        self.liquidate(ANNA, 5_000 * USDC)
        self.repay(ANNA, 20_000 * USDC)
        self.sell(ANNA, "WETH", self.withdraw(ANNA, WAD))
        anvil.warp(86_400)
        self.repay_all(ANNA)
        self.sell(ANNA, "WETH", self.withdraw(ANNA))
        self.sell(BERT, "WETH", self.withdraw(BERT))


def labels(lab: Lab) -> Labels:
    place = checksummed(EXCHANGE)
    label = Label(
        lab.anvil.chain_id, place, "Kraken", LabelKind.HOT, Confidence.SURE, ("defillama",), "2026-10"
    )
    return Labels.of([label])


def basket(lab: Lab) -> Basket:
    weth = Member(
        lab.anvil.chain_id, checksummed(lab.market.reserves["WETH"].address), "WETH", "test", lead=True
    )
    staked = Member(lab.anvil.chain_id, checksummed(lab.market.reserves["wstETH"].address), "wstETH", "test")
    return Basket("eth", "ETH", (weth, staked))


async def read(lab: Lab, urls: tuple[str, ...] = (), *, accounts=OWNERS, most_requests: int = 300) -> Past:
    async with open_eyes(lab, urls) as eyes:
        stories = AaveStories([only_eye(eyes)], [basket(lab)], most_requests=most_requests)
        return await stories.past(accounts, labels(lab))


def story(lab: Lab, past: Past) -> Story:
    usdc = f"{lab.anvil.chain_id}/{checksummed(lab.market.reserves['USDC'].address)}"
    return tell(past.events, OWNERS, whole=past.whole, money=[usdc])


async def test_the_story_of_a_life_is_what_was_done(lab_v36: Lab) -> None:
    generator = Generator(lab_v36)
    generator.live()
    past = await read(lab_v36)
    assert past.whole
    told = story(lab_v36, past)
    got: Counter[tuple[EventKind, str]] = Counter()
    worth: Counter[tuple[EventKind, str]] = Counter()
    for one in told.events:
        got[one.kind, one.asset.symbol] += one.amount
        assert one.value is not None
        worth[one.kind, one.asset.symbol] += one.value
        if one.debt is not None:
            got[one.kind, one.debt.symbol] += one.repaid
    assert got == generator.sums
    assert worth == generator.dollars
    assert {one.kind for one in told.events} == set(EventKind) - {EventKind.SENT, EventKind.RECEIVED}
    assert (told.liquidations, told.penalties, told.unmeasured) == (1, generator.penalties, 0)
    [debt] = told.debts
    paid = generator.sums[EventKind.REPAY, "USDC"] + generator.sums[EventKind.LIQUIDATED, "USDC"]
    assert debt.interest == paid - generator.sums[EventKind.BORROW, "USDC"] > 0
    [book] = told.books
    assert book.bought.quantity == generator.sums[EventKind.FROM_EXCHANGE, "WETH"]
    assert book.bought.value == generator.dollars[EventKind.FROM_EXCHANGE, "WETH"]
    assert book.sold.value == generator.dollars[EventKind.TO_EXCHANGE, "WETH"]
    assert book.seized.quantity == generator.sums[EventKind.LIQUIDATED, "WETH"]
    average, fifo = book.by
    assert (average.left, average.left_uncosted) == (0, 0), "all is sold"
    assert average.profit == fifo.profit == (book.sold.value + book.seized.value - book.bought.value), (
        "all is sold, and nothing came from elsewhere"
    )
    assert [one.family for one in past.prices if one.family == "eth"]


# ---- where less can be read ----------------------------------------------------------------------------


async def test_a_node_that_bears_few_blocks_is_asked_in_parts_and_tells_the_same(lab_v36: Lab) -> None:
    generator = Generator(lab_v36)
    generator.live()
    whole = await read(lab_v36)
    async with Proxy(lab_v36.anvil.url) as proxy:
        proxy.widest = 7
        parts = await read(lab_v36, (proxy.url,))
        assert parts.events == whole.events
        assert proxy.asked["eth_getLogs"] > 30
        # With fewer requests than that the newest part of the life is known, and since when is said.
        some = await read(lab_v36, (proxy.url,), most_requests=24)
    assert not some.whole
    [reach] = some.reach
    assert 0 < reach.block < lab_v36.anvil.block_number()
    assert reach.at == int(lab_v36.anvil.block(reach.block)["timestamp"], 16)
    assert some.events == tuple(one for one in whole.events if one.block >= reach.block)
    told = story(lab_v36, some)
    assert all(debt.interest is None for debt in told.debts), "who knows what was borrowed before"
    assert told.books[0].before > 0, "what came before has no known cost, and none is made up"


async def test_without_old_state_amounts_are_known_and_dollars_are_not(lab_v36: Lab) -> None:
    generator = Generator(lab_v36)
    generator.live()
    async with Proxy(lab_v36.anvil.url) as proxy, open_eyes(lab_v36, [proxy.url]) as eyes:
        stories = AaveStories([only_eye(eyes)], [basket(lab_v36)])
        await eyes.positions.wallet(OWNERS[0])  # what the market is made of is known from before
        proxy.only, proxy.answer = (
            "eth_call",
            (200, {"error": {"code": -32000, "message": "missing trie node"}}),
        )
        past = await stories.past(OWNERS, labels(lab_v36))
        got: Counter[tuple[EventKind, str]] = Counter()
        for one in past.events:
            got[one.kind, one.asset.symbol] += one.amount
            assert (one.value, one.priced) == (None, "unknown")
        told = story(lab_v36, past)
        assert got[EventKind.SUPPLY, "WETH"] == generator.sums[EventKind.SUPPLY, "WETH"]
        assert (told.penalties, told.penalties_unknown) == (0, 1)
        assert told.books[0].by[0].profit == 0
        assert not told.books[0].by[0].known
        assert told.books[0].sold.unvalued == generator.sums[EventKind.TO_EXCHANGE, "WETH"]
        assert proxy.asked["eth_call"] < 20, "after the first refusal nobody is asked again"
        proxy.only, proxy.answer = (
            "eth_getLogs",
            (200, {"error": {"code": -32601, "message": "not supported"}}),
        )
        with pytest.raises(SourceError):
            await stories.past(OWNERS, labels(lab_v36))


async def test_taken_as_receipts_and_repaid_with_receipts(any_lab: Lab) -> None:
    """A liquidator who takes aTokens, and debt that is repaid with what was supplied."""
    market = any_lab.market
    market.supply(ANNA, "WETH", 10 * WAD)
    market.supply(ANNA, "USDC", 4_000 * USDC)
    market.borrow(ANNA, "USDC", 20_000 * USDC)
    market.scale_price("WETH", 6_500)
    market.liquidate(LIQUIDATOR, "WETH", "USDC", ANNA, 2_000 * USDC, atoken=True)
    market.scale_price("WETH", 16_000)
    data = call_data(
        "repayWithATokens(address,uint256,uint256)", market.reserves["USDC"].address, 500 * USDC, 2
    )
    market.send(Tx(ANNA, market.pool, data))
    past = await read(any_lab, accounts=OWNERS[:1])
    told = tell(past.events, OWNERS[:1], whole=past.whole)
    [seized] = [one for one in told.events if one.kind is EventKind.LIQUIDATED]
    assert seized.repaid == 2_000 * USDC
    assert seized.other == checksummed(LIQUIDATOR)
    assert seized.penalty is not None
    assert abs(seized.penalty * 20 - seized.repaid_value) <= 40, "the bonus is 5 %"
    assert not [one for one in told.events if one.kind is EventKind.SENT]
    [repaid] = [one for one in told.events if one.kind is EventKind.REPAY]
    assert (repaid.amount, repaid.in_kind) == (500 * USDC, True)
    [taker] = (await read(any_lab, accounts=(checksummed(LIQUIDATOR),))).events
    assert (taker.kind, taker.other) == (EventKind.RECEIVED, OWNERS[0])
