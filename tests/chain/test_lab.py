"""The lab itself: both versions behave as Aave does, and the node keeps time and its docstrings' promises."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chain.abi import MAX_UINT, call_data, ints, topic
from tests.chain.churn import churn
from tests.chain.lab import Lab, lab
from tests.chain.node import BLOCK_SECONDS, Anvil
from tests.chain.parts import MULTICALL3, TREASURY, RevertedError
from tests.chain.population import KINDS
from tests.chain.rpc import RpcError

pytestmark = pytest.mark.chain

BORROWER = "0x00000000000000000000000000000000000b0440"
LIQUIDATOR = "0x0000000000000000000000000000000000011904"
WAD = 10**18
LIQUIDATION = "LiquidationCall(address,address,address,uint256,uint256,address,bool)"

# GenericLogic of each version, for one collateral: v3.0.2 rounds to base units first, v3.6 divides first.
EXPECTED_FACTOR: dict[str, Callable[[int, int], int]] = {
    "3.0.2": lambda weighted, debt: ((weighted + 5_000) // 10_000 * WAD + debt // 2) // debt,
    "3.6": lambda weighted, debt: (weighted * WAD + debt // 2) // debt // 10_000,
}


def test_liquidation_happens_for_real(any_lab: Lab) -> None:
    market = any_lab.market
    market.supply(BORROWER, "WETH", 10 * WAD)
    market.borrow(BORROWER, "USDC", 20_000 * 10**6)
    assert market.health_factor(BORROWER) > WAD
    with pytest.raises(RevertedError):
        market.liquidate(LIQUIDATOR, "WETH", "USDC", BORROWER)

    price = market.scale_price("WETH", 7_900)
    collateral, debt, _, threshold, _, factor = market.account_data(BORROWER)
    assert collateral == 10 * price
    assert threshold == 8_300
    assert factor < WAD
    assert factor == EXPECTED_FACTOR[market.version](collateral * threshold, debt)

    receipt = market.liquidate(LIQUIDATOR, "WETH", "USDC", BORROWER)
    log = next(log for log in receipt["logs"] if log["topics"][0] == topic(LIQUIDATION))
    repaid, seized, by, as_atoken = ints(log["data"])
    weth, usdc = market.reserves["WETH"].address, market.reserves["USDC"].address
    assert [int(found, 16) for found in log["topics"][1:]] == [int(a, 16) for a in (weth, usdc, BORROWER)]
    assert (by, as_atoken) == (int(LIQUIDATOR, 16), 0)
    assert 9_900 * 10**6 < repaid < 10_100 * 10**6, "half of the debt: the factor is above 0.95"
    assert market.balance(weth, LIQUIDATOR) == seized
    assert market.balance(market.reserves["WETH"].atoken, TREASURY) > 0, "the fee comes on top of the log"
    assert market.health_factor(BORROWER) > factor


def test_interest_accrues_with_time_alone(any_lab: Lab) -> None:
    market, anvil = any_lab.market, any_lab.anvil
    market.supply(BORROWER, "wstETH", 5 * WAD)
    market.borrow(BORROWER, "DAI", 5_000 * WAD)
    before = market.account_data(BORROWER)
    anvil.warp(30 * 86_400)
    after = market.account_data(BORROWER)
    assert after[1] > before[1]
    assert after[5] < before[5]


def test_each_reserve_has_its_settings(any_lab: Lab) -> None:
    market = any_lab.market
    listed = ints(market.call(market.pool, call_data("getReservesList()")))[2:]
    assert list(listed) == [int(reserve.address, 16) for reserve in market.reserves.values()]
    for reserve in market.reserves.values():
        words = ints(market.call(market.pool, call_data("getReserveData(address)", reserve.address)))
        assert len(words) == 15
        assert (words[0] >> 48) & 0xFF == reserve.decimals
        assert words[7] == reserve.id
        assert words[8] == int(reserve.atoken, 16)
        assert words[10] == int(reserve.vtoken, 16)
    assert len({reserve.decimals for reserve in market.reserves.values()}) >= 4


def test_every_action_moves_the_position(any_lab: Lab) -> None:
    market = any_lab.market
    market.supply(BORROWER, "WETH", 4 * WAD)
    market.supply(BORROWER, "USDC", 2_000 * 10**6)
    market.borrow(BORROWER, "USDT", 1_000 * 10**6)
    seen = [market.account_data(BORROWER)]
    actions: tuple[Callable[[], object], ...] = (
        lambda: market.withdraw(BORROWER, "USDC", 500 * 10**6),
        lambda: market.set_collateral(BORROWER, "USDC", on=False),
        lambda: market.repay(BORROWER, "USDT", 100 * 10**6),
        lambda: market.transfer_atoken(BORROWER, LIQUIDATOR, "WETH", WAD),
        lambda: market.repay(BORROWER, "USDT"),
        lambda: market.set_emode(BORROWER, 1),
    )
    for act in actions:
        act()
        seen.append(market.account_data(BORROWER))
    assert len(set(seen)) == len(seen)
    assert seen[-1][5] == MAX_UINT


def test_stable_debt_exists_on_302_only(lab_v302: Lab, lab_v36: Lab) -> None:
    for opened in (lab_v302, lab_v36):
        opened.market.supply(BORROWER, "WETH", 4 * WAD)
    lab_v302.market.borrow(BORROWER, "USDT", 10**9, rate_mode=1)
    stoken = lab_v302.market.reserves["USDT"].stoken
    assert stoken is not None
    assert lab_v302.market.balance(stoken, BORROWER) == 10**9
    with pytest.raises(RevertedError):
        lab_v36.market.borrow(BORROWER, "USDT", 10**9, rate_mode=1)


def test_an_emode_price_of_its_own_on_302(lab_v302: Lab) -> None:
    market = lab_v302.market
    market.supply(BORROWER, "USDC", 10**9)
    market.set_emode(BORROWER, 2)
    assert market.account_data(BORROWER)[0] == 1000 * 10**8
    market.set_price("EMODE2", 90_000_000)
    assert market.account_data(BORROWER)[0] == 900 * 10**8


def test_a_reserve_without_threshold_counts_inside_its_emode_on_36(lab_v36: Lab) -> None:
    market = lab_v36.market
    market.set_emode(BORROWER, 4)
    market.supply(BORROWER, "PT", 1_000 * WAD)
    assert market.account_data(BORROWER)[3:5] == (9_100, 8_800)


@pytest.mark.parametrize("version", ["3.0.2", "3.6"])
def test_population_has_every_kind_and_nothing_was_refused(version: str) -> None:
    with lab(version, accounts=60, seed=7) as opened:
        plans = opened.population.plans
        assert {plan.kind for plan in plans} == set(KINDS)
        for plan in plans:
            _, debt, _, _, _, factor = opened.market.account_data(plan.user)
            assert (debt > 0) == bool(plan.borrows) or plan.kind == "dust"
            assert factor > WAD


def test_logs_from_before_the_dump_are_kept() -> None:
    with lab("3.6", accounts=60, seed=7) as opened:
        topics = [topic("Supply(address,address,address,uint256,uint16)")]
        wanted = {"fromBlock": "0x0", "toBlock": "latest", "address": opened.market.pool, "topics": topics}
        supplies = sum(len(plan.supplies) for plan in opened.population.plans)
        assert len(opened.anvil.rpc("eth_getLogs", wanted)) == supplies + len(opened.market.reserves)


@pytest.mark.parametrize("version", ["3.0.2", "3.6"])
def test_churn_moves_positions_and_liquidates(version: str) -> None:
    with lab(version, accounts=60, seed=7) as opened:
        market, anvil = opened.market, opened.anvil
        born, start = anvil.now(), anvil.block_number()
        before = [market.account_data(user) for user in opened.population.users]
        for symbol in ("WETH", "wstETH", "WBTC", "LINK"):
            market.scale_price(symbol, 7_000)
        for number in churn(market, opened.population.plans, seed=3, blocks=80):
            assert number > start
        assert anvil.now() > born + 30 * 86_400
        after = [market.account_data(user) for user in opened.population.users]
        assert sum(old != new for old, new in zip(before, after, strict=True)) > 50
        wanted = {"fromBlock": hex(start), "address": market.pool, "topics": [topic(LIQUIDATION)]}
        assert anvil.rpc("eth_getLogs", wanted)


def test_clock_continues_from_the_loaded_state(any_lab: Lab) -> None:
    anvil, market = any_lab.anvil, any_lab.market
    before = anvil.now()
    pending = ints(market.call(MULTICALL3, call_data("getCurrentBlockTimestamp()"), "pending"))
    assert pending == (before + BLOCK_SECONDS,)
    anvil.mine()
    assert anvil.now() == before + BLOCK_SECONDS


def test_reorg_changes_hashes_and_keeps_the_height(anvil: Anvil) -> None:
    anvil.mine(5)
    before = [anvil.block(number)["hash"] for number in range(6)]
    anvil.reorg(2)
    after = [anvil.block(number)["hash"] for number in range(6)]
    assert [old == new for old, new in zip(before, after, strict=True)] == [True] * 4 + [False] * 2


def test_multicall_is_the_canonical_one(any_lab: Lab) -> None:
    market = any_lab.market
    answer = ints(market.call(MULTICALL3, call_data("getChainId()")))
    assert answer == (any_lab.anvil.chain_id,)


def test_clock_goes_by_blocks_and_back_with_a_revert(anvil: Anvil) -> None:
    born = anvil.now()
    anvil.mine(3)
    assert anvil.now() == born + 3 * BLOCK_SECONDS
    taken = anvil.snapshot()
    anvil.warp(86_400)
    anvil.mine(2, seconds=2)
    assert anvil.now() == born + 3 * BLOCK_SECONDS + 86_400 + 4
    anvil.revert(taken)
    anvil.mine()
    assert anvil.now() == born + 4 * BLOCK_SECONDS
    anvil.catch_up()
    assert anvil.now() > born + 5 * BLOCK_SECONDS


def test_node_error_is_raised_with_its_words(anvil: Anvil) -> None:
    with pytest.raises(RpcError, match="eth_noSuch"):
        anvil.rpc("eth_noSuch")


_CHILD = """
import time
from tests.chain.node import Anvil
node = Anvil()
node.start()
print(node.port, flush=True)
time.sleep(60)
"""


def test_node_dies_with_a_killed_parent() -> None:
    here = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen([sys.executable, "-c", _CHILD], stdout=subprocess.PIPE, env=here) as child:
        assert child.stdout is not None
        orphan = Anvil(port=int(child.stdout.readline()))
        assert orphan.rpc("eth_chainId") == hex(orphan.chain_id)
        orphan.disconnect()
        child.kill()
    deadline = time.monotonic() + 10
    with pytest.raises(ConnectionError):
        _ask_until(orphan, deadline)


def _ask_until(node: Anvil, deadline: float) -> None:
    while time.monotonic() < deadline:
        node.rpc("eth_chainId")
        node.disconnect()
