"""Messages made, changed and taken away: what becomes of a request's body in Discord, and whom it rings.

Shared by channel routes, first answers and webhooks, so an answer looks the same whichever way it came.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.chat.discord import wire
from tests.chat.discord.discord import Discord, Refusal
from tests.chat.discord.interactions import Interaction
from tests.chat.discord.rights import Right
from tests.chat.discord.view import spoken, walk
from tests.chat.discord.world import APP_ID, BOT_ID, Channel, Flag, Json, Message

NONCE_SECONDS = 300
""""The past few minutes" in which Discord remembers an enforced nonce."""
_KEPT = Flag.SUPPRESS_EMBEDS | Flag.EPHEMERAL | Flag.SUPPRESS_NOTIFICATIONS | Flag.COMPONENTS_V2
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_USER, _ROLE = re.compile(r"<@!?(\d+)>"), re.compile(r"<@&(\d+)>")
_EVERYONE = re.compile(r"@(everyone|here)\b")


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    kind: str
    data: bytes


Uploads = Mapping[int, Upload]
"""The files of a multipart request by the number in their part's name, `files[0]`."""


def post(
    dc: Discord,
    channel: Channel,
    body: Json,
    uploads: Uploads,
    *,
    of: Interaction | None = None,
    ephemeral: bool = False,
    thinking: bool = False,
) -> Message:
    """Write a new message of the bot. `of`: it answers an interaction."""
    if (known := _same_nonce(dc, channel, body)) is not None:
        dc.ledger.repeats += 1
        dc.ledger.change()
        return known
    made = Message(dc.world.new_id(), channel.id, {}, seen_by=of.user if of and ephemeral else None)
    made.at, made.nonce = dc.clock(), str(body.get("nonce") or "")
    flags = (int(body.get("flags") or 0) & _KEPT & ~Flag.EPHEMERAL) | (Flag.EPHEMERAL if ephemeral else 0)
    made.body = _blank(dc, made) | {"flags": flags | (Flag.LOADING if thinking else 0)}
    _refer(dc, channel, made, body)
    _fill(dc, made, body, uploads)
    if of is not None:
        made.body |= _metadata(dc, of)
    if made.nonce:
        made.body["nonce"] = body["nonce"]
    channel.messages[made.id] = made
    if not thinking:
        told = {"seen_by": made.seen_by, "interaction": None if of is None else of.id}
        rung = () if ephemeral else tuple(_rung(dc, channel, made, body))
        files = tuple((one.name, one.data) for one in uploads.values())
        dc.ledger.accept("sent", made.body, **told, pings=rung, files=files)
    return made


def edit(
    dc: Discord, message: Message, body: Json, uploads: Uploads, *, of: Interaction | None = None
) -> Message:
    """Change what `body` names and leave the rest; an answer that was still thinking becomes a message."""
    was_thinking = bool(message.flags & Flag.LOADING)
    if _leaves_nothing(message, body, uploads):
        dc.fault("empty message", "edit", "nothing would be left to show")
        raise Refusal(50006)
    flags = message.flags & ~Flag.LOADING
    flags |= int(body.get("flags") or 0) & (Flag.COMPONENTS_V2 | Flag.SUPPRESS_EMBEDS)
    message.body = message.body | {"flags": flags}
    _fill(dc, message, body, uploads)
    if not was_thinking:
        message.body["edited_timestamp"] = dc.clock.iso
    told = {"seen_by": message.seen_by, "interaction": None if of is None else of.id}
    files = tuple((one.name, one.data) for one in uploads.values())
    channel = dc.world.channels[message.channel]
    rung = tuple(_rung(dc, channel, message, body)) if was_thinking and message.seen_by is None else ()
    dc.ledger.accept("sent" if was_thinking else "edited", message.body, **told, files=files, pings=rung)
    return message


def delete(dc: Discord, message: Message, *, of: Interaction | None = None) -> None:
    del dc.world.channels[message.channel].messages[message.id]
    told = {"seen_by": message.seen_by, "interaction": None if of is None else of.id}
    dc.ledger.accept("deleted", message.body, **told)


def _leaves_nothing(message: Message, body: Json, uploads: Uploads) -> bool:
    shown = ("content", "embeds", "attachments", "components")
    return not uploads and not any((body | {"content": (body.get("content") or "").strip()}).get(name)
                                   if name in body else message.body.get(name) for name in shown)  # fmt: skip


def _same_nonce(dc: Discord, channel: Channel, body: Json) -> Message | None:
    nonce = str(body.get("nonce") or "")
    if not nonce or not body.get("enforce_nonce"):
        return None
    recent = [one for one in channel.messages.values() if one.at > dc.clock() - NONCE_SECONDS]
    return next((one for one in recent if one.nonce == nonce and one.author == BOT_ID), None)


def _blank(dc: Discord, made: Message) -> Json:
    return {
        "id": str(made.id),
        "channel_id": str(made.channel),
        "type": 0,
        "author": wire.user(dc.world.users[BOT_ID]),
        "content": "",
        "embeds": [],
        "attachments": [],
        "components": [],
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "pinned": False,
        "tts": False,
        "timestamp": dc.clock.iso,
        "edited_timestamp": None,
    }


def _refer(dc: Discord, channel: Channel, made: Message, body: Json) -> None:
    """A reply points at a message of the same channel that is still there, unless it says it need not be."""
    reference = body.get("message_reference")
    if not reference:
        return
    target = channel.messages.get(int(reference["message_id"]))
    if target is None:
        if reference.get("fail_if_not_exists") is False:
            return
        wrong = [{"code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message"}]
        raise Refusal(50035, {"message_reference": {"_errors": wrong}})
    made.body |= {
        "type": 19,
        "message_reference": {"type": 0, "channel_id": str(channel.id), "message_id": str(target.id)}
        | ({"guild_id": str(channel.guild)} if channel.guild else {}),
        "referenced_message": {
            name: value for name, value in target.body.items() if name != "referenced_message"
        },
    }


def _metadata(dc: Discord, of: Interaction) -> Json:
    who: Json = {
        "id": str(of.id),
        "type": int(of.type),
        "user": wire.user(dc.world.users[of.user]),
        "authorizing_integration_owners": of.payload["authorizing_integration_owners"],
    }
    return {
        "type": 20 if of.type == 2 else 0,
        "application_id": str(APP_ID),
        "webhook_id": str(APP_ID),
        "interaction_metadata": who,
    }


def _fill(dc: Discord, message: Message, body: Json, uploads: Uploads) -> None:
    kept = message.body
    if "content" in body:
        kept["content"] = (body["content"] or "").strip()
    if uploads or "attachments" in body:
        kept["attachments"] = list(_attached(dc, message, body, uploads))
    if "embeds" in body:
        kept["embeds"] = [{"type": "rich"} | copy.deepcopy(one) for one in body["embeds"] or []]
        for embed in kept["embeds"]:
            for name in ("image", "thumbnail"):
                if name in embed:
                    embed[name] = _served(kept["attachments"], embed[name])
    if "components" in body:
        kept["components"] = copy.deepcopy(body["components"] or [])
        for at, one in enumerate(walk(kept["components"]), start=1):
            one["id"] = one.get("id") or at
    text = _CODE.sub("", spoken(kept))
    users = [int(one) for one in dict.fromkeys(_USER.findall(text)) if int(one) in dc.world.users]
    kept["mentions"] = [wire.user(dc.world.users[one]) for one in users]
    kept["mention_roles"] = list(dict.fromkeys(_ROLE.findall(text)))


def _served(attachments: list[Json], picture: Json) -> Json:
    name = picture.get("url", "").removeprefix("attachment://")
    hit = next((one for one in attachments if one["filename"] == name), None)
    return picture if hit is None else picture | {"url": hit["url"], "proxy_url": hit["proxy_url"]}


def _attached(dc: Discord, message: Message, body: Json, uploads: Uploads) -> Iterator[Json]:
    """The files an edit keeps, by id, then the new ones with their descriptions; without a list, all stay."""
    before = {one["id"]: one for one in message.body["attachments"]}
    listed: list[Json] | None = body.get("attachments")
    named = {str(one["id"]): one for one in listed or []}
    for file_id, one in before.items():
        if listed is None or file_id in named:
            yield one
    for number, upload in uploads.items():
        described = named.get(str(number), {})
        name = described.get("filename") or upload.name
        yield dc.store(message.channel, name, upload.kind, upload.data, described)


def _rung(dc: Discord, channel: Channel, message: Message, body: Json) -> Iterator[str]:
    """Whom a new message rings, by its allowed mentions; a ring nobody named is against the house's rules."""
    if channel.guild is None:
        return
    guild, mine = dc.world.guilds[channel.guild], dc.world.rights(BOT_ID, channel)
    allowed: Json | None = body.get("allowed_mentions")
    parse = {"users", "roles", "everyone"} if allowed is None else set(allowed.get("parse") or ())
    users, roles = ({int(one) for one in (allowed or {}).get(kind) or ()} for kind in ("users", "roles"))
    text = _CODE.sub("", spoken(message.body))
    found: dict[str, bool] = {}
    for one in map(int, _USER.findall(text)):
        if one in guild.members and (one in users or "users" in parse):
            found[f"user {one}"] = one in users
    for one in map(int, _ROLE.findall(text)):
        rings = one in guild.roles and (guild.roles[one].mentionable or Right.MENTION_EVERYONE in mine)
        if rings and (one in roles or "roles" in parse):
            found[f"role {one}"] = one in roles
    if _EVERYONE.search(text) and "everyone" in parse and Right.MENTION_EVERYONE in mine:
        found["everyone"] = False
    found |= _replied(message, allowed)
    for who, was_named in found.items():
        if not was_named:
            dc.fault("ping not allowed", "allowed_mentions", f"{who} was rung and not named")
        yield who


def _replied(message: Message, allowed: Json | None) -> dict[str, bool]:
    """A reply rings whom it answers unless told not to; the bot's own messages ring nobody."""
    answered: Any = message.body.get("referenced_message")
    if not answered or int(answered["author"]["id"]) == BOT_ID:
        return {}
    if allowed is not None and not allowed.get("replied_user"):
        return {}
    return {f"user {answered['author']['id']}": allowed is not None}
