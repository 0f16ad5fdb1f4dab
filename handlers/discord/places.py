"""Servers, channels and threads that come, go, and let us write or not, for the steward. Ears only."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, cast

import discord

from bot.ports import Place
from bot.subscriptions import Destination
from handlers.discord.hearing import PLATFORM

_REMOVED: Final = "the bot was removed from the server"
_CHANNEL_DELETED: Final = "the channel was deleted"
_THREAD_DELETED: Final = "the thread was deleted"
_NO_RIGHTS: Final = "the bot may no longer write there"

Room = discord.abc.GuildChannel | discord.Thread


@dataclass(frozen=True, slots=True)
class Change:
    """What the steward is to be told."""

    place: Destination
    what: Place
    home: str
    why: str = ""


class Places:
    """Remembers where we could write, so that only changes are told. Each question answers what changed."""

    def __init__(self) -> None:
        self._known: set[int] | None = None
        """Servers that we are in; None before the first session, which tells of no joining."""
        self._writable: dict[int, frozenset[int]] = {}

    def listed(self, guild_ids: Collection[int]) -> Iterator[Change]:
        """Our servers as a session begins. What was lost since the last is told, what came as it comes."""
        if self._known is None:
            self._known = set(guild_ids)
        for gone in sorted(self._known - set(guild_ids)):
            yield from self.removed(gone)

    def arrived(self, guild: discord.Guild) -> Iterator[Change]:
        """A server is there: as always, after an outage, or because we were invited."""
        known = self._known if self._known is not None else set()
        if guild.id in known:
            yield from self.compared(guild)
            return
        known.add(guild.id)
        self._writable[guild.id] = _writable(guild)
        yield Change(_front_door(guild), Place.JOINED, _home(guild.id))

    def removed(self, guild_id: int) -> Iterator[Change]:
        (self._known or set()).discard(guild_id)
        self._writable.pop(guild_id, None)
        yield Change(Destination(PLATFORM, f"s{guild_id}"), Place.GONE, _home(guild_id), _REMOVED)

    def deleted(self, guild_id: int, room_id: int, *, thread: bool = False) -> Iterator[Change]:
        self._writable[guild_id] = self._writable.get(guild_id, frozenset()) - {room_id}
        why = _THREAD_DELETED if thread else _CHANNEL_DELETED
        yield Change(_room(room_id), Place.GONE, _home(guild_id), why)

    def compared(self, guild: discord.Guild) -> Iterator[Change]:
        """Which rooms can be written to no longer, or again, since the server was last looked at.

        Rooms that are new or deleted are not meant: nothing was ever sent there, or it is told otherwise.
        """
        now = _writable(guild)
        before = self._writable.get(guild.id, now)
        self._writable[guild.id] = now
        there = {room.id for room in _rooms(guild)}
        for room_id in sorted((before - now) & there):
            yield Change(_room(room_id), Place.MUTED, _home(guild.id), _NO_RIGHTS)
        for room_id in sorted(now - before):
            yield Change(_room(room_id), Place.BACK, _home(guild.id))


def _front_door(guild: discord.Guild) -> Destination:
    """Where to greet: where Discord greets, else the first channel for text, else the owner alone."""
    writable = _writable(guild)
    rooms = (guild.system_channel, *guild.text_channels)
    room = next((one for one in rooms if one is not None and one.id in writable), None)
    return _room(room.id) if room is not None else Destination(PLATFORM, str(guild.owner_id))


def _rooms(guild: discord.Guild) -> Iterable[discord.TextChannel | discord.Thread]:
    return (*guild.text_channels, *guild.threads)


def _writable(guild: discord.Guild) -> frozenset[int]:
    me = cast("discord.Member | None", guild.me)
    if me is None or me.is_timed_out():  # unknown as long as the server itself is
        return frozenset()
    return frozenset(room.id for room in _rooms(guild) if _may_write(room, me))


def _may_write(room: discord.TextChannel | discord.Thread, me: discord.Member) -> bool:
    try:
        rights = room.permissions_for(me)
    except discord.ClientException:  # a thread whose channel we do not see
        return False
    if isinstance(room, discord.Thread):
        locked = room.locked and not rights.manage_threads
        return rights.view_channel and rights.send_messages_in_threads and not locked
    return rights.view_channel and rights.send_messages


def _room(room_id: int) -> Destination:
    return Destination(PLATFORM, f"c{room_id}")


def _home(guild_id: int) -> str:
    return Destination(PLATFORM, f"s{guild_id}").id
