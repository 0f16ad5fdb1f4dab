"""A recording flow observer and a flow watcher that a test drives itself, on a lab."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.domain.transfers import Transfer, TransfersReorged, TransfersSeen
from bot.domain.units import Address, BlockRef
from tests.chain.abi import call_data, word
from tests.chain.lab import Lab
from tests.chain.node import Anvil
from tests.watchers.recorder import open_eyes
from watchers.aave.eyes import AaveEyes
from watchers.evm.words import checksummed

WAD = 10**18
ANNA = checksummed("0x000000000000000000000000000000000000a44a")
BERT = checksummed("0x0000000000000000000000000000000000000be7")
HOT = checksummed("0x00000000000000000000000000000000000b1a4c")
FORWARDER = checksummed("0x0000000000000000000000000000000000f0f0f0")
HELPER = checksummed("0x0000000000000000000000000000000000f0f0f1")
GAS_PRICE = 10**11


@dataclass
class Heard:
    """A FlowObserver that saves nothing but remembers all."""

    saved: BlockRef | None = None
    wanted: bool = True
    blocks: list[TransfersSeen] = field(default_factory=list)
    gone: list[TransfersReorged] = field(default_factory=list)
    raises: Exception | None = None
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def transfers(self, seen: TransfersSeen) -> None:
        if self.raises is not None:
            raise self.raises
        async with self.news:
            self.blocks.append(seen)
            self.saved = seen.as_of
            self.news.notify_all()

    async def transfers_reorged(self, gone: TransfersReorged) -> None:
        self.gone.append(gone)
        self.blocks = [seen for seen in self.blocks if seen.as_of.number <= gone.to]

    async def flow_cursor(self, chain_id: int) -> BlockRef | None:
        return self.saved

    async def flows_wanted(self, chain_id: int) -> bool:
        return self.wanted

    @property
    def numbers(self) -> list[int]:
        return [seen.as_of.number for seen in self.blocks]

    @property
    def moves(self) -> list[tuple[str, Address, Address, int]]:
        """(symbol, from, to, amount) of everything heard."""
        return [told(one) for seen in self.blocks for one in seen.transfers]


def told(one: Transfer) -> tuple[str, Address, Address, int]:
    return one.asset.symbol, one.sender, one.receiver, one.amount


class Driver:
    """A flow watcher that reads when the test says so."""

    def __init__(self, eyes: AaveEyes, heard: Heard, clock: float = 0.0) -> None:
        self.chain = eyes._chains[0]
        self.heard = heard
        self.watcher = eyes._flow_watcher(self.chain, heard, 0.0)

    async def look(self) -> TransfersSeen:
        """Read up to the newest block; what was reported of it."""
        await self.watcher.step(await self.chain.heads.poll())
        return self.heard.blocks[-1]


@asynccontextmanager
async def driving(lab: Lab, heard: Heard | None = None, urls: Sequence[str] = ()) -> AsyncIterator[Driver]:
    async with open_eyes(lab, urls) as eyes:
        yield Driver(eyes, heard or Heard())


def pay(anvil: Anvil, sender: str, to: str, wei: int, data: str = "0x", gas: int = 500_000) -> dict[str, Any]:
    """A transaction with value, in a block of its own (while automine is on)."""
    anvil.set_balance(sender)
    return anvil.mined(fields(sender, to, wei, data, gas))


def fields(sender: str, to: str | None, wei: int, data: str = "0x", gas: int = 500_000) -> dict[str, Any]:
    sent = {"from": sender, "value": hex(wei), "data": data, "gas": hex(gas), "gasPrice": hex(GAS_PRICE)}
    return sent if to is None else sent | {"to": to}


def words(*values: int | str) -> str:
    return "0x" + "".join(map(word, values))


def send_token(anvil: Anvil, token: str, sender: str, to: str, amount: int) -> dict[str, Any]:
    return pay(anvil, sender, token, 0, call_data("transfer(address,uint256)", to, amount))


@asynccontextmanager
async def one_block(anvil: Anvil) -> AsyncIterator[list[dict[str, Any]]]:
    """Transactions put into the list are mined together, in this order, in one block."""
    txs: list[dict[str, Any]] = []
    yield txs
    senders = list(dict.fromkeys(tx["from"] for tx in txs))
    anvil.batch(("anvil_setBalance", (sender, hex(10**24))) for sender in senders)
    counts = anvil.batch(("eth_getTransactionCount", (sender, "latest")) for sender in senders)
    nonces = {sender: int(count, 16) for sender, count in zip(senders, counts, strict=True)}
    anvil.rpc("evm_setAutomine", False)
    try:
        price = GAS_PRICE + len(txs)  # the dearer goes first
        for tx in txs:
            anvil.rpc("eth_sendTransaction", tx | {"nonce": hex(nonces[tx["from"]]), "gasPrice": hex(price)})
            nonces[tx["from"]] += 1
            price -= 1
        anvil.rpc("evm_mine")
    finally:
        anvil.rpc("evm_setAutomine", True)
