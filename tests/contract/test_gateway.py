"""Every Gateway: words and presses reach the desk, once or again under the same id, and it stops at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import cast

import pytest

from bot.errors import StoreError, UserError
from bot.ports import Request, Standing
from tests.contract.platforms import PLATFORMS, REDELIVERING, SHARED
from tests.contract.stands import CARD, FORM, GroupStand, Notebook, Stand

WITHIN_S = 10
"""A bound on hanging, not a measure of anything."""


@pytest.fixture(params=PLATFORMS)
async def stand(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stand]:
    async with PLATFORMS[request.param](tmp_path) as stand:
        yield stand


@pytest.fixture(params=REDELIVERING)
async def redelivering(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stand]:
    async with PLATFORMS[request.param](tmp_path) as stand:
        yield stand


@pytest.fixture(params=SHARED)
async def shared(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[GroupStand]:
    async with PLATFORMS[request.param](tmp_path) as stand:
        yield cast("GroupStand", stand)


Heard = Callable[[int], Awaitable[list[Request]]]


@asynccontextmanager
async def listening(stand: Stand, desk: Notebook) -> AsyncIterator[Heard]:
    """A gateway at work; call for the first n requests. It is cancelled at the end and must then stop."""
    news = asyncio.Event()
    desk.wrote = news.set
    task = asyncio.create_task(stand.gateway().run(desk))

    async def heard(count: int) -> list[Request]:
        async with asyncio.timeout(WITHIN_S):
            while len(desk.requests) < count:
                news.clear()
                await news.wait()
        return desk.requests[:count]

    try:
        yield heard
    finally:
        task.cancel()
        async with asyncio.timeout(WITHIN_S):
            with suppress(asyncio.CancelledError):
                await task


async def test_words_become_a_request_from_that_person_in_that_place(stand: Stand) -> None:
    async with listening(stand, Notebook()) as heard:
        stand.say("/watch treasury.eth 1.5")
        [request] = await heard(1)
    assert (request.text, request.press, request.private) == ("/watch treasury.eth 1.5", "", True)
    assert request.place == stand.place
    assert request.person.id.startswith(f"{stand.place.platform}/")
    assert request.id.startswith(f"{stand.place.platform}/")


async def test_requests_of_one_chat_come_in_order_under_different_ids(stand: Stand) -> None:
    said = [f"/status {n}" for n in range(12)]
    async with listening(stand, Notebook()) as heard:
        for text in said:
            stand.say(text)
        requests = await heard(12)
    assert [request.text for request in requests] == said
    assert len({request.id for request in requests}) == 12


async def test_a_press_is_noticed_and_its_words_are_flashed(stand: Stand) -> None:
    card = await stand.sender.send(stand.place, CARD)
    async with listening(stand, Notebook(flash="Quiet until 14:05")) as heard:
        stand.press(card, "Ack")
        [request] = await heard(1)
        assert await stand.flashed() == "Quiet until 14:05"
    assert (request.press, request.message_id, request.text) == ("1|ack|i1", card, "")
    assert request.place == stand.place


async def test_a_button_that_asks_for_a_form_tells_which(stand: Stand) -> None:
    card = await stand.sender.send(stand.place, FORM)
    async with listening(stand, Notebook(flash="")) as heard:
        stand.press(card, "Watch a wallet")
        [request] = await heard(1)
    assert request.press == "1|ask|watch.wallet"


async def test_in_private_nobody_need_be_asked_for_a_standing(stand: Stand) -> None:
    async with listening(stand, Notebook()) as heard:
        stand.say("/status")
        [request] = await heard(1)
        assert await request.standing() == Standing()
    assert request.home == request.place
    assert request.file is None


async def test_in_a_group_the_platform_says_who_is_its_administrator(shared: GroupStand) -> None:
    async with listening(shared, Notebook()) as heard:
        shared.say_in_group("/status", as_admin=True)
        shared.say_in_group("/status", as_admin=False)
        admin, member = await heard(2)
        assert await admin.standing() == Standing(is_admin=True)
        assert await member.standing() == Standing(is_admin=False)
    assert admin.home == member.home != shared.place
    assert not admin.private
    assert admin.person.id != member.person.id


async def test_a_file_that_comes_with_words_can_be_read(shared: GroupStand) -> None:
    async with listening(shared, Notebook()) as heard:
        shared.hand_over("/import", "list.csv", "\ufeff0x1,träsury\n".encode())
        [request] = await heard(1)
        assert request.file is not None
        assert await request.file.fetch() == "0x1,träsury\n"
    assert (request.text, request.file.name) == ("/import", "list.csv")


@pytest.mark.parametrize(
    ("content", "fault"),
    [(b"x" * 200_001, "file_too_large"), (b"\xff\xfe0\0x\0", "file_not_text"), (b"a\0b", "file_not_text")],
)
async def test_a_file_that_is_no_list_is_the_persons_fault(
    shared: GroupStand, content: bytes, fault: str
) -> None:
    async with listening(shared, Notebook()) as heard:
        shared.hand_over("/import", "list.csv", content)
        [request] = await heard(1)
        assert request.file is not None
        with pytest.raises(UserError) as met:
            await request.file.fetch()
    assert met.value.problem == fault


async def test_a_desk_that_breaks_over_one_request_hears_the_next(stand: Stand) -> None:
    desk = Notebook(fault=ZeroDivisionError())
    async with listening(stand, desk) as heard:
        stand.say("/break")
        await heard(1)
        desk.fault = None
        stand.say("/status")
        assert (await heard(2))[1].text == "/status"


async def test_cancelled_while_a_request_is_at_the_desk_it_stops(stand: Stand) -> None:
    class Slow(Notebook):
        async def handle(self, request: Request) -> None:
            await super().handle(request)
            await asyncio.Event().wait()

    async with listening(stand, Slow()) as heard:
        stand.say("/status")
        await heard(1)


async def test_what_was_not_handled_comes_again_under_the_same_id(redelivering: Stand) -> None:
    desk = Notebook(fault=StoreError("away"))
    news = asyncio.Event()
    desk.wrote = news.set
    redelivering.say("/watch treasury.eth")
    with pytest.raises(StoreError):
        await asyncio.wait_for(redelivering.gateway().run(desk), WITHIN_S)
    desk.fault = None
    async with listening(redelivering, desk) as heard:
        first, second = await heard(2)
    assert first == second


async def test_what_was_handled_does_not_come_again_after_a_stop(redelivering: Stand) -> None:
    desk = Notebook()
    async with listening(redelivering, desk) as heard:
        redelivering.say("/one")
        await heard(1)
    async with listening(redelivering, desk) as heard:
        redelivering.say("/two")
        await heard(2)
    assert [request.text for request in desk.requests] == ["/one", "/two"]
