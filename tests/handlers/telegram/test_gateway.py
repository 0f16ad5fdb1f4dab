"""Telegram's own ways: groups, topics, hidden administrators, comings and goings, outages, menus."""

import asyncio
import json
import logging

import pytest
from telegram import Update

from bot.errors import SettingsError
from bot.messages.model import Button, Message, Press, Span
from bot.ports import Place, Request
from bot.subscriptions import Destination
from handlers.telegram.client import telegram_client
from handlers.telegram.intake import Intake
from handlers.telegram.sender import TelegramSender
from tests.chat.telegram.trouble import Kind
from tests.contract.stands import Notebook
from tests.contract.telegram_stand import TelegramStand, telegram_gateway
from tests.handlers.telegram.ears import Ears, at_work


async def test_in_a_group_only_what_is_for_us_is_heard(stand: TelegramStand) -> None:
    group = stand.peer.supergroup(-1001, "Desk", stand.ann, bot="administrator")
    ours = await stand.sender.send(Destination("telegram", "-1001"), Message(((Span("HF 1.07"),),)))
    async with at_work(stand, Ears()) as ears:
        other = stand.ann.send(group, "good morning")
        stand.ann.send(group, "/status@another_bot")
        stand.ann.send(group, "price fell", reply_to=other)
        stand.ann.send(group, "/status@peers_bot now")
        stand.ann.send(group, "@peers_bot position 0x1")
        stand.ann.send(group, "why?", reply_to=int(ours))
        requests = await ears.heard(3)
    assert [one.text for one in requests] == ["/status now", "position 0x1", "why?"]
    assert {(one.place.id, one.private, one.person.id) for one in requests} == {
        ("telegram/-1001", False, "telegram/1001")
    }


async def test_a_thread_is_told_in_topics_only_and_answers_go_there(stand: TelegramStand) -> None:
    forum = stand.peer.supergroup(-1002, "Forum", stand.ann, topics=(4,))
    plain = stand.peer.supergroup(-1003, "Plain", stand.ann)
    async with at_work(stand, Ears()) as ears:
        stand.ann.send(forum, "/status", thread=4)
        first = stand.ann.send(plain, "/start")
        stand.ann.send(plain, "/status", reply_to=first)
        requests = await ears.heard(3)
    assert {one.place.id for one in requests} == {"telegram/-1002/4", "telegram/-1003"}
    await stand.sender.send(Destination("telegram", "-1002", "4"), Message(((Span("here"),),)))
    assert stand.peer.ledger.entries[-1].thread_id == 4


async def test_hidden_administrators_and_channels_speak_as_their_chat(stand: TelegramStand) -> None:
    group = stand.peer.supergroup(-1004, "Desk", stand.ann)
    channel = stand.peer.channel(-1005, "News", stand.ann)
    async with at_work(stand, Ears()) as ears:
        stand.ann.send(group, "/status", anonymous=True)
        channel.post("/status")
        requests = await ears.heard(2)
    assert {one.person.id for one in requests} == {"telegram/-1004", "telegram/-1005"}


async def test_comings_goings_and_migrations_are_told(stand: TelegramStand) -> None:
    group = stand.peer.group(-6, "Old", stand.ann)
    async with at_work(stand, Ears()) as ears:
        stand.ann.block()
        await ears.until(lambda: len(ears.happened) == 1)
        stand.ann.unblock()
        await ears.until(lambda: len(ears.happened) == 2)
        group.migrate(-1006, stand.ann)
        await ears.until(lambda: len(ears.happened) == 4)
    ann = stand.place.id
    assert ears.happened == [
        (Place.GONE, ann, ann, "the person blocked the bot"),
        (Place.BACK, ann, ann, ""),
        ("moved", "telegram/-6", "telegram/-1006"),
        ("moved", "telegram/-6", "telegram/-1006"),
    ]


async def test_a_slow_chat_holds_up_nobody_and_is_not_confirmed(stand: TelegramStand) -> None:
    bob = stand.peer.user(1002, "Bob")
    stuck = asyncio.Event()

    class Slow(Ears):
        async def handle(self, request: Request) -> None:
            await super().handle(request)
            if request.text == "/slow":
                await stuck.wait()

    async with at_work(stand, Slow()) as ears:
        stand.say("/slow")
        stand.say("/after")
        await ears.heard(1)
        for n in range(3):
            bob.say(f"/quick {n}")
        assert [one.text for one in (await ears.heard(4))[1:]] == ["/quick 0", "/quick 1", "/quick 2"]
    async with at_work(stand, Ears()) as restarted:
        again = [one.text for one in await restarted.heard(2)]
    assert again[:1] == ["/slow"]
    assert "/after" in [one.text for one in restarted.requests]


async def test_an_outage_is_waited_out_and_nothing_is_lost(stand: TelegramStand) -> None:
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)
        await asyncio.sleep(0)

    for kind in (Kind.SERVER_ERROR, Kind.BAD_GATEWAY, Kind.DROP_BEFORE):
        stand.peer.trouble(kind, method="getMe")
        stand.peer.trouble(kind, method="getUpdates")
    stand.say("/status")
    async with at_work(stand, Ears(), pause=pause) as ears:
        [request] = await ears.heard(1)
    assert request.text == "/status"
    assert waited == [1, 2, 4, 1, 2, 4]
    assert {platform for platform, _ in ears.steward.lines} == {"telegram"}
    assert [bool(trouble) for _, trouble in ears.steward.lines] == [True, True, True, False] * 2
    assert stand.peer.token not in str(ears.steward.lines)


async def test_an_update_that_cannot_be_read_is_passed_over(stand: TelegramStand) -> None:
    stand.peer.tg.updates.pending.append(
        {"update_id": 500_000_000, "message": {"message_id": "?", "chat": 5}}
    )
    stand.say("/status")
    async with at_work(stand, Ears()) as ears:
        assert [one.text for one in await ears.heard(1)] == ["/status"]
        await stand.peer.until(lambda: not stand.peer.tg.updates.pending)


async def test_a_press_is_answered_even_if_the_desk_breaks(stand: TelegramStand) -> None:
    card = Message(((Span("HF"),),), buttons=((Button("Ack", Press("ack")),),))
    shown = await stand.sender.send(stand.place, card)
    ears = Ears()
    ears.fault = ZeroDivisionError()
    async with at_work(stand, ears):
        stand.press(shown, "Ack")
        assert await stand.flashed() == ""


async def test_menus_are_set_once_and_members_are_shown_what_they_can_use(stand: TelegramStand) -> None:
    for _ in range(2):
        async with at_work(stand, Ears(), for_members={"start", "status"}) as ears:
            stand.say("/status")
            await ears.heard(1)
            ears.requests.clear()
    assert len(list(stand.peer.ledger.called("setMyCommands"))) == 4
    shown = {
        (json.loads(scope)["type"], language): " ".join(one["command"] for one in menu)
        for (scope, language), menu in stand.peer.tg.commands.items()
    }
    assert shown == {
        ("default", ""): "start status",
        ("all_group_chats", ""): "start status",
        ("all_chat_administrators", ""): "start status watch",
        ("all_private_chats", ""): "start status watch",
    }


async def test_a_refused_token_ends_it_and_is_nowhere_to_be_read(
    stand: TelegramStand, caplog: pytest.LogCaptureFixture
) -> None:
    token = "7000000001:AAwrongTokenThatIsSecretAllTheSame0"
    caplog.set_level(logging.DEBUG)
    async with telegram_client(token, stand.peer.base_url) as bot:
        with pytest.raises(SettingsError) as met:
            await telegram_gateway(bot).run(Notebook())
        with pytest.raises(SettingsError):
            await TelegramSender(bot).send(stand.place, Message(((Span("x"),),)))
    assert token not in f"{met.value!r}{caplog.text}"


def test_the_offset_never_passes_an_open_update() -> None:
    one, two, three = (Update(number) for number in (7, 8, 9))
    intake = Intake()
    assert intake.offset() is None
    assert intake.fresh([one, two, three]) == [one, two, three]
    intake.handled(two)
    assert intake.offset() == 7
    assert intake.fresh([one, two, three]) == []
    intake.handled(one)
    assert intake.offset() == 9
    intake.handled(three)
    assert intake.offset() == 10
    intake.confirmed(10)
    assert intake.offset() is None, "after a quiet week Telegram may number anew from below"
