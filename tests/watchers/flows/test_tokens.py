"""The allow-list: made of our tables by contract, families by what people mean, prices by oracles or none."""

import pytest

from bot.domain.markets import Market, fold
from bot.domain.transfers import NATIVE
from bot.domain.units import Address, Asset
from watchers.aave.markets import chain_of, load_chains, load_markets
from watchers.aave.structure import Listed, Structure
from watchers.evm.words import checksummed
from watchers.flows.tokens import AllowList, allow_list

POOL, TOKEN, A_TOKEN, DEBT = (checksummed(0xD0 + number) for number in range(4))


def of(chain_id: int) -> AllowList:
    return allow_list(chain_of(chain_id), [m for m in load_markets() if m.chain_id == chain_id])


def named(allowed: AllowList, symbol: str):
    return next(one for one in allowed.assets if one.asset.symbol == symbol)


def test_ethereum() -> None:
    allowed = of(1)
    weth = named(allowed, "WETH").asset.address
    assert allowed.wrapper == weth
    assert allowed.native.address == NATIVE
    for symbol in ("ETH", "WETH", "aWETH", "stETH"):
        one = named(allowed, symbol)
        assert (one.family, one.priced_as) == ("eth", weth)
    wsteth = named(allowed, "wstETH")
    assert (wsteth.family, wsteth.priced_as) == ("eth", wsteth.asset.address)
    assert named(allowed, "awstETH").priced_as == wsteth.asset.address
    assert (named(allowed, "WBTC").family, named(allowed, "aUSDC").family) == ("btc", "usd")
    assert named(allowed, "LINK").family == "link"
    assert named(allowed, "stETH").asset.address == "0xae7ab96520DE3A18E5e111B5EaAb095312D7fE84"
    assert len(allowed.pools) == 4
    assert NATIVE not in allowed.contracts
    assert {pool.address for pool in allowed.pools} <= set(allowed.contracts)


@pytest.mark.parametrize(
    ("chain_id", "symbol", "family", "wrapper"),
    [
        (8453, "ETH", "eth", "WETH"),
        (56, "BNB", "bnb", "WBNB"),
        (100, "xDAI", "usd", "WXDAI"),
        (137, "POL", "pol", "WPOL"),
        (43114, "AVAX", "avax", "WAVAX"),
        (5000, "MNT", "mnt", "WMNT"),
        (146, "S", "s", "wS"),
    ],
)
def test_coins(chain_id: int, symbol: str, family: str, wrapper: str) -> None:
    allowed = of(chain_id)
    coin, wrapped = named(allowed, symbol), named(allowed, wrapper)
    assert (coin.asset.address, coin.asset.decimals) == (NATIVE, 18)
    assert (coin.family, wrapped.family) == (family, family)
    assert coin.priced_as == wrapped.asset.address == allowed.wrapper


def test_a_coin_with_a_face_of_its_own_is_priced_by_that_and_has_no_wrapper() -> None:
    allowed = of(42220)
    coin, face = named(allowed, "CELO"), allowed.assets[0]
    assert coin is face
    assert allowed.wrapper is None
    assert coin.priced_as == "0x471EcE3750Da237f93B8E339c536989b8978a438"


def test_a_coin_that_no_market_prices_has_no_price() -> None:
    assert of(143).assets[0].priced_as == NATIVE


@pytest.mark.parametrize("chain", load_chains(), ids=lambda chain: chain.key)
def test_every_chain(chain) -> None:
    allowed = of(chain.chain_id)
    addresses = [one.asset.address for one in allowed.assets]
    assert len(addresses) == len(set(addresses)) == len(allowed.by_number)
    for one in allowed.assets:
        assert one.asset.chain_id == chain.chain_id
        assert one.asset.address in (NATIVE, checksummed(one.asset.address))
        assert one.family == fold(one.family).lower()
        assert one.asset.symbol


def custom(key: str, chain_id: int) -> Market:
    return Market(key, "Fork", "fork", chain_id, checksummed(1))


def structure(*assets: Asset) -> Structure:
    listed = tuple(
        Listed(number, asset, Address(checksummed(0xA000 + number)), DEBT, None)
        for number, asset in enumerate(assets)
    )
    addresses = tuple(asset.address for asset in assets)
    return Structure(TOKEN, POOL, TOKEN, TOKEN, 10, 10**8, addresses, listed, None)


def test_a_market_of_ones_own_is_taken_as_read_with_names_cleaned() -> None:
    weth = Asset(31337, TOKEN, "WETH", 18)
    evil = Asset(31337, A_TOKEN, "\u202eUSDC\nhttps://evil.example", 77)
    allowed = allow_list(chain_of(31337), [custom("fork", 31337)], {"fork": structure(weth, evil)})
    assert [pool.address for pool in allowed.pools] == [POOL]
    assert allowed.wrapper == TOKEN
    assert (allowed.assets[0].family, allowed.assets[0].priced_as) == ("eth", TOKEN)
    other = allowed.by_number[int(A_TOKEN, 16)]
    assert "\n" not in other.symbol
    assert "\u202e" not in other.symbol
    assert other.decimals == 77


def test_a_stranger_that_calls_itself_ether_is_not_of_the_family() -> None:
    """On a chain of which we have a table, only contracts of the table are."""
    fake = Asset(1, TOKEN, "ETH", 18)
    usdc = next(one.asset for one in of(1).assets if one.asset.symbol == "USDC")
    lying = Asset(1, usdc.address, "WBTC", 8)
    allowed = allow_list(chain_of(1), [custom("fork", 1)], {"fork": structure(fake, lying)})
    found = {one.asset.address: one for one in allowed.assets}
    assert found[TOKEN].family not in {"eth", "usd", "btc"}
    assert found[usdc.address].asset == usdc, "our table's symbol and decimals"
    assert found[usdc.address].family == "usd"
