"""The first walk through the house: a wallet is watched, the price falls on chain, its owner is warned."""

import re
from decimal import Decimal

import pytest

from tests.chat.telegram.ledger import Entry
from tests.walk.stage import ACCOUNT, WAD, is_alert, stage

pytestmark = pytest.mark.chain

FALL = (145, 120, 108, 104, 99)
"""Health factors in percent, one below each level of the default ladder."""
SAID_PRICE = re.compile(r"Liquidation price of W?ETH: \$([\d,]+\.?\d*)")


async def test_the_walk(tmp_path):
    async with stage(tmp_path) as here:
        here.bot.start()
        await here.say(f"/watch {ACCOUNT} treasury", "Watching")
        for percent in FALL:
            after = len(here.peer.ledger.entries)
            await here.fall_to(percent * WAD // 100)
            heard = await here.hear(is_alert, after=after)
            await _numbers_are_the_contracts(here, heard)
        after = len(here.peer.ledger.entries)
        await here.fall_to(3 * WAD)
        await here.head_seen()
        await here.blocks(8)
        resolved = await here.hear(is_alert, after=after)
        assert "RESOLVED" in resolved.text
        await here.blocks(20)
        await here.head_seen()
        alerts = [one for one in here.peer.ledger.entries if is_alert(one)]
        words = [one.text.split(" · ")[0].split(" ")[1] for one in alerts]
        assert words == ["NOTICE", "WARNING", "CRITICAL", "CRITICAL", "CRITICAL", "RESOLVED"]
        assert all("treasury" in one.text.split("\n")[0] for one in alerts)
        # The incident is one thread, and only what is critical rings.
        assert [one.reply_to for one in alerts[1:]] == [alerts[0].message_id] * 5
        assert [one.silent for one in alerts] == [True, True, False, False, False, True]
        assert await here.bot.stop() == 0
        assert here.peer.token.split(":")[1] not in here.bot.text()


async def _numbers_are_the_contracts(here, heard: Entry) -> None:
    """HF as the contract has it; at the said price it is >= 1 and one unit below it is not."""
    health = await here.health()
    assert f"HF {health // 10**16 / 100:.2f}" in heard.text
    if health < WAD:
        assert "can be liquidated now" in heard.text
        return
    found = SAID_PRICE.search(heard.text)
    assert found, heard.text
    said = int(Decimal(found[1].replace(",", "")) * 10**8)
    assert await here.health_at(said) >= WAD > await here.health_at(said - 1)
