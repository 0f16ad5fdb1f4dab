"""People as a test drives them: somebody writes, hands over a file, presses, blocks.

Each deed changes the world and queues the update Telegram would send for it. Made by TelegramPeer.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from tests.chat.telegram.files import Upload
from tests.chat.telegram.members import Json, brief_user
from tests.chat.telegram.rooms import Room
from tests.chat.telegram.telegram import Telegram
from tests.chat.telegram.world import ANONYMOUS, AS_CHANNEL, BOT, Chat, bot_sees, lit

_QUERY_IDS = itertools.count(4_300_000_000_000_000_001)


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

    def send(self, to: Room | int, text: str, **how: Any) -> int:
        """Write `text` into a room; returns the message id. For `how` see `_put`.

        In groups Telegram keeps from a bot (in privacy mode, the default) what is not for it: it sees
        commands without another bot's name, replies to it, mentions of it; as administrator, everything.
        """
        return self._put(self._chat(to), {"text": text} | lit(text), **how)

    def send_document(self, to: Room | int, name: str, data: bytes, caption: str = "", **how: Any) -> int:
        """Hand over a file, which the bot may fetch by its id; returns the message id."""
        document = self.tg.files.keep(Upload(data, name, "text/csv"))
        content: Json = {"document": document}
        if caption:
            content |= {"caption": caption} | lit(caption, "caption_entities")
        return self._put(self._chat(to), content, **how)

    def _put(
        self,
        chat: Chat,
        content: Json,
        *,
        thread: int | None = None,
        reply_to: int | None = None,
        anonymous: bool = False,
        as_channel: Room | None = None,
    ) -> int:
        """`anonymous`: as an administrator who hides; `as_channel`: in the name of a channel of one's own."""
        where: Json = {} if thread is None else {"thread": thread}
        if reply_to is not None:
            where["reply"] = chat.messages[reply_to]
        sender = self.user
        if anonymous:
            sender, where["sender_chat"] = ANONYMOUS, chat.wire
        elif as_channel is not None:
            sender, where["sender_chat"] = AS_CHANNEL, as_channel.chat.wire
        message = self.tg.world.put(chat, sender, self.tg.now(), **content, **where)
        if chat.kind == "private" and chat.bot_status == "left":
            chat.join(BOT)
        if bot_sees(chat, message):
            self.tg.updates.push("message", message)
        return int(message["message_id"])

    def press(
        self, to: Room | int, message_id: int, button: str, *, stale: bool = False, forgotten: bool = False
    ) -> str:
        """Press a button by its label or its callback data; returns the callback query's id.

        The button must be on the message as it stands now; `stale` presses callback data that is gone
        from it, as a phone that has not yet seen the edit can. Of a `forgotten` message Telegram tells the
        bot no more than its chat and number. Whoever presses is named, an anonymous administrator too.
        """
        chat = self._chat(to)
        message = chat.messages[message_id]
        data = button if stale else _callback_data(message, button)
        if forgotten:
            message = {"chat": chat.wire, "message_id": message_id, "date": 0}
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


def _callback_data(message: Json, wanted: str) -> str:
    buttons = [one for row in message.get("reply_markup", {}).get("inline_keyboard", []) for one in row]
    hits = [one for one in buttons if wanted in (one["text"], one.get("callback_data"))]
    labels = [one["text"] for one in buttons]
    if len(hits) != 1:
        raise LookupError(f"{len(hits)} buttons are called {wanted!r}; there are {labels}")
    if "callback_data" not in hits[0]:
        raise LookupError(f"{wanted!r} sends nothing to the bot: {hits[0]}")
    return str(hits[0]["callback_data"])
