"""Whether what an address sent to an exchange is what it had received: `bot.domain.learning` asks."""

from enum import Enum, auto

from bot.domain.deposit_records import Receipt, Record
from bot.domain.deposits import WINDOW_S
from bot.domain.sizes import RATIO_TENTHS, Sizes
from bot.domain.transfers import Transfer
from bot.domain.units import Asset


class Match(Enum):
    """What a first sweep is."""

    WHOLE = auto()
    """(Nearly) all that was received and not forwarded."""
    OPEN = auto()
    """It proves nothing yet, and speaks against nothing."""
    BROKEN = auto()
    """No deposit address is emptied so."""


def matched(
    record: Record, sizes: Sizes, one: Transfer, at: int, *, fresh: bool
) -> tuple[Match, list[Receipt]]:
    """Take out of the record what went; with the receipts that it was, if it was all of them.

    `fresh`: nothing went to an exchange before. `at` is now, in unix seconds.
    """
    asset, amount = one.asset, one.amount
    record.receipts = [old for old in record.receipts if old.at >= at - WINDOW_S]
    open_ = [old for old in record.receipts if old.asset == asset.address]
    total = sum(old.amount for old in open_)
    if not open_ or amount * 10 > total * RATIO_TENTHS[1]:  # older coins are among it: no evidence
        record.receipts = [old for old in record.receipts if old.asset != asset.address]
        return Match.OPEN, []
    if sizes.fits(asset, total, amount):
        record.take(asset.address, total, counted=False)
        return Match.WHOLE, open_
    if _first_ones(record, sizes, asset, amount, open_):
        return Match.OPEN, []
    # A sweep in two transactions: the greater part first proves nothing yet, the rest may. Who sends smaller
    # parts, or more of them, decides himself what he sends.
    if fresh and total <= 2 * amount:
        record.take(asset.address, amount, counted=False)
        return Match.OPEN, []
    return Match.BROKEN, []


def _first_ones(record: Record, sizes: Sizes, asset: Asset, amount: int, open_: list[Receipt]) -> bool:
    """What came in after the sweep was made is left: legitimate, but nothing is learned from it."""
    total = 0
    for old in open_:
        total += old.amount
        if sizes.fits(asset, total, amount):
            record.take(asset.address, total, counted=False)
            return True
    return False
