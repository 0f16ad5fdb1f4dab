"""A price series as people bring it: lines of `time,price`, read strictly, every fault with its line.

A first line of names may say where what stands: `time` (or date, timestamp) and `price` (or close). Times are
UTC: 2026-02-01, 2026-02-01 06:00, with seconds or a Z, or unix seconds or milliseconds.
"""

import csv
import re
from datetime import UTC, datetime
from typing import Final

from bot.messages.parsing import parse_scaled
from bot.messages.replayfacts import SeriesFault, SeriesRefused
from bot.messages.ruleswords import HIGHEST_PRICE

LINES_AT_MOST: Final = 50_000
SPAN_AT_MOST_S: Final = 399 * 86_400
FAULTS_TOLD: Final = 8
_QUOTED: Final = 40
_LINE_AT_MOST: Final = 1_000
_TIMES: Final = frozenset({"time", "date", "timestamp", "datetime", "at"})
_PRICES: Final = frozenset({"price", "close", "value", "usd"})
_WHEN: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?)?(?:Z|\+00:?00)?\Z", re.ASCII
)
_UNIX: Final = re.compile(r"\d{9,10}\Z|\d{13}\Z", re.ASCII)
_LAST: Final = 4_102_444_800
"""2100: what is later is a slip."""

Series = tuple[tuple[int, int], ...]
"""(unix seconds, price in base units), times rising."""


def read_time(text: str) -> int:
    """Unix seconds. ValueError."""
    text = text.strip()
    if _UNIX.match(text):
        found = int(text) // (1_000 if len(text) == 13 else 1)
    elif match := _WHEN.match(text):
        parts = [int(part or 0) for part in match.groups()]
        found = int(datetime(*parts, tzinfo=UTC).timestamp())  # type: ignore[misc, arg-type]
    else:
        raise ValueError(text)
    if not 0 < found < _LAST:
        raise ValueError(text)
    return found


def read_series(text: str, base_unit: int) -> Series | SeriesRefused:
    """Of two prices at one time the later line holds."""
    faults: list[SeriesFault] = []
    points: dict[int, int] = {}
    places: tuple[int, int] | None = None
    lines = text.removeprefix("\ufeff").splitlines()
    if len(lines) > LINES_AT_MOST:
        return SeriesRefused((SeriesFault(LINES_AT_MOST + 1, "too_many", str(len(lines))),), 1)
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = _cells(line)
        if places is None:
            places = _named(cells)
            if places is not None:
                continue
            places = 0, 1
        fault = _take(cells, places, base_unit, points)
        if fault is not None:
            faults.append(SeriesFault(number, fault[0], fault[1][:_QUOTED]))
    span = max(points) - min(points) if points else 0
    if not faults and (len(points) < 2 or span > SPAN_AT_MOST_S):
        faults.append(SeriesFault(len(lines), "span", str(len(points))))
    if faults:
        return SeriesRefused(tuple(faults[:FAULTS_TOLD]), len(faults))
    return tuple(sorted(points.items()))


def _cells(line: str) -> list[str]:
    if len(line) > _LINE_AT_MOST:
        return [line[:_QUOTED]]
    delimiter = next((one for one in ";\t" if one in line), ",")
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return [line[:_QUOTED]]


def _named(cells: list[str]) -> tuple[int, int] | None:
    """Where time and price stand, if this line says so."""
    names = [cell.strip().casefold() for cell in cells]
    times = [place for place, name in enumerate(names) if name in _TIMES]
    prices = [place for place, name in enumerate(names) if name in _PRICES]
    return (times[0], prices[0]) if times and prices else None


def _take(
    cells: list[str], places: tuple[int, int], base_unit: int, points: dict[int, int]
) -> tuple[str, str] | None:
    """Keep a line's point; else what is wrong, and with what."""
    if len(cells) <= max(places):
        return "columns", ",".join(cells)
    when, price = cells[places[0]], cells[places[1]]
    try:
        at = read_time(when)
    except ValueError:
        return "time", when
    try:
        scaled = parse_scaled(price.strip(), base_unit)
    except ValueError:
        return "price", price
    if not 0 < scaled <= HIGHEST_PRICE * base_unit:
        return "price", price
    points[at] = scaled
    return None
