"""People and rooms as a test drives them: somebody writes, presses, blocks; a room promotes, migrates.

Each deed changes the world and queues the update Telegram would send for it. Made by TelegramPeer.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from tests.chat.telegram.telegram import Telegram
from tests.chat.telegram.world import ANONYMOUS, BOT, Chat, Json, brief_user, found_entities

_QUERY_IDS = itertools.count(4_300_000_000_000_000_001)


@dataclass(slots=True)
class Room:
    """A private chat, group, supergroup or channel, and what its owner may do to it."""

    chat: Chat
    tg: Telegram

    @property
    def id(self) -> int:
        return self.chat.id

    def set_member(self, user: Json, status: str, by: Json) -> None:
        """Give a user (or the bot) a new status, and the bot the update that tells of it."""
        if user["id"] not in self.chat.status:
            self.chat.join(user, "left")
        old = self.chat.member(user["id"])
        self.chat.join(user, status)
        change = {"chat": self.chat.wire, "from": brief_user(by), "date": self.tg.now(),
                  "old_chat_member": old, "new_chat_member": self.chat.member(user["id"])}  # fmt: skip
        self.tg.updates.push("my_chat_member" if user["id"] == BOT["id"] else "chat_member", change)

    def add_bot(self, by: Person, *, administrator: bool = False) -> None:
        self.set_member(BOT, "administrator" if administrator else "member", by.user)

    def remove_bot(self, by: Person) -> None:
        self.set_member(BOT, "kicked", by.user)

    def promote(self, person: Person, by: Person) -> None:
        self.set_member(person.user, "administrator", by.user)

    def demote(self, person: Person, by: Person) -> None:
        self.set_member(person.user, "member", by.user)

    def migrate(self, new_id: int, by: Person) -> Room:
        """Upgrade this group to a supergroup; from now on the old id answers with migrate_to_chat_id."""
        old, kept = self.chat, dict(self.chat.status)
        new = Chat(new_id, "supergroup", old.title, users=dict(old.users), status=kept)
        self.tg.world.add(new)
        for chat, told in ((old, {"migrate_to_chat_id": new_id}), (new, {"migrate_from_chat_id": old.id})):
            message = self.tg.world.put(chat, by.user, self.tg.now(), **told)
            self.tg.updates.push("message", message)
        old.migrated_to = new_id
        return Room(new, self.tg)

    def post(self, text: str) -> int:
        """Write as the channel itself; returns the message id."""
        message = self.tg.world.put(self.chat, {}, self.tg.now(), text=text, **_lit(text))
        self.tg.updates.push("channel_post", message)
        return int(message["message_id"])


def _lit(text: str) -> Json:
    found = found_entities(text)
    return {"entities": found} if found else {}


@dataclass(slots=True)
class Person:
    """Somebody with a Telegram account, and a private chat with the bot."""

    user: Json
    tg: Telegram
    private: Room
    pressed: list[str] = field(default_factory=list)
    """Ids of this person's callback queries; the ledger has their answers."""

    @property
    def id(self) -> int:
        return int(self.user["id"])

    def say(self, text: str, **how: Any) -> int:
        """Write to the bot in private."""
        return self.send(self.private, text, **how)

    def send(
        self,
        to: Room | int,
        text: str,
        *,
        thread: int | None = None,
        reply_to: int | None = None,
        anonymous: bool = False,
    ) -> int:
        """Write `text` into a room; returns the message id. `anonymous`: as an administrator who hides.

        In groups Telegram keeps from a bot (in privacy mode, the default) what is not for it: it sees
        commands without another bot's name, replies to it, mentions of it; as administrator, everything.
        """
        chat = self._chat(to)
        where: Json = {} if thread is None else {"thread": thread}
        if reply_to is not None:
            where["reply"] = chat.messages[reply_to]
        if anonymous:
            where["sender_chat"] = chat.wire
        sender = ANONYMOUS if anonymous else self.user
        message = self.tg.world.put(chat, sender, self.tg.now(), text=text, **_lit(text), **where)
        if chat.kind == "private" and chat.bot_status == "left":
            chat.join(BOT)
        if _bot_sees(chat, message):
            self.tg.updates.push("message", message)
        return int(message["message_id"])

    def press(self, to: Room | int, message_id: int, button: str, *, stale: bool = False) -> str:
        """Press a button by its label or its callback data; returns the callback query's id.

        The button must be on the message as it stands now; `stale` presses callback data that is gone
        from it, as a phone that has not yet seen the edit can.
        """
        chat = self._chat(to)
        message = chat.messages[message_id]
        data = button if stale else _callback_data(message, button)
        query = str(next(_QUERY_IDS))
        self.tg.queries.add(query)
        self.tg.updates.push(
            "callback_query",
            {"id": query, "from": brief_user(self.user), "message": message,
             "chat_instance": f"-{chat.id & 0xFFFFFFFFFFFF}", "data": data},
        )  # fmt: skip
        self.pressed.append(query)
        return query

    def block(self) -> None:
        self.private.set_member(BOT, "kicked", self.user)

    def unblock(self) -> None:
        self.private.set_member(BOT, "member", self.user)

    def delete_account(self) -> None:
        self.private.chat.gone = True

    def _chat(self, to: Room | int) -> Chat:
        chat = self.tg.world.chats[to if isinstance(to, int) else to.id]
        if chat.status.get(self.id, "left") in ("left", "kicked"):
            raise LookupError(f"{self.user['first_name']} is not in {chat.title}")
        return chat


def _bot_sees(chat: Chat, message: Json) -> bool:
    if chat.bot_status in ("left", "kicked"):
        return False
    if chat.kind == "private" or chat.bot_status == "administrator":
        return True
    text = message["text"]
    if message.get("reply_to_message", {}).get("from", {}).get("id") == BOT["id"]:
        return True
    name = f"@{BOT['username']}"
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    return name in text or (first.startswith("/") and "@" not in first)


def _callback_data(message: Json, wanted: str) -> str:
    buttons = [one for row in message.get("reply_markup", {}).get("inline_keyboard", []) for one in row]
    hits = [one for one in buttons if wanted in (one["text"], one.get("callback_data"))]
    labels = [one["text"] for one in buttons]
    if len(hits) != 1:
        raise LookupError(f"{len(hits)} buttons are called {wanted!r}; there are {labels}")
    if "callback_data" not in hits[0]:
        raise LookupError(f"{wanted!r} sends nothing to the bot: {hits[0]}")
    return str(hits[0]["callback_data"])
