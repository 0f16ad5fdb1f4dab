"""What a filter of flows is read into, and what names mean where it is read: for `flows` and `flowrule`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.domain.flows import FlowKind
from bot.domain.rules import FlowRule, TransferRule
from bot.messages.typed.flowamounts import Typed

EXAMPLE: Final = "/inflows ETH $20m"
FAMILY_WORDS: Final = {
    "eth": "eth", "ether": "eth", "ethereum": "eth",
    "btc": "btc", "bitcoin": "btc",
    "usd": "usd", "stables": "usd", "stablecoins": "usd",
}  # fmt: skip
"""What people call assets that move together, by the key of their basket."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What names mean here."""

    assets: Mapping[str, tuple[str, ...]]
    """Folded symbol -> `chain_id/contract` of each that goes by it."""
    dollar_assets: frozenset[str]
    """Folded symbols that are held to the dollar."""
    exchanges: Mapping[str, str]
    """Folded name -> the name as labels have it."""
    chains: Mapping[str, int]
    """Folded key, title or number -> its id."""
    symbols: tuple[str, ...] = ()
    """As they are written, for what is near."""


@dataclass(slots=True)
class FlowAsked:
    """A filter with wallets as they were typed."""

    assets: list[str] = field(default_factory=list)
    exchanges: list[str] = field(default_factory=list)
    chains: list[int] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    receivers: list[str] = field(default_factory=list)
    directions: tuple[FlowKind, ...] = (FlowKind.INFLOW,)
    rule: FlowRule = field(default_factory=TransferRule)


@dataclass(slots=True)
class Reading:
    """What was met so far."""

    lexicon: Lexicon
    comma_is_point: bool
    asked: FlowAsked = field(default_factory=FlowAsked)
    named: list[str] = field(default_factory=list)
    """Assets by the word that named them, folded."""
    amount: Typed | None = None
    window: tuple[int, str] | None = None
    each: bool = False
    unusual: str = ""
    digest: tuple[int, str] | None = None
