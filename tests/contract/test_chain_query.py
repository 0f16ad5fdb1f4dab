"""Every ChainQuery: a live chain's, a replay's, and the fake that tests of monitor and commands lean on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from bot.domain.units import HF_NO_DEBT, WAD, Address, BlockRef
from bot.errors import SourceError
from bot.ports import ChainQuery
from tests.chain.conftest import _session_v36, lab_v36
from tests.fakes import FakeChain
from tests.monitor.flow_desk import FRIEND, HOT, SECOND, WHALE, at, position
from tests.watchers.flows import code
from tests.watchers.flows.rig import ANNA, BERT, FORWARDER
from tests.watchers.recorder import open_eyes
from tests.watchers.replay.test_replay import Seen
from watchers.replay import Replay, ReplayAnswers, load_episode

__all__ = ["_session_v36", "lab_v36"]


@dataclass
class Facts:
    """What is true of whom on the chain that is asked."""

    query: ChainQuery
    chain_id: int
    debtor: Address
    """Owes less now than at `then`."""
    saver: Address
    """Supplied, and owes nothing."""
    contract: Address
    then: BlockRef


def _faked() -> Facts:
    saver = replace(position(SECOND, 200), owed=())
    saver = replace(saver, totals=replace(saver.totals, debt_base=0, health_factor=HF_NO_DEBT))
    then = position(WHALE, 120, number=1, debt=9)
    chain = FakeChain({HOT}, [position(WHALE, 140, number=2, debt=5), saver], {1: [then]})
    return Facts(chain, 1, WHALE, SECOND, HOT, at(1))


async def _replayed() -> Facts:
    episode = load_episode("short-squeeze")
    debtor = episode.watched[0].address
    contract = next(one.address for one in episode.wallets if one.contract)
    replay, seen = Replay(episode), Seen.of(episode)
    owed: list[tuple[int, BlockRef]] = []
    while (played := await replay.step(seen, seen)) is not None:
        found, _ = await ReplayAnswers(replay).loans(1, [debtor])
        if owed and found and found[0].owed[0].amount < owed[-1][0]:
            break
        owed += [(one.owed[0].amount, one.as_of) for one in found]
    assert played is not None
    return Facts(ReplayAnswers(replay), 1, debtor, contract, contract, owed[-1][1])


@pytest.fixture(params=["faked", "replayed", pytest.param("live", marks=pytest.mark.chain)])
async def facts(request: pytest.FixtureRequest) -> AsyncIterator[Facts]:
    if request.param == "faked":
        yield _faked()
        return
    if request.param == "replayed":
        yield await _replayed()
        return
    lab = request.getfixturevalue("lab_v36")
    code.put(lab.anvil, FORWARDER, code.FORWARDER)
    lab.market.supply(BERT, "WETH", WAD)
    lab.market.supply(ANNA, "WETH", 10 * WAD)
    lab.market.borrow(ANNA, "USDC", 9_000 * 10**6)
    async with open_eyes(lab, [lab.anvil.url]) as eyes:
        before = await eyes._chains[0].heads.poll()
        lab.market.repay(ANNA, "USDC", 4_000 * 10**6)
        await eyes._chains[0].heads.poll()
        yield Facts(eyes.chain_query, lab.anvil.chain_id, ANNA, BERT, FORWARDER, before.ref)


async def test_who_has_code_of_those_asked(facts):
    query, chain_id = facts.query, facts.chain_id
    assert await query.contracts(chain_id, []) == frozenset()
    asked = [facts.debtor, facts.contract, facts.contract, FRIEND]
    assert await query.contracts(chain_id, asked) == {facts.contract}
    assert await query.contracts(chain_id, [facts.debtor]) == frozenset()


async def test_loans_are_positions_with_debt_of_those_asked_and_of_nobody_else(facts):
    query, chain_id = facts.query, facts.chain_id
    [now], unread = await query.loans(chain_id, [facts.debtor, facts.debtor, facts.saver, FRIEND])
    assert (now.account, now.has_debt, unread) == (facts.debtor, True, ())
    for nobody in ([], [facts.saver], [FRIEND]):
        assert await query.loans(chain_id, nobody) == ((), ())


async def test_loans_at_a_block_are_as_they_were_then_in_that_chains_markets(facts):
    query, chain_id = facts.query, facts.chain_id
    [now], _ = await query.loans(chain_id, [facts.debtor])
    [then], unread = await query.loans(chain_id, [facts.debtor, facts.saver], facts.then)
    assert (then.account, then.as_of, unread) == (facts.debtor, facts.then, ())
    assert then.owed[0].amount > now.owed[0].amount
    [there], _ = await query.loans(chain_id + 1, [facts.debtor])
    assert there == now, "without a block, every watched market of every chain"
    assert await query.loans(chain_id + 1, [facts.debtor], facts.then) == ((), ())


async def test_a_silent_chain_is_an_error_and_no_empty_answer():
    silent = FakeChain(away=True)
    unbegun = ReplayAnswers(Replay(load_episode("gap")))
    with pytest.raises(SourceError):
        await silent.contracts(1, [WHALE])
    with pytest.raises(SourceError):
        await silent.loans(1, [WHALE])
    assert await unbegun.loans(1, [WHALE]) == ((), ("Aave v3 Ethereum",)), "or the market is named"
