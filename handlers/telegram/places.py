"""What an update tells of a place: may we still write there, and who changed that. Pure; for the porter."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from telegram import (
    Chat,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberRestricted,
    ChatMemberUpdated,
    Message,
)

from bot.ports import Place
from bot.subscriptions import Destination
from handlers.telegram.hearing import PLATFORM, person_id, place_of


@dataclass(frozen=True, slots=True)
class Shift:
    """What became of a place. `by`: the person who did it, empty when nobody is known."""

    place: Destination
    what: Place
    by: str = ""
    why: str = ""


class _Say(Enum):
    """What a membership allows us."""

    OUT = "not there"
    MUTE = "there, but may not write"
    FREE = "there and may write"


def leans_on_the_group(change: ChatMemberUpdated) -> bool:
    """Whether it depends on what all members may do: not for administrators, nor in channels."""
    return change.chat.type in (Chat.GROUP, Chat.SUPERGROUP) and any(
        member.status in (ChatMember.MEMBER, ChatMember.RESTRICTED)
        for member in (change.old_chat_member, change.new_chat_member)
    )


def shifts(change: ChatMemberUpdated, *, members_may_write: bool) -> Iterator[Shift]:
    """What our own new membership means. Joining where we may not write is both."""
    before = _say(change.old_chat_member, change.chat.type, members_may_write=members_may_write)
    now = _say(change.new_chat_member, change.chat.type, members_may_write=members_may_write)
    if before is now:
        return
    place = Destination(PLATFORM, str(change.chat.id))
    by = "" if change.from_user.is_bot else person_id(change.from_user)
    private = change.chat.type == Chat.PRIVATE
    if now is _Say.OUT:
        why = "the person blocked the bot" if private else "the bot was removed from the chat"
        yield Shift(place, Place.GONE, by, why)
        return
    if before is _Say.OUT and not private:
        yield Shift(place, Place.JOINED, by)
    if now is _Say.MUTE:
        yield Shift(place, Place.MUTED, by, "the bot may not write in the chat")
    elif before is _Say.MUTE or private:
        yield Shift(place, Place.BACK, by)


def _say(member: ChatMember, kind: str, *, members_may_write: bool) -> _Say:
    match member:
        case ChatMember(status=ChatMember.LEFT | ChatMember.BANNED):
            return _Say.OUT
        case ChatMemberRestricted(is_member=False):
            return _Say.OUT
        case ChatMemberAdministrator():
            may = kind != Chat.CHANNEL or bool(member.can_post_messages)
        case ChatMemberRestricted():
            may = member.can_send_messages and members_may_write
        case _:
            may = kind == Chat.PRIVATE or (kind != Chat.CHANNEL and members_may_write)
    return _Say.FREE if may else _Say.MUTE


def migration(message: Message) -> tuple[Destination, Destination] | None:
    """(old, new) when a group became a supergroup; both chats tell of it."""
    here = Destination(PLATFORM, str(message.chat.id))
    if message.migrate_to_chat_id:
        return here, Destination(PLATFORM, str(message.migrate_to_chat_id))
    if message.migrate_from_chat_id:
        return Destination(PLATFORM, str(message.migrate_from_chat_id)), here
    return None


def reopened(message: Message) -> Shift | None:
    """A topic that everybody may write in again. Its deletion no update tells: sending there finds it out."""
    if message.forum_topic_reopened is None and message.general_forum_topic_unhidden is None:
        return None
    return Shift(place_of(message), Place.BACK, _doer(message))


def closed(message: Message) -> Shift | None:
    """A topic in which only those who manage topics may write now."""
    place = place_of(message)
    if message.forum_topic_closed is None or not place.thread:
        return None
    return Shift(place, Place.MUTED, _doer(message), "the topic was closed")


def _doer(message: Message) -> str:
    user = message.from_user
    return person_id(user) if user is not None and not user.is_bot else ""
