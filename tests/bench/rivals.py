"""Three usual ways to find out who is near liquidation: each asks the contract for everybody at each block.

They keep a number a wallet in memory and compare it with the same ladder. None of them has rules that people
choose, hysteresis, a store, an outbox, retries, words, or anything to say after a crash.
"""

import asyncio
import random
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Protocol, Self

import aiohttp
from web3 import AsyncHTTPProvider, AsyncWeb3, HTTPProvider, Web3

from bot.domain.rules import HealthRule
from bot.domain.units import Address
from bot.messages.model import Message, Span
from bot.subscriptions import Destination
from tests.bench.house import NotingSender, place
from tests.chain.abi import call_data, dynamic_call_data
from tests.chain.lab import Lab
from tests.chain.parts import MULTICALL3

LEVELS = HealthRule().levels
CHUNK = 250
"""Accounts a request: as many as the node's gas limit for a call bears with room, and the fastest size."""
SEED = 11
HEALTH_FACTOR = 5
"""Its place among the six words of getUserAccountData."""
_ABI = [
    {
        "name": "getUserAccountData",
        "type": "function",
        "stateMutability": "view",
        "inputs": [{"name": "user", "type": "address"}],
        "outputs": [{"name": name, "type": "uint256"} for name in ("c", "d", "a", "t", "l", "h")],
    }
]


class Rival(Protocol):
    """Reads everybody at the newest block and sends to whom fell below another level."""

    name: str

    async def look(self) -> dict[Address, int]:
        """One block from asking for the head to the last send call; everybody's health factor, wad."""


class Judge:
    """The ladder without hysteresis, as a script would have it."""

    def __init__(self, sender: NotingSender) -> None:
        self._sender = sender
        self._steps: dict[Address, int] = {}

    async def judge(self, account: Address, health: int) -> None:
        step = sum(health < level for level in LEVELS)
        if step > self._steps.get(account, 0):
            words = Message(((Span(f"{account}: HF {health / 10**18:.2f}"),),))
            await self._sender.send(Destination.parse(place(account)), words)
        self._steps[account] = step


class OneByOne:
    """web3, a contract call a wallet, one after the other."""

    name = "web3, one by one"

    def __init__(self, lab: Lab, users: Sequence[Address], sender: NotingSender) -> None:
        self._web3 = Web3(HTTPProvider(lab.anvil.url))
        self._pool = self._web3.eth.contract(Web3.to_checksum_address(lab.market.pool), abi=_ABI)
        self._users = list(users)
        self._order = random.Random(SEED)
        self._judge = Judge(sender)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def look(self) -> dict[Address, int]:
        number = self._web3.eth.get_block("latest")["number"]
        found = {}
        self._order.shuffle(self._users)  # who crosses is nobody's first
        for account in self._users:
            words = self._pool.functions.getUserAccountData(account).call(block_identifier=number)
            found[account] = words[HEALTH_FACTOR]
            await self._judge.judge(account, found[account])
        return found


class Gathered:
    """AsyncWeb3, a contract call a wallet, all gathered."""

    name = "AsyncWeb3, gathered"

    def __init__(self, lab: Lab, users: Sequence[Address], sender: NotingSender) -> None:
        self._provider = AsyncHTTPProvider(lab.anvil.url)
        self._web3: Any = AsyncWeb3(self._provider)
        self._pool = self._web3.eth.contract(Web3.to_checksum_address(lab.market.pool), abi=_ABI)
        self._users = list(users)
        self._order = random.Random(SEED)
        self._judge = Judge(sender)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._provider.disconnect()

    async def look(self) -> dict[Address, int]:
        number = (await self._web3.eth.get_block("latest"))["number"]

        async def one(account: Address) -> tuple[Address, int]:
            words = await self._pool.functions.getUserAccountData(account).call(block_identifier=number)
            await self._judge.judge(account, words[HEALTH_FACTOR])
            return account, words[HEALTH_FACTOR]

        self._order.shuffle(self._users)
        return dict(await asyncio.gather(*map(one, self._users)))


class Chunked:
    """Multicall3 in chunks at once, raw JSON-RPC, packed and unpacked by hand as our own reader does it."""

    name = f"Multicall3, raw, {CHUNK} a call"

    def __init__(self, lab: Lab, users: Sequence[Address], sender: NotingSender) -> None:
        self._url = lab.anvil.url
        users = random.Random(SEED).sample(users, len(users))
        self._chunks = [users[at : at + CHUNK] for at in range(0, len(users), CHUNK)]
        self._datas = [_aggregate3(lab.market.pool, chunk) for chunk in self._chunks]
        self._judge = Judge(sender)

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def look(self) -> dict[Address, int]:
        number = (await self._ask("eth_getBlockByNumber", "latest", False))["number"]

        async def one(chunk: Sequence[Address], data: str) -> dict[Address, int]:
            answer = await self._ask("eth_call", {"to": MULTICALL3, "data": data}, number)
            found = dict(zip(chunk, _health_factors(answer, len(chunk)), strict=True))
            for account, health in found.items():
                await self._judge.judge(account, health)
            return found

        parts = await asyncio.gather(*map(one, self._chunks, self._datas))
        return {account: health for part in parts for account, health in part.items()}

    async def _ask(self, method: str, *params: Any) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        async with self._session.post(self._url, json=body) as answer:
            return (await answer.json())["result"]


def _aggregate3(pool: str, users: Sequence[Address]) -> str:
    """Call data made once: all accounts in one call, none allowed to fail."""
    calls = [
        (pool, False, bytes.fromhex(call_data("getUserAccountData(address)", user)[2:])) for user in users
    ]
    return dynamic_call_data("aggregate3", ["(address,bool,bytes)[]"], [calls])


def _health_factors(answer: str, count: int) -> list[int]:
    """The sixth word of every result, unpacked by hand: eth-abi takes eight times as long."""
    data = bytes.fromhex(answer[2:])
    assert int.from_bytes(data[32:64], "big") == count
    found = []
    for index in range(count):
        offset = 64 + int.from_bytes(data[64 + 32 * index : 96 + 32 * index], "big")
        # (success, offset of the bytes, their length, six words)
        found.append(int.from_bytes(data[offset + 256 : offset + 288], "big"))
    return found
