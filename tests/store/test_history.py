"""The past on a real store: what is kept of it, for how long, and what is let go."""

from dataclasses import replace

import pytest

from bot.domain.units import WAD, Address, Asset
from bot.errors import StoreError
from bot.ports import Point, Verdicts
from bot.store import keys
from bot.store.history import AT_ONCE, DAY, HOUR, MINUTE, REACH, StoredHistory
from bot.store.judgements import StoredJudgements
from bot.store.outbox import StoredOutbox
from bot.store.watchbook import StoredWatchBook
from bot.subscriptions import PriceTarget, subject_id
from tests.store.samples import ADDRESS, CHAT, GROUP, block, imagined, watch

T0 = 1_795_046_400
"""A midnight."""
ONE = "s1"


@pytest.fixture
def history(client) -> StoredHistory:
    return StoredHistory(client)


async def at(history: StoredHistory, subject: str = ONE, since: int = 0) -> list[int]:
    return [point.at - T0 for point in await history.series(subject, since)]


async def fill(history: StoredHistory, *moments: int, subject: str = ONE) -> None:
    for moment in moments:
        await history.add({subject: Point(T0 + moment, health=WAD)})


async def test_what_is_added_comes_back_by_subject(history):
    points = {
        "s1": Point(T0, health=3 * WAD // 2, price=3_012 * 10**8),
        "s2": Point(T0, price=10**26),
        "s3": Point(T0 + 1, health=10**40),
    }
    await history.add(points)
    for subject, point in points.items():
        assert await history.series(subject, 0) == (point,)
    assert await history.series("s4", 0) == ()
    await history.add({})


async def test_health_is_kept_to_a_millionth_and_a_price_to_the_last_digit(history):
    await history.add({ONE: Point(T0, health=1_234_567_891_234_567_891, price=123_456_789_123_456_789)})
    (kept,) = await history.series(ONE, 0)
    assert kept == Point(T0, 1_234_567_000_000_000_000, 123_456_789_123_456_789)


async def test_one_point_a_minute_and_none_of_the_past(history):
    await fill(history, 0, 12, 59, 60, 61, 30, 0, 180)
    assert await at(history) == [0, 60, 180]


async def test_since_leaves_out_what_is_older(history):
    await fill(history, 0, 60, 120)
    assert await at(history, since=T0 + 60) == [60, 120]
    assert await at(history, since=T0 + 121) == []


async def test_full_for_two_days_hourly_for_thirty_daily_for_four_hundred(client, history):
    days = [day * DAY for day in range(420)]
    hours = [days[-1] + hour * HOUR for hour in range(1, 24 * 40)]
    minutes = [hours[-1] + minute * MINUTE for minute in range(1, 60 * 50)]
    await fill(history, *days, *hours, *minutes)
    kept = await at(history)
    now = minutes[-1]
    full, hourly, daily = REACH
    assert [m for m in kept if m > now - full] == [m for m in (*hours, *minutes) if m > now - full]
    middle = [m for m in kept if now - hourly < m <= now - full - HOUR]
    assert middle == [m for m in hours if now - hourly < m <= now - full - HOUR]
    old = [m for m in kept if m <= now - hourly - HOUR]
    assert old == [m for m in (*days, *hours) if m % DAY == 0 and now - daily < m <= now - hourly - HOUR]
    assert kept == sorted(set(kept))
    sizes = [await client.llen(key) // 3 for key in keys.past(ONE)]
    assert sizes[0] <= 2 * 24 * 60
    assert sizes[1] <= 30 * 24
    assert sizes[2] <= 400


async def test_a_gap_leaves_nothing_stale_behind(client, history):
    await fill(history, 0, 60, 10 * DAY)
    assert await at(history) == [0, 10 * DAY]
    assert await client.llen(keys.past(ONE)[0]) == 3
    await fill(history, 1000 * DAY)
    assert await at(history) == [1000 * DAY]


async def test_every_key_ends_when_nothing_is_added_any_more(client, history):
    await fill(history, 0, 60)
    full, hourly, daily = [await client.ttl(key) for key in keys.past(ONE)]
    assert REACH[0] < full <= REACH[0] + HOUR
    assert REACH[1] - 60 < hourly <= REACH[1]
    assert REACH[2] - 60 < daily <= REACH[2]
    for key in keys.past(ONE):
        await client.expire(key, 100)
    await fill(history, HOUR)
    full, hourly, daily = [await client.ttl(key) for key in keys.past(ONE)]
    assert (full > 100, hourly > 100, daily <= 100) == (True, True, True)


async def test_more_subjects_than_go_into_one_call(history):
    subjects = [f"s{n}" for n in range(AT_ONCE + 5)]
    await history.add({subject: Point(T0, price=n + 1) for n, subject in enumerate(subjects)})
    for n in (0, AT_ONCE - 1, AT_ONCE, AT_ONCE + 4):
        assert await history.series(subjects[n], 0) == (Point(T0, price=n + 1),)


async def test_what_cannot_be_read_is_refused_with_its_key(client, history):
    await client.rpush(keys.past(ONE)[0], "1", "2")
    with pytest.raises(StoreError, match="past:s1:full"):
        await history.series(ONE, 0)


# ---- forgetting ------------------------------------------------------------------------------------

OTHER = Address("0x" + "Cd" * 20)
WETH = Asset(1, Address("0x" + "Ee" * 20), "WETH", 18)


@pytest.fixture
async def book(client) -> StoredWatchBook:
    judgements = StoredJudgements(client, StoredOutbox(client))
    for market in ("ethereum", "base"):
        await judgements.save(Verdicts(market, block(1)))
    return StoredWatchBook(client)


async def test_a_forgotten_home_takes_along_the_past_that_only_it_looked_at(history, book):
    mine = await book.add(imagined(GROUP))
    alone, shared = watch(GROUP), replace(watch(GROUP), target=replace(watch().target, address=OTHER))
    await book.add_many([alone, shared])
    await book.add(replace(shared, home=CHAT))
    await book.add(replace(watch(CHAT), target=PriceTarget("ethereum", WETH)))
    gone = [("ethereum", ADDRESS), ("base", ADDRESS), ("ethereum", mine.account)]
    left = [("ethereum", OTHER), ("base", OTHER), ("ethereum", WETH.address)]
    for market, thing in (*gone, *left):
        await fill(history, 0, subject=subject_id(market, thing))
    await book.forget(GROUP)
    assert [await at(history, subject_id(*one)) for one in gone] == [[], [], []]
    assert [await at(history, subject_id(*one)) for one in left] == [[0], [0], [0]]


async def test_what_is_no_longer_imagined_has_no_past_but_a_wallet_has(history, book):
    one, two = await book.add(imagined()), await book.add(watch())
    subjects = [subject_id("ethereum", each.account) for each in (one, two)]
    for subject in subjects:
        await fill(history, 0, subject=subject)
    await book.remove(one)
    await book.remove(two)
    assert [await at(history, subject) for subject in subjects] == [[], [0]]
