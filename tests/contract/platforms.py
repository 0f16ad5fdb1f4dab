"""Every chat platform, by name: add yours here and to its suites."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from tests.contract.console_stand import console_stand
from tests.contract.discord_stand import discord_stand
from tests.contract.stands import Stand
from tests.contract.telegram_stand import telegram_stand

Open = Callable[[Path], AbstractAsyncContextManager[Stand]]

PLATFORMS: dict[str, Open] = {
    "telegram": telegram_stand,
    "discord": discord_stand,
    "console": console_stand,
}
SHARED = ("telegram", "discord")
"""Those with groups or servers, and files that people hand over."""
NETWORKED = ("telegram", "discord")
"""Those whose requests cross a network."""
MIGRATING = ("telegram",)
"""Those on which a place may get a new id."""
REDELIVERING = ("telegram",)
"""Those that hand out again what was not confirmed."""
