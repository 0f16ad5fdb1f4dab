"""/story on an episode: what its accounts did so far, how each act is known, and the published loss."""

import asyncio
from dataclasses import replace
from fractions import Fraction

import pytest

from bot.domain.labels import Confidence, Label, LabelKind, Labels
from bot.domain.story.events import EventKind, Priced
from bot.domain.story.past import Past
from bot.domain.story.told import tell
from bot.domain.units import WAD, Address, BaseAmount
from bot.errors import SourceError
from tests.golden.story import TABLE
from tests.watchers.replay.test_replay import TREND, UNSOLD, played
from watchers.aave.baskets import load_baskets
from watchers.replay import Replay, ReplayStories, load_episode

USD = 10**8
UNWIND = {EventKind.WITHDRAW, EventKind.TO_EXCHANGE, EventKind.FROM_EXCHANGE, EventKind.REPAY}


async def past_of(replay: Replay, *accounts: Address) -> Past:
    return await ReplayStories(replay, load_baskets()).past(accounts, Labels())


def loss(past: Past, cost: str) -> Fraction:
    """In millions of dollars, with what was there before at a cost."""
    story = tell(
        past.events,
        [TREND],
        whole=past.whole,
        money=["usd"],
        cost_given=BaseAmount(int(Fraction(cost) * USD)),
    )
    [book] = story.books
    average, fifo = book.by
    assert average.profit == fifo.profit, "one cost for all"
    return Fraction(-average.profit, USD * 10**6)


@pytest.fixture(scope="module")
def trend() -> tuple[Replay, Past]:
    async def end() -> tuple[Replay, Past]:
        replay, _seen = await played(load_episode("trend-research"))
        return replay, await past_of(replay, TREND)

    return asyncio.run(end())


async def test_the_loss_of_the_episode_is_within_what_was_published(trend: tuple[Replay, Past]) -> None:
    """At EmberCN's cost it is. At Arkham's it is 1.2 % below Ai Yi's 688: the episode sells at each moment's
    oracle price, 2,062 on average, where Lookonchain saw 2,055 of another set of addresses.
    """
    _replay, past = trend
    assert TABLE["low"] <= loss(past, "3180") * 10**6 <= TABLE["high"]
    assert abs(loss(past, "3180") / 734 - 1) < Fraction(1, 100)
    assert abs(loss(past, "3105.5") / 688 - 1) < Fraction(2, 100)
    story = tell(past.events, [TREND], whole=past.whole, money=["usd"])
    [book] = story.books
    assert not book.by[0].known, "what was there before has no cost of its own"
    assert abs(Fraction(book.sold.quantity, 651_757 * WAD) - 1) < Fraction(1, 1_000)
    assert abs(book.sold.average / (2_055 * USD) - 1) < Fraction(1, 100)
    [debt] = story.debts
    assert debt.interest is None


async def test_events_say_how_they_are_known_and_no_made_up_transaction_is_linked(
    trend: tuple[Replay, Past],
) -> None:
    replay, past = trend
    assert {one.kind for one in past.events} == UNWIND
    assert all(one.certainty and one.source and one.link.startswith("https://") for one in past.events)
    assert all(one.priced is Priced.ORACLE and not one.tx for one in past.events)
    assert {one.exchange for one in past.events if not one.market} == {"Binance"}
    [reach] = past.reach
    assert (reach.block, reach.until) == (replay.episode.head.first_block, replay.block)
    assert not past.whole
    assert past.episode.startswith("Trend Research, 28 January")
    assert [one.at for one in past.prices] == sorted(one.at for one in past.prices)
    assert 3 < len(past.prices) <= 401
    assert (await past_of(replay, UNSOLD)).events == ()


async def test_it_tells_what_happened_so_far(trend: tuple[Replay, Past]) -> None:
    _replay, whole = trend
    replay = Replay(load_episode("trend-research"))
    stories = ReplayStories(replay, load_baskets())
    with pytest.raises(SourceError):
        await stories.past((TREND,), Labels())
    seen = (await played(load_episode("gap")))[1]
    seen.follow = replace(seen.follow, wallets=frozenset({TREND}))
    half = whole.events[len(whole.events) // 2].at
    await replay.run(seen, until=half)
    first = await stories.past((TREND,), Labels())
    assert first.events == tuple(one for one in whole.events if one.at <= half)
    await replay.run(seen)
    assert (await stories.past((TREND,), Labels())).events == whole.events


async def test_labels_of_the_bot_count_too(trend: tuple[Replay, Past]) -> None:
    replay, past = trend
    other = Label(1, TREND, "Kraken", LabelKind.HOT, Confidence.SAID, ("by-hand",), "2026-10")
    binance = next(one.other for one in past.events if one.exchange)
    assert binance is not None
    found = await ReplayStories(replay).past((binance,), Labels.of([other]))
    assert {(one.kind, one.exchange) for one in found.events} == {
        (EventKind.TO_EXCHANGE, "Kraken"),
        (EventKind.FROM_EXCHANGE, "Kraken"),
    }
    assert found.whole, "nobody's position was there before"
