"""The methods a bot may call, by name: each takes judged parameters and returns the result or raises Refusal.

Called by exchange. A published method missing here is reported as a fault: none is pretended.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.chat.telegram.files import FETCHED_AT_MOST, Upload
from tests.chat.telegram.members import Json
from tests.chat.telegram.telegram import Telegram, changed, content
from tests.chat.telegram.updates import Refusal
from tests.chat.telegram.world import BOT, Chat

Files = Mapping[str, Upload]
Method = Callable[[Telegram, Json, Files], Any]
_MARKUP = "reply_markup"


def _send_message(tg: Telegram, params: Json, files: Files) -> Json:
    chat = tg.writable(params["chat_id"])
    return _sent(tg, chat, params, content(params))


def _send_photo(tg: Telegram, params: Json, files: Files) -> Json:
    chat = tg.writable(params["chat_id"], "can_send_photos", "photos")
    named = params["photo"]
    picture = files.get(named.removeprefix("attach://")) or tg.files.kept.get(named)
    if picture is None:
        raise Refusal(400, "Bad Request: wrong remote file identifier specified: wrong string length")
    if not picture.data:
        raise Refusal(400, "Bad Request: file must be non-empty")
    if (size := picture.pixels) is None:
        raise Refusal(400, "Bad Request: IMAGE_PROCESS_FAILED")
    width, height = size
    if width + height > 10_000 or max(size) > 20 * min(size):
        raise Refusal(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
    kept = content(params, "caption", "caption_entities")
    seen = tg.files.keep(picture)
    seen = {name: seen[name] for name in ("file_id", "file_unique_id", "file_size")}
    kept["photo"] = [seen | {"width": width, "height": height}]
    return _sent(tg, chat, params, kept, picture)


def _send_document(tg: Telegram, params: Json, files: Files) -> Json:
    chat = tg.writable(params["chat_id"], "can_send_documents", "documents")
    named = params["document"]
    file = files.get(named.removeprefix("attach://")) or tg.files.kept.get(named)
    if file is None:
        raise Refusal(400, "Bad Request: wrong remote file identifier specified: wrong string length")
    if not file.data:
        raise Refusal(400, "Bad Request: file must be non-empty")
    kept = content(params, "caption", "caption_entities")
    kept["document"] = tg.files.keep(file)
    return _sent(tg, chat, params, kept, file)


def _get_file(tg: Telegram, params: Json, files: Files) -> Json:
    file = tg.files.kept.get(params["file_id"])
    if file is None:
        raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
    if len(file.data) > FETCHED_AT_MOST:
        raise Refusal(400, "Bad Request: file is too big")
    return tg.files.open(params["file_id"])


def _sent(tg: Telegram, chat: Chat, params: Json, kept: Json, file: Upload | None = None) -> Json:
    message = tg.world.put(chat, BOT, tg.now(), **tg.place(chat, params), **kept)
    tg.ledger.accept("sent", message, silent=params.get("disable_notification", False), file=file)
    return message


def _edited(tg: Telegram, params: Json, new: Json, only: tuple[str, ...]) -> Json:
    chat, message = tg.own_message(params, "edit")
    if only[0] == "text" and "text" not in message:
        raise Refusal(400, "Bad Request: there is no text in the message to edit")
    if only[0] == "caption" and not {"photo", "document"} & message.keys():
        raise Refusal(400, "Bad Request: there is no caption in the message to edit")
    after = changed(message, new, only, tg.now())
    chat.messages[after["message_id"]] = after
    tg.ledger.accept("edited", after)
    return after


def _edit_text(tg: Telegram, params: Json, files: Files) -> Json:
    return _edited(tg, params, content(params), ("text", "entities", _MARKUP))


def _edit_caption(tg: Telegram, params: Json, files: Files) -> Json:
    new = content(params, "caption", "caption_entities")
    return _edited(tg, params, new, ("caption", "caption_entities", _MARKUP))


def _edit_markup(tg: Telegram, params: Json, files: Files) -> Json:
    return _edited(tg, params, content(params), (_MARKUP,))


def _delete(tg: Telegram, params: Json, files: Files) -> bool:
    chat, message = tg.own_message(params, "delete")
    del chat.messages[message["message_id"]]
    tg.ledger.accept("deleted", message)
    return True


def _answer(tg: Telegram, params: Json, files: Files) -> bool:
    query = params["callback_query_id"]
    if query not in tg.queries:
        raise Refusal(
            400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
        )
    tg.queries.remove(query)
    tg.ledger.answers[query] = params
    tg.ledger.change()
    return True


def _chat_action(tg: Telegram, params: Json, files: Files) -> bool:
    tg.reachable(params["chat_id"])
    return True


def _get_chat(tg: Telegram, params: Json, files: Files) -> Json:
    gifts = dict.fromkeys(
        ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"),
        False,
    )
    more: Json = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}
    chat = tg.reachable(params["chat_id"])
    if chat.kind in ("group", "supergroup"):
        more["permissions"] = chat.permissions
    if chat.linked is not None:
        more["linked_chat_id"] = chat.linked
    return chat.wire | more


def _get_member(tg: Telegram, params: Json, files: Files) -> Json:
    chat = tg.reachable(params["chat_id"])
    if params["user_id"] not in chat.users:
        raise Refusal(400, "Bad Request: member not found")
    if chat.hides_members and chat.bot_status != "administrator" and params["user_id"] != BOT["id"]:
        raise Refusal(400, "Bad Request: member list is inaccessible")
    return chat.member(params["user_id"])


def _get_administrators(tg: Telegram, params: Json, files: Files) -> list[Json]:
    chat = tg.reachable(params["chat_id"])
    if chat.kind == "private":
        raise Refusal(400, "Bad Request: there are no administrators in the private chat")
    return [
        chat.member(user_id)
        for user_id, status in chat.status.items()
        if status in ("creator", "administrator") and not chat.users[user_id]["is_bot"]
    ]


def _count_members(tg: Telegram, params: Json, files: Files) -> int:
    chat = tg.reachable(params["chat_id"])
    return sum(status not in ("left", "kicked") for status in chat.status.values())


def _leave(tg: Telegram, params: Json, files: Files) -> bool:
    tg.reachable(params["chat_id"]).join(BOT, "left")
    return True


def _command_list(params: Json) -> tuple[str, str]:
    scope = params.get("scope", {"type": "default"})
    return json.dumps(scope, sort_keys=True), params.get("language_code", "")


def _set_commands(tg: Telegram, params: Json, files: Files) -> bool:
    tg.commands[_command_list(params)] = params["commands"]
    tg.ledger.change()
    return True


def _get_commands(tg: Telegram, params: Json, files: Files) -> list[Json]:
    return tg.commands.get(_command_list(params), [])


def _delete_commands(tg: Telegram, params: Json, files: Files) -> bool:
    tg.commands.pop(_command_list(params), None)
    return True


def _get_me(tg: Telegram, params: Json, files: Files) -> Json:
    return BOT


def _webhook_info(tg: Telegram, params: Json, files: Files) -> Json:
    return {"url": "", "has_custom_certificate": False, "pending_update_count": len(tg.updates.pending)}


def _agree(tg: Telegram, params: Json, files: Files) -> bool:
    return True


def _delete_webhook(tg: Telegram, params: Json, files: Files) -> bool:
    if params.get("drop_pending_updates"):
        tg.updates.pending.clear()
    return True


METHODS: Mapping[str, Method] = {
    "getMe": _get_me,
    "logOut": _agree,
    "close": _agree,
    "deleteWebhook": _delete_webhook,
    "getWebhookInfo": _webhook_info,
    "sendMessage": _send_message,
    "sendPhoto": _send_photo,
    "sendDocument": _send_document,
    "getFile": _get_file,
    "editMessageText": _edit_text,
    "editMessageCaption": _edit_caption,
    "editMessageReplyMarkup": _edit_markup,
    "deleteMessage": _delete,
    "answerCallbackQuery": _answer,
    "sendChatAction": _chat_action,
    "getChat": _get_chat,
    "getChatMember": _get_member,
    "getChatAdministrators": _get_administrators,
    "getChatMemberCount": _count_members,
    "leaveChat": _leave,
    "setMyCommands": _set_commands,
    "getMyCommands": _get_commands,
    "deleteMyCommands": _delete_commands,
    "setMyName": _agree,
    "setMyDescription": _agree,
    "setMyShortDescription": _agree,
    "setChatMenuButton": _agree,
}
