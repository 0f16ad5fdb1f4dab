"""Questions of the flow rules about accounts: the `ChainQuery` port. Few requests, however many accounts."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from bot.domain.positions import Basis, Position
from bot.domain.units import Address, BlockRef
from bot.errors import SourceError
from watchers.aave import abi
from watchers.aave.crosscheck import by_contract
from watchers.aave.eye import MarketEye
from watchers.aave.market_reader import MarketReader, View
from watchers.aave.queries import view_now
from watchers.aave.readings import Lens, owing
from watchers.evm.batches import Batches
from watchers.evm.multicall import Call
from watchers.evm.rpc import RpcPool
from watchers.evm.words import call_data, unsigned
from watchers.flows.pricing import then_readers

_DELEGATION: Final = "0xef0100"
_DELEGATION_DIGITS: Final = 2 + 2 * 23
"""EIP-7702: a person's account that points to code; the person still signs for it."""
_BORROWING: Final = int("01" * 128, 2)
"""The bits of a user's configuration that say "borrowed", one a reserve."""


class FlowQueries:
    """Asks the chains that are watched; `pools` are by chain id."""

    def __init__(self, eyes: Sequence[MarketEye], pools: Mapping[int, RpcPool]) -> None:
        self._eyes = tuple(eyes)
        self._then: dict[str, MarketReader] = then_readers(eyes)
        self._codes = {chain_id: Batches(pool) for chain_id, pool in pools.items()}

    async def contracts(self, chain_id: int, addresses: Collection[Address]) -> frozenset[Address]:
        """Those that have code at the newest block. Raises SourceError."""
        codes = self._codes.get(chain_id)
        if codes is None:
            raise SourceError(f"chain {chain_id}: is not watched")
        wanted = sorted(set(addresses))
        found = await codes.ask([("eth_getCode", [address, "latest"]) for address in wanted])
        return frozenset(address for address, code in zip(wanted, found, strict=True) if _is_code(code))

    async def loans(
        self, chain_id: int, accounts: Collection[Address], at: BlockRef | None = None
    ) -> tuple[tuple[Position, ...], tuple[str, ...]]:
        """Positions with debt in every watched market, at its newest block; with `at`, in this chain's
        markets at that block. Titles of markets that could not be read, or not for everybody.
        """
        wanted = sorted(set(accounts))
        eyes = [eye for eye in self._eyes if at is None or eye.market.chain_id == chain_id]
        if not wanted:
            return (), ()
        found = await asyncio.gather(*(self._loans(eye, wanted, at) for eye in eyes), return_exceptions=True)
        positions: list[Position] = []
        unread: list[str] = []
        for eye, one in zip(eyes, found, strict=True):
            if isinstance(one, BaseException):
                if not isinstance(one, SourceError):
                    raise one
                unread.append(eye.market.title)
                continue
            positions += one[0]
            if not one[1]:
                unread.append(eye.market.title)
        return tuple(positions), tuple(unread)

    async def _loans(
        self, eye: MarketEye, accounts: Sequence[Address], at: BlockRef | None
    ) -> tuple[list[Position], bool]:
        """Those with debt in one market, and whether that is all of them. Raises SourceError."""
        view = await view_now(eye) if at is None else await self._then[eye.market.key].read(at)
        debtors, whole = await _debtors(eye, view, accounts)
        if not debtors:
            return [], whole
        states = owing((await eye.accounts.read(view.structure, debtors, view.as_of)).values())
        found = Lens(view.state).positions(states)
        whole = whole and len(found) == len(debtors)
        if found and eye.check.basis is not Basis.COMPUTED:
            words = await eye.accounts.totals(view.structure, [one.account for one in found], view.as_of)
            whole = whole and len(words) == len(found)
            found = [by_contract(one, words[one.account]) for one in found if one.account in words]
        return [one for one in found if one.has_debt], whole


async def _debtors(eye: MarketEye, view: View, accounts: Sequence[Address]) -> tuple[list[Address], bool]:
    """Who borrows at all, by one word an account: nearly nobody does, and a whole account is 100 words."""
    calls = [
        Call(view.structure.pool, call_data(abi.GET_USER_CONFIGURATION, account)) for account in accounts
    ]
    answers = await eye.accounts.multicall.read(calls, view.as_of)
    borrowing = [
        account
        for account, answer in zip(accounts, answers, strict=True)
        if answer is not None and unsigned(answer) & _BORROWING
    ]
    return borrowing, None not in answers


def _is_code(code: Any) -> bool:
    """Raises SourceError for what is no code at all."""
    if not isinstance(code, str) or not code.startswith("0x"):
        raise SourceError("eth_getCode: no code was answered")
    delegated = code.lower().startswith(_DELEGATION) and len(code) == _DELEGATION_DIGITS
    return len(code) > 2 and not delegated
