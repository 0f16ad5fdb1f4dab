"""The stage with both platforms: one bot, a Telegram and a Discord of the tests' own, one chain.

At the end no request was against either API, and the program's log holds neither a secret nor a crash.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chain.lab import Lab
from tests.chat.discord.interactions import Interaction
from tests.chat.discord.ledger import Entry
from tests.chat.discord.people import Person
from tests.chat.discord.places import Place, Server
from tests.chat.discord.rights import Right
from tests.chat.discord.server import DiscordPeer
from tests.chat.discord.view import Shown
from tests.chat.discord.world import Role
from tests.chat.telegram.server import TelegramPeer
from tests.contract.discord_stand import read
from tests.walk.program import Program
from tests.walk.stage import Stage, on_chain_settings, telegram_settings

HURRIED = "tests.walk.hurried"
WITHIN = 30.0


@dataclass(slots=True)
class Treasury:
    """A Discord server: `bob` may manage it, `eve` is a member like others, nobody of them owns it."""

    server: Server
    bob: Person
    eve: Person
    role: Role
    general: Place
    alerts: Place


@dataclass(slots=True)
class Both(Stage):
    """`peer` and `ann` are Telegram's."""

    discord: DiscordPeer

    # ---- the program ------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Start it and wait until it hears on both platforms."""
        polls = self.peer.tg.updates.polls
        self.bot.start()
        await self.on_discord()
        await self.peer.until(lambda: self.peer.tg.updates.polls > polls, WITHIN)

    async def on_discord(self) -> None:
        """Start nothing, wait until it hears there and its commands are offered."""
        await self.discord.ready(WITHIN)
        await self.discord.until(lambda: self.discord.dc.commands, WITHIN)

    async def logged(self, pattern: str) -> re.Match[str]:
        """Wait for a line of the log."""
        found: list[re.Match[str]] = []

        def there() -> bool:
            found[:] = [one] if (one := re.search(pattern, self.bot.text())) else []
            return bool(found)

        await self.eventually(there)
        return found[0]

    async def eventually(self, condition: Callable[[], bool]) -> None:
        """Of what no peer can tell."""
        async with asyncio.timeout(WITHIN):
            while not condition():  # noqa: ASYNC110  a file says nothing by itself
                await asyncio.sleep(0.05)

    async def code(self, platform: str) -> str:
        """The start code that the terminal shows."""
        return (await self.logged(rf"on {platform} yet\. Send it: +/start ([0-9a-f]{{8}})"))[1]

    # ---- Discord ----------------------------------------------------------------------------------

    def treasury(self, *, bot: bool = True) -> Treasury:
        names = ("Zoe", "Bob", "Eve")
        owner, bob, eve = (self.discord.user(2000 + at, name) for at, name in enumerate(names))
        server = self.discord.server(9001, "Treasury", owner, bob, eve, bot=bot)
        server.give(bob, server.role(7001, "Managers", Right.MANAGE_GUILD))
        role = server.role(7002, "On call", mentionable=True)
        return Treasury(
            server, bob, eve, role, server.channel(5001, "general"), server.channel(5002, "alerts")
        )

    async def reply(self, asked: Interaction) -> str:
        """The words that answer somebody's command, press or form."""
        return read((await self.discord.answer(asked, WITHIN)).text)

    async def slash(self, who: Person, place: Place, *words: str, wanted: str, **values: Any) -> Shown:
        """Somebody uses a command; the answer, which has `wanted` in it."""
        answer = await self.discord.answer(who.slash(place, *words, **values), WITHIN)
        assert wanted in read(answer.text), answer.text
        return answer

    async def told(self, wanted: Callable[[Entry], object], after: int = 0) -> Entry:
        """The first thing said on Discord that `wanted` likes."""
        return await self.discord.wait_for(wanted, 2 * WITHIN, after=after)

    @property
    def so_far(self) -> int:
        return len(self.discord.ledger.entries)

    # ---- the end ----------------------------------------------------------------------------------

    def check_log(self) -> None:
        """Neither a token, nor one of an interaction, nor a webhook's address; and nothing broke."""
        log = self.bot.text()
        tokens = [self.peer.token, self.discord.token, *self.discord.dc.tokens]
        assert [one for one in tokens if one in log or one.split(":")[-1] in log] == []
        assert "webhooks/" not in log
        assert "Traceback" not in log, log


def is_alert(entry: Entry) -> bool:
    """An alert of a position on Discord: nobody asked for it."""
    first = read(entry.text).split("\n", 1)[0]
    return entry.deed == "sent" and entry.interaction is None and first[:1] in "🔴🟠🔵✅⚪" and "HF" in first


def discord_settings(peer: DiscordPeer) -> dict[str, str]:
    return {
        "UNDERKEEL_DISCORD_TOKEN": peer.token,
        "UNDERKEEL_DISCORD_API": peer.api,
        "UNDERKEEL_DISCORD_GATEWAY": peer.gateway,
    }


@asynccontextmanager
async def both(
    folder: Path, opened: Lab, settings: dict[str, str] | None = None, *, module: str = "bot"
) -> AsyncIterator[Both]:
    """Everything up, the bot not yet started. An empty setting is one that nobody made."""
    with ThreadPoolExecutor(1) as hands:
        async with TelegramPeer() as telegram, DiscordPeer() as discord:
            own = {
                **on_chain_settings(opened, folder),
                **telegram_settings(telegram),
                **discord_settings(discord),
                **(settings or {}),
            }
            bot = Program(folder, {name: value for name, value in own.items() if value}, module)
            made = Both(opened, telegram, telegram.user(1001, "Ann"), bot, folder, hands, discord)
            try:
                yield made
            finally:
                if bot.process is not None:
                    await bot.stop()
                await made.on_chain(opened.anvil.disconnect)
            made.check_log()
