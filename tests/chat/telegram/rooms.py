"""Rooms as a test drives them: members come, go and change, topics open and close, a channel posts.

Each deed changes the world and queues the update Telegram would send for it. Made by TelegramPeer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.chat.telegram.members import PERMISSIONS, Json, brief_user
from tests.chat.telegram.telegram import Telegram
from tests.chat.telegram.world import BOT, FORWARDER, Chat, bot_sees, lit

if TYPE_CHECKING:
    from tests.chat.telegram.people import Person


@dataclass(slots=True)
class Room:
    """A private chat, group, supergroup or channel, and what its owner may do to it."""

    chat: Chat
    tg: Telegram

    @property
    def id(self) -> int:
        return self.chat.id

    # Members

    def set_member(self, user: Json, status: str, by: Json, **rights: bool) -> None:
        """Give a user (or the bot) a new status, and the bot the update that tells of it.

        Of others than itself a bot is told only where it is administrator.
        """
        if user["id"] not in self.chat.status:
            self.chat.join(user, "left")
        old = self.chat.member(user["id"])
        self.chat.join(user, status, **rights)
        change = {"chat": self.chat.wire, "from": brief_user(by), "date": self.tg.now(),
                  "old_chat_member": old, "new_chat_member": self.chat.member(user["id"])}  # fmt: skip
        if user["id"] == BOT["id"]:
            self.tg.updates.push("my_chat_member", change)
        elif self.chat.bot_status == "administrator":
            self.tg.updates.push("chat_member", change)

    def add_bot(self, by: Person, *, administrator: bool = False, **rights: bool) -> None:
        self.set_member(BOT, "administrator" if administrator else "member", by.user, **rights)

    def demote_bot(self, by: Person) -> None:
        self.set_member(BOT, "member", by.user)

    def mute_bot(self, by: Person) -> None:
        self.set_member(BOT, "restricted", by.user)

    def remove_bot(self, by: Person) -> None:
        self.set_member(BOT, "kicked", by.user)

    def promote(self, person: Person, by: Person, **rights: bool) -> None:
        self.set_member(person.user, "administrator", by.user, **rights)

    def demote(self, person: Person, by: Person) -> None:
        self.set_member(person.user, "member", by.user)

    def kick(self, person: Person, by: Person) -> None:
        self.set_member(person.user, "kicked", by.user)

    def forbid_members(self, *only: str) -> None:
        """Take all permissions, or `only` these, from ordinary members; no update tells of it."""
        self.chat.permissions |= dict.fromkeys(only or PERMISSIONS, False)

    def allow_members(self) -> None:
        self.chat.permissions |= dict.fromkeys(PERMISSIONS, True)

    # Topics

    def open_topic(self, name: str, by: Person) -> int:
        """A new topic of this forum; returns its thread id, which is that of the message telling of it."""
        return self._tell(by, None, forum_topic_created={"name": name, "icon_color": 7322096})

    def close_topic(self, thread: int, by: Person) -> None:
        self.chat.closed.add(thread)
        self._tell(by, thread, forum_topic_closed={})

    def reopen_topic(self, thread: int, by: Person) -> None:
        self.chat.closed.discard(thread)
        self._tell(by, thread, forum_topic_reopened={})

    def delete_topic(self, thread: int) -> None:
        """With all that was said in it; no update tells of it."""
        self.chat.topics.remove(thread)
        kept = self.chat.messages.items()
        self.chat.messages = {number: one for number, one in kept if one.get("message_thread_id") != thread}

    def _tell(self, by: Person, thread: int | None, **what: Json) -> int:
        message = self.tg.world.put(self.chat, by.user, self.tg.now(), thread=thread, **what)
        if thread is None:
            thread = int(message["message_id"])
            self.chat.topics.add(thread)
            message |= {"message_thread_id": thread, "is_topic_message": True}
        if self.chat.bot_status not in ("left", "kicked"):
            self.tg.updates.push("message", message)
        return thread

    # The room as a whole

    def migrate(self, new_id: int, by: Person) -> Room:
        """Upgrade this group to a supergroup; from now on the old id answers with migrate_to_chat_id.

        The bot is told that it joined the supergroup, not that it left the group, then of the move in both:
        https://github.com/tdlib/telegram-bot-api/issues/266
        """
        old, kept = self.chat, dict(self.chat.status)
        new = Chat(new_id, "supergroup", old.title, users=dict(old.users), status=kept)
        self.tg.world.add(new)
        status = new.bot_status
        new.join(BOT, "left")
        Room(new, self.tg).set_member(BOT, status, by.user)
        for chat, told in ((old, {"migrate_to_chat_id": new_id}), (new, {"migrate_from_chat_id": old.id})):
            message = self.tg.world.put(chat, by.user, self.tg.now(), **told)
            self.tg.updates.push("message", message)
        old.migrated_to = new_id
        return Room(new, self.tg)

    def link(self, channel: Room) -> None:
        """Make this supergroup the channel's discussion group: what is posted there is forwarded here."""
        self.chat.linked, channel.chat.linked = channel.id, self.id

    def post(self, text: str) -> int:
        """Write as the channel itself; returns the message id."""
        message = self.tg.world.put(self.chat, {}, self.tg.now(), text=text, **lit(text))
        self.tg.updates.push("channel_post", message)
        if self.chat.linked is not None:
            self._forward(self.tg.world.chats[self.chat.linked], message)
        return int(message["message_id"])

    def _forward(self, group: Chat, post: Json) -> None:
        number = post["message_id"]
        origin = {"type": "channel", "date": post["date"], "chat": self.chat.wire, "message_id": number}
        forwarded = self.tg.world.put(
            group,
            FORWARDER,
            self.tg.now(),
            sender_chat=self.chat.wire,
            forward_origin=origin,
            is_automatic_forward=True,
            text=post["text"],
            **lit(post["text"]),
        )
        if bot_sees(group, forwarded):
            self.tg.updates.push("message", forwarded)
