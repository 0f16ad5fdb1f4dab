"""The steward: what happens to places and platforms is told once to those who can act."""

import pytest

from bot.messages.rich import text_of
from bot.ports import Delivery, Lane, Operation, Place
from bot.steward import AWAY_TOLD_AFTER_S, Steward
from bot.subscriptions import ChatSettings, Destination, WalletTarget, Watch
from tests.fakes import FakeBook, FakeOutbox
from tests.messages.samples import WALLET

GROUP = "telegram/-100200"
TOPIC = f"{GROUP}/7"
SERVER = "discord/s500"
CHANNEL, OTHER_CHANNEL = "discord/c501", "discord/c502"
OPERATOR, HERS = "telegram/1", "discord/42"


class World:
    """A steward over the fakes, and a clock that stands until it is moved."""

    def __init__(self):
        self.book, self.outbox, self.now = FakeBook(), FakeOutbox(), 1_790_000_000.0
        self.book.made_operators = {OPERATOR}
        self.guests = {OPERATOR}
        self.steward = Steward(
            self.outbox,
            self.book,
            platforms=("telegram", "discord"),
            may_admit=self._may_admit,
            clock=lambda: self.now,
        )

    async def _may_admit(self, home, by):
        return by in self.guests

    async def watch(self, home, place="", by=HERS):
        return await self.book.add(Watch("", 0, home, WalletTarget(WALLET), (), created_by=by, place=place))

    def told(self):
        """(hearer, words) of every notice so far."""
        return [(one.destination, text_of(one.payload.lines)) for one in self.outbox.deliveries.values()]


@pytest.fixture
def world():
    return World()


async def test_whoever_may_lets_a_group_in_and_its_admins_hear_what_to_expect(world):
    place = Destination.parse(GROUP)
    await world.steward.changed(place, Place.JOINED, by=OPERATOR)
    assert await world.book.admitted(GROUP)
    [(hearer, words)] = world.told()
    assert hearer == GROUP
    assert "/settings" in words
    assert "/forget" in words
    assert "/mute all 8h" in words
    await world.steward.changed(place, Place.JOINED, by=OPERATOR)
    assert len(world.told()) == 1, "a redelivered update says nothing again"


async def test_a_stranger_lets_nobody_in(world):
    await world.steward.changed(Destination.parse(CHANNEL), Place.JOINED, home=SERVER, by="discord/666")
    assert not await world.book.admitted(SERVER)
    [(hearer, words)] = world.told()
    assert hearer == CHANNEL
    assert SERVER in words
    assert "Nobody has let me in" in words


async def test_a_deleted_topic_gives_its_alerts_to_the_group_and_the_group_hears_it(world):
    watch = await world.watch(GROUP, TOPIC)
    await world.book.put_settings(GROUP, ChatSettings(routes=(("critical", TOPIC), ("all", GROUP))))
    await world.book.add_place(GROUP, TOPIC)
    await world.steward.changed(Destination.parse(TOPIC), Place.GONE, home=GROUP, why="topic deleted")
    assert [one.place for one in await world.book.of(GROUP)] == [""]
    assert (await world.book.settings(GROUP)).routes == (("all", GROUP),)
    assert world.outbox.followed == {TOPIC: GROUP}
    hearers = dict(world.told())
    assert hearers.keys() == {GROUP, HERS, OPERATOR}
    assert GROUP in hearers[HERS]
    assert "topic deleted" in hearers[HERS]
    assert watch.place == TOPIC


async def test_a_deleted_channel_gives_its_alerts_to_another_of_its_server(world):
    await world.watch(SERVER, CHANNEL)
    for place in (CHANNEL, OTHER_CHANNEL):
        await world.book.add_place(SERVER, place)
    await world.steward.unreachable(CHANNEL, "Unknown Channel")
    assert [one.place for one in await world.book.of(SERVER)] == [OTHER_CHANNEL]
    assert world.outbox.followed == {CHANNEL: OTHER_CHANNEL}


async def test_a_server_that_removed_us_is_silent_and_who_watched_there_hears_it(world):
    await world.watch(SERVER, CHANNEL)
    for place in (CHANNEL, OTHER_CHANNEL):
        await world.book.add_place(SERVER, place)
    await world.steward.changed(Destination.parse(SERVER), Place.GONE, home=SERVER, why="removed")
    assert world.outbox.muted.keys() >= {CHANNEL, OTHER_CHANNEL}
    assert {hearer for hearer, _ in world.told()} == {HERS, OPERATOR}
    await world.steward.changed(Destination.parse(SERVER), Place.BACK, home=SERVER)
    assert not world.outbox.muted.keys() & {CHANNEL, OTHER_CHANNEL}


async def test_a_muted_group_keeps_its_route_and_a_person_who_can_act_hears_it(world):
    await world.watch(GROUP)
    await world.steward.changed(Destination.parse(GROUP), Place.MUTED, why="restricted")
    assert GROUP in world.outbox.muted
    assert world.outbox.followed == {}
    hearers = dict(world.told())
    assert hearers.keys() == {HERS, OPERATOR}
    assert "no longer write" in hearers[HERS]
    assert "right to send" in hearers[HERS]


async def test_a_person_who_blocked_us_and_watched_nothing_is_no_news(world):
    await world.steward.changed(Destination.parse("telegram/77"), Place.GONE, why="blocked")
    assert world.told() == []
    assert "telegram/77" in world.outbox.muted


async def test_nobody_hears_of_a_place_in_that_very_place(world):
    await world.watch(HERS, by=HERS)
    await world.steward.changed(Destination.parse(HERS), Place.GONE, why="blocked")
    assert [hearer for hearer, _ in world.told()] == [OPERATOR]


# ---- platforms --------------------------------------------------------------------------------------


async def test_a_platform_away_for_long_is_told_on_the_other_and_so_is_its_return(world):
    world.book.made_operators = {OPERATOR, HERS}
    world.steward.line("discord", "gateway closed")
    await world.steward.tick()
    assert world.told() == []
    world.now += AWAY_TOLD_AFTER_S
    world.steward.line("discord", "gateway closed again")
    await world.steward.tick()
    await world.steward.tick()
    [(hearer, words)] = world.told()
    assert hearer == OPERATOR
    assert words.startswith("Discord cannot be reached for 2 min")
    world.steward.line("discord", "")
    await world.steward.tick()
    assert world.told()[1:] == [(OPERATOR, "Discord is back.")]


async def test_a_short_absence_is_nobodys_business(world):
    world.steward.line("discord", "gateway closed")
    world.now += AWAY_TOLD_AFTER_S - 1
    world.steward.line("discord", "")
    world.now += 10
    await world.steward.tick()
    assert world.told() == []


async def test_a_refused_token_is_told_where_there_is_another_platform(world):
    world.book.made_operators = {OPERATOR, HERS}
    await world.steward.refused("telegram", "Unauthorized")
    [(hearer, words)] = world.told()
    assert hearer == HERS
    assert "Telegram refuses me: Unauthorized" in words


@pytest.mark.parametrize(("wait_s", "notices"), [(5, 0), (59.9, 0), (60, 1), (900, 1)])
async def test_only_long_waits_are_told(world, wait_s, notices):
    await world.steward.told_to_wait(CHANNEL, wait_s, everything=False)
    assert len(world.told()) == notices


async def test_dead_letters_and_crashes_reach_the_operator_once_an_hour(world):
    for _ in range(3):
        await world.steward.given_up(CHANNEL, "can't parse")
        await world.steward.crashed("watchers")
    assert [hearer for hearer, _ in world.told()] == [OPERATOR, OPERATOR]
    world.now += 3600
    await world.steward.crashed("watchers")
    assert len(world.told()) == 3


async def test_a_platforms_words_are_quoted_clean(world):
    await world.steward.refused("discord", "bad \u202etoken\n" + "x" * 500)
    [(_, words)] = world.told()
    assert "\u202e" not in words
    assert len(words) < 400
    assert all(isinstance(one, Delivery) for one in world.outbox.deliveries.values())
    assert {(one.lane, one.operation) for one in world.outbox.deliveries.values()} == {
        (Lane.REST, Operation.SEND)
    }


async def test_a_platform_that_refuses_us_is_not_called_away_too_and_its_return_is_told(world):
    world.book.made_operators = {HERS}
    world.steward.line("telegram", "refused")
    await world.steward.refused("telegram", "a bad token")
    world.now += AWAY_TOLD_AFTER_S + 1
    await world.steward.tick()
    world.steward.line("telegram", "")
    await world.steward.tick()
    assert [words.split("\n")[0] for _, words in world.told()] == [
        "Telegram refuses me: a bad token",
        "Telegram is back.",
    ]


async def test_where_nobody_became_operator_the_hosts_hear_it_on_the_platform_that_works(world):
    world.book.made_operators = set()
    world.steward = Steward(
        world.outbox,
        world.book,
        platforms=("telegram", "discord"),
        may_admit=world._may_admit,
        clock=lambda: world.now,
        hosts=("telegram/7", "discord/8"),
    )
    await world.steward.refused("discord", "a bad token")
    assert [hearer for hearer, _ in world.told()] == ["telegram/7"]


async def test_a_second_lost_channel_does_not_send_to_the_first(world):
    await world.watch(SERVER, CHANNEL)
    for place in (CHANNEL, OTHER_CHANNEL):
        await world.book.add_place(SERVER, place)
    for lost in (CHANNEL, OTHER_CHANNEL):
        await world.steward.changed(Destination.parse(lost), Place.GONE, home=SERVER, why="deleted")
    assert world.outbox.followed == {CHANNEL: OTHER_CHANNEL}
    assert world.outbox.muted.keys() == {OTHER_CHANNEL}


async def test_a_muted_channel_takes_a_detour_and_its_watches_stay_its_own(world):
    await world.watch(SERVER, CHANNEL)
    for place in (CHANNEL, OTHER_CHANNEL):
        await world.book.add_place(SERVER, place)
    await world.steward.changed(Destination.parse(CHANNEL), Place.MUTED, home=SERVER, why="no rights")
    assert world.outbox.followed == {CHANNEL: OTHER_CHANNEL}
    assert [one.place for one in await world.book.of(SERVER)] == [CHANNEL]
    await world.steward.changed(Destination.parse(OTHER_CHANNEL), Place.MUTED, home=SERVER, why="no rights")
    assert world.outbox.followed == {CHANNEL: OTHER_CHANNEL}, "nobody is sent to a muted place"
    assert world.outbox.muted.keys() == {OTHER_CHANNEL}


async def test_who_can_write_again_says_that_alerts_are_missing(world):
    await world.watch(GROUP)
    await world.steward.changed(Destination.parse(GROUP), Place.MUTED, why="restricted")
    await world.steward.changed(Destination.parse(GROUP), Place.BACK)
    await world.steward.changed(Destination.parse(GROUP), Place.BACK)
    assert [hearer for hearer, words in world.told() if "I can write here again" in words] == [GROUP]


async def test_a_server_that_invites_us_again_is_spoken_to_in_all_its_channels(world):
    await world.watch(SERVER, CHANNEL)
    for place in (CHANNEL, OTHER_CHANNEL):
        await world.book.add_place(SERVER, place)
    await world.steward.changed(Destination.parse(SERVER), Place.GONE, home=SERVER, why="removed")
    await world.steward.changed(Destination.parse(OTHER_CHANNEL), Place.JOINED, home=SERVER)
    assert world.outbox.muted == {}


async def test_an_owner_greeted_alone_goes_on_hearing_when_the_server_is_lost(world):
    owner = Destination.parse("discord/7")
    await world.watch(SERVER, CHANNEL)
    await world.book.add_place(SERVER, CHANNEL)
    await world.steward.changed(owner, Place.JOINED, home=SERVER)
    await world.steward.changed(Destination.parse(SERVER), Place.GONE, home=SERVER, why="removed")
    assert set(world.outbox.muted) == {SERVER, CHANNEL}
