"""The one place the console is: needed by those who never open a terminal, so it imports nothing heavy."""

from typing import Final

from bot.subscriptions import Destination

PLATFORM: Final = "console"
HERE: Final = Destination(PLATFORM, "local")
NO_TERMINAL: Final = (
    "There is nobody to talk to: no bot token is set, and no terminal is attached. Set a token "
    "(UNDERKEEL_TELEGRAM_TOKEN=123456789:... or UNDERKEEL_DISCORD_TOKEN=...), or run this in a terminal "
    "(with Docker: docker run -it)."
)
"""What to do where the console cannot be the platform; said before anything is opened."""
