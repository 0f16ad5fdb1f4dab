"""The one place the console is: needed by those who never open a terminal, so it imports nothing heavy."""

from typing import Final

from bot.subscriptions import Destination

PLATFORM: Final = "console"
HERE: Final = Destination(PLATFORM, "local")
