"""What a person does in Telegram as a request: words, files, presses, and as whom. Pure; for the gateway."""

from dataclasses import dataclass

from telegram import CallbackQuery, Chat, Document, Message, Update, User

from bot.ports import Person, Request
from bot.subscriptions import Destination

PLATFORM = "telegram"


@dataclass(frozen=True, slots=True)
class Speaker:
    """As whom somebody acts in a chat: as a user, or as a chat (the group itself, a channel)."""

    chat: int
    private: bool
    user: int = 0
    sender_chat: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """Words for us, and the file that they are about, if any; in private a file may come without words."""

    request: Request
    speaker: Speaker
    document: Document | None = None


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of ours; `query` wants an answer in any case; without a chat there is nothing `said`."""

    query: str
    said: Said | None = None


def heard(update: Update, me: User) -> Said | Pressed | None:
    """None for what is not meant for us."""
    if update.callback_query is not None:
        return _press(update.update_id, update.callback_query)
    message = update.message or update.channel_post
    return _words(update.update_id, message, me) if message is not None else None


def commanding_bot(update: Update) -> tuple[str, str] | None:
    """(bot, chat) where another bot gives a command, which is not heard: it is nobody's own wish."""
    message = update.message
    if message is None or message.sender_chat is not None or message.from_user is None:
        return None
    is_command = (message.text or message.caption or "").startswith("/")
    bot = message.from_user
    return (person_id(bot), place_of(message).whole.id) if bot.is_bot and is_command else None


def lane_of(update: Update) -> int:
    """Updates of one chat are handled in order, those of different chats side by side."""
    if update.callback_query is not None and update.callback_query.message is not None:
        return update.callback_query.message.chat.id
    chat = update.effective_chat
    return chat.id if chat is not None else 0


def place_of(message: Message) -> Destination:
    """The chat, with a thread in topics only: plain replies carry thread ids that nothing can be sent to."""
    thread = str(message.message_thread_id) if message.is_topic_message and message.message_thread_id else ""
    return Destination(PLATFORM, str(message.chat.id), thread)


def person_id(user: User) -> str:
    return f"{PLATFORM}/{user.id}"


def _words(number: int, message: Message, me: User) -> Said | None:
    private = message.chat.type == Chat.PRIVATE
    said = message.text or (message.caption if message.document else "")
    person = _person(message)
    if person is None or message.is_automatic_forward:
        return None
    text = _addressed(message, said or "", me, private=private)
    if not text and not (private and message.document):
        return None
    quoted = message.forward_origin is not None or message.via_bot is not None
    request = Request(_id(number), place_of(message), person, text, private=private, quoted=quoted)
    return Said(request, _speaker(message, private=private), _document(message, text))


def _document(message: Message, text: str) -> Document | None:
    """The file that came with the words, or the one that a command replies to."""
    if message.document is not None:
        return message.document
    target = message.reply_to_message
    return target.document if target is not None and text.startswith("/") else None


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
    return Person(person_id(user), user.full_name)


def _speaker(message: Message, *, private: bool) -> Speaker:
    hidden = message.sender_chat.id if message.sender_chat is not None else 0
    user = message.from_user.id if message.from_user is not None and not hidden else 0
    return Speaker(message.chat.id, private, user, hidden)


def _press(number: int, query: CallbackQuery) -> Pressed:
    """Whoever presses is named, an anonymous administrator too."""
    message = query.message
    if message is None or query.data is None:
        return Pressed(query.id)
    private = message.chat.type == Chat.PRIVATE
    # Of a message that is too old for Telegram only the chat and the number are told, no topic.
    place = place_of(message) if isinstance(message, Message) else Destination(PLATFORM, str(message.chat.id))
    request = Request(
        _id(number),
        place,
        _user(query.from_user),
        press=query.data,
        message_id=str(message.message_id),
        private=private,
    )
    return Pressed(query.id, Said(request, Speaker(message.chat.id, private, query.from_user.id)))


def _id(number: int) -> str:
    """The same for a redelivered update."""
    return f"{PLATFORM}/{number}"
