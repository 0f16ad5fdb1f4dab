"""Where the axes of a chart have their marks and what stands there: whole numbers all the way."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

_MINUTE: Final = 60
_DAY: Final = 86_400
_STEPS_S: Final = (
    *(_MINUTE * one for one in (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720)),
    *(_DAY * one for one in (1, 2, 7, 14, 30, 60, 120, 365)),
)
_MARKS_AT_MOST: Final = 1000


def number_ticks(low: int, high: int, unit: int, most: int = 5) -> list[tuple[int, str]]:
    """Round values between `low` and `high`, in base units, each with its text: at most `most`."""
    step = _step(max(high - low, 1), most)
    decimals = _decimals(step, unit)
    first = -(-low // step) * step
    return [(value, _number(value, unit, decimals)) for value in range(first, high + 1, step)]


def _step(span: int, most: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, ... that makes at most `most` marks."""
    power = 1
    while True:
        for digit in (1, 2, 5):
            if span // (digit * power) < most:
                return digit * power
        power *= 10


def _decimals(step: int, unit: int) -> int:
    decimals = 0
    while step * 10**decimals % unit and decimals < 18:
        decimals += 1
    return decimals


def _number(value: int, unit: int, decimals: int) -> str:
    """Thousands stand apart by a thin space, which no language reads as anything else."""
    whole, rest = divmod(value * 10**decimals // unit, 10**decimals)
    text = f"{whole:,}".replace(",", "\u2009")
    return f"{text}.{rest:0{decimals}}" if decimals else text


def zone_of(name: str) -> tuple[tzinfo, str]:
    """The time zone and its name; UTC where this machine does not know it."""
    try:
        return ZoneInfo(name), name
    except (KeyError, OSError, ValueError):  # not found, a folder, no name at all
        return UTC, "UTC"


def time_ticks(start: int, end: int, zone: tzinfo, most: int = 7) -> list[tuple[int, str]]:
    """Round moments of the wall clock, each with its text: hours, and the date where a day begins."""
    step = next((one for one in _STEPS_S if (end - start) // one < most), _STEPS_S[-1])
    midnight = datetime.fromtimestamp(start, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    found: list[tuple[int, str]] = []
    for number in range(max(0, (start - int(midnight.timestamp())) // step - 1), _MARKS_AT_MOST * step):
        wall = midnight + timedelta(seconds=number * step)
        at = int(wall.timestamp())
        if at > end or len(found) >= _MARKS_AT_MOST:
            break
        if at >= start:
            is_day = wall.hour == wall.minute == 0
            found.append((at, wall.strftime("%m-%d") if is_day else wall.strftime("%H:%M")))
    return found
