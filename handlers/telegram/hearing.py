"""What an update of Telegram means to us: a person's request or a change of the chat. Pure; gateway only."""

from dataclasses import dataclass

from telegram import CallbackQuery, ChatMember, ChatMemberRestricted, ChatMemberUpdated, Message, Update, User

from bot.ports import Person, Request
from bot.subscriptions import Destination

PLATFORM = "telegram"
LISTENED = ("message", "channel_post", "callback_query", "my_chat_member")
"""The kinds of updates we ask for; edited messages are not among them: a command is not given twice."""

_OUT = frozenset({ChatMember.LEFT, ChatMember.BANNED})


@dataclass(frozen=True, slots=True)
class Gone:
    """We can no longer write there."""

    place: Destination
    why: str


@dataclass(frozen=True, slots=True)
class Back:
    """We can write there (again)."""

    place: Destination


@dataclass(frozen=True, slots=True)
class Moved:
    """A group became a supergroup with a new id."""

    old: Destination
    new: Destination


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of ours; `query` wants an answer in any case; without a chat there is no `request`."""

    query: str
    request: Request | None


Heard = Request | Pressed | Gone | Back | Moved


def heard(update: Update, me: User) -> Heard | None:
    """None for what is not meant for us."""
    if update.callback_query is not None:
        return _press(update.update_id, update.callback_query)
    if update.my_chat_member is not None:
        return _standing(update.my_chat_member)
    message = update.message or update.channel_post
    if message is None:
        return None
    if message.migrate_to_chat_id or message.migrate_from_chat_id:
        return _migration(message)
    return _words(update.update_id, message, me)


def lane_of(update: Update) -> int:
    """Updates of one chat are handled in order, those of different chats side by side."""
    if update.callback_query is not None and update.callback_query.message is not None:
        return update.callback_query.message.chat.id
    chat = update.effective_chat
    return chat.id if chat is not None else 0


def _words(number: int, message: Message, me: User) -> Request | None:
    private = message.chat.type == message.chat.PRIVATE
    if not message.text or message.is_automatic_forward:
        return None
    text = _addressed(message, message.text, me, private=private)
    person = _person(message)
    if not text or person is None:
        return None
    return Request(_id(number), _place(message), person, text, private=private)


def _addressed(message: Message, text: str, me: User, *, private: bool) -> str:
    """The words without our own name, empty when they are for somebody else.

    In groups only commands, replies and mentions are for us, even where we are administrator and hear all.
    """
    name = f"@{me.username}".lower()
    first, rest = [*text.split(maxsplit=1), "", ""][:2]
    if first.startswith("/"):
        command, at, whom = first.partition("@")
        if at and f"@{whom}".lower() != name:
            return ""
        return f"{command} {rest}".strip()
    if first.lower() == name:
        return rest.strip()
    if private or _answers(message, me):
        return text.strip()
    return text.strip() if name in text.lower().split() else ""


def _answers(message: Message, me: User) -> bool:
    """A reply to us. In a forum every message replies to the one that made the topic, which says nothing."""
    target = message.reply_to_message
    return (
        target is not None
        and target.from_user is not None
        and target.from_user.id == me.id
        and target.forum_topic_created is None
    )


def _person(message: Message) -> Person | None:
    """Who speaks; anonymous administrators and channels speak as the chat they hide behind."""
    if message.sender_chat is not None:
        return Person(f"{PLATFORM}/{message.sender_chat.id}", message.sender_chat.effective_name or "")
    if message.from_user is not None and not message.from_user.is_bot:
        return _user(message.from_user)
    return None


def _user(user: User) -> Person:
    return Person(f"{PLATFORM}/{user.id}", user.full_name)


def _place(message: Message) -> Destination:
    """The chat, with a thread in topics only: plain replies carry thread ids that nothing can be sent to."""
    thread = str(message.message_thread_id) if message.is_topic_message and message.message_thread_id else ""
    return Destination(PLATFORM, str(message.chat.id), thread)


def _press(number: int, query: CallbackQuery) -> Pressed:
    message = query.message
    if message is None or query.data is None:
        return Pressed(query.id, None)
    place = _place(message) if isinstance(message, Message) else Destination(PLATFORM, str(message.chat.id))
    private = message.chat.type == message.chat.PRIVATE
    request = Request(
        _id(number),
        place,
        _user(query.from_user),
        press=query.data,
        message_id=str(message.message_id),
        private=private,
    )
    return Pressed(query.id, request)


def _standing(change: ChatMemberUpdated) -> Gone | Back | None:
    place = Destination(PLATFORM, str(change.chat.id))
    before, now = _may_write(change.old_chat_member), _may_write(change.new_chat_member)
    if now and not before:
        return Back(place)
    if before and not now:
        private = change.chat.type == change.chat.PRIVATE
        return Gone(place, "the person blocked the bot" if private else "the bot was removed from the chat")
    return None


def _may_write(member: ChatMember) -> bool:
    if isinstance(member, ChatMemberRestricted):
        return member.is_member and member.can_send_messages
    return member.status not in _OUT


def _migration(message: Message) -> Moved:
    here = Destination(PLATFORM, str(message.chat.id))
    if message.migrate_to_chat_id:
        return Moved(here, Destination(PLATFORM, str(message.migrate_to_chat_id)))
    return Moved(Destination(PLATFORM, str(message.migrate_from_chat_id)), here)


def _id(number: int) -> str:
    """The same for a redelivered update."""
    return f"{PLATFORM}/{number}"
