"""Accounts turned into what is reported: whole positions of a few, glances at the many.

Pure; called by `watcher` at each block. Who cannot be known at this block is left out, never guessed.
"""

from collections.abc import Iterable
from functools import partial

from bot.domain.aave_state import AccountState, MarketState
from bot.domain.aave_v3 import UnreadError, position
from bot.domain.observations import Glance, PositionSeen
from bot.domain.positions import Position
from bot.domain.screening import Screen


def owing(accounts: Iterable[AccountState]) -> list[AccountState]:
    """Those with debt of any kind."""
    return [one for one in accounts if any(held.scaled_debt or held.stable for held in one.holdings)]


def positions(market: MarketState, accounts: Iterable[AccountState]) -> list[Position]:
    found = []
    for account in accounts:
        try:
            found.append(position(market, account))
        except UnreadError:
            continue
    return found


def glances(market: MarketState, accounts: Iterable[AccountState]) -> tuple[Glance, ...]:
    screen, found = Screen(market), []
    for account in accounts:
        try:
            health = screen.health_factor(account)
        except UnreadError:
            continue
        look = partial(_look_closer, market, account)
        # Only what is not nothing is kept as a holding, and an index never makes nothing of something.
        found.append(Glance(account.account, market.as_of, health, look, is_empty=not account.holdings))
    return tuple(found)


def _look_closer(market: MarketState, account: AccountState) -> PositionSeen:
    return PositionSeen(position(market, account))
