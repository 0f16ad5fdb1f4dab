"""The list of commands that Telegram shows behind its menu button. Published by the gateway at its start."""

from collections.abc import Sequence

import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
)
from telegram.error import BadRequest

from handlers.telegram.errors import redact
from handlers.telegram.text import clean, cut_text

SUMMARY_UNITS = 256
MenuEntry = tuple[str, str]
"""(command name, summary)"""

_SCOPES: tuple[BotCommandScope, ...] = (
    BotCommandScopeDefault(),
    BotCommandScopeAllPrivateChats(),
    BotCommandScopeAllGroupChats(),
)
"""All without a language: a list for a language would hide this one from its speakers."""
_log = structlog.get_logger(__name__)


async def publish_menu(bot: Bot, menu: Sequence[MenuEntry]) -> None:
    """Set the menu where it differs. A refused menu is logged and left: people can still type."""
    wanted = tuple(BotCommand(name, cut_text(clean(summary), SUMMARY_UNITS)) for name, summary in menu)
    for scope in _SCOPES:
        if await bot.get_my_commands(scope) == wanted:
            continue
        try:
            await bot.set_my_commands(wanted, scope)
        except BadRequest as error:
            _log.warning("telegram_menu_refused", scope=str(scope.type), why=redact(str(error)))
