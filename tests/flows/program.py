"""A program that watches flows as `bot.app` builds it: real eyes, monitor and store; what it told is kept."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from bot.domain.alerts import Alert, AlertGroup
from bot.domain.classify import candidates, classify
from bot.domain.deposits import Learner
from bot.domain.flows import Flow, FlowKind
from bot.domain.labels import Labels
from bot.domain.positions import Position
from bot.domain.rules import TransferRule
from bot.domain.transfers import TransfersReorged, TransfersSeen
from bot.domain.units import BlockRef
from bot.errors import StoreError
from bot.monitor.flows import FlowMonitor
from bot.ports import ChainQuery, Delivery, Operation, Verdicts
from bot.store.connect import close_client, open_client
from bot.store.flows import StoredFlows
from bot.store.judgements import StoredJudgements
from bot.store.labels import StoredLabels
from bot.store.outbox import StoredOutbox
from bot.store.watchbook import StoredWatchBook
from bot.subscriptions import FlowTarget, Watch
from tests.chain.lab import Lab
from tests.flows.playing import Player
from tests.flows.world import World
from tests.watchers.recorder import open_eyes
from watchers.aave.eyes import AaveEyes

HOME = "console/local"
ALERT_USD = 1_000_000


@dataclass(frozen=True, slots=True)
class Told:
    """One alert as it went to the outbox."""

    alert: Alert
    operation: Operation


class Spy(StoredJudgements):
    """The real store; it remembers what was appended, and fails when it is told to."""

    told: list[Told]
    fails_before = fails_after = 0

    async def save(self, verdicts: Verdicts) -> None:
        if self.fails_before:
            self.fails_before -= 1
            raise StoreError("away")
        await super().save(verdicts)
        for one in verdicts.deliveries:
            self.told += [Told(alert, one.operation) for alert in _alerts(one)]
        if self.fails_after:
            self.fails_after -= 1
            raise StoreError("lost on the way back")


def _alerts(delivery: Delivery) -> Sequence[Alert]:
    match delivery.payload:
        case Alert() as alert:
            return (alert,)
        case AlertGroup(alerts=alerts):
            return alerts
    return ()


class Bookkeeper:
    """Hands all to the monitor, and books every flow for itself, also those that no log keeps one by one."""

    def __init__(self, world: World, chain_id: int, program: "Program") -> None:
        self.learner = Learner(chain_id)
        self.flows: list[Flow] = []
        self._labels = Labels.of(world.labels)
        self._program = program

    async def transfers(self, seen: TransfersSeen) -> None:
        await self._program.monitor.transfers(seen)
        asked = candidates(seen, self._labels, self.learner)
        code = await self._program.query.contracts(seen.chain_id, asked) if asked else frozenset()
        self.flows += classify(seen, self._labels, self.learner, code).flows

    async def transfers_reorged(self, gone: TransfersReorged) -> None:
        await self._program.monitor.transfers_reorged(gone)
        self.learner.undo(gone.to)
        self.flows = [flow for flow in self.flows if flow.block <= gone.to]

    async def flow_cursor(self, chain_id: int) -> BlockRef | None:
        return await self._program.monitor.flow_cursor(chain_id)

    async def flows_wanted(self, chain_id: int) -> bool:
        return await self._program.monitor.flows_wanted(chain_id)


class Program:
    """What `bot.app` builds for flows, on a store of its own; `restart` leaves nothing but the store."""

    def __init__(self, player: Player, store_url: str, chain_url: str) -> None:
        self.told: list[Told] = []
        self.health: list[tuple[Position, int]] = []
        """Every position that was told, with the health factor that the contract had at that block."""
        self.books = Bookkeeper(player.world, player.anvil.chain_id, self)
        self._asked = 0
        self._player = player
        self._store_url = store_url
        self._chain_url = chain_url
        self._stack = AsyncExitStack()

    async def start(self) -> None:
        self._client = open_client(self._store_url)
        self._stack.push_async_callback(close_client, self._client)
        lab_ = Lab(self._player.anvil, self._player.market, None)  # type: ignore[arg-type]
        self._eyes: AaveEyes = await self._stack.enter_async_context(open_eyes(lab_, [self._chain_url]))
        book = StoredWatchBook(self._client)
        self.spy = Spy(self._client, StoredOutbox(self._client))
        self.spy.told = self.told
        self.flows = StoredFlows(self._client)
        labels = StoredLabels(self._client, self._player.world.labels)
        if not await book.all():
            directions = (FlowKind.INFLOW, FlowKind.OUTFLOW)
            rules = (TransferRule(min_usd=ALERT_USD),)
            await book.add(Watch("", 0, HOME, FlowTarget(directions=directions), rules))
        self.monitor = FlowMonitor(
            book, self.spy, self.flows, labels, self._eyes.chain_query,
            clock=lambda: float(self._player.now), tracked=self._eyes.tracked,
        )  # fmt: skip
        await self.monitor.start()
        self._chain = self._eyes._chains[0]
        self._watcher = self._eyes._flow_watcher(self._chain, self.books, 0.0)

    @property
    def query(self) -> ChainQuery:
        return self._eyes.chain_query

    async def stop(self) -> None:
        await self._stack.aclose()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def look(self) -> None:
        """Read up to the newest block; a store that fails is asked again, as the watcher's own loop does."""
        for _ in range(5):
            try:
                await self._watcher.step(await self._chain.heads.poll())
            except StoreError:
                continue
            self._ask_contract()
            return
        raise AssertionError("the store stays away")

    def _ask_contract(self) -> None:
        for told in self.told[self._asked :]:
            for loan in getattr(told.alert.seen, "loans", ()):
                for one in (loan.now, loan.before):
                    if one is not None:
                        block = one.as_of.number
                        self.health.append((one, self._player.market.health_factor(one.account, block)))
        self._asked = len(self.told)
