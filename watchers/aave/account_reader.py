"""The stored words of accounts at one block: configuration, eMode and scaled balances in every reserve.

Called for accounts that are new or moved; a quiet account is never read again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.aave_state import AccountState, Holding, StableDebt
from bot.domain.positions import AccountData
from bot.domain.units import Address, BaseAmount, BlockRef, Bps, RawAmount, Ray, Wad
from watchers.aave import abi
from watchers.aave.structure import Structure
from watchers.evm.multicall import Answer, Call, Multicall
from watchers.evm.words import call_data, unsigned, unsigned_all

_ACCOUNT_DATA_GAS = 400_000
"""What getUserAccountData may take for an account with many assets; 60 reserves and dear price feeds."""
_STABLE = (abi.STABLE_PRINCIPAL, abi.STABLE_RATE, abi.STABLE_SINCE)


@dataclass(frozen=True, slots=True)
class AccountReader:
    """Reads accounts through one chain's multicall."""

    multicall: Multicall

    async def read(
        self, structure: Structure, accounts: Iterable[Address], at: BlockRef
    ) -> Mapping[Address, AccountState]:
        """Those that could be read whole; one that is missing in the answer is unread. Raises SourceError."""
        wanted = list(accounts)
        calls = [call for account in wanted for call in _calls(structure, account)]
        answers = iter(await self.multicall.read(calls, at)) if calls else iter(())
        found = {account: _account(structure, account, answers) for account in wanted}
        return {account: state for account, state in found.items() if state is not None}

    async def one(
        self, structure: Structure, account: Address, at: BlockRef
    ) -> tuple[AccountState, AccountData] | None:
        """An account with the contract's own totals, in one request; None when a part is missing."""
        calls = [*_calls(structure, account), _totals_call(structure, account)]
        *stored, words = await self.multicall.read(calls, at)
        state = _account(structure, account, iter(stored))
        return (state, account_data(words)) if state is not None and words is not None else None

    async def totals(
        self, structure: Structure, accounts: Sequence[Address], at: BlockRef
    ) -> Mapping[Address, AccountData]:
        """The contract's own six words; an account for which it reverts is missing. Raises SourceError."""
        calls = [_totals_call(structure, account) for account in accounts]
        answers = await self.multicall.read(calls, at) if calls else []
        return {
            account: account_data(answer)
            for account, answer in zip(accounts, answers, strict=True)
            if answer is not None
        }


def account_data(answer: bytes) -> AccountData:
    """The six words of a v3 pool's getUserAccountData."""
    collateral, debt, available, threshold, ltv, factor = unsigned_all(answer, abi.ACCOUNT_WORDS)
    return AccountData(
        BaseAmount(collateral), BaseAmount(debt), BaseAmount(available), Bps(threshold), Bps(ltv), Wad(factor)
    )


def _totals_call(structure: Structure, account: Address) -> Call:
    return Call(structure.pool, call_data(abi.GET_ACCOUNT_DATA, account), gas=_ACCOUNT_DATA_GAS)


def _calls(structure: Structure, account: Address) -> list[Call]:
    calls = [
        Call(structure.pool, call_data(abi.GET_USER_CONFIGURATION, account)),
        Call(structure.pool, call_data(abi.GET_USER_EMODE, account)),
    ]
    balance = call_data(abi.SCALED_BALANCE, account)
    stable = [call_data(selector, account) for selector in _STABLE]
    for reserve in structure.reserves:
        calls.append(Call(reserve.a_token, balance))
        calls.append(Call(reserve.debt_token, balance))
        if reserve.stable:
            calls += [Call(reserve.stable, data) for data in stable]
    return calls


def _account(structure: Structure, account: Address, answers: Iterator[Answer]) -> AccountState | None:
    """Takes exactly the account's answers; None when one of them is missing."""
    mine: list[Answer] = [next(answers) for _ in _calls_of(structure)]
    if any(answer is None for answer in mine):
        return None
    words = iter([unsigned(answer or b"") for answer in mine])
    configuration, emode = next(words), next(words)
    holdings = []
    for reserve in structure.reserves:
        supply, debt = next(words), next(words)
        stable = None
        if reserve.stable:
            principal, rate, since = next(words), next(words), next(words)
            stable = StableDebt(RawAmount(principal), Ray(rate), since) if principal else None
        if supply or debt or stable:
            holdings.append(Holding(reserve.index, supply, debt, stable))
    return AccountState(account, configuration, emode, tuple(holdings))


def _calls_of(structure: Structure) -> range:
    stable = sum(1 for reserve in structure.reserves if reserve.stable)
    return range(2 + 2 * len(structure.reserves) + len(_STABLE) * stable)
