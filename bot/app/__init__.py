"""The composition root: the only place that names concrete watchers, stores and chat platforms.

`bot.__main__` calls `check`, `run`, `ask` and `replay`. The commands return an exit code and raise
SettingsError (exit, all faults) or StoreError (the memory is away). `house` is the same on every platform,
`platforms` the rest.
"""

import asyncio
import json
import secrets
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from bot.app.house import House, check, open_house, platforms_of
from bot.app.platforms import Line, has_terminal, open_lines
from bot.errors import SettingsError
from bot.heartbeat import BEAT_S, Heartbeat
from bot.messages.facts import facts
from bot.ports import Attachment, Person, Request
from bot.settings import Selection, Settings
from bot.steward import Steward
from bot.supervise import Part, Supervisor, WhenDone, exit_after, stop_on_signals
from handlers.console.place import HERE, NO_TERMINAL

__all__ = ["ask", "check", "replay", "run"]

log = structlog.get_logger()

TICK_S: Final = 5.0
"""How often silence is looked for, of markets and of platforms."""
REFUSED_AGAIN_S: Final = (60.0, 900.0)
"""Between tries of a platform that refuses us while another works: the first wait and the longest."""


async def run(settings: Settings) -> int:
    """Watch and talk until told to stop."""
    selection = check(settings)
    if HERE.platform in platforms_of(settings) and not has_terminal():
        raise SettingsError((NO_TERMINAL,))
    log.info("starting", **settings.describe())
    for note in selection.notes:
        log.warning("settings", note=note)
    stop = asyncio.Event()
    heart = Heartbeat(settings.data_dir)
    with stop_on_signals(stop):
        async with open_house(settings, selection) as house, AsyncExitStack() as stack:
            await house.book.settle()
            await house.monitor.start()
            await house.flows.start()
            if not settings.redis_url.get_secret_value():
                await house.outbox.adopt_leases()  # the store is ours alone, so its lease holders are dead
            lines = await open_lines(settings, house, stack)
            if any(line.person_ends_it for line in lines):
                hello = Request(f"hello-{secrets.token_hex(4)}", HERE, Person(HERE.id), "/start")
                await house.desk.handle(hello)
            stack.callback(heart.clear)
            parts = (
                *_mouths(house, lines),
                Part("watchers", house.watch),
                Part("silence", partial(_look_for_silence, house, selection)),
                Part("heartbeat", partial(_beat, house, heart)),
                *_ears(house, lines),
            )
            return await Supervisor(on_crash=house.crashed, last_resort=exit_after).run(parts, stop)


def _mouths(house: House, lines: Sequence[Line]) -> Iterator[Part]:
    for line in lines:
        yield Part(f"delivery {line.platform}", house.worker(line.sender).run, vital=len(lines) == 1)


def _ears(house: House, lines: Sequence[Line]) -> Iterator[Part]:
    """Where there are several, neither crashes nor a refused token of one end the program."""
    for line in lines:
        name, run = f"chat {line.platform}", partial(line.gateway.run, house.desk)
        if line.person_ends_it:
            yield Part(name, run, WhenDone.STOP)
        elif len(lines) == 1:
            yield Part(name, run)
        else:
            yield Part(name, partial(_outlive_refusal, house.steward, line.platform, run), vital=False)


async def _outlive_refusal(steward: Steward, platform: str, run: Callable[[], Awaitable[None]]) -> None:
    """Tell the operator on the platforms that work, and ask again: tokens are set anew, proxies come back."""
    wait = REFUSED_AGAIN_S[0]
    while True:
        try:
            await run()
        except SettingsError as error:
            log.error("platform refuses us", platform=platform, why=str(error))  # noqa: TRY400  no bug of ours
            await steward.refused(platform, str(error))
        else:
            return
        await asyncio.sleep(wait)
        wait = min(2 * wait, REFUSED_AGAIN_S[1])


async def replay(settings: Settings, words: Sequence[str], prices: Path | None, as_json: bool) -> int:  # noqa: FBT001
    """What /replay answers to these words, with a file of prices beside them."""
    file = None
    if prices is not None:
        try:
            text = await asyncio.to_thread(prices.read_text, encoding="utf-8")
        except (OSError, ValueError) as error:
            raise SettingsError((f"{prices} cannot be read as text: {error}",)) from None

        async def fetch() -> str:
            return text

        file = Attachment(prices.name, fetch)
    return await ask(settings, " ".join(("/replay", *words)), as_json, file)


async def ask(
    settings: Settings,
    text: str,
    as_json: bool,  # noqa: FBT001
    file: Attachment | None = None,
) -> int:
    """One chat command, as the operator at the terminal would give it; beside a running bot or alone."""
    from handlers.console.renderer import plain  # noqa: PLC0415  brings prompt_toolkit, which `run` can do without

    selection = check(settings)
    async with open_house(settings, selection, beside=Heartbeat(settings.data_dir)) as house:
        person = Person(HERE.id)
        answer = await house.desk.answer(
            Request(f"ask/{secrets.token_hex(8)}", HERE, person, text, file=file)
        )
        told = facts(answer)
        if as_json:
            sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        else:
            said = house.composer.answer(answer, await house.book.settings(HERE.id), now=int(time.time()))
            sys.stdout.write(plain(said) + "\n")
    return 0 if told["answer"] != "fault" else 1


async def _look_for_silence(house: House, selection: Selection) -> None:
    while True:
        await house.monitor.tick([market.key for market in selection.markets])
        await house.steward.tick()
        await asyncio.sleep(TICK_S)


async def _beat(house: House, heart: Heartbeat) -> None:
    """A full disk turns the health check red by itself; it is no reason to stop warning people."""
    trouble = ""
    while True:
        try:
            await asyncio.to_thread(heart.beat, time.time(), house.eyes.health(), house.eyes.flow_health())
            trouble = ""
        except OSError as error:
            if str(error.strerror) != trouble:
                trouble = str(error.strerror)
                log.warning("no sign of life written", why=trouble)
        await asyncio.sleep(BEAT_S)
