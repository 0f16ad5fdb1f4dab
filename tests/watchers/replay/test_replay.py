"""An episode played: what it tells, against the words it keeps; a restart; questions at its time."""

from dataclasses import dataclass, field, replace

import pytest

from bot.domain.aave_v3 import position
from bot.domain.observations import BlockSeen, ChainReorged, MoveKind
from bot.domain.transfers import NATIVE, TransfersReorged, TransfersSeen
from bot.domain.units import WAD, BlockRef
from bot.errors import EpisodeError, SourceError
from bot.ports import Following
from bot.subscriptions import MirrorTarget
from watchers.replay import Episode, Replay, ReplayAnswers, built_in, load_episode
from watchers.replay.amounts import Amount
from watchers.replay.happenings import Action, Sending

TREND, UNSOLD = (one.address for one in load_episode("trend-research").watched)


@dataclass
class Seen:
    """An observer that writes down what it is told."""

    follow: Following
    blocks: list[BlockSeen] = field(default_factory=list)
    flows: list[TransfersSeen] = field(default_factory=list)
    at: BlockRef | None = None

    @classmethod
    def of(cls, episode: Episode, **more) -> "Seen":
        return cls(Following(1, frozenset(one.address for one in episode.watched), **more))

    async def block(self, seen: BlockSeen) -> None:
        self.blocks.append(seen)

    async def reorged(self, gone: ChainReorged) -> None:
        raise AssertionError(gone)

    async def following(self) -> Following:
        return self.follow

    async def cursor(self, market: str) -> BlockRef | None:
        return self.at

    async def transfers(self, seen: TransfersSeen) -> None:
        self.flows.append(seen)

    async def transfers_reorged(self, gone: TransfersReorged) -> None:
        raise AssertionError(gone)

    async def flow_cursor(self, chain_id: int) -> BlockRef | None:
        return self.at

    async def flows_wanted(self, chain_id: int) -> bool:
        return True


async def played(episode: Episode, **more) -> tuple[Replay, Seen]:
    replay, seen = Replay(episode, **more), Seen.of(episode)
    await replay.run(seen, seen)
    return replay, seen


def readings(block: BlockSeen) -> dict:
    found = {one.position.account: one.health_factor for one in block.positions}
    return found | {one.account: one.health_factor for one in block.glances}


@pytest.mark.parametrize("name", built_in())
async def test_the_projects_own_can_be_played(name):
    episode = load_episode(name)
    replay, seen = await played(episode)
    assert len(seen.blocks) == len(seen.flows) == replay.length
    assert [one.as_of.number for one in seen.blocks] == sorted({one.as_of.number for one in seen.blocks})
    assert all(not one.unread for one in seen.blocks)
    assert all(set(readings(one)) == seen.follow.wallets for one in seen.blocks)
    assert replay.clock() == seen.blocks[-1].as_of.timestamp
    assert await replay.step(seen) is None


async def test_what_is_told_is_what_the_words_say():
    episode = load_episode("gap")
    replay, seen = Replay(episode), Seen.of(episode)
    while await replay.step(seen):
        market = replay.books.markets["ethereum"]
        for account, health in readings(seen.blocks[-1]).items():
            assert health == position(market, replay.books.account("ethereum", account)).health_factor
            for glance in seen.blocks[-1].glances:
                assert glance.look().health_factor == glance.health_factor


async def test_the_gap_lies_between_two_blocks_and_the_oracle_lags():
    _, seen = await played(load_episode("gap"))
    healths = [min(readings(one).values()) for one in seen.blocks]
    fall = next(i for i, health in enumerate(healths) if health < WAD)
    assert healths[fall - 1] > 119 * WAD // 100
    before, after = seen.blocks[fall - 1].as_of, seen.blocks[fall].as_of
    assert after.number == before.number + 1


async def test_moves_and_coins_of_the_unwinding():
    _, seen = await played(load_episode("trend-research"))
    moves = [move for block in seen.blocks for one in block.positions for move in one.moves]
    assert {move.kind for move in moves} == {MoveKind.WITHDRAW, MoveKind.REPAY}
    sent = [one for block in seen.flows for one in block.transfers if one.asset.address == NATIVE]
    withdrawn = sum(move.amount for move in moves if move.kind is MoveKind.WITHDRAW)
    assert sum(one.amount for one in sent) == withdrawn
    assert all(block.value(one.asset, one.amount) for block in seen.flows for one in block.transfers)
    loans = [one for block in seen.flows for one in block.loans]
    assert len(loans) == len(moves)
    assert len({one.id for block in seen.flows for one in block.transfers}) == sum(
        len(block.transfers) for block in seen.flows
    )


async def test_coins_go_the_way_of_the_act():
    episode = load_episode("trend-research")
    replay, seen = await played(episode)
    pools = {one.asset: one.a_token for one in replay.books.markets["ethereum"].reserves.values()}
    for block in seen.flows:
        for loan in block.loans:
            coin = block.transfers[loan.index]
            ends = (coin.sender, coin.receiver)
            there = (pools[loan.asset], loan.other)
            assert ends == (there if loan.kind is MoveKind.WITHDRAW else there[::-1])
            assert (coin.asset, coin.amount) == (loan.asset, loan.amount)


async def test_a_liquidation_takes_what_it_says():
    episode = load_episode("short-squeeze")
    _, seen = await played(episode)
    found = [
        (before, one, one.liquidations[0])
        for block, last in zip(seen.blocks[1:], seen.blocks, strict=False)
        for one in block.positions
        if one.liquidations
        for before in [*last.positions, *(glance.look() for glance in last.glances)]
    ]
    ((before, after, call),) = found
    interest = 10**call.collateral.decimals * 100  # of the blocks between, at 3 % a year on five millions
    lost = before.position.supplied[0].amount - after.position.supplied[0].amount
    assert abs(lost - call.seized) < interest
    assert after.position.owed[0].amount < before.position.owed[0].amount
    assert call.repaid == 90_000 * 10**18
    assert after.health_factor > before.health_factor


async def test_a_stride_adds_blocks_and_changes_none():
    episode = load_episode("gap")
    _, rare = await played(episode, stride_s=86_400)
    _, often = await played(episode, stride_s=60)
    assert len(often.blocks) > 2 * len(rare.blocks)
    by_number = {one.as_of.number: readings(one) for one in often.blocks}
    assert all(by_number[one.as_of.number] == readings(one) for one in rare.blocks)


async def test_after_a_restart_it_goes_on_where_it_was():
    episode = load_episode("short-squeeze")
    whole = (await played(episode))[1].blocks
    cut = len(whole) // 2
    seen = Seen.of(episode)
    seen.at = whole[cut].as_of
    await Replay(episode).run(seen, seen)
    assert [(one.as_of, readings(one)) for one in seen.blocks] == [
        (one.as_of, readings(one)) for one in whole[cut + 1 :]
    ]
    assert [one.as_of for one in seen.flows] == [one.as_of for one in whole[cut + 1 :]]
    told = [one.liquidations for block in seen.blocks for one in block.positions if one.liquidations]
    assert told == [one.liquidations for block in whole for one in block.positions if one.liquidations]


async def test_a_mirror_follows():
    episode = load_episode("trend-research")
    key = "imagined:m"
    seen = Seen.of(episode, imagined={key: MirrorTarget("ethereum", TREND, 1, 1_000)})
    await Replay(episode).run(seen, until=episode.head.starts + 6 * 86_400)
    kinds = {
        move.kind
        for b in seen.blocks
        for one in b.positions
        if one.position.account == key
        for move in one.moves
    }
    assert kinds == {MoveKind.WITHDRAW, MoveKind.REPAY}


async def test_questions_are_answered_at_its_time():
    episode = load_episode("trend-research")
    replay, seen = Replay(episode), Seen.of(episode)
    answers = ReplayAnswers(replay)
    with pytest.raises(SourceError):
        await answers.wallet(TREND)
    await replay.run(seen, seen, until=episode.head.starts + 5 * 86_400)
    (held,) = (await answers.wallet(TREND)).positions
    assert held.as_of == replay.block
    assert held.health_factor == readings(seen.blocks[-1])[TREND]
    assert (await answers.prices("weth"))[0].price == seen.blocks[-1].prices[
        held.supplied[0].asset.address
    ].price
    assert await answers.resolve("trend research") == TREND
    assert set(answers.symbols()) == {"WETH", "USDT"}
    assert (await answers.account(TREND, "ethereum")).account == replay.books.account("ethereum", TREND)
    assert (await answers.account("", "ethereum")).account.holdings == ()
    earlier = seen.blocks[-40].as_of
    (before,), unread = await answers.loans(1, [TREND], earlier)
    assert before.as_of == earlier
    assert not unread
    assert (await answers.loans(1, [TREND], BlockRef(1, "0x", 1)))[1] == ("Aave v3 Ethereum",)
    assert answers.health()[0].head == replay.block


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"amount": Amount.parse("99999999")}, "the contract would refuse to withdraw"),
        ({"amount": Amount.parse("400000")}, "HealthFactor"),
    ],
)
async def test_what_the_contract_would_refuse_is_a_fault_of_the_episode(change, said):
    episode = load_episode("trend-research")
    first = next(i for i, one in enumerate(episode.happens) if isinstance(one, Action))
    happens = list(episode.happens)
    happens[first] = replace(happens[first], **change)
    with pytest.raises(EpisodeError, match=said) as error:
        await played(replace(episode, happens=tuple(happens)))
    assert error.value.faults[0].startswith(f"line {happens[first].line}: ")


async def test_a_line_falls_into_the_first_block_not_before_it():
    episode = load_episode("trend-research")
    _, seen = await played(episode)
    blocks = {one.as_of.timestamp: one for one in seen.flows}
    for line in episode.happens:
        if isinstance(line, Sending):
            block = blocks[min(at for at in blocks if at >= line.at)]
            assert 0 <= block.as_of.timestamp - line.at < episode.head.block_s
            assert any(one.receiver == line.receiver for one in block.transfers)
