"""A chat as a person reads it: text and buttons of each message that stands there now."""

from __future__ import annotations

from dataclasses import dataclass

from tests.chat.telegram.members import Json


@dataclass(frozen=True, slots=True)
class Shown:
    """One message on the screen; `str()` gives it with its buttons, a row a line."""

    message_id: int
    text: str
    rows: tuple[tuple[str, ...], ...]
    edited: bool
    reply_to: int | None

    def __str__(self) -> str:
        return "\n".join([self.text, *(" ".join(f"[{label}]" for label in row) for row in self.rows)])


def shown(message: Json) -> Shown:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return Shown(
        message["message_id"],
        message.get("text") or message.get("caption", ""),
        tuple(tuple(button["text"] for button in row) for row in rows),
        "edit_date" in message,
        message.get("reply_to_message", {}).get("message_id"),
    )
