"""What is remembered of one address, and the short JSON text that stands for it in memory and in the store.

A text is frozen and costs little; it becomes a `Record` only while a block touches it. Called by
`bot.domain.deposits` and `bot.domain.learning`.
"""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import Any, Final

from bot.domain.units import Address, RawAmount

PENDING: Final = "p"
"""It received something; forgotten after the window."""
USED: Final = "u"
"""It sent to `exchange`, but not yet as a deposit address does."""
LEARNED: Final = "l"
BARRED: Final = "x"

RECEIPTS_AT_MOST: Final = 16
"""Beyond it the oldest two of one asset become one."""
EVIDENCE_AT_MOST: Final = 3
_HASH_LENGTH: Final = 66


@dataclass(frozen=True, slots=True)
class Receipt:
    """Something that came in and is not forwarded yet."""

    asset: Address
    amount: RawAmount
    payer: Address
    """Empty = several."""
    tx: str
    at: int
    """Unix seconds."""
    counted: bool = False
    """True: it was told as an inflow when it came (or was the exchange's own): its sweep is not."""


@dataclass(slots=True)
class Record:
    """One address. `at` (unix seconds) is when it was touched last, of a barred one when it was barred."""

    standing: str
    at: int
    exchange: str = ""
    receipts: list[Receipt] = field(default_factory=list)
    """In order of time."""
    payers: list[Address] = field(default_factory=list)
    dust: int = 0
    """How often it sent gas to somebody."""
    learned_at: int = 0
    sweeps: int = 0
    evidence: list[list[Any]] = field(default_factory=list)
    """As `Sweep` has its fields."""

    def counted(self, asset: Address) -> int:
        """Raw amount that lies there and was counted."""
        return sum(one.amount for one in self.receipts if one.counted and one.asset == asset)

    def receive(self, receipt: Receipt) -> None:
        self.receipts.append(receipt)
        if len(self.receipts) > RECEIPTS_AT_MOST:
            self._merge()

    def take(self, asset: Address, amount: int, *, counted: bool) -> list[Receipt]:
        """Take up to `amount` out of the receipts, the oldest first; the touched ones as they were."""
        touched, left = [], []
        for one in self.receipts:
            if amount and one.asset == asset and one.counted == counted:
                touched.append(one)
                part = min(amount, one.amount)
                amount -= part
                if part < one.amount:
                    left.append(_with_amount(one, one.amount - part))
            else:
                left.append(one)
        self.receipts = left
        return touched

    def _merge(self) -> None:
        seen: dict[tuple[Address, bool], int] = {}
        for place, one in enumerate(self.receipts):
            first = seen.setdefault((one.asset, one.counted), place)
            if first != place:
                old = self.receipts[first]
                payer = old.payer if old.payer == one.payer else Address("")
                total = RawAmount(old.amount + one.amount)
                self.receipts[first] = Receipt(old.asset, total, payer, old.tx, old.at, old.counted)
                del self.receipts[place]
                return

    def text(self) -> str:
        """Trailing parts that say nothing are left out."""
        parts: list[Any] = [self.standing, self.at, self.exchange]
        parts.append([_receipt_parts(one) for one in self.receipts])
        if self.standing == LEARNED:
            packed = [[one[0], _packed(one[1]), _packed(one[2]), *one[3:]] for one in self.evidence]
            parts += [self.learned_at, self.sweeps, packed]
        elif self.standing != BARRED:
            parts += [self.payers, self.dust]
        while len(parts) > 2 and not parts[-1]:
            parts.pop()
        return json.dumps(parts, separators=(",", ":"), ensure_ascii=False)


def record_of(text: str) -> Record:
    """The inverse of `Record.text`."""
    standing, at, *rest = json.loads(text)
    rest += [None] * (5 - len(rest))
    record = Record(standing, at, rest[0] or "", [_receipt(parts) for parts in rest[1] or ()])
    if standing == LEARNED:
        record.learned_at, record.sweeps = rest[2] or 0, rest[3] or 0
        record.evidence = [[one[0], _unpacked(one[1]), _unpacked(one[2]), *one[3:]] for one in rest[4] or ()]
    else:
        record.payers, record.dust = rest[2] or [], rest[3] or 0
    return record


def standing_of(text: str) -> str:
    """Without reading the rest."""
    return text[2]


def stamp_of(text: str) -> int:
    """`Record.at`, without reading the rest."""
    end = text.find(",", 5)
    return int(text[5 : end if end > 0 else -1])


def barred_text(at: int) -> str:
    """Of an address that was never learned: most that send anything are."""
    return f'["{BARRED}",{at}]'


def is_barred_only(text: str) -> bool:
    """Nothing more is known of it."""
    return text[2] == BARRED and "," not in text[5:]


def _with_amount(one: Receipt, amount: int) -> Receipt:
    return Receipt(one.asset, RawAmount(amount), one.payer, one.tx, one.at, one.counted)


def _receipt_parts(one: Receipt) -> list[Any]:
    parts = [one.asset, one.amount, one.payer, _packed(one.tx), one.at]
    return [*parts, 1] if one.counted else parts


def _receipt(parts: list[Any]) -> Receipt:
    asset, amount, payer, tx, at, *counted = parts
    return Receipt(asset, amount, payer, _unpacked(tx), at, bool(counted))


def _packed(tx: str) -> str:
    """A hash at two thirds of its length."""
    if len(tx) != _HASH_LENGTH or f"0x{tx[2:].lower()}" != tx:
        return tx
    try:
        return f"={b64encode(bytes.fromhex(tx[2:])).decode()[:-1]}"
    except ValueError:
        return tx


def _unpacked(text: str) -> str:
    return f"0x{b64decode(text[1:] + '=').hex()}" if text.startswith("=") else text
