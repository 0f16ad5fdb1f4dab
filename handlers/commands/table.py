"""All commands, in the order of menus and /help. A new one is a file beside this one and an entry here."""

from typing import Final

from handlers.commands import (
    board,
    chart,
    connect,
    edit,
    export,
    forget,
    lists,
    loop,
    mirror,
    mute,
    owner,
    position,
    price,
    privacy,
    rules,
    simulate,
    start,
    status,
    unmute,
    unwatch,
    wallets,
    watch,
    whatif,
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
    board.COMMAND,
    owner.COMMAND,
    whatif.COMMAND,
    simulate.COMMAND,
    mirror.COMMAND,
    edit.COMMAND,
    edit.CLONE,
    loop.COMMAND,
    chart.COMMAND,
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
