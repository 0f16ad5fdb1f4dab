"""A flow monitor with its store, and transfers with one line each."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from bot.domain.alerts import Alert
from bot.domain.labels import Confidence, Label, LabelKind
from bot.domain.positions import AccountData, Owed, Position, Rounding, Supplied
from bot.domain.transfers import (
    NATIVE,
    USD_UNIT,
    Channel,
    LoanMove,
    Transfer,
    TransfersReorged,
    TransfersSeen,
)
from bot.domain.units import WAD, Address, Asset, BlockRef
from bot.monitor.flows import FlowMonitor
from bot.ports import Delivery, TrackedAsset
from bot.store.flows import StoredFlows
from bot.store.judgements import StoredJudgements
from bot.store.outbox import StoredOutbox
from bot.store.pacing import PlatformPace
from bot.store.watchbook import StoredWatchBook
from bot.subscriptions import FlowTarget, WalletTarget, Watch
from tests.fakes import FakeChain, FakeLabels

ANN, BOB = "telegram/1", "telegram/2"
T0 = 1_800_000_000
ETH = Asset(1, NATIVE, "ETH", 18)
USDT = Asset(1, Address("0xdAC17F958D2ee523a2206206994597C13D831ec7"), "USDT", 6)
PRICES = {NATIVE: 2_000 * USD_UNIT, USDT.address: USD_UNIT}


def who(number: int) -> Address:
    return Address(f"0x{number:040x}")


HOT, COLD, KRAKEN = who(0xB1), who(0xB2), who(0xC1)
WHALE, SECOND, FRIEND, DEPOSIT = who(0xA1), who(0xA2), who(0xA3), who(0xD1)
NAMED = [
    (HOT, "Binance", LabelKind.HOT),
    (COLD, "Binance", LabelKind.COLD),
    (KRAKEN, "Kraken", LabelKind.HOT),
]
TABLE = [
    Label(1, address, exchange, kind, Confidence.SURE, ("exchange-proof-of-reserve",), "2024-06")
    for address, exchange, kind in NAMED
]
TRACKED = (TrackedAsset(ETH, "eth", NATIVE), TrackedAsset(USDT, "usd", USDT.address))


def at(number: int, fork: str = "", *, step: int = 12) -> BlockRef:
    return BlockRef(number, f"0x{fork}{number:0{64 - len(fork)}x}", T0 + step * number)


def sends(
    sender: Address, receiver: Address, amount: float, *, asset: Asset = ETH, tx: str = "", index: int = 0
) -> Transfer:
    raw = int(amount * 10**6) * asset.unit // 10**6
    channel = Channel.NATIVE if asset.address == NATIVE else Channel.TOKEN
    named = (
        tx or f"0x{hashlib.blake2b(f'{sender}{receiver}{raw}{index}'.encode(), digest_size=32).hexdigest()}"
    )
    return Transfer(asset, sender, receiver, raw, named, index, channel, sender)


def position(account: Address, percent: int, *, number: int = 0, debt: int = 10**6) -> Position:
    """Of an account with that health factor in percent, owing so many dollars."""
    weth = Supplied(ETH, 10**18, 2_000 * 10**8, 2_000 * 10**8, True, True, 8000, 8300, 10500)
    owed = Owed(USDT, debt * 10**6, 10**8, debt * 10**8)
    totals = AccountData(10**15, debt * 10**8, 0, 8300, 8000, percent * WAD // 100)
    rest = (10, Rounding.PROTOCOL, 10**8, 0, "", (weth,), (owed,), totals)
    return Position("ethereum", account, at(number), *rest)


@dataclass
class FlowDesk:
    """`again()` is the same after a restart."""

    client: object
    now: float = T0
    labels: FakeLabels = field(default_factory=lambda: FakeLabels(TABLE))
    chain: FakeChain = field(default_factory=FakeChain)
    reading: bool = True
    monitor: FlowMonitor = field(init=False)
    deliveries: list[Delivery] = field(default_factory=list)

    async def again(self) -> "FlowDesk":
        self.outbox = StoredOutbox(self.client, pacing={"telegram": PlatformPace()})
        self.book = StoredWatchBook(self.client)
        self.log = StoredFlows(self.client)
        self.judgements = StoredJudgements(self.client, self.outbox)
        self.monitor = FlowMonitor(
            self.book,
            self.judgements,
            self.log,
            self.labels,
            self.chain,
            clock=lambda: self.now,
            tracked=lambda: TRACKED,
            titles=("Aave Ethereum",),
            reading=self.reading,
        )
        await self.monitor.start()
        return self

    async def follow(self, *rules, to: str = ANN, **target) -> Watch:
        return await self.book.add(Watch("", 0, to, FlowTarget(**target), rules))

    async def wallet(self, address: Address, *, owner: str = "", label: str = "", to: str = ANN) -> Watch:
        return await self.book.add(Watch("", 0, to, WalletTarget(address), (), label, owner=owner))

    async def block(
        self,
        number: int,
        *transfers: Transfer,
        loans: Collection[LoanMove] = (),
        fork: str = "",
        prices: Mapping = PRICES,
        **seen,
    ) -> None:
        ref = at(number, fork)
        self.now = ref.timestamp
        moves = tuple(replace(one, index=index) for index, one in enumerate(transfers))
        await self.monitor.transfers(TransfersSeen(1, ref, moves, tuple(loans), prices, **seen))

    async def reorg(self, to: int) -> None:
        await self.monitor.transfers_reorged(TransfersReorged(1, to))

    async def said(self) -> list[Alert]:
        """Take everything that waits, as a worker would."""
        self.deliveries = []
        while (claim := await self.outbox.claim("telegram")) is not None:
            await self.outbox.done(claim, str(len(self.deliveries) + 1))
            self.deliveries.append(claim.delivery)
        return [one.payload for one in self.deliveries]
