"""Groups, topics, channels and who may do what there, as a real python-telegram-bot sees them."""

from __future__ import annotations

import pytest
import telegram
from telegram import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
)
from telegram.error import (
    BadRequest,
)

from tests.chat.telegram.server import TelegramPeer


async def test_an_unasked_kind_of_update_stays_away(peer: TelegramPeer, bot: telegram.Bot) -> None:
    ann, bob = peer.user(1001, "Ann"), peer.user(1002, "Bob")
    room = peer.supergroup(-1001, "Treasury", ann, bob, bot="administrator")
    room.promote(bob, by=ann)
    assert await bot.get_updates() == ()
    room.demote(bob, by=ann)
    [update] = await bot.get_updates(allowed_updates=["chat_member"])
    assert update.chat_member is not None
    assert update.chat_member.new_chat_member.status == "member"


async def test_a_group_keeps_from_the_bot_what_is_not_for_it(peer: TelegramPeer, bot: telegram.Bot) -> None:
    ann = peer.user(1001, "Ann")
    room = peer.group(-55, "Friends", ann)
    for text in ("small talk", "/status@other_bot", "/status", "ask @peers_bot"):
        ann.send(room, text)
    seen = [one.message.text for one in await bot.get_updates() if one.message]
    assert seen == ["/status", "ask @peers_bot"]


async def test_topics_and_plain_reply_chains_are_told_apart(peer: TelegramPeer, bot: telegram.Bot) -> None:
    ann = peer.user(1001, "Ann")
    forum = peer.supergroup(-1001, "Forum", ann, topics=(4,))
    plain = peer.supergroup(-1002, "Plain", ann, bot="administrator")
    ann.send(forum, "/status", thread=4)
    ann.send(plain, "/status", reply_to=ann.send(plain, "first"))
    topic, _, reply = [one.message for one in await bot.get_updates() if one.message]
    assert (topic.message_thread_id, topic.is_topic_message) == (4, True)
    assert (reply.message_thread_id, reply.is_topic_message) == (1, None)
    sent = await bot.send_message(-1001, "Here", message_thread_id=4)
    assert sent.is_topic_message
    assert peer.ledger.entries[0].thread_id == 4
    with pytest.raises(BadRequest, match=r"(?i)message thread not found"):
        await bot.send_message(-1002, "Here", message_thread_id=1)


async def test_an_anonymous_administrator_speaks_as_the_chat(peer: TelegramPeer, bot: telegram.Bot) -> None:
    ann = peer.user(1001, "Ann")
    ann.send(peer.supergroup(-1001, "Treasury", ann), "/add", anonymous=True)
    [update] = await bot.get_updates()
    assert update.message is not None
    assert update.message.sender_chat == update.message.chat
    assert update.effective_user is not None
    assert update.effective_user.is_bot


async def test_members_and_administrators(peer: TelegramPeer, bot: telegram.Bot) -> None:
    ann, bob = peer.user(1001, "Ann"), peer.user(1002, "Bob")
    room = peer.supergroup(-1001, "Treasury", ann, bob)
    assert (await bot.get_chat_member(room.id, bob.id)).status == "member"
    room.promote(bob, by=ann)
    assert {one.user.id for one in await bot.get_chat_administrators(room.id)} == {ann.id, bob.id}
    assert (await bot.get_chat(room.id)).title == "Treasury"
    assert await bot.get_chat_member_count(room.id) == 3
    with pytest.raises(BadRequest, match=r"(?i)member not found"):
        await bot.get_chat_member(room.id, 5)


async def test_channels_take_posts_of_administrators_only(peer: TelegramPeer, bot: telegram.Bot) -> None:
    ann = peer.user(1001, "Ann")
    room = peer.channel(-1009, "News", ann)
    room.post("/start")
    [update] = await bot.get_updates()
    assert update.channel_post is not None
    sent = await bot.send_message(room.id, "Posted")
    await sent.edit_text("Posted twice")
    peer.channel(-1010, "Elsewhere", ann, bot="member")
    with pytest.raises(BadRequest, match=r"(?i)administrator rights"):
        await bot.send_message(-1010, "Posted")


async def test_commands_are_kept_by_scope_and_language(peer: TelegramPeer, bot: telegram.Bot) -> None:
    private = BotCommandScopeAllPrivateChats()
    await bot.set_my_commands([BotCommand("watch", "Watch a wallet")])
    await bot.set_my_commands([BotCommand("watch", "Beobachten")], scope=private, language_code="de")
    assert [one.description for one in await bot.get_my_commands()] == ["Watch a wallet"]
    assert [one.description for one in await bot.get_my_commands(private, "de")] == ["Beobachten"]
    assert await bot.get_my_commands(private) == ()
