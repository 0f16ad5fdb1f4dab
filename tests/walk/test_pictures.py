"""The picture of a critical alert: after its words, in reply to them, drawn from what the bot itself kept."""

import pytest

from tests.walk.stage import ACCOUNT, WAD, is_alert, stage

pytestmark = pytest.mark.chain


async def test_a_critical_alert_is_followed_by_its_picture(tmp_path):
    async with stage(tmp_path) as here:
        here.bot.start()
        await here.say(f"/watch {ACCOUNT} treasury", "Watching")
        for _ in range(4):  # one point a minute is kept, of the chain's own time
            await here.blocks(1, seconds=61)
            await here.head_seen()
        after = len(here.peer.ledger.entries)
        await here.fall_to(WAD * 104 // 100)
        words = await here.hear(lambda one: is_alert(one) and "CRITICAL" in one.text, after=after)
        picture = await here.hear(lambda one: one.file is not None, after=after)
        assert picture.file.pixels == (1000, 560)
        assert picture.reply_to == words.message_id
        assert await here.bot.stop() == 0
