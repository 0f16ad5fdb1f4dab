"""The mouth of the console where nobody can type: messages as plain lines, one after another.

For pipes and logs; `bot.demo` tells its story through it.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TextIO

from bot.messages.model import Message, Picture
from bot.subscriptions import Destination
from handlers.console.place import PLATFORM
from handlers.console.renderer import clean, plain

_INDENT = "  "


class PlainSender:
    """`ports.Sender` on standard output, or on `stream`.

    `heading` stands above a message where it changed. `folded`: of alerts only what is not folded elsewhere,
    no buttons, no addresses of links.
    """

    platform = PLATFORM

    def __init__(
        self, stream: TextIO | None = None, *, heading: Callable[[], str] | None = None, folded: bool = False
    ) -> None:
        self._stream = stream
        self._heading = heading
        self._last = ""
        self._folded = folded
        self._said = 0

    def line(self, text: str) -> None:
        """One line of the program's own, by itself."""
        stream = self._stream or sys.stdout
        stream.write(f"{clean(text)}\n")
        stream.flush()

    async def send(
        self,
        to: Destination,
        message: Message,
        reply_to: str = "",
        *,
        answer_to: str = "",
        key: str = "",
        picture: Picture | None = None,
    ) -> str:
        del to, reply_to, answer_to, key, picture
        self._said += 1
        self._head()
        self._show(message)
        return str(self._said)

    async def edit(self, to: Destination, message_id: str, message: Message) -> None:
        """What is new of a message that stands above."""
        del to
        self._head()
        self.line(f"✎ {message_id}")
        self._show(message)

    async def delete(self, to: Destination, message_id: str) -> None:
        del to
        self.line(f"✗ {message_id}")

    def _head(self) -> None:
        heading = self._heading() if self._heading else ""
        if heading != self._last:
            self.line("")
            self.line(heading)
            self._last = heading

    def _show(self, message: Message) -> None:
        if self._folded:
            message = short(message)
        for line in plain(message).splitlines():
            self.line(f"{_INDENT}{line}" if line else "")


def short(message: Message) -> Message:
    """An alert without its details, buttons and links; anything else as it is."""
    if not message.severity:
        return message
    lines = tuple(tuple(replace(span, url="") for span in line) for line in message.lines)
    return replace(message, lines=lines, details=(), buttons=())
