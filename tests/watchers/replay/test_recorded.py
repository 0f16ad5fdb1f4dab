"""Lines as a recorder writes them: what was read, block by block. A recording plays as what was recorded."""

from dataclasses import replace

import pytest

from bot.domain.observations import BlockSeen, ChainReorged
from bot.domain.transfers import TransfersReorged
from bot.domain.units import BlockRef
from tests.watchers.replay.test_replay import Seen, played, readings
from watchers.replay import Episode, Replay, dump, load_episode, read
from watchers.replay.amounts import Amount
from watchers.replay.happenings import (
    AccountWords,
    BlockLine,
    ChainBlock,
    ChainUndone,
    Coded,
    LiquidationLine,
    LoanLine,
    Moved,
    Oracle,
    ReserveWords,
    Sending,
    Timed,
    Undone,
)
from watchers.replay.records import THEN
from watchers.replay.setting import Certainty

MARKET = "ethereum"
KNOWN = {"certainty": Certainty.RECORDED, "market": MARKET}


def words_of(replay: Replay, seen: BlockSeen, at: int) -> list[Timed]:
    """The block as a recorder would have written it down."""
    market, lines = replay.books.markets[MARKET], []
    for index, one in market.reserves.items():
        ref = str(one.asset.address)
        if index in market.prices:
            lines.append(Oracle(at=at, asset=ref, price=Amount.of(market.prices[index], 8), **KNOWN))
        lines.append(
            ReserveWords(
                at=at,
                asset=ref,
                configuration=one.configuration,
                supply_index=Amount.of(one.liquidity_index, 27),
                supply_rate=Amount.of(one.liquidity_rate, 27),
                debt_index=Amount.of(one.variable_borrow_index, 27),
                debt_rate=Amount.of(one.variable_borrow_rate, 27),
                updated=one.last_update,
                **KNOWN,
            )
        )
    for reading in seen.positions:
        account = reading.position.account
        held = replay.books.account(MARKET, account)
        pairs = {"supplied": [], "owed": []}
        for one in held.holdings:
            asset = market.reserves[one.reserve].asset
            for side, raw in (("supplied", one.scaled_supply), ("owed", one.scaled_debt)):
                pairs[side] += [(str(asset.address), Amount.of(raw, asset.decimals))] if raw else []
        sides = {side: tuple(found) for side, found in pairs.items()}
        lines.append(AccountWords(at=at, account=account, configuration=held.configuration, **sides, **KNOWN))
        for move in reading.moves:
            amount = Amount.of(move.amount, move.asset.decimals)
            asset = str(move.asset.address)
            lines.append(
                Moved(at=at, account=account, kind=move.kind, tx=move.tx, asset=asset, amount=amount, **KNOWN)
            )
        for one in reading.liquidations:
            lines.append(
                LiquidationLine(
                    at=at,
                    account=account,
                    collateral=str(one.collateral.address),
                    seized=Amount.of(one.seized, one.collateral.decimals),
                    debt=str(one.debt.address),
                    repaid=Amount.of(one.repaid, one.debt.decimals),
                    liquidator=one.liquidator,
                    tx=one.tx,
                    told=True,
                    **KNOWN,
                )
            )
    return lines


async def recorded(episode: Episode) -> tuple[Episode, Seen]:
    replay, seen = Replay(episode), Seen.of(episode)
    lines: list[Timed] = [one for one in episode.happens if isinstance(one, Sending)]
    while await replay.step(seen, seen):
        block = seen.blocks[-1].as_of
        lines += words_of(replay, seen.blocks[-1], block.timestamp)
        lines.append(BlockLine(at=block.timestamp, number=block.number, hash=block.hash, **KNOWN))
    reserves = tuple(replace(one, feed_bps=0) for one in episode.reserves)
    return replace(episode, reserves=reserves, happens=tuple(sorted(lines, key=lambda one: one.at))), seen


@pytest.mark.parametrize("name", ["gap", "short-squeeze"])
async def test_a_recording_plays_as_what_was_recorded(name):
    episode, first = await recorded(load_episode(name))
    text = dump(episode)
    again = read(text.encode(), name)
    assert dump(again) == text
    _, seen = await played(again)
    assert [one.as_of for one in seen.blocks] == [one.as_of for one in first.blocks]
    for one, other in zip(seen.blocks, first.blocks, strict=True):
        assert readings(one) == readings(other)
        assert one.prices == other.prices
        assert [(p.position, p.moves, p.liquidations) for p in one.positions] == [
            (p.position, p.moves, p.liquidations) for p in other.positions
        ]


async def test_the_clock_is_the_one_it_was_decided_by_and_what_was_unread_is_so_again():
    episode, _ = await recorded(load_episode("gap"))
    (account,) = (one.address for one in episode.watched)
    happens = list(episode.happens)
    last = max(i for i, one in enumerate(happens) if isinstance(one, BlockLine))
    at = happens[last].at
    happens[last] = replace(happens[last], at=at + 7, timestamp=at, unread=(account,))
    episode = replace(episode, head=replace(episode.head, ends=at + 7))
    replay, seen = await played(replace(episode, happens=tuple(happens)))
    assert replay.clock() == at + 7
    assert seen.blocks[-1].as_of.timestamp == at
    assert seen.blocks[-1].unread == (account,)
    assert readings(seen.blocks[-1]) == {}
    assert readings(seen.blocks[-2])


class Reorgs(Seen):
    """Takes blocks back without a word of protest."""

    async def reorged(self, gone: ChainReorged) -> None:
        self.blocks = [one for one in self.blocks if one.as_of.number <= gone.to]

    async def transfers_reorged(self, gone: TransfersReorged) -> None:
        self.flows = [one for one in self.flows if one.as_of.number <= gone.to]


async def with_a_reorg() -> Episode:
    """The last three blocks of `gap` come twice, the second time under other hashes."""
    episode, _ = await recorded(load_episode("gap"))
    blocks = [one for one in episode.happens if isinstance(one, BlockLine)]
    end = blocks[-1].at
    undone = Undone(at=end, to=blocks[-4].number, **KNOWN)
    others = [replace(one, at=end, timestamp=one.at, hash=f"0x{one.number:064x}") for one in blocks[-3:]]
    return replace(episode, happens=(*episode.happens, undone, *others))


async def test_blocks_that_are_gone_are_taken_back():
    episode = await with_a_reorg()
    seen = Reorgs.of(episode)
    await Replay(episode).run(seen, seen)
    numbers = [one.as_of.number for one in seen.blocks]
    assert numbers == sorted(set(numbers))
    assert [one.as_of.hash for one in seen.blocks[-3:]] == [f"0x{number:064x}" for number in numbers[-3:]]
    assert [one.as_of for one in seen.flows] == [one.as_of for one in seen.blocks]


@pytest.mark.parametrize("back", [1, 3, 4, 6])
async def test_a_restart_around_a_reorg_tells_each_block_once(back):
    """`back` blocks of the whole row, those that are gone among them, are still to be told."""
    episode = await with_a_reorg()
    row = [
        BlockRef(one.number, one.hash, one.timestamp or one.at)
        for one in episode.happens
        if isinstance(one, BlockLine)
    ]
    seen = Reorgs.of(episode)
    seen.at = row[-back - 1]
    told: list[BlockRef] = []
    keep = seen.block

    async def block(one: BlockSeen) -> None:
        told.append(one.as_of)
        await keep(one)

    seen.block = block
    await Replay(episode).run(seen, seen)
    assert told == row[-back:]


def test_every_kind_of_line_is_read_in_some_test():
    """So that a new one is not forgotten here: what the project's own have, and what is recorded above."""
    own = {
        type(one) for name in ("gap", "short-squeeze", "trend-research") for one in load_episode(name).happens
    }
    here = {AccountWords, BlockLine, LiquidationLine, Moved, Oracle, ReserveWords, Sending, Undone}
    in_tests_replay = {ChainBlock, ChainUndone, Coded, LoanLine}
    assert own | here | in_tests_replay == set(THEN.values())
