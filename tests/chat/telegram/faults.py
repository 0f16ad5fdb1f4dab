"""What a judge may hold against one request: a kind, where it stands, and a sentence.

Made by shapes, rules and entities; read by the server (it answers 400 with the sentence) and by tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One offence. `where` is a path such as `sendMessage.reply_markup.inline_keyboard[0][1].text`."""

    kind: str
    where: str
    says: str

    def __str__(self) -> str:
        return f"{self.kind} at {self.where}: {self.says}"


Faults = Iterator[Fault]


def utf16(text: str) -> int:
    """Length in UTF-16 code units, the measure of every Bot API text, offset and length.

    Source: https://core.telegram.org/api/entities#entity-length
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
