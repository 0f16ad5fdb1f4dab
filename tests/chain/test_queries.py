"""Questions about anyone's wallet and any asset, and the places that we only look into."""

import pytest
from eth_abi.abi import encode as abi_encode

from bot.domain.markets import ElsewhereProbe, ElsewhereProtocol
from bot.errors import SourceError
from tests.chain.abi import call_data
from tests.chain.answer_book import AnswerBook
from tests.chain.lab import Lab
from tests.watchers.proxy import Proxy
from tests.watchers.recorder import open_eyes, six
from watchers.evm.words import checksummed

pytestmark = pytest.mark.chain

ANNA = checksummed("0x000000000000000000000000000000000000a44a")
BERT = checksummed("0x0000000000000000000000000000000000000be7")
V2 = checksummed("0x00000000000000000000000000000000000000f2")
V4 = checksummed("0x00000000000000000000000000000000000000f4")
NOBODY = checksummed("0x00000000000000000000000000000000000000f9")
WAD = 10**18


def probe(title: str, protocol: ElsewhereProtocol, contract: str) -> ElsewhereProbe:
    return ElsewhereProbe(title, title, protocol, "lab", 31337, checksummed(contract))


PROBES = [
    probe("Old", ElsewhereProtocol.AAVE_V2, V2),
    probe("New", ElsewhereProtocol.AAVE_V4, V4),
]


def answers(lab: Lab) -> None:
    ask = bytes.fromhex(call_data("getUserAccountData(address)", ANNA)[2:])
    empty = bytes.fromhex(call_data("getUserAccountData(address)", BERT)[2:])
    old, new = AnswerBook(lab.anvil, V2), AnswerBook(lab.anvil, V4)
    no_debt = 2**256 - 1
    old.put(ask, abi_encode(["uint256"] * 6, [5, 0, 1, 8000, 7500, no_debt]))
    old.put(empty, abi_encode(["uint256"] * 6, [0, 0, 0, 0, 0, no_debt]))
    new.put(ask, abi_encode(["uint256"] * 7, [0, 8 * 10**17, 2 * WAD, 10**30, 10**57, 1, 1]))
    new.put(empty, abi_encode(["uint256"] * 7, [0, 0, no_debt, 0, 0, 0, 0]))


async def test_a_wallet_is_read_with_two_requests_and_equals_the_contract(any_lab: Lab) -> None:
    market = any_lab.market
    market.supply(ANNA, "WETH", WAD)
    market.borrow(ANNA, "USDC", 1_000 * 10**6)
    async with Proxy(any_lab.anvil.url) as proxy, open_eyes(any_lab, [proxy.url]) as eyes:
        await eyes.positions.wallet(BERT)  # resolves the market
        any_lab.anvil.warp(86_400)
        await eyes._chains[0].heads.poll()
        proxy.asked.clear()
        seen = await eyes.positions.wallet(ANNA)
        assert proxy.asked == {"eth_call": 2}
    [position] = seen.positions
    assert six(position) == market.account_data(ANNA, position.as_of.number)
    assert [part.asset.symbol for part in position.supplied] == ["WETH"]
    assert (seen.elsewhere, seen.unread) == ((), ())


async def test_places_we_do_not_watch_are_told_and_never_mixed_up(lab_v36: Lab) -> None:
    answers(lab_v36)
    async with open_eyes(lab_v36, probes=PROBES) as eyes:
        seen = await eyes.positions.wallet(ANNA)
        assert [(place.title, place.has_debt) for place in seen.elsewhere] == [("Old", False), ("New", True)]
        assert seen.unread == ()
        assert seen.positions == ()
        other = await eyes.positions.wallet(BERT)
        assert (other.elsewhere, other.unread) == ((), ())
        one = await eyes.positions.wallet(ANNA, market="lab")
        assert one.elsewhere == (), "asked for one market only"


async def test_a_place_that_gives_no_answer_is_unread_not_empty(lab_v36: Lab) -> None:
    answers(lab_v36)
    probes = [
        *PROBES,
        probe("Gone", ElsewhereProtocol.AAVE_V4, NOBODY),
        probe("Odd", ElsewhereProtocol.AAVE_V4, V2),
    ]
    async with open_eyes(lab_v36, probes=probes) as eyes:
        seen = await eyes.positions.wallet(ANNA)
    assert [place.title for place in seen.elsewhere] == ["Old", "New"]
    assert seen.unread == ("Gone", "Odd"), "six words are no answer of a v4 spoke"


async def test_nothing_read_is_an_error_not_an_empty_wallet(lab_v36: Lab) -> None:
    async with Proxy(lab_v36.anvil.url) as proxy:
        proxy.answer = (503, "no")
        async with open_eyes(lab_v36, [proxy.url]) as eyes:
            with pytest.raises(SourceError):
                await eyes.positions.wallet(ANNA)
            with pytest.raises(SourceError):
                await eyes.prices.prices("WETH")


async def test_prices_by_symbol_in_any_case_and_by_address(lab_v36: Lab) -> None:
    market = lab_v36.market
    async with open_eyes(lab_v36) as eyes:
        for name in ("wsteth", "WSTETH", market.reserves["wstETH"].address):
            [price] = await eyes.prices.prices(name)
            assert (price.asset.symbol, price.price) == ("wstETH", market.price("wstETH"))
            assert price.base_unit == 10**8
        assert await eyes.prices.prices("nonsense") == ()
        assert await eyes.prices.prices("WETH", market="other") == ()
        assert set(eyes.prices.symbols()) == set(market.reserves)
