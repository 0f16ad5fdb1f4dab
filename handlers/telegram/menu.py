"""The lists of commands that Telegram shows behind its menu button. Published by the gateway at its start."""

from collections.abc import Collection, Sequence

import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
)
from telegram.error import BadRequest

from handlers.telegram.errors import redact
from handlers.text import clean, cut_text

SUMMARY_UNITS = 256
MenuEntry = tuple[str, str]
"""(command name, summary)"""

_log = structlog.get_logger(__name__)


async def publish_menu(bot: Bot, menu: Sequence[MenuEntry], for_members: Collection[str] | None) -> None:
    """Set each list where it differs. A refused one is logged and left: people can still type."""
    for scope, entries in _lists(menu, for_members):
        wanted = tuple(BotCommand(name, cut_text(clean(summary), SUMMARY_UNITS)) for name, summary in entries)
        if await bot.get_my_commands(scope) == wanted:
            continue
        try:
            await bot.set_my_commands(wanted, scope)
        except BadRequest as error:
            _log.warning("telegram_menu_refused", scope=str(scope.type), why=redact(str(error)))


def _lists(
    menu: Sequence[MenuEntry], for_members: Collection[str] | None
) -> tuple[tuple[BotCommandScope, Sequence[MenuEntry]], ...]:
    """A group's members are shown what they can use, its administrators all, as is everyone in private.

    A list hides nothing: rights are checked at the desk. None names a language, or it would hide these from
    those who speak it.
    """
    fewer = [one for one in menu if for_members is None or one[0] in for_members]
    return (
        (BotCommandScopeDefault(), fewer),
        (BotCommandScopeAllGroupChats(), fewer),
        (BotCommandScopeAllChatAdministrators(), menu),
        (BotCommandScopeAllPrivateChats(), menu),
    )
