"""What all methods work on, and the questions they share: may the bot write here, is this message its own.

The refusals carry Telegram's own sentences, since bots tell errors apart by them. Used by methods and people.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.chat.telegram.faults import utf16
from tests.chat.telegram.files import Files
from tests.chat.telegram.ledger import Ledger
from tests.chat.telegram.members import Json, refuses
from tests.chat.telegram.updates import Refusal, Updates
from tests.chat.telegram.world import BOT, Chat, World

_PLACES = {"group": "group chat", "supergroup": "supergroup chat", "channel": "channel chat"}


@dataclass(slots=True)
class Telegram:
    """`now` gives Unix seconds."""

    now: Callable[[], int]
    ledger: Ledger
    world: World = field(default_factory=World)
    updates: Updates = field(default_factory=Updates)
    queries: set[str] = field(default_factory=set)
    """Callback queries that wait for their answer."""
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    """(scope as JSON, language) -> commands."""
    files: Files = field(default_factory=Files)

    def known(self, chat_id: int | str) -> Chat:
        chat = self.world.chats.get(chat_id) if isinstance(chat_id, int) else None
        if chat is None:
            raise Refusal(400, "Bad Request: chat not found")
        if chat.migrated_to is not None:
            says = "Bad Request: group chat was upgraded to a supergroup chat"
            raise Refusal(400, says, migrate_to_chat_id=chat.migrated_to)
        return chat

    def reachable(self, chat_id: int | str) -> Chat:
        """The chat, if the bot may see and write it now."""
        chat = self.known(chat_id)
        if chat.gone:
            raise Refusal(403, "Forbidden: user is deactivated")
        if chat.kind == "private":
            if chat.bot_status == "kicked":
                raise Refusal(403, "Forbidden: bot was blocked by the user")
            if chat.bot_status == "left":
                raise Refusal(403, "Forbidden: bot can't initiate conversation with a user")
        elif chat.bot_status == "kicked":
            raise Refusal(403, f"Forbidden: bot was kicked from the {_PLACES[chat.kind]}")
        elif chat.bot_status == "left":
            raise Refusal(403, f"Forbidden: bot is not a member of the {_PLACES[chat.kind]}")
        elif chat.kind == "channel" and chat.bot_status != "administrator":
            raise Refusal(400, "Bad Request: need administrator rights in the channel chat")
        return chat

    def writable(
        self, chat_id: int | str, right: str = "can_send_messages", what: str = "text messages"
    ) -> Chat:
        """The chat, if the bot may send `what` there now."""
        chat = self.reachable(chat_id)
        if says := refuses(chat.member(BOT["id"]), chat.kind, chat.permissions, right, what):
            raise Refusal(400, f"Bad Request: {says}")
        return chat

    def own_message(self, params: Json, deed: str) -> tuple[Chat, Json]:
        """The bot's own message that `params` name, or the refusal for this deed ("edit", "delete")."""
        if "inline_message_id" in params:
            raise Refusal(400, "Bad Request: MESSAGE_ID_INVALID")
        chat = self.reachable(params["chat_id"])
        message = chat.messages.get(params["message_id"])
        if message is None:
            raise Refusal(400, f"Bad Request: message to {deed} not found")
        mine = message.get("from", {}).get("id") == BOT["id"] or chat.kind == "channel"
        if not mine and (deed == "edit" or (chat.kind != "private" and chat.bot_status != "administrator")):
            raise Refusal(400, f"Bad Request: message can't be {deed.removesuffix('e')}ed")
        return chat, message

    def place(self, chat: Chat, params: Json) -> Json:
        """Where a new message goes: its thread and the message it replies to."""
        where: Json = {}
        thread = params.get("message_thread_id")
        if thread is not None:
            if thread not in chat.topics:
                raise Refusal(400, "Bad Request: message thread not found")
            if thread in chat.closed and not chat.member(BOT["id"]).get("can_manage_topics"):
                raise Refusal(400, "Bad Request: TOPIC_CLOSED")
            where["thread"] = thread
        if reply := params.get("reply_parameters"):
            target = chat.messages.get(reply.get("message_id", 0))
            if target is not None:
                where["reply"] = target
            elif not reply.get("allow_sending_without_reply"):
                raise Refusal(400, "Bad Request: message to be replied not found")
        return where


def content(params: Json, text: str = "text", entities: str = "entities") -> Json:
    """Text, entities and inline keyboard as Telegram keeps them: outer white space goes, entities follow."""
    kept: Json = {}
    said = params.get(text, "")
    if said.strip():
        kept[text] = said.strip()
        lead, size = utf16(said[: len(said) - len(said.lstrip())]), utf16(kept[text])
        moved = [_moved(entity, lead, size) for entity in params.get(entities, [])]
        if moved := [entity for entity in moved if entity["length"] > 0]:
            kept[entities] = moved
    markup = params.get("reply_markup", {})
    if markup.get("inline_keyboard"):
        kept["reply_markup"] = markup
    return kept


def _moved(entity: Json, lead: int, size: int) -> Json:
    start = min(max(entity["offset"] - lead, 0), size)
    end = min(max(entity["offset"] + entity["length"] - lead, 0), size)
    return entity | {"offset": start, "length": end - start}


def changed(message: Json, new: Json, only: tuple[str, ...], now: int) -> Json:
    """The message with the fields `only` taken from `new` (absent there: removed), or the refusal."""
    if all(message.get(name) == new.get(name) for name in only):
        raise Refusal(
            400,
            "Bad Request: message is not modified: specified new message content and reply markup are "
            "exactly the same as a current content and reply markup of the message",
        )
    kept: dict[str, Any] = {name: value for name, value in message.items() if name not in only}
    return kept | {name: new[name] for name in only if name in new} | {"edit_date": now}
