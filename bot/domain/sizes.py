"""How much is gas, how much is a receipt, how much a whole sweep: by amount, and by a block's prices."""

from typing import Final

from bot.domain.transfers import NATIVE, USD_UNIT, TransfersSeen
from bot.domain.units import Address, Asset

LEARNED_FROM: Final = 1_000 * USD_UNIT
"""Dollars that a sweep must be worth to teach us anything."""
RECEIPT_FROM: Final = 100 * USD_UNIT
"""Less is neither a receipt nor a payer: dust is sent to everybody."""
GAS_PARTS: Final = 20
"""Up to 1/20 of a coin is gas ..."""
GAS_UP_TO: Final = 20 * USD_UNIT
"""... and up to 20 dollars of it, where a coin is cheap."""
LEFT_PARTS: Final = 100
"""A sweep of the coin may leave 1/100 of one behind (Tutela's 0.01 ETH)."""
RATIO_TENTHS: Final = (9, 11)
"""What is forwarded against what was received."""
_NEVER: Final = 1 << 256


class Sizes:
    """Of one block."""

    def __init__(self, seen: TransfersSeen) -> None:
        self._seen = seen
        self._limits: dict[Address, tuple[int, int]] = {}

    def is_gas(self, asset: Asset, amount: int) -> bool:
        """Too little of the chain's coin to be anything else."""
        if asset.address != NATIVE:
            return False
        return amount * GAS_PARTS <= asset.unit or amount <= self._of(asset)[0]

    def is_receipt(self, asset: Asset, amount: int) -> bool:
        return amount >= self._of(asset)[1] and not self.is_gas(asset, amount)

    def fits(self, asset: Asset, received: int, forwarded: int) -> bool:
        """It is (nearly) all that was received."""
        low, high = RATIO_TENTHS
        if received * low <= forwarded * 10 <= received * high:
            return True
        return asset.address == NATIVE and 0 <= (received - forwarded) * LEFT_PARTS <= asset.unit

    def _of(self, asset: Asset) -> tuple[int, int]:
        """Raw amounts: gas up to, receipt from. Without a price nothing is a receipt."""
        known = self._limits.get(asset.address)
        if known is None:
            price = self._seen.prices.get(asset.address)
            gas = GAS_UP_TO * asset.unit // price if price else 0
            known = (gas, -(-RECEIPT_FROM * asset.unit // price) if price else _NEVER)
            self._limits[asset.address] = known
        return known
