"""Who looks like a deposit address and is none: it must stay unlearned, its transfers be booked right."""

import random
from collections.abc import Callable
from typing import Final

from tests.flows.script import ETH, Act, Story
from tests.flows.world import CALL_GAS, EXCHANGES, Pen, World, inflow, outflow

COIN: Final = 10**18


class Decoys:
    def __init__(self, world: World, rng: random.Random) -> None:
        self.world = world
        self.rng = rng

    def story(self, number: int, kind: str = "", prefix: str = "decoy") -> Story:
        kind = kind or list(KINDS)[number % len(KINDS)]
        pen = Pen(self.world, self.rng, kind, f"{prefix} {number}")
        KINDS[kind](self, pen)
        return pen.story

    def _coins(self) -> int:
        return self.rng.randint(4, 400) * COIN + self.rng.randrange(10**15)

    def _wallet(self, pen: Pen, what: str = "wallet") -> str:
        found = pen.fresh(what)
        pen.story.never.add(found)
        return found

    def _into(self, pen: Pen, wallet: str, exchange: str, amount: int) -> None:
        entry = inflow(exchange, ETH, amount, wallet)
        pen.send(ETH, wallet, pen.hot(exchange), amount, entry)

    def _paid_by_exchange(self, pen: Pen) -> None:
        """A person's own wallet between two exchanges, or between two accounts of one."""
        wallet, amount = self._wallet(pen), self._coins()
        source, target = pen.exchange(), pen.exchange()
        pen.send(ETH, self.world.of(source, "hot"), wallet, amount, outflow(source, ETH, amount))
        pen.next()
        self._into(pen, wallet, target, amount - COIN // 100)

    def _refill(self, pen: Pen) -> None:
        """An exchange's own wallet without a label, filled from the cold one."""
        wallet, amount, exchange = self._wallet(pen), 10 * self._coins(), pen.exchange()
        pen.send(ETH, self.world.of(exchange, "cold"), wallet, amount, outflow(exchange, ETH, amount))
        pen.next()
        self._into(pen, wallet, exchange, amount)

    def _in_part(self, pen: Pen) -> None:
        wallet, amount = self._wallet(pen), self._coins()
        pen.send(ETH, pen.somebody(), wallet, amount)
        pen.next()
        self._into(pen, wallet, pen.exchange(), amount // 2)
        pen.next()
        pen.send(ETH, wallet, pen.somebody(), amount // 4)

    def _in_thirds(self, pen: Pen) -> None:
        """Somebody sells by and by what he got."""
        wallet, amount, exchange = self._wallet(pen), self._coins(), pen.exchange()
        pen.send(ETH, pen.somebody(), wallet, amount)
        for _ in range(3):
            pen.next()
            self._into(pen, wallet, exchange, amount // 3)

    def _most_then_elsewhere(self, pen: Pen) -> None:
        wallet, amount = self._wallet(pen), self._coins()
        pen.send(ETH, pen.somebody(), wallet, amount)
        pen.next()
        self._into(pen, wallet, pen.exchange(), amount * 2 // 3)
        pen.next()
        pen.send(ETH, wallet, pen.somebody(), amount // 4)

    def _elsewhere_first(self, pen: Pen) -> None:
        wallet, amount = self._wallet(pen), self._coins()
        pen.send(ETH, pen.somebody(), wallet, amount)
        pen.next()
        pen.send(ETH, wallet, pen.somebody(), amount // 5)
        pen.next()
        pen.send(ETH, pen.somebody(), wallet, amount)
        pen.next()
        self._into(pen, wallet, pen.exchange(), amount)

    def _elsewhere_later(self, pen: Pen) -> None:
        """It did just what a deposit address does, once, and then what none does."""
        wallet, amount, exchange = self._wallet(pen), self._coins(), pen.exchange()
        payer = pen.fresh("payer")
        pen.send(ETH, payer, wallet, amount)
        pen.next()
        entry = inflow(exchange, ETH, amount, payer, wallet, via="?", at_sweep=None)
        pen.send(ETH, wallet, pen.hot(exchange), amount, entry)
        pen.next()
        pen.send(ETH, wallet, pen.somebody(), COIN // 2)

    def _two_exchanges(self, pen: Pen) -> None:
        wallet, amount = self._wallet(pen), self._coins()
        first, second = self.rng.sample(EXCHANGES, 2)
        pen.send(ETH, pen.somebody(), wallet, amount)
        pen.next()
        self._into(pen, wallet, first, amount // 2)
        pen.next()
        self._into(pen, wallet, second, amount // 2)

    def _desk(self, pen: Pen) -> None:
        """Many pay it; what it takes to the exchange is not one customer's."""
        wallet, total = self._wallet(pen, "desk"), 0
        for payer in range(10):
            amount = self._coins() // 4
            total += amount
            pen.send(ETH, pen.fresh(f"payer {payer}"), wallet, amount)
            if payer % 3 == 2:
                pen.next()
        pen.next()
        self._into(pen, wallet, pen.exchange(), total)

    def _processor(self, pen: Pen) -> None:
        """Shoppers pay it, it pays its merchants and takes the rest to the exchange."""
        wallet, total = self._wallet(pen, "processor"), 0
        for payer in range(6):
            amount = COIN + self.rng.randrange(COIN)
            total += amount
            pen.send(ETH, pen.fresh(f"shopper {payer}"), wallet, amount)
        pen.next()
        for merchant in range(3):
            pen.send(ETH, wallet, pen.fresh(f"merchant {merchant}"), COIN // 2)
        pen.next()
        self._into(pen, wallet, pen.exchange(), total - 3 * COIN // 2)

    def _gas_funder(self, pen: Pen) -> None:
        wallet, amount = self._wallet(pen, "funder"), 5 * COIN
        pen.send(ETH, pen.somebody(), wallet, amount)
        pen.next()
        for fed in range(8):
            pen.send(ETH, wallet, pen.fresh(f"fed {fed}", gas=False), COIN // 100)
        pen.next()
        self._into(pen, wallet, pen.exchange(), amount - 9 * COIN // 100)

    def _bridge(self, pen: Pen) -> None:
        """A contract collects and later sends it all to the exchange."""
        wallet = self.world.coded(f"{pen.name} bridge")
        pen.story.never.add(wallet)
        amount, exchange = self._coins(), pen.exchange()
        pen.act(Act(pen.fresh("payer"), wallet, amount, gas=60_000))
        pen.next()
        entry = inflow(exchange, ETH, amount, wallet, traced=True)
        arguments = (pen.hot(exchange), amount)
        pen.call(
            pen.fresh("keeper"), wallet, "flush(address,uint256)", *arguments, entries=(entry,), gas=CALL_GAS
        )

    def _token_relay(self, pen: Pen) -> None:
        """Tokens this time: paid by an exchange, forwarded to another."""
        wallet, amount = self._wallet(pen), 10**6 * self.rng.randint(10_000, 900_000)
        source, target = self.rng.sample(EXCHANGES, 2)
        pen.send("USDC", self.world.of(source, "hot"), wallet, amount, outflow(source, "USDC", amount))
        pen.next()
        pen.send("USDC", wallet, pen.hot(target), amount, inflow(target, "USDC", amount, wallet))

    def late(self, number: int) -> Story:
        """What is forwarded after the window is over proves nothing; its last step comes after the pause."""
        pen = Pen(self.world, self.rng, "late", f"late {number}")
        wallet, amount = self._wallet(pen), self._coins()
        pen.send(ETH, pen.fresh("payer"), wallet, amount)
        pen.next()
        self._into(pen, wallet, pen.exchange(), amount)
        pen.story.late = True
        return pen.story


KINDS: dict[str, Callable[[Decoys, Pen], None]] = {
    "paid by an exchange": Decoys._paid_by_exchange,
    "refill": Decoys._refill,
    "in part": Decoys._in_part,
    "in thirds": Decoys._in_thirds,
    "most, then elsewhere": Decoys._most_then_elsewhere,
    "elsewhere first": Decoys._elsewhere_first,
    "elsewhere later": Decoys._elsewhere_later,
    "two exchanges": Decoys._two_exchanges,
    "desk": Decoys._desk,
    "processor": Decoys._processor,
    "gas funder": Decoys._gas_funder,
    "bridge": Decoys._bridge,
    "token relay": Decoys._token_relay,
}
