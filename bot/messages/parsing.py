"""Numbers as people type them, into integers; the inverse of `numbers`. Called by commands.

Every function raises ValueError with the part it could not use; commands turn that into an answer.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Final

from bot.domain.units import WAD, Bps, Wad

_SUFFIXES: Final = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "bn": 10**9}
_AMOUNT: Final = re.compile(
    r"[$€]?(?P<number>[0-9][0-9.,'_\u00a0\u202f]*)(?P<suffix>k|m|bn?|)[$€]?", re.IGNORECASE
)
_GROUPED_BY_COMMA: Final = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
_GROUPED_BY_POINT: Final = re.compile(r"\d{1,3}(\.\d{3}){2,}(,\d+)?|\d{1,3}(\.\d{3})+,\d+")
_PLAIN: Final = re.compile(r"\d+([.,]\d+)?")
_LONGEST: Final = 40
_DURATION: Final = re.compile(r"(\d{1,9}(?:[.,]\d{1,3})?)(s|sec|m|min|h|d|w)", re.IGNORECASE)
_SECONDS: Final = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
LONGEST_DURATION_S: Final = 366 * 86_400


def parse_amount(text: str, *, comma_is_point: bool = False) -> Decimal:
    """An amount as "1.5k", "10M", "2,000.50", "$4000", "1'000": never negative, at most 40 characters.

    A single comma before exactly three digits groups thousands, unless the chat's locale writes commas for
    points; before any other count of digits it is a decimal comma.
    """
    found = _AMOUNT.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if found is None:
        raise ValueError(text)
    number = re.sub(r"['_\u00a0\u202f]", "", found["number"])
    if _GROUPED_BY_COMMA.fullmatch(number) and not (comma_is_point and number.count(",") == 1):
        number = number.replace(",", "")
    elif _GROUPED_BY_POINT.fullmatch(number):
        number = number.replace(".", "").replace(",", ".")
    elif _PLAIN.fullmatch(number):
        number = number.replace(",", ".")
    else:
        raise ValueError(text)
    try:
        return Decimal(number) * _SUFFIXES[found["suffix"].lower()]
    except InvalidOperation as error:  # pragma: no cover - the patterns admit digits only
        raise ValueError(text) from error


def parse_scaled(text: str, unit: int, *, comma_is_point: bool = False) -> int:
    """An amount as an integer in `unit`s to the whole; digits beyond the unit are cut off."""
    amount = parse_amount(text, comma_is_point=comma_is_point)
    numerator, denominator = amount.as_integer_ratio()
    return numerator * unit // denominator


def parse_duration(text: str) -> int:
    """Seconds of "90s", "30m", "2h", "1d", "1w", "1d12h": more than 0, at most 366 days."""
    squeezed = text.replace(" ", "")
    parts = _DURATION.findall(squeezed)
    if not parts or "".join(number + unit for number, unit in parts) != squeezed:
        raise ValueError(text)
    total = sum(int(Decimal(number.replace(",", ".")) * _SECONDS[unit.lower()]) for number, unit in parts)
    if not 0 < total <= LONGEST_DURATION_S:
        raise ValueError(text)
    return total


def parse_percent(text: str) -> Bps:
    """Bps of "5%", "2.5 %" or a bare "5": more than 0, at most 100 %."""
    bps = parse_scaled(text.strip().removesuffix("%").strip(), 100)
    if not 0 < bps <= 10_000:
        raise ValueError(text)
    return Bps(bps)


def parse_health(text: str) -> Wad:
    """A health factor between 0 and 100, above 0."""
    wad = parse_scaled(text, WAD)
    if not 0 < wad <= 100 * WAD:
        raise ValueError(text)
    return Wad(wad)
