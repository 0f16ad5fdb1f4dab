"""The tables as they are shipped: complete, checksummed, consistent, and written as the script does it."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from eth_utils.address import is_checksum_address

from bot.domain.markets import ElsewhereProtocol, Market, fold
from bot.errors import SettingsError
from watchers.aave.markets import (
    chain_of,
    custom_market,
    find_chain,
    find_market,
    load_chains,
    load_elsewhere,
    load_markets,
)

ROOT = Path(__file__).resolve().parents[2]
MADE = [
    ROOT / "watchers/aave/markets.json",
    ROOT / "watchers/aave/elsewhere.json",
    ROOT / "tests/watchers/testnet_markets.json",
]
PROVIDER = "0x2f39d218133AFaB8F2B819B1066c7E434Ad94E9e"


def strings(node):
    """Every string value in a JSON document."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from strings(value)


@pytest.mark.parametrize("path", [*MADE, ROOT / "watchers/evm/chains.json"], ids=lambda p: p.name)
def test_every_address_is_whole_and_checksummed(path):
    addresses = [text for text in strings(json.loads(path.read_text())) if text.startswith("0x")]
    assert len(addresses) >= 20
    assert [a for a in addresses if not is_checksum_address(a) or int(a, 16) == 0] == []


@pytest.mark.parametrize("path", MADE, ids=lambda p: p.name)
def test_made_files_name_their_source_and_are_canonical(path):
    content = json.loads(path.read_text())
    source = content["source"]
    assert source["package"] == "@aave-dao/aave-address-book"
    assert tuple(map(int, source["version"].split("."))) >= (4, 68, 1)
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", source["published"])
    assert source["licence"].startswith("MIT")
    assert path.read_text() == json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    [name] = content.keys() - {"source"}
    assert content[name] == sorted(content[name], key=lambda row: (row["chain_id"], row["key"]))


def test_the_whole_of_aave_v3_is_there():
    markets = load_markets()
    assert len(markets) >= 24
    assert len({market.chain_id for market in markets}) >= 21
    assert sum(len(market.reserves) for market in markets) >= 310
    assert {"ethereum", "ethereum-prime", "ethereum-etherfi", "arbitrum", "base", "zksync"} <= {
        m.key for m in markets
    }


def test_what_must_differ_differs():
    markets = load_markets()
    # Four chains share their addresses, so only (chain, address) tells markets apart.
    for column in (
        [m.key for m in markets],
        [m.title for m in markets],
        [(m.chain_id, m.pool) for m in markets],
        [(m.chain_id, m.addresses_provider) for m in markets],
        [m.app_market_name for m in markets],
        [p.key for p in load_elsewhere()],
        [(p.chain_id, p.contract) for p in load_elsewhere()],
        [c.key for c in load_chains()],
        [c.chain_id for c in load_chains()],
    ):
        assert [value for value, times in Counter(column).items() if times > 1] == []


def test_a_market_is_complete_and_its_reserves_are_told_apart():
    for market in load_markets():
        found = (market.pool, market.oracle, market.pool_configurator, market.protocol_data_provider)
        assert all(found), market.key
        assert market.ui_pool_data_provider, market.key
        assert market.reserves, market.key
        for column in ("symbol", "underlying", "a_token", "v_token"):
            values = [getattr(reserve, column) for reserve in market.reserves]
            assert len(set(values)) == len(values), (market.key, column)
        for reserve in market.reserves:
            assert 0 < reserve.decimals <= 18, (market.key, reserve)
            assert re.fullmatch(r"[A-Za-z0-9.\-]{1,32}", reserve.symbol), (market.key, reserve)


def test_bridged_and_native_usdc_are_not_mixed_up():
    circles = {
        "arbitrum": "0xaf88d065e77c8cC2239327C5EDb3A432268e5831",
        "optimism": "0x0b2C639c533813f4Aa9D7837CAf62653d097Ff85",
        "polygon": "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359",
    }
    for key, circle in circles.items():
        usdc = {r.symbol: r.underlying for r in find_market(key).reserves if r.symbol.startswith("USDC")}
        assert usdc.keys() == {"USDC", "USDC.e"}
        assert usdc["USDC"] == circle


def test_every_chain_named_exists_and_agrees_on_its_id():
    chains = {chain.key: chain.chain_id for chain in load_chains()}
    for row in (*load_markets(), *load_elsewhere()):
        assert chains[row.chain] == row.chain_id


def test_no_testnet_is_in_production():
    testnets = json.loads((ROOT / "tests/watchers/testnet_markets.json").read_text())["markets"]
    shipped = load_markets()
    assert len(testnets) >= 7
    assert {row["chain_id"] for row in testnets}.isdisjoint(chain.chain_id for chain in load_chains())
    assert {(row["chain_id"], row["pool"]) for row in testnets}.isdisjoint(
        (m.chain_id, m.pool) for m in shipped
    )
    assert not [
        m.key for m in shipped if re.search("sepolia|fuji|testnet|goerli", f"{m.key} {m.title}".lower())
    ]


def test_endpoints_and_explorers_are_https_without_a_key():
    for chain in load_chains():
        assert chain.rpcs, chain.key
        assert re.fullmatch(r"https://[a-z0-9.-]+(/[a-z0-9/-]+)?", chain.explorer), chain.key
        assert chain.block_ms > 0
        urls = [*chain.rpc_urls, *(rpc.ws for rpc in chain.rpcs if rpc.ws)]
        assert len(set(urls)) == len(urls)
        for url in urls:
            assert re.match(r"(https|wss)://[a-z0-9.-]+\.[a-z]+(/|$)", url), url
            assert not re.search(r"[0-9a-zA-Z]{24,}|key=", url.split("//", 1)[1]), f"{url} carries a key"
    assert len(find_chain("ethereum").rpcs) >= 3
    # Known dead for keyless use, or refusing eth_call, when the table was made.
    dead = re.compile(r"llamarpc|ankr\.com|cloudflare-eth")
    assert not [url for chain in load_chains() for url in chain.rpc_urls if dead.search(url)]


def test_multicall3_is_at_the_usual_place_but_for_zksync():
    elsewhere = {
        c.key: c.multicall3 for c in load_chains() if c.multicall3 != find_chain("ethereum").multicall3
    }
    assert elsewhere == {"zksync": "0xF9cda624FBC7e059355ce98a31693d299FACd963"}


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("ethereum", "ethereum"),
        ("Core", "ethereum"),
        ("mainnet", "ethereum"),
        ("Aave v3 Ethereum Prime", "ethereum-prime"),
        ("ethereum-lido", "ethereum-prime"),
        ("ETHEREUM_LIDO", "ethereum-prime"),
        ("AaveV3EthereumEtherFi", "ethereum-etherfi"),
        ("horizon", "ethereum-horizon"),
        ("op", "optimism"),
        ("arb", "arbitrum"),
        ("bsc", "bnb"),
        ("avax", "avalanche"),
        ("Tydro", "ink"),
        ("x layer", "xlayer"),
        ("zkSync Era", "zksync"),
    ],
)
def test_markets_are_found_as_people_name_them(typed, key):
    assert find_market(typed).key == key


@pytest.mark.parametrize("typed", ["", " ", "-", "aave v3", "ethereumm", "🦄", "proto_mainnet"])
def test_an_unknown_name_finds_nothing(typed):
    assert find_market(typed) is None


def test_no_name_means_two_markets_or_two_chains():
    for table in (load_markets(), load_chains()):
        owners = {}
        for row in table:
            for name in {fold(row.key), fold(row.title), *map(fold, row.aliases)}:
                assert owners.setdefault(name, row.key) == row.key, name


def test_links():
    prime = find_market("prime")
    assert prime.app_url == "https://app.aave.com/dashboard/?marketName=proto_lido_v3"
    assert find_market("ink").app_url == "https://app.tydro.com/dashboard/?marketName=proto_ink_v3"
    assert prime.defi_saver_url == "https://app.defisaver.com/aave"
    assert find_market("gnosis").defi_saver_url is None
    chain = find_chain(prime.chain_id)
    assert chain.address_url(prime.pool) == f"https://etherscan.io/address/{prime.pool}"
    assert chain.transaction_url("0xab") == "https://etherscan.io/tx/0xab"
    assert chain.block_url(7) == "https://etherscan.io/block/7"


def test_probes_cover_v2_and_v4():
    probes = {probe.key: probe for probe in load_elsewhere()}
    assert {
        "aave-v2-ethereum",
        "aave-v2-ethereum-amm",
        "aave-v2-polygon",
        "aave-v2-avalanche",
    } <= probes.keys()
    v4 = Counter(p.chain for p in probes.values() if p.protocol is ElsewhereProtocol.AAVE_V4)
    assert v4 == {"ethereum": 13, "avalanche": 3, "arc": 2}
    assert probes["aave-v4-ethereum-main"].contract == "0x94e7A5dCbE816e498b89aB752661904E2F56c485"
    # The same selector, other words: 2 of 7 in v4, 5 of 6 in v2.
    assert probes["aave-v4-ethereum-main"].words.health_factor == 2
    assert probes["aave-v2-ethereum"].words.health_factor == 5
    for probe in probes.values():
        words = probe.words
        assert max(words.collateral, words.debt, words.health_factor) < words.count


def test_a_custom_market_knows_only_its_provider():
    market = custom_market("My Fork", 31337, PROVIDER.lower())
    assert market == Market("my-fork", "My Fork", "chain-31337", 31337, PROVIDER)
    assert market.pool is None
    assert market.app_url is None
    assert find_market("my_fork") is None
    assert find_market("my_fork", custom=[market]) is market
    assert custom_market("spark", 1, PROVIDER).chain == "ethereum"
    bare = chain_of(31337)
    assert (bare.key, bare.rpc_urls, bare.address_url(PROVIDER)) == ("chain-31337", (), None)


@pytest.mark.parametrize(
    ("name", "chain_id", "provider", "named"),
    [
        ("", 1, PROVIDER, "name"),
        ("Core", 1, PROVIDER, "Aave v3 Ethereum"),
        ("fork", 0, PROVIDER, "chain id 0"),
        ("fork", 1, PROVIDER[:-1], PROVIDER[:-1]),
        ("fork", 1, PROVIDER[:-1] + "E", "EIP-55"),
        ("fork", 1, "vitalik.eth", "vitalik.eth"),
    ],
)
def test_a_wrong_custom_market_is_refused_by_name(name, chain_id, provider, named):
    with pytest.raises(SettingsError) as refused:
        custom_market(name, chain_id, provider)
    assert len(refused.value.faults) == 1
    assert named in refused.value.faults[0]


def test_all_faults_of_a_custom_market_are_told_at_once():
    with pytest.raises(SettingsError) as refused:
        custom_market("core", 0, "0x12")
    assert len(refused.value.faults) == 3
