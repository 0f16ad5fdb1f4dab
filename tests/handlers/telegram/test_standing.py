"""Who is an administrator: asked when needed, kept a minute, dropped when it changes, unknown in doubt."""

import asyncio

import pytest

from bot.ports import Standing
from bot.subscriptions import Destination
from handlers.telegram import standing
from handlers.telegram.hearing import Speaker
from handlers.telegram.standing import Standings
from tests.chat.telegram.people import Person
from tests.chat.telegram.rooms import Room
from tests.chat.telegram.trouble import Kind
from tests.contract.stands import CARD
from tests.contract.telegram_stand import TelegramStand
from tests.handlers.telegram.ears import Ears, at_work

ADMIN, MEMBER, UNKNOWN = Standing(is_admin=True), Standing(), Standing(is_known=False)
GROUP = -1001


def asked(stand: TelegramStand, method: str = "getChatMember") -> int:
    return len(list(stand.peer.ledger.called(method)))


@pytest.fixture
def bob(stand: TelegramStand) -> Person:
    return stand.peer.user(1002, "Bob")


@pytest.fixture
def room(stand: TelegramStand, bob: Person) -> Room:
    return stand.peer.supergroup(GROUP, "Desk", stand.ann, bob, bot="administrator")


def _place(room: Room) -> Destination:
    return Destination("telegram", str(room.id))


async def test_whoever_speaks_in_a_group_is_what_telegram_says(
    stand: TelegramStand, room: Room, bob: Person
) -> None:
    channel = stand.peer.channel(-1002, "News", stand.ann)
    linked, own = stand.peer.channel(-1003, "Ours", stand.ann), stand.peer.channel(-1004, "Bob's", bob)
    room.link(linked)
    async with at_work(stand, Ears()) as ears:
        stand.ann.send(room, "/owner")
        bob.send(room, "/member")
        stand.ann.send(room, "/hidden", anonymous=True)
        stand.ann.send(room, "/linked", as_channel=linked)
        bob.send(room, "/own", as_channel=own)
        channel.post("/channel")
        requests = await ears.heard(6)
        found = {one.text: await one.standing() for one in requests}
    assert found == {
        "/owner": ADMIN,
        "/member": MEMBER,
        "/hidden": ADMIN,
        "/linked": ADMIN,
        "/own": MEMBER,
        "/channel": ADMIN,
    }
    assert not any(one.private for one in requests)
    assert asked(stand) == 2, "of those who speak as a chat no member is asked for"


async def test_a_channels_post_forwarded_to_its_group_is_nobodys_command(
    stand: TelegramStand, room: Room
) -> None:
    channel = stand.peer.channel(-1003, "Ours", stand.ann)
    room.link(channel)
    async with at_work(stand, Ears()) as ears:
        channel.post("/forget all")
        stand.say("/after")
        requests = await ears.heard(2)
    assert {one.place.id for one in requests} == {"telegram/-1003", stand.place.id}


async def test_a_press_is_by_the_person_behind_it(stand: TelegramStand, room: Room, bob: Person) -> None:
    room.set_member(stand.ann.user, "administrator", stand.ann.user, is_anonymous=True)
    shown = int(await stand.sender.send(_place(room), CARD))
    async with at_work(stand, Ears()) as ears:
        stand.ann.press(room, shown, "Ack")
        bob.press(room, shown, "Ack", forgotten=True)
        anns, bobs = await ears.heard(2)
        assert (anns.person.id, await anns.standing()) == ("telegram/1001", ADMIN)
        assert (bobs.person.id, await bobs.standing()) == ("telegram/1002", MEMBER)
    assert anns.place == bobs.place == _place(room)
    assert (bobs.press, bobs.message_id, bobs.private) == ("1|ack|i1", str(shown), False)


async def test_a_channels_button_asks_for_the_person(stand: TelegramStand, bob: Person) -> None:
    channel = stand.peer.channel(-1002, "News", stand.ann)
    channel.chat.join(bob.user)
    shown = int(await stand.sender.send(_place(channel), CARD))
    async with at_work(stand, Ears()) as ears:
        stand.ann.press(channel, shown, "Ack")
        bob.press(channel, shown, "Ack")
        anns, bobs = await ears.heard(2)
        assert (await anns.standing(), await bobs.standing()) == (ADMIN, MEMBER)


async def test_a_demotion_is_heard_at_once_where_we_are_administrator(
    stand: TelegramStand, room: Room, bob: Person
) -> None:
    room.promote(bob, by=stand.ann)
    shown = int(await stand.sender.send(_place(room), CARD))
    async with at_work(stand, Ears()) as ears:
        bob.press(room, shown, "Ack")
        assert await (await ears.heard(1))[0].standing() == ADMIN
        room.demote(bob, by=stand.ann)
        bob.press(room, shown, "Ack")
        assert await (await ears.heard(2))[1].standing() == MEMBER


async def test_our_own_demotion_makes_us_ask_everybody_anew(
    stand: TelegramStand, room: Room, bob: Person
) -> None:
    async with at_work(stand, Ears()) as ears:
        bob.send(room, "/one")
        await (await ears.heard(1))[0].standing()
        room.mute_bot(by=stand.ann)
        await ears.until(lambda: ears.happened)
        room.chat.join(bob.user, "administrator")  # of which nobody tells a mere member
        assert await ears.requests[0].standing() == ADMIN


class Minute:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_an_answer_is_kept_for_a_minute(stand: TelegramStand, room: Room, bob: Person) -> None:
    clock = Minute()
    standings = Standings(stand.bot, clock=clock)
    who = Speaker(GROUP, private=False, user=bob.id)
    assert await standings.of(who) == MEMBER
    room.chat.join(bob.user, "administrator")
    clock.now += 59.9
    assert (await standings.of(who), asked(stand)) == (MEMBER, 1)
    clock.now += 0.1
    assert (await standings.of(who), asked(stand)) == (ADMIN, 2)


async def test_a_linked_channel_is_kept_too_and_asked_for_again(stand: TelegramStand, room: Room) -> None:
    clock = Minute()
    standings = Standings(stand.bot, clock=clock)
    channel = stand.peer.channel(-1003, "Ours", stand.ann)
    who = Speaker(GROUP, private=False, sender_chat=channel.id)
    room.link(channel)
    assert [await standings.of(who) for _ in range(3)] == [ADMIN] * 3
    assert asked(stand, "getChat") == 1
    room.chat.linked = None
    clock.now += 60
    assert await standings.of(who) == MEMBER


async def test_no_more_are_kept_than_there_is_room_for(
    stand: TelegramStand, room: Room, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "KEPT_AT_MOST", 2)
    standings = Standings(stand.bot, clock=Minute())
    for user in (1001, 1002, 1001, 1002):
        await standings.of(Speaker(GROUP, private=False, user=user))
    assert asked(stand) == 2
    stand.peer.supergroup(-1009, "Other", stand.ann)
    await standings.of(Speaker(-1009, private=False, user=1001))
    await standings.of(Speaker(GROUP, private=False, user=1002))
    assert asked(stand) == 3
    await standings.of(Speaker(GROUP, private=False, user=1001))
    assert asked(stand) == 4, "the oldest gave way"


async def test_where_members_are_hidden_the_administrators_are_read_off_their_list(
    stand: TelegramStand, bob: Person
) -> None:
    room = stand.peer.supergroup(-1007, "Secretive", stand.ann, bob)
    room.chat.hides_members = True
    standings = Standings(stand.bot)
    assert await standings.of(Speaker(-1007, private=False, user=1001)) == ADMIN
    assert await standings.of(Speaker(-1007, private=False, user=1002)) == MEMBER


async def test_a_stranger_to_the_group_is_no_administrator(stand: TelegramStand, room: Room) -> None:
    assert await Standings(stand.bot).of(Speaker(GROUP, private=False, user=77)) == MEMBER


@pytest.mark.parametrize("kind", [Kind.SERVER_ERROR, Kind.BAD_GATEWAY, Kind.DROP_BEFORE, Kind.THROTTLE])
@pytest.mark.parametrize("sender_chat", [0, -1003])
async def test_without_an_answer_nothing_is_known_and_nothing_kept(
    stand: TelegramStand, room: Room, kind: Kind, sender_chat: int
) -> None:
    standings = Standings(stand.bot)
    who = Speaker(GROUP, private=False, user=0 if sender_chat else 1001, sender_chat=sender_chat)
    stand.peer.trouble(kind)
    assert await standings.of(who) == UNKNOWN
    assert (await standings.of(who)).is_known


async def test_an_answer_that_does_not_come_is_not_waited_for(stand: TelegramStand, room: Room) -> None:
    hang = stand.peer.trouble(Kind.HANG)
    async with asyncio.timeout(10):
        found = await Standings(stand.bot, within_s=0.05).of(Speaker(GROUP, private=False, user=1001))
    assert (found, hang.met) == (UNKNOWN, 1)


async def test_where_we_are_no_more_nobody_is_known(stand: TelegramStand, room: Room) -> None:
    room.remove_bot(by=stand.ann)
    assert await Standings(stand.bot).of(Speaker(GROUP, private=False, user=1001)) == UNKNOWN
