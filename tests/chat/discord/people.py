"""People as a test drives them: they use commands, press buttons, fill in forms, write, forge.

Each deed is checked as Discord's own client would (LookupError: it would not be offered), then becomes an
interaction for the bot. Made by DiscordPeer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.chat.discord import commands, wire
from tests.chat.discord.discord import Discord
from tests.chat.discord.forms import pressed, submitted
from tests.chat.discord.interactions import Interaction, Type, owners
from tests.chat.discord.places import DM_MESSAGES, MESSAGES, HasId, Place, bot_reads
from tests.chat.discord.rights import Right
from tests.chat.discord.world import Channel, Json, Message, User


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a Discord account. `dm` is their private channel with the bot."""

    user: User
    dc: Discord
    dm: Place

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    # Commands

    def slash(
        self, where: HasId, name: str, /, *path: str, overridden: bool = False, **values: Any
    ) -> Interaction:
        """`ann.slash(channel, "watch", "wallet", address="0x…")`: subcommands by position, options by name.

        `overridden`: the server's admins opened the command to those whom its default permissions exclude.
        """
        channel = self._open(where)
        owned = owners(self.dc.world, self.id, channel)
        command, authorized = commands.offered(self.dc.commands, name, owned, channel)
        commands.check_rights(self.dc.world, command, self.id, channel, overridden=overridden)
        data = commands.data_of(self.dc.world, command, path, _named(values), user=self.id, channel=channel)
        return self.dc.interact(Type.COMMAND, self.id, channel, data, authorized)

    def autocomplete(self, where: HasId, name: str, *path: str, focused: str, **values: Any) -> Interaction:
        """What Discord asks while `focused` is being typed; the answer is in `.choices`."""
        channel = self._open(where)
        owned = owners(self.dc.world, self.id, channel)
        command, authorized = commands.offered(self.dc.commands, name, owned, channel)
        data = commands.data_of(
            self.dc.world, command, path, _named(values), user=self.id, channel=channel, focused=focused
        )
        return self.dc.interact(Type.AUTOCOMPLETE, self.id, channel, data, authorized)

    def attach(self, name: str, data: bytes, kind: str = "text/plain; charset=utf-8") -> Json:
        """Upload a file, to be given to a command: `ann.slash(channel, "import", file=ann.attach(…))`."""
        return self.dc.store(self.dm.id, name, kind, data)

    # Buttons and forms

    def press(self, message: object, button: str, *, stale: bool = False) -> Interaction:
        """Press a button by its label or its custom_id; `message` is whatever has a message id.

        The button must be on the message as it stands now; `stale` presses a custom_id that is gone from it,
        as a client that has not yet seen the edit can.
        """
        target = self._seen(message)
        data = {"custom_id": button, "component_type": 2, "id": 1} if stale else pressed(target, button)
        return self._use(target, data)

    def pick(self, message: object, select: str, *values: str) -> Interaction:
        """Choose in a select menu, named by its placeholder or custom_id."""
        target = self._seen(message)
        return self._use(target, pressed(target, select, values))

    def forge(
        self, where: HasId, custom_id: str, *, message: object = None, values: Sequence[str] = ()
    ) -> Interaction:
        """A press that no client offers: any custom_id, anywhere, on any message or on one that never was.

        With `message` of another server the payload names this channel and that message.
        """
        channel = self.dc.world.channels[where.id]
        target = Message(1, channel.id, {}) if message is None else self._message(message)
        body = target.body or _nobodys(self.dc, channel)
        data: Json = {"custom_id": custom_id, "component_type": 3 if values else 2, "id": 1}
        data |= {"values": list(values)} if values else {}
        owned = owners(self.dc.world, self.id, channel)
        stood = Message(target.id, channel.id, body)
        return self.dc.interact(Type.COMPONENT, self.id, channel, data, owned, message=stood)

    def submit(self, opened: Interaction, answers: Mapping[str, str]) -> Interaction:
        """Fill in the form that an interaction opened, its inputs by label or custom_id, and send it off."""
        if opened.modal is None or opened.user != self.id:
            raise LookupError("no form is open for this person")
        channel = self.dc.world.channels[opened.channel]
        owned = owners(self.dc.world, self.id, channel)
        message = None if opened.message is None else self.dc.world.message(opened.message)
        data = submitted(opened.modal, answers)
        return self.dc.interact(Type.MODAL, self.id, channel, data, owned, message=message)

    # Writing

    def say(self, text: str, *files: Json) -> int:
        """Write to the bot in private; returns the message id."""
        return self.send(self.dm, text, *files)

    def send(self, where: HasId, text: str, *files: Json) -> int:
        """Write into a channel. The bot is told if its intents say so, without the words unless for it."""
        channel = self._open(where)
        body: Json = {
            "id": str(self.dc.world.new_id()),
            "channel_id": str(channel.id),
            "author": wire.user(self.user),
            "content": text,
            "attachments": list(files),
            "timestamp": self.dc.clock.iso,
            "edited_timestamp": None,
        }
        body |= {"embeds": [], "components": [], "mentions": [], "mention_roles": []}
        body |= {"type": 0, "flags": 0, "tts": False, "pinned": False, "mention_everyone": False}
        message = Message(int(body["id"]), channel.id, body)
        channel.messages[message.id] = message
        told = dict(body) if bot_reads(channel, message) else body | {"content": "", "attachments": []}
        told |= {} if channel.guild is None else {"guild_id": str(channel.guild)}
        intents = DM_MESSAGES if channel.guild is None else MESSAGES
        self.dc.gateway.dispatch("MESSAGE_CREATE", told, intents=intents)
        return message.id

    # Their own settings

    def install(self) -> None:
        """Have the app for oneself, wherever one is."""
        self.user.installed = True

    def uninstall(self) -> None:
        self.user.installed = False

    def close_dms(self) -> None:
        """Block the bot, or take no messages from members of shared servers."""
        self.user.takes_dms = False

    def open_dms(self) -> None:
        self.user.takes_dms = True

    # Helpers

    def _open(self, where: HasId) -> Channel:
        """The channel, if this person is there."""
        channel = self.dc.world.channels[where.id]
        if channel.deleted:
            raise LookupError(f"{channel.name!r} is deleted")
        if Right.VIEW_CHANNEL not in self.dc.world.rights(self.id, channel):
            raise LookupError(f"{self.user.name} does not see {channel.name!r}")
        return channel

    def _use(self, target: Message, data: Json) -> Interaction:
        channel = self._open(self.dc.world.channels[target.channel])
        owned = owners(self.dc.world, self.id, channel)
        return self.dc.interact(Type.COMPONENT, self.id, channel, data, owned, message=target)

    def _message(self, named: object) -> Message:
        found = getattr(named, "message_id", None) or getattr(named, "original", None) or named
        assert isinstance(found, int), f"{named!r} is no message"
        return self.dc.world.message(found)

    def _seen(self, named: object) -> Message:
        message = self._message(named)
        if message.seen_by not in (None, self.id):
            raise LookupError(f"{self.user.name} does not see message {message.id}")
        return message


def _named(values: Mapping[str, Any]) -> dict[str, Any]:
    """Options whose names Python keeps for itself are given with an underscore at the end."""
    return {name.removesuffix("_"): value for name, value in values.items()}


def _nobodys(dc: Discord, channel: Channel) -> Json:
    """A message of the bot that never was."""
    return {
        "embeds": [],
        "components": [],
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "id": "1",
        "channel_id": str(channel.id),
        "type": 0,
        "author": wire.me(dc.world),
        "content": "",
        "timestamp": dc.clock.iso,
        "edited_timestamp": None,
        "flags": 0,
        "tts": False,
        "pinned": False,
        "mention_everyone": False,
    }
