"""Servers and channels as a test drives them: roles given and taken, channels closed, the bot thrown out.

Each deed changes the world and tells the bot by the events that its intents let through. Made by DiscordPeer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from tests.chat.discord import wire
from tests.chat.discord.discord import Discord
from tests.chat.discord.rights import ORDINARY, Right
from tests.chat.discord.world import BOT_ID, THREADS, Channel, Guild, Json, Kind, Message, Role

GUILDS, MEMBERS, MESSAGES, DM_MESSAGES = 1 << 0, 1 << 1, 1 << 9, 1 << 12
"""Intents that let an event through."""


class HasId(Protocol):
    @property
    def id(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Place:
    """A text, announcement or forum channel, a thread, a forum post, or a private channel."""

    channel: Channel
    dc: Discord

    @property
    def id(self) -> int:
        return self.channel.id

    def thread(self, name: str, thread_id: int | None = None) -> Place:
        """A public thread; in a forum, a post."""
        kind = Kind.ANNOUNCEMENT_THREAD if self.channel.kind is Kind.ANNOUNCEMENT else Kind.THREAD
        made = Channel(
            thread_id or self.dc.world.new_id(), kind, name, self.channel.guild, parent=self.channel.id
        )
        self.dc.world.channels[made.id] = made
        self._tell("THREAD_CREATE")(made)
        return Place(made, self.dc)

    def delete(self) -> None:
        self.channel.deleted = True
        self._tell("THREAD_DELETE" if self.channel.kind in THREADS else "CHANNEL_DELETE")(self.channel)

    def archive(self, *, locked: bool = False) -> None:
        self.channel.archived, self.channel.locked = True, locked
        self._tell("THREAD_UPDATE")(self.channel)

    def allow(self, who: HasId, *rights: Right) -> None:
        """An overwrite for a role or member of this channel: these rights are given, none is taken."""
        self._overwrite(who.id, rights, ())

    def deny(self, who: HasId, *rights: Right) -> None:
        self._overwrite(who.id, (), rights)

    def mute_bot(self) -> None:
        """The bot may still look, and no longer write."""
        self._overwrite(BOT_ID, (), (Right.SEND_MESSAGES, Right.SEND_MESSAGES_IN_THREADS))

    def unmute_bot(self) -> None:
        self._overwrite(BOT_ID, (), ())

    def hide_from_bot(self) -> None:
        self._overwrite(BOT_ID, (), (Right.VIEW_CHANNEL,))

    def _overwrite(self, who: int, allowed: Iterable[Right], denied: Iterable[Right]) -> None:
        given, taken = Right(0), Right(0)
        for one in allowed:
            given |= one
        for one in denied:
            taken |= one
        self.channel.overwrites[who] = (given, taken)
        self._tell("CHANNEL_UPDATE")(self.channel)

    def _tell(self, event: str) -> _Teller:
        return _Teller(self.dc, event)


@dataclass(frozen=True, slots=True)
class _Teller:
    """Sends a channel's event where the bot is a member."""

    dc: Discord
    event: str

    def __call__(self, channel: Channel) -> None:
        guild = self.dc.world.guild_of(channel)
        if guild is not None and guild.has_bot:
            self.dc.gateway.dispatch(self.event, wire.channel(channel, self.dc.world), intents=GUILDS)


@dataclass(frozen=True, slots=True)
class Server:
    """A Discord server ("guild" on the wire) and what its people may do to it."""

    guild: Guild
    dc: Discord

    @property
    def id(self) -> int:
        return self.guild.id

    @property
    def everyone(self) -> Role:
        return self.guild.roles[self.guild.id]

    def channel(self, channel_id: int, name: str, kind: Kind = Kind.TEXT) -> Place:
        made = Channel(channel_id, kind, name, self.guild.id)
        self.dc.world.channels[channel_id] = made
        place = Place(made, self.dc)
        place._tell("CHANNEL_CREATE")(made)
        return place

    def announcements(self, channel_id: int, name: str) -> Place:
        return self.channel(channel_id, name, Kind.ANNOUNCEMENT)

    def forum(self, channel_id: int, name: str) -> Place:
        return self.channel(channel_id, name, Kind.FORUM)

    def role(self, role_id: int, name: str, *rights: Right, mentionable: bool = False) -> Role:
        made = Role(role_id, name, Right(0), mentionable)
        for one in rights:
            made.rights |= one
        self.guild.roles[role_id] = made
        self._tell("GUILD_ROLE_CREATE", {"role": wire.role(made, self.guild)})
        return made

    def give(self, who: HasId, role: Role) -> None:
        self.guild.members[who.id].add(role.id)
        self._member_changed(who.id)

    def take(self, who: HasId, role: Role) -> None:
        """A member is demoted: from now on the role's rights are not theirs."""
        self.guild.members[who.id].discard(role.id)
        self._member_changed(who.id)

    def delete_role(self, role: Role) -> None:
        del self.guild.roles[role.id]
        for held in self.guild.members.values():
            held.discard(role.id)
        self._tell("GUILD_ROLE_DELETE", {"role_id": str(role.id)})

    def join(self, who: HasId) -> None:
        self.guild.members.setdefault(who.id, set())

    def leave(self, who: HasId) -> None:
        self.guild.members.pop(who.id, None)

    # The bot

    def add_bot(self, *rights: Right) -> None:
        """Invite the bot: its own role gives `rights`, or what a bot of messages ordinarily has."""
        wanted = Right(0) if rights else ORDINARY
        for one in rights:
            wanted |= one
        self.guild.roles[self.guild.id + 1] = Role(self.guild.id + 1, "Peer's bot", wanted)
        self.guild.members[BOT_ID] = {self.guild.id + 1}
        self.dc.gateway.dispatch("GUILD_CREATE", wire.guild_create(self.guild, self.dc.world), intents=GUILDS)

    def remove_bot(self) -> None:
        self.guild.members.pop(BOT_ID, None)
        self.dc.gateway.dispatch("GUILD_DELETE", {"id": str(self.id)}, intents=GUILDS)

    def go_down(self) -> None:
        """An outage of Discord: the server is not gone, only away."""
        self.guild.outage = True
        self.dc.gateway.dispatch("GUILD_DELETE", {"id": str(self.id), "unavailable": True}, intents=GUILDS)

    def come_back(self) -> None:
        self.guild.outage = False
        self.dc.gateway.dispatch("GUILD_CREATE", wire.guild_create(self.guild, self.dc.world), intents=GUILDS)

    def _member_changed(self, who: int) -> None:
        """Told of others only with a privileged intent; of the bot itself always."""
        told = wire.member(self.dc.world, self.guild, who)
        intents = GUILDS if who == BOT_ID else MEMBERS
        self._tell("GUILD_MEMBER_UPDATE", told, intents)

    def _tell(self, event: str, told: Json, intents: int = GUILDS) -> None:
        if self.guild.has_bot:
            self.dc.gateway.dispatch(event, {"guild_id": str(self.id)} | told, intents=intents)


def bot_reads(channel: Channel, message: Message) -> bool:
    """Whether a bot without the message-content intent may read what somebody wrote."""
    return channel.kind is Kind.DM or f"<@{BOT_ID}>" in message.body["content"]
