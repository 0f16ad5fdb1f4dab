"""The rules by which a block teaches us deposit addresses, and by which it takes them back.

An address is learned when what it received and had not forwarded yet went on, (nearly) all of it, to a wallet
of one exchange within the window. Never learned is who once sent anything but dust of gas elsewhere, was paid
out by an exchange above gas, signed for what it received, took coins out of a lending market or a wrapper,
was minted coins, has many payers, or has code. `bot.domain.classify` calls in the block's order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.domain.deposit_records import (
    BARRED,
    EVIDENCE_AT_MOST,
    LEARNED,
    PENDING,
    USED,
    Receipt,
    Record,
    barred_text,
    is_barred_only,
    record_of,
)
from bot.domain.deposits import DepositAddress, Learner, deposit_address
from bot.domain.labels import Label
from bot.domain.passing import Passed
from bot.domain.sizes import LEARNED_FROM, Sizes
from bot.domain.sweeping import Match, matched
from bot.domain.transfers import Transfer, TransfersSeen
from bot.domain.units import Address, RawAmount

PAYERS_AT_MOST: Final = 8
"""More distinct ones before it is learned: a desk or a payment processor."""
DUST_AT_MOST: Final = 2
"""Oftener sent gas to others: somebody who funds gas."""


@dataclass(frozen=True, slots=True)
class Left:
    """What an amount was that left an address without a label."""

    counted: int = 0
    """Of it, what counted as `owner`'s since it came in."""
    owner: str = ""
    since: int = 0
    """Unix seconds since when the address is (or was) known as the owner's."""
    receipts: tuple[Receipt, ...] | None = None
    """The uncounted receipts it forwarded, if it is a deposit address of where it went; None = it is not."""


NOTHING_LEFT: Final = Left()


class Draft:
    """One block's changes on top of a learner that stays as it is until they are committed."""

    def __init__(
        self,
        seen: TransfersSeen,
        learner: Learner,
        contracts: frozenset[Address],
        unknown: frozenset[Address] = frozenset(),
    ) -> None:
        self.seen = seen
        self.learner = learner
        self.at = seen.as_of.timestamp
        self._contracts = contracts
        self._unknown = unknown
        self._sizes = Sizes(seen)
        self._records: dict[Address, Record] = {}
        self._new: dict[Address, None] = {}
        self.barred: set[Address] = set()
        """Met in this block, without a label, and nothing more is known of them."""
        self.taught: dict[Address, None] = {}
        """Learned or seen sweeping, in the block's order, whatever became of them later in it."""
        self.unlearned: dict[Address, None] = {}

    def record(self, address: Address) -> Record | None:
        """None = never heard of, or barred with nothing more to know."""
        known = self._records.get(address)
        if known is None and address not in self.barred:
            text = self.learner.texts.get(address)
            if text is None:
                return None
            if is_barred_only(text):
                self.barred.add(address)
            else:
                known = self._records[address] = record_of(text)
        return known

    def learned(self, address: Address) -> Record | None:
        record = self.record(address)
        return record if record is not None and record.standing == LEARNED else None

    def bar(self, address: Address) -> None:
        """For good. What lies there counted stays known, so that it is not counted again."""
        record = self.record(address)
        if record is None:
            if address not in self.barred:
                self.barred.add(address)
                self._new[address] = None
            return
        if record.standing == BARRED:
            return
        if record.standing == LEARNED:
            self.unlearned[address] = None
        record.standing, record.at = BARRED, self.at
        record.receipts = [one for one in record.receipts if one.counted]
        record.exchange = record.exchange if record.receipts else ""

    def arrive(self, receiver: Address, passed: Passed, payer: Address) -> bool:
        """Something came from outside to an address without a label; whether it counts as a deposit now."""
        one = passed.transfer
        if receiver in self.barred:
            return False
        record = self.record(receiver)
        if one.origin == receiver:  # it asked for it: people do, deposit addresses do not
            self.bar(receiver)
        elif record is not None and record.standing == LEARNED:
            record.receive(self._receipt(one, payer, counted=True))
            return True
        elif not self._is_barred(receiver) and self._sizes.is_receipt(one.asset, one.amount):
            self._open(receiver, self._receipt(one, payer))
        return False

    def unlike(self, receiver: Address, one: Transfer) -> None:
        """It got what no customer pays in: it is nobody's to be learned, unless it was or it is dust."""
        if self.learned(receiver) is None and self._sizes.is_receipt(one.asset, one.amount):
            self.bar(receiver)

    def paid_out(self, receiver: Address, passed: Passed, by: Label) -> None:
        """An exchange paid it: gas at most, or it is somebody's wallet. To a learned deposit address people
        move what they have at another exchange, or in a contract of the same.
        """
        one = passed.transfer
        record = self.record(receiver)
        gas = self._sizes.is_gas(one.asset, one.amount)
        if record is not None and record.standing == LEARNED and (gas or not _from_wallet(record, by)):
            record.receive(self._receipt(one, passed.sender, counted=True))
        elif not gas:
            self.bar(receiver)

    def leave(self, sender: Address, passed: Passed, wallet: str) -> Left:
        """An address without a label sent something: to a wallet of exchange `wallet`, or elsewhere ("")."""
        if sender in self.barred:
            return NOTHING_LEFT
        one = passed.transfer
        record = self.record(sender)
        gone: list[Receipt] = []
        counted, owner, since = 0, "", 0
        if record is not None and record.receipts:
            counted, owner = min(one.amount, record.counted(one.asset.address)), record.exchange
            since = record.learned_at or record.at
            gone = record.take(one.asset.address, counted, counted=True)
        if not wallet:
            self._send(sender, one)
            return Left(counted, owner, since)
        return Left(counted, owner, since, self._forward(sender, wallet, passed, gone))

    def change_form(self, address: Address, old: Address, new: Address, one: Transfer) -> None:
        """It wrapped or unwrapped the coin: no deposit address does; what was counted stays counted."""
        self.bar(address)
        record = self.record(address)
        counted = min(one.amount, record.counted(old)) if record else 0
        if record and counted:
            record.take(old, counted, counted=True)
            record.receive(Receipt(new, RawAmount(counted), address, one.tx, self.at, counted=True))

    def texts(self) -> Mapping[Address, str]:
        """What changed, to be committed."""
        texts = {address: record.text() for address, record in self._records.items()}
        known = self.learner.texts
        changed = {address: text for address, text in texts.items() if text != known.get(address)}
        return {**changed, **dict.fromkeys(self._new, barred_text(self.at))}

    def addresses(self) -> tuple[DepositAddress, ...]:
        """Those that are learned now and were taught something by this block."""
        found = ((address, self.learned(address)) for address in self.taught)
        return tuple(
            deposit_address(self.learner.chain_id, address, record) for address, record in found if record
        )

    def _is_barred(self, address: Address) -> bool:
        record = self.record(address)
        return address in self.barred if record is None else record.standing == BARRED

    def _open(self, receiver: Address, receipt: Receipt) -> None:
        record = self.record(receiver)
        if record is None:
            record = self._records[receiver] = Record(PENDING, self.at)
        record.at = self.at
        record.receive(receipt)
        if receipt.payer not in record.payers:
            record.payers.append(receipt.payer)
            if len(record.payers) > PAYERS_AT_MOST:
                self.bar(receiver)

    def _send(self, sender: Address, one: Transfer) -> None:
        """To somebody who is no wallet of an exchange."""
        record = self.record(sender)
        if record is not None and record.standing != BARRED and self._sizes.is_gas(one.asset, one.amount):
            record.dust += 1
            if record.standing == LEARNED or record.dust <= DUST_AT_MOST:
                return
        self.bar(sender)

    def _forward(
        self, sender: Address, exchange: str, passed: Passed, gone: list[Receipt]
    ) -> tuple[Receipt, ...] | None:
        """The uncounted receipts that went with it if it is (now) learned, None if it is not."""
        record = self.record(sender)
        if record is None:
            if not self._is_barred(sender):
                self._records[sender] = Record(USED, self.at, exchange)
            return None
        if record.standing == BARRED:
            return None
        if record.exchange not in ("", exchange):
            self.bar(sender)
            return None
        record.exchange, record.at = exchange, self.at
        if record.standing == LEARNED:
            rest = passed.transfer.amount - sum(old.amount for old in gone)
            uncounted = record.take(passed.transfer.asset.address, max(rest, 0), counted=False)
            self._note(sender, record, passed, [*gone, *uncounted])
            return tuple(uncounted)
        fresh, record.standing = record.standing == PENDING, USED
        return self._first_swept(sender, record, passed, fresh=fresh)

    def _first_swept(
        self, sender: Address, record: Record, passed: Passed, *, fresh: bool
    ) -> tuple[Receipt, ...] | None:
        one = passed.transfer
        match, swept = matched(record, self._sizes, one, self.at, fresh=fresh)
        if match is Match.BROKEN:
            self.bar(sender)
        value = self.seen.value(one.asset, min(one.amount, sum(old.amount for old in swept)))
        if match is not Match.WHOLE or value is None or value < LEARNED_FROM:
            return None
        if sender in self._contracts:
            self.bar(sender)
            return None
        if sender in self._unknown:
            return None
        record.standing, record.learned_at = LEARNED, self.at
        record.payers, record.dust = [], 0
        self._note(sender, record, passed, swept)
        return tuple(swept)

    def _note(self, sender: Address, record: Record, passed: Passed, receipts: list[Receipt]) -> None:
        record.sweeps += 1
        self.taught[sender] = None
        if receipts:
            one = passed.transfer
            received = sum(old.amount for old in receipts)
            sweep = [one.asset.symbol, receipts[-1].tx, one.tx, received, one.amount]
            record.evidence.append([*sweep, self.seen.as_of.number, self.at])
            del record.evidence[:-EVIDENCE_AT_MOST]

    def _receipt(self, one: Transfer, payer: Address, *, counted: bool = False) -> Receipt:
        return Receipt(one.asset.address, one.amount, payer, one.tx, self.at, counted)


def _from_wallet(record: Record, by: Label) -> bool:
    return record.exchange == by.exchange and by.kind.takes_deposits
