"""Labels on a real server: large layers, records that cannot be read, homes that go or move."""

import pytest

from bot.domain.labels import LEARNED
from bot.domain.units import Address
from bot.errors import StoreError, UserError
from bot.store import keys, labels
from bot.store.labels import StoredLabels
from bot.store.outbox import StoredOutbox
from bot.store.pacing import PlatformPace
from bot.store.watchbook import StoredWatchBook
from tests.contract.test_label_book import ONE, TWO, label, numbered
from tests.store.samples import CHAT, GROUP

NEW = "telegram/-9"


@pytest.fixture
def book(client):
    return StoredLabels(client)


async def test_many_go_in_pages_and_all_come_back(book):
    many = numbered(2 * labels.AT_ONCE + 7)
    assert await book.put(many) == len(many)
    assert await book.all() == tuple(many)
    assert await book.put(many) == 0


async def test_the_operators_layer_is_bounded_too(book, monkeypatch):
    monkeypatch.setattr(labels, "OPERATORS_MOST", 3)
    await book.put(numbered(3))
    with pytest.raises(UserError) as refused:
        await book.put(numbered(1, start=9))
    assert refused.value.wrong == numbered(1, start=9)[0].address
    assert len(await book.all()) == 3


async def test_a_layer_that_is_too_large_already_may_still_be_put_right(book, monkeypatch):
    """As that of a group which moved to a chat with labels of its own."""
    await book.put(numbered(3), CHAT)
    monkeypatch.setattr(labels, "HOMES_MOST", 2)
    changed = label(numbered(1)[0].address, exchange="OKX")
    assert await book.put([changed], CHAT) == 0
    assert changed in await book.all(CHAT)
    with pytest.raises(UserError):
        await book.put(numbered(1, start=9), CHAT)


async def test_two_processes_see_each_others_changes(client, book):
    other = StoredLabels(client)
    await book.put([label()])
    assert await other.all() == (label(),)
    assert await other.version() == await book.version() == 1


async def test_a_record_that_cannot_be_read_is_told_by_its_key(client, book):
    await book.put([label()])
    await client.hset(keys.labels(""), f"1/{TWO}", '{"v":9}')
    for ask in (book.all(), book.of(TWO)):
        with pytest.raises(StoreError, match=r"uk:\{core\}:labels"):
            await ask


async def test_a_forgotten_home_takes_its_labels_with_it_and_no_others(client, book):
    await book.put([label()], GROUP)
    await book.put([label()], CHAT)
    await book.put([label(ONE)])
    before = await book.version()
    await StoredWatchBook(client).forget(GROUP)
    assert await book.all(GROUP) == ()
    assert await book.all(CHAT) == (label(),)
    assert await book.all() == (label(ONE),)
    assert await book.version() > before
    assert not [key async for key in client.scan_iter() if GROUP in key]


async def test_a_moved_group_takes_its_labels_along(client, book):
    outbox = StoredOutbox(client, pacing={"telegram": PlatformPace()})
    await book.put([label(), label(ONE)], GROUP)
    await book.put([label(exchange="OKX")], NEW)
    before = await book.version()
    await outbox.moved(GROUP, NEW)
    assert await book.all(GROUP) == ()
    assert await book.all(NEW) == (label(ONE), label(exchange="OKX"))  # what is said there stands
    assert await book.version() > before


async def test_an_old_record_without_a_note_is_read(client, book):
    fields = (
        '{"chain_id":1,"address":"ADDRESS","exchange":"OKX","kind":"deposit","confidence":"probable",'
        '"sources":["learned"],"seen":"2026-11"}'
    ).replace("ADDRESS", TWO)
    await client.hset(keys.labels(""), f"1/{TWO}", f'{{"v":1,"kind":"label","is":{fields}}}')
    (found,) = await book.all()
    assert (found.sources, found.note) == ((LEARNED,), "")
    assert found.address == Address(TWO)
