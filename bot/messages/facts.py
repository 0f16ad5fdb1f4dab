"""Answers as JSON, for scripts and for anyone who wants to check us: `underkeel ask --json`.

Amounts are decimal strings, a health factor is its wad integer (as a string) and its exact decimal, times are
unix seconds. Names are given as they are: JSON escapes them, nothing here is shown to a person.
"""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Final

from bot.domain.observations import PriceSeen
from bot.domain.positions import Owed, Position, Supplied
from bot.domain.rules import DistanceRule, HealthRule, PriceMovedRule, PriceRule, Rule
from bot.domain.units import HF_NO_DEBT, Asset, BlockRef
from bot.messages.answers import Answer
from bot.messages.numbers import plain_decimal
from bot.subscriptions import PriceTarget, WalletTarget, Watch

_SAFE_INTEGER: Final = 2**53
"""JSON readers that keep numbers as doubles lose digits beyond it: larger integers become strings."""


def facts(answer: Answer) -> dict[str, Any]:
    """The answer's facts, JSON-ready; `answer` names its kind in snake_case."""
    kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(answer).__name__).lower()
    return {"answer": kind} | _fields(answer)


def health_factor(wad: int) -> dict[str, str]:
    """`decimal` is "infinity" when nothing is owed."""
    return {"wad": str(wad), "decimal": "infinity" if wad >= HF_NO_DEBT else plain_decimal(wad, 18)}


def _fields(thing: Any) -> dict[str, Any]:
    return {one.name: as_json(getattr(thing, one.name)) for one in fields(thing)}


def as_json(value: Any) -> Any:
    """Any value of an answer in JSON's own types."""
    match value:
        case Enum():
            return value.name.lower()
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) < _SAFE_INTEGER else str(value)
        case Position():
            return _position(value)
        case PriceSeen():
            return _price_seen(value)
        case BlockRef():
            return {"number": value.number, "hash": value.hash, "timestamp": value.timestamp}
        case Asset():
            return _asset(value)
        case Watch():
            return _watch(value)
        case HealthRule() | DistanceRule() | PriceRule() | PriceMovedRule():
            return _rule(value)
        case Mapping():
            return {str(key): as_json(one) for key, one in value.items()}
        case tuple() | list():
            return [as_json(one) for one in value]
    if is_dataclass(value):
        kind = {"key": value.key} if hasattr(value, "key") else {}
        return kind | _fields(value)
    raise TypeError(f"no JSON form for {type(value).__name__}")


def _position(position: Position) -> dict[str, Any]:
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
        "health_factor": health_factor(totals.health_factor),
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
    }


def _part(part: Supplied | Owed, places: int) -> dict[str, Any]:
    return {
        "asset": _asset(part.asset),
        "amount": plain_decimal(part.amount, part.asset.decimals),
        "raw": str(part.amount),
        "price": plain_decimal(part.price, places),
        "value": plain_decimal(part.value, places),
    }


def _asset(asset: Asset) -> dict[str, Any]:
    return {
        "chain_id": asset.chain_id,
        "address": asset.address,
        "symbol": asset.symbol,
        "decimals": asset.decimals,
    }


def _price_seen(seen: PriceSeen) -> dict[str, Any]:
    return {
        "market": seen.market,
        "asset": _asset(seen.asset),
        "price": plain_decimal(seen.price, len(str(seen.base_unit)) - 1),
        "block": as_json(seen.as_of),
    }


def _watch(watch: Watch) -> dict[str, Any]:
    match watch.target:
        case WalletTarget(address, name):
            target: dict[str, Any] = {"address": address, "name": name}
        case PriceTarget(market, asset):
            target = {"market": market, "asset": _asset(asset)}
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
            return {"key": rule.key, "asset": _asset(rule.asset), "above": rule.above, "level": level}
        case PriceMovedRule():
            return {"key": rule.key, "asset": _asset(rule.asset), "bps": rule.bps, "window_s": rule.window_s}
        case _:
            return {"key": rule.key} | _fields(rule)
