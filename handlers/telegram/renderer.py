"""Turns a Message into what the Bot API takes: text, entities, inline keyboard. Pure; called by the sender.

No parse mode, so no name can break a message. Limits: https://core.telegram.org/bots/api#sendmessage
"""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity

from bot.messages.model import Ask, Button, Copy, Line, Message, Open, Press, Span, Style
from handlers.text import (
    ELLIPSIS,
    clean,
    cut_lines,
    cut_text,
    is_link,
    is_visible,
    line_units,
    units,
)

TEXT_UNITS = 4096
CAPTION_UNITS = 1024
ENTITIES = 100
"""Telegram drops what comes after the hundredth without a word."""
BUTTONS_PER_ROW = 8
BUTTONS = 100
KEYBOARD_BYTES = 10_240
LABEL_UNITS = 64
CALLBACK_BYTES = 64
COPY_UNITS = 256

_WORTH_FOLDING = 40
"""Units of room under which details are left out rather than shown as a stump."""
_LAST_TIME = 2**31
_STYLES = {
    Style.BOLD: MessageEntity.BOLD,
    Style.ITALIC: MessageEntity.ITALIC,
    Style.CODE: MessageEntity.CODE,
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """Ready to send: entity offsets count UTF-16 units."""

    text: str
    entities: tuple[MessageEntity, ...] = ()
    keyboard: InlineKeyboardMarkup | None = None


def render(message: Message, room: int = TEXT_UNITS) -> Rendered:
    """A message that Telegram accepts, whatever is in it: details give way first, then the last lines."""
    body = cut_lines(_cleaned(message.lines), room)
    room -= _height(body) + 1
    details = cut_lines(_cleaned(message.details), room) if room >= _WORTH_FOLDING else ()
    text = "\n".join("".join(span.text for span in line) for line in (*body, *details))
    keyboard = _keyboard(message.buttons)
    if not is_visible(text):
        return Rendered(ELLIPSIS, (), keyboard)
    return Rendered(text, _entities(body, details), keyboard)


def _cleaned(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    return tuple(tuple(replace(span, text=clean(span.text)) for span in line) for line in lines)


def _height(lines: tuple[Line, ...]) -> int:
    return sum(map(line_units, lines)) + max(0, len(lines) - 1)


def _entities(body: tuple[Line, ...], details: tuple[Line, ...]) -> tuple[MessageEntity, ...]:
    found = list(_span_entities(body, 0))
    start = _height(body) + 1 if body else 0
    length = _height(details)
    if any(is_visible(span.text) for line in details for span in line):
        found = found[: ENTITIES - 1]
        found.append(MessageEntity(MessageEntity.EXPANDABLE_BLOCKQUOTE, start, length))
        found += _span_entities(details, start)
    return tuple(found[:ENTITIES])


def _span_entities(lines: tuple[Line, ...], offset: int) -> Iterator[MessageEntity]:
    for line in lines:
        for span in line:
            length = units(span.text)
            if length and is_visible(span.text):
                yield from _of_span(span, offset, length)
            offset += length
        offset += 1  # the line break


def _of_span(span: Span, offset: int, length: int) -> Iterator[MessageEntity]:
    """A link, else a time, with bold or italic beside it; monospace shares its text with no other entity.

    A time keeps our words and shows the reader's own local time at a tap.
    """
    alone = span.style is Style.CODE
    if is_link(span.url):
        yield MessageEntity(MessageEntity.TEXT_LINK, offset, length, url=span.url)
    elif 0 < span.time < _LAST_TIME and not alone:
        moment = dt.datetime.fromtimestamp(span.time, dt.UTC)
        yield MessageEntity(MessageEntity.DATE_TIME, offset, length, unix_time=moment)
    elif alone:
        yield MessageEntity(MessageEntity.CODE, offset, length)
    if not alone and span.style in _STYLES:
        yield MessageEntity(_STYLES[span.style], offset, length)


def _keyboard(rows: tuple[tuple[Button, ...], ...]) -> InlineKeyboardMarkup | None:
    """What fits, in order: rows of at most 8, 100 buttons, and Telegram's bytes for all of them together."""
    kept: list[list[InlineKeyboardButton]] = []
    count, size = 0, len('{"inline_keyboard": []}')
    for row in rows:
        line: list[InlineKeyboardButton] = []
        for made in filter(None, map(_button, row)):
            cost = len(json.dumps(made.to_dict(), ensure_ascii=False).encode()) + len("[], ")
            if count == BUTTONS or size + cost > KEYBOARD_BYTES:
                break
            if len(line) == BUTTONS_PER_ROW:
                kept.append(line)
                line = []
            line.append(made)
            count, size = count + 1, size + cost
        if line:
            kept.append(line)
    return InlineKeyboardMarkup(kept) if kept else None


def _button(button: Button) -> InlineKeyboardButton | None:
    """None for what Telegram would refuse."""
    label = clean(button.label)
    if not is_visible(label):
        return None
    if units(label) > LABEL_UNITS:
        label = cut_text(label, LABEL_UNITS - 1) + ELLIPSIS
    match button.action:
        case Press() | Ask() as action:
            data = action.data()
            if 0 < len(data.encode("utf-8", "replace")) <= CALLBACK_BYTES and data == clean(data):
                return InlineKeyboardButton(label, callback_data=data)
        case Open(url):
            if is_link(url):
                return InlineKeyboardButton(label, url=url)
        case Copy(text):
            if is_visible(text) and units(text) <= COPY_UNITS and text == clean(text):
                return InlineKeyboardButton(label, copy_text=CopyTextButton(text))
    return None
