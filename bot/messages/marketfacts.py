"""How a market's eyes are, as facts for /status. Part of `answers`."""

from dataclasses import dataclass

from bot.domain.units import BlockRef


@dataclass(frozen=True, slots=True)
class MarketHealth:
    """One market's eyes; `endpoint` is a host without credentials. `silent_s` None = never read."""

    title: str
    head: BlockRef | None
    silent_s: int | None
    endpoint: str
    fault: str
    accounts: int
    basis: str
    checked: int
    mismatches: int


@dataclass(frozen=True, slots=True)
class FlowFacts:
    """How far a chain's transfers are read; `head` None = nobody asks for them, or not yet."""

    title: str
    chain_id: int
    head: BlockRef | None
    age_s: int | None = None
    """Seconds since the last good reading, None = none yet."""
    traced: bool = True
    endpoint: str = ""
    fault: str = ""
