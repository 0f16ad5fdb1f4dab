"""What the flow rules ask about accounts: who has code, who has a loan, in few requests."""

import pytest

from bot.errors import SourceError
from tests.chain.abi import address
from tests.chain.lab import Lab
from tests.watchers.flows import code
from tests.watchers.flows.rig import ANNA, BERT, FORWARDER, HOT, WAD
from tests.watchers.proxy import Proxy
from tests.watchers.recorder import open_eyes, six
from watchers.evm.words import checksummed

pytestmark = pytest.mark.chain

MANY = [checksummed(address(0x57A9 + number)) for number in range(400)]


async def test_who_has_code(lab_v36: Lab) -> None:
    anvil = lab_v36.anvil
    code.put(anvil, FORWARDER, code.FORWARDER)
    code.put(anvil, BERT, "ef0100" + "11" * 20)
    async with Proxy(anvil.url) as proxy, open_eyes(lab_v36, [proxy.url]) as eyes:
        found = await eyes.chain_query.contracts(anvil.chain_id, [ANNA, BERT, FORWARDER, HOT, *MANY[:46]])
        assert found == {FORWARDER}, "a delegation is no contract"
        assert (proxy.sent, proxy.asked["eth_getCode"]) == (1, 50)
        assert await eyes.chain_query.contracts(anvil.chain_id, []) == frozenset()
        proxy.most_batch = 3
        assert await eyes.chain_query.contracts(anvil.chain_id, [FORWARDER, *MANY[:20]]) == {FORWARDER}
        with pytest.raises(SourceError):
            await eyes.chain_query.contracts(5, [ANNA])
        proxy.answer = (200, {"result": "0xef0100" + "11" * 21})  # anvil itself dies of such code
        assert await eyes.chain_query.contracts(anvil.chain_id, [ANNA]) == {ANNA}
        proxy.answer = (200, {"result": None})
        with pytest.raises(SourceError):
            await eyes.chain_query.contracts(anvil.chain_id, [ANNA])


async def test_who_has_a_loan_then_and_now(any_lab: Lab) -> None:
    market, anvil = any_lab.market, any_lab.anvil
    market.supply(BERT, "WETH", WAD)
    market.supply(ANNA, "WETH", 10 * WAD)
    market.borrow(ANNA, "USDC", 9_000 * 10**6)
    async with Proxy(anvil.url) as proxy, open_eyes(any_lab, [proxy.url]) as eyes:
        before = await eyes._chains[0].heads.poll()
        market.repay(ANNA, "USDC", 4_000 * 10**6)
        await eyes._chains[0].heads.poll()
        query = eyes.chain_query
        everybody = [ANNA, BERT, *MANY]
        [now], unread = await query.loans(anvil.chain_id, everybody)
        assert unread == ()
        assert (now.account, six(now)) == (ANNA, market.account_data(ANNA, now.as_of.number))
        proxy.asked.clear()
        await query.loans(anvil.chain_id, everybody)
        assert proxy.asked["eth_call"] <= 3, "402 accounts, one of them in debt"
        [then], _ = await query.loans(anvil.chain_id, [ANNA], before.ref)
        assert then.as_of == before.ref
        assert six(then) == market.account_data(ANNA, before.number)
        assert then.totals.debt_base > now.totals.debt_base
        assert await query.loans(anvil.chain_id + 1, [ANNA], before.ref) == ((), ())
        assert await query.loans(anvil.chain_id, []) == ((), ())
        market.repay(ANNA, "USDC")
        await eyes._chains[0].heads.poll()
        assert await query.loans(anvil.chain_id, everybody) == ((), ())


async def test_a_market_that_cannot_be_asked_is_named(lab_v36: Lab) -> None:
    market = lab_v36.market
    market.supply(ANNA, "LINK", 1_000 * WAD)
    market.borrow(ANNA, "USDC", 1_000 * 10**6)
    async with Proxy(lab_v36.anvil.url) as proxy, open_eyes(lab_v36, [proxy.url]) as eyes:
        query = eyes.chain_query
        [_], unread = await query.loans(lab_v36.anvil.chain_id, [ANNA])
        assert unread == ()
        proxy.answer, proxy.only = (200, {"error": {"code": -32000, "message": "internal"}}), "eth_call"
        assert await query.loans(lab_v36.anvil.chain_id, [ANNA]) == ((), ("Lab market",))
        proxy.answer = None
        code.put(lab_v36.anvil, market.reserves["LINK"].source, "5f5ffd")
        await eyes._chains[0].heads.poll()
        lab_v36.anvil.mine()
        await eyes._chains[0].heads.poll()
        assert await query.loans(lab_v36.anvil.chain_id, [ANNA, BERT]) == ((), ("Lab market",))
