"""Telegram's answers, canned byte for byte, and what the sender calls them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.errors import (
    DestinationGone,
    DestinationMoved,
    RateLimited,
    Rejected,
    SettingsError,
    Transient,
    UnderkeelError,
)
from bot.messages.model import Message, Span
from bot.subscriptions import Destination
from handlers.telegram.client import telegram_client
from handlers.telegram.errors import redact
from handlers.telegram.sender import TelegramSender

TOKEN = "7000000001:AAcannedTokenThatOpensNothingAtAll00"
HERE = Destination("telegram", "5")
HELLO = Message(((Span("hello"),),))


@asynccontextmanager
async def canned(status: int, body: bytes) -> AsyncIterator[TelegramSender]:
    """A server that says the same to everybody."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        writer.write(
            b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, len(body))
        )
        writer.write(body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, telegram_client(TOKEN, f"http://127.0.0.1:{port}/bot") as bot:
        yield TelegramSender(bot)


def no(code: int, says: str, **parameters: int) -> tuple[int, bytes]:
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": says}
    return code, json.dumps(body | ({"parameters": parameters} if parameters else {})).encode()


def doubtful(error: UnderkeelError) -> bool:
    return isinstance(error, Transient) and error.maybe_sent


def waits(seconds: float) -> Callable[[UnderkeelError], bool]:
    return lambda error: isinstance(error, RateLimited) and error.retry_after == seconds


def gone(error: UnderkeelError) -> bool:
    return type(error) is DestinationGone


CASES: list[tuple[tuple[int, bytes], Callable[[UnderkeelError], bool]]] = [
    (no(429, "Too Many Requests: retry after 35", retry_after=35), waits(35)),
    (no(429, "Too Many Requests"), waits(5)),
    (no(403, "Forbidden: bot was blocked by the user"), gone),
    (no(403, "Forbidden: bot was kicked from the supergroup chat"), gone),
    (no(400, "Bad Request: chat not found"), gone),
    (no(400, "Bad Request: message thread not found"), gone),
    (no(400, "Bad Request: TOPIC_CLOSED"), gone),
    (no(400, "Bad Request: need administrator rights in the channel chat"), gone),
    (no(400, "Bad Request: not enough rights to send text messages to the chat"), gone),
    (no(400, "Bad Request: can't parse entities"), lambda error: isinstance(error, Rejected)),
    (no(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1009),
     lambda error: isinstance(error, DestinationMoved) and error.chat == "-1009"),
    (no(401, "Unauthorized"), lambda error: isinstance(error, SettingsError)),
    (no(404, "Not Found"), lambda error: isinstance(error, SettingsError)),
    (no(500, "Internal Server Error"), doubtful),
    ((502, b"<html>nginx</html>"), doubtful),
    ((200, b"<html>hotel Wi-Fi: please log in</html>"), doubtful),
    ((200, b""), doubtful),
    ((200, b"[]"), doubtful),
    ((200, b'{"ok": true}'), doubtful),
    ((200, b'{"ok": true, "result": {"message_id": 3}}'), doubtful),
    ((200, b'{"ok": true, "result": null}'), doubtful),
    ((200, b'{"ok": false, "description": "?"}'), doubtful),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "is_right"), CASES, ids=range(len(CASES)))
async def test_an_answer_is_called_by_its_right_name(
    answer: tuple[int, bytes], is_right: Callable[[UnderkeelError], bool], caplog: pytest.LogCaptureFixture
) -> None:
    async with canned(*answer) as sender:
        with pytest.raises(UnderkeelError) as met:
            await sender.send(HERE, HELLO)
    assert is_right(met.value), repr(met.value)
    assert TOKEN not in f"{met.value!r} {caplog.text}"
    assert met.value.__suppress_context__, "the library's text would come along in a traceback"


@pytest.mark.parametrize("chat", ["here", "", "12x"])
async def test_an_id_that_is_none_of_telegrams_is_rejected_unsent(chat: str) -> None:
    async with canned(*no(500, "never asked")) as sender:
        with pytest.raises(Rejected):
            await sender.send(Destination("telegram", chat), HELLO)
        with pytest.raises(Rejected):
            await sender.edit(HERE, "r1-12", HELLO)


def test_no_token_survives_in_a_text() -> None:
    said = redact(
        f"The token `{TOKEN}` was rejected; POST https://api.telegram.org/bot{TOKEN}/getMe " + "x" * 500
    )
    assert TOKEN not in said
    assert len(said) < 210


async def test_a_token_without_form_is_a_fault_of_the_settings() -> None:
    with pytest.raises(SettingsError):
        async with telegram_client(""):
            pass
