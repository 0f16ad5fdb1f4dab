"""Decimal numbers as an episode writes them: exact, of any size that a chain knows, never a float."""

import re
from dataclasses import dataclass
from typing import Final

_DECIMAL: Final = re.compile(r"(?P<whole>0|[1-9][0-9]{0,77})(?:\.(?P<part>[0-9]{1,77}))?\Z")


@dataclass(frozen=True, slots=True)
class Amount:
    """`digits` / 10^`places`, without trailing zeros: two that are equal are written alike."""

    digits: int
    places: int = 0

    @classmethod
    def parse(cls, text: str) -> "Amount":
        """Digits with at most one point; ValueError for anything else."""
        match = _DECIMAL.match(text)
        if match is None:
            raise ValueError("is no decimal number in digits")
        part = (match["part"] or "").rstrip("0")
        return cls(int(match["whole"] + part), len(part))

    @classmethod
    def of(cls, raw: int, decimals: int) -> "Amount":
        """A raw amount in whole units."""
        while decimals and raw % 10 == 0:
            raw, decimals = raw // 10, decimals - 1
        return cls(raw, decimals)

    def raw(self, decimals: int) -> int:
        """In units of 10^-`decimals`; ValueError where it has more places than that."""
        if self.places > decimals:
            raise ValueError(f"has more than {decimals} places")
        found: int = self.digits * 10 ** (decimals - self.places)
        return found

    def __str__(self) -> str:
        if not self.places:
            return str(self.digits)
        text = f"{self.digits:0{self.places + 1}d}"
        return f"{text[: -self.places]}.{text[-self.places :]}"


ALL: Final = Amount(-1)
"""Everything there is, where an action may say so; written `all`."""
