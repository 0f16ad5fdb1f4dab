"""Trust in our arithmetic is lost at the first difference and earned back; without it the contract speaks."""

import pytest

from bot.domain import aave_v3
from bot.domain.positions import Basis
from tests.chain.lab import Lab
from tests.watchers.recorder import Recorder, only_eye, open_eyes, six
from watchers.aave import crosscheck, readings
from watchers.aave.crosscheck import AGREEMENTS, CrossCheck
from watchers.aave.eye import market_eye
from watchers.aave.watcher import AaveWatcher
from watchers.evm.words import checksummed

pytestmark = pytest.mark.chain

ANNA = "0x000000000000000000000000000000000000a44a"
BERT = "0x0000000000000000000000000000000000000be7"
CARL = "0x0000000000000000000000000000000000000ca1"
WAD = 10**18


@pytest.fixture
def borrowed(any_lab: Lab) -> Lab:
    for user in (ANNA, BERT):
        any_lab.market.supply(user, "WETH", 10 * WAD)
        any_lab.market.borrow(user, "USDC", 18_000 * 10**6)
    return any_lab


def watch(eyes, recorder: Recorder, check: CrossCheck) -> AaveWatcher:
    eye = only_eye(eyes)
    fresh = market_eye(eye.market, eye.pool, eye.heads, eyes._chains[0].multicall, check)
    return AaveWatcher(fresh, recorder, lambda: 0.0)


async def test_wrong_arithmetic_never_leaves_the_house(
    borrowed: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = CrossCheck("lab")
    recorder = Recorder([ANNA, BERT])

    def wrong(market, account):
        right = aave_v3.position(market, account)
        totals = crosscheck.replace(right.totals, health_factor=right.totals.health_factor + 1)
        return crosscheck.replace(right, totals=totals)

    monkeypatch.setattr(readings, "position", wrong)
    async with open_eyes(borrowed) as eyes:
        eye = watch(eyes, recorder, check)
        for _ in range(2):
            borrowed.anvil.mine()
            await eye.step(await only_eye(eyes).heads.poll())
            for seen in recorder.blocks[-1].positions:
                assert seen.position.basis is Basis.CONTRACT
                assert six(seen.position) == borrowed.market.account_data(seen.position.account)
        assert (check.basis, check.mismatches) == (Basis.CONTRACT, 2)
        assert eye.health().mismatches == 2

        monkeypatch.setattr(readings, "position", aave_v3.position)
        for _ in range(AGREEMENTS // 2):
            assert check.basis is Basis.CONTRACT
            borrowed.anvil.mine()
            await eye.step(await only_eye(eyes).heads.poll())
        assert check.basis is Basis.COMPUTED
        borrowed.anvil.mine()
        await eye.step(await only_eye(eyes).heads.poll())
        assert {seen.position.basis for seen in recorder.blocks[-1].positions} == {Basis.COMPUTED}


async def test_a_revision_that_no_test_runs_starts_with_the_contract(borrowed: Lab) -> None:
    check = CrossCheck("lab", proven=frozenset())
    borrowed.market.repay(BERT, "USDC")
    recorder = Recorder([ANNA, BERT, CARL])
    async with open_eyes(borrowed) as eyes:
        eye = watch(eyes, recorder, check)
        for _ in range(2):
            await eye.step(await only_eye(eyes).heads.poll())
            known = {one.position.account: one.position for one in recorder.blocks[-1].positions}
            assert known.keys() == recorder.accounts
            for account in (ANNA, BERT):
                assert known[checksummed(account)].basis is Basis.CONTRACT
                assert six(known[checksummed(account)]) == borrowed.market.account_data(account)
            assert known[checksummed(CARL)].is_empty
            borrowed.anvil.mine()
    assert eye.health().basis == "contract"
    assert check.checked == 3 + 2, "who has nothing is asked for when new, and never again"


async def test_trust_is_earned_by_those_who_owe(borrowed: Lab) -> None:
    borrowed.market.repay(BERT, "USDC")
    recorder = Recorder([ANNA, BERT])
    async with open_eyes(borrowed) as eyes:
        await watch(eyes, recorder, CrossCheck("lab")).step(await only_eye(eyes).heads.poll())
    check = CrossCheck("lab", proven=frozenset())
    check.revision(10)
    for account, earned in ((BERT, Basis.CONTRACT), (ANNA, Basis.COMPUTED)):
        [seen] = recorder.of(account)
        for _ in range(AGREEMENTS):
            check.judge([seen.position], {seen.position.account: seen.position.totals})
        assert check.basis is earned


def test_checks_take_turns_and_keep_their_pace() -> None:
    check = CrossCheck("lab", a_minute=4)
    check.revision(10)
    positions = ["a", "b", "c"]
    asked = [tuple(check.sample(positions, float(second))) for second in range(60)]
    taken = [names for names in asked if names]
    assert len(taken) == 4
    assert {name for names in taken for name in names} == set(positions)
    assert check.sample([], 1e9) == ()
