"""The chat platforms and what each needs: the only file that builds gateways and senders.

Called by `bot.app`.
"""

import logging
import os
import secrets
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app.house import House
from bot.ports import Gateway, Sender
from bot.settings import Settings

if TYPE_CHECKING:
    from handlers.console.terminal import Terminal

# What a platform brings is imported when it is opened: the terminal's library and Telegram's cost 0.3 s each.


async def telegram(settings: Settings, house: House, stack: AsyncExitStack) -> tuple[Gateway, Sender]:
    """Telegram by its long polling; prints the start code while nobody may speak."""
    from handlers.telegram.client import telegram_client  # noqa: PLC0415
    from handlers.telegram.gateway import TelegramGateway  # noqa: PLC0415
    from handlers.telegram.sender import TelegramSender  # noqa: PLC0415

    token = settings.telegram_token.get_secret_value()
    bot = await stack.enter_async_context(telegram_client(token, f"{settings.telegram_api}/bot"))
    gateway = TelegramGateway(
        bot,
        _menu(house),
        on_gone=house.gone,
        on_back=house.back,
        on_moved=house.moved,
    )
    if house.code:
        # Printed and not logged: logs are kept and shipped, and this opens the bot.
        sys.stderr.write(f"\nNobody may speak to this bot yet. Send it:  /start {house.code}\n\n")
        sys.stderr.flush()
    return gateway, TelegramSender(bot)


def console(settings: Settings, house: House) -> tuple[Gateway, Sender]:
    """The terminal that the program runs in."""
    from handlers.console.gateway import ConsoleGateway  # noqa: PLC0415
    from handlers.console.sender import ConsoleSender  # noqa: PLC0415

    if not settings.is_set("log_level"):
        logging.getLogger().setLevel(logging.WARNING)  # the terminal is for talking
    terminal = _terminal(_menu(house), settings.data_dir / "history", house.labels)
    return ConsoleGateway(terminal), ConsoleSender(terminal)


def _menu(house: House) -> tuple[tuple[str, str], ...]:
    return tuple((command.name, command.summary) for command in house.desk.commands)


async def _no_labels() -> tuple[str, ...]:
    return ()


def _terminal(
    menu: tuple[tuple[str, str], ...] = (),
    history: Path = Path(os.devnull),
    labels: Callable[[], Awaitable[Sequence[str]]] = _no_labels,
) -> "Terminal":
    from handlers.console.terminal import Terminal  # noqa: PLC0415

    return Terminal(secrets.token_hex(4), history, menu, labels)


def has_terminal() -> bool:
    """Whether somebody can type here."""
    return _terminal().interactive
