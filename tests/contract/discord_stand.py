"""Discord for the contract suites: the peer of the tests, one person in private with the bot.

What people type elsewhere they pick here, so what a suite says is turned into the slash command that says it.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from bot.ports import Gateway
from bot.subscriptions import Destination
from handlers.commands.command import Command, Form, Kind, Option
from handlers.discord.client import DiscordLine, discord_line
from handlers.discord.gateway import DiscordGateway
from handlers.discord.sender import DiscordSender
from tests.chat.discord.interactions import Interaction
from tests.chat.discord.people import Person
from tests.chat.discord.places import Place
from tests.chat.discord.rights import Right
from tests.chat.discord.server import DiscordPeer
from tests.chat.discord.trouble import Kind as Trouble
from tests.chat.discord.view import Shown
from tests.contract.stands import PlaceNotes, Stand, Strike

_TROUBLES = {
    Strike.DROPPED_BEFORE: Trouble.DROP_BEFORE,
    Strike.DROPPED_AFTER: Trouble.DROP_AFTER,
    Strike.SERVER_ERROR: Trouble.SERVER_ERROR,
    Strike.GARBAGE: Trouble.BAD_GATEWAY,
}


async def nothing(_: Any) -> Any:
    """A command that nobody runs."""


def command(name: str, *options: Option, forms: tuple[Form, ...] = ()) -> Command:
    """One that takes any words."""
    words = Option("words", "What else you would type", required=False)
    return Command(
        name, "", f"What {name} does", nothing, forms=forms or (Form("", name, (words, *options)),)
    )


COMMANDS = (
    *map(command, ("start", "status", "watch", "break", "one", "two")),
    command("import", Option("file", "The list", required=False, kind=Kind.FILE)),
)


def discord_gateway(line: DiscordLine, **more: Any) -> DiscordGateway:
    return DiscordGateway(line, **({"commands": COMMANDS, "steward": PlaceNotes()} | more))


def read(markdown: str) -> str:
    """A text as Discord shows it, without its styles."""
    return re.sub(r"\\([^A-Za-z0-9\s])|\*\*|\u200b", lambda found: found.group(1) or "", markdown)


class DiscordStand:
    def __init__(self, peer: DiscordPeer, line: DiscordLine) -> None:
        self.peer, self.line = peer, line
        self.ann, self.bob = peer.user(1001, "Ann"), peer.user(1002, "Bob")
        self.server = peer.server(9001, "Treasury", self.ann, self.bob)
        self.general = self.server.channel(5001, "general")
        self.sender = DiscordSender(line)
        self.place = Destination("discord", str(self.ann.id))
        self.did: list[Interaction] = []
        self._deeds: asyncio.Queue[Callable[[], Interaction]] = asyncio.Queue()

    def gateway(self) -> Gateway:
        return discord_gateway(self.line)

    async def act(self) -> None:
        """Do what was said and pressed, in order, once the bot is there: Discord keeps nothing for it."""
        while True:
            deed = await self._deeds.get()
            await self.peer.until(lambda: self.peer.line.live and len(self.peer.dc.commands) == len(COMMANDS))
            self.did.append(deed())
            self._deeds.task_done()

    def screen(self) -> list[str]:
        return [read(one.text) for one in self._visible()]

    def files(self) -> list[tuple[str, str]]:
        kept = self.peer.dc.files.values()
        names = {name for one in self._visible() for name in one.files}
        return [(one.wire["filename"], one.data.decode()) for one in kept if one.wire["filename"] in names]

    def _visible(self) -> list[Shown]:
        return self.peer.visible(self.ann.dm)

    def answered(self) -> str:
        return str(self._visible()[-1].reply_to or "")

    def say(self, text: str) -> None:
        self._slash(self.ann, self.ann.dm, text)

    def say_in_group(self, text: str, *, as_admin: bool) -> None:
        self._slash(self.ann if as_admin else self.bob, self.general, text)

    def hand_over(self, text: str, name: str, content: bytes) -> None:
        self._slash(self.ann, self.ann.dm, text, file=self.ann.attach(name, content))

    def _slash(self, who: Person, where: Place, text: str, **values: Any) -> None:
        name, _, words = text.removeprefix("/").partition(" ")
        values |= {"words": words} if words else {}
        self._deeds.put_nowait(lambda: who.slash(where, name, **values))

    def press(self, message_id: str, label: str) -> None:
        self._deeds.put_nowait(lambda: self.ann.press(int(message_id), label))

    async def flashed(self) -> str:
        await self._deeds.join()
        return read((await self.peer.answer(self.did[-1])).text)

    async def strike(self, how: Strike) -> Destination:
        if how is not Strike.NOBODY_LISTENS:
            await self.line.dm(str(self.ann.id))  # the misfortune is meant for the message
        match how:
            case Strike.THROTTLED_7_S:
                self.peer.throttle(7, channel=self.ann.dm)
            case Strike.NOBODY_LISTENS:
                await self.peer.stop()
            case Strike.UNKNOWN_CHAT:
                return Destination("discord", "c424242")
            case Strike.REFUSED_BY_READER:
                self.general.deny(self.server.everyone, Right.VIEW_CHANNEL)
                self.general.hide_from_bot()
                return Destination("discord", f"c{self.general.id}")
            case Strike.MIGRATED:
                raise NotImplementedError("nothing on Discord gets a new id")
            case _:
                self.peer.trouble(_TROUBLES[how])
        return self.place


@asynccontextmanager
async def discord_stand(folder: Path) -> AsyncIterator[Stand]:
    async with (
        DiscordPeer() as peer,
        discord_line(peer.token, api=peer.api) as line,
    ):
        stand = DiscordStand(peer, line)
        acting = asyncio.create_task(stand.act())
        try:
            yield stand
        finally:
            acting.cancel()
            with suppress(asyncio.CancelledError):
                await acting
