"""How much of each reserve there is and is lent, read at one block: what refusals need and positions do not.

Called by `states` for a question, never at every block.
"""

from collections.abc import Iterator, Mapping

from bot.domain.aave_revisions import rules_of
from bot.domain.aave_state import StableDebt
from bot.domain.units import BlockRef, RawAmount, Ray
from bot.domain.whatif.liquidity import Liquidity
from watchers.aave import abi
from watchers.aave.structure import Listed, Structure
from watchers.evm.multicall import Answer, Call, Multicall
from watchers.evm.words import call_data, unsigned, unsigned_all

_TREASURY, _ISOLATED = 12, 14
"""Words of getReserveData: accruedToTreasury and isolationModeTotalDebt."""


async def read_liquidity(multicall: Multicall, structure: Structure, at: BlockRef) -> Mapping[int, Liquidity]:
    """By reserve index; a reserve of which a part was not answered is missing. Raises SourceError."""
    asked = {listed.index: list(_calls(structure, listed)) for listed in structure.reserves}
    answers = iter(await multicall.read([call for calls in asked.values() for call in calls], at))
    found = {index: _liquidity([next(answers) for _ in calls]) for index, calls in asked.items()}
    return {index: one for index, one in found.items() if one is not None}


def _calls(structure: Structure, listed: Listed) -> Iterator[Call]:
    asset = listed.asset.address
    yield Call(listed.a_token, call_data(abi.SCALED_SUPPLY))
    yield Call(listed.debt_token, call_data(abi.SCALED_SUPPLY))
    if rules_of(structure.revision).virtual_balance:
        yield Call(structure.pool, call_data(abi.GET_VIRTUAL_BALANCE, asset))
    else:
        yield Call(asset, call_data(abi.BALANCE, listed.a_token))
    yield Call(structure.pool, call_data(abi.GET_RESERVE, asset), gas=80_000)
    if listed.stable:
        yield Call(listed.stable, call_data(abi.STABLE_SUPPLY))


def _liquidity(answers: list[Answer]) -> Liquidity | None:
    known = [answer for answer in answers if answer is not None]
    if len(known) < len(answers):
        return None
    supply, debt, available, stored, *stable = known
    words = unsigned_all(stored, abi.RESERVE_WORDS)
    return Liquidity(
        unsigned(supply),
        unsigned(debt),
        words[_TREASURY],
        RawAmount(unsigned(available)),
        words[_ISOLATED],
        _stable(stable[0]) if stable else None,
    )


def _stable(answer: bytes) -> StableDebt:
    principal, _, rate, since = unsigned_all(answer, 4)
    return StableDebt(RawAmount(principal), Ray(rate), since)
