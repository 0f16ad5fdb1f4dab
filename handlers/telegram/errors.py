"""What Telegram's refusals and python-telegram-bot's exceptions mean for us, and texts without the token.

Called wherever the Bot is: sender and gateway. Nothing of the library's errors leaves this folder.
"""

import datetime as dt
import re

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.errors import (
    DestinationGone,
    DestinationMoved,
    RateLimited,
    Rejected,
    SettingsError,
    Transient,
    UnderkeelError,
)

NOT_MODIFIED = "message is not modified"
NOTHING_TO_DELETE = "message to delete not found"
NOT_A_TEXT = "there is no text in the message to edit"
NO_DOCUMENTS = ("not enough rights to send documents", "chat_send_docs_forbidden")
NO_PHOTOS = ("not enough rights to send photos", "chat_send_photos_forbidden")

UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)
"""What python-telegram-bot raises over an answer that is JSON but not the answer the API promises."""

ANYTHING = (TelegramError, *UNREADABLE)
"""All that a call of the Bot may raise, for `except`."""

_TOKEN = re.compile(r"\d{4,}(:|%3A)[A-Za-z0-9_-]{20,}", re.IGNORECASE)
_REASON_CAP = 200
_UNSAID_WAIT_S = 5.0
"""For a 429 that does not say how long."""

_GONE = (
    "chat not found",
    "user not found",
    "user is deactivated",
    "peer_id_invalid",
    "message thread not found",
    "topic_deleted",
    "topic_closed",
    "group chat was deactivated",
    "not enough rights to send text",
    "have no rights to send a message",
    "need administrator rights",
    "chat_write_forbidden",
    "chat_send_plain_forbidden",
    "chat_restricted",
)
"""Parts of 400 answers, in small letters, after which writing there again is useless."""

_NEVER_LEFT_US = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

_REFUSED = (
    "Telegram refuses the bot token (or the API base URL leads to no Bot API server). "
    "Ask @BotFather for the token again and set it anew."
)


def refused() -> SettingsError:
    """The error for a token that does not work: nothing but the owner cures it."""
    return SettingsError((_REFUSED,))


def redact(text: str) -> str:
    """The text without anything that looks like a bot token, cut to one short line."""
    line = " ".join(_TOKEN.sub("<token>", text).split())
    return line if len(line) <= _REASON_CAP else line[:_REASON_CAP] + "…"


def translate(error: Exception) -> UnderkeelError:
    """One of `bot.errors` for ANYTHING; raise it `from None`: the library's texts may hold the token."""
    said = redact(str(error))
    match error:
        case InvalidToken():
            return refused()
        case RetryAfter():
            wait = error.retry_after
            return RateLimited(wait.total_seconds() if isinstance(wait, dt.timedelta) else wait)
        case ChatMigrated():
            return DestinationMoved(str(error.new_chat_id))
        case Forbidden():
            return DestinationGone(said)
        case BadRequest():  # before NetworkError, which it is a subclass of
            gone = any(part in said.lower() for part in _GONE)
            return DestinationGone(said) if gone else Rejected(said)
        case Conflict():
            return Transient("another program is asking Telegram for updates with the same bot token")
        case NetworkError():
            if "too many requests" in said.lower():
                return RateLimited(_UNSAID_WAIT_S)
            return Transient(said, maybe_sent=not isinstance(error.__cause__, _NEVER_LEFT_US))
        case _:
            return Transient(f"an answer that cannot be read ({type(error).__name__})", maybe_sent=True)
