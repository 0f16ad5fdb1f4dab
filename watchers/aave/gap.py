"""All logs of a market since the last decided block: of one block by hash, of several by range, none skipped.

Called by `watcher` at each block; after a pause of any length it is the same question.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from bot.errors import SourceError
from watchers.aave import abi
from watchers.aave.eye import MarketEye
from watchers.aave.structure import Structure
from watchers.evm.endpoints import Head
from watchers.evm.faults import Kind, NoEndpoint
from watchers.evm.logs import Log, RangeRefused

log = structlog.get_logger(__name__)

SHORT: Final = 64
"""Blocks up to which every log is read; over longer gaps only what accounts did, to spare the endpoint."""
_MOVES: Final = tuple(f"0x{topic:064x}" for topic in abi.MOVES)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Logs in order. `whole`: what they do not name is unchanged. `missed`: not all is known."""

    logs: Sequence[Log]
    whole: bool = True
    missed: bool = False


async def gather(eye: MarketEye, structure: Structure, decided: int | None, head: Head) -> Gathered:
    """Logs after block `decided` (None = there is none) up to the head.

    Raises SourceError when they cannot be had just now; a range that nobody serves is `missed`.
    """
    for _ in range(2):
        epoch = eye.pool.epoch
        found = await _gather(eye, structure, decided, head)
        if epoch == eye.pool.epoch or decided is None or decided + 1 == head.number:
            return found
    # A node that lacks the last blocks answers a range with less and no error. The head's own logs, asked for
    # by hash, prove that this node has them; so all of it must come from one node.
    raise SourceError(f"{eye.market.title}: endpoints changed while logs were read")


async def _gather(eye: MarketEye, structure: Structure, decided: int | None, head: Head) -> Gathered:
    contracts = structure.contracts
    tip = await eye.logs.at(head.hash, contracts)
    if decided is None or decided + 1 >= head.number:
        return Gathered(tip)
    blocks = head.number - decided - 1
    events = () if blocks <= SHORT else _MOVES
    try:
        before = await eye.logs.between(decided + 1, head.number - 1, contracts, events)
    except (RangeRefused, NoEndpoint) as fault:
        if isinstance(fault, NoEndpoint) and not fault.kinds & {Kind.ARCHIVE, Kind.UNSUPPORTED}:
            raise
        log.warning("gap_unread", market=eye.market.key, blocks=blocks, why=str(fault))
        return Gathered(tip, whole=False, missed=True)
    if blocks > 1:
        log.info("gap_filled", market=eye.market.key, blocks=blocks, logs=len(before))
    return Gathered([*before, *tip], whole=blocks <= SHORT)
