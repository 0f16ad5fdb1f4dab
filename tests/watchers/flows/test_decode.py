"""What logs and frames say, without a node: shapes, order, identities; nonsense is the node's fault."""

import random

import pytest

from bot.domain.transfers import NATIVE, Channel
from bot.domain.units import Address, Asset
from bot.errors import SourceError
from watchers.aave import abi as aave
from watchers.evm.words import checksummed
from watchers.flows import abi
from watchers.flows.decode import ZERO, LogDecoder
from watchers.flows.frames import OtherBlock, by_calls, by_traces, by_transactions
from watchers.flows.tokens import AllowList, Pool

HASH = "0x" + "ab" * 32
WETH, USDC, POOL, STRANGER = (checksummed(0xC0 + number) for number in range(4))
ANNA, BERT, HOT = (checksummed(0x1000 + number) for number in range(3))
COIN = Asset(1, NATIVE, "ETH", 18)
TOKENS = (COIN, Asset(1, WETH, "WETH", 18), Asset(1, USDC, "USDC", 6))


def allowed() -> AllowList:
    from bot.ports import TrackedAsset

    return AllowList(
        tuple(TrackedAsset(asset, "eth", asset.address) for asset in TOKENS), (Pool("lab", POOL),), WETH
    )


def word(value: int | str) -> str:
    return f"{int(value, 16) if isinstance(value, str) else value:064x}"


def raw(contract: Address, topics: list[int | str], *data: int | str, tx: int = 0, index: int = 0, **more):
    return {
        "address": contract.lower(),
        "topics": ["0x" + word(topic) for topic in topics],
        "data": "0x" + "".join(map(word, data)),
        "blockHash": HASH,
        "blockNumber": "0x1",
        "transactionHash": "0x" + word(tx + 7),
        "transactionIndex": hex(tx),
        "logIndex": hex(index),
    } | more


def read(*raws):
    return LogDecoder(allowed()).block(raws, HASH, {"0x" + word(7): ANNA})


def transfer(*data: int, sender: str = ANNA, receiver: str = HOT, token: Address = USDC, **more):
    return raw(token, [abi.TRANSFER, sender, receiver], *data, **more)


def test_a_transfer() -> None:
    [one] = read(transfer(5, index=3)).transfers
    assert (one.asset.symbol, one.sender, one.receiver, one.amount) == ("USDC", ANNA, HOT, 5)
    assert (one.channel, one.origin, one.tx) == (Channel.TOKEN, ANNA, "0x" + word(7))


@pytest.mark.parametrize(
    "other",
    [
        transfer(0),
        transfer(5, receiver=ANNA),
        transfer(5, token=STRANGER),
        transfer(),
        transfer(5, 6),
        transfer(5, data="0x05"),
        raw(USDC, [abi.TRANSFER, ANNA, HOT, 5]),
        raw(USDC, [abi.TRANSFER], ANNA, HOT, 5),
        raw(USDC, [], 5),
        raw(USDC, [abi.DEPOSIT, ANNA], 5),
        raw(USDC, [aave.SUPPLY, USDC, ANNA, 0], ANNA, 5),
        raw(WETH, [abi.DEPOSIT, ANNA, BERT], 5),
        raw(WETH, [aave.SUPPLY, ANNA], 5),
        raw(POOL, [abi.TRANSFER, ANNA, HOT], 5),
        raw(POOL, [aave.SUPPLY, STRANGER, ANNA, 0], ANNA, 5),
        raw(POOL, [aave.SUPPLY, USDC, ANNA, 0], 5),
        raw(POOL, [aave.WITHDRAW, USDC, ANNA, HOT]),
        raw(POOL, [aave.LIQUIDATION, USDC, USDC, ANNA], 5, 6),
        raw(POOL, [aave.REPAY, USDC, ANNA], 5),
        raw(POOL, []),
    ],
)
def test_logs_of_another_shape_say_nothing(other) -> None:
    told = read(other)
    assert (told.transfers, told.loans) == ((), ())


@pytest.mark.parametrize(
    "broken",
    [
        7,
        {},
        transfer(5, data=None),
        transfer(5, data="0x" + "zz" * 32),
        transfer(5) | {"topics": None},
        transfer(5, transactionIndex=None),
        transfer(5, blockHash="0x" + "cd" * 32),
    ],
)
def test_what_is_no_log_is_a_fault_of_the_node(broken) -> None:
    with pytest.raises(SourceError):
        read(broken)


def test_wrapping_is_counted_once_however_it_is_told() -> None:
    """Deposit alone, a mint alone, both of them; each is a transfer from the wrapper."""
    both = read(
        raw(WETH, [abi.DEPOSIT, ANNA], 5, index=0),
        transfer(5, token=WETH, sender=ZERO, receiver=ANNA, index=1),
        raw(WETH, [abi.DEPOSIT, ANNA], 5, index=2),
        transfer(7, token=WETH, sender=ANNA, receiver=ZERO, index=3),
        raw(WETH, [abi.WITHDRAWAL, ANNA], 7, index=4),
        raw(WETH, [abi.WITHDRAWAL, ANNA], 9, index=5),
        transfer(1, sender=ZERO, index=6),
    ).transfers
    assert [(one.sender, one.receiver, one.amount) for one in both] == [
        (WETH, ANNA, 5),
        (WETH, ANNA, 5),
        (ANNA, WETH, 7),
        (ANNA, WETH, 9),
        (ZERO, HOT, 1),
    ]


def test_order_is_that_of_the_block_whatever_the_nodes() -> None:
    raws = [transfer(n + 1, tx=n // 3, index=n) for n in range(30)]
    random.Random(5).shuffle(raws)
    told = read(*raws).transfers
    assert [one.amount for one in told] == list(range(1, 31))
    assert len({one.id for one in told}) == 30


# ---- the coin ---------------------------------------------------------------------------------------


def trace(way: list[int], kind: str = "call", error: str = "", **action):
    base = {"from": ANNA.lower(), "to": HOT.lower(), "value": "0x5", "callType": "call"}
    return {
        "action": base | action,
        "blockHash": HASH,
        "traceAddress": way,
        "transactionHash": "0x" + word(7),
        "transactionPosition": 2,
        "type": kind,
        "result": {"address": BERT},
    } | ({"error": error} if error else {})


def amounts(native) -> list[int]:
    return [one.amount for one in native.moves]


def test_frames_of_what_failed_move_nothing_and_their_siblings_do() -> None:
    traces = [
        trace([], value="0x1"),
        trace([0], value="0x2", error="Reverted"),
        trace([0, 0], value="0x4"),
        trace([0, 0, 3], value="0x8"),
        trace([1], value="0x10"),
        trace([1, 0], value="0x20"),
        trace([10], value="0x40"),
        trace([2], value="0x80", error="out of gas"),
        trace([2, 0], value="0x100"),
    ]
    assert amounts(by_traces(traces, HASH, COIN)) == [0x1, 0x10, 0x20, 0x40]
    failed = [trace([], error="Reverted"), trace([0]), trace([])]
    assert amounts(by_traces(failed, HASH, COIN)) == [5], "the next transaction stands for itself"


def test_only_calls_creations_and_ends_of_contracts_move_value() -> None:
    traces = [
        trace([], callType="delegatecall"),
        trace([0], callType="callcode"),
        trace([1], callType="staticcall", value="0x0"),
        trace([2], kind="create", value="0x3"),
        {**trace([3], kind="suicide"), "action": {"address": ANNA, "refundAddress": HOT, "balance": "0x7"}},
        trace([4], to=ANNA),
        {"blockHash": HASH, "type": "reward", "action": {"author": ANNA, "value": "0x9"}, "traceAddress": []},
    ]
    found = by_traces(traces, HASH, COIN)
    assert [(one.sender, one.receiver, one.amount) for one in found.moves] == [
        (ANNA, BERT, 3),
        (ANNA, HOT, 7),
    ]
    assert found.origins == {"0x" + word(7): ANNA}


def test_frames_of_another_block_are_refused() -> None:
    with pytest.raises(OtherBlock):
        by_traces([{**trace([]), "blockHash": "0x00"}], HASH, COIN)


def test_call_tracer_knows_the_same() -> None:
    def frame(kind: str, value: str | None, *calls, error: str = ""):
        made = {"type": kind, "from": ANNA, "to": HOT, "calls": list(calls)}
        return made | ({"value": value} if value else {}) | ({"error": error} if error else {})

    top = frame(
        "CALL",
        "0x1",
        frame("CALL", "0x2", frame("CALL", "0x4"), error="execution reverted"),
        frame("DELEGATECALL", "0x8", frame("CALL", "0x10")),
        frame("STATICCALL", None),
        frame("CALLCODE", "0x20"),
        frame("CREATE2", "0x40"),
        frame("SELFDESTRUCT", "0x80"),
    )
    found = by_calls([{"txHash": "0x" + word(7), "result": top}], COIN)
    assert amounts(found) == [0x1, 0x10, 0x40, 0x80]
    assert [one.channel for one in found.moves] == [Channel.NATIVE, *[Channel.INTERNAL] * 3]
    failed = frame("CALL", "0x1", frame("CALL", "0x2"), error="out of gas")
    assert amounts(by_calls([{"txHash": "0x07", "result": failed}], COIN)) == []
    with pytest.raises(KeyError):
        by_calls([{"result": top}], COIN)


def test_bare_transactions_move_what_their_receipts_confirm() -> None:
    def tx(number: int, value: str, to: str | None = HOT):
        return {
            "hash": "0x" + word(number),
            "from": ANNA,
            "to": to,
            "value": value,
            "transactionIndex": "0x0",
        }

    block = {"transactions": [tx(1, "0x1"), tx(2, "0x2"), tx(3, "0x4", None), tx(4, "0x0")]}
    receipts = {
        "0x" + word(1): {"status": "0x1"},
        "0x" + word(2): {"status": "0x0"},
        "0x" + word(3): {"status": "0x1", "contractAddress": BERT},
    }
    found = by_transactions(block, receipts, COIN)
    assert [(one.receiver, one.amount) for one in found.moves] == [(HOT, 1), (BERT, 4)]
    assert len(found.origins) == 4
    assert not found.traced
