"""What a person reads on either platform, brought to one form so that the two can be compared.

Made by `tests.town.hands` from what a wire peer's ledger holds, and from nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.chat.discord.ledger import Entry as DiscordEntry
from tests.chat.telegram.ledger import Entry as TelegramEntry

Evidence = TelegramEntry | DiscordEntry
_TIME = re.compile(r"<t:(\d+)(?::[a-zA-Z])?>")
_LINK = re.compile(r"\[((?:\\.|[^\]\\])*)\]\(<[^>]*>\)")
_MARKS = re.compile(r"`([^`\n]*)`|\\([^A-Za-z0-9\s])|\*\*|\*|\u200b")
_SMALL = re.compile(r"^-# ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shown:
    """A button: `kind` is press, open, copy; `target` its address or what it copies."""

    label: str
    kind: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that a person was shown. `how`: message, flash, form or edit."""

    platform: str
    evidence: object
    """The ledger's own record of it."""
    how: str
    text: str
    buttons: tuple[Shown, ...] = ()
    rings: bool = True
    file: tuple[str, str] | None = None
    replies: bool = False
    alone: bool = False
    """Only this person sees it, though others are there."""

    @property
    def message_id(self) -> int:
        assert isinstance(self.evidence, Evidence)
        return self.evidence.message_id

    @property
    def labels(self) -> list[str]:
        return [one.label for one in self.buttons]


def on_telegram(entry: TelegramEntry) -> Seen:
    file = (entry.file.name, entry.file.text) if entry.file else None
    return Seen(
        "Telegram",
        entry,
        "edit" if entry.deed == "edited" else "message",
        _plain(entry),
        tuple(_telegram_button(one) for row in entry.buttons for one in row),
        not entry.silent,
        file,
        entry.reply_to is not None,
    )


def on_discord(entry: DiscordEntry) -> Seen:
    file = (entry.files[0][0], entry.files[0][1].decode()) if entry.files else None
    return Seen(
        "Discord",
        entry,
        # An answer takes the place of "thinks": for the person that is a message.
        "edit" if entry.deed == "edited" and entry.interaction is None else "message",
        read_markdown(entry.text),
        tuple(_discord_button(one) for row in entry.buttons for one in row),
        not entry.silent,
        file,
        entry.reply_to is not None,
        entry.is_ephemeral,
    )


def read_markdown(text: str) -> str:
    """A text as Discord shows it; a time is the moment meant."""
    text = _SMALL.sub("", _TIME.sub(r"<t:\1>", text))
    return _MARKS.sub(lambda found: found[1] or found[2] or "", _LINK.sub(r"\1", text))


def _plain(entry: TelegramEntry) -> str:
    """The text, its moments as Discord's are; offsets count UTF-16."""
    raw = entry.text.encode("utf-16-le")
    moments = [one for one in entry.entities if one["type"] == "date_time"]
    for one in sorted(moments, key=lambda one: -int(one["offset"])):
        start, end = 2 * one["offset"], 2 * (one["offset"] + one["length"])
        raw = raw[:start] + f"<t:{one['unix_time']}>".encode("utf-16-le") + raw[end:]
    return raw.decode("utf-16-le")


def _telegram_button(one: dict[str, Any]) -> Shown:
    if "url" in one:
        return Shown(one["text"], "open", one["url"])
    if "copy_text" in one:
        return Shown(one["text"], "copy", one["copy_text"]["text"])
    return Shown(one["text"], "press", one["callback_data"])


def _discord_button(one: dict[str, Any]) -> Shown:
    kind = "open" if "url" in one else "press"
    return Shown(one["label"], kind, one.get("url") or one["custom_id"])
