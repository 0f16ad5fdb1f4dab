"""What happens to a position besides a falling price: a liquidation seen or slept through, and blindness."""

import pytest

from tests.chat.telegram.ledger import Entry
from tests.walk.stage import ACCOUNT, WAD, Stage, is_marked, stage
from tests.watchers.proxy import Proxy

pytestmark = pytest.mark.chain

LIQUIDATOR = "0x" + "11" * 20


async def liquidate(here: Stage, dollars: int) -> tuple[int, int]:
    """Somebody repays so many USDC of the debt; how much debt and collateral went, raw."""
    market = here.lab.market

    def act() -> tuple[int, int]:
        held = [market.reserves["USDC"].vtoken, market.reserves["WETH"].atoken]
        before = [market.balance(token, ACCOUNT) for token in held]
        market.liquidate(LIQUIDATOR, "WETH", "USDC", ACCOUNT, dollars * 10**6)
        after = [market.balance(token, ACCOUNT) for token in held]
        return before[0] - after[0], before[1] - after[1]

    return await here.on_chain(act)


def says_liquidated(entry: Entry) -> bool:
    return entry.deed == "sent" and "LIQUIDATED" in entry.text.split("\n")[0]


async def test_liquidations_are_told_seen_or_slept_through(tmp_path):
    async with stage(tmp_path) as here:
        here.bot.start()
        await here.say(f"/watch {ACCOUNT} treasury", "Watching")
        await here.fall_to(98 * WAD // 100)
        await here.hear(lambda one: "CRITICAL" in one.text)
        _, seized = await liquidate(here, 5_000)
        told = await here.hear(says_liquidated)
        assert "5,000 USDC" in told.text
        assert _amount(told, "WETH") == pytest.approx(seized / 10**18, rel=1e-4)
        assert not told.silent
        # The same while the bot is away: told at its start, once, with what is left.
        here.bot.kill()
        await here.bot.gone()
        after = len(here.peer.ledger.entries)
        await liquidate(here, 7_000)
        await here.blocks(30)
        here.bot.start()
        await here.hear(lambda one: says_liquidated(one) and "7,000 USDC" in one.text, after=after)
        await here.blocks(2)
        await here.head_seen()
        # The first may have been killed between its acceptance and our noting it: then it came again, marked.
        told = [one for one in here.peer.ledger.entries if says_liquidated(one) and not is_marked(one)]
        assert ["5,000" in one.text for one in told] == [True, False]


def _amount(entry: Entry, symbol: str) -> float:
    words = entry.text.replace(",", "").split()
    return float(words[words.index(symbol) - 1])


async def test_blindness_is_told_with_its_last_block_and_so_is_its_end(tmp_path):
    settings = {"UNDERKEEL_STALE_AFTER_S": "20"}
    async with stage(tmp_path, settings) as here, Proxy(here.lab.anvil.url) as proxy:
        here.bot.set("UNDERKEEL_RPC_LAB", proxy.url)
        here.bot.start()
        await here.say(f"/watch {ACCOUNT} treasury", "Watching")
        await here.blocks(1)
        await here.head_seen()
        seen = await here.on_chain(here.lab.anvil.block_number)
        after = len(here.peer.ledger.entries)
        await proxy.stop()
        blind = await here.hear(lambda one: "have not seen" in one.text, after=after)
        assert f"{seen:,}" in blind.text
        # The chat answers meanwhile, and does not call the unread healthy.
        position = await here.say(f"/position {ACCOUNT}", "")
        assert "HF" not in position.text
        after = len(here.peer.ledger.entries)
        await proxy.start()
        await here.blocks(1)
        back = await here.hear(lambda one: one.deed == "sent" and one.reply_to is not None, after=after)
        assert back.reply_to == blind.message_id
