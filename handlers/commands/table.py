"""All commands, in the order of menus and /help. A new one is a file beside this one and an entry here."""

from typing import Final

from handlers.commands import (
    connect,
    export,
    forget,
    lists,
    mute,
    position,
    price,
    privacy,
    rules,
    start,
    status,
    unmute,
    unwatch,
    wallets,
    watch,
    why,
)
from handlers.commands import help as help_command
from handlers.commands.command import Command
from handlers.commands.settings import table as settings

COMMANDS: Final[tuple[Command, ...]] = (
    start.COMMAND,
    help_command.COMMAND,
    watch.COMMAND,
    unwatch.COMMAND,
    wallets.COMMAND,
    position.COMMAND,
    rules.COMMAND,
    mute.COMMAND,
    unmute.COMMAND,
    price.COMMAND,
    status.COMMAND,
    why.COMMAND,
    settings.COMMAND,
    connect.COMMAND,
    lists.COMMAND,
    export.COMMAND,
    privacy.COMMAND,
    forget.COMMAND,
)
