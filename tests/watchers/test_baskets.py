"""The table of baskets: in step with the market table, no contract twice, every entry with its source."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

from eth_utils.address import is_checksum_address

from bot.domain.baskets import basket_of
from bot.domain.units import Asset
from watchers.aave.baskets import load_baskets
from watchers.aave.markets import find_market, load_markets

SCRIPT = Path(__file__).parents[2] / "scripts" / "make_baskets.py"
RESERVES = {
    Asset(market.chain_id, one.underlying, one.symbol, one.decimals)
    for market in load_markets()
    for one in market.reserves
}


def test_the_file_is_what_its_script_makes():
    made = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout


def test_every_member_is_listed_somewhere_and_in_one_basket_only():
    members = [member for basket in load_baskets() for member in basket.members]
    places = Counter((member.chain_id, member.address) for member in members)
    assert set(places.values()) == {1}
    assert set(places) <= {(asset.chain_id, asset.address) for asset in RESERVES}
    assert all(is_checksum_address(member.address) and member.source for member in members)


def test_a_basket_has_one_lead_on_each_of_its_chains():
    for basket in load_baskets():
        chains = {member.chain_id for member in basket.members}
        assert Counter(member.chain_id for member in basket.members if member.lead) == Counter(chains)
        assert all(basket.lead(chain_id) for chain_id in chains)


def test_what_the_issue_of_the_core_market_names():
    core = find_market("ethereum")
    assert core is not None
    known = {one.symbol: Asset(1, one.underlying, one.symbol, one.decimals) for one in core.reserves}

    def key(symbol: str) -> str | None:
        basket = basket_of(known[symbol], load_baskets())
        return basket.key if basket else None

    for symbol in ("WETH", "wstETH", "weETH", "rsETH", "osETH", "cbETH", "rETH", "ezETH", "ETHx", "tETH"):
        assert key(symbol) == "eth"
    for symbol in ("WBTC", "cbBTC", "tBTC", "LBTC", "FBTC", "eBTC"):
        assert key(symbol) == "btc"
    for symbol in ("USDC", "USDT", "DAI", "GHO", "USDe", "sUSDe", "PT-sUSDE-5FEB2026"):
        assert key(symbol) == "usd"
    assert [key(symbol) for symbol in ("LINK", "AAVE", "XAUt")] == [None, None, None]


def test_what_looks_like_a_basket_and_is_in_none_was_left_out_on_purpose():
    """A new listing of such a name is seen here first."""
    baskets = load_baskets()
    alone = {asset.symbol for asset in RESERVES if basket_of(asset, baskets) is None}
    looking = {symbol for symbol in alone if any(word in symbol for word in ("ETH", "BTC", "USD", "DAI"))}
    assert looking == {"sUSD"}
