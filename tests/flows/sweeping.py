"""The ways of a deposit address: it is paid, and what came is taken to the exchange some time later."""

import random
from dataclasses import dataclass
from typing import Any, Final

from tests.flows.script import ETH, Entry
from tests.flows.world import SWEEP_FEE, Pen, World, inflow, internal, outflow

_TOP_UP: Final = 10**16


@dataclass(slots=True)
class Hand:
    """Who holds how much of what."""

    holder: str
    asset: str
    amount: int
    hops: int = 0
    """From the account that withdrew to the holder: a loan is looked for behind two at most."""
    payer: str = ""
    """Who paid a holder that does just what a deposit address does; empty for all others."""

    def entry(self, exchange: str, asset: str, amount: int, actor: str, **more: Any) -> Entry:
        """Its amount comes to the exchange. Whether the holder is behind it or its payer, nobody can tell."""
        if self.payer:
            return inflow(
                exchange,
                asset,
                amount,
                self.holder,
                self.payer,
                loan=actor,
                **more | {"via": "?", "at_sweep": None},
            )
        return inflow(exchange, asset, amount, self.holder, loan=actor, **more)


class Sweeping:
    """Endings of stories in which the coins come to an address without a label first."""

    world: World
    rng: random.Random

    def _raw(self, symbol: str, dollars: int) -> int:
        # Odd to the last digit, so that no sum is right by roundness.
        return self.world.market.amount(symbol, dollars) + self.rng.randrange(10_000)

    def _deposit(self, pen: Pen, hand: Hand, exchange: str, actor: str) -> None:
        self._swept(pen, hand, exchange, actor, pen.fresh("deposit", gas=False))

    def _again(self, pen: Pen, hand: Hand, exchange: str, actor: str) -> None:
        """Learned by somebody else's deposit, then the actor's counts at once and its sweep does not."""
        place, other = pen.fresh("deposit", gas=False), pen.fresh("customer")
        small = self._raw("WETH", self.rng.randint(20_000, 90_000))
        self._swept(pen, Hand(other, ETH, small), exchange, "", place)
        pen.next()
        entry = inflow(exchange, hand.asset, hand.amount, hand.holder, loan=actor)
        pen.send(hand.asset, hand.holder, place, hand.amount, entry)
        pen.next()
        if hand.asset == ETH:
            swept = hand.amount - SWEEP_FEE
            pen.send(ETH, place, pen.hot(exchange), swept, internal(exchange, ETH, swept))
            return
        self._top_up(pen, place, exchange, learned=True)
        entry = internal(exchange, hand.asset, hand.amount)
        pen.send(hand.asset, place, pen.hot(exchange), hand.amount, entry)

    def _partial(self, pen: Pen, hand: Hand, exchange: str, actor: str) -> None:
        """A sweep of a good half, which proves nothing yet, and one of the rest."""
        place = pen.fresh("deposit", gas=False)
        first = hand.amount * self.rng.randint(55, 80) // 100
        payers, actor = (hand.holder, place), actor if hand.hops < 2 else ""
        pen.send(hand.asset, hand.holder, place, hand.amount)
        pen.next()
        if hand.asset != ETH:
            self._top_up(pen, place, exchange, learned=False)
        entry = inflow(exchange, hand.asset, first, *payers, via="?", at_sweep=None, loan=actor)
        pen.send(hand.asset, place, pen.hot(exchange), first, entry)
        pen.next()
        rest = hand.amount - first - (2 * SWEEP_FEE if hand.asset == ETH else 0)
        entry = inflow(exchange, hand.asset, rest, *payers, via="?", at_sweep=None, loan=actor)
        pen.send(hand.asset, place, pen.hot(exchange), rest, entry)
        pen.story.learned[place] = exchange

    def _two_receipts(self, pen: Pen, hand: Hand, exchange: str, actor: str) -> None:
        """Two payers, one sweep: nobody can say whose it is."""
        place, other = pen.fresh("deposit", gas=False), pen.fresh("customer")
        if hand.asset not in (ETH, "WETH", "USDC", "USDT"):
            self._swept(pen, hand, exchange, actor, place)
            return
        more = self._raw("WETH" if hand.asset == ETH else hand.asset, self.rng.randint(20_000, 90_000))
        if hand.asset != ETH:
            self.world.give(hand.asset, other, more)
        pen.send(hand.asset, other, place, more)
        pen.next()
        self._swept(pen, hand, exchange, actor, place, before=more)

    def _two_assets(self, pen: Pen, hand: Hand, exchange: str, actor: str) -> None:
        """One asset's sweep teaches the address; the other's, received before, still counts when swept."""
        place, other = pen.fresh("deposit", gas=False), pen.fresh("customer")
        asset = "USDT" if hand.asset != "USDT" else "USDC"
        more = self._raw(asset, self.rng.randint(20_000, 90_000))
        self.world.give(asset, other, more)
        pen.send(asset, other, place, more)
        pen.next()
        self._swept(pen, hand, exchange, actor, place)
        pen.next()
        self._top_up(pen, place, exchange, learned=True)
        entry = inflow(exchange, asset, more, other, place, via=place, at_sweep=True)
        pen.send(asset, place, pen.hot(exchange), more, entry)

    def _swept(self, pen: Pen, hand: Hand, exchange: str, actor: str, place: str, before: int = 0) -> None:
        pen.send(hand.asset, hand.holder, place, hand.amount)
        pen.next(self.rng.choice((1, 1, 2, 5, 9)))
        swept = before + hand.amount
        if hand.asset == ETH:
            swept -= SWEEP_FEE
        else:
            self._top_up(pen, place, exchange, learned=False)
        sender = place if before else hand.holder
        if before and hand.hops == 2:
            actor = ""
        entry = inflow(exchange, hand.asset, swept, sender, via=place, at_sweep=True, loan=actor)
        pen.send(hand.asset, place, pen.hot(exchange), swept, entry)
        pen.story.learned[place] = exchange

    def _top_up(self, pen: Pen, place: str, exchange: str, *, learned: bool) -> None:
        """Coin for the fee of a sweep, from the exchange's own wallet or one that nobody has labelled."""
        if self.rng.random() < 0.5:
            # What comes to a known address counts, however small: it may be a small deposit.
            gas = self.world.rich(f"{exchange} gas")
            entries = [inflow(exchange, ETH, _TOP_UP, gas)] if learned else []
            pen.send(ETH, gas, place, _TOP_UP, *entries)
        else:
            book = internal if learned else outflow
            pen.send(ETH, self.world.of(exchange, "hot"), place, _TOP_UP, book(exchange, ETH, _TOP_UP))
        pen.next()
