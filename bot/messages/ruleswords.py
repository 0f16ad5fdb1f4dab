"""Rules in one word or two each, as a watch list carries them: written and read back without loss.

`hf 1.5 1.25; liquidated; closed`, `below 2500; moves 5% 3600s`. Used by `listfile` and by the import.
"""

from collections.abc import Sequence
from typing import Final

from bot.domain.rules import (
    DEFAULT_RULES,
    ChangedRule,
    ClosedRule,
    DigestRule,
    DistanceRule,
    FlowRule,
    HealthRule,
    LiquidatedRule,
    PriceMovedRule,
    PriceRule,
    Rule,
    SumRule,
    TransferRule,
    UnusualRule,
)
from bot.domain.units import Asset, BaseAmount
from bot.messages.numbers import plain_decimal
from bot.messages.parsing import parse_duration, parse_health, parse_percent, parse_scaled

NONE: Final = "none"
"""Of a watch whose rules are all switched off; an empty cell means the usual ones."""
LEVELS_AT_MOST: Final = 10
"""Of one rule."""
RULES_AT_MOST: Final = 10
"""Per watch: more would be read by nobody."""
SUM_WITHIN_S: Final = (3_600, 7 * 86_400)
"""The shortest and the longest window of a sum."""
EACH: Final = "each"
"""Of a sum: that of one sender alone."""
HIGHEST_PRICE: Final = 10**12
"""Whole units of currency; beyond it a price is a slip of the finger."""


def rules_in_words(rules: Sequence[Rule]) -> str:
    return "; ".join(map(_words, rules)) or NONE


def _words(rule: Rule) -> str:
    match rule:
        case HealthRule(levels=levels):
            return " ".join(("hf", *(plain_decimal(level, 18) for level in levels)))
        case DistanceRule(levels_bps=levels):
            return " ".join(("distance", *(f"{plain_decimal(level, 2)}%" for level in levels)))
        case ChangedRule(min_usd=least):
            return f"changed {least}"
        case LiquidatedRule() | ClosedRule():
            return rule.key
        case PriceRule(level=level, above=above, base_unit=unit):
            return f"{'above' if above else 'below'} {plain_decimal(level, len(str(unit)) - 1)}"
        case PriceMovedRule(bps=bps, window_s=window):
            return f"moves {plain_decimal(bps, 2)}% {window}s"
        case TransferRule(min_usd=dollars, min_amount=coins):
            return " ".join(("transfer", *_least(dollars, coins)))
        case SumRule(min_usd=dollars, window_s=window, by_sender=by_sender):
            return f"sum ${dollars} {window}s" + (f" {EACH}" if by_sender else "")
        case UnusualRule(deviations=deviations, times=times, min_usd=dollars):
            return f"unusual {deviations} {times} ${dollars}"
        case DigestRule(every_s=every):
            return f"digest {every}s"


def _least(dollars: int, coins: int) -> tuple[str, ...]:
    return tuple(word for word, many in ((f"${dollars}", dollars), (str(coins), coins)) if many)


def wallet_rules(text: str) -> tuple[Rule, ...]:
    """The rules of a wallet. ValueError carries the part that is none."""
    if not text.strip():
        return DEFAULT_RULES
    return _unique(tuple(_wallet_rule(part) for part in _parts(text)))


def price_rules(text: str, asset: Asset, base_unit: int) -> tuple[Rule, ...]:
    """The rules of an asset's price. ValueError carries the part that is none."""
    return _unique(tuple(_price_rule(part, asset, base_unit) for part in _parts(text)))


def flow_rules(text: str) -> tuple[Rule, ...]:
    """The rules of a flow watch. ValueError carries the part that is none."""
    if not text.strip():
        return (TransferRule(),)
    return _unique(tuple(flow_rule(part) for part in _parts(text)))


def flow_rule(part: str) -> FlowRule:
    """`transfer $10m`, `transfer 20000`, `sum $50m 24h each`, `unusual`, `digest 24h`."""
    name, *values = part.casefold().split()
    match name:
        case "transfer" if 0 < len(values) <= 2:
            least = {"$" in word: _whole(word, part) for word in values}
            if len(least) < len(values):
                raise ValueError(part)
            return TransferRule(least.get(True, 0), least.get(False, 0))
        case "sum" if 2 <= len(values) <= 3 and values[2:] in ([], [EACH]):
            window = _seconds(values[1], part, SUM_WITHIN_S)
            return SumRule(_whole(values[0], part), window, by_sender=len(values) == 3)
        case "unusual" if len(values) in (0, 3):
            if not values:
                return UnusualRule()
            return UnusualRule(_small(values[0], part), _small(values[1], part), _whole(values[2], part))
        case "digest" if len(values) == 1:
            seconds = {"daily": 86_400, "hourly": 3_600}.get(values[0]) or parse_duration(values[0])
            if seconds not in (3_600, 86_400):
                raise ValueError(part)
            return DigestRule(seconds)
        case _:
            raise ValueError(part)


def _whole(word: str, part: str) -> int:
    whole = parse_scaled(word, 1)
    if not 0 < whole <= HIGHEST_PRICE:
        raise ValueError(part)
    return whole


def _seconds(word: str, part: str, within: tuple[int, int]) -> int:
    seconds = parse_duration(word)
    if not within[0] <= seconds <= within[1]:
        raise ValueError(part)
    return seconds


def _small(word: str, part: str) -> int:
    if not (word.isascii() and word.isdecimal() and len(word) < 4 and int(word)):
        raise ValueError(part)
    return int(word)


def _parts(text: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in text.split(";") if part.strip())
    return () if parts == (NONE,) else parts


def _unique(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Each rule once: a watch keeps them by key."""
    if len(rules) > RULES_AT_MOST:
        raise ValueError(rules[RULES_AT_MOST].key)
    return tuple({rule.key: rule for rule in rules}.values())


def _wallet_rule(part: str) -> Rule:
    name, *values = part.split()
    match name.casefold():
        case "hf" if 0 < len(values) <= LEVELS_AT_MOST:
            return HealthRule(tuple(sorted({parse_health(word) for word in values}, reverse=True)))
        case "distance" if 0 < len(values) <= LEVELS_AT_MOST:
            return DistanceRule(tuple(sorted({parse_percent(word) for word in values}, reverse=True)))
        case "changed" if len(values) <= 1:
            return ChangedRule(parse_scaled(values[0], 1) if values else 0)
        case "liquidated" if not values:
            return LiquidatedRule()
        case "closed" if not values:
            return ClosedRule()
        case _:
            raise ValueError(part)


def _price_rule(part: str, asset: Asset, base_unit: int) -> Rule:
    name, *values = part.split()
    match name.casefold():
        case "above" | "below" as side if len(values) == 1:
            level = parse_scaled(values[0], base_unit)
            if not 0 < level <= HIGHEST_PRICE * base_unit:
                raise ValueError(part)
            return PriceRule(asset, BaseAmount(level), side == "above", base_unit)
        case "moves" if len(values) == 2:
            return PriceMovedRule(asset, parse_percent(values[0]), parse_duration(values[1]), base_unit)
        case _:
            raise ValueError(part)
