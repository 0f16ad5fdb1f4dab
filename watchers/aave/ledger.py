"""What a watcher keeps of the accounts it follows: stored words, who was told of, what waits to be told.

Used by `watcher` only. Each block changes it in two steps: `refresh`, which may be repeated, and `commit`
once the observer has it.
"""

from collections.abc import Collection, Mapping, Sequence

from bot.domain.aave_state import AccountState
from bot.domain.observations import PositionSeen
from bot.domain.units import Address
from watchers.aave import events
from watchers.aave.account_reader import AccountReader
from watchers.aave.events import Prices
from watchers.aave.gap import Gathered
from watchers.aave.happened import Happened
from watchers.aave.market_reader import View
from watchers.aave.structure import Structure


def by_number(accounts: Collection[Address]) -> dict[int, Address]:
    """As logs name them."""
    return {int(account, 16): account for account in accounts}


class Ledger:
    """The followed accounts of one market."""

    def __init__(self, reader: AccountReader) -> None:
        self._reader = reader
        self._structure: Structure | None = None
        self._accounts: dict[Address, AccountState] = {}
        self._told: set[Address] = set()
        self._pending: dict[Address, Happened] = {}
        self._last_prices: dict[int, int] = {}
        self._doubtful = True

    def __len__(self) -> int:
        return len(self._accounts)

    @property
    def accounts(self) -> Mapping[Address, AccountState]:
        """As stored on chain when they last moved, which is how they are now."""
        return self._accounts

    def told(self, account: Address) -> bool:
        """Whether the observer has had a reading of it, in this run or before a pause."""
        return account in self._told

    def resume(self, accounts: Collection[Address]) -> None:
        """After a pause: these were followed before it, so what happened meanwhile is theirs to know."""
        self._told |= set(accounts)

    async def refresh(self, view: View, gathered: Gathered, wallets: frozenset[Address]) -> set[Address]:
        """Bring the accounts to the view's block; those that moved or are new. Raises SourceError."""
        old, self._structure = self._structure, view.structure
        if old is None or (old.pool, old.revision, old.reserves) != (
            view.structure.pool,
            view.structure.revision,
            view.structure.reserves,
        ):
            self._doubtful = True
        for gone in self._accounts.keys() - wallets:
            del self._accounts[gone]
        self._told &= wallets
        named = events.moved(gathered.logs, by_number(wallets))
        doubtful = self._doubtful or not gathered.whole
        stale = set(wallets) if doubtful else named | (wallets - self._accounts.keys())
        if stale:
            self._doubtful = True  # until the reading below is in
            fresh = await self._reader.read(view.structure, sorted(stale), view.as_of)
            for unread in stale - fresh.keys():
                self._accounts.pop(unread, None)
            self._accounts.update(fresh)
        self._doubtful = False
        return named | (wallets - self._told) | (stale if doubtful else set())

    def to_report(self, touched: Collection[Address]) -> tuple[list[AccountState], list[AccountState]]:
        """Those who changed or wait for a reading, and all others.

        Also others that owe nothing: what they did is told once, but a chat may begin to watch at any block,
        and "safe again" or "closed" may have to be said later than the block that made it so.
        """
        moved, others = [], []
        for account, state in self._accounts.items():
            if account in touched or account in self._pending:
                moved.append(state)
            else:
                others.append(state)
        return moved, others

    def happened(self, view: View, gathered: Gathered) -> Mapping[Address, Happened]:
        """What happened to accounts since they were told of, at this block's (else the last) prices."""
        self._last_prices.update(view.state.prices)
        prices = Prices(view.structure, self._last_prices)
        found = events.happened(gathered.logs, by_number(self._told), prices)
        merged = dict(self._pending)
        for account, new in found.items():
            old = merged.get(account, Happened())
            merged[account] = Happened(old.moves + new.moves, old.liquidations + new.liquidations)
        return merged

    def commit(self, seen: Sequence[PositionSeen], happened: Mapping[Address, Happened]) -> None:
        """The observer has these; what it has not, waits for its account's next reading."""
        reported = {one.position.account for one in seen}
        self._told |= reported
        self._pending = {account: what for account, what in happened.items() if account not in reported}

    def undo(self) -> None:
        """Blocks are gone: what waited may never have happened, and what is kept may be of those blocks."""
        self._pending.clear()
        self._doubtful = True
