"""What a line of chat means: a command with its words, a pasted wallet, or neither."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.errors import UserError
from handlers.commands.arguments import looks_like_wallet, nearest
from handlers.commands.command import Command

LONGEST: Final = 500
"""Characters of a line that are read; no command needs more."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """A command to run; None = a pasted address or name."""

    command: Command | None
    args: tuple[str, ...]


def read_line(text: str, commands: Sequence[Command], *, private: bool) -> Invocation | None:
    """None = not for us: in a group only slash commands are, and unknown ones only with a bot's name.

    UserError for what is meant for us but unknown.

    `/name@bot` is read as `/name`: the platform has already sorted out whose command it is. In private a
    command needs no slash.
    """
    words = text[:LONGEST].split()
    if not words:
        return None
    first = words[0]
    if not first.startswith("/") and not private:
        return None
    name = first.removeprefix("/").partition("@")[0].casefold()
    for command in commands:
        if command.name == name:
            return Invocation(command, tuple(words[1:]))
    if not first.startswith("/") and len(words) == 1 and looks_like_wallet(first):
        return Invocation(None, (first,))
    near = tuple(f"/{one}" for one in nearest(name, tuple(command.name for command in commands)))
    if not private and "@" not in first:
        return None
    raise UserError("unknown_command", first, "/help", near)
