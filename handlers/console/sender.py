"""The mouth of the console: cards above the prompt. Called by `bot.delivery`."""

import re
from dataclasses import replace
from pathlib import Path

from bot.messages.model import File, Message, Picture, Span
from bot.subscriptions import Destination
from handlers.console.cards import Card
from handlers.console.place import PLATFORM
from handlers.console.renderer import Row, clean, first_words, render
from handlers.console.terminal import Terminal

_SNIPPET_COLUMNS = 48
_NAME_CAP = 64
_SAME_NAMES_AT_MOST = 1000


class ConsoleSender:
    """`ports.Sender` on a terminal; it never fails for a reason of the platform's.

    A file that comes with a message is written into the folder `files`, and the card is followed by its path;
    without a folder, or when it cannot be written, the card shows what is in it.
    """

    platform = PLATFORM

    def __init__(self, terminal: Terminal, files: Path | None = None) -> None:
        self._terminal = terminal
        self._files = files

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
        del to, answer_to, key
        file = message.file
        path = _write(self._files, file.name, _bytes(file)) if self._files and file else None
        if message.file and path is None:
            message = _with_text(message, message.file)
        answered = self._terminal.cards.find(reply_to)
        card = self._terminal.cards.add(message)
        below = [*_written(path), *(self._pictured(picture) if picture else [])]
        await self._show(card, _reference("↪", answered) if answered else [], below)
        return card.id

    async def edit(self, to: Destination, message_id: str, message: Message) -> None:
        """Show what is new as a card again: what has scrolled away cannot be changed."""
        del to
        cards = self._terminal.cards
        old = cards.find(message_id)
        if old is None:  # of an earlier run: its first words are gone, the new ones stand for themselves
            await self._show(cards.adopt(message_id, message), [])
        elif old.message != message:
            await self._show(cards.change(old, message), _reference("✎", old))

    async def delete(self, to: Destination, message_id: str) -> None:
        del to
        card = self._terminal.cards.find(message_id)
        if card is not None:
            self._terminal.cards.remove(card)
            await self._terminal.show(_reference("✗", card))

    def _pictured(self, picture: Picture) -> Row:
        """Where the picture now lies, or what it would show."""
        path = _write(self._files, "chart.png", picture.png) if self._files else None
        return _written(path) or [("class:faint", f"{clean(picture.alt)}\n")]

    async def _show(self, card: Card, above: Row, below: Row | None = None) -> None:
        terminal = self._terminal
        made = render(card.message, terminal.width, name=card.name, links=terminal.links)
        await terminal.show([*above, *made, *(below or [])])


def _reference(sign: str, card: Card) -> Row:
    """A line that says which card is meant, by its number and first words."""
    return [("class:faint", f"{sign} {card.name} {first_words(card.message, _SNIPPET_COLUMNS)}\n")]


def _written(path: Path | None) -> Row:
    return [("class:code", f"⇩ {clean(str(path))}\n")] if path else []


def _bytes(file: File) -> bytes:
    return file.text.encode("utf-8", "replace")


def _write(folder: Path, name: str, data: bytes) -> Path | None:
    """Where it now lies, for its owner's eyes only, over no other file; None when it could not be written."""
    name = re.sub(r"[^\w.-]+", "_", clean(name))[-_NAME_CAP:].strip("._") or "file.txt"
    stem, dot, kind = name.rpartition(".")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in range(1, _SAME_NAMES_AT_MOST):
            path = folder / (name if number == 1 else f"{stem or kind}-{number}{dot and stem and '.' + kind}")
            try:
                path.touch(mode=0o600, exist_ok=False)
            except FileExistsError:
                continue
            path.write_bytes(data)
            return path
    except OSError:
        return None
    return None


def _with_text(message: Message, file: File) -> Message:
    lines = tuple((Span(line),) for line in file.text.splitlines())
    return replace(message, details=(*message.details, *lines), file=None)
