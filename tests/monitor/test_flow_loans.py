"""What large movers owed before they moved: kept over a restart, for a day, or until a block is gone."""

from dataclasses import replace

import pytest

from bot.domain.aave_state import MarketState
from bot.domain.flows import LoanBehind
from bot.domain.observations import MoveKind
from bot.domain.positions import Origin
from bot.domain.rules import TransferRule
from bot.domain.transfers import LoanMove
from bot.errors import StoreError
from bot.monitor.flows import loans
from tests.domain import aave
from tests.monitor.flow_desk import HOT, SECOND, USDT, WHALE, FlowDesk, position, sends
from tests.store.fixtures import client, store_url

__all__ = ["client", "store_url"]
M = 10**6
DAY_OF_BLOCKS = 24 * 3600 // 12


@pytest.fixture
async def desk(client):
    made = await FlowDesk(client).again()
    await made.follow(TransferRule(M))
    made.chain.positions = [position(WHALE, 129, number=9, debt=90 * M)]
    made.chain.then = {number: [position(WHALE, 100 + number, number=number)] for number in range(1, 9)}
    return made


def repays(account, tx: str = "0x0a", *, dollars: int = 10 * M) -> LoanMove:
    return LoanMove("ethereum", MoveKind.REPAY, account, account, USDT, dollars * M, tx, 0)


async def told(desk: FlowDesk, number: int, **seen) -> LoanBehind:
    await desk.block(number, sends(WHALE, HOT, 1_000, tx=f"0x{number:x}"), **seen)
    return (await desk.said())[-1].seen.loans[0]


@pytest.mark.parametrize("restart", [False, True], ids=["running", "restarted"])
async def test_what_was_before_the_first_move_is_known_after_a_restart(desk, restart):
    await desk.block(1)
    await desk.block(2, loans=[repays(WHALE)])
    if restart:
        await desk.again()
    await desk.block(3, loans=[repays(WHALE, "0x0b")])
    loan = await told(desk, 4)
    assert loan.before == desk.chain.then[1][0]
    assert loan.debt_change == -20 * M * 10**8
    assert [at.number for _, at in desk.chain.asked if at] == [1], "the first move alone"


async def test_who_owed_nothing_before_is_known_for_that(desk):
    desk.chain.then = {}
    await desk.block(1)
    await desk.block(2, loans=[repays(WHALE)])
    await desk.again()
    await desk.block(3, loans=[repays(WHALE)])
    assert (await told(desk, 4)).before is None
    assert [at.number for _, at in desk.chain.asked if at] == [1]


async def test_a_block_that_could_not_be_saved_is_asked_for_again_and_kept(desk, monkeypatch):
    await desk.block(1)

    async def away(_verdicts):
        raise StoreError("the store does not answer")

    with monkeypatch.context() as broken:
        broken.setattr(desk.judgements, "save", away)
        with pytest.raises(StoreError):
            await desk.block(2, loans=[repays(WHALE)])
    assert await desk.log.loans_before(1) == ()
    await desk.block(2, loans=[repays(WHALE)])
    await desk.again()
    assert (await told(desk, 3)).before == desk.chain.then[1][0]


@pytest.mark.parametrize("restart", [False, True], ids=["running", "restarted"])
async def test_what_was_before_a_move_of_a_gone_block_is_forgotten(desk, restart):
    await desk.block(1)
    await desk.block(2)
    await desk.block(3, loans=[repays(WHALE)])
    if restart:
        await desk.again()
    await desk.reorg(1)
    assert await desk.log.loans_before(1) == ()
    await desk.block(2, loans=[repays(WHALE)], fork="f")
    assert (await told(desk, 3, fork="f")).before == desk.chain.then[1][0]


async def test_it_is_kept_for_a_day_and_no_more_than_there_is_room_for(desk, monkeypatch):
    monkeypatch.setattr(loans, "SNAPSHOTS_MOST", 2)
    await desk.block(1)
    await desk.block(2, loans=[repays(WHALE), repays(SECOND)])
    await desk.block(3, loans=[repays(HOT)])
    kept = {one.account for one in await desk.log.loans_before(1)}
    assert kept == {WHALE, SECOND, HOT}, "whole blocks go"
    await desk.again()
    await desk.block(3 + DAY_OF_BLOCKS, loans=[repays(USDT.address)])
    assert {one.account for one in await desk.log.loans_before(1)} == {HOT, USDT.address}
    await desk.block(4 + DAY_OF_BLOCKS, loans=[repays(WHALE)])
    assert {one.account for one in await desk.log.loans_before(1)} == {WHALE, USDT.address}


@pytest.mark.parametrize(("reserves", "kept"), [(4, True), (5, False)])
async def test_the_words_behind_a_position_are_kept_where_they_are_few(desk, reserves, kept):
    words = [aave.reserve(number, aave.asset(2**150 + number, "LONG", 18)) for number in range(reserves)]
    market: MarketState = aave.market(words, dict.fromkeys(range(reserves), 10**12))
    origin = Origin(market, aave.account())
    desk.chain.then[1] = [replace(position(WHALE, 125), origin=origin)]
    await desk.block(1)
    await desk.block(2, loans=[repays(WHALE)])
    running = await told(desk, 3)
    await desk.again()
    restarted = await told(desk, 4)
    assert running.before.origin == restarted.before.origin == (origin if kept else None)
