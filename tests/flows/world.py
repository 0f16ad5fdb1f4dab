"""Who is on the chain: exchanges with labelled wallets, contracts, people; all from a seed, none by luck.

`Pen` writes the acts of one story.
"""

import random
from dataclasses import dataclass, field

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from bot.domain.flows import FlowKind
from bot.domain.labels import Confidence, Label, LabelKind
from bot.domain.units import Address
from tests.chain.abi import call_data
from tests.chain.market import Market
from tests.flows.script import ETH, Act, Entry, Story

EXCHANGES = ("Binance", "OKX", "Kraken", "Bybit")
# A transaction's fee is at most this for the cheapest: what a wallet that is swept keeps.
GAS_PRICE = 20 * 10**9
SWEEP_FEE = 21_000 * (GAS_PRICE + 10**6)
TOKEN_GAS = 90_000
CALL_GAS = 300_000
POOL_GAS = 700_000
_KINDS = (
    ("hot", LabelKind.HOT),
    ("hot2", LabelKind.HOT),
    ("main", LabelKind.MAIN),
    ("cold", LabelKind.COLD),
    ("deposit", LabelKind.DEPOSIT),
    ("staking", LabelKind.STAKING),
    ("contract", LabelKind.CONTRACT),
)


@dataclass(slots=True)
class World:
    """Addresses by name, who has code, and who begins with what."""

    market: Market
    seed: int
    coins: set[str] = field(default_factory=set)
    """Who begins with plenty of the chain's coin."""
    tokens: dict[tuple[str, str], int] = field(default_factory=dict)
    """(symbol, holder) -> raw amount at the beginning."""
    contracts: dict[str, str] = field(default_factory=dict)
    """Address -> the contract whose code it has."""
    labels: list[Label] = field(default_factory=list)
    _named: dict[str, str] = field(default_factory=dict)

    def address(self, name: str) -> str:
        """The same name is the same address, in checksum form."""
        if name not in self._named:
            self._named[name] = to_checksum_address(keccak(text=f"{self.seed}/{name}")[-20:])
        return self._named[name]

    def rich(self, name: str) -> str:
        found = self.address(name)
        self.coins.add(found)
        return found

    def coded(self, name: str, contract: str = "Ways") -> str:
        found = self.address(name)
        self.contracts[found] = contract
        return found

    def give(self, symbol: str, holder: str, amount: int) -> None:
        key = (symbol, holder)
        self.tokens[key] = self.tokens.get(key, 0) + amount

    def token(self, symbol: str) -> str:
        """The contract of WETH, of aWETH, ..."""
        reserves = self.market.reserves
        found = reserves[symbol].address if symbol in reserves else reserves[symbol[1:]].atoken
        return str(to_checksum_address(found))

    def of(self, exchange: str, wallet: str) -> str:
        return self.address(f"{exchange} {wallet}")

    def open_exchanges(self) -> None:
        for exchange in EXCHANGES:
            for wallet, kind in _KINDS:
                at = self.rich(f"{exchange} {wallet}")
                confidence = Confidence.LIKELY if wallet == "hot2" else Confidence.SURE
                self.labels.append(
                    Label(
                        self.market.anvil.chain_id, Address(at), exchange, kind, confidence,
                        ("exchange-proof-of-reserve",), "2026-10", f"{exchange} {wallet}",
                    )
                )  # fmt: skip
                for symbol in ("WETH", "USDC", "USDT", "WBTC", "DAI"):
                    self.give(symbol, at, self.market.amount(symbol, 10**10))


class Pen:
    """Writes one story: `next` turns to a later block, the other words add acts to the present one."""

    def __init__(self, world: World, rng: random.Random, kind: str, name: str) -> None:
        self.world = world
        self.rng = rng
        self.name = name
        self.story = Story(kind, [[]], [0])

    def next(self, gap: int = 0) -> None:
        """`gap` blocks at least, some by chance when 0."""
        self.story.steps.append([])
        self.story.gaps.append(gap or self.rng.randint(1, 4))

    def fresh(self, what: str, *, gas: bool = True) -> str:
        """An address of this story's own; with the coin for fees from the beginning, or with nothing."""
        name = f"{self.name} {what}"
        return self.world.rich(name) if gas else self.world.address(name)

    def act(self, act: Act) -> None:
        self.story.steps[-1].append(act)

    def send(self, asset: str, sender: str, to: str, amount: int, *entries: Entry, what: str = "") -> None:
        if asset == ETH:
            self.act(Act(sender, to, amount, entries=entries, what=what))
            return
        data = call_data("transfer(address,uint256)", to, amount)
        gas = POOL_GAS if asset[0] == "a" else TOKEN_GAS
        self.act(Act(sender, self.world.token(asset), 0, data, gas, entries, what=what))

    def call(
        self, sender: str, to: str, signature: str, *arguments: int | str, value: int = 0,
        entries: tuple[Entry, ...] = (), gas: int = CALL_GAS, fails: bool = False, what: str = "",
    ) -> None:  # fmt: skip
        self.act(Act(sender, to, value, call_data(signature, *arguments), gas, entries, fails, what))

    def approve(self, asset: str, sender: str, spender: str) -> None:
        token = self.world.token(asset)
        self.call(sender, token, "approve(address,uint256)", spender, 2**256 - 1, gas=TOKEN_GAS)

    def somebody(self) -> str:
        return self.world.rich(f"person {self.rng.randrange(200)}")

    def exchange(self) -> str:
        return self.rng.choice(EXCHANGES)

    def hot(self, exchange: str) -> str:
        return self.world.of(exchange, self.rng.choice(("hot", "hot", "hot2", "main")))


def inflow(
    exchange: str, asset: str, amount: int, *senders: str, via: str = "", at_sweep: bool | None = False,
    traced: bool = False, loan: str = "",
) -> Entry:  # fmt: skip
    return Entry(
        FlowKind.INFLOW,
        exchange,
        asset,
        amount,
        senders,
        via=via,
        at_sweep=at_sweep,
        traced=traced,
        loan=loan,
    )


def outflow(exchange: str, asset: str, amount: int) -> Entry:
    return Entry(FlowKind.OUTFLOW, exchange, asset, amount)


def internal(exchange: str, asset: str, amount: int) -> Entry:
    return Entry(FlowKind.INTERNAL, exchange, asset, amount)


def between(source: str, exchange: str, asset: str, amount: int) -> Entry:
    return Entry(FlowKind.BETWEEN, exchange, asset, amount, other=source)
