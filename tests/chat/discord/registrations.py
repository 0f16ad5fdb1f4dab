"""What Discord asks of command definitions beyond their types: names, order, nesting, total size.

Called by the judge for every list of commands that the bot registers.
Source: https://discord.com/developers/docs/interactions/application-commands
"""

from __future__ import annotations

from collections import Counter

from tests.chat.discord.commands import Option
from tests.chat.discord.rules import CHOICE, CHOICES, too_long
from tests.chat.discord.world import Json
from tests.chat.telegram.faults import Fault, Faults

COMMANDS = 100
OPTIONS = 25
NAME = 32
DESCRIPTION = 100
TOGETHER = 8000
_NESTED = (Option.SUBCOMMAND, Option.GROUP)
_CHAT = 1


def commands_faults(commands: list[Json] | None, where: str) -> Faults:
    commands = commands or []
    chat = [one for one in commands if (one.get("type") or _CHAT) == _CHAT]
    yield from too_long(chat, COMMANDS, where)
    names = Counter((one["name"], one.get("type") or _CHAT) for one in commands)
    for (name, _), times in names.items():
        if times > 1:
            yield Fault("twice the same", where, f"{times} commands are called {name!r}")
    for at, one in enumerate(commands):
        here = f"{where}[{at}]"
        if (one.get("type") or _CHAT) == _CHAT:
            yield from _named_faults(one, here)
            yield from _options_faults(one.get("options") or [], here, depth=0)
            size = _size(one)
            if size > TOGETHER:
                yield Fault("too long", here, f"{size} characters in all, at most {TOGETHER}")
        elif one.get("description") or one.get("options"):
            yield Fault("contradiction", here, "commands of a context menu have a name only")


def is_name(name: str) -> bool:
    """Small letters and digits of any script, `-`, `_` and `'`."""
    return 1 <= len(name) <= NAME and name == name.lower() and all(c in "-_'" or c.isalnum() for c in name)


def _named_faults(one: Json, where: str) -> Faults:
    if not is_name(one["name"]):
        yield Fault("bad command name", f"{where}.name", f"{one['name']!r}")
    if not one.get("description"):
        yield Fault("too short", f"{where}.description", "is needed")
    yield from too_long(one.get("description"), DESCRIPTION, f"{where}.description")


def _options_faults(options: list[Json], where: str, *, depth: int) -> Faults:
    yield from too_long(options, OPTIONS, f"{where}.options")
    nested = [one for one in options if one["type"] in _NESTED]
    if nested and len(nested) < len(options):
        yield Fault("bad option", f"{where}.options", "subcommands and options do not mix")
    for name, times in Counter(one["name"] for one in options).items():
        if times > 1:
            yield Fault("twice the same", f"{where}.options", f"{times} are called {name!r}")
    needed = [bool(one.get("required")) for one in options if one not in nested]
    if needed != sorted(needed, reverse=True):
        yield Fault("bad option", f"{where}.options", "required ones come first")
    for at, one in enumerate(options):
        here = f"{where}.options[{at}]"
        yield from _named_faults(one, here)
        if one["type"] in _NESTED:
            yield from _nested_faults(one, here, depth)
        else:
            yield from _option_faults(one, here)


def _nested_faults(one: Json, where: str, depth: int) -> Faults:
    is_group = one["type"] == Option.GROUP
    if depth + is_group > 1:
        yield Fault("bad option", where, "a command holds groups, a group holds subcommands, and no more")
    inner = one.get("options") or []
    if is_group and (not inner or any(each["type"] != Option.SUBCOMMAND for each in inner)):
        yield Fault("bad option", where, "a group holds subcommands")
    if not is_group and any(each["type"] in _NESTED for each in inner):
        yield Fault("bad option", where, "a subcommand holds options")
    yield from _options_faults(inner, where, depth=depth + 1)


def _option_faults(one: Json, where: str) -> Faults:
    choices = one.get("choices") or []
    yield from too_long(choices, CHOICES, f"{where}.choices")
    if choices and one.get("autocomplete"):
        yield Fault("contradiction", where, "choices and autocomplete")
    if one.get("autocomplete") and one["type"] not in (Option.STRING, Option.INTEGER, Option.NUMBER):
        yield Fault("bad option", where, "autocomplete is for text and numbers")
    for name, times in Counter(each["name"] for each in choices).items():
        if times > 1:
            yield Fault("twice the same", f"{where}.choices", f"{times} are called {name!r}")
    for at, each in enumerate(choices):
        if isinstance(each["value"], str):
            yield from too_long(each["value"], CHOICE, f"{where}.choices[{at}].value")
    for unit in ("length", "value"):
        least, most = one.get(f"min_{unit}"), one.get(f"max_{unit}")
        if least is not None and most is not None and least > most:
            yield Fault("out of range", where, f"{unit} from {least} to {most}")


def _size(one: Json) -> int:
    """Names, descriptions and values of a command and all in it, as Discord adds them up."""
    own = len(one["name"]) + len(one.get("description") or "")
    own += sum(len(each["name"]) + len(str(each["value"])) for each in one.get("choices") or [])
    return own + sum(map(_size, one.get("options") or []))
