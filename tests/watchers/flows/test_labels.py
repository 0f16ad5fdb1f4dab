"""The table of exchange addresses: what it promises, and that no token contract is in it."""

import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from eth_utils.address import is_checksum_address

from bot.domain.labels import PROOF, Confidence, LabelKind, Labels, confidence_of
from tests.watchers.flows.books import address_book, token_list
from watchers.aave.markets import find_market, load_chains
from watchers.flows.labels import FAMILY_LETTERS, known_contracts, labels_as_of, load_labels

ROOT = Path(__file__).parents[3]
TOKENS = json.loads((ROOT / "watchers" / "flows" / "exchange_tokens.json").read_text())["tokens"]
LABELS = load_labels()
ADDRESSES = {one.address.lower() for one in LABELS}


def test_every_row_says_whose_from_where_and_of_when():
    chains = {chain.chain_id for chain in load_chains()}
    for one in LABELS:
        assert is_checksum_address(one.address)
        assert one.chain_id in chains
        assert one.exchange
        assert one.exchange == one.exchange.strip()
        assert one.sources
        assert set(one.sources) <= set(FAMILY_LETTERS.values())
        assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", one.seen)
        assert one.seen <= labels_as_of()
        assert one.note.isprintable()
        assert len(one.note) <= 60


def test_who_is_sure_is_what_the_rule_says():
    for one in LABELS:
        assert one.confidence is confidence_of(one.sources, one.seen, labels_as_of())
    sure = [one for one in LABELS if one.confidence is Confidence.SURE]
    assert all(PROOF in one.sources or len(one.sources) > 1 for one in sure)
    assert {one.confidence for one in LABELS} == {Confidence.SURE, Confidence.LIKELY}


def test_an_address_belongs_to_one_exchange_on_all_chains():
    assert set(Counter((one.chain_id, one.address) for one in LABELS).values()) == {1}
    owners = defaultdict(set)
    for one in LABELS:
        owners[one.address].add(one.exchange)
    assert {address: names for address, names in owners.items() if len(names) > 1} == {}


def test_the_table_is_in_order():
    order = [(one.exchange.casefold(), one.chain_id, one.address.lower()) for one in LABELS]
    assert order == sorted(order)


def test_no_token_and_no_contract_of_a_protocol_is_an_exchanges_wallet():
    assert not ADDRESSES & {address.lower() for address in known_contracts()}
    assert not ADDRESSES & token_list()
    assert not ADDRESSES & address_book()


def test_the_lists_that_decide_that_are_what_they_should_be():
    """Or the test before this one would be green for nothing."""
    core = find_market("ethereum")
    assert core is not None
    book, tokens = address_book(), token_list()
    assert len(book) > 4_000
    assert len(tokens) > 1_500
    for reserve in core.reserves:
        assert {reserve.underlying, reserve.a_token, reserve.v_token} <= known_contracts()
        assert reserve.a_token.lower() in book
    assert "0x4fabb145d64652a948d72533023f6e7a623c7c53" in tokens  # BUSD, "Binance 62" on public lists


def test_the_tokens_that_public_lists_take_for_wallets_are_known():
    addresses = [address for rows in TOKENS.values() for address, _ in rows]
    assert all(map(is_checksum_address, addresses))
    assert set(addresses) <= known_contracts()
    symbols = {symbol for _, symbol in TOKENS["1"]}
    assert {"BUSD", "CRO", "HT", "HBTC", "OKB", "LEO", "BNB", "GT", "KCS", "WBT", "FTT"} <= symbols


@pytest.mark.parametrize(
    ("address", "exchange", "kind"),
    [
        ("0x28C6c06298d514Db089934071355E5743bf21d60", "Binance", LabelKind.HOT),
        ("0xBE0eB53F46cd790Cd13851d5EFf43D12404d33E8", "Binance", LabelKind.COLD),
        ("0x6454ac71ca260f99cCa99A3f4241dfDa20cfA965", "Binance", LabelKind.STAKING),
        ("0x53Da100999E35D85884c84fb3045609d554f0dd1", "Binance", LabelKind.STAKING),
        ("0x51CA21eD46a9DF3Cb6F34624CBd482d312996730", "Crypto.com", LabelKind.CONTRACT),
        ("0xEDc7001e99a37c3D23b5f7974F837387e09f9C93", "Coinbase", LabelKind.DEPOSIT),
    ],
)
def test_some_that_everybody_knows(address, exchange, kind):
    label = Labels.of(LABELS).get(1, address)
    assert label is not None
    assert (label.exchange, label.kind) == (exchange, kind)
    assert kind.takes_deposits is (kind not in (LabelKind.CONTRACT, LabelKind.STAKING))


@pytest.mark.parametrize(
    "address",
    [
        "0x964c192e54E5eF4176626875BB53071956579fca",  # who robbed CoinEx
        "0x881D4032abe4188e2237eFCD27aB435E81FC6bb1",  # a payment processor
        "0x326031E680419FB020a5361Ff56384E166B5aa85",  # proved for Zilliqa only
    ],
)
def test_some_that_lists_get_wrong(address):
    assert address not in {one.address for one in LABELS}


FACTS = """chain,address,exchange,kind,families,newest_source,confidence,label
ethereum,0xbe0eb53f46cd790cd13851d5eff43d12404d33e8,Binance,cold,exchange-proof-of-reserve,2022-11,sure,
bsc,0xbe0eb53f46cd790cd13851d5eff43d12404d33e8,Binance,hot,defillama,2026-08,sure,
moonbase,0xbe0eb53f46cd790cd13851d5eff43d12404d33e8,Binance,hot,defillama,2026-08,likely,
ethereum,0x4fabb145d64652a948d72533023f6e7a623c7c53,Binance,hot,defillama,2026-08,likely,Binance 62
ethereum,0x12,Binance,hot,defillama,2026-08,likely,
optimism,0x964c192e54e5ef4176626875bb53071956579fca,CoinEx,hot,defillama,2024-06,likely,CoinEx Fund Drainer
"""


def run(*arguments: object) -> str:
    command = [sys.executable, ROOT / "scripts" / "make_labels.py", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_the_script_says_what_it_drops_and_where_it_differs(tmp_path):
    facts = tmp_path / "facts.csv"
    facts.write_text(FACTS)
    said = run(facts, "--check")
    assert "6 rows read, 2 kept, 4 dropped" in said
    for why in ("chain moonbase", "a token or another", "no EVM address", "who robbed"):
        assert f"1: {why}" in said
    assert "the CSV says sure, the rule likely: Binance 0xBE0eB53F46cd790Cd13851d5EFf43D12404d33E8" in said


def test_the_document_has_todays_counts():
    counts = run("--counts")
    assert f"| **all** | {len(LABELS):,} |" in counts
    assert counts.strip() in (ROOT / "docs" / "LABELS.md").read_text()
