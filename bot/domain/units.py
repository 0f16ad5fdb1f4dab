"""The units of the house as distinct types, so that a ray is never added to a wad by accident.

All are plain integers at run time. Conversions to decimals happen only in `bot.messages`.
"""

from dataclasses import dataclass
from typing import Final, NewType

Wad = NewType("Wad", int)  # 18 decimals
Ray = NewType("Ray", int)  # 27 decimals
Bps = NewType("Bps", int)  # 10,000 = 100 %
RawAmount = NewType("RawAmount", int)  # a token's smallest unit
BaseAmount = NewType("BaseAmount", int)  # the market oracle's currency, `base_unit` to the whole
Address = NewType("Address", str)  # EIP-55 checksummed, 0x + 40 hex

WAD: Final = 10**18
RAY: Final = 10**27
BPS: Final = 10_000
HF_NO_DEBT: Final = Wad(2**256 - 1)
"""What `getUserAccountData` answers for an account that owes nothing; shown as ∞."""


@dataclass(frozen=True, slots=True)
class BlockRef:
    """The "as of" of every reading: number, hash (0x + 64 hex) and timestamp (unix seconds)."""

    number: int
    hash: str
    timestamp: int


@dataclass(frozen=True, slots=True)
class Asset:
    """A token by contract. The symbol is what the contract says of itself: hostile text."""

    chain_id: int
    address: Address
    symbol: str
    decimals: int

    @property
    def unit(self) -> int:
        """One whole token in raw units."""
        unit: int = 10**self.decimals
        return unit
