"""The composition root: the only place that names concrete watchers, stores and chat platforms.

`bot.__main__` calls `check`, `run` and `ask`. The commands return an exit code and raise SettingsError (exit,
all faults) or StoreError (the memory is away). `house` is the same on every platform, `platforms` the rest.
"""

import asyncio
import json
import secrets
import sys
import time
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

import structlog

from bot.app.house import House, check, open_house
from bot.app.platforms import console, has_terminal, telegram
from bot.errors import SettingsError
from bot.heartbeat import BEAT_S, Heartbeat
from bot.messages.facts import facts
from bot.ports import Person, Request
from bot.settings import Selection, Settings
from bot.supervise import Part, Supervisor, WhenDone, exit_after, stop_on_signals
from handlers.console.place import HERE, NO_TERMINAL

__all__ = ["ask", "check", "run"]

log = structlog.get_logger()

TICK_S: Final = 5.0
"""How often silence is looked for."""


async def run(settings: Settings) -> int:
    """Watch and talk until told to stop."""
    selection = check(settings)
    token = settings.telegram_token.get_secret_value()
    if not token and not has_terminal():
        raise SettingsError((NO_TERMINAL,))
    log.info("starting", **settings.describe())
    for note in selection.notes:
        log.warning("settings", note=note)
    stop = asyncio.Event()
    heart = Heartbeat(settings.data_dir)
    with stop_on_signals(stop):
        async with open_house(settings, selection) as house, AsyncExitStack() as stack:
            await house.monitor.start()
            if not settings.redis_url.get_secret_value():
                await house.outbox.adopt_leases()  # the store is ours alone, so its lease holders are dead
            if token:
                gateway, sender = await telegram(settings, house, stack)
            else:
                gateway, sender = console(settings, house)
                hello = Request(f"hello-{secrets.token_hex(4)}", HERE, Person(HERE.id), "/start")
                await house.desk.handle(hello)
            stack.callback(heart.clear)
            parts = (
                Part("delivery", house.worker(sender).run),
                Part("watchers", partial(house.eyes.run, house.monitor)),
                Part("silence", partial(_look_for_silence, house, selection)),
                Part("heartbeat", partial(_beat, house, heart)),
                Part("chat", partial(gateway.run, house.desk), WhenDone.RESTART if token else WhenDone.STOP),
            )
            return await Supervisor(on_crash=house.crashed, last_resort=exit_after).run(parts, stop)


async def ask(settings: Settings, text: str, as_json: bool) -> int:  # noqa: FBT001
    """One chat command, as the operator at the terminal would give it; beside a running bot or alone."""
    from handlers.console.renderer import plain  # noqa: PLC0415  brings prompt_toolkit, which `run` can do without

    selection = check(settings)
    async with open_house(settings, selection, beside=Heartbeat(settings.data_dir)) as house:
        person = Person(HERE.id)
        answer = await house.desk.answer(Request(f"ask/{secrets.token_hex(8)}", HERE, person, text))
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
        await asyncio.sleep(TICK_S)


async def _beat(house: House, heart: Heartbeat) -> None:
    """A full disk turns the health check red by itself; it is no reason to stop warning people."""
    trouble = ""
    while True:
        try:
            await asyncio.to_thread(heart.beat, time.time(), house.eyes.health())
            trouble = ""
        except OSError as error:
            if str(error.strerror) != trouble:
                trouble = str(error.strerror)
                log.warning("no sign of life written", why=trouble)
        await asyncio.sleep(BEAT_S)
