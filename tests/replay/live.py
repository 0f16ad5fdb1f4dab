"""A bot that runs on a lab and records: real watchers, monitors and store; what it decides is kept."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.app.rehearsal import HOME
from bot.domain.labels import Confidence, Label, LabelKind
from bot.domain.rules import (
    ChangedRule,
    ClosedRule,
    DistanceRule,
    HealthRule,
    LiquidatedRule,
    TransferRule,
)
from bot.monitor import Monitor
from bot.monitor.flows import FlowMonitor
from bot.ports import Delivery, Verdicts
from bot.store.flows import StoredFlows
from bot.store.judgements import StoredJudgements
from bot.store.memory import FixedLabels
from bot.store.outbox import StoredOutbox
from bot.store.watchbook import StoredWatchBook
from bot.subscriptions import ChatSettings, FlowTarget, WalletTarget, Watch
from tests.chain.lab import Lab
from tests.watchers.recorder import PATIENCE_S, plan
from watchers.aave.baskets import load_baskets
from watchers.aave.eyes import AaveEyes
from watchers.evm.words import checksummed
from watchers.replay.recorder import Recorder

ANNA = checksummed("0x000000000000000000000000000000000000a44a")
BERT = checksummed("0x0000000000000000000000000000000000000be7")
HOT = checksummed("0x00000000000000000000000000000000000b1a4c")
RULES = (HealthRule(), DistanceRule(), ChangedRule(), LiquidatedRule(), ClosedRule())
MEGABYTE = 1_000_000


class Noted(StoredJudgements):
    """As stored; and what was to be said is kept."""

    said: list[Delivery]

    async def save(self, verdicts: Verdicts) -> None:
        await super().save(verdicts)
        self.said += verdicts.deliveries


@dataclass
class Live:
    """`until(block)` returns when both monitors have decided a block."""

    lab: Lab
    recorder: Recorder
    judgements: Noted
    book: StoredWatchBook
    said: list[Delivery] = field(default_factory=list)
    time: float = 0.0

    async def reached(self, number: int | None = None) -> None:
        wanted = self.lab.anvil.block_number() if number is None else number
        async with asyncio.timeout(PATIENCE_S):
            for market in ("lab", f"flows:{self.lab.anvil.chain_id}"):
                while ((await self.judgements.cursor(market)) or _NOTHING).number < wanted:  # noqa: ASYNC110  another task does it
                    await asyncio.sleep(0.02)

    async def when(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():  # noqa: ASYNC110  as above
                await asyncio.sleep(0.02)


@dataclass(frozen=True)
class _Nothing:
    number: int = -1


_NOTHING = _Nothing()


@asynccontextmanager
async def living(lab: Lab, client: object, folder: Path, most: int = MEGABYTE) -> AsyncIterator[Live]:
    """Two wallets and large transfers are watched, on a chain whose clock is the bot's."""
    live: Live
    recorder = Recorder(folder, most, lambda: float(lab.anvil.now()), {"lab": "Lab market"})
    outbox, book = StoredOutbox(client), StoredWatchBook(client, ChatSettings(charts=False))
    judgements = Noted(client, outbox)
    judgements.said = []
    live = Live(lab, recorder, judgements, book, judgements.said)
    for number, (address, label) in enumerate(((ANNA, "My secret name"), (BERT, "")), 1):
        await book.add(Watch("", number, HOME, WalletTarget(address), RULES, label))
    await book.add(Watch("", 3, HOME, FlowTarget(), (TransferRule(1_000),)))
    labels = FixedLabels(
        [Label(lab.anvil.chain_id, HOT, "Binance", LabelKind.HOT, Confidence.SURE, ("test",), "2026-01")]
    )
    recorder.label_book = labels
    async with AaveEyes([plan(lab)], recorder.clock) as eyes:
        flows = FlowMonitor(
            book,
            judgements,
            StoredFlows(client),
            labels,
            recorder.chain_query(eyes.chain_query),
            clock=recorder.clock,
            tracked=eyes.tracked,
            titles=("Lab market",),
        )
        monitor = Monitor(
            book,
            judgements,
            clock=recorder.clock,
            stale_after_s=10**9,
            baskets=load_baskets(),
            deposits=flows.deposits,
        )
        await monitor.start()
        await flows.start()
        task = asyncio.create_task(eyes.run(recorder.observer(monitor), recorder.flow_observer(flows)))
        try:
            yield live
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            recorder.close()
