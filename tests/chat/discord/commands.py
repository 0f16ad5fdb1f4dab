"""Slash commands as Discord's client knows them: what is registered, and what fits into the options.

Asked by people before anything reaches the bot: what a real client would not offer raises LookupError here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any

from tests.chat.discord import wire
from tests.chat.discord.interactions import context_of
from tests.chat.discord.rights import Right
from tests.chat.discord.world import Channel, Json, World


class Option(IntEnum):
    SUBCOMMAND = 1
    GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    NUMBER = 10
    ATTACHMENT = 11


_PYTHON: dict[Option, Any] = {
    Option.STRING: str,
    Option.INTEGER: int,
    Option.BOOLEAN: bool,
    Option.USER: int,
    Option.CHANNEL: int,
    Option.ROLE: int,
    Option.NUMBER: (int, float),
    Option.ATTACHMENT: dict,
}


def offered(commands: Sequence[Json], name: str, owned: Json, channel: Channel) -> tuple[Json, Json]:
    """The command as registered, and who authorized it here; LookupError if it is not offered there."""
    command = next((one for one in commands if one["name"] == name and one["type"] == 1), None)
    if command is None:
        raise LookupError(f"no command /{name}; registered are {[one['name'] for one in commands]}")
    if command["contexts"] is not None and context_of(channel) not in command["contexts"]:
        raise LookupError(f"/{name} is not offered in context {context_of(channel)}")
    if command["contexts"] is None and channel.guild is None and not command["dm_permission"]:
        raise LookupError(f"/{name} is not offered in private")
    authorized = {kind: who for kind, who in owned.items() if int(kind) in command["integration_types"]}
    if not authorized:
        raise LookupError(f"/{name} is not offered by {command['integration_types']}, there is {owned}")
    return command, authorized


def check_rights(world: World, command: Json, user: int, channel: Channel, *, overridden: bool) -> None:
    """What the server lets this member use; `overridden`: its admins opened the command to everybody."""
    if channel.guild is None:
        return
    mine = world.rights(user, channel)
    if Right.VIEW_CHANNEL not in mine or Right.USE_APPLICATION_COMMANDS not in mine:
        raise LookupError("this member may not use commands there")
    needed = command["default_member_permissions"]
    if needed is None or overridden or Right.ADMINISTRATOR in mine:
        return
    if int(needed) == 0 or int(needed) & ~int(mine):
        raise LookupError(f"/{command['name']} is hidden from this member: it needs {needed}")


def data_of(
    world: World,
    command: Json,
    path: Sequence[str],
    values: Mapping[str, Any],
    *,
    user: int,
    channel: Channel,
    focused: str = "",
) -> Json:
    """The `data` of the interaction; with `focused`, of an autocomplete while that option is being typed."""
    resolved: dict[str, Json] = {}
    inner: list[Json] = command["options"]
    options: list[Json] = []
    level = options
    for word in path:
        step = _named(inner, word, (Option.SUBCOMMAND, Option.GROUP))
        below: list[Json] = []
        level.append({"type": step["type"], "name": word, "options": below})
        level, inner = below, step.get("options") or []
    if any(one["type"] in (Option.SUBCOMMAND, Option.GROUP) for one in inner):
        raise LookupError(f"/{command['name']} {' '.join(path)} needs {[one['name'] for one in inner]}")
    for name, value in values.items():
        option = _named(inner, name)
        told = _told(world, option, value, resolved, user=user, channel=channel, typing=bool(focused))
        level.append(told | ({"focused": True} if name == focused else {}))
    missing = [one["name"] for one in inner if one.get("required") and one["name"] not in values]
    if missing and not focused:
        raise LookupError(f"/{command['name']} {' '.join(path)} lacks {missing}")
    if focused and not _named(inner, focused).get("autocomplete"):
        raise LookupError(f"{focused!r} has no autocomplete")
    data: Json = {"id": command["id"], "name": command["name"], "type": 1, "options": options}
    return data | ({"resolved": resolved} if resolved else {})


def _named(options: Sequence[Json], name: str, kinds: tuple[Option, ...] = ()) -> Json:
    for one in options:
        if one["name"] == name and (not kinds or one["type"] in kinds):
            return one
    raise LookupError(f"no option {name!r}; there are {[one['name'] for one in options]}")


def _told(
    world: World,
    option: Json,
    value: Any,
    resolved: dict[str, Json],
    *,
    user: int,
    channel: Channel,
    typing: bool,
) -> Json:
    kind, name = Option(option["type"]), option["name"]
    value = getattr(value, "id", value)
    if not isinstance(value, _PYTHON[kind]) or (isinstance(value, bool) and kind is not Option.BOOLEAN):
        raise LookupError(f"{name!r} takes {kind.name}, not {value!r}")
    if kind in (Option.STRING, Option.INTEGER, Option.NUMBER) and not typing:
        value = _chosen(option, value)
        _measure(option, value)
    if kind is Option.USER:
        resolved.setdefault("users", {})[str(value)] = wire.user(world.users[value])
        guild = world.guild_of(channel)
        if guild is not None and value in guild.members:
            member = wire.member(world, guild, value, rights=world.rights(value, channel))
            del member["user"], member["deaf"], member["mute"]
            resolved.setdefault("members", {})[str(value)] = member
    elif kind is Option.CHANNEL:
        target = world.channels[value]
        allowed = option.get("channel_types")
        if target.guild != channel.guild or (allowed and target.kind not in allowed):
            raise LookupError(f"{name!r} does not offer the channel {target.name!r}")
        rights = {"permissions": str(int(world.rights(user, target)))}
        resolved.setdefault("channels", {})[str(value)] = wire.channel(target, world) | rights
    elif kind is Option.ROLE:
        guild = world.guild_of(channel)
        if guild is None or value not in guild.roles:
            raise LookupError(f"{name!r}: no such role here")
        resolved.setdefault("roles", {})[str(value)] = wire.role(guild.roles[value], guild)
    elif kind is Option.ATTACHMENT:
        resolved.setdefault("attachments", {})[value["id"]] = value
        value = value["id"]
    if kind in (Option.USER, Option.CHANNEL, Option.ROLE):
        value = str(value)
    return {"type": int(kind), "name": name, "value": value}


def _chosen(option: Json, value: Any) -> Any:
    """With choices only these may be taken, by what they are called or by their value."""
    choices = option.get("choices") or []
    if not choices:
        return value
    for one in choices:
        if value in (one["name"], one["value"]):
            return one["value"]
    raise LookupError(f"{option['name']!r} offers {[one['name'] for one in choices]}, not {value!r}")


def _measure(option: Json, value: Any) -> None:
    size = len(value) if isinstance(value, str) else value
    unit = "length" if isinstance(value, str) else "value"
    least, most = option.get(f"min_{unit}"), option.get(f"max_{unit}")
    if (least is not None and size < least) or (most is not None and size > most):
        raise LookupError(f"{option['name']!r} takes {least} to {most}, not {size}")
