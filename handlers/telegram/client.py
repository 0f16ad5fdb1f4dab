"""The one HTTP client to the Bot API, shared by sender and gateway. Built and closed by `bot.app`.

Retries nothing: the outbox does, and the gateway for its own questions.
"""

import json
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from telegram import Bot, Update
from telegram.error import InvalidToken, TelegramError
from telegram.request import HTTPXRequest

from handlers.telegram.errors import UNREADABLE, refused

BASE_URL = "https://api.telegram.org/bot"
"""The token follows at once. Files lie under the same address with `/file` before its last part."""

_CONNECT_S, _ANSWER_S = 10.0, 20.0
_SENDING_CONNECTIONS = 16
"""More at once than about 28 messages a second need at usual answer times; further calls wait."""
_POLLING_CONNECTIONS = 2
"""The long poll's own, and one for a successor while a broken one is torn down."""

# python-telegram-bot's opt-in to durations; without it even raising RetryAfter warns.
os.environ.setdefault("PTB_TIMEDELTA", "true")

_log = structlog.get_logger(__name__)


class _Request(HTTPXRequest):
    """Refuses answers that are no Bot API answer without writing them into the log, as the library does."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(payload)
        except ValueError:
            raise TelegramError("Invalid server response") from None
        if not isinstance(answer, dict) or not answer.keys() & {"result", "description"}:
            raise TelegramError("Invalid server response")
        return answer


class _PollingRequest(_Request):
    """Replaces an update that the library cannot model by an empty one: its number can still be confirmed.

    Otherwise Telegram would hand out the same unreadable update for ever, and nothing after it.
    """

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        answer = _Request.parse_json_payload(payload)
        updates = answer.get("result")
        if isinstance(updates, list):
            answer["result"] = [_readable(update) for update in updates]
        return answer


def _readable(update: dict[str, Any]) -> dict[str, Any]:
    try:
        Update.de_json(dict(update), None)
    except UNREADABLE as error:
        number = update["update_id"]
        _log.warning("telegram_update_unreadable", update_id=number, error=type(error).__name__)
        return {"update_id": number}
    return update


@asynccontextmanager
async def telegram_client(token: str, base_url: str = BASE_URL) -> AsyncIterator[Bot]:
    """A Bot for sender and gateway, its connections closed at the end. Connects at the first call only.

    SettingsError for a token without any form. The libraries' own lines hold the token (httpx: every URL at
    INFO; telegram: at DEBUG), so they are silenced below WARNING here, whatever the root logger's level.
    """
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)
    sending = _open(_Request, _SENDING_CONNECTIONS)
    polling = _open(_PollingRequest, _POLLING_CONNECTIONS)
    try:
        yield _bot(token, base_url, sending, polling)
    finally:
        await polling.shutdown()
        await sending.shutdown()


def _open(kind: type[HTTPXRequest], connections: int) -> HTTPXRequest:
    return kind(
        connections,
        connect_timeout=_CONNECT_S,
        pool_timeout=_CONNECT_S,
        read_timeout=_ANSWER_S,
        write_timeout=_ANSWER_S,
    )


def _bot(token: str, base_url: str, sending: HTTPXRequest, polling: HTTPXRequest) -> Bot:
    try:
        return Bot(
            token,
            base_url=base_url,
            base_file_url=f"{base_url.removesuffix('/bot')}/file/bot",
            request=sending,
            get_updates_request=polling,
        )
    except (InvalidToken, ValueError):
        raise refused() from None
