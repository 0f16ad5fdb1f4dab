"""Nodes' own words, as providers sent them, sorted into what to do about each."""

import pytest

from watchers.evm.faults import Kind, kind_of

WORDS = [
    # kind, text, code, status
    (Kind.REVERT, "execution reverted: ERC20: nope", 3, 200),
    (Kind.REVERT, "execution reverted", -32000, 200),
    (Kind.REVERT, "VM Exception while processing transaction: revert", -32603, 200),
    (Kind.REVERT, "", 3, 200),
    (Kind.GAS, "out of gas", -32000, 200),
    (Kind.GAS, "gas required exceeds allowance (50000000)", -32000, 200),
    (Kind.RANGE, "exceed maximum block range: 50000", -32701, 200),
    (Kind.RANGE, "ranges over 10000 blocks are not supported on free plan", 35, 400),
    (Kind.RANGE, "maximum [from, to] blocks distance: 10000", -32600, 200),
    (Kind.RANGE, "range 1000000 exceeds limit of 10000", -32602, 200),
    (Kind.RANGE, "query returned more than 10000 results", -32005, 200),
    (
        Kind.RANGE,
        "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range",
        -32602,
        400,
    ),
    (Kind.RANGE, "eth_getLogs is limited to a 10,000 range", -32614, 413),
    (Kind.RANGE, "query timeout exceeded. Consider reducing your block range", -32005, 200),
    (
        Kind.RANGE,
        "Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range",
        -32600,
        400,
    ),
    (Kind.RANGE, "block range is too wide", -32062, 200),
    (Kind.ARCHIVE, "Archive requests require a personal token", -32602, 200),
    (Kind.ARCHIVE, "missing trie node 4b1f… (path )", -32000, 200),
    (Kind.ARCHIVE, "required historical state unavailable (reexec=128)", -32000, 200),
    (Kind.ARCHIVE, "state histories haven't been fully indexed yet", -32000, 200),
    (Kind.ARCHIVE, "old data not available due to pruning", 4444, 200),
    (Kind.UNKNOWN_BLOCK, "header not found", -32000, 200),
    (Kind.UNKNOWN_BLOCK, "unknown block", -32000, 200),
    (Kind.UNKNOWN_BLOCK, "Resource not found", -32001, 200),
    (Kind.UNKNOWN_BLOCK, "hash 0x12 is not currently canonical", -32000, 200),
    (Kind.UNKNOWN_BLOCK, "BlockOutOfRangeError: block height is 3 but requested was 99", -32602, 200),
    (Kind.UNKNOWN_BLOCK, "block not found: 0x99", -32001, 200),
    (Kind.UNKNOWN_BLOCK, "block range extends beyond current head block", -32602, 200),
    (Kind.RATE, "Too Many Requests", 0, 429),
    (Kind.RATE, "Your app has exceeded its compute units per second capacity", 429, 200),
    (Kind.RATE, "error code: 1015", 0, 429),
    (Kind.RATE, "daily request count exceeded, request rate limited", -32005, 200),
    (Kind.RATE, "limit exceeded", -32005, 200),
    (Kind.RATE, "", 0, 429),
    (Kind.AUTH, "You must authenticate your request with an API key", -32000, 200),
    (Kind.AUTH, "Unauthorized", 0, 401),
    (Kind.AUTH, "", 0, 403),
    (
        Kind.HASHES,
        "invalid argument 1: json: cannot unmarshal object into Go value of type string",
        -32602,
        200,
    ),
    (Kind.UNSUPPORTED, "the method eth_subscribe does not exist/is not available", -32601, 200),
    (Kind.UNSUPPORTED, "", -32601, 200),
    (Kind.BROKEN, "<html>502 Bad Gateway</html>", 0, 502),
    (Kind.BROKEN, "internal error", -32603, 200),
    (Kind.BROKEN, "", 0, 200),
]


@pytest.mark.parametrize(
    ("kind", "text", "code", "status"), WORDS, ids=[f"{w[0]}: {w[1][:40]}" for w in WORDS]
)
def test_kind(kind, text, code, status):
    assert kind_of(text, code=code, status=status) is kind
