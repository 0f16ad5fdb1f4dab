"""The hand-made codec equals eth-abi's and eth-utils', and the tables of selectors equal their signatures."""

import re
from pathlib import Path

import pytest
from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.units import Address
from watchers.aave import abi
from watchers.evm import ens, multicall
from watchers.evm.multicall import Call, chunks, decode, encode
from watchers.evm.words import (
    BadAnswer,
    addresses,
    checksummed,
    dynamic,
    from_hex,
    text,
    unsigned,
    unsigned_all,
)

ADDRESS = st.integers(0, 2**160 - 1).map(checksummed)
CALLS = st.builds(Call, ADDRESS, st.binary(max_size=100), st.integers(1, 20_000_000))
WATCHERS = Path(__file__).resolve().parents[2] / "watchers"


@given(st.integers(0, 2**256 - 1))
def test_checksum(value):
    assert checksummed(value) == to_checksum_address(f"0x{value % 2**160:040x}")
    assert checksummed(checksummed(value).lower()) == checksummed(value)


@pytest.mark.parametrize("path", ["aave/abi.py", "flows/abi.py", "evm/ens.py", "evm/multicall.py"])
def test_every_selector_and_topic_is_its_signatures_hash(path):
    source = (WATCHERS / path).read_text()
    selectors = re.findall(r'"([0-9a-f]{8})"\)?  # (\S+)', source)
    topics = re.findall(r"# (\S+) :\n\w+: Final = 0x([0-9A-F_]+)", source)
    assert selectors or path == "flows/abi.py"
    assert [(s, keccak(text=sig)[:4].hex()) for s, sig in selectors if s != keccak(text=sig)[:4].hex()] == []
    assert [sig for sig, topic in topics if int(topic, 16) != int.from_bytes(keccak(text=sig), "big")] == []
    if path == "aave/abi.py":
        assert len(topics) == len(abi.MOVES)
    if path == "flows/abi.py":
        assert len(topics) == 3


@given(st.lists(CALLS, max_size=8))
def test_aggregate3_is_encoded_as_by_eth_abi(calls):
    arguments = [[(call.target, True, call.data) for call in calls]]
    assert encode(calls) == "0x82ad56cb" + abi_encode(["(address,bool,bytes)[]"], arguments).hex()


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=100)), max_size=8))
def test_aggregate3_answers_are_decoded_and_failures_are_none(results):
    answer = abi_encode(["(bool,bytes)[]"], [results])
    assert decode(answer, len(results)) == [data if good and data else None for good, data in results]
    with pytest.raises(BadAnswer):
        decode(answer, len(results) + 1)


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=100)), min_size=1, max_size=8), st.data())
def test_a_cut_answer_is_refused_or_none(results, data):
    whole = abi_encode(["(bool,bytes)[]"], [results])
    cut = data.draw(st.integers(0, len(whole) - 1))
    try:
        found = decode(whole[:cut], len(results))
    except BadAnswer:
        return
    expected = [content if good and content else None for good, content in results]
    assert all(one in (None, right) for one, right in zip(found, expected, strict=True))


@given(st.lists(CALLS, max_size=40), st.integers(1, 10), st.integers(1, 30_000_000))
def test_chunks_flatten_to_the_input_and_keep_the_bounds(calls, most, gas):
    parts = chunks(calls, most=most, gas=gas)
    assert [call for part in parts for call in part] == calls
    assert all(1 <= len(part) <= most for part in parts)
    assert all(len(part) == 1 or sum(call.gas for call in part) <= gas for part in parts)


@given(st.lists(ADDRESS, max_size=10))
def test_a_list_of_addresses(listed):
    assert addresses(abi_encode(["address[]"], [listed])) == tuple(listed)


@given(st.text(max_size=300))
def test_a_symbol_is_text_kept_as_it_is(said):
    encoded = said.encode("utf-8", errors="ignore")
    answer = abi_encode(["bytes"], [encoded])
    assert text(answer, 400) == encoded.decode()
    assert text(answer, 5) == encoded.decode()[:5]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"MKR".ljust(32, b"\0"), "MKR"),
        (b"", ""),
        (bytes(64), ""),
        (b"\xff" * 64, ""),
        (abi_encode(["bytes"], [b"\xff\xfeX"]), "\ufffd\ufffdX"),
    ],
    ids=["bytes32", "nothing", "zeros", "nonsense", "not utf-8"],
)
def test_odd_symbols(answer, said):
    assert text(answer, 20) == said


@pytest.mark.parametrize("said", [None, "", "0x1", "0xzz", "12", 7, [], {}], ids=str)
def test_what_is_no_hex_is_refused(said):
    with pytest.raises(BadAnswer):
        from_hex(said)


def test_short_answers_are_refused():
    for read in (lambda: unsigned(b"", 0), lambda: unsigned_all(bytes(63), 2), lambda: dynamic(bytes(31))):
        with pytest.raises(BadAnswer):
            read()
    with pytest.raises(BadAnswer):
        addresses((32).to_bytes(32, "big") + (2**200).to_bytes(32, "big"))


def test_namehash_and_dns_form():
    # EIP-137's own examples
    assert ens.namehash("").hex() == "00" * 32
    assert ens.namehash("eth").hex() == "93cdeb708b7545dc668eb9280176169d1c33cfd8ed6f04690a0bcc88a93fc4ae"
    assert ens.namehash("foo.eth").hex() == "de9b09fd7c5f901e23a3f19fecc54828e9c848539801e86591bd9801b019f84f"
    assert ens.dns_encoded("foo.eth") == b"\x03foo\x03eth\x00"


@given(
    st.binary(max_size=70), st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1, max_size=20)
)
def test_wildcard_call_data_is_what_eth_abi_makes(asked, label):
    name = f"{label}.eth"
    made = ens._wildcard(name, asked)
    assert made[:4].hex() == "9061b923"
    assert abi_decode(["bytes", "bytes"], made[4:]) == (ens.dns_encoded(name), asked)


def test_multicall_takes_checksummed_and_plain_addresses():
    call = Call(Address("0x" + "ab" * 20), b"")
    assert multicall.encode([call]) == multicall.encode([Call(checksummed(call.target), b"")])
