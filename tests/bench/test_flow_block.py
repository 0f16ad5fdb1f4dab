"""A busy block, from the node's bytes to what its transfers mean, beside a loop with web3's `process_log`."""

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic_core import from_json
from web3 import Web3
from web3._utils.method_formatters import log_entry_formatter

from bot.domain.classify import candidates, classify
from bot.domain.deposits import Learner
from bot.domain.flows import FlowKind
from bot.domain.labels import Confidence, Label, LabelKind, Labels
from bot.domain.transfers import NATIVE, TransfersSeen
from bot.domain.units import Address, BaseAmount, BlockRef
from tests.bench.table import percentile, show
from watchers.aave.markets import chain_of, load_markets
from watchers.evm.words import checksummed
from watchers.flows import abi
from watchers.flows.decode import LogDecoder
from watchers.flows.frames import by_traces
from watchers.flows.labels import load_labels
from watchers.flows.tokens import AllowList, allow_list

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

TRANSACTIONS, LOGS = 300, 1_000
ROUNDS = 15
SEED = 23
HASH = "0x" + "ab" * 32
REF = BlockRef(24_000_000, HASH, 1_790_000_000)
HOT = tuple(checksummed(0xB1A4C0 + number) for number in range(20))
TRANSFER_ABI = {
    "name": "Transfer",
    "type": "event",
    "anonymous": False,
    "inputs": [
        {"name": "from", "type": "address", "indexed": True},
        {"name": "to", "type": "address", "indexed": True},
        {"name": "value", "type": "uint256", "indexed": False},
    ],
}


@dataclass(frozen=True, slots=True)
class Answers:
    """What a node sends for one block."""

    logs: bytes
    traces: bytes
    block: bytes


def _hex(value: int | str, digits: int = 64) -> str:
    return f"0x{int(value, 16) if isinstance(value, str) else value:0{digits}x}"


def answers(allowed: AllowList) -> Answers:
    """300 transactions with a frame inside each, and 1,000 Transfer logs of the usual tokens among people."""
    chance = random.Random(SEED)
    tokens = [one.asset.address for one in allowed.assets if one.asset.symbol in {"WETH", "USDC", "USDT"}]
    people = [checksummed(chance.getrandbits(160)) for _ in range(1_500)] + list(HOT)
    logs, traces, transactions = [], [], []
    for number in range(TRANSACTIONS):
        tx, sender, middle, last = _hex(number + 1), *(chance.choice(people) for _ in range(3))
        value = hex(chance.randrange(10**20))
        transactions.append({"hash": tx, "from": sender, "to": middle, "value": value})
        for way, giver, taker in (([], sender, middle), ([0], middle, last)):
            call = {"from": giver.lower(), "to": taker.lower(), "value": value, "callType": "call"}
            traces.append(
                {
                    "action": call | {"gas": "0x5208", "input": "0x" + "5e" * 100},
                    "blockHash": HASH,
                    "blockNumber": REF.number,
                    "result": {"gasUsed": "0x0", "output": "0x"},
                    "subtraces": 1 - len(way),
                    "traceAddress": way,
                    "transactionHash": tx,
                    "transactionPosition": number,
                    "type": "call",
                }
            )
    for number in range(LOGS):
        at = number * TRANSACTIONS // LOGS
        logs.append(
            {
                "address": chance.choice(tokens).lower(),
                "topics": [_hex(abi.TRANSFER), *(_hex(chance.choice(people)) for _ in range(2))],
                "data": _hex(chance.randrange(1, 10**12)),
                "blockHash": HASH,
                "blockNumber": hex(REF.number),
                "blockTimestamp": hex(REF.timestamp),
                "transactionHash": _hex(at + 1),
                "transactionIndex": hex(at),
                "logIndex": hex(number),
                "removed": False,
            }
        )
    sent = [
        json.dumps({"jsonrpc": "2.0", "id": 1, "result": one}).encode()
        for one in (logs, traces, {"transactions": transactions})
    ]
    return Answers(*sent)


def labels() -> Labels:
    """The project's own table, and the hot wallets of this block."""
    hot = [Label(1, one, "Binance", LabelKind.HOT, Confidence.SURE, ("defillama",), "2026-10") for one in HOT]
    return Labels.of(load_labels(), hot)


def ours(allowed: AllowList) -> Callable[[Answers], TransfersSeen]:
    decoder = LogDecoder(allowed)
    prices = {one.asset.address: BaseAmount(10**8) for one in allowed.assets}

    def read(sent: Answers) -> TransfersSeen:
        native = by_traces(from_json(sent.traces)["result"], HASH, allowed.native)
        told = decoder.block(from_json(sent.logs)["result"], HASH, native.origins)
        return TransfersSeen(
            chain_id=1,
            as_of=REF,
            transfers=tuple(sorted((*told.transfers, *native.moves), key=lambda one: one.index)),
            prices=prices,
            wrapper=allowed.wrapper,
        )

    return read


def rival(allowed: AllowList) -> Callable[[Answers], list[tuple[Address, Address, int]]]:
    """As a script has it: web3 decodes the logs; the coin from whole transactions, at the top only."""
    event = Web3().eth.contract(abi=[TRANSFER_ABI]).events.Transfer()
    tracked = set(allowed.contracts)

    def read(sent: Answers) -> list[tuple[Address, Address, int]]:
        found: list[tuple[Address, Address, int]] = []
        for raw in json.loads(sent.logs)["result"]:
            told: Any = event.process_log(log_entry_formatter(raw))
            if told["address"] in tracked:
                args = told["args"]
                found.append((args["from"], args["to"], args["value"]))
        for tx in json.loads(sent.block)["result"]["transactions"]:
            if amount := int(tx["value"], 16):
                found.append((tx["from"], tx["to"], amount))
        return found

    return read


def timed(works: Sequence[Callable[[], Any]]) -> list[float]:
    """Milliseconds of each, the median; they take turns, so that a busy time meets all of them."""
    took: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for work, times in zip(works, took, strict=True):
            began = time.perf_counter()
            work()
            times.append(1_000 * (time.perf_counter() - began))
    return [percentile(times, 50) for times in took]


def test_a_block_from_bytes_to_meaning() -> None:
    chain = chain_of(1)
    allowed = allow_list(chain, [market for market in load_markets() if market.chain_id == 1])
    sent, known = answers(allowed), labels()
    read, read_rival = ours(allowed), rival(allowed)
    seen, others = read(sent), read_rival(sent)
    tokens = [(one.sender, one.receiver, one.amount) for one in seen.transfers if one.asset.address != NATIVE]
    assert [one for one in others[:LOGS] if one[0] != one[1]] == tokens
    assert len(tokens) > LOGS * 0.99

    def judged() -> int:
        learner = Learner(1, {})
        block = read(sent)
        learner_knows = candidates(block, known, learner)
        flows = classify(block, known, learner, frozenset(learner_knows)).flows
        return sum(one.kind is FlowKind.INFLOW for one in flows)

    def judged_rival() -> int:
        hot = {address for (chain_id, address) in known.by_place if chain_id == 1}
        return sum(to in hot and giver not in hot for giver, to, _ in read_rival(sent))

    assert judged() > 0 < judged_rival()
    works = (lambda: read(sent), judged, lambda: read_rival(sent), judged_rival)
    own_read, own_whole, their_read, their_whole = timed(works)
    rows = [
        ("ours: traces and logs", f"{own_read:.1f}", "1.0", f"{own_whole:.1f}", "1.0"),
        (
            "web3 process_log, no traces",
            f"{their_read:.1f}",
            f"{their_read / own_read:.1f}",
            f"{their_whole:.1f}",
            f"{their_whole / own_whole:.1f}",
        ),
    ]
    show(
        f"A block of {TRANSACTIONS} transactions and {LOGS:,} logs, milliseconds "
        f"({(len(sent.logs) + len(sent.traces)) // 1024} KB from the node; "
        f"{len(seen.transfers):,} transfers; {len(known.by_place):,} labels)",
        ["", "bytes to transfers", "times", "... to flows", "times"],
        rows,
    )
