"""Deeds on Telegram, see `tests.town.sides`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.chat.telegram.ledger import Entry
from tests.chat.telegram.people import Person
from tests.chat.telegram.rooms import Room
from tests.chat.telegram.world import lit
from tests.town.people import TOPIC
from tests.town.sides import FORMS, NOTHING, Settled
from tests.town.town import Town


class TelegramWays:
    """The square is the group of `TelegramSide`."""

    platform = "telegram"

    def __init__(self, here: Town) -> None:
        self.here = here
        self.side = side = here.telegram
        self.operator, self.owner, self.admin = side.operator, side.owner, side.admin
        self.member, self.stranger = side.member, side.stranger
        self.square, self.elsewhere = side.group, side.other
        self.home, self.place = side.home, side.place
        self.other_home = self.other_place = side.other_home

    def id_of(self, person: Person) -> str:
        return self.side.chat(person)

    def private(self, person: Person) -> Room:
        return person.private

    def demote(self, person: Person) -> None:
        self.square.demote(person, self.owner)

    def join(self, person: Person) -> None:
        self.square.chat.join(person.user)

    async def greeting(self, person: Person) -> Entry:
        person.say("/start")
        return await self.side.peer.wait_for(lambda one: one.chat_id == person.id)

    async def command(
        self,
        person: Person,
        /,
        name: str,
        form: str = "",
        values: Mapping[str, Any] = NOTHING,
        *,
        at: Room | None = None,
        **how: Any,
    ) -> str:
        """Typed, or with a file that goes with it."""
        files = [value for value in values.values() if isinstance(value, bytes)]
        words = {key: str(value) for key, value in values.items() if not isinstance(value, bytes)}
        line = FORMS.line(name, form, words)
        if files:
            return await self._answer(at, lambda room: person.send_document(room, "a.csv", files[0], line))
        return await self.typed(person, line, at=at, **how)

    async def typed(self, person: Person, text: str, *, at: Room | None = None, **how: Any) -> str:
        return await self._answer(at, lambda room: person.send(room, text, **how))

    async def quoted(self, person: Person, text: str, mark: Mapping[str, Any]) -> str:
        """Words of somebody else, as the message says that has this mark."""
        content = {"text": text, **lit(text), **mark}
        return await self._answer(None, lambda room: person._put(room.chat, content))

    async def _answer(self, at: Room | None, deed: Callable[[Room], object]) -> str:
        room = at or self.square
        after = len(self.side.peer.ledger.entries)
        deed(room)
        found = await self.side.peer.wait_for(lambda one: one.chat_id == room.id, after=after)
        return found.text

    async def heard(self) -> None:
        """Until all that was done has been handled, whether or not it was answered."""
        await self.side.peer.until(lambda: not self.side.peer.tg.updates.pending)

    async def press(self, person: Person, message: Any, data: str, *, at: Room | None = None) -> str:
        """The words that flash; of a press that is answered in the chat there are none."""
        query = person.press(at or self.square, message.message_id, data, stale=True)
        answer = await self.side.peer.answer(query)
        return str(answer.get("text", ""))

    async def alert(self, *, at: Room | None = None) -> Entry:
        room = at or self.square
        return await self.side.peer.wait_for(lambda one: one.chat_id == room.id and "🔴" in one.text)

    def corners(self) -> list[tuple[dict[str, Any], str]]:
        return [({"thread": TOPIC}, self.side.topic)]

    async def flood(self, person: Person, times: int, settled: Settled) -> list[str]:
        after = len(self.side.peer.ledger.entries)
        for _ in range(times):
            person.send(self.square, "/settings target 1.7")
        await self.heard()
        await settled()
        return [one.text for one in self.side.peer.ledger.entries[after:]]
