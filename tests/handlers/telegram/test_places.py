"""Joined, muted, thrown out, let in again; topics closed and opened: what the steward is told of it."""

from collections.abc import Callable, Sequence

import pytest

from bot.errors import DestinationGone
from bot.ports import Place
from bot.subscriptions import Destination
from tests.chat.telegram.people import Person
from tests.chat.telegram.rooms import Room
from tests.chat.telegram.trouble import Kind
from tests.chat.telegram.world import BOT
from tests.contract.stands import words
from tests.contract.telegram_stand import TelegramStand
from tests.handlers.telegram.ears import Ears, at_work

Deed = Callable[[Room, Person], object]
JOINED, BACK, GONE, MUTED = Place.JOINED, Place.BACK, Place.GONE, Place.MUTED


def add(room: Room, ann: Person) -> None:
    room.add_bot(ann)


def add_as_admin(room: Room, ann: Person) -> None:
    room.add_bot(ann, administrator=True)


def add_without_posting(room: Room, ann: Person) -> None:
    room.add_bot(ann, administrator=True, can_post_messages=False)


def demote(room: Room, ann: Person) -> None:
    room.demote_bot(ann)


def mute(room: Room, ann: Person) -> None:
    room.mute_bot(ann)


def remove(room: Room, ann: Person) -> None:
    room.remove_bot(ann)


def leave(room: Room, ann: Person) -> None:
    room.set_member(BOT, "left", ann.user)


def restrict_media(room: Room, ann: Person) -> None:
    room.set_member(BOT, "restricted", ann.user, can_send_messages=True)


def shut_out(room: Room, ann: Person) -> None:
    room.set_member(BOT, "restricted", ann.user, is_member=False)


def only_admins_write(room: Room, ann: Person) -> None:
    room.forbid_members()


STORIES: list[tuple[str, str, Sequence[Deed], Sequence[Place]]] = [
    ("supergroup", "left", [add], [JOINED]),
    ("group", "left", [add_as_admin], [JOINED]),
    ("channel", "left", [add_as_admin], [JOINED]),
    ("channel", "left", [add_without_posting], [JOINED, MUTED]),
    ("supergroup", "left", [only_admins_write, add], [JOINED, MUTED]),
    ("supergroup", "member", [mute, add], [MUTED, BACK]),
    ("supergroup", "member", [mute, remove], [MUTED, GONE]),
    ("supergroup", "member", [restrict_media], []),
    ("supergroup", "member", [shut_out, add], [GONE, JOINED]),
    ("supergroup", "member", [remove, add], [GONE, JOINED]),
    ("supergroup", "member", [leave], [GONE]),
    ("supergroup", "member", [add_as_admin, demote], []),
    ("supergroup", "administrator", [only_admins_write, demote, add_as_admin], [MUTED, BACK]),
    ("supergroup", "administrator", [only_admins_write, restrict_media], [MUTED]),
    ("channel", "administrator", [add_without_posting, add_as_admin], [MUTED, BACK]),
    ("channel", "administrator", [demote], [MUTED]),
    ("channel", "administrator", [remove], [GONE]),
]


@pytest.mark.parametrize(("kind", "bot", "deeds", "told"), STORIES, ids=range(len(STORIES)))
async def test_the_steward_hears_what_became_of_a_place(
    stand: TelegramStand, kind: str, bot: str, deeds: Sequence[Deed], told: Sequence[Place]
) -> None:
    room = getattr(stand.peer, kind)(-1001, "Desk", stand.ann, bot=bot)
    async with at_work(stand, Ears()) as ears:
        for deed in deeds:
            deed(room, stand.ann)
            await stand.peer.until(lambda: not stand.peer.tg.updates.pending)
    assert [(what, place, by) for what, place, by, _ in ears.happened] == [
        (what, "telegram/-1001", "telegram/1001") for what in told
    ]


async def test_a_hidden_administrator_is_not_named_as_the_one_who_did_it(stand: TelegramStand) -> None:
    room = stand.peer.supergroup(-1001, "Desk", stand.ann)
    async with at_work(stand, Ears()) as ears:
        room.set_member(BOT, "kicked", {"id": 1087968824, "is_bot": True, "first_name": "Group"})
        await ears.until(lambda: ears.happened)
    assert ears.happened == [(GONE, "telegram/-1001", "", "the bot was removed from the chat")]


async def test_closed_topics_are_told_where_we_may_not_write_in_them(stand: TelegramStand) -> None:
    forum = stand.peer.supergroup(-1001, "Forum", stand.ann, topics=(4, 5))
    async with at_work(stand, Ears()) as ears:
        forum.close_topic(4, stand.ann)
        await ears.until(lambda: len(ears.happened) == 1)
        forum.reopen_topic(4, stand.ann)
        await ears.until(lambda: len(ears.happened) == 2)
        forum.add_bot(stand.ann, administrator=True)
        forum.close_topic(5, stand.ann)
        forum.open_topic("New", stand.ann)
        stand.ann.send(forum, "/status", thread=5)
        [request] = await ears.heard(1)
    assert ears.happened == [
        (MUTED, "telegram/-1001/4", "telegram/1001", "the topic was closed"),
        (BACK, "telegram/-1001/4", "telegram/1001", ""),
    ]
    assert request.text == "/status"
    assert await stand.sender.send(Destination("telegram", "-1001", "5"), words("as its manager"))


async def test_a_deleted_or_closed_topic_is_found_by_sending_there(stand: TelegramStand) -> None:
    forum = stand.peer.supergroup(-1001, "Forum", stand.ann, topics=(4, 5))
    forum.delete_topic(4)
    forum.close_topic(5, stand.ann)
    for thread in ("4", "5"):
        with pytest.raises(DestinationGone):
            await stand.sender.send(Destination("telegram", "-1001", thread), words("HF 1.07"))
    assert await stand.sender.send(Destination("telegram", "-1001"), words("HF 1.07"))


async def test_without_an_answer_a_place_counts_as_open(stand: TelegramStand) -> None:
    """An alert is rather tried in vain than held back."""
    room = stand.peer.supergroup(-1001, "Forum", stand.ann, bot="administrator", topics=(4,))
    room.forbid_members()
    async with at_work(stand, Ears()) as ears:
        stand.peer.trouble(Kind.SERVER_ERROR, method="getChat")
        room.demote_bot(stand.ann)
        await stand.peer.until(lambda: not stand.peer.tg.updates.pending)
        stand.peer.trouble(Kind.SERVER_ERROR, method="getChatMember")
        room.close_topic(4, stand.ann)
        await stand.peer.until(lambda: not stand.peer.tg.updates.pending)
    assert ears.happened == []
