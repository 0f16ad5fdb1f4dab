"""/rules: what a watch alerts on; each word after the watch changes one rule."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from bot.domain.rules import ChangedRule, ClosedRule, DistanceRule, HealthRule, LiquidatedRule, Rule
from bot.errors import SourceError, UserError
from bot.messages.answers import Answer, RuleChanged, RulesShown
from bot.messages.catalogue import _
from bot.messages.parsing import parse_health, parse_percent, parse_scaled
from bot.subscriptions import PriceTarget, Watch
from handlers.commands.arguments import comma_is_point, find_watch, nearest, no_more
from handlers.commands.command import Call, Command
from handlers.commands.pricerules import DIRECTIONS, read_price_rule, with_rule, words_taken

LEVELS_AT_MOST: Final = 10
Value = TypeVar("Value")

_ON: Final = frozenset({"on", "default"})
_DEFAULTS: Final[dict[str, Callable[[], Rule]]] = {
    "hf": HealthRule,
    "distance": DistanceRule,
    "changed": ChangedRule,
    "liquidated": LiquidatedRule,
    "closed": ClosedRule,
}
_SAMPLES: Final = {
    "hf": "hf 1.5 1.2 1.05",
    "distance": "distance 20% 10%",
    "changed": "changed 1000",
    "liquidated": "liquidated on",
    "closed": "closed on",
}


async def run(call: Call) -> Answer:
    watches = await call.watches()
    if not call.args:
        if not watches:
            raise UserError("no_watches", "/rules", "/help watch")
        return RulesShown(watches)
    watch = find_watch(watches, call.args[0], "rules")
    if len(call.args) == 1:
        return RulesShown((watch,))
    name, values = call.args[1].casefold(), call.args[2:]
    if isinstance(watch.target, PriceTarget):
        return await _price_rule(call, watch, watch.target, name, values)
    return await _wallet_rule(call, watch, name, values)


async def _wallet_rule(call: Call, watch: Watch, name: str, values: Sequence[str]) -> Answer:
    start = f"/rules {watch.number}"
    if name in DIRECTIONS:
        raise UserError("wrong_kind", name, f"{start} {_SAMPLES['hf']}")
    name = "hf" if name == "health" else name
    if name not in _DEFAULTS:
        raise UserError(
            "unknown_rule", call.args[1], f"{start} {_SAMPLES['hf']}", nearest(name, tuple(_DEFAULTS))
        )
    example = f"{start} {_SAMPLES[name]}"
    default = _DEFAULTS[name]()
    if not values and name != "changed":
        raise UserError("missing_value", name, example)
    word = values[0].casefold() if values else "on"
    if word in {*_ON, "off"}:
        no_more(values, 1, f"{start} {name} {word}")
    if word == "off":
        return await _off(call, watch, default.key, (default.key,))
    rule = default if word in _ON else await _valued(call, name, values, example)
    return await _on(call, watch, rule)


async def _valued(call: Call, name: str, values: Sequence[str], example: str) -> Rule:
    """A rule with the values typed; levels may come in any order."""
    if name in {"hf", "distance"} and len(values) > LEVELS_AT_MOST:
        raise UserError("too_many_levels", values[LEVELS_AT_MOST], example)
    match name:
        case "hf":
            levels = {_level(word, parse_health, "not_a_health_factor", example) for word in values}
            return HealthRule(tuple(sorted(levels, reverse=True)))
        case "distance":
            bps = {_level(word, parse_percent, "not_a_percent", example) for word in values}
            return DistanceRule(tuple(sorted(bps, reverse=True)))
        case "changed":
            no_more(values, 1, example)
            comma = await comma_is_point(call)
            return ChangedRule(
                _level(
                    values[0],
                    lambda word: parse_scaled(word, 1, comma_is_point=comma),
                    "not_an_amount",
                    example,
                )
            )
        case _:
            raise UserError("not_on_or_off", values[0], example)


def _level(word: str, parse: Callable[[str], Value], problem: str, example: str) -> Value:
    try:
        return parse(word)
    except ValueError as error:
        raise UserError(problem, word, example) from error


async def _price_rule(
    call: Call, watch: Watch, target: PriceTarget, name: str, values: Sequence[str]
) -> Answer:
    start = f"/rules {watch.number}"
    if name in _DEFAULTS or name == "health":
        raise UserError("wrong_kind", name, f"{start} moves 5% 1h")
    if name in DIRECTIONS and [word.casefold() for word in values] == ["off"]:
        prefix = "price_moved" if name == "moves" else f"price_{name}"
        return await _off(
            call, watch, name, tuple(one.key for one in watch.rules if one.key.startswith(prefix))
        )
    words = (name, *values)
    no_more(words, words_taken(words), f"{start} moves 5% 1h")
    prices = await call.services.prices.prices(target.asset.address, target.market)
    if not prices:
        raise SourceError("the watched price cannot be read")
    rule = read_price_rule(words, prices[0], start, comma_is_point=await comma_is_point(call))
    return await _on(call, watch, rule)


async def _on(call: Call, watch: Watch, rule: Rule) -> RuleChanged:
    changed = with_rule(watch, rule)
    await call.services.book.put(changed)
    return RuleChanged(changed, rule.key, rule)


async def _off(call: Call, watch: Watch, name: str, keys: Sequence[str]) -> RuleChanged:
    changed = replace(watch, rules=tuple(one for one in watch.rules if one.key not in keys))
    await call.services.book.put(changed)
    return RuleChanged(changed, name)


COMMAND = Command(
    name="rules",
    usage=_("[watch] [rule] [values]"),
    summary=_("What I alert on, and how to change it"),
    run=run,
    examples=(
        "/rules",
        "/rules 1 hf 1.5 1.2 1.05",
        "/rules 1 distance 20% 10%",
        "/rules 1 changed $1000",
        "/rules 1 liquidated off",
    ),
    notes=(
        _(
            "Wallets: hf, distance, changed, liquidated, closed; prices: above, below, moves."
            " Each can be off."
        ),
    ),
)
