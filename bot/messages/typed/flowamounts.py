"""Amounts in a filter of flows: `$5m`, `5m`, `20000ETH`; and from when on a bare number must mean dollars."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from bot.messages.parsing import parse_amount

_GLUED: Final = re.compile(r"(\$?[0-9][0-9.,'_]*(?:k|m|bn?)?)([a-z₮][\w.₮-]*)", re.IGNORECASE)
"""A number and the asset right behind it."""
_SCARCE: Final = frozenset({"eth", "ether", "ethereum", "weth", "btc", "bitcoin", "wbtc", "cbbtc", "tbtc"})
_MILLION: Final = Decimal(1_000_000)
_ENDLESS: Final = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class Typed:
    """An amount as it was typed. `asset` is what stood right behind it."""

    amount: Decimal
    text: str
    dollars: bool = False
    asset: str = ""


def is_amount(word: str, comma_is_point: bool) -> bool:  # noqa: FBT001  one of two readings
    return amount_of(word, comma_is_point) is not None


def amount_of(word: str, comma_is_point: bool) -> Typed | None:  # noqa: FBT001
    """None where the word is no amount. A word such as `5m` is one, `1inch` is none by what follows it."""
    bare = word.removeprefix(">").removeprefix("=")
    if bare[:2].casefold() == "0x":
        return None
    try:
        return Typed(parse_amount(bare, comma_is_point=comma_is_point), word, dollars="$" in bare)
    except ValueError:
        pass
    found = _GLUED.fullmatch(bare)
    if found is None:
        return None
    number, rest = found.groups()
    try:
        amount = parse_amount(number, comma_is_point=comma_is_point)
    except ValueError:
        return None
    dollars = rest.casefold() in {"usd", "dollars"}
    return Typed(amount, word, dollars=dollars or "$" in number, asset="" if dollars else rest)


def whole_dollars(named: Sequence[str]) -> Decimal:
    """From when on a bare number behind these assets can only mean dollars: nobody moves a million ether."""
    return _MILLION if named and all(name in _SCARCE for name in named) else _ENDLESS
