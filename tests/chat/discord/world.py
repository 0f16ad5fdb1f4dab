"""The little Discord behind the peer: users, servers, channels, and the messages that stand in them now.

Changed by routes (the bot) and by people; what it looks like on the wire is made in wire.py. No network here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from tests.chat.discord.clock import Clock
from tests.chat.discord.rights import IN_PRIVATE, ORDINARY, Overwrites, Right, in_channel, in_server

Json = dict[str, Any]
EPOCH_MS = 1_420_070_400_000
BOT_ID = 800_000_000_000_000_001
APP_ID = BOT_ID
"""Applications made since 2016 share their id with their bot."""


class Kind(IntEnum):
    """Types of channels."""

    TEXT = 0
    DM = 1
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    THREAD = 11
    FORUM = 15


THREADS = (Kind.THREAD, Kind.ANNOUNCEMENT_THREAD)


class Flag:
    """Flags of messages."""

    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


@dataclass(slots=True)
class User:
    id: int
    name: str
    locale: str = "en-US"
    is_bot: bool = False
    installed: bool = False
    """Has the app installed for themselves."""
    takes_dms: bool = True


@dataclass(slots=True)
class Role:
    id: int
    name: str
    rights: Right = Right(0)
    mentionable: bool = False


@dataclass(slots=True)
class Guild:
    id: int
    name: str
    owner: int
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, set[int]] = field(default_factory=dict)
    """User id (the bot's too) -> ids of their roles, @everyone left out."""
    locale: str = "en-US"
    outage: bool = False

    @property
    def has_bot(self) -> bool:
        return BOT_ID in self.members


@dataclass(slots=True)
class Channel:
    id: int
    kind: Kind
    name: str
    guild: int | None = None
    parent: int | None = None
    user: int | None = None
    """Whose private channel it is."""
    overwrites: dict[int, tuple[Right, Right]] = field(default_factory=dict)
    archived: bool = False
    locked: bool = False
    deleted: bool = False
    messages: dict[int, Message] = field(default_factory=dict)


@dataclass(slots=True)
class Message:
    """`body` is the API's message object; the rest is what only Discord itself knows."""

    id: int
    channel: int
    body: Json
    seen_by: int | None = None
    """An ephemeral message's only reader."""
    nonce: str = ""
    at: float = 0.0

    @property
    def flags(self) -> int:
        return int(self.body.get("flags", 0))

    @property
    def author(self) -> int:
        return int(self.body["author"]["id"])


@dataclass(slots=True)
class World:
    """All there is, by id; deleted channels stay, marked, since old payloads still name them."""

    clock: Clock
    users: dict[int, User] = field(default_factory=dict)
    guilds: dict[int, Guild] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    _last_id: int = 0

    def __post_init__(self) -> None:
        self.users[BOT_ID] = User(BOT_ID, "peers_bot", is_bot=True)

    def new_id(self) -> int:
        """A snowflake of now, larger than any before."""
        made = (int(self.clock() * 1000) - EPOCH_MS) << 22
        self._last_id = max(made, self._last_id + 1)
        return self._last_id

    def guild_of(self, channel: Channel) -> Guild | None:
        return None if channel.guild is None else self.guilds.get(channel.guild)

    def rights(self, user: int, channel: Channel) -> Right:
        """What `user` may do there; a thread asks its parent. Nothing for who is not a member."""
        if channel.guild is None:
            return IN_PRIVATE if user in (channel.user, BOT_ID) else Right(0)
        guild = self.guilds[channel.guild]
        if user not in guild.members:
            return Right(0)
        held = guild.members[user]
        base = self.server_rights(user, guild)
        overwrites: Overwrites = channel.overwrites
        if channel.parent is not None:
            overwrites = self.channels[channel.parent].overwrites
        return in_channel(base, overwrites, server=guild.id, roles=held, user=user)

    def server_rights(self, user: int, guild: Guild) -> Right:
        held = [guild.roles[role].rights for role in guild.members.get(user, ()) if role in guild.roles]
        return in_server(guild.roles[guild.id].rights, held, is_owner=guild.owner == user)

    def app_rights(self, user: int, channel: Channel) -> Right:
        """`app_permissions`: the bot's own where it is a member, else what the person's app may do."""
        guild = self.guild_of(channel)
        if guild is None or guild.has_bot:
            return self.rights(BOT_ID, channel)
        return self.rights(user, channel) & (ORDINARY | Right.MENTION_EVERYONE)

    def channels_of(self, guild: int, *, threads: bool) -> Iterator[Channel]:
        for one in self.channels.values():
            if one.guild == guild and not one.deleted and (one.kind in THREADS) == threads:
                yield one

    def dm(self, user: int) -> Channel:
        """The private channel with a user, made when first wanted."""
        for one in self.channels.values():
            if one.user == user:
                return one
        made = Channel(self.new_id(), Kind.DM, "", user=user)
        self.channels[made.id] = made
        return made

    def is_known(self, user: int) -> bool:
        """Whether the bot shares a server with the user, or they installed it: else nothing reaches them."""
        if self.users[user].installed:
            return True
        return any(user in guild.members and guild.has_bot for guild in self.guilds.values())

    def message(self, message_id: int) -> Message:
        for channel in self.channels.values():
            if message_id in channel.messages:
                return channel.messages[message_id]
        raise LookupError(f"there is no message {message_id}")
