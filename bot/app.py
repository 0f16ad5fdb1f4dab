"""The composition root: the only file that names concrete watchers, stores and chat platforms.

`bot.__main__` calls `check`, `run` and `ask`. The commands return an exit code and raise
SettingsError (exit, all faults) or StoreError (the memory is away).
"""

import asyncio
import json
import logging
import os
import random
import secrets
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from bot.delivery.worker import DeliveryWorker
from bot.domain.alerts import Alert
from bot.errors import SettingsError
from bot.heartbeat import BEAT_S, Heartbeat
from bot.messages.atlas import Atlas
from bot.messages.compose import Composer
from bot.messages.facts import facts
from bot.messages.model import Message
from bot.monitor import Monitor
from bot.ports import Eyes, Gateway, Person, Request, Sender
from bot.settings import Selection, Settings, choose
from bot.store.connect import Client, close_client, inspect_server, open_client
from bot.store.embedded import EmbeddedStore, attach
from bot.store.judgements import StoredJudgements
from bot.store.outbox import StoredOutbox
from bot.store.watchbook import StoredWatchBook
from bot.subscriptions import ChatSettings, Destination
from bot.supervise import Part, Supervisor, WhenDone, exit_after, stop_on_signals
from handlers.commands.access import Policy, StartCode
from handlers.commands.command import Services
from handlers.commands.desk import FrontDesk
from handlers.console.gateway import ConsoleGateway
from handlers.console.renderer import plain
from handlers.console.sender import HERE, ConsoleSender
from handlers.console.terminal import Terminal
from watchers.aave.eyes import AaveEyes, ChainPlan
from watchers.aave.markets import chain_of, custom_market, load_chains, load_elsewhere, load_markets

log = structlog.get_logger()

TICK_S = 5.0
"""How often silence is looked for."""


def check(settings: Settings) -> Selection:
    """What is to be watched; SettingsError for names that no table knows."""
    return choose(settings, markets=load_markets(), chains=load_chains(), custom=custom_market)


# ---- the commands ---------------------------------------------------------------------------------


async def run(settings: Settings) -> int:
    """Watch and talk until told to stop."""
    selection = check(settings)
    token = settings.telegram_token.get_secret_value()
    if not token and not _terminal().interactive:
        raise SettingsError((_NOBODY_TO_TALK_TO,))
    log.info("starting", **settings.describe())
    for note in selection.notes:
        log.warning("settings", note=note)
    stop = asyncio.Event()
    heart = Heartbeat(settings.data_dir)
    with stop_on_signals(stop):
        async with _house(settings, selection) as house, AsyncExitStack() as stack:
            await house.monitor.start()
            if not settings.redis_url.get_secret_value():
                await house.outbox.adopt_leases()  # the store is ours alone, so its lease holders are dead
            if token:
                gateway, sender = await _telegram(settings, house, stack)
            else:
                gateway, sender = _console(settings, house)
                await house.desk.handle(
                    Request(f"hello-{secrets.token_hex(4)}", HERE, Person(HERE.id), "/start")
                )
            stack.callback(heart.clear)
            parts = (
                Part("delivery", house.worker(sender).run),
                Part("watchers", partial(house.eyes.run, house.monitor)),
                Part("silence", partial(_look_for_silence, house, selection)),
                Part("heartbeat", partial(_beat, house, heart)),
                Part("chat", partial(gateway.run, house.desk), WhenDone.RESTART if token else WhenDone.STOP),
            )
            return await Supervisor(last_resort=exit_after).run(parts, stop)


async def ask(settings: Settings, text: str, as_json: bool) -> int:  # noqa: FBT001
    """One chat command, as the operator at the terminal would give it; beside a running bot or alone."""
    selection = check(settings)
    async with _house(settings, selection, beside=Heartbeat(settings.data_dir)) as house:
        person = Person(HERE.id)
        answer = await house.desk.answer(Request(f"ask/{secrets.token_hex(8)}", HERE, person, text))
        if as_json:
            sys.stdout.write(json.dumps(facts(answer), ensure_ascii=False, indent=2) + "\n")
        else:
            said = house.composer.answer(answer, await house.book.settings(HERE.id), now=int(time.time()))
            sys.stdout.write(plain(said) + "\n")
    return 0 if facts(answer)["answer"] != "fault" else 1


# ---- building the house ---------------------------------------------------------------------------


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
async def _house(
    settings: Settings, selection: Selection, *, beside: Eyes | None = None
) -> AsyncIterator[House]:
    """Store, eyes and desk, opened in this order and closed in reverse.

    `beside`: this process only asks; a bot may be running, whose store is shared and whose eyes are these.
    """
    async with AsyncExitStack() as stack:
        client, advice = await _store(settings, stack, share=beside is not None)
        outbox = StoredOutbox(client)
        book = StoredWatchBook(client)
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


# ---- the platforms --------------------------------------------------------------------------------


async def _telegram(settings: Settings, house: House, stack: AsyncExitStack) -> tuple[Gateway, Sender]:
    from handlers.telegram.client import telegram_client  # noqa: PLC0415  0.3 s that the console does not need
    from handlers.telegram.gateway import TelegramGateway  # noqa: PLC0415
    from handlers.telegram.sender import TelegramSender  # noqa: PLC0415

    token = settings.telegram_token.get_secret_value()
    bot = await stack.enter_async_context(telegram_client(token, f"{settings.telegram_api}/bot"))
    gateway = TelegramGateway(
        bot,
        _menu(house),
        on_gone=house.gone,
        on_back=house.back,
        on_moved=house.moved,
    )
    if house.code:
        # Printed and not logged: logs are kept and shipped, and this opens the bot.
        sys.stderr.write(f"\nNobody may speak to this bot yet. Send it:  /start {house.code}\n\n")
        sys.stderr.flush()
    return gateway, TelegramSender(bot)


def _console(settings: Settings, house: House) -> tuple[Gateway, Sender]:
    if not settings.is_set("log_level"):
        logging.getLogger().setLevel(logging.WARNING)  # the terminal is for talking
    terminal = _terminal(_menu(house), settings.data_dir / "history", house.labels)
    return ConsoleGateway(terminal), ConsoleSender(terminal)


def _menu(house: House) -> tuple[tuple[str, str], ...]:
    return tuple((command.name, command.summary) for command in house.desk.commands)


async def _no_labels() -> tuple[str, ...]:
    return ()


def _terminal(
    menu: tuple[tuple[str, str], ...] = (),
    history: Path = Path(os.devnull),
    labels: Callable[[], Awaitable[Sequence[str]]] = _no_labels,
) -> Terminal:
    return Terminal(secrets.token_hex(4), history, menu, labels)


# ---- small parts of the program -------------------------------------------------------------------


async def _look_for_silence(house: House, selection: Selection) -> None:
    while True:
        await house.monitor.tick([market.key for market in selection.markets])
        await asyncio.sleep(TICK_S)


async def _beat(house: House, heart: Heartbeat) -> None:
    while True:
        await asyncio.to_thread(heart.beat, time.time(), house.eyes.health())
        await asyncio.sleep(BEAT_S)


_NOBODY_TO_TALK_TO: Final = (
    "There is nobody to talk to: no bot token is set, and no terminal is attached. Set a token "
    "(UNDERKEEL_TELEGRAM_TOKEN=123456789:...), or run this in a terminal (with Docker: docker run -it)."
)
