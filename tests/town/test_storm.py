"""A storm over fifty chats while people ask: nothing lost, everything in order, critical alerts first.

The platforms and our pace are five times as fast as in life; the full storm is `tests/bench/test_storm.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.delivery.worker import SENDS_AT_ONCE
from tests.chat.discord.limits import BUCKETS, GLOBAL_PER_SECOND
from tests.chat.telegram.rates import OVERALL_PER_S
from tests.town.crowd import Plan
from tests.town.storm import Storm, storm

CHATS, SPEED = 25, 5
PLAN = Plan(slow=2)
ALL = CHATS * PLAN.alerts
"""On each platform."""
WITHIN_S = 60.0
POSTS = "POST /channels/{channel_id}/messages"

pytestmark = pytest.mark.timeout(180)


def taken_within_limits(here: Storm) -> bool:
    """That nothing was taken too fast, counted apart from what refuses it."""
    per_channel, seconds = BUCKETS[POSTS]
    channel_ms = int(seconds * 1000) // SPEED
    return (
        here.telegram.ledger.busiest(1000 // SPEED) <= OVERALL_PER_S
        and here.discord.ledger.busiest_requests(1000 // SPEED)
        <= 2 * GLOBAL_PER_SECOND  # windows stand still
        and all(
            here.discord.ledger.busiest(channel_ms, chat.room) <= 2 * per_channel
            for chat in here.of("discord")
        )
    )


async def test_nothing_is_lost_or_out_of_order_and_critical_alerts_go_first(
    tmp_path: Path, store_url: str
) -> None:
    async with storm(tmp_path, store_url, PLAN, telegram=CHATS, discord=CHATS, speed=SPEED) as here:
        refused = here.telegram.throttle(1, times=2), here.discord.throttle(0.5, times=2, scope="global")
        async with here.asking(every_s=0.2):
            await here.rage()
            await here.told(WITHIN_S)
        await here.calm()
        assert [trouble.met for trouble in refused] == [2, 2]
        for platform in here.ledgers:
            found = here.reckon(platform)
            assert (found.lost, found.misplaced, found.repeated) == ([], [], [])
            assert found.messages == found.alerts == ALL
            # No alert of another wallet was begun once the critical ones were stored.
            assert found.passed <= SENDS_AT_ONCE
            assert here.waits[platform]
        assert here.unanswered == 0
        assert taken_within_limits(here)


async def test_a_storm_survives_the_death_of_the_product(tmp_path: Path, store_url: str) -> None:
    async with storm(tmp_path, store_url, PLAN, telegram=CHATS, discord=CHATS, speed=SPEED) as here:
        await here.rage(kill_at=1)
        await here.told(WITHIN_S)
        await here.calm()
        for platform in here.ledgers:
            found = here.reckon(platform)
            assert (found.lost, found.misplaced) == ([], [])
            # What was on its way when it died may be there twice; Discord knows it by its nonce.
            assert len(found.repeated) <= (SENDS_AT_ONCE if platform == "telegram" else 0)


async def test_grouped_a_storm_is_a_message_for_each_block_and_chat(tmp_path: Path, store_url: str) -> None:
    async with storm(
        tmp_path, store_url, PLAN, telegram=CHATS, discord=CHATS, speed=SPEED, grouping=True
    ) as here:
        await here.rage()
        await here.told(WITHIN_S)
        await here.calm()
        for platform in here.ledgers:
            found = here.reckon(platform)
            assert (found.lost, found.misplaced, found.repeated) == ([], [], [])
            assert found.messages == CHATS * (len(PLAN.blocks) - 1)
