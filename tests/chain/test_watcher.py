"""The eyes on real contracts: what they report equals the chain, at a cost that wallets do not change."""

import asyncio
from collections.abc import Callable

import pytest
import structlog

from bot.domain.alerts import Reason
from bot.domain.evaluate import evaluate
from bot.domain.observations import MoveKind
from bot.domain.positions import Basis
from bot.domain.rules import ClosedRule, HealthRule, RuleState
from bot.errors import SourceError, StoreError
from tests.chain.abi import dynamic_call_data
from tests.chain.lab import Lab, lab
from tests.chain.parts import OWNER, ZERO, Tx
from tests.watchers.proxy import Proxy
from tests.watchers.recorder import PATIENCE_S, Recorder, only_eye, open_eyes, six, watching
from watchers.aave.watcher import AaveWatcher
from watchers.evm.words import checksummed

pytestmark = pytest.mark.chain

ANNA = "0x000000000000000000000000000000000000a44a"
BERT = "0x0000000000000000000000000000000000000be7"
LIQUIDATOR = "0x0000000000000000000000000000000000011904"
WAD = 10**18


def borrow(lab: Lab, user: str = ANNA) -> None:
    """10 WETH against 18,000 USDC: a health factor of about 1.39."""
    lab.market.supply(user, "WETH", 10 * WAD)
    lab.market.borrow(user, "USDC", 18_000 * 10**6)


class Driver:
    """A watcher that reads when the test says so."""

    def __init__(self, eyes, recorder: Recorder, clock: Callable[[], float] = lambda: 0.0) -> None:
        self.eyes = eyes
        self.eye = only_eye(eyes)
        self.watcher = AaveWatcher(self.eye, recorder, clock)
        self.recorder = recorder

    async def look(self):
        """Read the newest block; what was reported of it."""
        await self.watcher.step(await self.eye.heads.poll())
        return self.recorder.blocks[-1]


def kinds(seen) -> list[str]:
    return [str(move.kind) for move in seen.moves]


# ---- exactness --------------------------------------------------------------------------------------


async def test_a_price_fall_and_interest_are_seen_as_the_contract_has_them(any_lab: Lab) -> None:
    market = any_lab.market
    borrow(any_lab)
    borrow(any_lab, BERT)
    recorder = Recorder([ANNA, BERT])
    async with open_eyes(any_lab) as eyes:
        driver = Driver(eyes, recorder)
        await driver.look()
        for step in range(5):
            market.scale_price("WETH", 9_300)
            any_lab.anvil.warp(86_400 * step + 1)
            block = await driver.look()
            assert len(block.positions) == 2
            for seen in block.positions:
                assert six(seen.position) == market.account_data(seen.position.account, block.as_of.number)
                assert seen.position.basis is Basis.COMPUTED
            weth = checksummed(market.reserves["WETH"].address)
            assert block.prices[weth].price == market.price("WETH")
    factors = [seen.position.health_factor for seen in recorder.of(ANNA)]
    assert factors == sorted(factors, reverse=True)
    assert factors[-1] < WAD


async def test_kept_words_stay_true_through_every_kind_of_move(any_lab: Lab) -> None:
    market = any_lab.market
    recorder = Recorder([ANNA, BERT])
    async with open_eyes(any_lab) as eyes:
        driver = Driver(eyes, recorder)
        await driver.look()
        acts = (
            (["supply"], lambda: market.supply(ANNA, "WETH", 10 * WAD)),
            (["borrow"], lambda: market.borrow(ANNA, "USDC", 9_000 * 10**6)),
            (["supply"], lambda: market.supply(ANNA, "GUSD", 500_00)),
            (["collateral_off"], lambda: market.set_collateral(ANNA, "GUSD", on=False)),
            (["repay"], lambda: market.repay(ANNA, "USDC", 3_000 * 10**6)),
            (["withdraw"], lambda: market.withdraw(ANNA, "WETH", 2 * WAD)),
            (["sent"], lambda: market.transfer_atoken(ANNA, BERT, "WETH", WAD)),
            (["repay"], lambda: market.repay(ANNA, "USDC")),
            (["withdraw"], lambda: market.withdraw(ANNA, "WETH")),
            (["emode"], lambda: market.set_emode(ANNA, 2)),
        )
        for expected, act in acts:
            act()
            any_lab.anvil.warp(3_600)
            block = await driver.look()
            seen = next(one for one in block.positions if one.position.account == checksummed(ANNA))
            assert kinds(seen) == expected
            assert six(seen.position) == market.account_data(ANNA)
            assert not seen.gap
    received = [move for seen in recorder.of(BERT) for move in seen.moves]
    assert [move.kind for move in received] == [MoveKind.RECEIVED]
    assert abs(received[0].amount - WAD) <= 1
    supplied = next(seen for seen in recorder.of(ANNA) if kinds(seen) == ["supply"]).moves[0]
    assert (supplied.amount, supplied.asset.symbol) == (10 * WAD, "WETH")
    assert supplied.value == 10 * market.price("WETH")
    assert supplied.tx.startswith("0x")


async def test_a_liquidation_is_told_with_what_was_seized_and_repaid(any_lab: Lab) -> None:
    market = any_lab.market
    borrow(any_lab)
    recorder = Recorder([ANNA, LIQUIDATOR])
    async with open_eyes(any_lab) as eyes:
        driver = Driver(eyes, recorder)
        await driver.look()
        market.scale_price("WETH", 7_000)
        receipt = market.liquidate(LIQUIDATOR, "WETH", "USDC", ANNA, 5_000 * 10**6, atoken=True)
        await driver.look()
    seen = recorder.of(ANNA)[-1]
    [told] = seen.liquidations
    assert (told.collateral.symbol, told.debt.symbol, told.repaid) == ("WETH", "USDC", 5_000 * 10**6)
    assert told.tx == receipt["transactionHash"]
    assert told.liquidator == checksummed(LIQUIDATOR)
    usdc, weth = market.price("USDC"), market.price("WETH")
    assert told.repaid_value == told.repaid * usdc // 10**6
    assert told.seized_value == told.seized * weth // WAD
    assert abs(told.seized_value * 10_000 - told.repaid_value * 10_500) <= 10_500 * 2, "the bonus is 5 %"
    assert seen.moves == (), "the seizure is told once, not as a transfer too"
    assert [move.kind for move in recorder.of(LIQUIDATOR)[-1].moves] == [MoveKind.RECEIVED]
    assert six(seen.position) == market.account_data(ANNA)


def change_emode(lab: Lab) -> None:
    """Category 1 gets a threshold of 92 % and another name."""
    types, fields = ["uint8", "uint16", "uint16", "uint16"], [1, 8900, 9200, 10200]
    if lab.market.version == "3.0.2":
        types, fields = [*types, "address"], [*fields, ZERO]
    data = dynamic_call_data("setEModeCategory", [*types, "string"], [*fields, "Other"])
    lab.market.send(Tx(OWNER, lab.market.configurator, data, "eMode"))


@pytest.mark.parametrize("blocks", [0, 100])
async def test_settings_that_governance_changes_are_followed(any_lab: Lab, blocks: int) -> None:
    market = any_lab.market
    market.supply(ANNA, "WETH", 10 * WAD)
    market.set_emode(ANNA, 1)
    market.borrow(ANNA, "wstETH", 5 * WAD)
    recorder = Recorder([ANNA])
    async with open_eyes(any_lab) as eyes:
        driver = Driver(eyes, recorder)
        await driver.look()
        before = recorder.of(ANNA)[-1].position.totals
        change_emode(any_lab)
        any_lab.anvil.mine(blocks)
        block = await driver.look()
        [seen] = block.positions
        assert seen.position.totals.threshold_bps == 9200 != before.threshold_bps
        assert seen.position.emode_label == "Other"
        assert six(seen.position) == market.account_data(ANNA)
        collateral = "configureReserveAsCollateral(address,uint256,uint256,uint256)"
        market.configure(collateral, market.reserves["LINK"].address, 6_000, 6_500, 10_800)
        market.supply(ANNA, "LINK", 100 * WAD)
        block = await driver.look()
        assert six(block.positions[0].position) == market.account_data(ANNA)


async def test_one_dead_price_source_silences_only_who_depends_on_it(any_lab: Lab) -> None:
    market = any_lab.market
    borrow(any_lab)
    market.supply(BERT, "LINK", 1_000 * WAD)
    market.borrow(BERT, "USDC", 1_000 * 10**6)
    recorder = Recorder([ANNA, BERT])
    async with open_eyes(any_lab) as eyes:
        driver = Driver(eyes, recorder)
        await driver.look()
        working = any_lab.anvil.rpc("eth_getCode", market.reserves["LINK"].source, "latest")
        any_lab.anvil.rpc("anvil_setCode", market.reserves["LINK"].source, "0x5f5ffd")
        market.repay(BERT, "USDC", 100 * 10**6)
        block = await driver.look()
        assert [seen.position.account for seen in block.positions] == [checksummed(ANNA)]
        assert block.unread == (checksummed(BERT),)
        assert checksummed(market.reserves["LINK"].address) not in block.prices
        assert six(block.positions[0].position) == market.account_data(ANNA)
        any_lab.anvil.rpc("anvil_setCode", market.reserves["LINK"].source, working)
        any_lab.anvil.mine()
        assert (await driver.look()).unread == ()
    seen = recorder.of(BERT)[-1]
    assert kinds(seen) == ["repay"], "what happened meanwhile is told with the next position"
    assert six(seen.position) == market.account_data(BERT)


async def test_a_wallet_whose_words_cannot_be_had_is_called_unread_until_they_can(lab_v36: Lab) -> None:
    anvil = lab_v36.anvil
    borrow(lab_v36)
    borrow(lab_v36, BERT)
    recorder = Recorder([ANNA])
    async with open_eyes(lab_v36) as eyes:
        driver = Driver(eyes, recorder)
        assert (await driver.look()).unread == ()
        structure = driver.eye.reader.structure
        token = next(one.a_token for one in structure.reserves if one.asset.symbol == "WETH")
        working = anvil.rpc("eth_getCode", token, "latest")
        anvil.rpc("anvil_setCode", token, "0x5f5ffd")
        recorder.accounts = frozenset({checksummed(ANNA), checksummed(BERT)})
        for _ in range(2):
            anvil.mine()
            block = await driver.look()
            assert block.unread == (checksummed(BERT),)
            assert [seen.position.account for seen in block.positions] == [checksummed(ANNA)]
        anvil.rpc("anvil_setCode", token, working)
        anvil.mine()
        block = await driver.look()
        assert block.unread == ()
        assert {seen.position.account for seen in block.positions} == recorder.accounts


async def test_a_wallet_that_owes_nothing_any_more_is_seen_at_each_block(any_lab: Lab) -> None:
    market, anvil = any_lab.market, any_lab.anvil
    borrow(any_lab)
    recorder = Recorder([ANNA])
    async with open_eyes(any_lab) as eyes:
        driver = Driver(eyes, recorder)

        async def quiet():
            anvil.mine(1, seconds=61)
            [seen] = (await driver.look()).positions
            assert seen.moves == ()
            return seen

        level = HealthRule((15 * 10**17,))
        await driver.look()
        below = evaluate(level, await quiet(), RuleState(), 1_000)
        assert below.reason is Reason.FIRST
        market.repay(ANNA, "USDC")
        await driver.look()
        better = evaluate(level, await quiet(), below.state, 100_000)
        assert better.reason is Reason.NOTHING_NEW, "it has to last a minute"
        seen = await quiet()
        assert evaluate(level, seen, better.state, 100_000).reason is Reason.RESOLVED
        late = evaluate(ClosedRule(), seen, RuleState(), 100_000)  # another chat begins to watch just now
        assert late.reason is Reason.NOTHING_NEW
        market.withdraw(ANNA, "WETH")
        [gone] = (await driver.look()).positions
        for seen in (gone, await quiet()):
            assert seen.is_empty
            assert evaluate(ClosedRule(), seen, late.state, 200_000).reason is Reason.CHANGED


# ---- requests ---------------------------------------------------------------------------------------


async def test_a_quiet_block_costs_the_same_for_one_wallet_and_two_hundred() -> None:
    spent = {}
    with lab("3.6", accounts=200) as opened:
        users = opened.population.users
        borrower = next(plan.user for plan in opened.population.plans if plan.borrows)
        for count, followed in ((1, [borrower]), (200, users)):
            recorder = Recorder(followed)
            async with Proxy(opened.anvil.url) as proxy, open_eyes(opened, [proxy.url]) as eyes:
                driver = Driver(eyes, recorder)
                await driver.look()
                opened.anvil.mine()
                await driver.look()  # with it the one cross-check that is due at this standing clock
                opened.anvil.mine()
                proxy.asked.clear()
                block = await driver.look()
                spent[count] = dict(proxy.asked)
                assert eyes.requests >= proxy.requests
                assert any(not opened.market.account_data(user)[1] for user in followed) == (count > 1)
                assert {seen.position.account for seen in block.positions} == recorder.accounts
                for seen in block.positions:
                    assert six(seen.position) == opened.market.account_data(seen.position.account)
    assert spent[1] == spent[200] == {"eth_getBlockByNumber": 1, "eth_getLogs": 1, "eth_call": 1}


async def test_only_the_wallet_that_moved_is_read_again(lab_v36: Lab) -> None:
    borrow(lab_v36)
    borrow(lab_v36, BERT)
    recorder = Recorder([ANNA, BERT])
    async with Proxy(lab_v36.anvil.url) as proxy, open_eyes(lab_v36, [proxy.url]) as eyes:
        driver = Driver(eyes, recorder)
        await driver.look()
        lab_v36.market.supply(ANNA, "USDC", 10**6)
        await driver.look()
        lab_v36.market.supply(ANNA, "USDC", 10**6)
        proxy.asked.clear()
        proxy.bodies.clear()
        await driver.look()
        # three blocks (mint, approve, supply) since: a range for the first two, the last by its hash
        assert proxy.asked["eth_call"] == 2
        assert proxy.asked["eth_getLogs"] == 2
        read = [body["params"][0]["data"] for body in proxy.bodies if body["method"] == "eth_call"]
        assert [ANNA[2:] in data for data in read].count(True) == 1
        assert not any(BERT[2:] in data for data in read)


async def test_a_wallet_followed_from_now_on_is_reported_with_the_next_block(lab_v36: Lab) -> None:
    borrow(lab_v36)
    recorder = Recorder()
    async with open_eyes(lab_v36) as eyes:
        driver = Driver(eyes, recorder)
        assert (await driver.look()).positions == ()
        recorder.accounts = frozenset({checksummed(ANNA), checksummed(BERT)})
        lab_v36.anvil.mine()
        block = await driver.look()
        assert {seen.position.account for seen in block.positions} == recorder.accounts
        assert {seen.position.is_empty for seen in block.positions} == {True, False}
        recorder.accounts = frozenset({checksummed(BERT)})
        lab_v36.anvil.mine()
        [seen] = (await driver.look()).positions
        assert seen.is_empty


# ---- pauses, reorganisations, failures --------------------------------------------------------------


@pytest.mark.parametrize("blocks", [3, 100])
async def test_what_happened_in_a_pause_is_told_at_start(any_lab: Lab, blocks: int) -> None:
    market = any_lab.market
    borrow(any_lab)
    first = Recorder([ANNA])
    async with open_eyes(any_lab) as eyes:
        await Driver(eyes, first).look()
    market.scale_price("WETH", 7_000)
    market.liquidate(LIQUIDATOR, "WETH", "USDC", ANNA)
    any_lab.anvil.mine(blocks)
    second = Recorder([ANNA], cursor=first.saved)
    async with open_eyes(any_lab) as eyes:
        await Driver(eyes, second).look()
    [seen] = second.of(ANNA)
    assert [told.repaid > 0 for told in seen.liquidations] == [True]
    assert not seen.gap
    assert six(seen.position) == market.account_data(ANNA)
    async with open_eyes(any_lab) as eyes:
        third = Recorder([ANNA], cursor=second.saved)
        any_lab.anvil.mine()
        await Driver(eyes, third).look()
    assert third.of(ANNA)[0].liquidations == (), "once told, it is in the past"


async def test_a_pause_whose_logs_nobody_has_is_called_a_gap(lab_v36: Lab) -> None:
    borrow(lab_v36)
    first = Recorder([ANNA])
    async with open_eyes(lab_v36) as eyes:
        await Driver(eyes, first).look()
    lab_v36.market.repay(ANNA, "USDC", 1_000 * 10**6)
    lab_v36.anvil.mine(5)
    second = Recorder([ANNA], cursor=first.saved)
    async with Proxy(lab_v36.anvil.url) as proxy, open_eyes(lab_v36, [proxy.url]) as eyes:
        driver = Driver(eyes, second)
        asked_by_range = only_eye(eyes).logs.between

        async def refused(*arguments):
            proxy.only = "eth_getLogs"
            message = "Archive requests require a personal token"
            proxy.answer = (200, {"error": {"code": -32602, "message": message}})
            try:
                return await asked_by_range(*arguments)
            finally:
                proxy.answer = None

        only_eye(eyes).logs.between = refused
        await driver.look()
        lab_v36.anvil.mine()
        await driver.look()
    before, after = second.of(ANNA)
    assert before.gap
    assert before.moves == ()
    assert six(before.position) == lab_v36.market.account_data(ANNA, before.as_of.number)
    assert not after.gap


async def test_a_reorganisation_is_told_and_the_new_branch_read(any_lab: Lab) -> None:
    market = any_lab.market
    borrow(any_lab)
    recorder = Recorder([ANNA])
    async with open_eyes(any_lab) as eyes:
        driver = Driver(eyes, recorder)
        await driver.look()
        fork = any_lab.anvil.block_number()
        market.repay(ANNA, "USDC", 5_000 * 10**6)
        await driver.look()
        repaid = recorder.of(ANNA)[-1]
        assert kinds(repaid) == ["repay"]
        any_lab.anvil.rpc("anvil_reorg", any_lab.anvil.block_number() - fork, [])
        any_lab.anvil.mine()
        await driver.look()
    assert [(gone.market, gone.to) for gone in recorder.gone] == [("lab", fork)]
    seen = recorder.of(ANNA)[-1]
    assert six(seen.position) == market.account_data(ANNA), "the repayment never happened"
    assert seen.position.totals.debt_base > repaid.position.totals.debt_base
    assert seen.moves == ()


async def test_a_reorganisation_while_we_were_away(lab_v36: Lab) -> None:
    borrow(lab_v36)
    first = Recorder([ANNA])
    async with open_eyes(lab_v36) as eyes:
        await Driver(eyes, first).look()
    lab_v36.anvil.rpc("anvil_reorg", 1, [])
    lab_v36.anvil.mine(2)
    second = Recorder([ANNA], cursor=first.saved)
    async with open_eyes(lab_v36) as eyes:
        await Driver(eyes, second).look()
    assert [gone.to for gone in second.gone] == [first.saved.number - 64]
    assert six(second.of(ANNA)[0].position) == lab_v36.market.account_data(ANNA)


async def test_a_block_that_the_memory_refused_is_not_lost(lab_v36: Lab) -> None:
    borrow(lab_v36)
    recorder = Recorder([ANNA])
    async with open_eyes(lab_v36) as eyes:
        driver = Driver(eyes, recorder)
        await driver.look()
        lab_v36.market.repay(ANNA, "USDC", 10**6)
        recorder.raises = StoreError("away")
        with pytest.raises(StoreError):
            await driver.look()
        recorder.raises = None
        lab_v36.anvil.mine()
        await driver.look()
    assert kinds(recorder.of(ANNA)[-1]) == ["repay"]


async def test_a_wrong_provider_is_said_plainly(lab_v36: Lab) -> None:
    lab_v36.market.provider  # noqa: B018 - the right one; the pool is no provider
    recorder = Recorder([ANNA])
    async with open_eyes(lab_v36) as eyes:
        driver = Driver(eyes, recorder)
        object.__setattr__(driver.eye.market, "addresses_provider", checksummed(lab_v36.market.pool))
        with pytest.raises(
            SourceError, match="Lab market: no answer to contracts: wrong PoolAddressesProvider"
        ):
            await driver.look()


@pytest.mark.parametrize(("ours", "seen"), [(36_000, 0), (-7, -7)])
async def test_a_reading_is_as_old_as_its_block(lab_v36: Lab, ours: int, seen: int) -> None:
    """A node ten hours behind answers as gladly as any; and a block from our future was read now."""
    born = lab_v36.anvil.now()
    async with open_eyes(lab_v36) as eyes:
        driver = Driver(eyes, Recorder(), lambda: float(born + ours))
        await driver.look()
        assert driver.watcher.health().seen_at == born + seen


# ---- running ----------------------------------------------------------------------------------------


async def test_a_dead_endpoint_is_left_without_a_missed_block(lab_v36: Lab) -> None:
    market, anvil = lab_v36.market, lab_v36.anvil
    borrow(lab_v36)
    recorder = Recorder([ANNA])
    async with (
        Proxy(anvil.url) as one,
        Proxy(anvil.url) as two,
        watching(lab_v36, recorder, [one.url, two.url]) as eyes,
    ):
        await recorder.reached(anvil.block_number())
        assert eyes.health()[0].endpoint.endswith(str(one.port))
        await one.stop()
        market.repay(ANNA, "USDC", 10**6)
        await recorder.reached(anvil.block_number())
        assert eyes.health()[0].endpoint.endswith(str(two.port))
        assert eyes.health()[0].fault == ""
        await one.start()
        two.answer = (429, "Too Many Requests")
        market.repay(ANNA, "USDC", 2 * 10**6)
        await recorder.reached(anvil.block_number())
    moves = [move for seen in recorder.of(ANNA) for move in seen.moves]
    assert [(move.kind, move.amount) for move in moves] == [
        (MoveKind.REPAY, 10**6),
        (MoveKind.REPAY, 2 * 10**6),
    ]


async def test_an_endpoint_that_lags_is_left(lab_v36: Lab) -> None:
    anvil = lab_v36.anvil
    borrow(lab_v36)
    recorder = Recorder([ANNA])
    async with (
        Proxy(anvil.url) as one,
        Proxy(anvil.url) as two,
        watching(lab_v36, recorder, [one.url, two.url]) as eyes,
    ):
        await recorder.reached(anvil.block_number())
        one.frozen = anvil.block_number()
        anvil.mine(5)
        pool = only_eye(eyes).pool
        pool._stall_s = 0.2  # a stall of three block times, without waiting for them
        await recorder.reached(anvil.block_number())
        assert eyes.health()[0].endpoint.endswith(str(two.port))


async def test_with_no_endpoint_it_says_so_and_comes_back(lab_v36: Lab) -> None:
    anvil = lab_v36.anvil
    borrow(lab_v36)
    recorder = Recorder([ANNA])
    async with Proxy(anvil.url) as proxy, watching(lab_v36, recorder, [proxy.url]) as eyes:
        await recorder.reached(anvil.block_number())
        await proxy.stop()
        async with asyncio.timeout(PATIENCE_S):
            while not eyes.health()[0].fault:  # noqa: ASYNC110 - nothing tells of a fault but the health
                await asyncio.sleep(0.02)
        assert eyes.health()[0].fault == f"127.0.0.1:{proxy.port}: broken"
        lab_v36.market.repay(ANNA, "USDC", 10**6)
        await proxy.start()
        await recorder.reached(anvil.block_number())
    assert [kind for seen in recorder.of(ANNA) for kind in kinds(seen)] == ["repay"]


async def test_a_bug_is_told_once_and_ends_nothing(lab_v36: Lab) -> None:
    anvil = lab_v36.anvil
    borrow(lab_v36)
    recorder = Recorder([ANNA])
    async with watching(lab_v36, recorder) as eyes:
        await recorder.reached(anvil.block_number())
        [eye] = eyes._watchers
        recorder.raises = ZeroDivisionError("ours")
        with structlog.testing.capture_logs() as logs:
            lab_v36.market.repay(ANNA, "USDC", 10**6)
            async with asyncio.timeout(PATIENCE_S):
                while eye.bugs < 2:  # noqa: ASYNC110 - nothing tells of a bug but the health
                    await asyncio.sleep(0.02)
        [told] = [line for line in logs if line["event"] == "market_bug"]
        assert told["exc_info"] is recorder.raises
        assert eyes.health()[0].fault == "bug: ZeroDivisionError"
        recorder.raises = None
        await recorder.reached(anvil.block_number())
        async with asyncio.timeout(PATIENCE_S):
            while eyes.health()[0].fault:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.02)
    assert [kind for seen in recorder.of(ANNA) for kind in kinds(seen)] == ["repay"]
