"""The whole stage: a chain with Aave's real contracts, a Bot API server, a person, and the bot as a process.

Everything is real but the money: the price is set on chain, the alert is read from the server's ledger.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from eth_utils.address import to_checksum_address

from tests.chain.abi import call_data, ints
from tests.chain.lab import Lab, lab
from tests.chat.telegram.ledger import Entry
from tests.chat.telegram.people import Person
from tests.chat.telegram.server import TelegramPeer
from tests.walk.program import Program

ACCOUNT = to_checksum_address("0x" + "ab" * 20)
WAD = 10**18
T = TypeVar("T")


@dataclass(slots=True)
class Stage:
    """One borrower of WETH against USDC, one person who watches it, one bot."""

    lab: Lab
    peer: TelegramPeer
    ann: Person
    bot: Program
    folder: Path
    hands: Executor

    async def on_chain(self, work: Callable[[], T]) -> T:
        """The lab blocks its caller, and the peer of this loop must go on answering: one thread for it."""
        return await asyncio.get_running_loop().run_in_executor(self.hands, work)

    async def health(self) -> int:
        """The contract's own health factor now, wad."""
        return await self.on_chain(lambda: self.lab.market.health_factor(ACCOUNT))

    async def health_at(self, price: int) -> int:
        """What the contract would answer in this very block if WETH's feed said `price` (8 decimals)."""
        market = self.lab.market
        source = market.reserves["WETH"].source
        call = {"to": market.pool, "data": call_data("getUserAccountData(address)", ACCOUNT)}
        # PriceSource.latestAnswer is its storage slot 0.
        override = {source: {"stateDiff": {f"0x{0:064x}": f"0x{price:064x}"}}}
        answer = await self.on_chain(lambda: self.lab.anvil.rpc("eth_call", call, "latest", override))
        return ints(answer)[5]

    async def price_for(self, wanted: int) -> int:
        """A WETH price at which the contract's health factor is about `wanted` (wad)."""
        market = self.lab.market
        return await self.on_chain(lambda: market.price("WETH") * wanted // market.health_factor(ACCOUNT))

    async def fall_to(self, wanted: int) -> int:
        """Set the oracle so that the health factor is a hair above `wanted`; the price."""
        price = await self.price_for(wanted + WAD // 10_000)
        await self.on_chain(lambda: self.lab.market.set_price("WETH", price))
        return price

    async def blocks(self, count: int, seconds: int = 12) -> None:
        await self.on_chain(lambda: self.lab.anvil.mine(count, seconds))

    async def say(self, text: str, wanted: str, within: float = 30) -> Entry:
        """Ann says something; the first answer after it with `wanted` in it."""
        after = len(self.peer.ledger.entries)
        self.ann.say(text)
        return await self.peer.wait_for(lambda one: wanted in one.text, within, after=after)

    async def hear(self, wanted: Callable[[Entry], object], within: float = 60, after: int = 0) -> Entry:
        return await self.peer.wait_for(wanted, within, after=after)

    async def head_seen(self) -> None:
        """Ask /status until the bot has read the newest block: the chain is quiet meanwhile."""
        number = await self.on_chain(self.lab.anvil.block_number)
        async with asyncio.timeout(60):
            while True:
                answer = await self.say("/status", "")
                if f"{number:,}" in answer.text or str(number) in answer.text:
                    return


def is_alert(entry: Entry) -> bool:
    """A message nobody asked for: it begins with a severity symbol or the all-clear."""
    return entry.deed == "sent" and entry.text[:1] in "🔴🟠🔵✅⚪" and "HF" in entry.text.split("\n", 1)[0]


def is_marked(entry: Entry) -> bool:
    """It says of itself that it may have been there before."""
    return "repeated" in entry.text.lower()


def open_position(stage_lab: Lab) -> None:
    """$100k of WETH against $50k of USDC, at wall-clock time."""
    market = stage_lab.market
    market.supply(ACCOUNT, "WETH", market.amount("WETH", 100_000))
    market.borrow(ACCOUNT, "USDC", market.amount("USDC", 50_000))
    stage_lab.anvil.catch_up()


def on_chain_settings(opened: Lab, folder: Path) -> dict[str, str]:
    """What the program needs to watch the lab's market and keep what it knows in `folder`."""
    return {
        "UNDERKEEL_MARKET_LAB": f"31337:{opened.market.provider}",
        "UNDERKEEL_RPC_LAB": opened.anvil.url,
        "UNDERKEEL_MARKETS": "lab",
        "UNDERKEEL_POLL_SECONDS": "0.25",
        "UNDERKEEL_STALE_AFTER_S": "3600",
        "UNDERKEEL_DATA_DIR": str(folder / "data"),
        "UNDERKEEL_LOG_FORMAT": "text",
    }


def telegram_settings(peer: TelegramPeer) -> dict[str, str]:
    return {
        "UNDERKEEL_TELEGRAM_TOKEN": peer.token,
        "UNDERKEEL_TELEGRAM_API": f"http://127.0.0.1:{peer.port}",
    }


@asynccontextmanager
async def stage(folder: Path, settings: dict[str, str] | None = None) -> AsyncIterator[Stage]:
    """Everything up, the bot not yet started. At the end no request was against the Bot API."""
    with lab("3.6") as opened, ThreadPoolExecutor(1) as hands:
        open_position(opened)
        async with TelegramPeer() as peer:
            ann = peer.user(1001, "Ann")
            own = {
                **on_chain_settings(opened, folder),
                **telegram_settings(peer),
                "UNDERKEEL_ALLOW": "telegram:1001",
                **(settings or {}),
            }
            made = Stage(opened, peer, ann, Program(folder, own), folder, hands)
            try:
                yield made
            finally:
                if made.bot.process is not None:
                    await made.bot.stop()
                await made.on_chain(opened.anvil.disconnect)
