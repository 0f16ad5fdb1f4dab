"""What a type cannot say: names, links, keyboards, commands, and which fields go together.

One table by object and one by field name; shapes calls `object_faults` once an object's fields are right.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from aiogram.enums import ButtonStyle, ChatAction, ParseMode
from aiogram.types import Update, User
from pydantic import BaseModel

from tests.chat.telegram.entities import entity_faults, is_link
from tests.chat.telegram.faults import Fault, Faults, utf16
from tests.chat.telegram.limits import documented

BUTTONS_PER_KEYBOARD = 100
BUTTONS_PER_ROW = 8
KEYBOARD_BYTES = 10_240
BUTTON_TEXT = 64
"""Telegram's servers refuse larger keyboards (REPLY_MARKUP_TOO_LONG); the label is what a phone can show."""

_Object = Mapping[str, Any]
_USERNAME = re.compile(r"@[A-Za-z][A-Za-z0-9_]{3,31}\Z")
_COMMAND = re.compile(r"[a-z0-9_]{1,32}\Z")
_LANGUAGE = re.compile(r"([a-z]{2})?\Z")
_TEXT_FIELDS = (
    ("text", "entities", "parse_mode"),
    ("caption", "caption_entities", "parse_mode"),
    ("quote", "quote_entities", "quote_parse_mode"),
)
_ACTIONS = frozenset(one.value for one in ChatAction)
_STYLES = frozenset(one.value for one in ButtonStyle)
_PARSE_MODES = frozenset(one.value for one in ParseMode)
UPDATES = frozenset(Update.model_fields) - {"update_id"}


def object_faults(model: type[BaseModel], value: _Object, where: str) -> Faults:
    """Documented limits, then the rules of each field's name, then those of the whole object."""
    limits = documented(model)
    for name, field in value.items():
        at = f"{where}.{name}"
        if name in limits:
            yield from limits[name].faults(field, at)
        if name in _BY_FIELD and model is not User and not _BY_FIELD[name][0](field):
            # A user's language is an IETF tag ("pt-BR"), so what Telegram says of users is left alone.
            kind, says = _BY_FIELD[name][1:]
            yield Fault(kind, at, f"{says}, not {field!r}")
    yield from _text_faults(value, where)
    if rule := _BY_OBJECT.get(model.__name__):
        yield from rule(value, where)


def _text_faults(value: _Object, where: str) -> Faults:
    for text, entities, parse_mode in _TEXT_FIELDS:
        if entities in value and parse_mode in value:
            says = "entities are given instead of a parse mode, never with it"
            yield Fault("entities with parse mode", where, says)
        if entities in value and text not in value:
            yield Fault("entities without text", f"{where}.{entities}", f"there is no {text}")
        elif entities in value:
            yield from entity_faults(value[text], value[entities], f"{where}.{entities}")


def _chat_id(value: int | str) -> bool:
    return value != 0 if isinstance(value, int) else _USERNAME.match(value) is not None


def _positive(value: int) -> bool:
    return value > 0


def _language(code: str) -> bool:
    return _LANGUAGE.match(code) is not None


_BY_FIELD: Mapping[str, tuple[Callable[[Any], bool], str, str]] = {
    "chat_id": (_chat_id, "bad chat id", "must be a number other than 0 or @username"),
    "user_id": (_positive, "bad identifier", "must be positive"),
    "file_id": (bool, "bad identifier", "must not be empty"),
    "message_id": (_positive, "bad identifier", "must be positive"),
    "message_thread_id": (_positive, "bad identifier", "must be positive"),
    "timeout": (lambda seconds: seconds >= 0, "out of range", "must be seconds from now on"),
    "cache_time": (lambda seconds: seconds >= 0, "out of range", "must be seconds from now on"),
    "parse_mode": (_PARSE_MODES.__contains__, "bad parse mode", "must be HTML, MarkdownV2 or Markdown"),
    "action": (_ACTIONS.__contains__, "bad chat action", "must be one of the published actions"),
    "style": (_STYLES.__contains__, "bad button style", "must be danger, success or primary"),
    "language_code": (_language, "bad language", "must be two small letters or empty"),
    "allowed_updates": (UPDATES.issuperset, "unknown update", "must name kinds of updates"),
}


def _spoken(value: _Object, where: str) -> Faults:
    if "text" in value and not value["text"].strip():
        yield Fault("empty text", f"{where}.text", "message text is empty")


def _edited(value: _Object, where: str) -> Faults:
    """https://core.telegram.org/bots/api#updating-messages: a message is named in exactly one of two ways."""
    in_chat = {"chat_id", "message_id"} & value.keys()
    if len(in_chat) == 1 or bool(in_chat) == ("inline_message_id" in value):
        yield Fault("no message named", where, "needs chat_id with message_id, or inline_message_id alone")


def _edited_text(value: _Object, where: str) -> Faults:
    yield from _edited(value, where)
    yield from _spoken(value, where)
    if ("text" in value) == ("rich_message" in value):
        yield Fault("empty text", where, "needs text or rich_message, and one of them only")


def _button(value: _Object, where: str) -> Faults:
    if not 1 <= utf16(value["text"]) <= BUTTON_TEXT or not value["text"].strip():
        yield Fault("bad button text", f"{where}.text", f"a label has 1 to {BUTTON_TEXT} units, some visible")
    actions = sorted(value.keys() - {"text", "icon_custom_emoji_id", "style"})
    if len(actions) != 1:
        yield Fault("bad button", where, f"exactly one action a button, not {actions}")
    if "url" in value and not is_link(value["url"]):
        yield Fault("bad link", f"{where}.url", f"{value['url']!r} opens nothing")


def _inline_keyboard(value: _Object, where: str) -> Faults:
    yield from _rows(value["inline_keyboard"], f"{where}.inline_keyboard")
    size = len(json.dumps(value, ensure_ascii=False).encode())
    if size > KEYBOARD_BYTES:
        yield Fault("keyboard too large", where, f"{size} bytes, at most {KEYBOARD_BYTES}")


def _reply_keyboard(value: _Object, where: str) -> Faults:
    yield from _rows(value["keyboard"], f"{where}.keyboard")


def _rows(rows: list[list[_Object]], where: str) -> Faults:
    for at, row in enumerate(rows):
        if not 1 <= len(row) <= BUTTONS_PER_ROW:
            yield Fault(
                "bad keyboard row", f"{where}[{at}]", f"{len(row)} buttons, 1 to {BUTTONS_PER_ROW} fit"
            )
    if sum(map(len, rows)) > BUTTONS_PER_KEYBOARD:
        yield Fault("too many buttons", where, f"at most {BUTTONS_PER_KEYBOARD}")


def _command(value: _Object, where: str) -> Faults:
    if not _COMMAND.match(value["command"]):
        yield Fault("bad command name", f"{where}.command", f"{value['command']!r} is not [a-z0-9_]{{1,32}}")


def _reply(value: _Object, where: str) -> Faults:
    if ("message_id" in value) == ("ephemeral_message_id" in value):
        yield Fault("no message named", where, "a reply names one message")


def _link_preview(value: _Object, where: str) -> Faults:
    if value.get("prefer_small_media") and value.get("prefer_large_media"):
        yield Fault("contradiction", where, "small and large media at once")
    if "url" in value and not is_link(value["url"]):
        yield Fault("bad link", f"{where}.url", f"{value['url']!r} opens nothing")


def _answered(value: _Object, where: str) -> Faults:
    if "url" in value and not is_link(value["url"]):
        yield Fault("bad link", f"{where}.url", f"{value['url']!r} opens nothing")


_BY_OBJECT: Mapping[str, Callable[[_Object, str], Faults]] = {
    "SendMessage": _spoken,
    "EditMessageText": _edited_text,
    "EditMessageCaption": _edited,
    "EditMessageMedia": _edited,
    "EditMessageReplyMarkup": _edited,
    "InlineKeyboardButton": _button,
    "InlineKeyboardMarkup": _inline_keyboard,
    "ReplyKeyboardMarkup": _reply_keyboard,
    "BotCommand": _command,
    "ReplyParameters": _reply,
    "LinkPreviewOptions": _link_preview,
    "AnswerCallbackQuery": _answered,
}
