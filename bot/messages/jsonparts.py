"""The small parts of answers as JSON: assets, health factors, cures, loops. Called by `facts` only."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from bot.domain.loop_model import Looped
from bot.domain.positions import Position
from bot.domain.units import HF_NO_DEBT, Asset
from bot.messages.imagined import OwnerTotal
from bot.messages.numbers import Side, plain_decimal, rounded
from bot.messages.remedies import Way, remedy


def health_factor(wad: int) -> dict[str, str]:
    """`decimal` is "infinity" when nothing is owed."""
    return {"wad": str(wad), "decimal": "infinity" if wad >= HF_NO_DEBT else plain_decimal(wad, 18)}


def asset(of: Asset) -> dict[str, Any]:
    return {
        "chain_id": of.chain_id,
        "address": of.address,
        "symbol": of.symbol,
        "decimals": of.decimals,
    }


def raw(value: Any) -> Any:
    """Raw amounts and prices are strings whatever their size, so that readers need not tell them apart."""
    if isinstance(value, Mapping):
        return {str(key): raw(one) for key, one in value.items()}
    return value if isinstance(value, bool | str | None) else str(value)


def fraction(value: Fraction) -> dict[str, str]:
    """Exact, and as a decimal rounded down. Not negative."""
    decimal = plain_decimal(rounded(value.numerator, value.denominator, 9, Side.DOWN), 9)
    return {"fraction": str(value), "decimal": decimal}


def looped(value: Looped) -> dict[str, Any]:
    places = len(str(value.position.base_unit)) - 1

    def base(number: int | None) -> str | None:
        return None if number is None else plain_decimal(number, places)

    return {
        "rounds": [
            {
                "borrowed": str(one.borrowed),
                "deposited": str(one.deposited),
                "health_factor": health_factor(one.health_factor),
            }
            for one in value.rounds
        ],
        "leverage": None if value.leverage is None else fraction(value.leverage),
        "liquidation_price": base(value.liquidation_price),
        "carry": {
            "equity": base(value.carry.equity),
            "yearly_apr": base(value.carry.yearly_apr),
            "yearly_apy": base(value.carry.yearly_apy),
            "net_apr_ray": raw(value.carry.net_apr),
            "net_apy_ray": raw(value.carry.net_apy),
        },
        "falls": [
            {"bps": one.bps, "health_factor": health_factor(one.position.health_factor)}
            for one in value.falls
        ],
    }


def total(one: OwnerTotal) -> dict[str, Any]:
    places = len(str(one.base_unit)) - 1
    return {
        "base_unit": one.base_unit,
        "collateral": plain_decimal(one.collateral, places),
        "debt": plain_decimal(one.debt, places),
        "positions": one.positions,
    }


def cures(position: Position, target: int) -> dict[str, Any]:
    """Every way to the target, the best first; empty where none is needed or none is there."""
    found = remedy(position, target, at_most=len(position.supplied) + len(position.owed))
    return {
        "target": plain_decimal(target, 2),
        "repay": [_way(one) for one in found.repay] if found else [],
        "add": [_way(one) for one in found.add] if found else [],
    }


def _way(one: Way) -> dict[str, Any]:
    """`exact` is null where the words behind the position are not known."""
    return {
        "asset": asset(one.asset),
        "exact": None if one.exact is None else str(one.exact),
        "suggested": str(one.suggested),
    }
