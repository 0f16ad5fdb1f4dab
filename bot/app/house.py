"""Everything that is the same whichever platform people talk on: store, eyes, monitor, desk, delivery.

Opened by `bot.app`, for `run` as for `ask`.
"""

import asyncio
import random
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import structlog

from bot.app.recording import recorder_of, recording_words
from bot.app.replaying import Replays
from bot.charts import ProcessCharter
from bot.delivery.pictures import Pictures
from bot.delivery.worker import DeliveryWorker
from bot.errors import StoreError
from bot.messages.atlas import Atlas
from bot.messages.compose import Composer
from bot.monitor import Monitor
from bot.monitor.flows import FlowMonitor
from bot.ports import Clock, Eyes, Sender
from bot.settings import Selection, Settings, choose
from bot.steward import Steward
from bot.store.connect import Client, close_client, inspect_server, open_client
from bot.store.embedded import EmbeddedStore, attach
from bot.store.flows import StoredFlows
from bot.store.history import StoredHistory
from bot.store.judgements import StoredJudgements
from bot.store.labels import StoredLabels
from bot.store.outbox import StoredOutbox
from bot.store.watchbook import StoredWatchBook
from bot.subscriptions import ChatSettings, Destination, called
from handlers.commands.access import Policy, StartCode
from handlers.commands.command import Services
from handlers.commands.desk import FrontDesk
from handlers.console.place import HERE
from watchers.aave.baskets import load_baskets
from watchers.aave.eyes import AaveEyes, ChainPlan
from watchers.aave.markets import chain_of, custom_market, load_chains, load_elsewhere, load_markets
from watchers.flows.labels import known_contracts, load_labels
from watchers.replay.recorder import Recorder

log = structlog.get_logger()


def check(settings: Settings) -> Selection:
    """What is to be watched; SettingsError for names that no table knows."""
    return choose(settings, markets=load_markets(), chains=load_chains(), custom=custom_market)


@dataclass(frozen=True, slots=True)
class House:
    """Everything that is the same whichever platform people talk on."""

    outbox: StoredOutbox
    book: StoredWatchBook
    monitor: Monitor
    flows: FlowMonitor
    eyes: AaveEyes
    composer: Composer
    desk: FrontDesk
    steward: Steward
    codes: Mapping[str, str]
    """Platform -> what makes its first sender the operator; none where somebody may speak already."""
    clock: Clock = time.time
    pictures: Pictures | None = None
    recorder: Recorder | None = None
    telling: set[asyncio.Task[None]] = field(default_factory=set)

    async def watch(self) -> None:
        """Run the eyes; what they tell the monitors is recorded where that is set."""
        if self.recorder is None:
            await self.eyes.run(self.monitor, self.flows)
        else:
            recorder = self.recorder
            await self.eyes.run(recorder.observer(self.monitor), recorder.flow_observer(self.flows))

    def worker(self, sender: Sender) -> DeliveryWorker:
        """The delivery of one platform."""
        return DeliveryWorker(
            self.outbox,
            self.book,
            sender,
            self.composer.timed(self.clock),
            changed=self.outbox.changed(sender.platform),
            steward=self.steward,
            pictures=self.pictures,
            clock=self.clock,
            rng=random.Random(),  # noqa: S311  spreads retries, guards nothing
        )

    def crashed(self, part: str, _error: BaseException) -> None:
        """A bug in a part of the program, which is being restarted: its operators should know."""
        task = asyncio.get_running_loop().create_task(self._tell_of_crash(part))
        self.telling.add(task)
        task.add_done_callback(self.telling.discard)

    async def _tell_of_crash(self, part: str) -> None:
        with suppress(StoreError):  # the log has the crash, and a store that is away is told of by itself
            await self.steward.crashed(part)

    async def labels(self) -> tuple[str, ...]:
        """What the console completes after a command: numbers, labels and addresses of its watches."""
        return called(await self.book.of(HERE.id))


@asynccontextmanager
async def open_house(
    settings: Settings, selection: Selection, *, beside: Eyes | None = None
) -> AsyncIterator[House]:
    """Store, eyes and desk, opened in this order and closed in reverse.

    `beside`: this process only asks; a bot may be running, whose store is shared and whose eyes are these.
    """
    async with AsyncExitStack() as stack:
        client, advice = await open_store(settings, stack, share=beside is not None)
        outbox = StoredOutbox(client)
        book = StoredWatchBook(client, ChatSettings(locale=settings.locale))
        history, baskets = StoredHistory(client), load_baskets()
        eyes = await stack.enter_async_context(
            AaveEyes(_plans(settings, selection), time.time, probes=load_elsewhere())
        )
        recorder = recorder_of(settings, selection) if beside is None else None
        clock: Clock = recorder.clock if recorder else time.time
        if recorder:
            stack.callback(recorder.close)
        flow_log, labels = StoredFlows(client), StoredLabels(client, load_labels())
        if recorder:
            recorder.label_book = labels
        flows = FlowMonitor(
            book,
            StoredJudgements(client, outbox),
            flow_log,
            labels,
            recorder.chain_query(eyes.chain_query) if recorder else eyes.chain_query,
            clock=clock,
            tracked=eyes.tracked,
            titles=tuple(market.title for market in selection.markets),
            reading=settings.flows == "auto",
        )
        monitor = Monitor(
            book,
            StoredJudgements(client, outbox),
            clock=clock,
            stale_after_s=settings.stale_after_s,
            history=history,
            baskets=baskets,
            deposits=flows.deposits,
        )
        atlas = Atlas.of((*selection.markets, *load_markets()), load_chains())
        composer = Composer(atlas, baskets)
        services = Services(
            book=book,
            outbox=outbox,
            positions=eyes.positions,
            prices=eyes.prices,
            names=eyes.names,
            eyes=beside or eyes,
            clock=time.time,
            atlas=atlas,
            advice=lambda: (*advice, *recording_words(recorder)),
            states=eyes.states,
            stories=eyes.stories,
            replays=Replays(files=beside is not None),
            history=history,
            baskets=baskets,
            markets=tuple(market.key for market in selection.markets),
            flows=flow_log,
            labels=labels,
            chain=eyes.chain_query,
            tracked=eyes.tracked,
            contracts=known_contracts(),
        )
        codes = await _start_codes(settings, book)
        policy = Policy(allowed=frozenset(settings.allow), code=StartCode(codes))
        steward = Steward(
            outbox,
            book,
            platforms=platforms_of(settings),
            may_admit=partial(policy.may_admit, book=book),
            clock=time.time,
            hosts=[one for one in settings.allow if Destination.parse(one).is_private],
        )
        desk = FrontDesk(services, composer, policy)
        charter = await stack.enter_async_context(ProcessCharter(settings.data_dir / "charts"))
        pictures = Pictures(history, book, composer, charter, clock=time.time)
        yield House(
            outbox,
            book,
            monitor,
            flows,
            eyes,
            composer,
            desk,
            steward,
            codes,
            pictures=pictures,
            recorder=recorder,
        )


async def open_store(
    settings: Settings, stack: AsyncExitStack, *, share: bool
) -> tuple[Client, tuple[str, ...]]:
    """A client of the server that was set, or of an embedded one: with `share` a running bot's, if any."""
    url = settings.redis_url.get_secret_value() or (share and attach(settings.data_dir)) or ""
    if not url:
        store = EmbeddedStore(settings.data_dir, fsync=settings.fsync)
        url = (await stack.enter_async_context(store)).url
    client = open_client(url)
    stack.push_async_callback(close_client, client)
    advice = await inspect_server(client)
    for sentence in advice:
        log.warning("store", advice=sentence)
    return client, advice


def _plans(settings: Settings, selection: Selection) -> tuple[ChainPlan, ...]:
    return tuple(
        ChainPlan(
            chain_of(chain_id),
            tuple(url.get_secret_value() for url in urls),
            tuple(market for market in selection.markets if market.chain_id == chain_id),
            settings.poll_seconds,
        )
        for chain_id, urls in selection.rpc.items()
    )


def platforms_of(settings: Settings) -> tuple[str, ...]:
    """The chat platforms that have a token; none: the terminal is one."""
    tokens = {"telegram": settings.telegram_token, "discord": settings.discord_token}
    found = tuple(name for name, token in tokens.items() if token.get_secret_value())
    return found or (HERE.platform,)


async def _start_codes(settings: Settings, book: StoredWatchBook) -> dict[str, str]:
    """A one-time code for each platform where nobody at all may speak."""
    heard = {one.partition("/")[0] for one in (*settings.allow, *await book.operators())}
    silent = (name for name in platforms_of(settings) if name not in {*heard, HERE.platform})
    return {name: secrets.token_hex(4) for name in silent}
