"""Answers about flows, labels and who is behind an address. Facts, as in `answers`.

Made by the commands; `inflowwords`, `flowtables` and `whois` make words of them, `facts` makes JSON.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.deposits import DepositAddress
from bot.domain.flows import FlowSums
from bot.domain.labels import Label
from bot.domain.positions import Position
from bot.domain.rules import FlowRule
from bot.domain.units import Address, Asset
from bot.subscriptions import FlowTarget, Watch


@dataclass(frozen=True, slots=True)
class InflowsShown:
    """What is told of flows here; with nothing on, a tap away from `offered`."""

    watches: tuple[Watch, ...]
    offered: FlowTarget
    read: bool = True
    """False: this installation reads no transfers."""


class Became(StrEnum):
    """What came of a filter that was typed."""

    ADDED = "added"
    JOINED = "joined"
    """The same filter was watched, and has one rule more."""
    CHANGED = "changed"
    """The same filter had a rule of that kind, which is replaced."""
    KNOWN = "known"
    """It was there word for word."""


@dataclass(frozen=True, slots=True)
class InflowsOn:
    """A filter that is told of from now on."""

    watch: Watch
    rule: FlowRule
    became: Became = Became.ADDED
    read: bool = True


@dataclass(frozen=True, slots=True)
class InflowsOff:
    """All flow watches of here are gone."""

    watches: tuple[Watch, ...]


@dataclass(frozen=True, slots=True)
class FlowsShown:
    """What flowed within a window. `asked` is what was asked for as it was typed; empty = everything."""

    sums: FlowSums
    window_s: int
    asset: str = ""
    exchange: str = ""
    assets: tuple[Asset, ...] = ()
    """What the raw sums are of, by `chain_id/contract` of `sums.by_asset`."""
    untraced: tuple[int, ...] = ()
    """Chains whose coins moved by contracts are not seen."""


class Behind(StrEnum):
    """What an address is, by its code."""

    PERSON = "person"
    """It has no code: whoever holds a key."""
    CONTRACT = "contract"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LookAlike:
    """An address that begins and ends like the one asked for."""

    address: Address
    name: str
    """Of its label or watch: hostile text."""


@dataclass(frozen=True, slots=True)
class WhoShown:
    """Everything known about an address."""

    address: Address
    chain_id: int
    name: str = ""
    """The ENS name it was given by or has: hostile text."""
    labels: tuple[Label, ...] = ()
    deposits: tuple[DepositAddress, ...] = ()
    behind: Behind = Behind.UNKNOWN
    loans: tuple[Position, ...] = ()
    loans_unread: tuple[str, ...] = ()
    loans_known: bool = True
    """False: nobody could be asked."""
    alike: tuple[LookAlike, ...] = ()
    watch: Watch | None = None


@dataclass(frozen=True, slots=True)
class LabelSet:
    """A label of this home. `replaced`: there was one already; `over`: what else is known of the address."""

    label: Label
    replaced: bool = False
    over: Label | None = None


@dataclass(frozen=True, slots=True)
class LabelRemoved:
    address: Address
    now: Label | None = None
    """What is known of it without."""


@dataclass(frozen=True, slots=True)
class LabelsShown:
    """The labels of this home, a page of them; `table` counts what the project and the host know."""

    labels: tuple[Label, ...]
    page: int
    pages: int
    total: int
    table: int


FlowAnswer = (
    InflowsShown | InflowsOn | InflowsOff | FlowsShown | WhoShown | LabelSet | LabelRemoved | LabelsShown
)
