"""Coins on the move, from a block's transfers to what people read, on both platforms.

One tap subscribes; the flow monitor decides, delivery tells, further transfers edit, a replaced block is
taken back, and the same desk answers what flowed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.transfers import NATIVE, USD_UNIT, Channel, Transfer, TransfersReorged, TransfersSeen
from bot.domain.units import Address, Asset, BaseAmount, BlockRef, RawAmount
from tests.messages.flows import BINANCE, ETH
from tests.messages.samples import USD, USDC, WALLET, WETH, owed, position, supplied
from tests.town.town import Town, town

FAKE = Asset(1, Address("0x1111111111111111111111111111111111111111"), "USDT", 6)
PRICE = BaseAmount(2_352 * USD_UNIT)


@pytest.fixture
async def here(tmp_path: Path, store_url: str) -> AsyncIterator[Town]:
    async with town(tmp_path, store_url) as here:
        yield here


async def block(here: Town, *amounts: int, asset: Asset = ETH) -> BlockRef:
    """WALLET sends these whole coins to Binance; what follows is in the outbox when this returns."""
    here.feed.number += 1
    here.clock.advance(12)
    as_of = BlockRef(here.feed.number, f"0x{here.feed.number:064x}", int(here.clock()))
    transfers = tuple(
        Transfer(
            asset,
            WALLET,
            BINANCE,
            RawAmount(amount * asset.unit),
            f"0x{here.feed.number:060x}{index:04x}",
            index,
            Channel.NATIVE if asset is ETH else Channel.TOKEN,
            WALLET,
        )
        for index, amount in enumerate(amounts)
    )
    await here.house.flows.transfers(TransfersSeen(1, as_of, transfers, (), {NATIVE: PRICE}))
    return as_of


async def test_one_tap_then_a_transfer_its_tranches_and_the_block_that_was_no_more(here: Town) -> None:
    ann, dora = here.telegram.operator, here.discord.operator
    debt = owed(USDC, 898_000_000 * 10**6, USD)
    here.chain.accounts.positions = [position(supplied(WETH, 618_245 * 10**18, 2_352 * USD), debt)]
    ann.say(f"/watch {WALLET} Trend Research")
    await here.telegram.peer.wait_for(lambda one: "Watching" in one.text)
    ann.say("/inflows on")
    await here.telegram.peer.wait_for(lambda one: "I tell of" in one.text)
    asked = dora.slash(dora.dm, "inflows", "on")
    assert "I tell of #1" in (await here.discord.peer.answer(asked)).text

    before = await block(here)  # a block in which nothing moves
    here.feed.number += 1
    await block(here, 7_000)
    first = await here.telegram.peer.wait_for(lambda one: "INFLOW" in one.text)
    same = await here.discord.peer.wait_for(lambda one: "INFLOW" in one.text)
    assert first.text.startswith("🟠 INFLOW · Trend Research (HF 1.34) sent 7,000 ETH ($16.5M) to Binance\n")
    assert "label sure: Binance's own proof of reserve, 2024-06" in first.text
    assert "still holds 618,245 WETH against $898M" in first.text
    assert f"{WALLET[:6]}…{WALLET[-4:]} (HF 1.34) sent **7,000 ETH" in same.text  # it has no name there
    assert (first.silent, same.silent) == (True, True)

    await block(here, 1_000, 500)
    edited = await here.telegram.peer.wait_for(lambda one: "In 3 transfers" in one.text)
    assert edited.deed == "edited"
    assert "sent 8,500 ETH ($20M) to Binance" in edited.text
    assert edited.message_id == first.message_id
    await here.discord.peer.wait_for(lambda one: "In 3 transfers" in one.text and one.deed == "edited")

    ann.say("/flows ETH 1h")
    sums = await here.telegram.peer.wait_for(lambda one: "ETH in 1 h" in one.text)
    assert "$20M in, $0.00 out, net +$20M" in sums.text
    ann.say("/position 1")
    card = await here.telegram.peer.wait_for(lambda one: "Sent to exchanges" in one.text)
    assert "Sent to exchanges in 7 d: 8,500 ETH ($20M) to Binance" in card.text

    await here.house.flows.transfers_reorged(TransfersReorged(1, before.number))
    gone = await here.telegram.peer.wait_for(lambda one: "TAKEN BACK" in one.text)
    assert (gone.deed, gone.message_id) == ("edited", first.message_id)
    assert "3 transfers taken back" in gone.text


async def test_lies_and_small_change_are_never_told(here: Town) -> None:
    """A token that calls itself USDT, and a little ether: the next great transfer is the first word."""
    ann = here.telegram.operator
    ann.say("/inflows on")
    await here.telegram.peer.wait_for(lambda one: "I tell of" in one.text)
    await block(here)
    await block(here, 900_000_000, asset=FAKE)
    await block(here, 10)
    await block(here, 5_000)
    told = await here.telegram.peer.wait_for(lambda one: "INFLOW" in one.text)
    assert "5,000 ETH" in told.text
    assert "USDT" not in told.text


async def test_what_is_acknowledged_is_silent_for_the_tranches_after(here: Town) -> None:
    ann = here.telegram.operator
    ann.say("/inflows on")
    await here.telegram.peer.wait_for(lambda one: "I tell of" in one.text)
    await block(here)
    await block(here, 5_000)
    told = await here.telegram.peer.wait_for(lambda one: "INFLOW" in one.text)
    await here.telegram.peer.answer(ann.press(ann.private, told.message_id, "Ack"))
    await block(here, 1_000)
    ann.say("/flows 1h")
    await here.telegram.peer.wait_for(lambda one: "$14.1M in" in one.text)
    assert not any("In 2 transfers" in one.text for one in here.telegram.peer.ledger.entries)
