"""Deeds on Discord, see `tests.town.sides`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.discord.forms import needs_modal
from tests.chat.discord.interactions import Interaction
from tests.chat.discord.ledger import Entry
from tests.chat.discord.people import Person
from tests.chat.discord.places import Place
from tests.chat.discord.view import Shown
from tests.town.sides import FORMS, NOTHING, Settled
from tests.town.town import Town


class DiscordWays:
    """The square is the first channel of `DiscordSide`'s server."""

    platform = "discord"

    def __init__(self, here: Town) -> None:
        self.here = here
        self.side = side = here.discord
        self.operator, self.owner, self.admin = side.operator, side.owner, side.admin
        self.member, self.stranger = side.member, side.stranger
        self.square, self.elsewhere = side.general, side.elsewhere
        self.home, self.place = side.home, side.place
        self.other_home, self.other_place = side.other_home, f"discord/c{side.elsewhere.id}"

    def id_of(self, person: Person) -> str:
        return self.side.chat(person)

    def private(self, person: Person) -> Place:
        return person.dm

    def demote(self, person: Person) -> None:
        self.side.server.take(person, self.side.keepers)

    def join(self, person: Person) -> None:
        self.side.server.join(person)

    async def greeting(self, person: Person) -> Shown:
        return await self.side.peer.answer(person.slash(person.dm, "start"))

    async def command(
        self,
        person: Person,
        /,
        name: str,
        form: str = "",
        values: Mapping[str, Any] = NOTHING,
        *,
        at: Place | None = None,
    ) -> str:
        """As a slash command, which opens a form where it asks for lines."""
        where = at or self.square
        wanted = FORMS.find(name, form)
        path = (form,) if form else ()
        if wanted is not None and needs_modal(wanted):
            opened = person.slash(where, name, *path)
            await self.side.peer.modal(opened)
            return await self.said(person.submit(opened, values))
        # An underscore at the end keeps an option's name from being that of a parameter.
        given: dict[str, Any] = {
            f"{key}_": person.attach("a.csv", value) if isinstance(value, bytes) else str(value)
            for key, value in values.items()
        }
        return await self.said(person.slash(where, name, *path, **given))

    async def said(self, asked: Interaction) -> str:
        return (await self.side.peer.answer(asked)).text

    async def press(self, person: Person, message: Any, data: str, *, at: Place | None = None) -> str:
        """By a client that offers any press."""
        return await self.said(person.forge(at or self.square, data, message=message))

    async def alert(self, *, at: Place | None = None) -> Entry:
        place = at or self.square
        return await self.side.peer.wait_for(lambda one: one.channel_id == place.id and "🔴" in one.text)

    def corners(self) -> list[tuple[dict[str, Any], str]]:
        post = self.side.server.forum(5301, "ideas").thread("one of them")
        return [({"at": one}, f"discord/c{one.id}") for one in (self.side.thread, post)]

    async def flood(self, person: Person, times: int, settled: Settled) -> list[str]:
        asked = [person.slash(self.square, "settings", "target", value="1.7") for _ in range(times)]
        words = [await self.said(one) for one in asked]
        await settled()
        return words
