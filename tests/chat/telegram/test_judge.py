"""The judge on trial: malformed requests it must refuse, each by its own fault, and good ones it must not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.chat.telegram.judge import judge
from tests.chat.telegram.shapes import methods

CHAT = {"chat_id": 1001}
SEND = CHAT | {"text": "Hi"}
EDIT = SEND | {"message_id": 7}
WAVE = "\N{WAVING HAND SIGN}"


def entity(kind: str = "bold", offset: int = 0, length: int = 2, **more: Any) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length} | more


def said(*entities: dict[str, Any], text: str = "Hi there") -> dict[str, Any]:
    return CHAT | {"text": text, "entities": list(entities)}


def keys(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return SEND | {"reply_markup": {"inline_keyboard": list(rows)}}


def key(text: str = "Go", **action: Any) -> dict[str, Any]:
    return {"text": text} | (action or {"callback_data": "v1:go"})


def commands(*named: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"commands": [{"command": name, "description": text} for name, text in named]} | more


REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    ("unknown method", "sendMesage", SEND),
    ("unknown field", "sendMessage", SEND | {"reply_markdown": True}),
    ("unknown field", "sendMessage", SEND | {"link_preview_options": {"disabled": True}}),
    ("unknown field", "sendMessage", keys([key(callback_data="x", colour="red")])),
    ("unknown field", "sendMessage", said(entity(start=0))),
    ("deprecated field", "sendMessage", SEND | {"reply_to_message_id": 3}),
    ("deprecated field", "sendMessage", SEND | {"disable_web_page_preview": True}),
    ("missing field", "sendMessage", CHAT),
    ("missing field", "sendMessage", {"text": "Hi"}),
    ("missing field", "sendMessage", said({"type": "bold", "offset": 0})),
    ("wrong type", "sendMessage", SEND | {"text": 5}),
    ("wrong type", "sendMessage", SEND | {"chat_id": 1.5}),
    ("wrong type", "sendMessage", SEND | {"disable_notification": "yes"}),
    ("wrong type", "sendMessage", SEND | {"disable_notification": 1}),
    ("wrong type", "sendMessage", SEND | {"entities": entity()}),
    ("wrong type", "sendMessage", said(entity() | {"offset": "0"})),
    ("wrong type", "sendMessage", said(entity(url=None))),
    ("wrong type", "sendMessage", SEND | {"reply_markup": "[{"}),
    ("wrong type", "editMessageText", EDIT | {"message_id": True}),
    ("wrong type", "editMessageText", EDIT | {"message_id": 1 << 63}),
    ("wrong type", "setMyCommands", commands(("go", "Go"), scope={"type": "everywhere"})),
    ("wrong type", "setMyCommands", commands(("go", "Go"), scope={})),
    ("bad chat id", "sendMessage", SEND | {"chat_id": "treasury"}),
    ("bad chat id", "sendMessage", SEND | {"chat_id": 0}),
    ("bad chat id", "setMyCommands", commands(("go", "Go"), scope={"type": "chat", "chat_id": "@"})),
    ("bad identifier", "editMessageText", EDIT | {"message_id": 0}),
    ("bad identifier", "getChatMember", CHAT | {"user_id": -5}),
    ("bad identifier", "sendMessage", SEND | {"message_thread_id": 0}),
    ("empty text", "sendMessage", SEND | {"text": " \n "}),
    ("empty text", "editMessageText", CHAT | {"message_id": 7}),
    ("too short", "sendMessage", SEND | {"text": ""}),
    ("too long", "sendMessage", SEND | {"text": "x" * 4097}),
    ("too long", "sendMessage", SEND | {"text": WAVE * 2048 + "x"}),
    ("too long", "editMessageText", EDIT | {"text": "x" * 4097}),
    ("too long", "sendPhoto", CHAT | {"photo": "AgAC", "caption": "x" * 1025}),
    ("too long", "sendMessage", keys([key(callback_data="x" * 65)])),
    ("too long", "sendMessage", keys([key(callback_data="é" * 33)])),
    ("too short", "sendMessage", keys([key(callback_data="")])),
    ("too long", "sendMessage", keys([key(copy_text={"text": "x" * 257})])),
    ("too short", "sendMessage", keys([key(copy_text={"text": ""})])),
    ("too long", "answerCallbackQuery", {"callback_query_id": "1", "text": "x" * 201}),
    ("too long", "setMyCommands", commands(*[("go", "Go")] * 101)),
    ("too long", "setMyCommands", commands(("go", "x" * 257))),
    ("too short", "setMyCommands", commands(("go", ""))),
    ("bad command name", "setMyCommands", commands(("Go", "Go"))),
    ("bad command name", "setMyCommands", commands(("/go", "Go"))),
    ("too long", "setMyCommands", commands(("x" * 33, "Go"))),
    ("bad language", "setMyCommands", commands(("go", "Go"), language_code="en-GB")),
    ("entity out of text", "sendMessage", said(entity(offset=7))),
    ("entity out of text", "sendMessage", said(entity(offset=-1))),
    ("entity out of text", "sendMessage", said(entity(length=0))),
    ("entity splits a character", "sendMessage", said(entity(length=1), text=WAVE + "Hi")),
    ("entity splits a character", "sendMessage", said(entity(offset=1), text=WAVE + "Hi")),
    ("unknown entity", "sendMessage", said(entity("strong"))),
    ("entity lacks a field", "sendMessage", said(entity("date_time"))),
    ("entity lacks a field", "sendMessage", said(entity("custom_emoji"))),
    ("entity lacks a field", "sendMessage", said(entity("text_link"))),
    ("entity has a stranger's field", "sendMessage", said(entity(url="https://example.org/"))),
    ("entity has a stranger's field", "sendMessage", said(entity("code", language="python"))),
    ("bad link", "sendMessage", said(entity("text_link", url="javascript:alert(1)"))),
    ("bad date format", "sendMessage", said(entity("date_time", unix_time=1, date_time_format="rt"))),
    ("out of range", "sendMessage", said(entity("date_time", unix_time=1_700_000_000_000))),
    ("entities overlap", "sendMessage", said(entity(length=4), entity("italic", 2, 4))),
    ("entities nested", "sendMessage", said(entity("code", 0, 4), entity("bold", 0, 2))),
    ("entities nested", "sendMessage", said(entity("blockquote", 0, 4), entity("blockquote", 0, 2))),
    ("entities nested", "sendMessage", said(entity(), entity())),
    ("too many entities", "sendMessage", said(*[entity("bold", n, 1) for n in range(101)], text="x" * 101)),
    ("entities with parse mode", "sendMessage", said(entity()) | {"parse_mode": "HTML"}),
    ("entities without text", "sendPhoto", CHAT | {"photo": "AgAC", "caption_entities": [entity()]}),
    ("bad parse mode", "sendMessage", SEND | {"parse_mode": "Wiki"}),
    ("bad button", "sendMessage", keys([{"text": "Go"}])),
    ("bad button", "sendMessage", keys([key(callback_data="x", url="https://example.org/")])),
    ("bad button text", "sendMessage", keys([key(" ")])),
    ("bad button text", "sendMessage", keys([key("x" * 65)])),
    ("bad button style", "sendMessage", keys([key(callback_data="x", style="loud")])),
    ("bad link", "sendMessage", keys([key(url="http://localhost/")])),
    ("bad keyboard row", "sendMessage", keys([])),
    ("bad keyboard row", "sendMessage", keys([key()] * 9)),
    ("too many buttons", "sendMessage", keys(*[[key()]] * 101)),
    ("keyboard too large", "sendMessage", keys(*[[key("x" * 60, callback_data="y" * 64)]] * 90)),
    ("no message named", "editMessageText", SEND),
    ("no message named", "editMessageReplyMarkup", {"message_id": 7}),
    ("no message named", "editMessageText", EDIT | {"inline_message_id": "a"}),
    ("no message named", "sendMessage", SEND | {"reply_parameters": {"chat_id": 5}}),
    ("contradiction", "sendMessage", SEND | {
        "link_preview_options": {"prefer_small_media": True, "prefer_large_media": True}}),
    ("bad chat action", "sendChatAction", CHAT | {"action": "thinking"}),
    ("out of range", "getUpdates", {"limit": 101}),
    ("out of range", "getUpdates", {"timeout": -1}),
    ("unknown update", "getUpdates", {"allowed_updates": ["messages"]}),
    ("file not uploaded", "sendPhoto", CHAT | {"photo": "attach://chart"}),
    ("missing field", "sendDocument", CHAT | {"caption": "Your list"}),
    ("file not uploaded", "sendDocument", CHAT | {"document": "attach://list"}),
    ("too long", "sendDocument", CHAT | {"document": "BQAC", "caption": "x" * 1025}),
    ("entities without text", "sendDocument", CHAT | {"document": "BQAC", "caption_entities": [entity()]}),
    ("unknown field", "sendDocument", CHAT | {"document": "BQAC", "text": "Your list"}),
    ("too long", "editMessageCaption", CHAT | {"message_id": 7, "caption": "x" * 1025}),
    ("missing field", "getFile", {}),
    ("bad identifier", "getFile", {"file_id": ""}),
    ("missing field", "getChatMember", CHAT),
    ("bad chat id", "getChatAdministrators", {"chat_id": 0}),
]  # fmt: skip

ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("getMe", {}),
    ("getUpdates", {"offset": -1, "limit": 100, "timeout": 10, "allowed_updates": ["message"]}),
    ("deleteWebhook", {"drop_pending_updates": False}),
    ("sendMessage", SEND),
    ("sendMessage", SEND | {"chat_id": "@treasury_watch"}),
    ("sendMessage", SEND | {"chat_id": -1001234567890, "message_thread_id": 4, "disable_notification": True}),
    ("sendMessage", SEND | {"text": "x" * 4096}),
    ("sendMessage", SEND | {"text": WAVE * 2048}),
    ("sendMessage", said(entity(length=2), entity("italic", 2, 2), text=WAVE + "Hi")),
    ("sendMessage", said(entity(length=4), entity("italic"), entity("text_link", 5, 3, url="https://a.example/"))),
    ("sendMessage", said(entity("blockquote", 0, 8), entity("code"), entity("pre", 3, 5, language="py"))),
    ("sendMessage", said(entity("date_time", unix_time=1_790_000_000, date_time_format="wDt"))),
    ("sendMessage", said(entity("date_time", unix_time=1_790_000_000, date_time_format="r"))),
    ("sendMessage", SEND | {"reply_parameters": {"message_id": 3, "allow_sending_without_reply": True}}),
    ("sendMessage", SEND | {"link_preview_options": {"is_disabled": True}}),
    ("sendMessage", keys([key(), key(callback_data="é" * 32)], [key(copy_text={"text": "118200"})])),
    ("sendMessage", keys([key(url="https://a.example/?a=1&b=2"), key(callback_data="x", style="danger")])),
    ("sendMessage", SEND | {"reply_markup": {"force_reply": True, "input_field_placeholder": "0x…"}}),
    ("sendMessage", SEND | {"reply_markup": {"remove_keyboard": True}}),
    ("editMessageText", EDIT),
    ("editMessageText", EDIT | {"reply_markup": {"inline_keyboard": []}}),
    ("editMessageReplyMarkup", CHAT | {"message_id": 7}),
    ("deleteMessage", CHAT | {"message_id": 7}),
    ("answerCallbackQuery", {"callback_query_id": "1", "text": "x" * 200, "show_alert": True}),
    ("answerCallbackQuery", {"callback_query_id": "1", "text": ""}),
    ("setMyCommands", commands(*[("go_2", "x" * 256)] * 100, language_code="pt")),
    ("setMyCommands", commands(("go", "Go"), scope={"type": "chat_member", "chat_id": -5, "user_id": 7})),
    ("getMyCommands", {"scope": {"type": "all_private_chats"}, "language_code": ""}),
    ("sendChatAction", CHAT | {"action": "typing"}),
    ("getChatMember", CHAT | {"user_id": 1001}),
    ("sendPhoto", CHAT | {"photo": "AgAC", "caption": "x" * 1024}),
    ("sendDocument", CHAT | {"document": "BQAC", "caption": "x" * 1024}),
    ("sendDocument", CHAT | {"document": "BQAC", "disable_content_type_detection": True}),
    ("getFile", {"file_id": "BQAC"}),
    ("getChat", {"chat_id": -1001}),
    ("getUpdates", {"allowed_updates": ["message", "my_chat_member", "chat_member"]}),
    ("setMyCommands", commands(("go", "Go"), scope={"type": "all_chat_administrators"})),
]  # fmt: skip


def as_form(params: dict[str, Any]) -> dict[str, str]:
    """What python-telegram-bot puts on the wire: strings as they are, anything else as JSON."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}


@pytest.mark.parametrize(("kind", "method", "params"), REFUSED)
def test_a_malformed_request_is_refused_by_its_own_fault(
    kind: str, method: str, params: dict[str, Any]
) -> None:
    assert kind in {fault.kind for fault in judge(method, params).faults}


FORM_HAS_NO_NUMBERS = SEND | {"text": 5}


@pytest.mark.parametrize(("method", "params"), [row[1:] for row in REFUSED if row[2] != FORM_HAS_NO_NUMBERS])
def test_a_malformed_request_is_refused_as_a_form_too(method: str, params: dict[str, Any]) -> None:
    assert not judge(method, as_form(params)).fine


def test_a_form_that_says_5_says_it_as_text() -> None:
    assert judge("sendMessage", as_form(FORM_HAS_NO_NUMBERS)).fine


@pytest.mark.parametrize(("method", "params"), ACCEPTED)
def test_a_good_request_is_fine_as_json_and_as_a_form(method: str, params: dict[str, Any]) -> None:
    assert judge(method, params).faults == ()
    verdict = judge(method, as_form(params))
    assert verdict.faults == ()
    assert verdict.params == params


def test_a_fault_says_where_it_is_and_by_how_much() -> None:
    [fault] = judge("sendMessage", keys([key()], [key(), key(callback_data="x" * 65)])).faults
    assert str(fault) == (
        "too long at sendMessage.reply_markup.inline_keyboard[1][1].callback_data: 65 bytes, allowed 1 to 64"
    )


def test_an_uploaded_file_counts_as_its_field_and_a_stray_one_is_a_fault() -> None:
    assert judge("sendPhoto", as_form(CHAT), files=["photo"]).fine
    assert judge("sendPhoto", as_form(CHAT | {"photo": "attach://chart"}), files=["chart"]).fine
    assert [fault.kind for fault in judge("sendMessage", as_form(SEND), files=["x"]).faults] == [
        "file not used"
    ]


def test_the_judge_knows_the_whole_published_api() -> None:
    assert len(methods()) > 150
    assert {"sendMessage", "editMessageText", "answerCallbackQuery", "setMyCommands"} <= methods().keys()
