"""Every LabelBook: the stored one, and the fake that tests of commands and of the monitor lean on."""

from dataclasses import replace

import pytest
from redis.asyncio import Redis

from bot.domain.labels import BY_HAND, PROOF, Confidence, Label, LabelKind
from bot.domain.units import Address
from bot.errors import UserError
from bot.ports.flows import LabelBook
from bot.store.labels import HOMES_MOST, StoredLabels
from tests.fakes import FakeLabels
from tests.store.fixtures import client, store_url
from tests.store.samples import CHAT, GROUP

__all__ = ["client", "store_url"]

ONE, TWO, THREE = (Address("0x" + digit * 40) for digit in "123")
TABLE = (
    Label(1, ONE, "Binance", LabelKind.HOT, Confidence.SURE, (PROOF,), "2022-11", "Binance 14"),
    Label(56, ONE, "Binance", LabelKind.MAIN, Confidence.SURE, (PROOF,), "2022-11"),
)
HOSTILE = "\u202e<b>*_`\n\ud800" + "x" * 100


def label(address: Address = TWO, chain_id: int = 1, exchange: str = "Kraken", note: str = "") -> Label:
    kind, confidence = LabelKind.MAIN, Confidence.SAID
    return Label(chain_id, address, exchange, kind, confidence, (BY_HAND,), "2026-11-30", note)


def numbered(count: int, start: int = 1) -> list[Label]:
    return [label(Address(f"0x{n:040x}")) for n in range(start, start + count)]


@pytest.fixture(params=["stored", "faked"])
async def book(request: pytest.FixtureRequest, client: Redis) -> LabelBook:
    return StoredLabels(client, TABLE) if request.param == "stored" else FakeLabels(TABLE)


async def test_an_empty_book_knows_its_table(book):
    assert book.table() == TABLE
    assert await book.all() == await book.all(CHAT) == ()
    assert await book.of(ONE, CHAT) == TABLE
    assert await book.of(TWO) == ()
    assert await book.version() == 0


async def test_what_is_put_comes_back_as_it_was(book):
    odd = label(note=HOSTILE)
    assert await book.put([odd, label(THREE, 42161), label(THREE, 1)]) == 3
    assert await book.all() == (odd, label(THREE, 1), label(THREE, 42161))
    assert await book.all(CHAT) == ()


async def test_putting_again_replaces(book):
    await book.put([label()])
    assert await book.put([label(exchange="OKX"), label(THREE)]) == 1
    assert await book.all() == (label(exchange="OKX"), label(THREE))


async def test_the_same_place_twice_in_one_go_is_one_and_the_last_counts(book):
    assert await book.put([label(), label(exchange="OKX")]) == 1
    assert await book.all() == (label(exchange="OKX"),)


async def test_layers_keep_apart_and_the_nearest_comes_first(book):
    mine, ours = label(ONE, exchange="Mine"), label(ONE, 10, exchange="Operator")
    await book.put([mine], CHAT)
    await book.put([ours])
    assert await book.of(ONE, CHAT) == (mine, ours, *TABLE)
    assert await book.of(ONE, GROUP) == await book.of(ONE) == (ours, *TABLE)
    assert await book.all(CHAT) == (mine,)
    assert await book.all() == (ours,)


async def test_what_is_removed_uncovers_what_lies_beneath(book):
    await book.put([label(ONE, chain_id, "Mine") for chain_id in (1, 10)], CHAT)
    await book.put([label(ONE, exchange="Operator")])
    assert await book.remove(ONE, CHAT) == 2
    assert await book.remove(ONE, CHAT) == 0
    assert await book.of(ONE, CHAT) == (label(ONE, exchange="Operator"), *TABLE)
    assert await book.remove(ONE) == 1
    assert await book.of(ONE) == TABLE
    assert await book.remove(ONE) == 0  # the table is not the store's


async def test_each_change_is_a_new_version_and_nothing_else_is(book):
    seen = [await book.version()]
    await book.put([label()])
    seen.append(await book.version())
    await book.put([label(exchange="OKX")], CHAT)
    seen.append(await book.version())
    await book.remove(TWO, CHAT)
    seen.append(await book.version())
    assert seen == sorted(set(seen))
    await book.put([])
    await book.remove(THREE)
    await book.of(TWO)
    assert await book.version() == seen[-1]


async def test_a_home_keeps_a_thousand_and_one_more_changes_nothing(book):
    assert await book.put(numbered(HOMES_MOST), CHAT) == HOMES_MOST
    before = await book.version()
    with pytest.raises(UserError, match="too_many_labels"):
        await book.put([label(Address("0x" + "f" * 40)), replace(numbered(1)[0], exchange="OKX")], CHAT)
    assert await book.all(CHAT) == tuple(numbered(HOMES_MOST))
    assert await book.version() == before
    changed = replace(numbered(1)[0], exchange="OKX")
    assert await book.put([changed], CHAT) == 0  # a replacement needs no room
    assert await book.put(numbered(HOMES_MOST + 5)) == HOMES_MOST + 5  # the operator has more
    assert len(await book.all()) == HOMES_MOST + 5
