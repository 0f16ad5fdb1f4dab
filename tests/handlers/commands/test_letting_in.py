"""Groups and servers that are let in, people who bring us along, and who is answered at all."""

from dataclasses import replace

import pytest

from bot.messages.answers import NotAllowed
from bot.messages.rich import text_of
from bot.ports import Person
from bot.subscriptions import Destination
from handlers.commands.access import Policy
from tests.handlers.commands.people import GROUP, RANK, ROLES, SERVER, WORLDS, Role, World, asked, stand_in
from tests.handlers.commands.stand import Stand
from tests.messages.samples import WALLET


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("role", ROLES)
async def test_start_lets_a_group_in_when_somebody_known_who_administers_it_says_so(
    world: World, role: Role
) -> None:
    stand = await stand_in(world, role)
    before = set(stand.book.let_in)
    await stand.hears(asked(stand, world, role, "/start"))
    comes_in = not role.let_in and RANK[role.has] >= RANK["admin"]
    assert stand.book.let_in == before | ({world.home} if comes_in else set())
    if comes_in:
        message = stand.outbox.messages[-1]
        assert text_of(message.lines).startswith("I listen here from now on")
        member = replace(asked(stand, world, role, "/wallets"), person=Person(f"{world.platform}/99"))
        assert not isinstance(await stand.hears(member), NotAllowed | None)
        assert "from now on" not in text_of(
            (await stand.message(asked(stand, world, role, "/start"))).lines  # type: ignore[union-attr]
        )


async def test_a_stranger_in_a_group_learns_its_id_from_start() -> None:
    stand = await stand_in(GROUP, ROLES[0])
    message = await stand.message(asked(stand, GROUP, ROLES[0], "/start"))
    assert message is not None
    assert "telegram/-100 (this chat)" in text_of(message.lines)


async def test_whoever_is_known_lets_a_group_in_by_bringing_us() -> None:
    stand = Stand(
        policy=Policy(allowed=frozenset({"telegram/8", "telegram/-1"}), operators=frozenset({"telegram/7"}))
    )
    stand.book.made_operators.add("discord/9")
    stand.book.moves["telegram/-1001"] = frozenset({"telegram/-1"})
    await stand.book.admit("discord/s3")
    for home, person, comes_in in (
        ("telegram/-100", "telegram/8", True),
        ("telegram/-100", "telegram/7", True),
        ("discord/s1", "discord/9", True),
        ("telegram/-100", "telegram/66", False),
        ("telegram/-100", "", False),
        ("telegram/-1", "", True),
        ("telegram/-1001", "telegram/66", True),
        ("discord/s3", "discord/66", True),
    ):
        assert await stand.policy.may_admit(home, person, stand.book) is comes_in, (home, person)


# ---- whose chat it is -----------------------------------------------------------------------------------


async def test_a_person_who_brought_us_along_owns_their_own_list_and_nothing_there() -> None:
    """A Discord user install: the server is not ours, the home is the person."""
    stand = Stand(policy=Policy(allowed=frozenset({"discord/8"})))
    channel = Destination("discord", "c77")
    for person, heard in (("discord/8", True), ("discord/9", False)):
        request = stand.request(
            f"/watch {WALLET}",
            person=Person(person),
            place=channel,
            private=False,
            server=person.removeprefix("discord/"),
            answer_to="interaction",
        )
        answer = await stand.hears(request)
        assert isinstance(answer, NotAllowed) is not heard
    (watch,) = stand.book.watches
    assert (watch.home, watch.place) == ("discord/8", "")
    assert stand.book.places_of == {}, "nothing can be sent to that channel"
    delivery = next(iter(stand.outbox.deliveries.values()))
    assert (delivery.destination, delivery.home) == (channel.id, "discord/8")
    assert delivery.answer_to == "interaction"


async def test_a_place_is_remembered_when_somebody_who_may_speaks_there() -> None:
    stand = await stand_in(GROUP, Role("stranger", "anyone", let_in=False))
    stand.book.places_of.clear()
    stranger = Role("stranger", "anyone")
    await stand.hears(asked(stand, GROUP, stranger, "/wallets"))
    assert stand.book.places_of == {}
    stand = await stand_in(GROUP, Role("member", "viewer"))
    stand.book.places_of.clear()
    await stand.hears(asked(stand, GROUP, stranger, "/wallets"))
    assert stand.book.places_of == {"telegram/-100": {"telegram/-100/5"}}


async def test_somebody_who_sees_us_think_is_always_answered() -> None:
    """Discord shows "thinking" until something comes."""
    stand = await stand_in(SERVER, ROLES[0])
    for text in ("/wallets", "/nonsense", "hello", ""):
        before = len(stand.outbox.deliveries)
        request = replace(asked(stand, SERVER, ROLES[0], text), answer_to="interaction")
        assert await stand.hears(request) is not None, text
        (*_, delivery) = stand.outbox.deliveries.values()
        assert len(stand.outbox.deliveries) == before + 1
        assert delivery.answer_to == "interaction"
    for press in ("nonsense", "1|nonsense|", "1|ack|gone", "0|ack|old", ""):
        request = replace(asked(stand, SERVER, Role("member", "viewer"), press=press or "1|"))
        assert await stand.desk.notice(request), press
