"""A real python-telegram-bot Application lives with the peer: what users rely on is seen from its side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import telegram
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MessageEntity,
    ReplyParameters,
    Update,
)
from telegram.error import (
    BadRequest,
)
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
)

from tests.chat.pictures import png
from tests.chat.telegram.server import TelegramPeer

App = Application[Any, Any, Any, Any, Any, Any]
KEYS = InlineKeyboardMarkup([[InlineKeyboardButton("Ack", callback_data="v1:ack")]])


def application(peer: TelegramPeer, token: str | None = None) -> App:
    return (
        ApplicationBuilder()
        .token(token or peer.token)
        .base_url(peer.base_url)
        .base_file_url(peer.base_file_url)
        .build()
    )


async def greet(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.effective_message is not None
    await update.effective_message.reply_text("Hello", reply_markup=KEYS, do_quote=True)


async def acknowledge(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.callback_query is not None
    await update.callback_query.answer("Done")
    await update.callback_query.edit_message_text("Acknowledged")


@pytest.fixture
async def running(peer: TelegramPeer) -> AsyncIterator[App]:
    app = application(peer)
    app.add_handler(CommandHandler("start", greet))
    app.add_handler(CallbackQueryHandler(acknowledge))
    async with app:
        await app.start()
        assert app.updater is not None
        await app.updater.start_polling(allowed_updates=Update.ALL_TYPES)
        yield app
        await app.updater.stop()
        await app.stop()


async def test_a_person_writes_gets_an_answer_presses_and_sees_the_edit(
    peer: TelegramPeer, running: App
) -> None:
    ann = peer.user(1001, "Ann")
    asked = ann.say("/start 👋")
    hello = await peer.wait_for(lambda one: one.text == "Hello")
    assert (hello.chat_id, hello.deed, hello.reply_to, hello.labels) == (1001, "sent", asked, ["Ack"])
    assert str(peer.visible(ann.private)[0]) == "Hello\n[Ack]"
    with pytest.raises(LookupError, match="Nack"):
        ann.press(ann.private, hello.message_id, "Nack")
    query = ann.press(ann.private, hello.message_id, "Ack")
    assert (await peer.answer(query))["text"] == "Done"
    edited = await peer.wait_for(lambda one: one.deed == "edited")
    assert (edited.message_id, edited.text, edited.buttons) == (hello.message_id, "Acknowledged", [])
    [now] = peer.visible(ann.private)
    assert (now.text, now.rows, now.edited) == ("Acknowledged", (), True)
    assert len(peer.visible(ann.private, people=True)) == 2


async def test_updates_wait_for_their_confirmation_by_an_offset(
    peer: TelegramPeer, bot: telegram.Bot
) -> None:
    ann = peer.user(1001, "Ann")
    for text in ("one", "two", "three"):
        ann.say(text)
    first = await bot.get_updates(limit=2)
    again = await bot.get_updates(limit=2)
    assert [one.message.text for one in first if one.message] == ["one", "two"]
    assert [one.update_id for one in again] == [one.update_id for one in first]
    [third] = await bot.get_updates(offset=first[-1].update_id + 1)
    assert third.message is not None
    assert third.message.text == "three"
    assert await bot.get_updates(offset=third.update_id + 1) == ()
    ann.say("four")
    ann.say("five")
    [newest] = await bot.get_updates(offset=-1)
    assert newest.message is not None
    assert newest.message.text == "five"


async def test_a_long_poll_waits_and_a_second_one_evicts_it(peer: TelegramPeer, bot: telegram.Bot) -> None:
    ann = peer.user(1001, "Ann")
    first = asyncio.create_task(bot.get_updates(timeout=30))
    await peer.until(lambda: peer.tg.updates.polls == 1)
    async with telegram.Bot(peer.token, base_url=peer.base_url) as twin:
        second = asyncio.create_task(twin.get_updates(timeout=30))
        with pytest.raises(telegram.error.Conflict):
            await first
        assert not second.done()
        ann.say("at last")
        [update] = await second
    assert update.message is not None
    assert update.message.text == "at last"


async def test_commands_carry_their_entities_in_utf16(peer: TelegramPeer, bot: telegram.Bot) -> None:
    peer.user(1001, "Ann").say("👋 /watch@peers_bot see example.org")
    [update] = await bot.get_updates()
    assert update.message is not None
    assert {e.type: text for e, text in update.message.parse_entities().items()} == {
        "bot_command": "/watch@peers_bot",
        "url": "example.org",
    }


async def test_the_ledger_keeps_text_entities_reply_and_silence(
    peer: TelegramPeer, bot: telegram.Bot
) -> None:
    ann = peer.user(1001, "Ann")
    asked = ann.say("hello")
    bold = MessageEntity("bold", 2, 2)
    sent = await bot.send_message(
        1001,
        "  👋 there\n",
        entities=[bold],
        disable_notification=True,
        reply_parameters=ReplyParameters(asked),
    )
    assert sent.text == "👋 there"
    entry = await peer.wait_for(lambda one: one.chat_id == 1001)
    assert (entry.text, entry.silent, entry.reply_to) == ("👋 there", True, asked)
    assert entry.entities == [{"type": "bold", "offset": 0, "length": 2}]


async def test_what_telegram_links_by_itself_is_told(peer: TelegramPeer, bot: telegram.Bot) -> None:
    peer.user(1001, "Ann")
    link = MessageEntity("text_link", 0, 11, url="https://example.org/")
    await bot.send_message(1001, "example.org /drain @scam evil.com", entities=[link])
    assert peer.ledger.entries[0].auto_links == ["/drain", "@scam", "evil.com"]


async def test_edits_are_refused_as_telegram_refuses_them(peer: TelegramPeer, bot: telegram.Bot) -> None:
    ann = peer.user(1001, "Ann")
    asked = ann.say("hello")
    sent = await bot.send_message(1001, "HF 1.07", reply_markup=KEYS)
    for text, markup in (("HF 1.07", KEYS), ("HF 1.07 ", KEYS)):
        with pytest.raises(BadRequest, match=r"(?i)message is not modified"):
            await sent.edit_text(text, reply_markup=markup)
    await sent.edit_text("HF 1.08", reply_markup=KEYS)
    await sent.edit_reply_markup(None)
    assert [one.deed for one in peer.ledger.entries] == ["sent", "edited", "edited"]
    with pytest.raises(BadRequest, match=r"(?i)message can't be edited"):
        await bot.edit_message_text("mine", 1001, asked)
    await sent.delete()
    assert peer.visible(ann.private) == []
    with pytest.raises(BadRequest, match=r"(?i)message to edit not found"):
        await sent.edit_text("again")
    with pytest.raises(BadRequest, match=r"(?i)message to be replied not found"):
        await bot.send_message(1001, "Reply", reply_parameters=ReplyParameters(sent.message_id))
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await bot.answer_callback_query("77")


async def test_a_picture_arrives_with_its_bytes(peer: TelegramPeer, bot: telegram.Bot) -> None:
    peer.user(1001, "Ann")
    picture_bytes = png(1000, 560)
    sent = await bot.send_photo(1001, picture_bytes, caption="HF 1.07")
    assert [(one.width, one.height) for one in sent.photo] == [(1000, 560)]
    await sent.edit_caption("HF 1.08")
    picture = peer.ledger.entries[0].file
    assert picture is not None
    assert picture.data == picture_bytes
    assert peer.ledger.entries[1].text == "HF 1.08"
    with pytest.raises(BadRequest, match=r"(?i)no text in the message"):
        await sent.edit_text("words")


@pytest.mark.parametrize(
    ("photo", "says"),
    [
        (b"", "file must be non-empty"),
        (b"\x89PNG not really", "image_process_failed"),
        (png(2_100, 100), "photo_invalid_dimensions"),
        (png(9_000, 2_000), "photo_invalid_dimensions"),
        ("AgAC", "wrong remote file identifier"),
    ],
)
async def test_a_picture_has_to_be_one(
    peer: TelegramPeer, bot: telegram.Bot, photo: bytes | str, says: str
) -> None:
    peer.user(1001, "Ann")
    with pytest.raises(BadRequest, match=f"(?i){says}"):
        await bot.send_photo(1001, photo)
    assert peer.ledger.entries == []
