"""Answers as JSON, for scripts and for anyone who wants to check us: `underkeel ask --json`.

Amounts are decimal strings, a health factor is its wad integer (as a string) and its exact decimal, times are
unix seconds. Names are given as they are: JSON escapes them, nothing here is shown to a person.
"""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from fractions import Fraction
from typing import Any, Final

from bot.domain.loop_model import Looped, LoopRefused
from bot.domain.observations import PriceSeen
from bot.domain.positions import Owed, Position, Supplied
from bot.domain.rules import DistanceRule, HealthRule, PriceMovedRule, PriceRule, Rule
from bot.domain.units import Asset, BlockRef
from bot.domain.whatif.changes import Change
from bot.domain.whatif.engine import Outcome, Refused
from bot.domain.whatif.refusals import contract_word
from bot.messages import flowfacts, jsonparts
from bot.messages.answers import Answer
from bot.messages.imagined import OwnerShown, of_outcome
from bot.messages.numbers import plain_decimal
from bot.messages.odds import seconds_left
from bot.messages.storyfacts import StoryShown, story_json
from bot.subscriptions import FlowTarget, ImaginedTarget, MirrorTarget, PriceTarget, WalletTarget, Watch

_SAFE_INTEGER: Final = 2**53
"""JSON readers that keep numbers as doubles lose digits beyond it: larger integers become strings."""
TARGET_PERCENT: Final = 150
"""The health factor that cures are told for where a person's own is not known."""


def facts(answer: Answer, target_percent: int = TARGET_PERCENT) -> dict[str, Any]:
    """The answer's facts, JSON-ready; `answer` names its kind in snake_case. Cures are for the target."""
    told: dict[str, Any] = as_json(answer, target_percent)
    return {"answer": _kind(answer)} | told


def _kind(thing: object) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(thing).__name__).lower()


def _fields(thing: Any, target: int) -> dict[str, Any]:
    return {one.name: as_json(getattr(thing, one.name), target) for one in fields(thing)}


def as_json(value: Any, target: int = TARGET_PERCENT) -> Any:
    """Any value of an answer in JSON's own types."""
    match value:
        case Enum():
            return value.name.lower()
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) < _SAFE_INTEGER else str(value)
        case Position():
            return _position(value, target)
        case PriceSeen():
            return _price_seen(value)
        case BlockRef():
            return {"number": value.number, "hash": value.hash, "timestamp": value.timestamp}
        case Asset():
            return jsonparts.asset(value)
        case Watch():
            return _watch(value)
        case HealthRule() | DistanceRule() | PriceRule() | PriceMovedRule():
            return _rule(value)
        case Fraction():
            return jsonparts.fraction(value)
        case Mapping():
            return {str(key): as_json(one, target) for key, one in value.items()}
        case tuple() | list():
            return [as_json(one, target) for one in value]
        case frozenset():
            return sorted((as_json(one, target) for one in value), key=str)
    return _other(value, target)


def _other(value: Any, target: int) -> Any:
    """What is said of imagined things, and any dataclass by its fields."""
    match value:
        case Outcome():
            return {
                "position": as_json(of_outcome(value), target),
                "unchecked": as_json(value.unchecked),
            }
        case Refused():
            return _refused(value)
        case LoopRefused():
            word = contract_word(value.reason, value.reached.outcome.market.revision)
            return {"contract_word": word} | _fields(value, target)
        case Looped():
            return _looped(value, target)
        case StoryShown():
            return story_json(value)
        case OwnerShown():
            return _fields(value, target) | {"totals": [jsonparts.total(one) for one in value.totals]}
        case _ if isinstance(value, Change):
            return {"change": _kind(value)} | {
                one.name: jsonparts.raw(getattr(value, one.name)) for one in fields(value)
            }
    if is_dataclass(value):
        kind = {"key": value.key} if hasattr(value, "key") else {}
        return kind | _fields(value, target) | flowfacts.exact(value)
    raise TypeError(f"no JSON form for {type(value).__name__}")


def _refused(value: Refused) -> dict[str, Any]:
    """The reason in our name and as the pool of that release says it."""
    return {
        "reason": value.reason.name.lower(),
        "contract_word": contract_word(value.reason, value.before.market.revision),
        "step": value.step,
        "change": as_json(value.change),
        "asset": value.asset,
    }


def _looped(value: Looped, target: int) -> dict[str, Any]:
    position = as_json(of_outcome(value.outcome), target)
    unchecked = as_json(value.outcome.unchecked)
    return {"position": position, "unchecked": unchecked} | jsonparts.looped(value)


def _position(position: Position, target: int) -> dict[str, Any]:
    places = len(str(position.base_unit)) - 1

    def base(value: int) -> str:
        return plain_decimal(value, places)

    totals = position.totals
    return {
        "market": position.market,
        "account": position.account,
        "block": as_json(position.as_of),
        "revision": position.revision,
        "basis": position.basis.value,
        "health_factor": jsonparts.health_factor(totals.health_factor),
        "collateral": base(totals.collateral_base),
        "debt": base(totals.debt_base),
        "available_borrows": base(totals.available_borrows_base),
        "threshold_bps": totals.threshold_bps,
        "ltv_bps": totals.ltv_bps,
        "emode": position.emode,
        "emode_label": position.emode_label,
        "supplied": [
            _part(part, places)
            | {
                "collateral": part.collateral,
                "counts": part.counts,
                "ltv_bps": part.ltv_bps,
                "threshold_bps": part.threshold_bps,
                "bonus_bps": part.bonus_bps,
            }
            for part in position.supplied
        ],
        "owed": [_part(part, places) | {"counts": part.counts} for part in position.owed],
        "seconds_to_liquidation": seconds_left(position),
        "cures": jsonparts.cures(position, target),
    }


def _part(part: Supplied | Owed, places: int) -> dict[str, Any]:
    return {
        "asset": jsonparts.asset(part.asset),
        "amount": plain_decimal(part.amount, part.asset.decimals),
        "raw": str(part.amount),
        "price": plain_decimal(part.price, places),
        "value": plain_decimal(part.value, places),
    }


def _price_seen(seen: PriceSeen) -> dict[str, Any]:
    return {
        "market": seen.market,
        "asset": jsonparts.asset(seen.asset),
        "price": plain_decimal(seen.price, len(str(seen.base_unit)) - 1),
        "block": as_json(seen.as_of),
    }


def _watch(watch: Watch) -> dict[str, Any]:
    match watch.target:
        case WalletTarget(address, name):
            target: dict[str, Any] = {"address": address, "name": name}
        case PriceTarget(market, asset):
            target = {"market": market, "asset": jsonparts.asset(asset)}
        case ImaginedTarget() | MirrorTarget():
            target = {"account": watch.account, "imagined": as_json(watch.target)}
        case FlowTarget():
            target = {"flows": as_json(watch.target)}
    return {
        "number": watch.number,
        "label": watch.label,
        **target,
        "rules": [as_json(rule) for rule in watch.rules],
        "muted_until": watch.muted_until,
    }


def _rule(rule: Rule) -> dict[str, Any]:
    match rule:
        case HealthRule():
            return {"key": rule.key, "levels": [plain_decimal(level, 18) for level in rule.levels]}
        case DistanceRule():
            return {"key": rule.key, "levels_bps": list(rule.levels_bps)}
        case PriceRule():
            level = plain_decimal(rule.level, len(str(rule.base_unit)) - 1)
            return {
                "key": rule.key,
                "asset": jsonparts.asset(rule.asset),
                "above": rule.above,
                "level": level,
            }
        case PriceMovedRule():
            return {
                "key": rule.key,
                "asset": jsonparts.asset(rule.asset),
                "bps": rule.bps,
                "window_s": rule.window_s,
            }
        case _:
            return {"key": rule.key} | _fields(rule, 0)
