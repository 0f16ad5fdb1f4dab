"""The slash commands that Discord offers, published by the gateway where they differ from ours."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog

from bot.errors import Rejected
from handlers.discord.client import DiscordLine

_COMMANDS: Final = "/applications/{}/commands"
_DEFAULTS: Final = {
    "type": 1,
    "required": False,
    "autocomplete": False,
    "contexts": None,
    "integration_types": None,
    "default_member_permissions": None,
    "nsfw": False,
}
"""What Discord takes a field for that is left out, in those that we use or must not have."""
_log = structlog.get_logger(__name__)


async def publish_commands(line: DiscordLine, application: str, wanted: Sequence[Mapping[str, Any]]) -> bool:
    """Set the list in one request if it differs; whether it did. A refused list is logged and left."""
    found = await line.call("GET", _COMMANDS, (application,))
    if normal(found) == normal(wanted):
        return False
    try:
        await line.call("PUT", _COMMANDS, (application,), body=list(wanted))
    except Rejected as error:
        _log.warning("discord_commands_refused", why=str(error))
        return False
    return True


def normal(commands: object) -> object:
    """A list of commands in a form in which equal ones are equal, whoever filled in the defaults."""
    if not isinstance(commands, list):
        return commands
    return sorted(
        (_normal(one) for one in commands if isinstance(one, Mapping)), key=lambda one: str(one["name"])
    )


def _normal(one: Mapping[str, Any]) -> dict[str, Any]:
    made = {name: one.get(name, default) for name, default in _DEFAULTS.items()}
    for name in ("contexts", "integration_types"):
        made[name] = sorted(made[name]) if made[name] is not None else None
    made["name"], made["description"] = one.get("name"), one.get("description")
    made["options"] = [_normal(option) for option in one.get("options") or ()]
    made["choices"] = [(choice.get("name"), choice.get("value")) for choice in one.get("choices") or ()]
    return made
