"""The little Telegram behind the peer: chats, who is in them, and their messages as they stand now.

Messages are kept as the JSON objects of the API. Changed by methods (the bot) and by people; no network here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.chat.telegram.faults import utf16
from tests.chat.telegram.members import PERMISSIONS, Json, brief_user, member_object

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
AS_CHANNEL: Json = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
"""The same for those who speak as a channel in a group."""
FORWARDER: Json = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
"""The same for a channel's posts that are forwarded to its discussion group by themselves."""

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


def lit(text: str, field: str = "entities") -> Json:
    found = found_entities(text)
    return {field: found} if found else {}


@dataclass(slots=True)
class Chat:
    """One chat. `status`: user id (the bot's too) -> what a ChatMember object calls it: member, kicked..."""

    id: int
    kind: str
    title: str
    users: dict[int, Json] = field(default_factory=dict)
    status: dict[int, str] = field(default_factory=dict)
    rights: dict[int, Json] = field(default_factory=dict)
    """User id -> the rights in which it differs from what its status brings."""
    permissions: Json = field(default_factory=lambda: dict.fromkeys(PERMISSIONS, True))
    """What ordinary members may do."""
    hides_members: bool = False
    """Only to administrators the list of members is open."""
    linked: int | None = None
    """A channel's discussion group, a discussion group's channel."""
    forum: bool = False
    topics: set[int] = field(default_factory=set)
    closed: set[int] = field(default_factory=set)
    migrated_to: int | None = None
    gone: bool = False
    """A deleted account: Telegram answers 403 for it."""
    messages: dict[int, Json] = field(default_factory=dict)
    last_message: int = 0
    """Numbers are never given twice."""

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

    def join(self, user: Json, status: str = "member", **rights: bool) -> None:
        self.users[user["id"]], self.status[user["id"]] = user, status
        self.rights[user["id"]] = rights

    def member(self, user_id: int) -> Json:
        """The ChatMember object of someone the chat has known."""
        return member_object(
            self.users[user_id], self.status[user_id], self.kind, self.rights.get(user_id, {})
        )


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
            chat.last_message = max(chat.last_message, max(chat.topics, default=0)) + 1
            return chat.last_message
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


def bot_sees(chat: Chat, message: Json) -> bool:
    """Whether Telegram hands a message to a bot in privacy mode."""
    if chat.bot_status in ("left", "kicked"):
        return False
    if chat.kind == "private" or chat.bot_status == "administrator":
        return True
    text = message.get("text") or message.get("caption", "")
    if message.get("reply_to_message", {}).get("from", {}).get("id") == BOT["id"]:
        return True
    name = f"@{BOT['username']}"
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    return name in text or (first.startswith("/") and "@" not in first)
