"""The house around an episode: a store that is thrown away; monitor, desk and delivery as in `bot.app`."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bot.delivery.worker import DeliveryWorker
from bot.demo.onlooker import NotedJudgements, Onlooker, Said
from bot.domain.markets import Chain
from bot.messages.atlas import Atlas
from bot.messages.compose import Composer
from bot.messages.voice import Voice
from bot.monitor import Monitor
from bot.monitor.flows import FlowMonitor
from bot.ports import Person, Request, Sender
from bot.store.connect import close_client, open_client
from bot.store.embedded import EmbeddedStore
from bot.store.flows import StoredFlows
from bot.store.history import StoredHistory
from bot.store.labels import StoredLabels
from bot.store.outbox import StoredOutbox
from bot.store.watchbook import StoredWatchBook
from bot.subscriptions import ChatSettings, Pace, called
from handlers.commands.access import FloodGate, Policy
from handlers.commands.command import Services
from handlers.commands.desk import FrontDesk
from handlers.console.place import HERE
from watchers.aave.baskets import load_baskets
from watchers.aave.markets import load_chains, load_markets
from watchers.flows.labels import known_contracts
from watchers.replay import Episode, Replay, ReplayAnswers, ReplayStories
from watchers.replay.coins import tracked
from watchers.replay.setting import Truth

NEVER_S: Final = 10**9
"""An episode's blocks are far apart: that is no silence."""
PATIENCE: Final = 10_000
"""Lines a minute of the episode's time, which stands still while it is paused."""
SETTINGS: Final = ChatSettings(charts=False, pace=Pace.OFF)
"""Reminders of what was said before would drown a week that is told in a minute."""
_LOOK_S: Final = 0.002


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that plays a part."""

    replay: Replay
    outbox: StoredOutbox
    book: StoredWatchBook
    flows: FlowMonitor
    onlooker: Onlooker
    said: Said
    composer: Composer
    desk: FrontDesk

    def worker(self, sender: Sender) -> DeliveryWorker:
        """The delivery to the terminal."""
        return DeliveryWorker(
            self.outbox,
            self.book,
            sender,
            self.composer.timed(self.replay.clock),
            changed=self.outbox.changed(sender.platform),
            clock=self.replay.clock,
            rng=random.Random(0),  # noqa: S311  spreads retries, guards nothing
        )

    @property
    def voice(self) -> Voice:
        baskets = self.composer.baskets
        return Voice.of(self.composer.atlas, SETTINGS, int(self.replay.clock()), baskets=baskets)

    async def ask(self, number: int, text: str) -> None:
        """A command as if it were typed; its answer goes through the outbox."""
        await self.desk.handle(Request(f"demo/{number}", HERE, Person(HERE.id), text))

    async def settled(self) -> None:
        """Return when everything that was to be said has been."""
        while (await self.outbox.counts())["waiting"]:  # noqa: ASYNC110  another process may do it
            await asyncio.sleep(_LOOK_S)

    async def labels(self) -> tuple[str, ...]:
        """What the console completes after a command."""
        return called(await self.book.of(HERE.id))


def _chains(episode: Episode) -> Iterable[Chain]:
    """Without explorers where blocks and transactions are made up: a link would show other ones."""
    if episode.head.kind is Truth.RECORDED:
        return load_chains()
    return [replace(one, explorer=None) for one in load_chains()]


@asynccontextmanager
async def open_stage(replay: Replay, folder: Path) -> AsyncIterator[Stage]:
    """`folder` is for this play alone."""
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(EmbeddedStore(folder))
        client = open_client(store.url)
        stack.push_async_callback(close_client, client)
        outbox, book = StoredOutbox(client), StoredWatchBook(client, SETTINGS)
        history, baskets = StoredHistory(client), load_baskets()
        judgements = NotedJudgements(client, outbox)
        judgements.said = said = Said()
        answers = ReplayAnswers(replay)
        flow_log, labels = StoredFlows(client), StoredLabels(client, replay.episode.exchange_labels())
        assets = tracked(replay.episode)
        flows = FlowMonitor(
            book,
            judgements,
            flow_log,
            labels,
            answers,
            clock=replay.clock,
            tracked=lambda: assets,
            titles=tuple(one.title for one in replay.episode.markets),
        )
        monitor = Monitor(
            book,
            judgements,
            clock=replay.clock,
            stale_after_s=NEVER_S,
            history=history,
            baskets=baskets,
            deposits=flows.deposits,
        )
        await monitor.start()
        await flows.start()
        atlas = Atlas.of(load_markets(), _chains(replay.episode))
        composer = Composer(atlas, baskets)
        services = Services(
            book=book,
            outbox=outbox,
            positions=answers,
            prices=answers,
            names=answers,
            eyes=answers,
            clock=replay.clock,
            atlas=atlas,
            states=answers,
            history=history,
            baskets=baskets,
            markets=tuple(one.key for one in replay.episode.markets),
            chain=answers,
            flows=flow_log,
            labels=labels,
            tracked=lambda: assets,
            contracts=known_contracts(),
            stories=ReplayStories(replay, baskets),
        )
        desk = FrontDesk(services, composer, Policy(), gate=FloodGate(most=PATIENCE))
        onlooker = Onlooker(monitor, {one.address: one.label for one in replay.episode.watched})
        judgements.heard = onlooker.heard
        yield Stage(replay, outbox, book, flows, onlooker, said, composer, desk)
