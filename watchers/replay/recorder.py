"""A running bot writes down what its watchers tell its monitors: an episode, for tests and for bug reports.

Off unless asked for. It stands between watchers and monitors, passes everything on and keeps nothing up. What
cannot be written ends the recording, with a word in the log and in /status. docs/EPISODES.md says how it is
played.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from bot.domain.labels import Labels
from bot.domain.observations import BlockSeen, ChainReorged
from bot.domain.positions import Position
from bot.domain.transfers import TransfersReorged, TransfersSeen
from bot.domain.units import Address, BlockRef
from bot.errors import StoreError
from bot.ports import ChainQuery, Clock, FlowObserver, Following, LabelBook, Observer
from watchers.replay.flowscript import Flowscript
from watchers.replay.happenings import ChainUndone, Undone
from watchers.replay.setting import Record
from watchers.replay.tape import Tape, TapeFullError, name_of
from watchers.replay.transcript import RECORDED, Transcript, UntellableError

log = structlog.get_logger()

_HELD: Final[ContextVar[int | None]] = ContextVar("held", default=None)


@dataclass(frozen=True, slots=True)
class Recording:
    """How it stands, for /status. `ended`: why it stopped, empty = it runs."""

    path: str
    ended: str = ""


class Recorder:
    """Writes below `folder`, `bytes_most` in all its files together.

    Monitors must be made with its `clock`: while a block is decided it stands still, at the time that is
    written down.
    """

    def __init__(self, folder: Path, bytes_most: int, clock: Clock, titles: Mapping[str, str]) -> None:
        self.label_book: LabelBook | None = None
        self._labels = Labels.of((), ())
        self._labels_as_of = -1
        self._folder = folder
        self._left = bytes_most
        self._wall = clock
        self._titles = dict(titles)
        self._last = 0
        self._tape: Tape | None = None
        self._market_script = Transcript(self._titles)
        self._flow_script = Flowscript(self._market_script)
        self._ended = ""
        self._one_at_a_time = asyncio.Lock()
        self._chains: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._coded: dict[int, set[Address]] = defaultdict(set)

    def clock(self) -> float:
        """`ports.Clock`: the machine's, but within a decision that is recorded its one moment."""
        held = _HELD.get()
        return self._wall() if held is None else float(held)

    def recording(self) -> Recording:
        return Recording(str(self._tape.path if self._tape else self._folder), self._ended)

    def observer(self, monitor: Observer) -> Observer:
        return _Observing(self, monitor)

    def flow_observer(self, monitor: FlowObserver) -> FlowObserver:
        return _ObservingFlows(self, monitor)

    def chain_query(self, query: ChainQuery) -> ChainQuery:
        return _Asking(query, self._coded)

    def close(self) -> None:
        if self._tape:
            self._tape.close()

    # ---- what crosses ---------------------------------------------------------------------------------

    async def block(self, monitor: Observer, seen: BlockSeen) -> None:
        """Markets are decided one at a time, as the monitor does: so the file's order is the decisions'."""
        async with self._one_at_a_time:
            followed = (await monitor.following()).wallets
            with self._moment() as now:
                await monitor.block(seen)
            self._write(lambda: self._block(seen, followed, now), now)

    async def reorged(self, monitor: Observer, gone: ChainReorged) -> None:
        async with self._one_at_a_time:
            with self._moment() as now:
                await monitor.reorged(gone)
            line = Undone(at=now, certainty=RECORDED, market=gone.market, to=gone.to)
            self._write(lambda: [line] if self._market_script.knows(gone.market) else [], now)

    async def transfers(self, monitor: FlowObserver, seen: TransfersSeen) -> None:
        async with self._chains[seen.chain_id]:
            self._coded[seen.chain_id].clear()
            with self._moment() as now:
                await monitor.transfers(seen)
            coded, labels = set(self._coded[seen.chain_id]), await self._current_labels()
            self._write(lambda: self._flow_script.block(seen, coded, labels, now), now)

    async def transfers_reorged(self, monitor: FlowObserver, gone: TransfersReorged) -> None:
        async with self._chains[gone.chain_id]:
            with self._moment() as now:
                await monitor.transfers_reorged(gone)
            line = ChainUndone(at=now, certainty=RECORDED, chain_id=gone.chain_id, to=gone.to)
            self._write(lambda: [line], now)

    # ---- inside ---------------------------------------------------------------------------------------

    @contextmanager
    def _moment(self) -> Iterator[int]:
        """The time of a decision; never before that of the one before."""
        now = self._last = max(int(self._wall()), self._last)
        token = _HELD.set(now)
        try:
            yield now
        finally:
            _HELD.reset(token)

    async def _current_labels(self) -> Labels:
        """The table's with the operator's over them; what homes noted for themselves is theirs."""
        book = self.label_book
        try:
            if book is not None and (version := await book.version()) != self._labels_as_of:
                self._labels = Labels.of(book.table(), await book.all())
                self._labels_as_of = version
        except StoreError as error:
            self._end(str(error))
        return self._labels

    def _block(self, seen: BlockSeen, followed: Collection[Address], now: int) -> list[Record]:
        if seen.words and not self._market_script.fits(seen.words):
            self._begin_anew()
        return self._market_script.block(seen, followed, now)

    def _begin_anew(self) -> None:
        """What holds throughout a file has changed: what comes goes into another."""
        if self._tape:
            self._left -= self._tape.size
            self._tape.close()
            self._tape = None
        self._market_script = Transcript(self._titles)
        self._flow_script = Flowscript(self._market_script)

    def _write(self, lines: Callable[[], Iterable[Record]], now: int) -> None:
        """Never raises; what cannot be written is the end of the recording."""
        if self._ended:
            return
        try:
            records = list(lines())
            if records:
                self._tape = self._tape or Tape(self._free_path(now), self._left)
                self._tape.write(records, now)
        except (OSError, TapeFullError, UntellableError) as error:
            self._end(getattr(error, "strerror", None) or str(error))
        except Exception as error:
            log.exception("recording_bug")
            self._end(f"bug: {type(error).__name__}")

    def _free_path(self, now: int) -> Path:
        path = self._folder / name_of(now)
        while path.exists():
            now += 1
            path = self._folder / name_of(now)
        return path

    def _end(self, why: str) -> None:
        self._ended = why
        log.warning("recording_ended", file=self.recording().path, why=why)
        self.close()


class _Observing:
    """Fits `Observer`."""

    def __init__(self, recorder: Recorder, monitor: Observer) -> None:
        self._recorder = recorder
        self._monitor = monitor

    async def block(self, seen: BlockSeen) -> None:
        await self._recorder.block(self._monitor, seen)

    async def reorged(self, gone: ChainReorged) -> None:
        await self._recorder.reorged(self._monitor, gone)

    async def following(self) -> Following:
        return await self._monitor.following()

    async def cursor(self, market: str) -> BlockRef | None:
        return await self._monitor.cursor(market)


class _ObservingFlows:
    """Fits `FlowObserver`."""

    def __init__(self, recorder: Recorder, monitor: FlowObserver) -> None:
        self._recorder = recorder
        self._monitor = monitor

    async def transfers(self, seen: TransfersSeen) -> None:
        await self._recorder.transfers(self._monitor, seen)

    async def transfers_reorged(self, gone: TransfersReorged) -> None:
        await self._recorder.transfers_reorged(self._monitor, gone)

    async def flow_cursor(self, chain_id: int) -> BlockRef | None:
        return await self._monitor.flow_cursor(chain_id)

    async def flows_wanted(self, chain_id: int) -> bool:
        return await self._monitor.flows_wanted(chain_id)


class _Asking:
    """Fits `ChainQuery`; keeps who was found to have code."""

    def __init__(self, query: ChainQuery, coded: dict[int, set[Address]]) -> None:
        self._query = query
        self._coded = coded

    async def contracts(self, chain_id: int, addresses: Collection[Address]) -> frozenset[Address]:
        found = await self._query.contracts(chain_id, addresses)
        self._coded[chain_id] |= found
        return found

    async def loans(
        self, chain_id: int, accounts: Collection[Address], at: BlockRef | None = None
    ) -> tuple[tuple[Position, ...], tuple[str, ...]]:
        return await self._query.loans(chain_id, accounts, at)
