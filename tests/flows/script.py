"""What a generated chain consists of, before any node has seen it: acts in blocks, and the ledger's entries.

An act says what it sends and, independently of the product, what flows a person who knows the whole story
would book for it. `stories`, `decoys` and `crowd` write acts; `playing` sends them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.domain.flows import FlowKind

ETH = "ETH"


@dataclass(frozen=True, slots=True)
class Entry:
    """One flow that must be booked for an act. `senders` has several where the chain itself does not tell."""

    kind: FlowKind
    exchange: str
    asset: str
    amount: int
    senders: tuple[str, ...] = ()
    """Empty: not compared (outflows and moves inside an exchange)."""
    other: str = ""
    via: str = ""
    at_sweep: bool | None = False
    """None: either."""
    traced: bool = False
    """It is seen in traces only."""
    loan: str = ""
    """The account whose loan is behind it."""


@dataclass(frozen=True, slots=True, eq=False)
class Act:
    """One transaction. `fails`: it is mined and reverts."""

    sender: str
    to: str
    value: int = 0
    data: str = "0x"
    gas: int = 21_000
    entries: tuple[Entry, ...] = ()
    fails: bool = False
    what: str = ""
    """What makes it hostile or ordinary, for counting."""


@dataclass(slots=True)
class Story:
    """Acts in order; each step is mined at least one block after the one before it."""

    kind: str
    steps: list[list[Act]] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)
    learned: dict[str, str] = field(default_factory=dict)
    """Deposit addresses that must be learned, and whose they are."""
    never: set[str] = field(default_factory=set)
    """Addresses that must not be deposit addresses when all is over."""
    either: set[str] = field(default_factory=set)
    """Wallets that did just what a deposit address does: nobody could tell from the chain."""
    late: bool = False
    """Its last step comes when the window for learning is over."""


@dataclass(frozen=True, slots=True)
class Loan:
    """A position to be opened before the story begins: amounts raw."""

    account: str
    collateral: str
    supplied: int
    debt: str
    borrowed: int


@dataclass(slots=True)
class Script:
    """The whole run: `blocks` in order; `doomed` are those first seen in place of `blocks[fork:]`."""

    seed: int
    blocks: list[list[Act]]
    pause_before: int
    """Before this block comes the long pause."""
    fork: int
    doomed: list[list[Act]]
    stories: list[Story]
    doomed_stories: list[Story]
    loans: list[Loan]
    prices: dict[int, int]
    """Block index -> the new price of WETH from that block on."""

    def acts(self) -> Iterable[Act]:
        return (act for block in self.blocks for act in block)

    @property
    def learned(self) -> dict[str, str]:
        return {address: whose for story in self.stories for address, whose in story.learned.items()}

    @property
    def never(self) -> set[str]:
        return {address for story in (*self.stories, *self.doomed_stories) for address in story.never}

    @property
    def either(self) -> set[str]:
        return {address for story in (*self.stories, *self.doomed_stories) for address in story.either}
