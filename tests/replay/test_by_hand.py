"""One rule checked by hand: a ladder over Trend Research's weeks, from the price path by plain arithmetic.

Nothing of the program decides here: the lines of the file are read as JSON; the feed, the interest, the
health factor and the ladder are reckoned below in fractions, block by block, and must give the same moments.
"""

import json
from bisect import bisect_right
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from bot.app.replaying import Replays
from bot.domain.alerts import Reason
from bot.domain.rules import HealthRule
from bot.domain.units import WAD, RawAmount
from bot.domain.whatif.hypothetical import hypothetical
from bot.ports.rehearsals import ReplayAsked
from bot.subscriptions import ChatSettings, Pace

FILE = Path("watchers/replay/episodes/trend-research.episode.jsonl")
COINS, DOLLARS = 10, 16_000
LEVELS = (Fraction(120, 100), Fraction(105, 100), Fraction(95, 100))
BAND, CLEAR_S, BLOCK_S, STRIDE_S = Fraction(3, 100), 60, 12, 3_600
YEAR_S = 31_536_000


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def rows(kind: str) -> list[dict]:
    lines = [json.loads(line) for line in FILE.read_text().splitlines()]
    return [one for one in lines if one["is"] == kind]


def market_price(points: list[tuple[int, int]], when: int) -> int:
    """On the line between two points, cents of a cent rounded down."""
    after = bisect_right(points, when, key=lambda one: one[0])
    (start, low), (end, high) = points[after - 1], points[min(after, len(points) - 1)]
    return low if end <= start or start == when else low + (high - low) * (when - start) // (end - start)


def by_hand() -> list[tuple[int, str, Fraction]]:
    """(time, what is said, the level)."""
    head = rows("episode")[0]
    starts, ends = seconds(head["starts"]), seconds(head["ends"])
    weth = next(one for one in rows("reserve") if one["asset"] == "WETH")
    usdt = next(one for one in rows("reserve") if one["asset"] == "USDT")
    points = [
        (seconds(one["at"]), int(Fraction(one["price"]) * 10**8))
        for one in rows("price")
        if one["asset"] == "WETH"
    ]
    happens = {
        -(-(seconds(one["at"]) - starts) // BLOCK_S)
        for line in FILE.read_text().splitlines()
        if "at" in (one := json.loads(line)) and one["is"] != "figure"
    }
    blocks = range((ends - starts) // BLOCK_S + 1)
    told = market_price(points, starts)  # what the oracle says
    told_at, waiting, answer = starts, None, told
    step, well_since, said = 0, 0, []
    for block in blocks:
        now = starts + block * BLOCK_S
        reported = False
        if waiting is not None and now >= waiting[0]:
            answer, told_at, waiting, reported = waiting[1], now, None, True
            told = answer
        elif waiting is None and block:
            price = market_price(points, now)
            if abs(price - told) * 10_000 >= 50 * told or now - told_at >= 3_600:
                waiting = now + 12, price  # the price that called for it, a block later
        if not (reported or block in happens or block % (STRIDE_S // BLOCK_S) == 0 or now + BLOCK_S > ends):
            continue
        years = Fraction(now - starts, YEAR_S)
        rate = Fraction(usdt["debt_rate"])
        debt = DOLLARS * (1 + rate * years + (rate * years) ** 2 / 2 + (rate * years) ** 3 / 6)
        worth = COINS * (1 + Fraction(weth["supply_rate"]) * years) * Fraction(answer, 10**8)
        health = worth * Fraction(weth["threshold_bps"], 10_000) / debt
        down = sum(health < level for level in LEVELS)
        up = sum(health < level + BAND for level in LEVELS)
        if down > step:
            said.append((now, "first" if step == 0 else "worsened", LEVELS[down - 1]))
            step, well_since = down, 0
        elif up < step:
            well_since = well_since or now
            if now - well_since >= CLEAR_S:
                step, well_since = up, 0
                if step == 0:
                    said.append((now, "resolved", Fraction(0)))
        else:
            well_since = 0
    return said


async def test_a_ladder_over_the_episode_says_what_plain_arithmetic_says() -> None:
    replays = Replays()
    market = await replays.market("trend-research")
    weth, usdt = (
        next(one.asset for one in market.reserves.values() if one.asset.symbol == symbol)
        for symbol in ("WETH", "USDT")
    )
    account = hypothetical(
        market,
        {weth.address: RawAmount(COINS * 10**18)},
        {usdt.address: RawAmount(DOLLARS * 10**6)},
    )
    rule = HealthRule(tuple(int(level * WAD) for level in LEVELS))
    asked = ReplayAsked(
        "telegram/1",
        ((rule,),),
        "trend-research",
        account,
        settings=ChatSettings(pace=Pace.OFF),
    )
    played = await replays.play(asked)
    fired = [
        (one.at, one.reason.value, Fraction(one.level, WAD))
        for one in played.ladders[0].fired
        if one.reason is not Reason.REMINDER
    ]
    assert fired == by_hand()
    assert [what for _, what, _ in fired].count("first") >= 2, "it falls, recovers and falls again"
    assert datetime.fromtimestamp(fired[0][0], UTC).date().isoformat() == "2026-01-31"
