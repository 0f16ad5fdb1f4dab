"""Logs of a life into moves: whose, which, how much; and logs that lie, which are dropped."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.labels import Confidence, Label, LabelKind, Labels
from bot.domain.story.events import EventKind
from bot.domain.units import RAY, Address, Asset
from watchers.aave import abi
from watchers.aave.emodes import EModes
from watchers.aave.story_events import Place, Told, told
from watchers.aave.story_logs import LifeReader
from watchers.aave.structure import Listed, Structure
from watchers.evm.logs import Log, RangeRefused
from watchers.evm.words import checksummed
from watchers.flows.abi import TRANSFER

ANNA, BERT, OTHER, KRAKEN, POOL = (0xA11A, 0xBE7, 0x07E4, 0xECE11, 0x9001)
WETH, AWETH, USDC, AUSDC, GATEWAY = (0x111, 0x222, 0x333, 0x444, 0x6A7E)


def address(number: int) -> Address:
    return checksummed(number)


def listed(index: int, token: int, receipt: int, symbol: str) -> Listed:
    asset = Asset(1, address(token), symbol, 18)
    return Listed(index, asset, address(receipt), address(receipt + 1), None)


STRUCTURE = Structure(
    address(1), address(POOL), address(2), address(3), 10, 10**8, (address(WETH), address(USDC)),
    (listed(0, WETH, AWETH, "WETH"), listed(1, USDC, AUSDC, "USDC")), EModes({}, {}),
)  # fmt: skip
PLACE = Place.of("ethereum", 1, STRUCTURE, address(GATEWAY))
LABELS = Labels.of(
    [
        Label(1, address(KRAKEN), "Kraken", LabelKind.HOT, Confidence.SURE, ("defillama",), "2026-10"),
        Label(1, address(0x57A4E), "Kraken", LabelKind.STAKING, Confidence.SURE, ("defillama",), "2026-10"),
    ]
)


def log(
    place: int, topics: tuple[int, ...], words: tuple[int, ...], *, tx: str = "0xaa", index: int = 0
) -> Log:
    return Log(place, topics, words, tx, 7, index)


def read(*logs: Log) -> list[Told]:
    return told(logs, [PLACE], {address(ANNA), address(BERT)}, LABELS)


def shown(*logs: Log) -> list[tuple[str, str, int, str]]:
    return [(one.kind.value, one.account, one.amount, one.other or "") for one in read(*logs)]


GOOD = (
    (log(POOL, (abi.SUPPLY, WETH, ANNA, 0), (OTHER, 5)), ("supply", ANNA, 5, OTHER)),
    (log(POOL, (abi.WITHDRAW, WETH, ANNA, OTHER), (6,)), ("withdraw", ANNA, 6, OTHER)),
    (log(POOL, (abi.BORROW, USDC, BERT, 0), (OTHER, 7, 2, 0)), ("borrow", BERT, 7, OTHER)),
    (log(POOL, (abi.REPAY, USDC, BERT, OTHER), (8, 0)), ("repay", BERT, 8, OTHER)),
    (log(AWETH, (abi.BALANCE_TRANSFER, ANNA, OTHER), (9, RAY)), ("sent", ANNA, 9, OTHER)),
    (log(AWETH, (abi.BALANCE_TRANSFER, OTHER, ANNA), (9, RAY)), ("received", ANNA, 9, OTHER)),
    (log(AWETH, (abi.BALANCE_TRANSFER, ANNA, GATEWAY), (9, RAY)), ("withdraw", ANNA, 9, GATEWAY)),
    (log(WETH, (TRANSFER, ANNA, KRAKEN), (10,)), ("to_exchange", ANNA, 10, KRAKEN)),
    (log(WETH, (TRANSFER, KRAKEN, BERT), (11,)), ("from_exchange", BERT, 11, KRAKEN)),
    (log(WETH, (TRANSFER, 0x57A4E, BERT), (11,)), ("from_exchange", BERT, 11, 0x57A4E)),
)


@pytest.mark.parametrize(
    ("one", "said"), GOOD, ids=lambda value: value[0] if isinstance(value, tuple) else ""
)
def test_each_event_in_one_line(one: Log, said: tuple[str, int, int, int]) -> None:
    kind, account, amount, other = said
    assert shown(one) == [(kind, address(account), amount, address(other))]


def test_both_sides_of_an_owners_transfer_are_told() -> None:
    both = read(log(AWETH, (abi.BALANCE_TRANSFER, ANNA, BERT), (9, RAY)))
    assert [(one.kind, one.account, one.other) for one in both] == [
        (EventKind.SENT, address(ANNA), address(BERT)),
        (EventKind.RECEIVED, address(BERT), address(ANNA)),
    ]


def test_a_liquidation_takes_the_protocols_fee_with_it() -> None:
    liquidation = log(POOL, (abi.LIQUIDATION, WETH, USDC, ANNA), (1_000, 50, OTHER, 0), index=9)
    fee = log(AWETH, (abi.BALANCE_TRANSFER, ANNA, 0xFEE), (2, RAY), index=7)
    taken = log(AWETH, (abi.BALANCE_TRANSFER, ANNA, OTHER), (50, RAY), index=8)
    elsewhere = replace(fee, tx="0xbb", index=6)
    found = read(elsewhere, fee, taken, liquidation)
    assert [(one.kind, one.amount, one.repaid) for one in found] == [
        (EventKind.SENT, 2, 0),
        (EventKind.LIQUIDATED, 52, 1_000),
    ]
    assert found[1].debt is not None
    assert found[1].debt.asset.symbol == "USDC"


HOSTILE = (
    log(0xBAD, (abi.SUPPLY, WETH, ANNA, 0), (OTHER, 5)),
    log(POOL, (abi.SUPPLY, 0xBAD, ANNA, 0), (OTHER, 5)),
    log(POOL, (abi.SUPPLY, WETH, OTHER, 0), (OTHER, 5)),
    log(POOL, (abi.SUPPLY, WETH, ANNA), (OTHER, 5)),
    log(POOL, (abi.SUPPLY, WETH, ANNA, 0), (OTHER,)),
    log(POOL, (abi.SUPPLY, WETH, ANNA, 0), (OTHER, 0)),
    log(POOL, (abi.WITHDRAW, WETH, ANNA, 1 << 200), (6,)),
    log(POOL, (abi.WITHDRAW, WETH, ANNA | 1 << 160, OTHER), (6,)),
    log(POOL, (abi.LIQUIDATION, WETH, 0xBAD, ANNA), (1, 2, OTHER, 0)),
    log(POOL, (abi.LIQUIDATION, WETH, USDC, OTHER), (1, 2, OTHER, 0)),
    log(POOL, (TRANSFER, ANNA, KRAKEN), (10,)),
    log(POOL, (), ()),
    log(WETH, (TRANSFER, ANNA, KRAKEN), ()),
    log(WETH, (TRANSFER, ANNA, KRAKEN, 5), (1,)),
    log(WETH, (TRANSFER, ANNA, OTHER), (10,)),
    log(WETH, (TRANSFER, ANNA, BERT), (10,)),
    log(WETH, (TRANSFER, ANNA, 0x57A4E), (10,)),
    log(WETH, (abi.BALANCE_TRANSFER, ANNA, OTHER), (9, RAY)),
    log(AWETH, (abi.BALANCE_TRANSFER, ANNA, ANNA), (9, RAY)),
    log(AWETH, (TRANSFER, ANNA, KRAKEN), (10,)),
)


@pytest.mark.parametrize("one", HOSTILE)
def test_what_is_no_log_of_ours_is_dropped(one: Log) -> None:
    assert read(one) == []


words = st.one_of(
    st.sampled_from([ANNA, BERT, OTHER, KRAKEN, WETH, USDC, RAY, 0]), st.integers(0, 2**256 - 1)
)
topics = st.one_of(
    st.sampled_from([abi.SUPPLY, abi.BORROW, abi.REPAY, abi.LIQUIDATION, abi.BALANCE_TRANSFER, TRANSFER]),
    words,
)


@given(
    st.lists(
        st.builds(
            Log,
            st.sampled_from([POOL, WETH, AWETH, 0xBAD]),
            st.lists(topics, max_size=4).map(tuple),
            st.lists(words, max_size=4).map(tuple),
            st.sampled_from(["0xaa", "0xbb"]),
            st.just(7),
            st.integers(0, 9),
        ),
        max_size=8,
    )
)
@settings(max_examples=100, deadline=None)
def test_no_log_breaks_it(logs: list[Log]) -> None:
    for one in read(*logs):
        assert one.amount > 0
        assert one.account in {address(ANNA), address(BERT)}


# ---- reading backwards ------------------------------------------------------------------------------------


class Node:
    """Answers eth_getLogs as a test says."""

    host = "node"

    def __init__(self, answer: object) -> None:
        self.answer, self.asked = answer, list[dict[str, str]]()

    async def request(self, method: str, params: list[dict[str, str]]) -> object:
        assert method == "eth_getLogs"
        self.asked.append(params[0])
        return self.answer


def raw(place: int, block: int, index: int, **more: object) -> dict[str, object]:
    word = f"0x{0:064x}"
    return {
        "address": f"0x{place:040x}", "topics": [f"0x{TRANSFER:064x}", word, word], "data": word,
        "transactionHash": word, "blockNumber": hex(block), "logIndex": hex(index), **more,
    }  # fmt: skip


async def test_a_node_that_answers_rubbish_gives_only_what_was_asked_for() -> None:
    good = raw(WETH, 5, 1)
    node = Node(
        [
            good, good, raw(WETH, 99, 1), raw(0xBAD, 5, 2), raw(WETH, 5, 3, removed=True),
            raw(WETH, 4, 4, topics=[]), raw(WETH, 4, 5, topics="no"), raw(WETH, 4, 6, data=None),
            {}, None, 7, "x", raw(WETH, 3, 0),
        ]
    )  # fmt: skip
    life = await LifeReader(node).read(50, [address(ANNA)], [address(WETH)], [address(POOL)])
    assert [(one.block, one.index) for one in life.logs] == [(3, 0), (5, 1)]
    assert life.since == 0
    assert len(node.asked) == 3
    assert {(one["fromBlock"], one["toBlock"]) for one in node.asked} == {("0x0", "0x32")}
    named = f"0x{ANNA:064x}"
    places = [json.dumps(one["topics"]).count(named) for one in node.asked]
    assert places == [1, 1, 1]


async def test_without_a_budget_nothing_is_known() -> None:
    with pytest.raises(RangeRefused):
        await LifeReader(Node([]), most_requests=2).read(
            50, [address(ANNA)], [address(WETH)], [address(POOL)]
        )
