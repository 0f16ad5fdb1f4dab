"""Every Sender: sends, replies, edits, deletes, and calls each misfortune by its right name."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from bot.errors import (
    DeliveryError,
    DestinationGone,
    DestinationMoved,
    RateLimited,
    Rejected,
    Transient,
)
from bot.messages.model import File
from tests.contract.platforms import MIGRATING, NETWORKED, PLATFORMS
from tests.contract.stands import CARD, LIST, NetworkedStand, Stand, Strike, words


@pytest.fixture(params=PLATFORMS)
async def stand(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stand]:
    async with PLATFORMS[request.param](tmp_path) as stand:
        yield stand


@pytest.fixture(params=NETWORKED)
async def networked(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[NetworkedStand]:
    async with PLATFORMS[request.param](tmp_path) as stand:
        yield cast("NetworkedStand", stand)


@pytest.fixture(params=MIGRATING)
async def migrating(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[NetworkedStand]:
    async with PLATFORMS[request.param](tmp_path) as stand:
        yield cast("NetworkedStand", stand)


async def test_it_speaks_for_the_platform_it_names(stand: Stand) -> None:
    assert stand.sender.platform == stand.place.platform


async def test_what_is_sent_stands_there_under_ids_of_their_own(stand: Stand) -> None:
    first = await stand.sender.send(stand.place, words("HF 1.07 & <b>falling</b> _*`"))
    second = await stand.sender.send(stand.place, words("HF 1.06"))
    assert stand.screen() == ["HF 1.07 & <b>falling</b> _*`", "HF 1.06"]
    assert first
    assert second not in ("", first)


async def test_a_reply_names_the_message_it_answers(stand: Stand) -> None:
    first = await stand.sender.send(stand.place, words("CRITICAL"))
    await stand.sender.send(stand.place, words("RESOLVED"), reply_to=first)
    assert stand.answered() == first


async def test_a_reply_to_what_has_vanished_is_sent_all_the_same(stand: Stand) -> None:
    first = await stand.sender.send(stand.place, words("CRITICAL"))
    await stand.sender.delete(stand.place, first)
    await stand.sender.send(stand.place, words("RESOLVED"), reply_to=first)
    assert stand.screen() == ["RESOLVED"]
    assert stand.answered() == ""


async def test_an_edit_replaces_and_an_unchanged_one_is_success(stand: Stand) -> None:
    card = await stand.sender.send(stand.place, CARD)
    for _ in range(2):
        await stand.sender.edit(stand.place, card, words("HF 1.01"))
    assert stand.screen() == ["HF 1.01"]


async def test_deleting_what_is_deleted_is_success(stand: Stand) -> None:
    card = await stand.sender.send(stand.place, CARD)
    for _ in range(2):
        await stand.sender.delete(stand.place, card)
    assert stand.screen() == []


async def test_a_file_arrives_whole_beside_its_words(stand: Stand) -> None:
    await stand.sender.send(stand.place, words("CRITICAL"))
    await stand.sender.send(stand.place, LIST)
    assert stand.files() == [("list.csv", "address,label\n0x1,träsury\n")]
    assert stand.screen() == ["CRITICAL", "Your list"]


async def test_a_file_with_a_hostile_name_or_nothing_in_it_arrives(stand: Stand) -> None:
    for name, text in (("../../.bash\u202erc", "x"), ("", ""), ("a/b:c\0.csv", "\ud83d\n")):
        assert await stand.sender.send(stand.place, words("Here", file=File(name, text)))
    assert len(stand.files()) == 3
    assert all(name.isprintable() and "/" not in name and name[:1] != "." for name, _ in stand.files())


async def test_words_that_came_with_a_file_can_be_edited_and_deleted(stand: Stand) -> None:
    sent = await stand.sender.send(stand.place, LIST)
    for _ in range(2):
        await stand.sender.edit(stand.place, sent, words("Your old list"))
    assert stand.screen() == ["Your old list"]
    await stand.sender.delete(stand.place, sent)
    assert stand.screen() == []


async def _met(stand: NetworkedStand, how: Strike) -> DeliveryError:
    place = await stand.strike(how)
    with pytest.raises(DeliveryError) as met:
        await stand.sender.send(place, words("HF 1.07"))
    return met.value


async def test_told_to_wait_it_says_how_long_and_that_it_is_this_chat(networked: NetworkedStand) -> None:
    error = await _met(networked, Strike.THROTTLED_7_S)
    assert isinstance(error, RateLimited)
    assert (error.retry_after, error.everything) == (7, False)
    assert await networked.sender.send(networked.place, words("again")), "it does not wait or retry by itself"


@pytest.mark.parametrize("how", [Strike.REFUSED_BY_READER, Strike.UNKNOWN_CHAT])
async def test_where_nobody_reads_the_destination_is_gone(networked: NetworkedStand, how: Strike) -> None:
    assert type(await _met(networked, how)) is DestinationGone


async def test_a_migrated_chat_is_followed(migrating: NetworkedStand) -> None:
    error = await _met(migrating, Strike.MIGRATED)
    assert isinstance(error, DestinationMoved)
    assert error.chat == migrating.moved_to


@pytest.mark.parametrize(
    ("how", "maybe_sent", "stands"),
    [
        (Strike.DROPPED_BEFORE, True, []),
        (Strike.DROPPED_AFTER, True, ["HF 1.07"]),
        (Strike.SERVER_ERROR, True, []),
        (Strike.GARBAGE, True, []),
        (Strike.NOBODY_LISTENS, False, []),
    ],
)
async def test_a_failing_line_is_transient_and_doubt_is_admitted(
    networked: NetworkedStand, how: Strike, *, maybe_sent: bool, stands: list[str]
) -> None:
    error = await _met(networked, how)
    assert isinstance(error, Transient)
    assert error.maybe_sent is maybe_sent
    assert networked.screen() == stands, "one attempt, no retry of its own"


async def test_editing_what_has_vanished_is_rejected(networked: NetworkedStand) -> None:
    card = await networked.sender.send(networked.place, CARD)
    await networked.sender.delete(networked.place, card)
    with pytest.raises(Rejected):
        await networked.sender.edit(networked.place, card, words("HF 1.01"))
