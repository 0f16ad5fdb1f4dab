"""Who computes a market's totals: we, while the contract agrees with us; else the contract, until it does.

A few accounts a minute are compared with getUserAccountData at the same block. Used by `watcher`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import structlog

from bot.domain.aave_revisions import PROVEN_REVISIONS
from bot.domain.aave_state import AccountState
from bot.domain.positions import AccountData, Basis, Position
from bot.domain.units import Address

log = structlog.get_logger(__name__)

CHECKS_A_MINUTE: Final = 4
AGREEMENTS: Final = 100
"""Equal readings in a row after which we compute by ourselves."""
_COUNTED_A_BLOCK: Final = 10
"""So that many accounts in one block do not prove the arithmetic of interest over time."""


class CrossCheck:
    """The trust in our arithmetic for one market. Revisions that no test of ours runs start without it."""

    def __init__(
        self, market: str, *, proven: frozenset[int] = PROVEN_REVISIONS, a_minute: int = CHECKS_A_MINUTE
    ) -> None:
        self._market = market
        self._proven = proven
        self._pause = 60.0 / a_minute
        self._revision: int | None = None
        self._due_at = 0.0
        self._next = 0
        self._agreed = 0
        self.basis = Basis.COMPUTED
        self.checked = 0
        self.mismatches = 0

    def revision(self, revision: int) -> None:
        """Tell the deployed revision; a new one starts its own trust."""
        if revision != self._revision:
            self._revision = revision
            self._agreed = 0
            self.basis = Basis.COMPUTED if revision in self._proven else Basis.CONTRACT
            log.info("arithmetic", market=self._market, revision=revision, basis=str(self.basis))

    def sample(self, accounts: Sequence[AccountState], now: float) -> Sequence[AccountState]:
        """Whom to compare at this block while we compute by ourselves: one in turn, rarely."""
        if not accounts or now < self._due_at:
            return ()
        self._due_at = now + self._pause
        self._next = (self._next + 1) % len(accounts)
        return (accounts[self._next],)

    def judge(self, compared: Iterable[Position], contract: Mapping[Address, AccountData]) -> None:
        """Compare and change our mind if need be."""
        equal = 0
        for position in compared:
            words = contract.get(position.account)
            if words is None:
                continue
            self.checked += 1
            if words != position.totals:
                self._differs(position, words)
                return
            equal += position.has_debt  # no debt, no interest on it: little is proved
        self._agreed += min(equal, _COUNTED_A_BLOCK)
        if self.basis is Basis.CONTRACT and self._agreed >= AGREEMENTS:
            self.basis = Basis.COMPUTED
            log.info("arithmetic_trusted", market=self._market, revision=self._revision, checked=self.checked)

    def _differs(self, position: Position, words: AccountData) -> None:
        self._agreed = 0
        self.mismatches += 1
        if self.basis is Basis.COMPUTED or self.mismatches == 1:
            log.error(
                "arithmetic_differs",
                market=self._market,
                revision=position.revision,
                account=position.account,
                block=position.as_of.number,
                ours=str(position.totals),
                contract=str(words),
            )
        self.basis = Basis.CONTRACT


def by_contract(position: Position, words: AccountData) -> Position:
    """The same parts with the contract's own totals, which no stored words of ours explain."""
    return replace(position, totals=words, basis=Basis.CONTRACT, origin=None)
