"""Imagined positions beside real ones on real contracts: equal to the wei, for no request more."""

import pytest

from bot.domain.aave_v3 import position
from bot.domain.observations import MoveKind
from bot.domain.positions import Basis
from bot.domain.units import Address
from bot.domain.whatif.hypothetical import hypothetical
from bot.errors import SourceError
from bot.subscriptions import ImaginedTarget, MirrorTarget
from tests.chain.lab import Lab, lab
from tests.chain.parts import STABLE
from tests.chain.test_crosscheck import watch
from tests.chain.test_watcher import ANNA, BERT, LIQUIDATOR, WAD, Driver, borrow, kinds
from tests.chain.whatif_bench import Bench, fill_wallets
from tests.watchers.proxy import Proxy
from tests.watchers.recorder import Recorder, only_eye, open_eyes, six
from watchers.aave.crosscheck import CrossCheck
from watchers.evm.words import checksummed

pytestmark = pytest.mark.chain

KEY, OTHER = Address("imagined:w1"), Address("imagined:w2")
HELD = {"WETH": 10 * WAD, "WBTC": 10**7}
OWED = {"USDC": 12_000 * 10**6, "DAI": 3_000 * WAD}
DAY = 86_400


def asset(lab: Lab, symbol: str) -> Address:
    return checksummed(lab.market.reserves[symbol].address)


def said(recorder: Recorder, account: str):
    """The newest reading."""
    return recorder.of(account)[-1]


# ---- imagined ones ------------------------------------------------------------------------------------


@pytest.mark.parametrize("emode", [0, 1])
async def test_an_imagined_position_lives_as_the_one_that_is_really_opened(any_lab: Lab, emode: int) -> None:
    market, anvil = any_lab.market, any_lab.anvil
    held, owed = (HELD, OWED) if not emode else ({"WETH": 10 * WAD, "USDC": 10**9}, {"wstETH": 5 * WAD})
    fill_wallets(market, [ANNA])
    market.set_emode(ANNA, emode)
    recorder = Recorder([ANNA])
    async with open_eyes(any_lab) as eyes:
        driver = Driver(eyes, recorder)
        txs = [market.supply_tx(ANNA, symbol, raw) for symbol, raw in held.items()]
        txs += [market.borrow_tx(ANNA, symbol, raw) for symbol, raw in owed.items()]
        assert market.send_many(txs) == [], "all in one block, which is where the imagined one begins"
        await driver.eye.heads.poll()
        opened = await eyes.states.account(Address(""), "lab")
        made = hypothetical(
            opened.market,
            {asset(any_lab, symbol): raw for symbol, raw in held.items()},
            {asset(any_lab, symbol): raw for symbol, raw in owed.items()},
            emode,
        )
        recorder.imagined = {KEY: ImaginedTarget("lab", made)}
        for step in range(8):
            block = await driver.look()
            assert {one.position.account for one in block.positions} == {checksummed(ANNA), KEY}
            truth = market.account_data(ANNA, block.as_of.number)
            assert six(said(recorder, KEY).position) == six(said(recorder, ANNA).position) == truth
            market.scale_price("WETH", 9_600 if step % 2 else 10_100)
            market.supply(BERT, "DAI", 1_000 * WAD)  # somebody moves the indexes
            anvil.warp(DAY * step)


async def test_an_imagined_position_costs_no_request_and_is_never_asked_for() -> None:
    spent = {}
    with lab("3.6", accounts=200) as opened:
        anna = next(plan.user for plan in opened.population.plans if plan.borrows)
        for count in (0, 200):
            recorder = Recorder([anna])
            async with Proxy(opened.anvil.url) as proxy, open_eyes(opened, [proxy.url]) as eyes:
                driver = Driver(eyes, recorder)
                await driver.look()
                await driver.eye.heads.poll()
                for number, user in enumerate(opened.population.users[:count]):
                    one = (await eyes.states.account(checksummed(user), "lab")).account
                    recorder.imagined[Address(f"imagined:w{number}")] = ImaginedTarget("lab", one)
                checked = driver.eye.check.checked
                for _ in range(3):
                    opened.anvil.mine()
                    proxy.asked.clear()
                    block = await driver.look()
                    spent[count] = dict(proxy.asked)
                assert len(block.positions) == 1 + count
                assert driver.eye.check.checked - checked <= 1, "the real one alone"
                for number, user in enumerate(opened.population.users[:count]):
                    seen = said(recorder, f"imagined:w{number}")
                    assert six(seen.position) == opened.market.account_data(user, block.as_of.number)
    assert spent[0] == spent[200] == {"eth_getBlockByNumber": 1, "eth_getLogs": 1, "eth_call": 1}


async def test_without_trust_in_our_arithmetic_only_the_real_ones_are_asked_for(any_lab: Lab) -> None:
    borrow(any_lab)
    recorder = Recorder([ANNA])
    async with open_eyes(any_lab) as eyes:
        state = (await eyes.states.account(checksummed(ANNA), "lab")).account
        recorder.imagined = {KEY: ImaginedTarget("lab", state), OTHER: MirrorTarget("lab", checksummed(ANNA))}
        check = CrossCheck("lab", proven=frozenset())
        eye = watch(eyes, recorder, check)
        for blocks in (1, 2):
            await eye.step(await only_eye(eyes).heads.poll())
            by = {one.position.account: one.position.basis for one in recorder.blocks[-1].positions}
            assert by == {checksummed(ANNA): Basis.CONTRACT, KEY: Basis.COMPUTED, OTHER: Basis.COMPUTED}
            assert check.checked == blocks
            any_lab.anvil.mine()


# ---- mirrors ------------------------------------------------------------------------------------------


async def test_a_mirror_is_its_wallet_at_each_block(any_lab: Lab) -> None:
    market = any_lab.market
    recorder = Recorder()
    recorder.imagined = {
        KEY: MirrorTarget("lab", checksummed(ANNA)),
        OTHER: MirrorTarget("lab", checksummed(ANNA), 1, 2),
    }
    async with open_eyes(any_lab) as eyes:
        driver = Driver(eyes, recorder)
        await driver.look()
        acts = (
            (["supply"], lambda: market.supply(ANNA, "WETH", 10 * WAD)),
            (["borrow"], lambda: market.borrow(ANNA, "USDC", 18_000 * 10**6)),
            ([], lambda: market.scale_price("WETH", 9_700)),
            (["repay"], lambda: market.repay(ANNA, "USDC", 1_000 * 10**6)),
            (["supply"], lambda: market.supply(ANNA, "DAI", 500 * WAD)),
            (["collateral_off"], lambda: market.set_collateral(ANNA, "DAI", on=False)),
            (["withdraw"], lambda: market.withdraw(ANNA, "DAI")),
            ([], lambda: market.scale_price("WETH", 7_000)),
            ([], lambda: market.liquidate(LIQUIDATOR, "WETH", "USDC", ANNA, 4_000 * 10**6)),
            ([], lambda: any_lab.anvil.warp(3 * DAY)),
        )
        for expected, act in acts:
            act()
            block = await driver.look()
            assert len(block.positions) == 3
            wallet, copy, half = (said(recorder, one) for one in (ANNA, KEY, OTHER))
            assert six(copy.position) == six(wallet.position) == market.account_data(ANNA, block.as_of.number)
            assert kinds(copy) == kinds(half) == expected
            assert (copy.moves, copy.liquidations) == (wallet.moves, wallet.liquidations)
            owed, whole = half.position.totals.debt_base, copy.position.totals.debt_base
            assert abs(2 * owed - whole) <= 4 * market.price("USDC") // 10**6, "a few raw units"
    [told] = [one for seen in recorder.of(OTHER) for one in seen.liquidations]
    assert told.repaid == 2_000 * 10**6
    deposit = next(move for seen in recorder.of(OTHER) for move in seen.moves)
    assert (deposit.kind, deposit.amount) == (MoveKind.SUPPLY, 5 * WAD)


async def test_a_mirror_follows_through_a_pause_and_a_reorganisation(any_lab: Lab) -> None:
    market, anvil = any_lab.market, any_lab.anvil
    borrow(any_lab)
    mirrors = {KEY: MirrorTarget("lab", checksummed(ANNA))}
    first = Recorder()
    first.imagined = mirrors
    async with open_eyes(any_lab) as eyes:
        await Driver(eyes, first).look()
    market.repay(ANNA, "USDC", 1_000 * 10**6)
    second = Recorder(cursor=first.saved)
    second.imagined = mirrors
    async with open_eyes(any_lab) as eyes:
        driver = Driver(eyes, second)
        await driver.look()
        assert kinds(said(second, KEY)) == ["repay"], "what was done in the pause"
        fork = anvil.block_number()
        market.repay(ANNA, "USDC", 5_000 * 10**6)
        await driver.look()
        repaid = said(second, KEY).position.totals.debt_base
        anvil.rpc("anvil_reorg", anvil.block_number() - fork, [])
        anvil.mine()
        block = await driver.look()
    assert [gone.to for gone in second.gone] == [fork]
    assert six(said(second, KEY).position) == market.account_data(ANNA, block.as_of.number)
    assert said(second, KEY).position.totals.debt_base > repaid
    assert said(second, KEY).moves == ()


async def test_a_mirror_of_what_cannot_be_known_is_unread_until_it_can(any_lab: Lab) -> None:
    market, anvil = any_lab.market, any_lab.anvil
    borrow(any_lab)
    recorder = Recorder()
    recorder.imagined = {KEY: MirrorTarget("lab", checksummed(ANNA))}
    async with open_eyes(any_lab) as eyes:
        driver = Driver(eyes, recorder)
        await driver.look()
        source = market.reserves["WETH"].source
        working = anvil.rpc("eth_getCode", source, "latest")
        anvil.rpc("anvil_setCode", source, "0x5f5ffd")
        market.supply(ANNA, "USDC", 10**6)
        assert set((await driver.look()).unread) == {checksummed(ANNA), KEY}
        anvil.rpc("anvil_setCode", source, working)
        anvil.mine()
        block = await driver.look()
    assert block.unread == ()
    assert kinds(said(recorder, KEY)) == ["supply"], "what happened meanwhile is told now"
    assert six(said(recorder, KEY).position) == market.account_data(ANNA, block.as_of.number)


# ---- stored words on request ----------------------------------------------------------------------------


async def test_stored_words_on_request_are_those_of_the_bench(any_lab: Lab) -> None:
    market = any_lab.market
    borrow(any_lab)
    market.supply(LIQUIDATOR, "SNX", 10_000 * WAD)
    market.set_collateral(LIQUIDATOR, "SNX", on=True)
    market.borrow(LIQUIDATOR, "USDC", 5_000 * 10**6)
    if market.version == "3.0.2":
        market.supply(BERT, "WETH", 10 * WAD)
        market.borrow(BERT, "USDT", 1_000 * 10**6, STABLE)
    any_lab.anvil.warp(30 * DAY)
    market.repay(ANNA, "USDC", 10**6)
    market.mint("WETH", market.reserves["WETH"].atoken, WAD)  # a gift is no liquidity where the pool counts
    async with Proxy(any_lab.anvil.url) as proxy, open_eyes(any_lab, [proxy.url]) as eyes:
        await eyes.states.account(checksummed(BERT), "lab")  # resolves the market
        any_lab.anvil.warp(DAY)
        await only_eye(eyes).heads.poll()
        proxy.asked.clear()
        seen = await eyes.states.account(checksummed(ANNA), "lab")
        assert proxy.asked == {"eth_call": 3}
        alone = await eyes.states.account(Address(""), "lab")
    bench = Bench(market, [ANNA, BERT])
    assert seen.account == bench.keeper.accounts[ANNA]
    assert seen.liquidity == alone.liquidity == bench.liquidity
    assert any(one.isolated_debt_cents for one in seen.liquidity.values())
    assert any(one.accrued_to_treasury for one in seen.liquidity.values())
    assert any(one.stable and one.stable.principal for one in seen.liquidity.values()) == (
        market.version == "3.0.2"
    )
    assert seen.market.reserves == alone.market.reserves == bench.keeper.state.reserves
    assert seen.market.prices == bench.keeper.state.prices
    assert seen.market.as_of.number == any_lab.anvil.block_number()
    assert six(position(seen.market, seen.account)) == market.account_data(ANNA)
    assert (alone.account.configuration, alone.account.holdings) == (0, ())


async def test_what_has_no_liquidity_to_tell_of_is_missing_and_an_account_is_whole_or_an_error(
    lab_v36: Lab,
) -> None:
    anvil, weth = lab_v36.anvil, lab_v36.market.reserves["WETH"]
    async with open_eyes(lab_v36) as eyes:
        await eyes.states.account(checksummed(ANNA), "lab")
        anvil.rpc("anvil_setCode", weth.vtoken, "0x5f5ffd")
        anvil.mine()
        await only_eye(eyes).heads.poll()
        seen = await eyes.states.account(Address(""), "lab")
        assert seen.liquidity.keys() == seen.market.reserves.keys() - {weth.id}
        with pytest.raises(SourceError, match="an account could not be read"):
            await eyes.states.account(checksummed(ANNA), "lab")
        with pytest.raises(SourceError, match="nonsense: is not watched"):
            await eyes.states.account(checksummed(ANNA), "nonsense")


async def test_origins_come_with_every_reading_and_not_with_the_contracts_word(any_lab: Lab) -> None:
    borrow(any_lab)
    recorder = Recorder([ANNA, BERT])
    async with open_eyes(any_lab) as eyes:
        driver = Driver(eyes, recorder)
        await driver.look()
        any_lab.anvil.warp(DAY)
        await driver.look()
        [asked] = (await eyes.positions.wallet(checksummed(ANNA))).positions
        every = [one.position for block in recorder.blocks for one in block.positions]
        for found in (*every, asked):
            assert position(found.origin.market, found.origin.account) == found
            assert {one.asset.symbol for one in found.origin.market.reserves.values()} == (
                {"WETH", "USDC"} if found.supplied else set()
            )
        contract = Recorder([ANNA])
        eye = watch(eyes, contract, CrossCheck("lab", proven=frozenset()))
        await eye.step(await only_eye(eyes).heads.poll())
    assert [one.position.origin for one in contract.of(ANNA)] == [None]
