"""The exchange at an end of a transfer, and what flow two ends make. Used by `bot.domain.classify`."""

from dataclasses import dataclass

from bot.domain.deposits import day_of
from bot.domain.flows import FlowKind
from bot.domain.labels import CONFIDENCE_RANK, Confidence, Label


@dataclass(frozen=True, slots=True)
class Side:
    """An exchange at one end of a transfer."""

    exchange: str
    takes: bool
    confidence: Confidence
    source: str
    seen: str


def labelled(label: Label) -> Side:
    source = label.sources[0] if label.sources else ""
    return Side(label.exchange, label.kind.takes_deposits, label.confidence, source, label.seen)


def learned_side(exchange: str, since: int) -> Side:
    """A deposit address that was learned at `since` (unix seconds), or coins counted at one."""
    return Side(exchange, True, Confidence.PROBABLE, "learned", day_of(since))


def kind_of(origin: Side | None, to: Side | None) -> FlowKind | None:
    if origin is not None and to is not None:
        if origin.exchange == to.exchange:
            return FlowKind.INTERNAL
        if origin.takes and to.takes:
            return FlowKind.BETWEEN
    if to is not None and to.takes:
        return FlowKind.INFLOW
    if origin is not None and origin.takes:
        return FlowKind.OUTFLOW
    return None


def basis_of(kind: FlowKind | None, origin: Side | None, to: Side | None) -> Side | None:
    """Whose claim makes it a flow: the weaker where it takes two."""
    if kind is FlowKind.INFLOW:
        return to
    if kind is FlowKind.OUTFLOW:
        return origin
    sides = [side for side in (to, origin) if side is not None]
    return min(sides, key=lambda side: CONFIDENCE_RANK[side.confidence]) if sides else None
