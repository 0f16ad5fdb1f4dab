"""/replay through the desk: what is read, what is refused, what is said; the real monitors play."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.app.replaying import Replays
from bot.domain.rules import HealthRule
from bot.domain.units import WAD
from bot.messages.answers import Answer, Fault
from bot.messages.facts import facts
from bot.messages.replayfacts import ReplayShown, SeriesRefused
from bot.ports import Attachment, Point
from bot.subscriptions import ChatSettings, Pace, subject_id
from tests.handlers.commands.stand import Stand
from tests.messages.samples import NOW, USD, WETH

DAY_S = 86_400


@pytest.fixture
def stand() -> Stand:
    return Stand()


async def told(stand: Stand, text: str, csv: str = "") -> Answer:
    request = stand.request(text)
    if csv:

        async def fetch() -> str:
            return csv

        request = replace(request, file=Attachment("prices.csv", fetch))
    return await stand.hears(request)


def wad(*levels: float) -> HealthRule:
    return HealthRule(tuple(int(level * 100) * WAD // 100 for level in levels))


async def test_two_ladders_side_by_side(stand: Stand) -> None:
    words = await stand.ask("/replay gap hf 1.5 1.1 vs hf 1.05")
    for said in (
        "Replay · A gap",
        "SYNTHETIC: made up",
        "Long ETH · Lowest health factor 0.91 on 1 Jan 2026, 03:10 UTC, ETH $1,905",
        "It could be liquidated from 1 Jan 2026, 02:00 UTC on",
        "A: hf 1.5 1.1",
        "B: hf 1.05",
        "Messages: A 3 · B 3",
        "First warning: A 1 Jan 2026, 00:00 UTC · B 1 Jan 2026, 02:00 UTC",
        "Before liquidation: A 2 h · B 0 s",
    ):
        assert said in words, words
    answer = stand.composer.heard[-1]
    assert isinstance(answer, ReplayShown)
    assert [one.rules for one in answer.played.ladders] == [(wad(1.5, 1.1),), (wad(1.05),)]
    whole = json.dumps(facts(answer))
    assert json.loads(whole)["played"]["course"]["under_at"] == answer.played.course.under_at


async def test_ones_own_watch_with_its_own_rules_and_what_stands_for_what(stand: Stand) -> None:
    await stand.ask("/watch treasury.eth as treasury")
    answer = await told(stand, "/replay 1 trend-research")
    assert isinstance(answer, ReplayShown)
    assert answer.whose is not None
    assert answer.whose.watch is not None
    [ladder] = answer.played.ladders
    assert ladder.rules == answer.whose.watch.rules
    assert ("USDC", "USDT") in answer.taken
    assert answer.played.asset is not None
    assert answer.played.asset.symbol == "WETH"


async def test_a_typed_position_in_any_order_of_words(stand: Stand) -> None:
    lines = ("10 ETH vs 16k USDT trend-research hf 1.2", "trend-research 10 ETH vs 16k USDT hf 1.2")
    first, second = [await told(stand, f"/replay {line}") for line in lines]
    assert isinstance(first, ReplayShown)
    assert isinstance(second, ReplayShown)
    assert first.played == second.played
    assert first.played.ladders[0].fired


async def test_reminders_come_at_the_pace_of_the_chat(stand: Stand) -> None:
    eager = await told(stand, "/replay trend-research hf 1.5")
    await stand.book.put_settings("telegram/7", ChatSettings(pace=Pace.OFF))
    calm = await told(stand, "/replay trend-research hf 1.5")
    assert isinstance(eager, ReplayShown)
    assert isinstance(calm, ReplayShown)
    assert calm.played.ladders[0].messages < eager.played.ladders[0].messages


async def test_prices_and_flows(stand: Stand) -> None:
    prices = await told(stand, "/replay ETH below 2000 trend-research")
    assert isinstance(prices, ReplayShown)
    fell = prices.played.ladders[0].fired[0]
    assert datetime.fromtimestamp(fell.at, UTC).isoformat() == "2026-02-05T14:44:36+00:00"
    assert fell.price < 2_000 * USD
    flows = await told(stand, "/replay transfer $50m trend-research")
    assert isinstance(flows, ReplayShown)
    assert flows.played.ladders[0].messages == 4


async def test_the_past_that_was_kept(stand: Stand) -> None:
    falling = [Point(NOW - DAY_S + hour * 3_600, price=(3_000 - 50 * hour) * USD) for hour in range(24)]
    stand.history.points[subject_id("ethereum", WETH.address)] = falling
    answer = await told(stand, "/replay 10 ETH vs 20k USDC 2d hf 1.2 1.05")
    assert isinstance(answer, ReplayShown), answer
    assert answer.played.kind == "history"
    by_hand = [
        (point.at, level)
        for level in (1.2, 1.05)
        for point in falling
        if 10 * point.price * 83 // 100 < 20_000 * USD * level
    ]
    firsts = [min(at for at, of in by_hand if of == level) for level in (1.2, 1.05)]
    blocks = [falling[0].at + -(-(at - falling[0].at) // 12) * 12 for at in firsts]
    fired = [one.at for one in answer.played.ladders[0].fired if one.reason.value in {"first", "worsened"}]
    assert fired == blocks
    early = await told(stand, "/replay 10 ETH vs 20k USDC 2025-01-01..2025-01-03")
    assert isinstance(early, Fault)
    assert early.problem == "no_past_to_replay"


CSV = "time,price\n2026-02-01 00:00,3000\n2026-02-01T06:00Z,2500.50\n1769940000,2000\n"


async def test_a_file_of_prices(stand: Stand) -> None:
    answer = await told(stand, "/replay 10 ETH vs 16k USDC csv hf 1.3 vs hf 1.05", CSV)
    assert isinstance(answer, ReplayShown), answer
    assert answer.played.kind == "series"
    first, second = (one.first("") for one in answer.played.ladders)
    assert first is not None
    assert second is not None
    assert (first.at, second.at) == (1769925600, 1769940000)
    refused = await told(
        stand, "/replay 10 ETH vs 16k USDC csv", "time,price\nyesterday,1\n2026-02-01,-5\n\0"
    )
    assert isinstance(refused, SeriesRefused)
    assert [(one.number, one.problem) for one in refused.faults] == [
        (2, "time"),
        (3, "price"),
        (4, "columns"),
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("", "missing_replay"),
        ("1 trend", "missing_replay"),
        ("/etc/passwd", "missing_replay"),
        ("../x.episode.jsonl", "missing_replay"),
        ("99 gap", "no_watches"),
        ("gap hf", "unknown_rule"),
        ("gap hf 1.2 vs", "missing_value"),
        ("gap hf 1.2 vs hf 1.1 vs hf 1.05", "replay_two_ladders"),
        ("gap below 2000", "replay_needs_asset"),
        ("7d hf 1.2", "replay_needs_position"),
        ("10 ETH vs 5k FOO gap", "unknown_coin"),
        ("10 ETH vs 5k USDT lt=0.8 gap", "replay_own_terms"),
        ("10 ETH vs 5k USDC csv", "replay_needs_file"),
        ("10 ETH vs 5k USDC 2026-02-31..2026-03-01", "not_a_range"),
        ("10 ETH vs 5k USDC 2026-03-02..2026-03-01", "not_a_range"),
        ("10 ETH vs 5k USDC 2020-03-02..2026-03-01", "not_a_range"),
    ],
)
async def test_what_cannot_be_played_is_answered(stand: Stand, line: str, problem: str) -> None:
    answer = await told(stand, f"/replay {line}".strip())
    assert isinstance(answer, Fault), answer
    assert answer.problem == problem
    if answer.example.startswith("/replay"):
        again = await told(stand, answer.example)
        assert not isinstance(again, Fault) or again.problem in {"no_past_to_replay", "no_watches"}


async def test_one_at_a_time_and_nobody_waits_for_it() -> None:
    replays = Replays()
    stand = Stand(replays=replays)
    first = asyncio.create_task(told(stand, "/replay trend-research hf 1.5"))
    longest = 0.0
    loop = asyncio.get_running_loop()
    busy: Answer | None = None
    while not first.done():
        began = loop.time()
        await asyncio.sleep(0)
        longest = max(longest, loop.time() - began)
        if busy is None and replays._busy:
            busy = await told(Stand(replays=replays), "/replay gap")
    assert isinstance(busy, Fault)
    assert busy.problem == "replay_running"
    assert isinstance(await first, ReplayShown)
    assert not replays._busy
    print(f"longest turn of everybody else while a replay ran: {longest * 1000:.0f} ms")


async def test_one_that_nobody_waits_for_any_more_ends() -> None:
    replays = Replays()
    task = asyncio.create_task(told(Stand(replays=replays), "/replay trend-research hf 1.5"))
    while not replays._busy:  # noqa: ASYNC110  a thread does it
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not replays._busy
    assert isinstance(await told(Stand(replays=replays), "/replay gap"), ReplayShown)
