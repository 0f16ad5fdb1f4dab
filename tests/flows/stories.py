"""Stories of people with a loan: out of the real Aave, from hand to hand, to an exchange in many ways."""

import random

from tests.chain.abi import call_data
from tests.flows.script import ETH, Act, Loan, Story
from tests.flows.sweeping import Hand, Sweeping
from tests.flows.world import POOL_GAS, Pen, World, between, inflow, internal, outflow

_WITHDRAW = "withdraw(address,uint256,address)"
_COLLATERAL = ("WETH", "WETH", "WETH", "WETH", "WBTC", "USDC", "USDT", "wstETH")


class Teller(Sweeping):
    """Tells one story after the other; the loans they need are noted in `loans`."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world = world
        self.rng = rng
        self.loans: list[Loan] = []

    def story(self, number: int, ending: str = "", prefix: str = "story") -> Story:
        """`ending` is one of ENDINGS; when empty each comes once, then one by chance."""
        each = tuple(dict.fromkeys(ENDINGS))
        ending = ending or (each[number] if number < len(each) else self.rng.choice(ENDINGS))
        pen = Pen(self.world, self.rng, ending, f"{prefix} {number}")
        actor, hand = self._withdrawn(pen, a_token=ending == "a_token")
        if ending == "a_token":
            self._a_token(pen, hand, actor)
            return pen.story
        if ending == "gateway" and hand.asset != "WETH":
            ending = "hot"
        hand = self._passed_on(pen, hand, ending)
        exchange = pen.exchange()
        getattr(self, f"_{ending}")(pen, hand, exchange, actor)
        if self.rng.random() < 0.3:
            self._paid_back(pen, exchange, actor)
        return pen.story

    # --- out of the loan ------------------------------------------------------------------------------

    def _withdrawn(self, pen: Pen, *, a_token: bool) -> tuple[str, Hand]:
        actor = pen.fresh("actor")
        symbol = self.rng.choice(_COLLATERAL)
        supplied = self._raw(symbol, self.rng.randint(300_000, 12_000_000))
        debt = "USDT" if symbol in ("USDC", "wstETH") else "USDC"
        debt_dollars = self._dollars(symbol, supplied) * self.rng.randint(15, 45) // 100
        self.loans.append(Loan(actor, symbol, supplied, debt, self._raw(debt, debt_dollars)))
        pen.story.never.add(actor)
        amount = supplied * self.rng.randint(20, 35) // 100
        if a_token:
            return actor, Hand(actor, f"a{symbol}", amount)
        to = actor
        if self.rng.random() < 0.3:
            to = pen.fresh("other wallet")
            self._life(pen, to)
        data = call_data(_WITHDRAW, self.world.token(symbol), amount, to)
        pen.act(Act(actor, self.world.market.pool, 0, data, POOL_GAS))
        pen.next()
        hand = Hand(to, symbol, amount, hops=int(to != actor))
        if symbol == "WETH" and self.rng.random() < 0.4:
            self._unwrap(pen, hand)
        return actor, hand

    def _dollars(self, symbol: str, raw: int) -> int:
        return raw * 10**6 // self.world.market.amount(symbol, 10**6)

    def _unwrap(self, pen: Pen, hand: Hand) -> None:
        pen.call(hand.holder, self.world.token("WETH"), "withdraw(uint256)", hand.amount)
        hand.asset = ETH
        pen.next()

    def _passed_on(self, pen: Pen, hand: Hand, ending: str) -> Hand:
        """By up to two wallets; at least half always goes on."""
        for hop in range(min(self.rng.choice((0, 0, 0, 1, 1, 2)), 2 - hand.hops)):
            wallet = pen.fresh(f"hop {hop}")
            style = self.rng.choice(("lived", "lived", "keeps", "keeps", "whole"))
            if style == "lived":
                self._life(pen, wallet)
            pen.send(hand.asset, hand.holder, wallet, hand.amount)
            pen.next()
            hand.hops += 1
            hand.payer, hand.holder = hand.holder if style == "whole" else "", wallet
            if style == "keeps":
                hand.amount = hand.amount * self.rng.randint(72, 85) // 100
            # One that passes on all it got, and all of it to one exchange, is what a deposit address is.
            (pen.story.either if style == "whole" else pen.story.never).add(wallet)
            if hand.asset == "WETH" and self.rng.random() < 0.3 and ending != "gateway":
                self._unwrap(pen, hand)
        return hand

    def _life(self, pen: Pen, wallet: str) -> None:
        """Something that no deposit address does: it gets an amount and pays it to somebody."""
        pen.send(ETH, pen.somebody(), wallet, 2 * 10**18)
        pen.next()
        pen.send(ETH, wallet, pen.somebody(), 10**18)
        pen.next()
        pen.story.never.add(wallet)

    # --- into the exchange ----------------------------------------------------------------------------

    def _hot(self, pen: Pen, hand: Hand, exchange: str, actor: str) -> None:
        entry = hand.entry(exchange, hand.asset, hand.amount, actor)
        pen.send(hand.asset, hand.holder, pen.hot(exchange), hand.amount, entry)

    def _tranches(self, pen: Pen, hand: Hand, exchange: str, actor: str) -> None:
        left = hand.amount
        for part in (3, 3, 1):
            amount = left // part
            left -= amount
            entry = hand.entry(exchange, hand.asset, amount, actor)
            pen.send(hand.asset, hand.holder, pen.hot(exchange), amount, entry)
            pen.next()

    def _labelled_deposit(self, pen: Pen, hand: Hand, exchange: str, actor: str) -> None:
        entry = hand.entry(exchange, hand.asset, hand.amount, actor)
        pen.send(hand.asset, hand.holder, self.world.of(exchange, "deposit"), hand.amount, entry)

    def _a_token(self, pen: Pen, hand: Hand, actor: str) -> None:
        exchange = pen.exchange()
        entry = inflow(exchange, hand.asset, hand.amount, actor, loan=actor)
        pen.send(hand.asset, actor, pen.hot(exchange), hand.amount, entry)

    def _forwarder(self, pen: Pen, hand: Hand, exchange: str, actor: str) -> None:
        way = self.world.coded(f"forwarder {self.rng.randrange(6)}")
        hot, asset, amount = pen.hot(exchange), hand.asset, hand.amount
        if asset == ETH:
            entry = hand.entry(exchange, ETH, amount, actor, via=way, traced=True)
            pen.call(hand.holder, way, "forward(address)", hot, value=amount, entries=(entry,))
            return
        pen.approve(asset, hand.holder, way)
        pen.next()
        entry = hand.entry(exchange, asset, amount, actor, via=way)
        token = self.world.token(asset)
        pen.call(hand.holder, way, "pass(address,uint256,address)", token, amount, hot, entries=(entry,))

    def _splitter(self, pen: Pen, hand: Hand, exchange: str, actor: str) -> None:
        if hand.asset != ETH:
            self._forwarder(pen, hand, exchange, actor)
            return
        way = self.world.coded(f"splitter {self.rng.randrange(3)}")
        second = self.rng.choice([name for name in ("Binance", "OKX", "Kraken") if name != exchange])
        half = hand.amount // 2
        entries = (
            hand.entry(exchange, ETH, half, actor, via=way, traced=True),
            hand.entry(second, ETH, hand.amount - half, actor, via=way, traced=True),
        )
        pair = (pen.hot(exchange), pen.hot(second))
        pen.call(hand.holder, way, "split(address,address)", *pair, value=hand.amount, entries=entries)

    def _gateway(self, pen: Pen, hand: Hand, exchange: str, actor: str) -> None:
        """Wrapped coins are unwrapped and sent on within one transaction."""
        if hand.asset != "WETH":
            self._forwarder(pen, hand, exchange, actor)
            return
        way = self.world.coded(f"gateway {self.rng.randrange(2)}")
        pen.approve("WETH", hand.holder, way)
        pen.next()
        entry = hand.entry(exchange, ETH, hand.amount, actor, via=way, traced=True)
        arguments = (self.world.token("WETH"), hand.amount, pen.hot(exchange))
        pen.call(hand.holder, way, "unwrap(address,uint256,address)", *arguments, entries=(entry,))

    # --- and back -------------------------------------------------------------------------------------

    def _paid_back(self, pen: Pen, exchange: str, actor: str) -> None:
        """The exchange pays dollars out, and part of the debt is repaid with them."""
        loan = next(one for one in reversed(self.loans) if one.account == actor)
        amount = loan.borrowed // self.rng.randint(2, 5)
        pen.next()
        hot = self.world.of(exchange, "hot")
        pen.send(loan.debt, hot, actor, amount, outflow(exchange, loan.debt, amount))
        pen.next()
        pool = self.world.market.pool
        pen.approve(loan.debt, actor, pool)
        data = call_data(
            "repay(address,uint256,uint256,address)", self.world.token(loan.debt), amount, 2, actor
        )
        pen.act(Act(actor, pool, 0, data, POOL_GAS))


def moved_between(world: World, rng: random.Random, pen: Pen) -> None:
    """Between exchanges, and inside one: neither is an inflow."""
    one, two = rng.sample(("Binance", "OKX", "Kraken", "Bybit"), 2)
    amount = world.market.amount("WETH", rng.randint(10_000, 3_000_000))
    pen.send(ETH, world.of(one, "hot"), world.of(two, "hot2"), amount, between(one, two, ETH, amount))
    pen.send(ETH, world.of(one, "cold"), world.of(one, "hot"), amount, internal(one, ETH, amount))
    pen.send("USDT", world.of(two, "hot"), world.of(two, "cold"), 10**11, internal(two, "USDT", 10**11))


ENDINGS = (
    *("hot",) * 4,
    *("deposit",) * 5,
    *("again",) * 2,
    *("forwarder",) * 2,
    "splitter",
    "gateway",
    "gateway",
    "tranches",
    "labelled_deposit",
    "a_token",
    "partial",
    "two_receipts",
    "two_assets",
)
