"""A message as a person reads it: its text (content, embeds or Components V2) and its buttons.

Used by the ledger, by people who press, and by the peer's `visible`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.chat.discord.world import Flag, Json, Message

ROW, BUTTON, SELECTS, TEXT_DISPLAY, LINK = 1, 2, (3, 5, 6, 7, 8), 10, 5


@dataclass(frozen=True, slots=True)
class Shown:
    """One message on the screen; `str()` gives it with its buttons, a row a line."""

    message_id: int
    channel_id: int
    text: str
    rows: tuple[tuple[str, ...], ...]
    edited: bool = False
    reply_to: int | None = None
    ephemeral: bool = False
    thinking: bool = False
    silent: bool = False
    files: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([self.text, *(" ".join(f"[{label}]" for label in row) for row in self.rows)])


def shown(message: Message) -> Shown:
    body = message.body
    return Shown(
        message.id,
        message.channel,
        text_of(body),
        tuple(tuple(label(one) for one in row) for row in rows(body)),
        body.get("edited_timestamp") is not None,
        int(body["message_reference"]["message_id"]) if "message_reference" in body else None,
        bool(message.flags & Flag.EPHEMERAL),
        bool(message.flags & Flag.LOADING),
        bool(message.flags & Flag.SUPPRESS_NOTIFICATIONS),
        tuple(one["filename"] for one in body.get("attachments", [])),
    )


def walk(components: list[Json]) -> Iterator[Json]:
    """Every component, however deep, in reading order; a section's accessory comes after its texts."""
    for one in components:
        yield one
        yield from walk(one.get("components") or [])
        for inner in ("accessory", "component"):
            if one.get(inner):
                yield from walk([one[inner]])


def spoken(body: Json) -> str:
    """Where mentions ring: content and Components V2 texts, never embeds."""
    texts = [one["content"] for one in walk(body.get("components") or []) if one["type"] == TEXT_DISPLAY]
    return "\n".join(filter(None, [body.get("content") or "", *texts]))


def text_of(body: Json) -> str:
    return "\n".join(filter(None, [spoken(body), *map(_embed_text, body.get("embeds") or [])]))


def _embed_text(embed: Json) -> str:
    parts = [(embed.get("author") or {}).get("name"), embed.get("title"), embed.get("description")]
    for one in embed.get("fields") or []:
        parts += [one["name"], one["value"]]
    parts.append((embed.get("footer") or {}).get("text"))
    return "\n".join(part for part in parts if part)


def rows(body: Json) -> list[list[Json]]:
    """Buttons and selects as they stand: action rows, and the lone button beside a section."""
    found = []
    for one in walk(body.get("components") or []):
        if one["type"] == ROW:
            found.append(list(one["components"]))
        elif (one.get("accessory") or {}).get("type") == BUTTON:
            found.append([one["accessory"]])
    return found


def label(component: Json) -> str:
    emoji = (component.get("emoji") or {}).get("name") or ""
    return component.get("label") or emoji or component.get("placeholder") or ""
