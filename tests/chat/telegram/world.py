"""The little Telegram behind the peer: chats, who is in them, and their messages as they stand now.

Messages are kept as the JSON objects of the API. Changed by methods (the bot) and by people; no network here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.chat.telegram.faults import utf16

Json = dict[str, Any]

BOT: Json = {
    "id": 7_000_000_001,
    "is_bot": True,
    "first_name": "Peer's bot",
    "username": "peers_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
    "can_connect_to_business": False,
    "has_main_web_app": False,
}
ANONYMOUS: Json = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
"""The user in whose name Telegram delivers what an anonymous administrator says."""

_FOUND = (
    ("bot_command", re.compile(r"(?<![\w/@])/[A-Za-z0-9_]{1,64}(@\w{3,32})?(?![\w/])")),
    (
        "url",
        re.compile(
            r"https?://[^\s<>]+|(?<![\w@.])[\w-]+\.(com|org|net|io|xyz|app|fi|me)\b(/\S*)?", re.IGNORECASE
        ),
    ),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z]\w{3,31}")),
    ("hashtag", re.compile(r"(?<![\w#])#\w*[^\W\d]\w*")),
    ("cashtag", re.compile(r"(?<![\w$])\$[A-Z]{3,8}(?!\w)")),
)


def brief_user(user: Json) -> Json:
    return {
        name: user[name]
        for name in ("id", "is_bot", "first_name", "username", "language_code")
        if name in user
    }


def found_entities(text: str) -> list[Json]:
    """What Telegram lights up by itself in a text: commands, links, mentions, tags; offsets in UTF-16."""
    found: list[Json] = []
    for kind, pattern in _FOUND:
        for match in pattern.finditer(text):
            start, length = utf16(text[: match.start()]), utf16(match[0])
            if all(
                start >= one["offset"] + one["length"] or start + length <= one["offset"] for one in found
            ):
                found.append({"type": kind, "offset": start, "length": length})
    return sorted(found, key=lambda one: int(one["offset"]))


@dataclass(slots=True)
class Chat:
    """One chat. `status`: user id (the bot's too) -> member, administrator, creator, left or kicked."""

    id: int
    kind: str
    title: str
    users: dict[int, Json] = field(default_factory=dict)
    status: dict[int, str] = field(default_factory=dict)
    forum: bool = False
    topics: set[int] = field(default_factory=set)
    migrated_to: int | None = None
    gone: bool = False
    """A deleted account: Telegram answers 403 for it."""
    messages: dict[int, Json] = field(default_factory=dict)

    @property
    def wire(self) -> Json:
        if self.kind == "private":
            return {"id": self.id, "type": "private", "first_name": self.title}
        return {"id": self.id, "type": self.kind, "title": self.title} | (
            {"is_forum": True} if self.forum else {}
        )

    @property
    def bot_status(self) -> str:
        return self.status.get(BOT["id"], "left")

    def join(self, user: Json, status: str = "member") -> None:
        self.users[user["id"]], self.status[user["id"]] = user, status

    def member(self, user_id: int) -> Json:
        """The ChatMember object of someone the chat has known."""
        status = self.status[user_id]
        return {"user": brief_user(self.users[user_id]), "status": status} | _RIGHTS.get(status, {})


_RIGHTS: dict[str, Json] = {
    "creator": {"is_anonymous": False},
    "kicked": {"until_date": 0},
    "administrator": {"can_be_edited": False, "is_anonymous": False}
    | dict.fromkeys(
        (
            "can_manage_chat",
            "can_delete_messages",
            "can_manage_video_chats",
            "can_restrict_members",
            "can_promote_members",
            "can_change_info",
            "can_invite_users",
            "can_post_stories",
            "can_edit_stories",
            "can_delete_stories",
            "can_send_welcome_messages",
        ),
        True,
    ),
}


@dataclass(slots=True)
class World:
    """All chats by id, and the numbers Telegram would give out."""

    chats: dict[int, Chat] = field(default_factory=dict)
    _last_message: int = 0

    def add(self, chat: Chat, members: Iterable[Json] = ()) -> Chat:
        self.chats[chat.id] = chat
        for user in members:
            chat.join(user)
        return chat

    def next_message_id(self, chat: Chat) -> int:
        """Supergroups and channels count for themselves; private chats and small groups share one count."""
        if chat.kind in ("supergroup", "channel"):
            return max(chat.messages, default=max(chat.topics, default=0)) + 1
        self._last_message += 1
        return self._last_message

    def put(self, chat: Chat, sender: Json, date: int, **content: Any) -> Json:
        """Write a message into the chat and return it. `thread` puts it into a forum's topic."""
        thread = content.pop("thread", None)
        reply: Json | None = content.pop("reply", None)
        message: Json = {"message_id": self.next_message_id(chat), "date": date, "chat": chat.wire}
        if chat.kind != "channel":
            message["from"] = brief_user(sender)
        else:
            message["sender_chat"] = chat.wire
        if reply is not None:
            message["reply_to_message"] = {name: reply[name] for name in reply if name != "reply_to_message"}
        if thread is not None:
            message |= {"message_thread_id": thread, "is_topic_message": True}
        elif reply is not None and chat.kind == "supergroup":
            # Telegram numbers plain reply chains too: a thread id without is_topic_message is no topic.
            message["message_thread_id"] = reply.get("message_thread_id", reply["message_id"])
        message |= content
        chat.messages[message["message_id"]] = message
        return message
