"""A chain's own coin on the move: out of `trace_block`, callTracer frames, or bare transactions.

Pure; called by `native`. What failed moves nothing, and neither does anything inside it. Raises
KeyError, TypeError or ValueError for what is not of the promised shape.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.domain.transfers import Channel, Transfer
from bot.domain.units import Address, Asset, RawAmount
from watchers.evm.words import checksummed
from watchers.flows.decode import PLACES, place

_INSIDE: Final = PLACES // 2
"""Where the places of the coin sent by contracts begin; a block has fewer logs."""
_NOTHING: Final = frozenset({None, "0x0", "0x", "0x00"})
_MOVING: Final = frozenset({"CALL", "CREATE", "CREATE2", "SELFDESTRUCT"})
"""Frames of callTracer whose value changes hands; of the others it stays with who had it."""


@dataclass(slots=True)
class Native:
    """What one block moved of the coin, and who signed its transactions."""

    coin: Asset
    traced: bool
    moves: list[Transfer] = field(default_factory=list)
    origins: dict[str, Address] = field(default_factory=dict)
    _inside: int = 0

    def signed(self, tx: str, origin: str) -> str:
        """A new transaction begins."""
        self._inside = 0
        tx = tx.lower()
        self.origins[tx] = checksummed(origin)
        return tx

    def moved(self, tx: str, position: int, sender: str, receiver: str, value: str, *, top: bool) -> None:
        amount = int(value, 16)
        giver, taker = checksummed(sender), checksummed(receiver)
        if not amount or giver == taker:
            return
        if not top:
            # Counted among what moved, not among all frames: nodes differ in which others they tell.
            self._inside += 1
        self.moves.append(
            Transfer(
                asset=self.coin,
                sender=giver,
                receiver=taker,
                amount=RawAmount(amount),
                tx=tx,
                index=place(position, 0 if top else _INSIDE + self._inside),
                channel=Channel.NATIVE if top else Channel.INTERNAL,
                origin=self.origins[tx],
            )
        )


class OtherBlock(ValueError):
    """The node answered of another block than was asked: it is on another branch."""


def by_traces(traces: Sequence[Any], block_hash: str, coin: Asset) -> Native:
    """Of `trace_block`: frames in the order of execution, each with its way from the transaction down."""
    found = Native(coin, traced=True)
    failed: list[int] | None = None
    tx = ""
    for trace in traces:
        if trace["blockHash"] != block_hash:
            raise OtherBlock
        if trace.get("transactionHash") is None:
            continue  # a reward of the block
        way = trace["traceAddress"]
        action = trace["action"]
        if not way:
            tx, failed = found.signed(trace["transactionHash"], action["from"]), None
        if failed is not None and way[: len(failed)] == failed:
            continue
        if trace.get("error") is not None:
            failed = way
            continue
        kind = trace["type"]
        value = action.get("balance" if kind == "suicide" else "value")
        if value in _NOTHING:
            continue
        at = trace["transactionPosition"]
        if kind == "call" and action["callType"] == "call":
            found.moved(tx, at, action["from"], action["to"], value, top=not way)
        elif kind == "create":
            found.moved(tx, at, action["from"], trace["result"]["address"], value, top=not way)
        elif kind == "suicide":
            found.moved(tx, at, action["address"], action["refundAddress"], value, top=False)
    return found


def by_calls(results: Iterable[Any], coin: Asset) -> Native:
    """Of `debug_traceBlock...` with callTracer: a tree of frames a transaction."""
    found = Native(coin, traced=True)
    for position, result in enumerate(results):
        top = result["result"]
        tx = found.signed(result["txHash"], top["from"])
        stack = [top]
        while stack:
            frame = stack.pop()
            if frame.get("error"):
                continue
            if frame["type"] in _MOVING and frame.get("value") not in _NOTHING:
                found.moved(tx, position, frame["from"], frame["to"], frame["value"], top=frame is top)
            stack += reversed(frame.get("calls") or ())
    return found


def worth_a_receipt(block: Any) -> list[str]:
    """Hashes of the transactions that carry value: whether they failed, only their receipts tell."""
    return [tx["hash"] for tx in block["transactions"] if tx["value"] not in _NOTHING]


def by_transactions(block: Any, receipts: Mapping[str, Any], coin: Asset) -> Native:
    """Of a block with whole transactions and the receipts of those with value: contracts' own sendings lack.

    Receipts go by transaction hash in lower case.
    """
    found = Native(coin, traced=False)
    for raw in block["transactions"]:
        tx = found.signed(raw["hash"], raw["from"])
        if raw["value"] in _NOTHING:
            continue
        receipt = receipts[tx]
        if int(receipt["status"], 16) != 1:
            continue
        receiver = raw["to"] or receipt["contractAddress"]
        found.moved(tx, int(raw["transactionIndex"], 16), raw["from"], receiver, raw["value"], top=True)
    return found
