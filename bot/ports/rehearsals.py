"""Rules tried on the past: what `/replay` asks for. Nothing is sent, nothing is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.aave_state import AccountState, MarketState
from bot.domain.rules import Rule
from bot.domain.units import Address, Asset
from bot.messages.replayfacts import ReplayPlayed
from bot.subscriptions import ChatSettings, FlowTarget


@dataclass(frozen=True, slots=True)
class ReplayAsked:
    """One replay. Over an `episode` by its name, or over `series` of prices in `market`.

    `account` is a position as it stands in that market from the begin on; without it, `asset` (a price) or
    `flow` (transfers) is judged, or the episode's own watched wallets.
    """

    home: str
    ladders: tuple[tuple[Rule, ...], ...]
    """At most two; each is played for itself."""
    episode: str = ""
    account: AccountState | None = None
    asset: Asset | None = None
    flow: FlowTarget | None = None
    market: MarketState | None = None
    series: Mapping[Address, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    """(unix seconds, price in base units), by asset, times rising."""
    settings: ChatSettings = field(default_factory=ChatSettings)
    """Of the home: its pace of reminders, its grouping."""
    kind: str = ""
    """Of a series: `history` or `series`."""


class Rehearsals(Protocol):
    """UserError `replay_running`, `replay_too_long` or `replay_impossible`."""

    def episodes(self) -> tuple[str, ...]:
        """Names of those that there are."""

    def knows(self, name: str) -> bool:
        """Whether there is an episode of that name, which may be a path where the host asks."""

    async def market(self, episode: str) -> MarketState:
        """An episode's first market at its first block, for positions to be put into."""

    async def play(self, asked: ReplayAsked) -> ReplayPlayed:
        """Play it, beside everything else: alerts do not wait. One a home at a time."""
