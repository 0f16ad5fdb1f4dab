"""Accounts turned into what is reported: whole positions of a few, glances at the many.

Pure; a `Lens` is made by `watcher` at each block. Who cannot be known there is left out, never guessed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property, partial

from bot.domain.aave_state import AccountState, MarketState
from bot.domain.aave_v3 import UnreadError, UnreadReserve, position
from bot.domain.observations import Glance, PositionSeen
from bot.domain.origin import Origins
from bot.domain.positions import Position
from bot.domain.screening import Screen
from bot.domain.whatif.engine import Outcome, apply
from bot.domain.whatif.hypothetical import NOBODY
from bot.subscriptions import Terms
from watchers.aave.accrual import accrued
from watchers.aave.baskets import load_baskets


def owing(accounts: Iterable[AccountState]) -> list[AccountState]:
    """Those with debt of any kind."""
    return [one for one in accounts if any(held.scaled_debt or held.stable for held in one.holdings)]


class Lens:
    """A market at one block, made ready to look at many accounts.

    `now` is the same with its indexes accrued to the block, which pays from a few accounts on. `terms` are in
    it, and not in `stored`.
    """

    def __init__(
        self, stored: MarketState, now: MarketState | None = None, terms: tuple[Terms, ...] = ()
    ) -> None:
        self._stored = stored
        self._now = now or accrued(stored)
        self._terms = terms
        self._under: dict[tuple[Terms, ...], Lens | None] = {}

    @cached_property
    def _screen(self) -> Screen:
        return Screen(self._now)

    @cached_property
    def _origins(self) -> Origins:
        return Origins(_with(self._stored, self._terms), load_baskets())

    def position(self, account: AccountState) -> Position:
        """Raises as `aave_v3.position` does."""
        return replace(position(self._now, account), origin=self._origins.of(account))

    def positions(self, accounts: Iterable[AccountState]) -> list[Position]:
        found = []
        for account in accounts:
            try:
                found.append(self.position(account))
            except UnreadError:
                continue
        return found

    def glances(self, accounts: Iterable[AccountState]) -> tuple[Glance, ...]:
        screen, at, found = self._screen, self._now.as_of, []
        for account in accounts:
            try:
                health = screen.health_factor(account)
            except UnreadError:
                continue
            look = partial(self._look_closer, account)
            # Only what is not nothing is kept as a holding, and an index never makes nothing of something.
            found.append(Glance(account.account, at, health, look, is_empty=not account.holdings))
        return tuple(found)

    def under(self, terms: tuple[Terms, ...]) -> "Lens | None":
        """The market with these terms instead of its own; None when it has no such reserve or eMode."""
        if not terms:
            return self
        if terms not in self._under:
            try:
                self._under[terms] = Lens(self._stored, _with(self._now, terms), terms)
            except UnreadError:
                self._under[terms] = None
        return self._under[terms]

    def _look_closer(self, account: AccountState) -> PositionSeen:
        return PositionSeen(self.position(account))


def _with(market: MarketState, terms: Sequence[Terms]) -> MarketState:
    """Raises UnreadError for terms of what the market lacks."""
    if not terms:
        return market
    outcome = apply(market, AccountState(NOBODY, 0, 0, ()), terms)
    if not isinstance(outcome, Outcome):  # terms are never refused
        raise UnreadReserve(f"{market.market}: {outcome.reason}")
    return outcome.market
