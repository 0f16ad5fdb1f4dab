"""All eyes together: chains with their endpoints and heads, a watcher a market, and answers to questions.

`bot.app` builds one `AaveEyes` from the settings, enters it (which opens the HTTP client) and runs it beside
the rest. It is the `Eyes` port; `positions`, `prices`, `states`, `names`, `chain_query` and `stories` are
others.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

import aiohttp

from bot.domain.markets import Chain, ElsewhereProbe, Market
from bot.ports import Clock, FlowHealth, FlowObserver, Observer, SourceHealth, TrackedAsset
from watchers.aave.baskets import load_baskets
from watchers.aave.crosscheck import CrossCheck
from watchers.aave.elsewhere import Elsewheres
from watchers.aave.eye import MarketEye, market_eye
from watchers.aave.queries import AavePositions, AavePrices
from watchers.aave.states import AaveStates
from watchers.aave.story import AaveStories
from watchers.aave.watcher import AaveWatcher
from watchers.evm.endpoints import split_urls
from watchers.evm.ens import EnsNames
from watchers.evm.head_feed import HeadFeed
from watchers.evm.heads import Heads
from watchers.evm.multicall import Multicall
from watchers.evm.rpc import RpcPool
from watchers.flows.queries import FlowQueries
from watchers.flows.reader import BlockReader
from watchers.flows.watcher import FlowWatcher

FAST_BLOCK_S: Final = 2.0
"""Chains with faster blocks are read this often, the logs of all blocks between by range."""


@dataclass(frozen=True, slots=True)
class ChainPlan:
    """One chain as set up: its endpoints (http and websocket mixed, best first) and the markets on it."""

    chain: Chain
    urls: tuple[str, ...] = field(repr=False)
    markets: tuple[Market, ...]
    poll_s: float | None = None
    """Fixed pause between polls of the head; None: the chain's blocks set the pace."""
    ens_registry: str = ""
    """Where names are looked up; empty: Ethereum's own registry on chain 1, none elsewhere."""


@dataclass(frozen=True, slots=True)
class _ChainEyes:
    plan: ChainPlan
    pool: RpcPool
    heads: Heads
    multicall: Multicall
    markets: tuple[MarketEye, ...]
    transfers: BlockReader


class AaveEyes:
    """Opens nothing before it is entered. `proven` are the revisions computed without contract reads."""

    def __init__(
        self,
        plans: Sequence[ChainPlan],
        clock: Clock,
        *,
        probes: Sequence[ElsewhereProbe] = (),
        checks_a_minute: int = 4,
    ) -> None:
        self._plans = tuple(plans)
        self._clock = clock
        self._probes = tuple(probes)
        self._checks_a_minute = checks_a_minute
        self._session: aiohttp.ClientSession | None = None
        self._chains: tuple[_ChainEyes, ...] = ()
        self._watchers: tuple[AaveWatcher, ...] = ()
        self._flows: tuple[FlowWatcher, ...] = ()
        self.positions: AavePositions
        self.prices: AavePrices
        self.states: AaveStates
        self.stories: AaveStories
        self.names: EnsNames
        self.chain_query: FlowQueries

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64, limit_per_host=16))
        self._chains = tuple(self._open(plan, self._session) for plan in self._plans)
        eyes = [eye for chain in self._chains for eye in chain.markets]
        elsewheres = [
            Elsewheres(chain.multicall, chain.heads, probes)
            for chain in self._chains
            if (probes := [p for p in self._probes if p.chain_id == chain.plan.chain.chain_id])
        ]
        self.positions = AavePositions(eyes, elsewheres)
        self.prices = AavePrices(eyes)
        self.states = AaveStates(eyes)
        pools = {chain.plan.chain.chain_id: chain.pool for chain in self._chains}
        self.chain_query = FlowQueries(eyes, pools)
        self.stories = AaveStories(eyes, load_baskets())
        self.names = EnsNames(
            {
                chain.plan.chain.chain_id: (chain.multicall, chain.heads, chain.plan.ens_registry)
                for chain in self._chains
            }
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for chain in self._chains:
            await chain.pool.close()
        if self._session is not None:
            await self._session.close()
            self._session = None

    @property
    def requests(self) -> int:
        """HTTP requests sent to nodes so far."""
        return sum(chain.pool.requests for chain in self._chains)

    def health(self) -> tuple[SourceHealth, ...]:
        """Of every market, in the order of the settings; unread ones before the first reading."""
        return tuple(watcher.health() for watcher in self._watchers)

    def flow_health(self) -> tuple[FlowHealth, ...]:
        """Of every chain, when flows are watched at all."""
        return tuple(watcher.health() for watcher in self._flows)

    def tracked(self) -> tuple[TrackedAsset, ...]:
        """Whose transfers are read, of all chains: by our tables until a market was read."""
        return tuple(asset for chain in self._chains for asset in chain.transfers.allowed.assets)

    async def run(self, observer: Observer, flows: FlowObserver | None = None) -> None:
        """Watch everything until cancelled; transfers as well when there is an observer for them."""
        watchers, flow_watchers = [], []
        async with asyncio.TaskGroup() as tasks:
            for chain in self._chains:
                tasks.create_task(chain.heads.run())
                fast = chain.plan.chain.block_ms < FAST_BLOCK_S * 1000
                pace_s = FAST_BLOCK_S if fast and not chain.plan.poll_s else 0.0
                for eye in chain.markets:
                    watcher = AaveWatcher(eye, observer, self._clock, pace_s=pace_s)
                    watchers.append(watcher)
                    tasks.create_task(watcher.run())
                if flows is not None:
                    flow_watchers.append(self._flow_watcher(chain, flows, pace_s))
                    tasks.create_task(flow_watchers[-1].run())
            self._watchers, self._flows = tuple(watchers), tuple(flow_watchers)

    def _flow_watcher(self, chain: _ChainEyes, flows: FlowObserver, pace_s: float) -> FlowWatcher:
        return FlowWatcher(
            chain.transfers,
            chain.heads,
            chain.pool,
            flows,
            self._clock,
            chain_id=chain.plan.chain.chain_id,
            title=chain.plan.chain.title,
            pace_s=pace_s,
        )

    def _open(self, plan: ChainPlan, session: aiohttp.ClientSession) -> _ChainEyes:
        plain, sockets = split_urls(plan.urls)
        block_s = plan.chain.block_ms / 1000
        pool = RpcPool(plain, session, block_s=block_s)
        feeds = [HeadFeed(url, session, block_s=block_s) for url in sockets[:1]]
        heads = Heads(pool, self._clock, block_s=block_s, feeds=feeds, poll_s=plan.poll_s)
        multicall = Multicall(pool, plan.chain.multicall3)
        checks = (CrossCheck(market.key, a_minute=self._checks_a_minute) for market in plan.markets)
        markets = tuple(
            market_eye(market, pool, heads, multicall, check)
            for market, check in zip(plan.markets, checks, strict=True)
        )
        transfers = BlockReader(plan.chain, markets, pool, heads)
        return _ChainEyes(plan, pool, heads, multicall, markets, transfers)
