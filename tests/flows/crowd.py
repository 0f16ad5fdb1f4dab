"""Everybody else: people who have nothing to do with the stories, and what hostile ones try."""

import random
from collections.abc import Iterator

from tests.chain.abi import call_data
from tests.flows.script import ETH, Act
from tests.flows.world import (
    CALL_GAS,
    EXCHANGES,
    POOL_GAS,
    TOKEN_GAS,
    World,
    between,
    inflow,
    internal,
    outflow,
)

_TOKENS = ("WETH", "USDC", "USDT", "WBTC", "DAI", "LINK")
_COIN = 10**18
LIARS = (("USDT", 6), ("USDC", 0), ("WETH", 77), ("USDT", 18))
A_HOLDERS = 12
"""People who hold aWETH and aUSDC from the beginning."""


class Crowd:
    """`people` deal with each other, `customers` with exchanges; only exchanges pay a customer."""

    def __init__(self, world: World, rng: random.Random, people: int) -> None:
        self.world = world
        self.rng = rng
        self.people = [world.rich(f"person {number}") for number in range(people)]
        self.customers = [world.rich(f"customer {number}") for number in range(people // 5)]
        for holder in (*self.people, *self.customers):
            for symbol in rng.sample(_TOKENS, 3):
                world.give(symbol, holder, world.market.amount(symbol, 50_000_000))
        self.router = world.coded("router")
        world.coins.add(self.router)
        for symbol in _TOKENS:
            world.give(symbol, self.router, world.market.amount(symbol, 10**11))
        self._back: list[tuple[str, str, str, int]] = []

    def ordinary(self, count: int) -> Iterator[Act]:
        kinds = {
            self._coin: 42, self._token: 36, self._round_trip: 4, self._swap: 5, self._wrap: 3,
            self._a_token: 1, self._failed: 2, self._stumble: 1, self._customer: 5, self._desk: 1,
        }  # fmt: skip
        for make in self.rng.choices(list(kinds), list(kinds.values()), k=count):
            yield make()

    def _two(self) -> tuple[str, str]:
        one, two = self.rng.sample(self.people, 2)
        return one, two

    def _size(self) -> int:
        """Dollars, many small and some large."""
        return int(10 ** self.rng.uniform(0, 5.5)) + 1

    def _raw(self, symbol: str) -> int:
        return self.world.market.amount(symbol, self._size()) + self.rng.randrange(99)

    def _sent(
        self, symbol: str, sender: str, to: str, amount: int, what: str = "token", **more: object
    ) -> Act:
        data = call_data("transfer(address,uint256)", to, amount)
        gas = POOL_GAS if symbol[0] == "a" else TOKEN_GAS
        return Act(sender, self.world.token(symbol), 0, data, gas, what=what, **more)  # type: ignore[arg-type]

    def _holder(self, symbol: str, among: list[str]) -> str:
        while True:
            found = self.rng.choice(among)
            if (symbol, found) in self.world.tokens:
                return found

    def _coin(self) -> Act:
        sender, to = self._two()
        return Act(sender, to, self._raw("WETH"), what="coin")

    def _token(self) -> Act:
        symbol = self.rng.choice(_TOKENS)
        sender, to = self._holder(symbol, self.people), self.rng.choice(self.people)
        amount = self._raw(symbol)
        if (symbol, to) in self.world.tokens:
            self._back.append((symbol, to, sender, amount))
        return self._sent(symbol, sender, to, amount)

    def _round_trip(self) -> Act:
        if not self._back:
            return self._token()
        symbol, sender, to, amount = self._back.pop(self.rng.randrange(len(self._back)))
        return self._sent(symbol, sender, to, amount, "round trip")

    def _swap(self) -> Act:
        signature = "swap(address,uint256,address,uint256)"
        nothing = "0x" + "0" * 40
        person, coins = self.rng.choice(self.people), self._raw("WETH")
        bought = self.rng.choice(_TOKENS)
        if self.rng.random() < 0.5:
            data = call_data(signature, nothing, 0, self.world.token(bought), self._raw(bought))
            return Act(person, self.router, coins, data, CALL_GAS, what="swap")
        data = call_data(signature, nothing, 0, nothing, coins // 2)
        return Act(person, self.router, coins, data, CALL_GAS, what="swap")

    def _wrap(self) -> Act:
        weth, person = self.world.token("WETH"), self._holder("WETH", self.people)
        amount = self._raw("WETH")
        if self.rng.random() < 0.5:
            return Act(person, weth, amount, call_data("deposit()"), TOKEN_GAS, what="wrap")
        return Act(person, weth, 0, call_data("withdraw(uint256)", amount), TOKEN_GAS, what="wrap")

    def _a_token(self) -> Act:
        symbol = self.rng.choice(("aWETH", "aUSDC"))
        sender = self.people[self.rng.randrange(A_HOLDERS)]
        amount = self.world.market.amount(symbol[1:], self.rng.randint(1, 2_000))
        return self._sent(symbol, sender, self.rng.choice(self.people), amount, "a token")

    def _failed(self) -> Act:
        """More than it has, or the chain's coin to a contract that takes none."""
        sender, hot = self.rng.choice(self.people), self.world.of(self.rng.choice(EXCHANGES), "hot")
        if self.rng.random() < 0.5:
            return self._sent("USDC", sender, hot, 10**20, "failed", fails=True)
        return Act(sender, self.world.token("USDC"), _COIN, gas=60_000, fails=True, what="failed")

    def _stumble(self) -> Act:
        hot = self.world.of(self.rng.choice(EXCHANGES), "hot")
        data = call_data("stumble(address)", hot)
        return Act(
            self.rng.choice(self.people), self.router, 500 * _COIN, data, CALL_GAS, what="reverted inside"
        )

    def _customer(self) -> Act:
        exchange, person = self.rng.choice(EXCHANGES), self.rng.choice(self.customers)
        hot = self.world.of(exchange, "hot")
        if self.rng.random() < 0.5:
            symbol = self.rng.choice(("USDC", "USDT", ETH))
            if symbol == ETH:
                amount = self._raw("WETH")
                return Act(person, hot, amount, entries=(inflow(exchange, ETH, amount, person),), what="in")
            person, amount = self._holder(symbol, self.customers), self._raw(symbol)
            return self._sent(
                symbol, person, hot, amount, "in", entries=(inflow(exchange, symbol, amount, person),)
            )
        if self.rng.random() < 0.5:
            amount = self._raw("WETH")
            return Act(hot, person, amount, entries=(outflow(exchange, ETH, amount),), what="out")
        amount = self._raw("USDT")
        return self._sent("USDT", hot, person, amount, "out", entries=(outflow(exchange, "USDT", amount),))

    def _desk(self) -> Act:
        """Exchanges among themselves, and their contracts, which are no way in or out."""
        one, two = self.rng.sample(EXCHANGES, 2)
        amount, of = self._raw("WETH"), self.world.of
        hot, customer = of(one, "hot"), self.rng.choice(self.customers)
        inside = (internal(one, ETH, amount),)
        across = (between(one, two, ETH, amount),)
        return self.rng.choice(
            (
                Act(hot, of(one, "cold"), amount, entries=inside, what="inside"),
                Act(of(one, "cold"), hot, amount, entries=inside, what="inside"),
                Act(hot, of(one, "staking"), amount, entries=inside, what="inside"),
                Act(hot, of(two, "hot2"), amount, entries=across, what="between"),
                Act(customer, of(one, "staking"), amount, what="staking"),
                Act(of(one, "staking"), customer, amount, what="staking"),
                Act(customer, of(one, "contract"), amount, what="contract"),
                Act(of(one, "contract"), customer, amount, what="contract"),
            )
        )

    # --- hostile --------------------------------------------------------------------------------------

    def hostile(self, count: int, liars: list[str]) -> Iterator[Act]:
        makers = (self._lie, self._lie, self._tax, self._rebase, self._poison, self._poison, self._look_alike)
        for _ in range(count):
            yield self.rng.choice(makers)(liars)

    def _claim(self, liars: list[str], signature: str, *arguments: int | str, what: str) -> Act:
        data = call_data(signature, *arguments)
        return Act(self.rng.choice(self.people), self.rng.choice(liars), 0, data, TOKEN_GAS, what=what)

    def _target(self) -> str:
        return self.world.of(self.rng.choice(EXCHANGES), self.rng.choice(("hot", "hot2", "main", "deposit")))

    def _lie(self, liars: list[str]) -> Act:
        amount = self.rng.choice((10**9, 10**14, 10**24, 2**255))
        sender = self.rng.choice((*self.people[:50], self._target()))
        arguments = (sender, self._target(), amount)
        return self._claim(liars, "claim(address,address,uint256)", *arguments, what="lie")

    def _tax(self, liars: list[str]) -> Act:
        return self._claim(liars, "taxed(address,uint256)", self._target(), 10**24, what="tax")

    def _rebase(self, liars: list[str]) -> Act:
        return self._claim(liars, "rebase(address,uint256)", self._target(), 10**24, what="rebase")

    def _poison(self, _: list[str]) -> Act:
        """A real token's log of nothing at all, between a victim and what looks like its exchange."""
        symbol = self.rng.choice(("USDC", "USDT", "WETH"))
        victim = self.rng.choice((*self.customers[:50], self._target()))
        to = self.rng.choice((self._target(), self.look_alike(self._target())))
        data = call_data("transferFrom(address,address,uint256)", victim, to, 0)
        return Act(self.rng.choice(self.people), self.world.token(symbol), 0, data, TOKEN_GAS, what="poison")

    def _look_alike(self, _: list[str]) -> Act:
        """Real and large, but to an address that only looks like the exchange's."""
        to, sender = self.look_alike(self._target()), self.rng.choice(self.people)
        amount = self.world.market.amount("WETH", self.rng.randint(1, 2_000_000))
        return Act(sender, to, amount, what="look-alike")

    def look_alike(self, address: str) -> str:
        """First and last four digits are the same."""
        middle = self.world.address(f"look-alike {address} {self.rng.randrange(20)}")[6:-4]
        return (address[:6] + middle + address[-4:]).lower()
