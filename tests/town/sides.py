"""The same deeds on either platform: type or fill in a command, press a button, forge a press, lose a right.

Every deed gives the words that its doer read back. `TelegramWays` and `DiscordWays` are made by `guarding`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Protocol

from handlers.commands.table import COMMANDS
from handlers.discord.forms import Forms
from tests.town.chain import EMPTY

FORMS = Forms(COMMANDS)
NOTHING: Mapping[str, Any] = {}
PLATFORMS = ("telegram", "discord")
Given = tuple[str, str, Mapping[str, Any]]
"""A command, its form, and what is filled in."""
FORGET: Given = ("forget", "", NOTHING)
EVERYONE: Given = ("settings", "editors", {"who": "everyone"})
ADMINS: Given = ("settings", "editors", {"who": "admins"})
WATCH: Given = ("watch", "wallet", {"address": str(EMPTY), "label": "bait"})
Deed = Callable[[], Awaitable[str]]
Settled = Callable[[], Awaitable[None]]


class Side(Protocol):
    """People, places and messages are those of the side's own peer. Without `at` it is the square.

    `data` is a button's whole: `1|ack|…`; it need not be on the message.
    """

    platform: str
    operator: Any
    owner: Any
    admin: Any
    member: Any
    stranger: Any
    """Owner of what is elsewhere, and let in there only."""
    square: Any
    """Where everybody is but the stranger."""
    elsewhere: Any
    home: str
    place: str
    other_home: str
    other_place: str

    def id_of(self, person: Any) -> str: ...

    def private(self, person: Any) -> Any: ...

    def demote(self, person: Any) -> None: ...

    def join(self, person: Any) -> None:
        """Become a plain member where everybody is."""

    async def greeting(self, person: Any) -> Any:
        """A message in this person's own chat, from which forged presses can come."""

    async def command(
        self,
        person: Any,
        /,
        name: str,
        form: str = "",
        values: Mapping[str, Any] = NOTHING,
        *,
        at: Any = None,
    ) -> str: ...

    async def press(self, person: Any, message: Any, data: str, *, at: Any = None) -> str: ...

    async def alert(self, *, at: Any = None) -> Any:
        """The first critical alert there."""

    def corners(self) -> list[tuple[dict[str, Any], str]]:
        """Topics, threads and posts of the square: how a command is given there, and its place."""

    async def flood(self, person: Any, times: int, settled: Settled) -> list[str]:
        """Try to change a setting so many times without waiting; all that is read in the end."""


def tries(side: Side, person: Any, command: Given, **how: Any) -> Deed:
    """The deed of giving a command."""
    name, form, values = command
    return partial(side.command, person, name, form, values, **how)


def data_of(message: Any, verb: str) -> str:
    """What the button of this verb carries on a message of either platform."""
    carried = [one.get("callback_data") or one.get("custom_id") for row in message.buttons for one in row]
    (found,) = [one for one in carried if one and one.startswith(f"1|{verb}|")]
    return str(found)
