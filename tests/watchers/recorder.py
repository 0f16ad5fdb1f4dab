"""A recording observer, and a market's eyes on a lab: what the monitor would see, kept for the test."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from bot.domain.markets import Chain, ElsewhereProbe, Market
from bot.domain.observations import BlockSeen, ChainReorged, PositionSeen
from bot.domain.positions import Position
from bot.domain.units import Address, BlockRef
from bot.ports import Following
from bot.subscriptions import ImaginedTarget, MirrorTarget
from tests.chain.lab import Lab
from watchers.aave.eye import MarketEye
from watchers.aave.eyes import AaveEyes, ChainPlan
from watchers.evm.words import checksummed

PATIENCE_S = 20.0


class Recorder:
    """An Observer that saves nothing but remembers all; follows `follow`, may be changed between blocks."""

    def __init__(self, follow: Iterable[str] = (), cursor: BlockRef | None = None) -> None:
        self.accounts = frozenset(checksummed(account) for account in follow)
        self.imagined: dict[Address, ImaginedTarget | MirrorTarget] = {}
        self.saved = cursor
        self.blocks: list[BlockSeen] = []
        self.gone: list[ChainReorged] = []
        self.raises: Exception | None = None
        self._news = asyncio.Condition()

    async def block(self, seen: BlockSeen) -> None:
        if self.raises is not None:
            raise self.raises
        async with self._news:
            self.blocks.append(looked_at(seen))
            self.saved = seen.as_of
            self._news.notify_all()

    async def reorged(self, gone: ChainReorged) -> None:
        self.gone.append(gone)

    async def following(self) -> Following:
        mirrored = {one.address for one in self.imagined.values() if isinstance(one, MirrorTarget)}
        return Following(1, self.accounts | mirrored, dict(self.imagined))

    async def cursor(self, market: str) -> BlockRef | None:
        return self.saved

    async def reached(self, number: int) -> BlockSeen:
        """The reading of block `number` or the first one after it."""
        async with self._news:
            await asyncio.wait_for(
                self._news.wait_for(lambda: bool(self.blocks) and self.blocks[-1].as_of.number >= number),
                PATIENCE_S,
            )
        return next(block for block in self.blocks if block.as_of.number >= number)

    def of(self, account: str) -> list[PositionSeen]:
        """Every reading of one account, oldest first."""
        wanted = account if account.startswith("imagined:") else checksummed(account)
        return [one for block in self.blocks for one in block.positions if one.position.account == wanted]


def looked_at(seen: BlockSeen) -> BlockSeen:
    """With every glance looked at, for tests that judge positions; a glance must not differ from its look."""
    looks = tuple(glance.look() for glance in seen.glances)
    for glance, look in zip(seen.glances, looks, strict=True):
        assert (glance.account, glance.health_factor) == (look.position.account, look.health_factor)
        assert (look.as_of, look.moves, look.liquidations) == (glance.as_of, (), ())
        assert look.is_empty == glance.is_empty
    return replace(seen, positions=seen.positions + looks, glances=())


def lab_market(lab: Lab) -> Market:
    return Market("lab", "Lab market", "lab", lab.anvil.chain_id, checksummed(lab.market.provider))


def plan(lab: Lab, urls: Sequence[str] = (), registry: str = "") -> ChainPlan:
    chain = Chain("lab", lab.anvil.chain_id, "Lab chain", "ETH", block_ms=12_000)
    return ChainPlan(
        chain, tuple(urls) or (lab.anvil.url,), (lab_market(lab),), poll_s=0.02, ens_registry=registry
    )


@asynccontextmanager
async def open_eyes(
    lab: Lab,
    urls: Sequence[str] = (),
    probes: Sequence[ElsewhereProbe] = (),
    clock: float = 0.0,
    registry: str = "",
) -> AsyncIterator[AaveEyes]:
    """Eyes that a test drives itself, at a clock that stands still."""
    async with AaveEyes([plan(lab, urls, registry)], lambda: clock, probes=probes) as eyes:
        yield eyes


@asynccontextmanager
async def watching(lab: Lab, recorder: Recorder, urls: Sequence[str] = ()) -> AsyncIterator[AaveEyes]:
    """Eyes that run in the background until the block ends."""
    async with open_eyes(lab, urls) as eyes:
        task = asyncio.create_task(eyes.run(recorder))
        try:
            yield eyes
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def only_eye(eyes: AaveEyes) -> MarketEye:
    return eyes._chains[0].markets[0]


def six(position: Position) -> tuple[int, ...]:
    """The words of getUserAccountData as the position has them."""
    words = position.totals
    return (
        words.collateral_base,
        words.debt_base,
        words.available_borrows_base,
        words.threshold_bps,
        words.ltv_bps,
        words.health_factor,
    )
