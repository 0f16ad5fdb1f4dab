"""/rules: what a watch alerts on; each word after the watch changes one rule."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from bot.domain.rules import ChangedRule, ClosedRule, DistanceRule, HealthRule, LiquidatedRule, Rule
from bot.errors import SourceError, UserError
from bot.messages.answers import Answer, RuleChanged, RulesShown
from bot.messages.catalogue import _
from bot.messages.parsing import parse_health, parse_percent, parse_scaled
from bot.messages.ruleswords import LEVELS_AT_MOST, flow_rule
from bot.subscriptions import FlowTarget, ImaginedTarget, PriceTarget, Watch
from handlers.commands.arguments import comma_is_point, find_watch, nearest, no_more
from handlers.commands.command import Access, Call, Command, Form, Option
from handlers.commands.options import PERCENT, PRICE, WATCH, WATCH_IF_ANY, WINDOW, switch
from handlers.commands.pricerules import DIRECTIONS, read_price_rule, with_rule, words_taken

Value = TypeVar("Value")

_ON: Final = frozenset({"on", "default"})
_DEFAULTS: Final[dict[str, Callable[[], Rule]]] = {
    "hf": HealthRule,
    "distance": DistanceRule,
    "changed": ChangedRule,
    "liquidated": LiquidatedRule,
    "closed": ClosedRule,
}
_REAL_ONLY: Final = frozenset({"changed", "liquidated", "closed"})
"""Nobody does anything to what is only imagined."""
_FLOW_SAMPLES: Final = {
    "transfer": "transfer $10m",
    "sum": "sum $50m 24h",
    "unusual": "unusual",
    "digest": "digest daily",
}
"""Of watches of flows."""
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
    if isinstance(watch.target, FlowTarget):
        return await _flow_rule(call, watch, name, values)
    return await _wallet_rule(call, watch, name, values)


async def _wallet_rule(call: Call, watch: Watch, name: str, values: Sequence[str]) -> Answer:
    start = f"/rules {watch.number}"
    if name in DIRECTIONS:
        raise UserError("wrong_kind", name, f"{start} {_SAMPLES['hf']}")
    name = "hf" if name == "health" else name
    if isinstance(watch.target, ImaginedTarget) and name in _REAL_ONLY:
        raise UserError("wrong_kind", name, f"{start} {_SAMPLES['hf']}")
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


async def _flow_rule(call: Call, watch: Watch, name: str, values: Sequence[str]) -> Answer:
    start = f"/rules {watch.number}"
    if name in _DEFAULTS or name in DIRECTIONS or name == "health":
        raise UserError("wrong_kind", name, f"{start} {_FLOW_SAMPLES['transfer']}")
    if name not in _FLOW_SAMPLES:
        example, near = f"{start} {_FLOW_SAMPLES['transfer']}", nearest(name, tuple(_FLOW_SAMPLES))
        raise UserError("unknown_rule", name, example, near)
    if [word.casefold() for word in values] == ["off"]:
        keys = tuple(one.key for one in watch.rules if one.key.split("_")[0] == name)
        return await _off(call, watch, name, keys)
    try:
        rule = flow_rule(" ".join((name, *values)))
    except ValueError as error:
        problem = "not_a_flow_rule" if values else "missing_value"
        raise UserError(problem, " ".join(values) or name, f"{start} {_FLOW_SAMPLES[name]}") from error
    return await _on(call, watch, rule)


async def _on(call: Call, watch: Watch, rule: Rule) -> RuleChanged:
    changed = with_rule(watch, rule)
    await call.services.book.put(changed)
    return RuleChanged(changed, rule.key, rule)


async def _off(call: Call, watch: Watch, name: str, keys: Sequence[str]) -> RuleChanged:
    changed = replace(watch, rules=tuple(one for one in watch.rules if one.key not in keys))
    await call.services.book.put(changed)
    return RuleChanged(changed, name)


RULE_NAMES: Final = (*_DEFAULTS, *DIRECTIONS, *_FLOW_SAMPLES)
_ON_OR_OFF: Final = switch("switch", _("Whether it is told"), "on", "off")


def _of_watch(name: str, summary: str, *options: Option, start: str = "") -> Form:
    return Form(name, summary, (WATCH, *options), start=start or name, before=1)


def _needs(args: Sequence[str]) -> Access:
    """A rule named after the watch changes it."""
    return Access.EDITOR if len(args) > 1 else Access.VIEWER


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
        _("Flows: transfer, sum, unusual, digest: {like}").format(like="/rules 3 transfer $5m"),
    ),
    needs=_needs,
    forms=(
        Form("show", _("What I alert on"), (WATCH_IF_ANY,)),
        _of_watch(
            "health",
            _("Alert below these health factors"),
            Option("levels", _("One or more, or off, or default"), sample="1.5 1.2 1.05"),
            start="hf",
        ),
        _of_watch(
            "distance",
            _("Alert when liquidation is nearer than these falls of the price"),
            Option("levels", _("One or more, or off"), sample="20% 10%"),
        ),
        _of_watch(
            "changed",
            _("Tell of changes of the position"),
            Option("amount", _("Worth how much or more, or off"), required=False, sample="1000"),
        ),
        _of_watch("liquidated", _("Alert when it is liquidated"), _ON_OR_OFF),
        _of_watch("closed", _("Tell when the position is closed"), _ON_OR_OFF),
        _of_watch("above", _("For a watched price: alert when it rises to a level, or off"), PRICE),
        _of_watch("below", _("For a watched price: alert when it falls to a level, or off"), PRICE),
        _of_watch("moves", _("For a watched price: alert when it moves, or off"), PERCENT, WINDOW),
    ),
)
