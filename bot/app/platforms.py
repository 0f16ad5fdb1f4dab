"""The chat platforms and what each needs: the only file that builds gateways and senders.

Called by `bot.app`.
"""

import logging
import os
import secrets
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app.house import House
from bot.ports import Gateway, Sender
from bot.settings import Settings
from handlers.commands.command import Access

if TYPE_CHECKING:
    from handlers.console.terminal import Terminal

# What a platform brings is imported when it is opened: 0.3 s for the terminal or Telegram, 1 s for Discord.


@dataclass(frozen=True, slots=True)
class Line:
    """One platform's ears and mouth. `person_ends_it`: the end of its gateway is the person's wish."""

    gateway: Gateway
    sender: Sender
    person_ends_it: bool = False

    @property
    def platform(self) -> str:
        return self.sender.platform


async def open_lines(settings: Settings, house: House, stack: AsyncExitStack) -> tuple[Line, ...]:
    """Every platform that has a token, else the terminal; prints the start codes."""
    lines = []
    if settings.telegram_token.get_secret_value():
        lines.append(await _telegram(settings, house, stack))
    if settings.discord_token.get_secret_value():
        lines.append(await _discord(settings, house, stack))
    for platform, code in house.codes.items():
        # Printed and not logged: logs are kept and shipped, and this opens the bot.
        told = f"Nobody may speak to this bot on {platform.title()} yet. Send it:  /start {code}"
        sys.stderr.write(f"\n{told}\n\n")
        sys.stderr.flush()
    return tuple(lines) or (_console(settings, house),)


async def _telegram(settings: Settings, house: House, stack: AsyncExitStack) -> Line:
    """Telegram by its long polling."""
    from handlers.telegram.client import telegram_client  # noqa: PLC0415
    from handlers.telegram.gateway import TelegramGateway  # noqa: PLC0415
    from handlers.telegram.sender import TelegramSender  # noqa: PLC0415

    token = settings.telegram_token.get_secret_value()
    bot = await stack.enter_async_context(telegram_client(token, f"{settings.telegram_api}/bot"))
    members = {one.name for one in house.desk.commands if one.access < Access.ADMIN}
    gateway = TelegramGateway(bot, _menu(house), steward=house.steward, for_members=members)
    return Line(gateway, TelegramSender(bot))


async def _discord(settings: Settings, house: House, stack: AsyncExitStack) -> Line:
    """Discord by its gateway and slash commands."""
    from handlers.discord.client import discord_line  # noqa: PLC0415
    from handlers.discord.gateway import DiscordGateway  # noqa: PLC0415
    from handlers.discord.sender import DiscordSender  # noqa: PLC0415

    token = settings.discord_token.get_secret_value()
    line = await stack.enter_async_context(
        discord_line(token, api=settings.discord_api, gateway=settings.discord_gateway)
    )
    gateway = DiscordGateway(line, house.desk.commands, steward=house.steward)
    return Line(gateway, DiscordSender(line))


def _console(settings: Settings, house: House) -> Line:
    """The terminal that the program runs in."""
    from handlers.console.gateway import ConsoleGateway  # noqa: PLC0415
    from handlers.console.sender import ConsoleSender  # noqa: PLC0415

    if not settings.is_set("log_level"):
        logging.getLogger().setLevel(logging.WARNING)  # the terminal is for talking
    terminal = _terminal(_menu(house), settings.data_dir / "history", house.labels)
    sender = ConsoleSender(terminal, settings.data_dir / "files")
    return Line(ConsoleGateway(terminal), sender, person_ends_it=True)


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
