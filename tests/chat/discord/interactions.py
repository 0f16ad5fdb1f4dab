"""An interaction: somebody used a command, a button or a form, and Discord waits for the bot's answer.

Made by people, sent through the gateway, answered through callbacks and webhooks; it keeps what was seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from tests.chat.discord import wire
from tests.chat.discord.rights import IN_PRIVATE, Right
from tests.chat.discord.world import APP_ID, Channel, Json, Kind, World

FIRST_SECONDS = 3.0
TOKEN_SECONDS = 15 * 60.0
FOLLOW_UPS_OF_USER_APP = 5


class Type(IntEnum):
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class State(StrEnum):
    WAITING = "no answer yet"
    THINKING = "deferred: the person sees that the bot thinks"
    DEFERRED = "acknowledged: the message stays as it is until it is edited"
    ANSWERED = "answered with a message, or by changing the one that was pressed"
    CHOICES = "choices were suggested"
    MODAL = "a form was opened"


@dataclass(slots=True)
class Interaction:
    """`message` is the one a button stands on; `original` is the answer, once there is one."""

    id: int
    token: str
    type: Type
    user: int
    channel: int
    at: float
    at_ms: int
    payload: Json
    message: int | None = None
    only_by_user: bool = False
    """Used where the bot itself is not: five follow-ups, no posts of its own."""
    must_be_private: bool = False
    """The person may not use external apps there: every answer is made ephemeral."""
    state: State = State.WAITING
    ephemeral: bool = False
    original: int | None = None
    choices: list[Json] = field(default_factory=list)
    modal: Json | None = None
    follow_ups: list[int] = field(default_factory=list)
    first_ms: int | None = None
    """When the bot first answered at all, and below when with words."""
    answered_ms: int | None = None
    delivered: int = 0
    """To how many sessions of the bot it went; 0: nobody is there, the person reads that it failed."""


def context_of(channel: Channel) -> int:
    """0: a server, 1: the bot's own private channel. (2, other private channels, are not played.)"""
    return 0 if channel.guild is not None else 1


def owners(world: World, user: int, channel: Channel) -> Json:
    """`authorizing_integration_owners`: the installations by which the app is there, all of them."""
    found: Json = {}
    guild = world.guild_of(channel)
    if guild is None:
        found["0"] = "0"
    elif guild.has_bot:
        found["0"] = str(guild.id)
    if world.users[user].installed:
        found["1"] = str(user)
    return found


def payload(
    world: World, kind: Type, user: int, channel: Channel, token: str, data: Json, owned: Json
) -> Json:
    """The whole INTERACTION_CREATE object, but for the message of a component."""
    guild = world.guild_of(channel)
    mine = world.rights(user, channel) if guild else IN_PRIVATE
    told: Json = {
        "version": 1,
        "id": str(world.new_id()),
        "type": int(kind),
        "token": token,
        "application_id": str(APP_ID),
        "data": data,
        "locale": world.users[user].locale,
        "entitlements": [],
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": owned,
        "context": context_of(channel),
        "channel_id": str(channel.id),
        "channel": wire.channel(channel, world) | {"permissions": str(int(mine))},
        "app_permissions": str(int(world.app_rights(user, channel))),
        "attachment_size_limit": 10 << 20,
    }
    if guild is None:
        return told | {"user": wire.user(world.users[user])}
    return told | {
        "guild_id": str(guild.id),
        "guild": wire.partial_guild(guild),
        "guild_locale": guild.locale,
        "member": wire.member(world, guild, user, rights=mine),
    }


def must_be_private(world: World, user: int, channel: Channel, owned: Json) -> bool:
    if "0" in owned or channel.kind is Kind.DM:
        return False
    return Right.USE_EXTERNAL_APPS not in world.rights(user, channel)
