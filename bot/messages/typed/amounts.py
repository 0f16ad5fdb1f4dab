"""Amounts of tokens and shares as people type them: `651k`, `$4m`, `2,000.50`, `83%`, `0.83`.

What is absurd is told apart: negative, nothing, more than there is of anything, no number at all.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from bot.domain.fixed_point import mul_div_floor
from bot.domain.units import BPS, Asset, BaseAmount, Bps, RawAmount
from bot.errors import UserError
from bot.messages.parsing import parse_amount

ALL: Final = frozenset({"all", "everything", "max"})
MOST: Final = 10**15
"""Whole tokens or dollars; beyond it an amount is a slip of the finger."""
_NUMERIC: Final = re.compile(r"[-+]?[$€]?[-+]?\.?[0-9](?!x)", re.IGNORECASE)
_POWER: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(e\+?|\^|\*\*)([0-9]{1,4})", re.IGNORECASE)
_GLUED: Final = re.compile(r"([-+]?[$€]?\.?[0-9][0-9.,'_]*)((?:k|m|bn?)(?=[A-Z]))?([A-Za-z₮].*)")
_SUFFIX_ALONE: Final = re.compile(r"(k|m|bn?)[$€]?", re.IGNORECASE)
_DOLLAR_UNIT: Final = 10**8


@dataclass(frozen=True, slots=True)
class Amount:
    """Above 0. `dollars`: it was typed with a $, so it is a worth."""

    value: Decimal
    dollars: bool = False

    def raw(self, asset: Asset, price: BaseAmount, base_unit: int) -> RawAmount:
        """In the token's smallest unit, rounded down; UserError when nothing is left of it.

        Dollars of a token within a percent of one dollar are that many tokens: nobody means 958,019,161.6 by
        $958m of USDT.
        """
        whole, part = self.value.as_integer_ratio()
        if not self.dollars or abs(price - base_unit) * 100 <= base_unit:
            raw = mul_div_floor(whole, asset.unit, part)
        elif base_unit != _DOLLAR_UNIT or not price:
            raise UserError("no_dollars_there", f"${self.value:f}")
        else:
            raw = whole * base_unit * asset.unit // (part * price)
        if not raw:
            raise UserError("amount_too_small", f"{self.value:f} {asset.symbol}")
        return RawAmount(raw)


def looks_like_amount(word: str) -> bool:
    """Whether a word is meant as a number, right or wrong: it begins like one and is no address."""
    return _NUMERIC.match(word) is not None and not word.casefold().startswith("0x")


def unglued(word: str) -> tuple[str, str] | None:
    """`10kETH` as (10k, ETH), `3WBTC` as (3, WBTC); None for anything else."""
    found = _GLUED.fullmatch(word)
    if found is None or word.casefold().startswith("0x") or _POWER.fullmatch(word):
        return None
    number, suffix, rest = found.groups()
    if not suffix and (_SUFFIX_ALONE.fullmatch(rest) or rest.casefold() == "x"):
        return None
    return number + (suffix or ""), rest


def read_amount(word: str, *, comma_is_point: bool = False) -> Amount:
    """UserError tells what is wrong: negative_amount, amount_zero, amount_too_large or not_an_amount."""
    bare = word.strip().removeprefix("+")
    if bare.lstrip("$€").startswith("-") or bare.startswith("-"):
        raise UserError("negative_amount", word)
    value = _number(bare, word, comma_is_point=comma_is_point)
    if not value:
        raise UserError("amount_zero", word)
    if value > MOST:
        raise UserError("amount_too_large", word)
    return Amount(value, dollars="$" in word)


def _number(bare: str, word: str, *, comma_is_point: bool) -> Decimal:
    digits = bare.strip("$€")
    power = _POWER.fullmatch(digits)
    if power is not None:
        base, sign, exponent = power.groups()
        if len(base) + int(exponent) > 40:
            raise UserError("amount_too_large", word)
        if sign[0] in "eE":
            return Decimal(base).scaleb(int(exponent))
        return Decimal(base) ** int(exponent)
    if digits.startswith("."):
        bare = bare.replace(".", "0.", 1)
    if len(digits) > 30 and digits.replace(",", "").isdecimal():
        raise UserError("amount_too_large", word)
    try:
        return parse_amount(bare, comma_is_point=comma_is_point)
    except ValueError as error:
        raise UserError("not_an_amount", word) from error


def read_share(word: str, *, most_bps: int = BPS) -> Bps:
    """A threshold or an LTV: `0.83`, `83%` or `83`. UserError `not_a_share` or `share_over_all`."""
    hundredths = word.endswith("%")
    try:
        value = parse_amount(word.rstrip("%").strip())
    except ValueError as error:
        raise UserError("not_a_share", word) from error
    bps = int(value * (100 if hundredths or value > 1 else BPS))
    if bps > most_bps:
        raise UserError("share_over_all", word)
    return Bps(bps)


def read_bonus(word: str) -> Bps:
    """A liquidation bonus, 100 % included: `5%`, `105%`, `0.05` and `1.05` are all 10,500 bps."""
    hundredths = word.endswith("%")
    try:
        value = parse_amount(word.rstrip("%").strip())
    except ValueError as error:
        raise UserError("not_a_share", word) from error
    bps = int(value * (100 if hundredths or value > 2 else BPS))
    bps = bps if bps >= BPS else bps + BPS
    if bps > 2 * BPS:
        raise UserError("share_over_all", word)
    return Bps(bps)


def read_percent(word: str) -> Bps:
    """An unsigned percentage with its sign %, 0 to under 100 %: fees, slippage."""
    try:
        value = parse_amount(word.removesuffix("%").strip())
    except ValueError as error:
        raise UserError("not_a_percent", word) from error
    bps = int(value * 100)
    if bps >= BPS:
        raise UserError("not_a_percent", word)
    return Bps(bps)
