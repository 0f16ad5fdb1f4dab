"""Which blocks an episode has, and what falls into each: made once, before it is played.

Recorded markets have the blocks that were recorded. All others share one row of blocks, of which those are
shown where something happens, where a feed reports, and one a stride.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.domain.units import BlockRef
from bot.errors import EpisodeError
from watchers.replay.episode import Episode
from watchers.replay.happenings import (
    BlockLine,
    ChainBlock,
    ChainUndone,
    Coded,
    LoanLine,
    Price,
    Sending,
    Timed,
)
from watchers.replay.path import Feed, Path, reports
from watchers.replay.setting import ReserveLine, Truth

BLOCKS_AT_MOST = 5_000_000


@dataclass(frozen=True, slots=True)
class Report:
    """A feed's new answer."""

    market: str
    index: int
    price: int


@dataclass(frozen=True, slots=True)
class Moment:
    """One block that is shown, and everything since the one before it."""

    block: BlockRef
    decided: int
    """The clock when it is decided."""
    markets: tuple[str, ...]
    reports: tuple[Report, ...] = ()
    lines: tuple[tuple[int, Timed], ...] = ()
    """With their place among all lines of the episode."""
    recorded: BlockLine | None = None
    told: ChainBlock | ChainUndone | None = None
    """Of a moment that is a chain's transfers as they were recorded, and nothing else."""


@dataclass(slots=True)
class _Filling:
    reports: list[Report] = field(default_factory=list)
    lines: list[tuple[int, Timed]] = field(default_factory=list)


def block_hash(episode: str, number: int) -> str:
    """The same wherever the episode is played."""
    return f"0x{hashlib.blake2b(f'{episode}/{number}'.encode(), digest_size=32).hexdigest()}"


def paths_of(episode: Episode) -> dict[tuple[int, str], Path]:
    """Price paths by chain and contract, in the base units of the markets that list it."""
    points: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    places = {one.chain_id: one.base_places for one in episode.markets}
    for one in episode.happens:
        if not isinstance(one, Price):
            continue
        asset = episode.asset(one.chain_id, one.asset)
        price = one.price.digits * 10 ** places.get(one.chain_id, 8) // 10**one.price.places
        if asset is None or not price:
            raise EpisodeError(episode.head.name, [f"line {one.line}: a price that is none here"])
        points[one.chain_id, asset.address].append((one.at, price))
    return {key: Path(tuple(found)) for key, found in points.items()}


def moments(episode: Episode, stride_s: int = 0) -> list[Moment]:
    """Every block to be shown, in order. `stride_s` instead of the episode's own, 0 = its own."""
    recorded = {one.market for one in episode.happens if isinstance(one, BlockLine)}
    computed = tuple(one.key for one in episode.markets if one.key not in recorded)
    if recorded and episode.head.kind is Truth.RECORDED:
        computed = ()  # one that was cut off before its first block
    found = list(_recorded(episode, recorded, tell_rest=not computed))
    found += _chains(episode)
    if not computed:  # in the order in which they were decided
        places = {id(one): place for place, one in enumerate(episode.happens)}
        return sorted(found, key=lambda one: places[id(one.recorded or one.told)])
    found += _computed(episode, recorded, computed, stride_s or episode.head.stride_s)
    return sorted(found, key=lambda one: one.decided)  # recorded ones that are as old stay as they were


def _recorded(episode: Episode, recorded: set[str], *, tell_rest: bool) -> Iterator[Moment]:
    waiting: dict[str, list[tuple[int, Timed]]] = defaultdict(list)
    chains = recorded_chains(episode)
    for place, line in enumerate(episode.happens):
        market = getattr(line, "market", "")
        if isinstance(line, BlockLine):
            rest = waiting.pop("", []) if tell_rest else []
            lines = sorted(waiting.pop(market, []) + rest)
            block = BlockRef(line.number, line.hash, line.timestamp or line.at)
            yield Moment(block, line.at, (market,), lines=tuple(lines), recorded=line)
        elif isinstance(line, LoanLine | ChainUndone | ChainBlock | Coded) or (
            isinstance(line, Sending) and line.chain_id in chains
        ):
            continue
        elif market in recorded or (tell_rest and not market):
            waiting[market].append((place, line))


def _chains(episode: Episode) -> Iterator[Moment]:
    """Transfers as a recorder wrote them down: by chain, apart from the blocks of markets."""
    waiting: dict[int, list[tuple[int, Timed]]] = defaultdict(list)
    recorded = recorded_chains(episode)
    for place, line in enumerate(episode.happens):
        match line:
            case Sending(chain_id=chain_id) if chain_id in recorded:
                waiting[chain_id].append((place, line))
            case LoanLine(chain_id=chain_id):
                waiting[chain_id].append((place, line))
            case ChainBlock(chain_id=chain_id):
                block = BlockRef(line.number, line.hash, line.timestamp)
                yield Moment(block, line.at, (), lines=tuple(waiting.pop(chain_id, ())), told=line)
            case ChainUndone():
                yield Moment(BlockRef(line.to, "", line.at), line.at, (), told=line)


def recorded_chains(episode: Episode) -> frozenset[int]:
    """Chains whose transfers a recorder wrote down block by block."""
    return frozenset(one.chain_id for one in episode.happens if isinstance(one, ChainBlock))


def _computed(
    episode: Episode, recorded: set[str], markets: tuple[str, ...], stride_s: int
) -> Iterator[Moment]:
    head = episode.head
    clock = range(head.starts, head.ends + 1, head.block_s)
    if len(clock) > BLOCKS_AT_MOST:
        raise EpisodeError(head.name, [f"it has {len(clock)} blocks; {BLOCKS_AT_MOST} are allowed"])
    last = len(clock) - 1
    shown: dict[int, _Filling] = defaultdict(_Filling)
    for place, line in enumerate(episode.happens):
        if getattr(line, "market", "") not in recorded:
            shown[min(-(-(line.at - head.starts) // head.block_s), last)].lines.append((place, line))
    paths = paths_of(episode)
    for reserve in episode.reserves:
        if reserve.feed_bps and reserve.market not in recorded:
            for when, price in reports(_path(episode, reserve, paths), _feed(reserve), clock):
                report = Report(reserve.market, reserve.index, price)
                shown[(when - head.starts) // head.block_s].reports.append(report)
    every = max(stride_s // head.block_s, 1)
    for index in sorted({*shown, *range(0, last + 1, every), last}):
        number, filling = head.first_block + index, shown.get(index) or _Filling()
        block = BlockRef(number, block_hash(head.name, number), clock[index])
        yield Moment(block, block.timestamp, markets, tuple(filling.reports), tuple(filling.lines))


def _path(episode: Episode, reserve: ReserveLine, paths: dict[tuple[int, str], Path]) -> Path:
    chain_id = episode.chain_of(reserve.market) or 0
    asset = episode.asset(chain_id, reserve.asset)
    assert asset is not None  # checked when it was read
    return paths[chain_id, asset.address]


def _feed(reserve: ReserveLine) -> Feed:
    return Feed(reserve.feed_bps, reserve.feed_heartbeat_s, reserve.feed_lag_s)
