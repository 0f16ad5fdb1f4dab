"""Coins reach an exchange, walked through the running program: said at once, with the loan behind them, in
one message that is edited; learned, swept, reorganised away, and none of it lost or doubled by a kill -9.
"""

import asyncio

import pytest

from tests.chain.abi import call_data
from tests.chain.parts import Tx
from tests.chat.telegram.ledger import Entry
from tests.walk.stage import ACCOUNT, Stage, stage
from tests.walk.test_ask import ask

pytestmark = pytest.mark.chain

HOT = "0x28C6c06298d514Db089934071355E5743bf21d60"
"""On no real chain here, so whose it is has to be said."""
DEPOSIT = "0x" + "de" * 20
POOL = "0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2"


def is_flow(entry: Entry) -> bool:
    return "INFLOW" in entry.text.split("\n", 1)[0]


async def pay(here: Stage, symbol: str, sender: str, to: str, dollars: int) -> None:
    """ERC-20, as people send it."""
    market = here.lab.market

    def work() -> None:
        amount = market.amount(symbol, dollars)
        token = market.reserves[symbol].address
        market.send(Tx(sender, token, call_data("transfer(address,uint256)", to, amount)))

    await here.on_chain(work)


async def withdraw(here: Stage, symbol: str, dollars: int) -> None:
    market = here.lab.market
    await here.on_chain(lambda: market.withdraw(ACCOUNT, symbol, market.amount(symbol, dollars)))


async def flows_seen(here: Stage) -> None:
    """Ask /status until transfers of the newest block are read: the chain is quiet meanwhile."""
    number = await here.on_chain(here.lab.anvil.block_number)
    async with asyncio.timeout(60):
        while True:
            lines = (await here.say("/status", "Transfers")).text.split("\n")
            if any("Transfers" in line and f"{number:,}" in line for line in lines):
                return


async def said_of_flows(here: Stage, after: int = 0) -> list[Entry]:
    await flows_seen(here)
    return [one for one in here.peer.ledger.entries[after:] if is_flow(one)]


async def test_the_walk_of_an_inflow(tmp_path):
    async with stage(tmp_path) as here:
        coins = here.lab.market.amount("WETH", 50_000)
        await here.on_chain(lambda: here.lab.market.mint("WETH", ACCOUNT, coins))
        added = await ask(here, "labels", "add", "31337", HOT, "Binance", "hot")
        assert added.returncode == 0, added.stderr
        here.bot.start()
        await here.say(f"/watch {ACCOUNT} treasury", "Watching")
        await here.say(f"/inflows ETH from {ACCOUNT} $5k", "I tell of")
        await here.say(f"/label {POOL} Binance", "a contract of Aave, and no exchange's wallet")
        await here.blocks(1)
        await flows_seen(here)

        # A tranche: withdrawn from Aave, sent on. Who sent it has a loan, and that is said.
        await withdraw(here, "WETH", 20_000)
        await pay(here, "WETH", ACCOUNT, HOT, 6_000)
        first = await here.hear(is_flow)
        assert "treasury (HF 1.65 -> 1.32) sent" in first.text.split("\n")[0]
        assert "Binance" in first.text
        assert "Liquidation" in first.text or "liquidation" in first.text

        # A second one brings the same message up to date.
        after = len(here.peer.ledger.entries)
        await pay(here, "WETH", ACCOUNT, HOT, 5_500)
        second = await here.hear(is_flow, after=after)
        assert second.deed == "edited"
        assert second.message_id == first.message_id

        # One while nobody looks. The sum has doubled since it was said first, so it is a new message beneath.
        here.bot.kill()
        await here.bot.gone()
        after = len(here.peer.ledger.entries)
        await pay(here, "WETH", ACCOUNT, HOT, 5_200)
        here.bot.start()
        third = await here.hear(lambda one: is_flow(one) and "$16.7k" in one.text.split("\n")[0], after=after)
        assert third.reply_to == first.message_id

        # An unknown address: silence until it is swept; whoever paid in is behind it.
        after = len(here.peer.ledger.entries)
        await pay(here, "WETH", ACCOUNT, DEPOSIT, 7_000)
        await here.blocks(2)
        assert not await said_of_flows(here, after)
        await pay(here, "WETH", DEPOSIT, HOT, 7_000)
        swept = await here.hear(is_flow, after=after)
        assert "treasury" in swept.text.split("\n")[0]
        assert "$23.7k" in swept.text.split("\n")[0]

        # Now it is known: the next one is told at once, and its sweep adds nothing.
        after = len(here.peer.ledger.entries)
        await pay(here, "WETH", ACCOUNT, DEPOSIT, 5_600)
        at_once = await here.hear(is_flow, after=after)
        assert "$29.3k" in at_once.text.split("\n")[0]
        assert "learned" in at_once.text
        await pay(here, "WETH", DEPOSIT, HOT, 5_600)
        assert len(await said_of_flows(here, after)) == 1

        who = await here.say(f"/who {DEPOSIT}", "Binance")
        assert "2 sweeps" in who.text, who.text
        flows = await here.say("/flows ETH 24h", "Binance")
        assert "$29.3k" in flows.text, flows.text

        # A block that is no more takes its words back.
        taken = await here.on_chain(here.lab.anvil.snapshot)
        after = len(here.peer.ledger.entries)
        await pay(here, "WETH", ACCOUNT, HOT, 8_000)
        await here.hear(lambda one: is_flow(one) and "$37.3k" in one.text, after=after)
        after = len(here.peer.ledger.entries)
        await here.on_chain(lambda: here.lab.anvil.revert(taken))
        await here.blocks(2)
        corrected = await here.hear(lambda one: "$29.3k" in one.text, after=after)
        assert corrected.deed == "edited"
        assert await here.bot.stop() == 0
        assert HOT not in here.bot.text()
