"""The eyes on one Aave v3 market: at each block it reads what changed and tells the observer.

A quiet block costs one eth_getLogs and one eth_call, however many accounts are followed (the head is shared
by all markets of a chain). Built by `eyes`; `run` never ends by itself.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

import structlog

from bot.domain.aave_state import AccountState
from bot.domain.observations import BlockSeen, ChainReorged, Glance, PositionSeen
from bot.domain.positions import AccountData, Basis, Position
from bot.domain.units import Address, BlockRef
from bot.errors import SourceError, StoreError
from bot.ports import Clock, Following, Observer, SourceHealth
from watchers.aave import events
from watchers.aave.crosscheck import by_contract
from watchers.aave.eye import MarketEye
from watchers.aave.gap import Gathered, gather
from watchers.aave.happened import Happened
from watchers.aave.imagined import Imagination
from watchers.aave.ledger import Ledger
from watchers.aave.market_reader import View, prices_seen
from watchers.aave.readings import Lens, owing
from watchers.evm.endpoints import Head

log = structlog.get_logger(__name__)

KEPT: Final = 128
"""Decided blocks remembered, to find back to the fork after a reorganisation."""
UNKNOWN_FORK: Final = 64
"""Blocks undone when the last decided block is gone and none before it is known (after a restart)."""
_BACK_OFF: Final = 0.25
_BACK_OFF_MOST: Final = 5.0
"""A short wait: nobody is warned while a market is unreadable, and endpoints have cool-downs of their own."""


class AaveWatcher:
    """Follows one market. `pace_s` is the least time between readings: fast chains are read now and then.

    Nothing is decided before the observer returned: a block that failed is read again, or a later one with
    the logs of both.
    """

    def __init__(self, eye: MarketEye, observer: Observer, clock: Clock, *, pace_s: float = 0.0) -> None:
        self._eye = eye
        self._observer = observer
        self._clock = clock
        self._pace_s = pace_s
        self._trail: deque[BlockRef] = deque(maxlen=KEPT)
        self._decided: int | None = None
        self._started = False
        self._seen_at = 0.0
        self._fault = ""
        self._unread: tuple[Address, ...] = ()
        self.bugs = 0
        """Failures that were our own, contained."""
        self.ledger = Ledger(eye.accounts)
        self._imagined = Imagination(eye.market.key)

    def health(self) -> SourceHealth:
        """How this market's eyes are; for /status and the health check."""
        check = self._eye.check
        return SourceHealth(
            market=self._eye.market.key,
            title=self._eye.market.title,
            head=self._trail[-1] if self._trail else None,
            seen_at=self._seen_at,
            endpoint=self._eye.pool.host,
            fault=self._fault or self._eye.heads.fault,
            accounts=len(self.ledger),
            basis=str(check.basis),
            checked=check.checked,
            mismatches=check.mismatches,
        )

    async def run(self) -> None:
        """Read block after block; what fails is tried again, later and later, and logged on change."""
        failed, done = 0, ""
        while True:
            head = await self._eye.heads.after(done)
            try:
                await self.step(head)
            except Exception as error:  # noqa: BLE001 - told in `_failed`; no market may end the others
                failed += 1
                self._failed(error)
                await asyncio.sleep(min(_BACK_OFF * 2 ** min(failed, 10), _BACK_OFF_MOST))
                continue
            done = head.hash
            if failed:
                log.info("market_readable", market=self._eye.market.key, block=head.number)
            failed, self._fault = 0, ""
            if self._pace_s:
                await asyncio.sleep(self._pace_s)

    def _failed(self, error: Exception) -> None:
        ours = not isinstance(error, SourceError | StoreError)
        why = f"bug: {type(error).__name__}" if ours else str(error)
        self.bugs += ours
        if why != self._fault and ours:
            log.error("market_bug", market=self._eye.market.key, bugs=self.bugs, exc_info=error)
        elif why != self._fault:
            log.warning("market_unreadable", market=self._eye.market.key, why=why)
        self._fault = why

    async def step(self, head: Head) -> None:
        """Read the market at one head and report it. Raises SourceError, or StoreError of the observer."""
        await self._start()
        await self._rewind()
        if self._decided is not None and head.number <= self._decided:
            if self._trail and self._trail[-1].hash == head.hash:
                return
            raise SourceError(
                f"{self._eye.pool.host}: is behind block {self._decided}, which was seen before"
            )
        following = await self._observer.following()
        view, gathered = await self._look(head)
        await self._report(view, gathered, following)
        self._trail.append(view.as_of)
        self._decided = head.number
        # A node may be hours behind and answer gladly; its clock may be ahead of ours, too.
        self._seen_at = min(self._clock(), view.as_of.timestamp)

    async def _report(self, view: View, gathered: Gathered, following: Following) -> None:
        """Everybody at the view's block, the real ones first: mirrors are made of them."""
        wallets = following.wallets
        touched = await self.ledger.refresh(view, gathered, wallets)
        happened = self.ledger.happened(view, gathered)
        moved, others = self.ledger.to_report(touched)
        lens = Lens(view.state)
        known, glanced = await self._readings(lens, view, moved, others)
        seen = tuple(self._seen(found, happened, gathered) for found in known)
        unread = wallets - {found.account for found in known} - {glance.account for glance in glanced}
        done = {found.account: happened[found.account] for found in known if found.account in happened}
        judged = self._imagined.look(
            lens, following.imagined, self.ledger.accounts, done, missed=gathered.missed
        )
        self._tell_unread(tuple(sorted(unread | judged.unread)))
        await self._observer.block(
            BlockSeen(
                view.state.market,
                view.as_of,
                prices_seen(view),
                seen + judged.seen,
                glanced + judged.glances,
                self._unread,
                view.state,
            )
        )
        self.ledger.commit(seen, happened)
        self._imagined.commit()

    async def _start(self) -> None:
        if self._started:
            return
        cursor = await self._observer.cursor(self._eye.market.key)
        if cursor is not None:
            before = await self._observer.following()
            self.ledger.resume(before.wallets)
            self._imagined.resume(before.imagined)
            self._trail.append(cursor)
            self._decided = cursor.number
        self._started = True

    async def _rewind(self) -> None:
        """After a reorganisation: go back to the last decided block that still stands, and say so."""
        standing = list(self._trail)
        while standing and not await self._eye.heads.agrees(standing[-1]):
            standing.pop()
        if len(standing) == len(self._trail):
            return
        undone = self._trail[-1].number
        to = standing[-1].number if standing else max(self._trail[0].number - UNKNOWN_FORK, 0)
        log.warning("blocks_undone", market=self._eye.market.key, to=to, undone=undone - to)
        await self._observer.reorged(ChainReorged(self._eye.market.key, to))
        self._trail = deque(standing, maxlen=KEPT)
        self._decided = to
        self.ledger.undo()

    async def _look(self, head: Head) -> tuple[View, Gathered]:
        """The market at the head and the logs since the block decided last."""
        reader = self._eye.reader
        if reader.structure is None:
            view = await reader.read(head.ref)
            gathered = await gather(self._eye, view.structure, self._decided, head)
        else:
            view, gathered = await asyncio.gather(
                reader.read(head.ref), gather(self._eye, reader.structure, self._decided, head)
            )
        if not gathered.whole or events.settings_changed(gathered.logs, view.structure):
            view = await reader.refresh_emodes(view)
        self._eye.check.revision(view.structure.revision)
        return view, gathered

    async def _readings(
        self, lens: Lens, view: View, moved: Sequence[AccountState], others: Sequence[AccountState]
    ) -> tuple[list[Position], tuple[Glance, ...]]:
        """What can be known now: positions of those that moved, glances at the others; while the cross-check
        does not trust our arithmetic, positions of all who have anything with the contract's totals.
        """
        check = self._eye.check
        having = [*moved, *(one for one in others if one.holdings)]
        nothing = [one for one in others if not one.holdings]
        if check.basis is Basis.COMPUTED:
            found, glanced = lens.positions(moved), lens.glances(others)
            compared = lens.positions(check.sample(owing(having), self._clock()))
        else:
            found = compared = lens.positions(having)
            glanced = lens.glances(nothing)
        if compared:
            words = await self._words(view, compared)
            check.judge(compared, words)
            if check.basis is Basis.CONTRACT:
                if compared is not found:  # trust was lost right now: nothing of our own goes out
                    found, glanced = lens.positions(having), lens.glances(nothing)
                    words = await self._words(view, found)
                found = [by_contract(one, words[one.account]) for one in found if one.account in words]
        return found, glanced

    def _tell_unread(self, unread: tuple[Address, ...]) -> None:
        if unread != self._unread:
            log.warning("accounts_unread", market=self._eye.market.key, count=len(unread))
        self._unread = unread

    async def _words(self, view: View, found: Sequence[Position]) -> Mapping[Address, AccountData]:
        accounts = [one.account for one in found]
        return await self._eye.accounts.totals(view.structure, accounts, view.as_of)

    def _seen(
        self, found: Position, happened: Mapping[Address, Happened], gathered: Gathered
    ) -> PositionSeen:
        what = happened.get(found.account, Happened())
        return PositionSeen(
            position=found,
            moves=tuple(what.moves),
            liquidations=tuple(what.liquidations),
            gap=gathered.missed and self.ledger.told(found.account),
        )
