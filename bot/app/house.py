"""Everything that is the same whichever platform people talk on: store, eyes, monitor, desk, delivery.

Opened by `bot.app`, for `run` as for `ask`.
"""

import asyncio
import random
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import structlog

from bot.delivery.worker import DeliveryWorker
from bot.domain.alerts import Alert
from bot.errors import StoreError
from bot.messages.atlas import Atlas
from bot.messages.compose import Composer
from bot.messages.model import Message
from bot.monitor import Monitor
from bot.ports import Delivery, Eyes, Lane, Operation, Sender
from bot.settings import Selection, Settings, choose
from bot.store.connect import Client, close_client, inspect_server, open_client
from bot.store.embedded import EmbeddedStore, attach
from bot.store.judgements import StoredJudgements
from bot.store.outbox import StoredOutbox
from bot.store.watchbook import StoredWatchBook
from bot.subscriptions import ChatSettings, Destination
from handlers.commands.access import Policy, StartCode
from handlers.commands.command import Services
from handlers.commands.desk import FrontDesk
from handlers.console.place import HERE
from watchers.aave.eyes import AaveEyes, ChainPlan
from watchers.aave.markets import chain_of, custom_market, load_chains, load_elsewhere, load_markets

log = structlog.get_logger()

CRASH_TOLD_EVERY_S = 3600
"""Operators hear of crashes of one part of the program at most this often."""


def check(settings: Settings) -> Selection:
    """What is to be watched; SettingsError for names that no table knows."""
    return choose(settings, markets=load_markets(), chains=load_chains(), custom=custom_market)


@dataclass(frozen=True, slots=True)
class House:
    """Everything that is the same whichever platform people talk on."""

    outbox: StoredOutbox
    book: StoredWatchBook
    monitor: Monitor
    eyes: AaveEyes
    composer: Composer
    desk: FrontDesk
    code: str
    """What makes its first sender the operator; empty when somebody may speak already."""
    telling: set[asyncio.Task[None]] = field(default_factory=set)

    def worker(self, sender: Sender) -> DeliveryWorker:
        """The delivery of one platform."""
        return DeliveryWorker(
            self.outbox,
            self.book,
            sender,
            self._compose,
            changed=self.outbox.changed(sender.platform),
            clock=time.time,
            rng=random.Random(),  # noqa: S311  spreads retries, guards nothing
        )

    def crashed(self, part: str, _error: BaseException) -> None:
        """A bug in a part of the program, which is being restarted: its operators should know."""
        task = asyncio.get_running_loop().create_task(self._tell_operators(part))
        self.telling.add(task)
        task.add_done_callback(self.telling.discard)

    async def _tell_operators(self, part: str) -> None:
        now = int(time.time())
        key = f"crash:{part}:{now // CRASH_TOLD_EVERY_S}"
        try:
            notes = [
                Delivery(
                    id=f"{key}@{operator}",
                    destination=operator,
                    subject=key,
                    lane=Lane.REST,
                    operation=Operation.SEND,
                    payload=self.composer.crash(part),
                    created_at=now,
                )
                for operator in await self.book.operators()
            ]
            await self.outbox.append(notes)
        except StoreError as error:
            log.warning("operators not told", part=part, why=str(error))

    async def gone(self, chat: Destination, why: str) -> None:
        """Nobody is there any more, in none of the chat's threads."""
        for place in await self._places(chat):
            await self.outbox.gone(place.id, why)

    async def back(self, chat: Destination) -> None:
        """Somebody is there again."""
        for place in await self._places(chat):
            await self.outbox.unmute(place.id)

    async def moved(self, old: Destination, new: Destination) -> None:
        """The chat has a new id; both chats tell of it, so it may be told twice."""
        for place in await self._places(old):
            await self.outbox.moved(place.id, Destination(new.platform, new.chat, place.thread).id)

    async def _places(self, chat: Destination) -> set[Destination]:
        """The chat itself and those of its threads that watch something."""
        known = {Destination.parse(watch.destination) for watch in await self.book.all()}
        return {chat} | {one for one in known if (one.platform, one.chat) == (chat.platform, chat.chat)}

    async def labels(self) -> tuple[str, ...]:
        """What the console completes after a command: numbers, labels and addresses of its watches."""
        watches = await self.book.of(HERE.id)
        return tuple(
            text for watch in watches for text in (watch.label, getattr(watch.target, "address", "")) if text
        )

    def _compose(self, payload: Alert | Message, settings: ChatSettings, repeated: bool) -> Message:  # noqa: FBT001
        return self.composer.compose(payload, settings, repeated=repeated, now=int(time.time()))


@asynccontextmanager
async def open_house(
    settings: Settings, selection: Selection, *, beside: Eyes | None = None
) -> AsyncIterator[House]:
    """Store, eyes and desk, opened in this order and closed in reverse.

    `beside`: this process only asks; a bot may be running, whose store is shared and whose eyes are these.
    """
    async with AsyncExitStack() as stack:
        client, advice = await _store(settings, stack, share=beside is not None)
        outbox = StoredOutbox(client)
        book = StoredWatchBook(client, ChatSettings(locale=settings.locale))
        eyes = await stack.enter_async_context(
            AaveEyes(_plans(settings, selection), time.time, probes=load_elsewhere())
        )
        monitor = Monitor(
            book,
            StoredJudgements(client, outbox),
            clock=time.time,
            stale_after_s=settings.stale_after_s,
        )
        atlas = Atlas.of((*selection.markets, *load_markets()), load_chains())
        composer = Composer(atlas)
        services = Services(
            book=book,
            outbox=outbox,
            positions=eyes.positions,
            prices=eyes.prices,
            names=eyes.names,
            eyes=beside or eyes,
            clock=time.time,
            atlas=atlas,
            advice=lambda: advice,
        )
        code = await _start_code(settings, book)
        policy = Policy(allowed=frozenset(settings.allow), code=StartCode(code))
        yield House(outbox, book, monitor, eyes, composer, FrontDesk(services, composer, policy), code)


async def _store(settings: Settings, stack: AsyncExitStack, *, share: bool) -> tuple[Client, tuple[str, ...]]:
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


async def _start_code(settings: Settings, book: StoredWatchBook) -> str:
    """A one-time code while nobody at all may speak, else empty."""
    talks_to_strangers = bool(settings.telegram_token.get_secret_value())
    if not talks_to_strangers or settings.allow or await book.operators():
        return ""
    return secrets.token_hex(4)
