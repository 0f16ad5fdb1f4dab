"""Stored words of any account and its whole market, for what-ifs: the `StateQuery` port.

Three requests, two of them at the same time; a view that a watcher read is used again.
"""

import asyncio
from collections.abc import Sequence

from bot.domain.aave_state import AccountState
from bot.domain.units import Address
from bot.domain.whatif.hypothetical import NOBODY
from bot.errors import SourceError
from bot.ports import AccountSeen
from watchers.aave.eye import MarketEye
from watchers.aave.liquidity import read_liquidity
from watchers.aave.market_reader import View
from watchers.aave.queries import view_now


class AaveStates:
    """Accounts and markets of the watched ones, each answer of one block."""

    def __init__(self, eyes: Sequence[MarketEye]) -> None:
        self._eyes = {eye.market.key: eye for eye in eyes}

    async def account(self, address: Address, market: str) -> AccountSeen:
        """By a market's key. `address` empty: the market alone, with an account that has nothing.

        Raises SourceError also for a market that is not watched and for an account of which a part is
        missing; a reserve whose liquidity is missing has none in the answer, and what-ifs say so.
        """
        eye = self._eyes.get(market)
        if eye is None:
            raise SourceError(f"{market}: is not watched")
        view = await view_now(eye)
        state, liquidity = await asyncio.gather(
            _account(eye, view, address), read_liquidity(eye.accounts.multicall, view.structure, view.as_of)
        )
        return AccountSeen(view.state, state, liquidity)


async def _account(eye: MarketEye, view: View, address: Address) -> AccountState:
    if not address:
        return AccountState(NOBODY, 0, 0, ())
    found = await eye.accounts.read(view.structure, [address], view.as_of)
    if address not in found:
        raise SourceError(f"{eye.market.title}: an account could not be read")
    return found[address]
