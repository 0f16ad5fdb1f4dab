"""Who may do what in groups, topics and channels, and what Telegram tells of it, as a real client sees it."""

from __future__ import annotations

import pytest
import telegram
from telegram import ChatMemberAdministrator, ChatMemberRestricted, Update
from telegram.error import BadRequest, Forbidden

from tests.chat.telegram.server import TelegramPeer

EVERYTHING = ["message", "channel_post", "callback_query", "my_chat_member", "chat_member"]


async def updates(bot: telegram.Bot) -> tuple[Update, ...]:
    """All that wait, confirmed."""
    found = await bot.get_updates(allowed_updates=EVERYTHING)
    if found:
        await bot.get_updates(offset=found[-1].update_id + 1, allowed_updates=EVERYTHING)
    return found


async def test_of_others_an_administrator_alone_is_told(peer: TelegramPeer, bot: telegram.Bot) -> None:
    ann, bob = peer.user(1001, "Ann"), peer.user(1002, "Bob")
    room = peer.supergroup(-1001, "Treasury", ann, bob)
    room.promote(bob, by=ann)
    assert await updates(bot) == ()
    room.add_bot(ann, administrator=True)
    room.demote(bob, by=ann)
    mine, bobs = await updates(bot)
    assert mine.my_chat_member is not None
    assert isinstance(mine.my_chat_member.new_chat_member, ChatMemberAdministrator)
    assert mine.my_chat_member.from_user.id == ann.id
    assert bobs.chat_member is not None
    assert bobs.chat_member.old_chat_member.status == "administrator"
    assert bobs.chat_member.new_chat_member.status == "member"


async def test_rights_are_those_of_the_place_and_can_be_taken_one_by_one(
    peer: TelegramPeer, bot: telegram.Bot
) -> None:
    ann, bob = peer.user(1001, "Ann"), peer.user(1002, "Bob")
    room = peer.supergroup(-1001, "Treasury", ann, bob)
    room.promote(bob, by=ann, is_anonymous=True, can_manage_topics=False)
    channel = peer.channel(-1002, "News", ann)
    in_room, in_channel = await bot.get_chat_member(-1001, bob.id), await bot.get_chat_member(-1002, bot.id)
    assert isinstance(in_room, ChatMemberAdministrator)
    assert isinstance(in_channel, ChatMemberAdministrator)
    assert (in_room.is_anonymous, in_room.can_manage_topics, in_room.can_pin_messages) == (True, False, True)
    assert (in_channel.can_post_messages, in_channel.can_manage_topics) == (True, None)
    assert [one.user.id for one in await bot.get_chat_administrators(channel.id)] == [ann.id]


async def test_hidden_members_are_shown_to_administrators_only(peer: TelegramPeer, bot: telegram.Bot) -> None:
    ann, bob = peer.user(1001, "Ann"), peer.user(1002, "Bob")
    room = peer.supergroup(-1001, "Treasury", ann, bob)
    room.chat.hides_members = True
    with pytest.raises(BadRequest, match=r"(?i)member list is inaccessible"):
        await bot.get_chat_member(-1001, bob.id)
    assert (await bot.get_chat_member(-1001, bot.id)).status == "member"
    assert [one.user.id for one in await bot.get_chat_administrators(-1001)] == [ann.id]
    room.add_bot(ann, administrator=True)
    assert (await bot.get_chat_member(-1001, bob.id)).status == "member"


async def test_muted_restricted_and_shut_out(peer: TelegramPeer, bot: telegram.Bot) -> None:
    ann = peer.user(1001, "Ann")
    room = peer.supergroup(-1001, "Treasury", ann)
    room.mute_bot(by=ann)
    [told] = await updates(bot)
    assert told.my_chat_member is not None
    assert isinstance(told.my_chat_member.new_chat_member, ChatMemberRestricted)
    assert told.my_chat_member.new_chat_member.can_send_messages is False
    with pytest.raises(BadRequest, match=r"(?i)not enough rights to send text messages"):
        await bot.send_message(-1001, "Hi")
    room.add_bot(ann)
    await bot.send_message(-1001, "Hi")
    room.forbid_members()
    with pytest.raises(BadRequest, match=r"(?i)not enough rights to send text messages"):
        await bot.send_message(-1001, "Hi")
    chat = await bot.get_chat(-1001)
    assert chat.permissions is not None
    assert chat.permissions.can_send_messages is False
    room.add_bot(ann, administrator=True)
    await bot.send_message(-1001, "Hi")
    room.allow_members()
    room.forbid_members("can_send_documents")
    room.demote_bot(by=ann)
    await bot.send_message(-1001, "Hi")
    with pytest.raises(BadRequest, match=r"(?i)not enough rights to send documents"):
        await bot.send_document(-1001, b"x", filename="x.csv")
    room.remove_bot(by=ann)
    with pytest.raises(Forbidden, match="kicked"):
        await bot.send_message(-1001, "Hi")


async def test_a_channel_without_the_right_to_post(peer: TelegramPeer, bot: telegram.Bot) -> None:
    ann = peer.user(1001, "Ann")
    room = peer.channel(-1009, "News", ann)
    room.set_member(await _me(bot), "administrator", ann.user, can_post_messages=False)
    with pytest.raises(BadRequest, match=r"(?i)need administrator rights in the channel chat"):
        await bot.send_message(-1009, "Posted")
    assert (await bot.get_chat(-1009)).title == "News"


async def _me(bot: telegram.Bot) -> dict[str, object]:
    return (await bot.get_me()).to_dict()


async def test_topics_open_close_and_vanish(peer: TelegramPeer, bot: telegram.Bot) -> None:
    ann = peer.user(1001, "Ann")
    forum = peer.supergroup(-1001, "Forum", ann, topics=(4,))
    alerts = forum.open_topic("Alerts", ann)
    await bot.send_message(-1001, "Here", message_thread_id=alerts)
    forum.close_topic(alerts, ann)
    with pytest.raises(BadRequest, match=r"(?i)topic_closed"):
        await bot.send_message(-1001, "Here", message_thread_id=alerts)
    forum.add_bot(ann, administrator=True)
    await bot.send_message(-1001, "As manager", message_thread_id=alerts)
    forum.reopen_topic(alerts, ann)
    forum.delete_topic(alerts)
    with pytest.raises(BadRequest, match=r"(?i)message thread not found"):
        await bot.send_message(-1001, "Here", message_thread_id=alerts)
    told = [one.message for one in await updates(bot) if one.message]
    created, closed, reopened = told
    assert created.forum_topic_created is not None
    assert (created.message_thread_id, created.is_topic_message) == (alerts, True)
    assert closed.forum_topic_closed is not None
    assert reopened.forum_topic_reopened is not None
    assert reopened.message_thread_id == alerts
    assert peer.visible(forum) == []


async def test_a_linked_channel_forwards_its_posts_and_may_speak(
    peer: TelegramPeer, bot: telegram.Bot
) -> None:
    ann, bob = peer.user(1001, "Ann"), peer.user(1002, "Bob")
    group = peer.supergroup(-1001, "Talk", ann, bob, bot="administrator")
    channel, own = peer.channel(-1002, "News", ann), peer.channel(-1003, "Bob's", bob)
    group.link(channel)
    channel.post("/status")
    ann.send(group, "/status", as_channel=channel)
    bob.send(group, "/status", as_channel=own)
    post, forwarded, anns, bobs = [one.effective_message for one in await updates(bot)]
    assert post is not None
    assert post.sender_chat == post.chat
    assert forwarded is not None
    assert forwarded.is_automatic_forward
    assert [one.sender_chat.id for one in (forwarded, anns, bobs) if one and one.sender_chat] == [
        -1002,
        -1002,
        -1003,
    ]
    assert (await bot.get_chat(-1001)).linked_chat_id == -1002
    assert (await bot.get_chat(-1002)).linked_chat_id == -1001
    assert (await bot.get_chat(-1003)).linked_chat_id is None


async def test_a_press_names_its_person_and_a_forgotten_message_little_more(
    peer: TelegramPeer, bot: telegram.Bot
) -> None:
    ann = peer.user(1001, "Ann")
    forum = peer.supergroup(-1001, "Forum", ann, topics=(4,))
    keys = telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("Ack", callback_data="1|ack|")]])
    sent = await bot.send_message(-1001, "HF", message_thread_id=4, reply_markup=keys)
    ann.press(forum, sent.message_id, "Ack")
    ann.press(forum, sent.message_id, "Ack", forgotten=True)
    fresh, old = [one.callback_query for one in await updates(bot) if one.callback_query]
    assert isinstance(fresh.message, telegram.Message)
    assert fresh.message.message_thread_id == 4
    assert old.message is not None
    assert old.message.date.timestamp() == 0
    assert old.message.to_dict().keys() >= {"chat", "message_id"}
    assert not old.message.to_dict().keys() & {"text", "message_thread_id", "from"}
    assert (old.message.chat.id, old.message.message_id) == (-1001, sent.message_id)
    assert {fresh.from_user.id, old.from_user.id} == {ann.id}
    for query in ann.pressed:
        await bot.answer_callback_query(query)
