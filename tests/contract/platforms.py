"""Every chat platform, by name: add yours here and to its suites."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from tests.contract.console_stand import console_stand
from tests.contract.stands import Stand
from tests.contract.telegram_stand import telegram_stand

Open = Callable[[Path], AbstractAsyncContextManager[Stand]]

PLATFORMS: dict[str, Open] = {"telegram": telegram_stand, "console": console_stand}
NETWORKED = ("telegram",)
"""Those whose requests cross a network."""
REDELIVERING = ("telegram",)
"""Those that hand out again what was not confirmed."""
