"""What of flows is no plain field in JSON: amounts and dollars as decimal strings. Called by `facts` only."""

from typing import Any

from bot.domain.flows import AssetSum, Flow, FlowSeen, FlowSums, LoanBehind, Normal, Total
from bot.domain.transfers import USD_UNIT
from bot.messages.jsonparts import asset
from bot.messages.numbers import plain_decimal

_PLACES = len(str(USD_UNIT)) - 1


def dollars(value: int | None) -> str | None:
    return None if value is None else plain_decimal(value, _PLACES)


def exact(value: object) -> dict[str, Any]:
    """The fields of `value` that are amounts, in place of their integers; nothing for what has none."""
    match value:
        case Flow() | AssetSum():
            amount = plain_decimal(value.amount, value.asset.decimals)
            return {"amount": amount, "raw": str(value.amount), "value": dollars(value.value)}
        case Total():
            return {
                "into": str(value.into),
                "out": str(value.out),
                "into_value": dollars(value.into_value),
                "out_value": dollars(value.out_value),
                "net_value": dollars(value.net_value),
            }
        case Normal():
            return {name: dollars(getattr(value, name)) for name in ("hour", "mean", "deviation")}
        case FlowSeen():
            digest = [
                {"exchange": name, "into": dollars(into), "out": dollars(out)}
                for name, into, out in value.digest
            ]
            return {"value": dollars(value.value), "digest": digest}
        case FlowSums():
            series = [
                {"at": at, "into": dollars(into), "out": dollars(out)} for at, into, out in value.series
            ]
            return {"series": series}
        case LoanBehind():
            places = len(str(value.now.base_unit)) - 1
            withdrawn = [
                {"asset": asset(of), "amount": plain_decimal(raw, of.decimals), "raw": str(raw)}
                for of, raw in value.withdrawn
            ]
            return {"debt_change": plain_decimal(value.debt_change, places), "withdrawn": withdrawn}
        case _:
            return {}
