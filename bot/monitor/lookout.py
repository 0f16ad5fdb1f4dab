"""How long ago each market and each account was seen, and where an account is known to have nothing.

Kept by `bot.monitor`, which judges it with `bot.domain.sight`. Memory of this run only; time is given.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.alerts import Unseen
from bot.domain.observations import BlockSeen
from bot.domain.units import Address, BlockRef


@dataclass(frozen=True, slots=True)
class Sight:
    """`silent_s` without a reading, `read`: there was one in this run; `unseen` is what people are told."""

    silent_s: int
    read: bool
    unseen: Unseen


class Lookout:
    """All in wall-clock unix seconds."""

    def __init__(self) -> None:
        self._began: dict[str, tuple[float, BlockRef | None]] = {}
        self._last: dict[str, BlockRef] = {}
        self._unread: dict[tuple[str, Address], tuple[float, BlockRef | None]] = {}
        self._empty: set[tuple[str, Address]] = set()

    def knows(self, market: str) -> bool:
        """Whether `begin` was called for it."""
        return market in self._began

    def begin(self, market: str, now: float, cursor: BlockRef | None) -> None:
        """From now on its silence counts; `cursor` is the last block that an earlier run decided."""
        self._began[market] = (now, cursor)

    def saw(self, seen: BlockSeen, now: float) -> None:
        """A block was read, with these accounts and without those."""
        before = self._last.get(seen.market)
        for address in seen.unread:
            self._unread.setdefault((seen.market, address), (now, before))
        for reading in seen.positions:
            self._note(seen.market, reading.position.account, empty=reading.is_empty)
        for glance in seen.glances:
            self._note(seen.market, glance.account, empty=glance.is_empty)
        self._last[seen.market] = seen.as_of

    def market(self, market: str, now: float) -> Sight:
        """A node may go on serving blocks of hours ago: a block is sight of its own time, not of ours."""
        last = self._last.get(market)
        if last is not None:
            silent = int(now - min(now, last.timestamp))
            return Sight(silent, True, Unseen(market, last, silent))
        began, cursor = self._began.get(market, (now, None))
        told = int(now - min(now, cursor.timestamp)) if cursor else int(now - began)
        return Sight(int(now - began), False, Unseen(market, cursor, told))

    def account(self, market: str, address: Address, now: float) -> Sight:
        """One account of a market that is read."""
        since, last = self._unread.get((market, address), (now, None))
        return Sight(int(now - since), True, Unseen(market, last, int(now - since)))

    def unread(self, market: str) -> Iterator[Address]:
        """Accounts that the last readings lacked."""
        return (address for place, address in self._unread if place == market)

    def may_have(self, market: str, address: Address) -> bool:
        """False when it was read and had nothing there."""
        return (market, address) not in self._empty

    def _note(self, market: str, address: Address, *, empty: bool) -> None:
        self._unread.pop((market, address), None)
        if empty:
            self._empty.add((market, address))
        else:
            self._empty.discard((market, address))
