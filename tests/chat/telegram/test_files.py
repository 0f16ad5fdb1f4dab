"""Files on both ways and the published limits, as a real python-telegram-bot meets them."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request

import pytest
import telegram
from telegram.error import BadRequest, RetryAfter

from tests.chat.telegram.rates import Rates
from tests.chat.telegram.server import TelegramPeer
from tests.chat.telegram.world import Chat


async def test_a_document_arrives_with_name_caption_and_bytes(peer: TelegramPeer, bot: telegram.Bot) -> None:
    peer.user(1001, "Ann")
    sent = await bot.send_document(1001, b"address,label\n", caption="Your list", filename="list.csv")
    [entry] = peer.ledger.sent(1001)
    assert entry.file is not None
    assert (entry.text, entry.file.name, entry.file.text) == ("Your list", "list.csv", "address,label\n")
    assert sent.document is not None
    assert sent.document.file_name == "list.csv"
    await sent.edit_caption("Your new list")
    assert peer.visible(1001)[0].text == "Your new list"
    with pytest.raises(BadRequest, match=r"(?i)no text in the message"):
        await sent.edit_text("words")
    with pytest.raises(BadRequest, match=r"(?i)file must be non-empty"):
        await bot.send_document(1001, b"", filename="list.csv")
    with pytest.raises(BadRequest, match=r"(?i)wrong remote file identifier"):
        await bot.send_document(1001, "BQAC")
    await bot.send_document(1001, sent.document.file_id)


@pytest.mark.parametrize("name", ["../../etc/passwd", "...", "x" * 129, "a\u202eb"])
async def test_a_file_needs_a_plain_name(peer: TelegramPeer, bot: telegram.Bot, name: str) -> None:
    peer.user(1001, "Ann")
    with pytest.raises(BadRequest):
        await bot.send_document(1001, telegram.InputFile(b"x", name))
    assert [fault.kind for fault in peer.faults] == ["bad file name"]
    peer.faults.clear()


async def test_a_file_that_came_can_be_fetched(peer: TelegramPeer) -> None:
    ann = peer.user(1001, "Ann")
    bot = telegram.Bot(peer.token, base_url=peer.base_url, base_file_url=peer.base_file_url)
    async with bot:
        ann.send_document(ann.private, "list.csv", b"0xabc\n", "/import")
        [update] = await bot.get_updates()
        assert update.message is not None
        assert update.message.document is not None
        assert (update.message.caption, update.message.document.file_size) == ("/import", 6)
        file = await bot.get_file(update.message.document.file_id)
        assert bytes(await file.download_as_bytearray()) == b"0xabc\n"
        with pytest.raises(BadRequest, match=r"(?i)wrong file_id"):
            await bot.get_file("BQAC")
    assert file.file_path is not None
    for wrong in (file.file_path + "0", file.file_path.replace(peer.token, "7000000001:" + "x" * 35)):
        assert await asyncio.to_thread(_status, wrong) == 404


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


async def test_a_group_keeps_files_from_the_bot_that_are_not_for_it(
    peer: TelegramPeer, bot: telegram.Bot
) -> None:
    ann = peer.user(1001, "Ann")
    room = peer.group(-55, "Friends", ann)
    ann.send_document(room, "holiday.jpg", b"x")
    ann.send_document(room, "list.csv", b"x", "/import")
    assert [one.message.caption for one in await bot.get_updates() if one.message] == ["/import"]


# Limits

PRIVATE, GROUP, CHANNEL = Chat(1, "private", ""), Chat(-2, "supergroup", ""), Chat(-3, "channel", "")


def test_a_chat_takes_one_message_a_second() -> None:
    rates = Rates()
    assert [rates.admit(at, PRIVATE) for at in (0, 10, 760, 1700, 1749, 2750, 3750)] == [0, 1, 0, 1, 1, 0, 0]
    assert [one.limit for one in rates.refused] == ["chat"] * 3


def test_a_group_takes_twenty_a_minute_and_a_channel_more() -> None:
    rates = Rates()
    assert [rates.admit(at * 1000, GROUP) for at in range(20)] == [0] * 20
    assert rates.admit(20_000, GROUP) == 40
    assert rates.admit(59_999, GROUP) == 1
    assert rates.admit(60_000, GROUP) == 0
    assert [rates.admit(at * 1000, CHANNEL) for at in range(100, 130)] == [0] * 30
    assert {one.limit for one in rates.refused} == {"group"}


def test_all_chats_together_get_thirty_a_second() -> None:
    rates = Rates()
    many = [Chat(number, "private", "") for number in range(1, 40)]
    assert [rates.admit(0, chat) for chat in many[:31]] == [0] * 30 + [1]
    assert rates.admit(999, many[32]) == 1
    assert [rates.admit(1000, chat) for chat in many[31:35]] == [0] * 4
    assert {one.limit for one in rates.refused} == {"overall"}


async def test_too_early_is_answered_429_and_accepted_by_nobody() -> None:
    async with (
        TelegramPeer(limits=True) as peer,
        telegram.Bot(peer.token, base_url=peer.base_url) as bot,
    ):
        peer.user(1001, "Ann")
        now = iter(range(0, 10_000, 100))
        peer.ledger.clock_ms = lambda: next(now)
        sent = await bot.send_message(1001, "one")
        with pytest.raises(RetryAfter):
            await bot.send_message(1001, "two")
        with pytest.raises(RetryAfter):
            await sent.edit_text("three")
        await bot.send_chat_action(1001, "typing")
        assert [one.text for one in peer.ledger.entries] == ["one"]
        assert [(one.chat_id, one.limit, one.retry_after) for one in peer.refused] == [(1001, "chat", 1)] * 2
        assert [call.status for call in peer.ledger.called("sendMessage")] == [200, 429]
