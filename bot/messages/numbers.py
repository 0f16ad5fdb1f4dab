"""Numbers as people read them: integers in, text out, in a chat's locale; no float anywhere.

Used by the composer only. Rounding never flatters: a health factor is floored, and callers choose a side for
prices and amounts that someone may act upon.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime
from babel.numbers import get_decimal_symbol, get_group_symbol

from bot.domain.units import HF_NO_DEBT, WAD, BaseAmount, Bps, RawAmount, Wad
from bot.messages.catalogue import _

DOLLAR_UNIT: Final = 10**8
"""Base unit of the markets whose oracle speaks US dollars; any other currency is shown without a sign."""
_MOST: Final = 10**15
"""Whole units above which a number says no more than "a lot": hostile tokens have supplies of any size."""


class Side(Enum):
    """Where to round what does not fit."""

    DOWN = "down"
    NEAR = "near"
    UP = "up"


def rounded(numerator: int, denominator: int, places: int, side: Side) -> int:
    """Numerator / denominator (>= 0) as an integer of `places` decimals."""
    scaled = numerator * int(10**places)
    match side:
        case Side.DOWN:
            return scaled // denominator
        case Side.UP:
            return -(-scaled // denominator)
        case Side.NEAR:
            return (2 * scaled + denominator) // (2 * denominator)


def plain_decimal(raw: int, decimals: int) -> str:
    """The exact decimal of raw / 10^decimals with a point and nothing else: for JSON and copy buttons."""
    sign, digits = ("-" if raw < 0 else ""), str(abs(raw)).rjust(decimals + 1, "0")
    whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


@cache
def _signs(locale: str) -> tuple[str, str, bool]:
    """(decimal sign, group sign, currency first) of a locale."""
    known = Locale.parse(locale)
    return (
        get_decimal_symbol(known),
        get_group_symbol(known),
        known.currency_formats["standard"].pattern.startswith("¤"),
    )


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of one chat: its locale and time zone.

    Unknown ones raise ValueError, UnknownLocaleError or ZoneInfoNotFoundError.
    """

    locale: str = "en"
    timezone: str = "UTC"
    _zone: ZoneInfo = field(init=False)
    _point: str = field(init=False)
    _group: str = field(init=False)
    _currency_first: bool = field(init=False)

    def __post_init__(self) -> None:
        point, group, first = _signs(self.locale)
        object.__setattr__(self, "_zone", ZoneInfo(self.timezone))
        object.__setattr__(self, "_point", point)
        object.__setattr__(self, "_group", group)
        object.__setattr__(self, "_currency_first", first)

    def fixed(self, scaled: int, places: int, *, trim: int | None = None) -> str:
        """An integer of `places` decimals; `trim` drops trailing zeros down to that many places."""
        if abs(scaled) > _MOST * 10**places:
            return ("> " if scaled > 0 else "< -") + self.fixed(_MOST, 0)
        whole, fraction = divmod(abs(scaled), 10**places)
        digits = str(fraction).rjust(places, "0") if places else ""
        if trim is not None:
            digits = digits[:trim] + digits[trim:].rstrip("0")
        text = f"{whole:,}".replace(",", self._group)
        return ("-" if scaled < 0 else "") + (f"{text}{self._point}{digits}" if digits else text)

    def whole(self, number: int) -> str:
        return self.fixed(number, 0)

    # ---- health factors -------------------------------------------------------------------------

    def health(self, wad: Wad | int, places: int | None = None) -> str:
        """A health factor, floored, so that it never reads as if over a threshold it is under.

        Two places, four next to 1 where they decide; 0.99999 reads 0.9999.
        """
        if wad >= HF_NO_DEBT:
            return "∞"
        if wad >= 10**6 * WAD:
            return "> " + self.fixed(10**6, 0)
        if places is None:
            places = _health_places(wad)
        return self.fixed(rounded(wad, WAD, places, Side.DOWN), places)

    def health_pair(self, now: int, before: int) -> tuple[str, str]:
        """Two health factors with digits enough to tell them apart; the second is empty where six do not."""
        places = max(_health_places(now), _health_places(before) if before < HF_NO_DEBT else 0)
        while places <= 6:
            texts = self.health(now, places), self.health(before, places)
            if texts[0] != texts[1]:
                return texts
            places += 1
        return self.health(now), ""

    def level(self, wad: int) -> str:
        """A level as a person set it: exact, at least two places."""
        return self.fixed(wad, 18, trim=2)

    # ---- money and prices -------------------------------------------------------------------------

    def money(self, value: BaseAmount | int, base_unit: int) -> str:
        """$412k, $1.24M, $2,840, $3.17: three or four digits, rounded to the nearest."""
        for size, suffix, least in ((10**9, "bn", 999_500_000), (10**6, "M", 999_500), (10**3, "k", 10**4)):
            if value >= least * base_unit:
                parts = value * 100 // (size * base_unit)
                places = 0 if parts >= 10_000 else 1 if parts >= 1_000 else 2
                text = self.fixed(rounded(value, size * base_unit, places, Side.NEAR), places, trim=0)
                return self._signed(text + suffix, base_unit)
        places = 0 if value >= 100 * base_unit else 2
        if value > 0 and rounded(value, base_unit, 2, Side.DOWN) == 0:
            return "< " + self._signed(self.fixed(1, 2), base_unit)
        return self._signed(self.fixed(rounded(value, base_unit, places, Side.NEAR), places), base_unit)

    def price(
        self, price: BaseAmount | int, base_unit: int, side: Side = Side.NEAR, *, places: int | None = None
    ) -> str:
        """The price of a whole token with about four digits that matter."""
        if places is None:
            places = _price_places(price, base_unit)
        return self._signed(self.fixed(rounded(price, base_unit, places, side), places), base_unit)

    def price_pair(self, target: int, now: int, base_unit: int, side: Side) -> tuple[str, str]:
        """A target price rounded to its safe side and today's, with digits enough to tell them apart."""
        places = min(_price_places(target, base_unit), _price_places(now, base_unit))
        while True:
            pair = (
                self.price(target, base_unit, side, places=places),
                self.price(now, base_unit, places=places),
            )
            if pair[0] != pair[1] or target == now or 10**places >= base_unit:
                return pair
            places += 1

    def exact_price(self, price: BaseAmount | int, base_unit: int) -> str:
        """All digits the oracle gives."""
        places = len(str(base_unit)) - 1
        return self._signed(self.fixed(price, places, trim=2), base_unit)

    def amount(self, raw: RawAmount | int, decimals: int, side: Side = Side.DOWN, digits: int = 7) -> str:
        """A token amount with about `digits` significant digits and no trailing zeros."""
        unit = 10**decimals
        if raw >= unit:
            places = max(0, min(decimals, digits - len(str(raw // unit))))
        else:
            places = min(decimals, decimals - len(str(raw)) + 4) if raw else 0
        if places > 18:
            return "< " + self.fixed(1, 18)
        return self.fixed(rounded(raw, unit, places, side), places, trim=0)

    def _signed(self, text: str, base_unit: int) -> str:
        if base_unit != DOLLAR_UNIT:
            return text
        return f"${text}" if self._currency_first else f"{text} $"

    # ---- shares, times ----------------------------------------------------------------------------

    def percent(self, bps: Bps | int) -> str:
        """A share, floored to a tenth of a percent from 1 % on, to a hundredth below."""
        if abs(bps) < 100:
            return self.fixed(bps, 2, trim=0) + " %"
        tenths = abs(bps) // 10
        return self.fixed(tenths if bps > 0 else -tenths, 1, trim=0) + " %"

    def exact_percent(self, bps: Bps | int) -> str:
        return self.fixed(bps, 2, trim=0) + " %"

    def duration(self, seconds: int) -> str:
        """The two largest units: 9 s, 1 min 30 s, 2 h, 1 d 2 h."""
        left = max(0, seconds)
        parts: list[str] = []
        for size, unit in ((86_400, _("d")), (3_600, _("h")), (60, _("min")), (1, _("s"))):
            count, left = divmod(left, size)
            if count:
                parts.append(f"{self.whole(count)} {unit}")
            elif parts:
                break
            if len(parts) == 2:
                break
        return " ".join(parts) or f"0 {_('s')}"

    def age(self, seconds: int) -> str:
        return _("{duration} old").format(duration=self.duration(seconds))

    def moment(self, at: int) -> str:
        """A date and time in the chat's zone, its zone named."""
        local = datetime.fromtimestamp(at, tz=UTC).astimezone(self._zone)
        text: str = format_datetime(local, "d MMM y, HH:mm", tzinfo=self._zone, locale=self.locale)
        return f"{text} {local.tzname()}"


def _health_places(wad: int) -> int:
    if 99 * WAD // 100 <= wad < 101 * WAD // 100:
        return 4
    return 2 if wad < 10 * WAD else 1 if wad < 100 * WAD else 0


def _price_places(price: int, base_unit: int) -> int:
    """Places that show four digits or more: none from 1,000 on, two from 10, four from 1, below as needed."""
    if price >= 1_000 * base_unit:
        return 0
    if price >= 10 * base_unit:
        return 2
    if price >= base_unit or price == 0:
        return 4
    leading = len(str(base_unit)) - 1 - len(str(price))
    return leading + 4
