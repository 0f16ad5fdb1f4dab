"""One person on each platform, in private with the bot, driven alike: fill in a command, press, listen.

What comes back is read off the wire peer's ledger. Used by the parity table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from handlers.commands.command import Command, Form, Kind
from tests.chat.discord.interactions import Interaction, State
from tests.chat.discord.ledger import Entry as DiscordEntry
from tests.chat.discord.people import Person as DiscordPerson
from tests.chat.discord.server import DiscordPeer
from tests.chat.telegram.ledger import Entry as TelegramEntry
from tests.chat.telegram.people import Person as TelegramPerson
from tests.chat.telegram.server import TelegramPeer
from tests.town.seeing import Seen, on_discord, on_telegram

LIST = "file"
"""The option that a text file is given to."""


class Hand(Protocol):
    """`home` is the person's own chat, where everything here happens."""

    @property
    def home(self) -> str: ...

    def mark(self) -> int:
        """A point in the ledger, to listen from."""

    async def use(self, command: Command, form: Form, values: Mapping[str, str]) -> Seen:
        """Give a command with its form filled in; its answer. A file is given by its text."""

    async def press(self, seen: Seen, label: str) -> Seen:
        """Press a button of a message; what came of it: words, a message or a form."""

    async def hear(self, after: int, wanted: Callable[[Seen], object]) -> Seen:
        """The first message since `after` that nobody asked for, or that changed, and that is `wanted`."""


@dataclass(frozen=True, slots=True)
class TelegramHand:
    peer: TelegramPeer
    person: TelegramPerson

    @property
    def home(self) -> str:
        return f"telegram/{self.person.id}"

    def mark(self) -> int:
        return len(self.peer.ledger.entries)

    async def use(self, command: Command, form: Form, values: Mapping[str, str]) -> Seen:
        text, after = f"/{command.name} {form.words(values)}".strip(), self.mark()
        if any(one.kind is Kind.FILE for one in form.options):
            content = values[LIST].encode()
            self.person.send_document(self.person.private, "list.csv", content, text)
            return await self.hear(after, lambda seen: seen.how == "message")
        return await self.say(text)

    async def say(self, text: str) -> Seen:
        """Write to the bot; its answer."""
        after = self.mark()
        self.person.say(text)
        return await self.hear(after, lambda seen: seen.how == "message")

    async def press(self, seen: Seen, label: str) -> Seen:
        after = self.mark()
        query = self.person.press(self.person.private, seen.message_id, label)
        words = (await self.peer.answer(query)).get("text", "")
        if words:
            return Seen("Telegram", query, "flash", words)
        return await self.hear(after, lambda one: one.how == "message")

    async def hear(self, after: int, wanted: Callable[[Seen], object]) -> Seen:
        def fits(entry: TelegramEntry) -> object:
            return entry.chat_id == self.person.id and entry.deed != "deleted" and wanted(on_telegram(entry))

        return on_telegram(await self.peer.wait_for(fits, after=after))


@dataclass(frozen=True, slots=True)
class DiscordHand:
    peer: DiscordPeer
    person: DiscordPerson

    @property
    def home(self) -> str:
        return f"discord/{self.person.id}"

    def mark(self) -> int:
        return len(self.peer.ledger.entries)

    async def use(self, command: Command, form: Form, values: Mapping[str, str]) -> Seen:
        path = (form.name,) if form.name else ()
        given = {  # the underscore is for those that Python has as names itself
            f"{one.name}_": self.person.attach("list.csv", values[LIST].encode())
            if one.kind is Kind.FILE
            else values[one.name]
            for one in form.options
            if values.get(one.name) and one.kind is not Kind.LINES
        }
        asked = self.person.slash(self.person.dm, command.name, *path, **given)
        lines = {one.name: values[one.name] for one in form.options if one.kind is Kind.LINES}
        if lines:
            await self.peer.modal(asked)
            asked = self.person.submit(asked, lines)
        return await self._answer(asked)

    async def press(self, seen: Seen, label: str) -> Seen:
        asked = self.person.press(seen.evidence, label)
        await self.peer.until(lambda: asked.state in (State.ANSWERED, State.MODAL))
        if asked.modal is not None:
            return Seen("Discord", asked, "form", asked.modal["title"])
        return await self._answer(asked)

    async def fill_in(self, form: Seen, values: Mapping[str, str]) -> Seen:
        """Send off a form that a press opened."""
        assert isinstance(form.evidence, Interaction)
        return await self._answer(self.person.submit(form.evidence, values))

    async def hear(self, after: int, wanted: Callable[[Seen], object]) -> Seen:
        def fits(entry: DiscordEntry) -> object:
            mine = entry.channel_id == self.person.dm.id and entry.interaction is None
            return mine and entry.deed != "deleted" and wanted(on_discord(entry))

        return on_discord(await self.peer.wait_for(fits, after=after))

    async def _answer(self, asked: Interaction) -> Seen:
        await self.peer.answer(asked)
        entries = [one for one in self.peer.ledger.entries if one.interaction == asked.id]
        return replace(on_discord(entries[-1]), how="message")


Pair = tuple[TelegramHand, DiscordHand]
