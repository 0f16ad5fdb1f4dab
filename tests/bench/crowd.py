"""A thousand borrowers whose liquidation hangs on three prices, so that a bench says how many cross a level.

Account 0 holds WETH, the next 99 hold WBTC, the rest LINK: a fall of the first, the first two or all three
prices takes exactly 1, 100 or 1,000 of them below the next level. All owe dollars.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from eth_utils.address import to_checksum_address

from bot.domain.units import Address
from tests.chain import assets
from tests.chain.abi import address, call_data
from tests.chain.lab import Lab, lab
from tests.chain.market import Market
from tests.chain.parts import BANK, OWNER, VARIABLE, Tx

SEED = 7
EVERYONE = 1_000
HELD = (("WETH", 1), ("WBTC", 100), ("LINK", EVERYONE))
"""A collateral and the number of the first account that holds the next one."""
BORN_AT = 1.6
"""Health factor of everyone at first."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """The lab and its borrowers. `users` are checksummed, in the order of the classes above."""

    lab: Lab
    users: tuple[Address, ...]
    born_prices: dict[str, int]

    def fall(self, crossing: int, health: float) -> None:
        """One block that puts the first `crossing` accounts near `health`, the rest where they were born."""
        born = 0
        txs = []
        for symbol, end in HELD:
            price = self.born_prices[symbol]
            if end <= crossing:
                price = int(price * health / BORN_AT)
            txs.append(_priced(self.lab.market, symbol, price))
            born = end
        assert crossing <= born
        self._one_block(txs)

    def stir(self, accounts: Sequence[str]) -> None:
        """One block in which each of these accounts is supplied a dollar of DAI by a stranger."""
        market = self.lab.market
        raw = market.amount("DAI", 1)
        self._one_block([market.supply_tx(BANK, "DAI", raw, account) for account in accounts])

    def _one_block(self, txs: list[Tx]) -> None:
        assert not self.lab.market.send_many(txs, per_block=len(txs))


@contextmanager
def crowd(accounts: int = EVERYONE) -> Iterator[Crowd]:
    """A market of v3.6 with its borrowers, about 10 s for all."""
    with lab("3.6") as opened:
        market = opened.market
        rng = random.Random(SEED)
        users = tuple(Address(to_checksum_address(address(rng.getrandbits(160)))) for _ in range(accounts))
        supplies, borrows = [], []
        for number, user in enumerate(users):
            symbol = next(symbol for symbol, end in HELD if number < end)
            dollars = rng.randint(2_000, 6_000)
            supplies.append((user, symbol, market.amount(symbol, dollars)))
            if rng.random() < 0.3:  # a little of something else, as people have
                supplies.append((user, "wstETH", market.amount("wstETH", dollars // 200)))
            owed = int(dollars * assets.BY_SYMBOL[symbol].threshold / 10_000 / BORN_AT)
            parts = {"USDC": owed} if rng.random() < 0.7 else {"USDC": owed // 2, "DAI": owed - owed // 2}
            borrows += [
                market.borrow_tx(user, s, market.amount(s, part), VARIABLE) for s, part in parts.items()
            ]
        for symbol in ("WETH", "WBTC", "LINK", "wstETH", "DAI"):
            market.fund(symbol, BANK, market.amount(symbol, 50_000_000))
        refused = market.send_many([market.supply_tx(BANK, s, raw, user) for user, s, raw in supplies])
        refused += market.send_many(borrows)
        assert not refused, refused[:3]
        yield Crowd(opened, users, {symbol: market.price(symbol) for symbol, _ in HELD})


def _priced(market: Market, symbol: str, price: int) -> Tx:
    return Tx(OWNER, market.reserves[symbol].source, call_data("set(int256)", price), f"price {symbol}")
