"""Deposit addresses learned from the chain: an address that forwards (nearly) all it gets to one exchange.

After Victor 2020 (doi 10.1007/978-3-030-51280-4_33) with Tutela's window of 3,200 blocks; stricter: one
exchange ever, all outflows to it, no contract, few payers. `Learner` keeps one frozen record an address, so
that blocks can be undone; `bot.monitor` feeds it and asks the chain whether a candidate has code.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from bot.domain.deposit_records import (
    BARRED,
    LEARNED,
    PENDING,
    USED,
    Record,
    record_of,
    stamp_of,
    standing_of,
)
from bot.domain.units import Address, RawAmount

WINDOW_BLOCKS: Final = 3_200
"""From a receipt to its sweep at most, where a block takes 12 s; else as many seconds (38,400)."""
WINDOW_S: Final = WINDOW_BLOCKS * 12
UNDONE_AT_MOST: Final = 160
"""Blocks that can be undone."""
# When full, the oldest go first. A forgotten pending address is not learned at this sweep but at its next; a
# forgotten barred one could be learned if it later does exactly what a deposit address does, and is barred
# again by the first thing it does otherwise. Learned ones are never forgotten: about 300 bytes each.
PENDING_AT_MOST: Final = 50_000
BARRED_AT_MOST: Final = 200_000


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
    """What every address on a chain is to us. Blocks come in rising order; the newest can be undone.

    Memory of undoing is of this run only: after a start, `undo` of blocks decided before it does nothing.
    """

    def __init__(self, chain_id: int, records: Mapping[Address, str] | None = None) -> None:
        self.chain_id = chain_id
        self._texts: dict[Address, str] = dict(records or {})
        self.texts: Mapping[Address, str] = MappingProxyType(self._texts)
        """By address, as the store has them."""
        self._counts = Counter(map(standing_of, self._texts.values()))
        self._journal: deque[tuple[int, dict[Address, str]]] = deque(maxlen=UNDONE_AT_MOST)
        # By the second of the last touch; an entry holds only while its record says so.
        self._ages: dict[bool, dict[int, list[Address]]] = {True: {}, False: {}}
        for address, text in self._texts.items():
            self._age(address, text)

    def __len__(self) -> int:
        """How many addresses are learned."""
        return self._counts[LEARNED]

    def __bool__(self) -> bool:
        """It is there also while nothing is learned."""
        return True

    def __eq__(self, other: object) -> bool:
        """What is known now; not what could be undone."""
        if not isinstance(other, Learner):
            return NotImplemented
        return (self.chain_id, self._texts) == (other.chain_id, other._texts)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def text(self, address: Address) -> str:
        """The record as the store has it; empty = never heard of."""
        return self._texts.get(address, "")

    def before(self, addresses: Iterable[Address]) -> dict[Address, str]:
        """Records as they were before the newest block was decided, of those that had one."""
        changed = self._journal[-1][1] if self._journal else {}
        texts = {one: changed.get(one, self.text(one)) for one in addresses}
        return {one: text for one, text in texts.items() if text}

    def is_learned(self, address: Address) -> bool:
        return self._texts.get(address, "").startswith(f'["{LEARNED}"')

    def learned(self, address: Address) -> DepositAddress | None:
        """With its evidence; None when it is not (or no longer) learned."""
        return (
            deposit_address(self.chain_id, address, record_of(self._texts[address]))
            if (self.is_learned(address))
            else None
        )

    def counted(self, address: Address) -> tuple[tuple[str, Address, int], ...]:
        """(exchange, contract, raw amount) of what lies there and was told as an inflow when it came."""
        if not self._texts.get(address, ""):
            return ()
        record = record_of(self._texts[address])
        assets = dict.fromkeys(one.asset for one in record.receipts if one.counted)
        return tuple((record.exchange, asset, record.counted(asset)) for asset in assets)

    def standing(self, address: Address) -> Standing | None:
        """None = never heard of, or forgotten."""
        return _STANDINGS[standing_of(self._texts[address])] if address in self._texts else None

    def commit(self, block: int, at: int, texts: Mapping[Address, str]) -> Mapping[Address, str]:
        """Take over what a block changed and forget what is too old; all changes, as for the store."""
        changed: dict[Address, str] = {}
        before: dict[Address, str] = {}
        for address in sorted(texts):
            self._set(address, texts[address], before, changed)
        for address in self._outdated(at):
            self._set(address, "", before, changed)
        self._journal.append((block, before))
        return changed

    def undo(self, to_block: int) -> Mapping[Address, str]:
        """Forget blocks above `to_block` (the last 160 can be); changed records, empty text = forget it."""
        changed: dict[Address, str] = {}
        while self._journal and self._journal[-1][0] > to_block:
            _, before = self._journal.pop()
            for address, text in before.items():
                self._set(address, text, {}, changed)
        return changed

    def _set(
        self, address: Address, text: str, before: dict[Address, str], changed: dict[Address, str]
    ) -> None:
        old = self._texts.pop(address, "")
        if old:
            self._counts[standing_of(old)] -= 1
        if text:
            self._texts[address] = text
            self._counts[standing_of(text)] += 1
            self._age(address, text)
        before.setdefault(address, old)
        changed[address] = text

    def _age(self, address: Address, text: str) -> None:
        standing = standing_of(text)
        if standing != LEARNED:
            self._ages[standing == PENDING].setdefault(stamp_of(text), []).append(address)

    def _outdated(self, now: int) -> Iterable[Address]:
        """Whole seconds at a time, so that the order of records read back does not matter."""
        waiting, kept = self._ages[True], self._ages[False]
        while waiting and (self._counts[PENDING] > PENDING_AT_MOST or min(waiting) < now - WINDOW_S):
            yield from self._aged(waiting, pending=True)
        while kept and self._counts[BARRED] + self._counts[USED] > BARRED_AT_MOST:
            yield from self._aged(kept, pending=False)

    def _aged(self, ages: dict[int, list[Address]], *, pending: bool) -> Iterable[Address]:
        stamp = min(ages)
        for address in ages.pop(stamp):
            text = self._texts.get(address, "")
            still = text and standing_of(text) != LEARNED and (standing_of(text) == PENDING) == pending
            if still and stamp_of(text) == stamp:
                yield address


_STANDINGS: Final = {
    PENDING: Standing.PENDING,
    USED: Standing.PENDING,
    LEARNED: Standing.LEARNED,
    BARRED: Standing.BARRED,
}


def deposit_address(chain_id: int, address: Address, record: Record) -> DepositAddress:
    """A learned record as others see it."""
    evidence = tuple(Sweep(*one) for one in record.evidence)
    return DepositAddress(chain_id, address, record.exchange, record.sweeps, evidence, record.learned_at)


def day_of(at: int) -> str:
    """Unix seconds -> YYYY-MM-DD (UTC). After Hinnant, `civil_from_days`; the core has no calendar."""
    days = at // 86_400 + 719_468
    era, of_era = divmod(days, 146_097)
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return f"{era * 400 + year + (month <= 2):04}-{month:02}-{day:02}"
