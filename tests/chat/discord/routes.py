"""The routes that a bot may call, by method and path: each takes a judged request and returns its JSON.

Called by exchange. A published route missing here is answered 404 and reported as a fault: none is pretended.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.chat.discord import callbacks, wire
from tests.chat.discord.discord import Discord, Refusal
from tests.chat.discord.posting import Uploads, delete, edit, post
from tests.chat.discord.rights import Right
from tests.chat.discord.world import APP_ID, BOT_ID, Channel, Guild, Json, Kind

NOTHING = object()
"""204."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: the path's variables as numbers (tokens stay strings), its query, its body."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    uploads: Uploads

    def id(self, name: str) -> int:
        return int(self.path[name])


Route = Callable[[Discord, Ask], Any]


def _gateway(dc: Discord, ask: Ask) -> Json:
    return {"url": dc.base.replace("http", "ws", 1) + "/gateway"}


def _gateway_bot(dc: Discord, ask: Ask) -> Json:
    starts = {"total": 1000, "remaining": 1000 - dc.gateway.identified, "reset_after": 86_400_000}
    return _gateway(dc, ask) | {"shards": 1, "session_start_limit": starts | {"max_concurrency": 1}}


def _me(dc: Discord, ask: Ask) -> Json:
    return wire.me(dc.world)


def _application(dc: Discord, ask: Ask) -> Json:
    return wire.application(dc.world)


def _user(dc: Discord, ask: Ask) -> Json:
    if ask.id("user_id") not in dc.world.users:
        raise Refusal(10013)
    return wire.user(dc.world.users[ask.id("user_id")])


def _open_dm(dc: Discord, ask: Ask) -> Json:
    recipient = int(ask.body.get("recipient_id") or 0)
    if recipient not in dc.world.users:
        raise Refusal(10013)
    if recipient == BOT_ID:
        raise Refusal(50007)
    return wire.channel(dc.world.dm(recipient), dc.world)


# Commands


def _get_commands(dc: Discord, ask: Ask) -> list[Json]:
    return dc.commands


def _put_commands(dc: Discord, ask: Ask) -> list[Json]:
    known = {(one["name"], one["type"]): one["id"] for one in dc.commands}
    dc.commands = []
    for one in ask.body or []:
        kind = one.get("type") or 1
        rights = one.get("default_member_permissions")
        dc.commands.append(
            {"name_localizations": None, "description_localizations": None, "nsfw": False, "contexts": None}
            | {"integration_types": [0], "dm_permission": True, "description": "", "options": []}
            | {name: value for name, value in one.items() if value is not None}
            | {"type": kind, "application_id": str(APP_ID), "version": str(dc.world.new_id())}
            | {"id": known.get((one["name"], kind)) or str(dc.world.new_id())}
            | {"default_member_permissions": None if rights is None else str(rights)}
        )
    dc.syncs += 1
    dc.ledger.change()
    return dc.commands


# Channels and their messages


def _channel(dc: Discord, ask: Ask) -> Json:
    return wire.channel(dc.channel(ask.id("channel_id")), dc.world)


def _messages(dc: Discord, ask: Ask) -> list[Json]:
    channel = dc.channel(ask.id("channel_id"))
    newest = [one.body for one in reversed(channel.messages.values()) if one.seen_by is None]
    return newest[: int(ask.query.get("limit", 50))]


def _send(dc: Discord, ask: Ask) -> Json:
    channel = dc.open_for(ask.id("channel_id"), ask.body, ask.uploads)
    return post(dc, channel, ask.body, ask.uploads).body


def _message(dc: Discord, ask: Ask) -> Json:
    return dc.standing(ask.id("channel_id"), ask.id("message_id")).body


def _edit(dc: Discord, ask: Ask) -> Json:
    message = dc.own(ask.id("channel_id"), ask.id("message_id"))
    return edit(dc, message, ask.body, ask.uploads).body


def _delete(dc: Discord, ask: Ask) -> object:
    message = dc.standing(ask.id("channel_id"), ask.id("message_id"))
    mine = dc.world.rights(BOT_ID, dc.world.channels[message.channel])
    if message.author != BOT_ID and Right.MANAGE_MESSAGES not in mine:
        raise Refusal(50013)
    delete(dc, message)
    return NOTHING


def _typing(dc: Discord, ask: Ask) -> object:
    dc.channel(ask.id("channel_id"))
    return NOTHING


def _crosspost(dc: Discord, ask: Ask) -> Json:
    message = dc.own(ask.id("channel_id"), ask.id("message_id"))
    if dc.world.channels[message.channel].kind is not Kind.ANNOUNCEMENT:
        raise Refusal(50024)
    message.body["flags"] = message.flags | 1
    return message.body


def _start_thread(dc: Discord, ask: Ask) -> Json:
    """A thread, or in a forum a post with its first message."""
    parent = dc.channel(ask.id("channel_id"))
    needed = Right.SEND_MESSAGES if parent.kind is Kind.FORUM else Right.CREATE_PUBLIC_THREADS
    if needed not in dc.world.rights(BOT_ID, parent):
        raise Refusal(50013)
    made = Channel(dc.world.new_id(), Kind.THREAD, ask.body["name"], parent.guild, parent=parent.id)
    dc.world.channels[made.id] = made
    told = wire.channel(made, dc.world)
    dc.gateway.dispatch("THREAD_CREATE", told | {"newly_created": True}, intents=1)
    if parent.kind is Kind.FORUM:
        told["message"] = post(dc, made, ask.body["message"], ask.uploads).body
    return told


# Servers


def _known_guild(dc: Discord, ask: Ask) -> Guild:
    guild = dc.world.guilds.get(ask.id("guild_id"))
    if guild is None:
        raise Refusal(10004)
    if not guild.has_bot:
        raise Refusal(50001)
    return guild


def _guild(dc: Discord, ask: Ask) -> Json:
    return wire.guild(_known_guild(dc, ask), dc.world)


def _guild_channels(dc: Discord, ask: Ask) -> list[Json]:
    guild = _known_guild(dc, ask)
    return [wire.channel(one, dc.world) for one in dc.world.channels_of(guild.id, threads=False)]


def _guild_roles(dc: Discord, ask: Ask) -> list[Json]:
    guild = _known_guild(dc, ask)
    return [wire.role(one, guild) for one in guild.roles.values()]


def _member(dc: Discord, ask: Ask) -> Json:
    guild = _known_guild(dc, ask)
    if ask.id("user_id") not in guild.members:
        raise Refusal(10007 if ask.id("user_id") in dc.world.users else 10013)
    return wire.member(dc.world, guild, ask.id("user_id"))


def _leave(dc: Discord, ask: Ask) -> object:
    guild = _known_guild(dc, ask)
    del guild.members[BOT_ID]
    dc.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)}, intents=1)
    return NOTHING


# Interactions


def _first(dc: Discord, ask: Ask) -> object:
    interaction, token = ask.id("interaction_id"), ask.path["interaction_token"]
    told = callbacks.first(dc, interaction, token, ask.body, ask.uploads)
    return told if ask.query.get("with_response", "").lower() in ("1", "true") else NOTHING


def _token(ask: Ask) -> str:
    if ask.id("webhook_id") != APP_ID:
        raise Refusal(10015)
    return ask.path["webhook_token"]


def _follow_up(dc: Discord, ask: Ask) -> Json:
    return callbacks.follow_up(dc, _token(ask), ask.body, ask.uploads)


def _which(ask: Ask) -> int | None:
    return ask.id("message_id") if "message_id" in ask.path else None


def _answer(dc: Discord, ask: Ask) -> Json:
    return callbacks.named(dc, _token(ask), _which(ask))[1].body


def _edit_answer(dc: Discord, ask: Ask) -> Json:
    return callbacks.change(dc, _token(ask), _which(ask), ask.body, ask.uploads)


def _delete_answer(dc: Discord, ask: Ask) -> object:
    callbacks.take_away(dc, _token(ask), _which(ask))
    return NOTHING


_HOOK = "/webhooks/{webhook_id}/{webhook_token}"
ROUTES: Mapping[str, Route] = {
    "GET /gateway": _gateway,
    "GET /gateway/bot": _gateway_bot,
    "GET /users/@me": _me,
    "GET /users/{user_id}": _user,
    "POST /users/@me/channels": _open_dm,
    "DELETE /users/@me/guilds/{guild_id}": _leave,
    "GET /applications/@me": _application,
    "GET /oauth2/applications/@me": _application,
    "GET /applications/{application_id}/commands": _get_commands,
    "PUT /applications/{application_id}/commands": _put_commands,
    "GET /channels/{channel_id}": _channel,
    "GET /channels/{channel_id}/messages": _messages,
    "POST /channels/{channel_id}/messages": _send,
    "GET /channels/{channel_id}/messages/{message_id}": _message,
    "PATCH /channels/{channel_id}/messages/{message_id}": _edit,
    "DELETE /channels/{channel_id}/messages/{message_id}": _delete,
    "POST /channels/{channel_id}/messages/{message_id}/crosspost": _crosspost,
    "POST /channels/{channel_id}/threads": _start_thread,
    "POST /channels/{channel_id}/typing": _typing,
    "GET /guilds/{guild_id}": _guild,
    "GET /guilds/{guild_id}/channels": _guild_channels,
    "GET /guilds/{guild_id}/roles": _guild_roles,
    "GET /guilds/{guild_id}/members/{user_id}": _member,
    "POST /interactions/{interaction_id}/{interaction_token}/callback": _first,
    f"POST {_HOOK}": _follow_up,
    f"GET {_HOOK}/messages/@original": _answer,
    f"PATCH {_HOOK}/messages/@original": _edit_answer,
    f"DELETE {_HOOK}/messages/@original": _delete_answer,
    f"GET {_HOOK}/messages/{{message_id}}": _answer,
    f"PATCH {_HOOK}/messages/{{message_id}}": _edit_answer,
    f"DELETE {_HOOK}/messages/{{message_id}}": _delete_answer,
}


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [(one, pattern(one.split()[1])) for one in ROUTES]


def pattern(template: str) -> re.Pattern[str]:
    """What a path template matches: ids are numbers, tokens anything without a slash."""
    named = re.sub(r"{(\w+_id)}", r"(?P<\1>\\d+)", template)
    return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", named) + r"\Z")


def found(method: str, path: str) -> tuple[str, Mapping[str, str]] | None:
    """The played route of a request and the path's variables."""
    for name, template in _patterns():
        if name.startswith(f"{method} ") and (match := template.match(path)):
            return name, match.groupdict()
    return None
