# ruff: noqa: ARG002
"""Deposit addresses learned from the chain: an address that forwards (nearly) all it gets to one exchange.

After Victor 2020 (doi 10.1007/978-3-030-51280-4_33) with Tutela's window of 3,200 blocks; stricter: one
exchange ever, all outflows to it, no contract, few payers. `Learner` keeps one frozen record an address, so
that blocks can be undone; `bot.monitor` feeds it and asks the chain whether a candidate has code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.units import Address, RawAmount

WINDOW_BLOCKS: Final = 3_200
"""From a receipt to its sweep at most, where a block takes 12 s; else as many seconds (38,400)."""
WINDOW_S: Final = WINDOW_BLOCKS * 12


class Standing(StrEnum):
    """What an address is to us."""

    PENDING = "pending"
    """It received something and sent nothing since."""
    LEARNED = "learned"
    """A deposit address of `exchange`."""
    BARRED = "barred"
    """It did what no deposit address does; never learned."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Evidence: what came in and was forwarded. Hashes of the two transactions, amounts raw."""

    asset: str
    """Symbol as the tracked table has it."""
    paid_in: str
    swept: str
    received: RawAmount
    forwarded: RawAmount
    block: int
    at: int


@dataclass(frozen=True, slots=True)
class DepositAddress:
    """A learned deposit address with its evidence, newest last, at most 3 sweeps."""

    chain_id: int
    address: Address
    exchange: str
    sweeps: int
    evidence: tuple[Sweep, ...]
    learned_at: int
    """Unix seconds."""


class Learner:
    """What every address on a chain is to us, as texts that the store keeps; blocks can be undone."""

    def __init__(self, chain_id: int, records: Mapping[Address, str] | None = None) -> None:
        self.chain_id = chain_id
        self._texts: dict[Address, str] = dict(records or {})

    def __len__(self) -> int:
        """How many addresses are learned."""
        return 0

    def learned(self, address: Address) -> DepositAddress | None:
        """With its evidence; None when it is not (or no longer) learned."""

    def standing(self, address: Address) -> Standing | None:
        """None = never heard of."""

    def undo(self, to_block: int) -> Mapping[Address, str]:
        """Forget blocks above `to_block` (the last 128 can be); changed records, empty text = forget it."""
        return {}
