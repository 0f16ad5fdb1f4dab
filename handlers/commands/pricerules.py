"""Conditions on a price as people type them: `below 2500`, `above 4k`, `moves 5% 1h`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.domain.observations import PriceSeen
from bot.domain.rules import AnyPriceRule, PriceMovedRule, PriceRule, Rule
from bot.domain.units import BaseAmount
from bot.errors import UserError
from bot.messages.numbers import plain_decimal
from bot.messages.parsing import parse_percent, parse_scaled
from bot.messages.ruleswords import HIGHEST_PRICE, RULES_AT_MOST
from bot.subscriptions import Watch
from handlers.commands.arguments import duration, nearest

DIRECTIONS: Final = ("above", "below", "moves")
DEFAULT_WINDOW: Final = "1h"


def words_taken(words: Sequence[str]) -> int:
    """How many words of `above X …` or `moves P [window] …` belong to the condition."""
    if words and words[0].casefold() == "moves":
        return 3 if len(words) > 2 and words[2][:1].isdigit() else 2
    return 2


def with_rule(watch: Watch, rule: Rule) -> Watch:
    """The watch with the rule in place of one of its key, or added; UserError when it has too many."""
    kept = tuple(one for one in watch.rules if one.key != rule.key)
    if len(kept) >= RULES_AT_MOST:
        raise UserError("too_many_rules", rule.key, f"/rules {watch.number}")
    return replace(watch, rules=(*kept, rule))


def read_price_rule(
    words: Sequence[str], seen: PriceSeen, prefix: str, *, comma_is_point: bool
) -> AnyPriceRule:
    """The condition on the asset of `seen`; `prefix` is the command up to it, for examples."""
    low = plain_decimal(seen.price * 9 // 10, len(str(seen.base_unit)) - 1)
    example = f"{prefix} below {low}"
    if not words:
        raise UserError("missing_level", prefix.split(" ", 1)[-1], example)
    direction = words[0].casefold()
    if direction not in DIRECTIONS:
        raise UserError("not_a_direction", words[0], example, nearest(direction, DIRECTIONS))
    if len(words) < 2:
        moved = f"{prefix} moves 5% {DEFAULT_WINDOW}"
        raise UserError("missing_level", words[0], moved if direction == "moves" else example)
    if direction == "moves":
        return _moved(words, seen, f"{prefix} moves 5% {DEFAULT_WINDOW}")
    level = _level(words[1], seen, example, comma_is_point=comma_is_point)
    above = direction == "above"
    if (seen.price >= level) if above else (seen.price <= level):
        other = f"{prefix} {'below' if above else 'above'} {words[1]}"
        raise UserError("price_is_there", words[1], example if level == seen.price else other)
    return PriceRule(seen.asset, level, above, seen.base_unit)


def _level(word: str, seen: PriceSeen, example: str, *, comma_is_point: bool) -> BaseAmount:
    try:
        level = parse_scaled(word, seen.base_unit, comma_is_point=comma_is_point)
    except ValueError as error:
        raise UserError("not_a_price", word, example) from error
    if not 0 < level <= HIGHEST_PRICE * seen.base_unit:
        raise UserError("not_a_price", word, example)
    return BaseAmount(level)


def _moved(words: Sequence[str], seen: PriceSeen, example: str) -> PriceMovedRule:
    try:
        bps = parse_percent(words[1])
    except ValueError as error:
        raise UserError("not_a_percent", words[1], example) from error
    window = duration(words[2] if words_taken(words) > 2 else DEFAULT_WINDOW, example)
    return PriceMovedRule(seen.asset, bps, window, seen.base_unit)
