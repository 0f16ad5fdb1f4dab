"""The lines of an episode that hold throughout: what it is, who and what is in it. A class is a kind of line.

Its fields, with their forms, are the fields of the line; those without a default must be there.
docs/EPISODES.md tells the same to people.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Final

from bot.domain.labels import Confidence, LabelKind
from bot.domain.units import Address
from watchers.replay.amounts import Amount
from watchers.replay.forms import (
    ADDRESS,
    AMOUNT,
    BPS,
    FLAG,
    LINE,
    REF,
    SLUG,
    TIME,
    WORD,
    list_of,
    natural,
    one_of,
    text,
)

VERSION: Final = 1
RATE_PLACES: Final = 27


class Truth(StrEnum):
    """What an episode as a whole is."""

    RECORDED = "recorded"
    """By a running bot, from a chain."""
    DATED = "dated"
    """Retold from published figures with dates; what lies between them is filled in and says so."""
    SYNTHETIC = "synthetic"
    """Made up: proves only that the code goes that way."""


class Certainty(StrEnum):
    """How a single line is known."""

    RECORDED = "recorded"
    DATED = "dated"
    """Published, with a source."""
    DERIVED = "derived"
    """Follows by arithmetic from published figures."""
    INTERPOLATED = "interpolated"
    """Chosen so that the dated figures around it come out."""
    SYNTHETIC = "synthetic"


class Standing(StrEnum):
    """Whose a wallet of an episode is."""

    REAL = "real"
    STAND_IN = "stand-in"
    """Somebody real, under an address that we made up."""
    HYPOTHETICAL = "hypothetical"
    """Nobody's: a position somebody imagines."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """Any line. `line` is its number in the file it was read from, 0 = none."""

    line: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Head(Record):
    """The first line."""

    version: Annotated[int, natural(VERSION, VERSION)]
    name: Annotated[str, SLUG]
    title: Annotated[str, text(200, 1)]
    kind: Annotated[Truth, one_of(Truth)]
    starts: Annotated[int, TIME]
    ends: Annotated[int, TIME]
    block_s: Annotated[int, natural(3_600, 1)] = 12
    first_block: Annotated[int, natural()] = 1
    stride_s: Annotated[int, natural(86_400, 1)] = 3_600
    """A block is shown at least this often, also when nothing happens."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Note(Record):
    """For readers of the file."""

    text: Annotated[str, text(2_000)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Source(Record):
    """Where figures are from; lines name it by its id."""

    id: Annotated[str, SLUG]
    text: Annotated[str, LINE]
    url: Annotated[str, text(500)] = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Token(Record):
    """An asset. Lines name it by its symbol where that is one asset's alone, else by its address."""

    symbol: Annotated[str, text(128)]
    address: Annotated[Address, ADDRESS]
    decimals: Annotated[int, natural(77)]
    chain_id: Annotated[int, natural()] = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class MarketLine(Record):
    """One lending market."""

    key: Annotated[str, SLUG]
    title: Annotated[str, text(100, 1)]
    revision: Annotated[int, natural(10_000, 1)]
    chain_id: Annotated[int, natural()] = 1
    base_places: Annotated[int, natural(27)] = 8
    """Decimals of the oracle's currency."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReserveLine(Record):
    """One asset listed in a market, as it is stored when the episode begins.

    Either the three terms are given or `configuration`, the whole word. With `feed_bps` the oracle follows
    the asset's price path as a feed does; without, `oracle` lines say what it answers.
    """

    market: Annotated[str, SLUG]
    asset: Annotated[str, REF]
    index: Annotated[int, natural(127)]
    a_token: Annotated[Address, ADDRESS]
    debt_token: Annotated[Address, ADDRESS]
    ltv_bps: Annotated[int, BPS] = 0
    threshold_bps: Annotated[int, BPS] = 0
    bonus_bps: Annotated[int, BPS] = 0
    configuration: Annotated[int, WORD] = 0
    supply_index: Annotated[Amount, AMOUNT] = Amount(1)
    supply_rate: Annotated[Amount, AMOUNT] = Amount(0)
    """A year, 0.02 = 2 %."""
    debt_index: Annotated[Amount, AMOUNT] = Amount(1)
    debt_rate: Annotated[Amount, AMOUNT] = Amount(0)
    updated: Annotated[int, TIME] = 0
    """When the indexes were stored; 1970 = when the episode starts."""
    feed_bps: Annotated[int, natural(10_000)] = 0
    """Deviation at which the feed reports; 0 = no feed."""
    feed_heartbeat_s: Annotated[int, natural(604_800, 60)] = 3_600
    feed_lag_s: Annotated[int, natural(3_600)] = 12
    """From the moment that calls for a report to the report."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EModeLine(Record):
    """One eMode category of a market."""

    market: Annotated[str, SLUG]
    id: Annotated[int, natural(255, 1)]
    label: Annotated[str, text(128)]
    ltv_bps: Annotated[int, BPS]
    threshold_bps: Annotated[int, BPS]
    bonus_bps: Annotated[int, BPS]
    collateral: Annotated[tuple[str, ...], list_of(REF, 128)] = ()
    borrowable: Annotated[tuple[str, ...], list_of(REF, 128)] = ()
    ltv_zero: Annotated[tuple[str, ...], list_of(REF, 128)] = ()
    isolated: Annotated[bool, FLAG] = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Wallet(Record):
    """Somebody in the episode."""

    address: Annotated[Address, ADDRESS]
    label: Annotated[str, text(64)] = ""
    owner: Annotated[str, text(64)] = ""
    standing: Annotated[Standing, one_of(Standing)] = Standing.REAL
    contract: Annotated[bool, FLAG] = False
    """It has code."""
    watched: Annotated[bool, FLAG] = False
    """Whoever plays the episode watches it unless they say otherwise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelLine(Record):
    """An address that is an exchange's, in this episode."""

    address: Annotated[Address, ADDRESS]
    exchange: Annotated[str, text(64, 1)]
    kind: Annotated[LabelKind, one_of(LabelKind)] = LabelKind.HOT
    confidence: Annotated[Confidence, one_of(Confidence)] = Confidence.SURE
    sources: Annotated[tuple[str, ...], list_of(text(64), 8)] = ()
    seen: Annotated[str, text(10)] = ""
    note: Annotated[str, text(200)] = ""
    chain_id: Annotated[int, natural()] = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure(Record):
    """A published figure to hold ours against. INPUT: it went into the episode. DERIVED: it comes out."""

    id: Annotated[str, SLUG]
    at: Annotated[int, TIME]
    what: Annotated[str, LINE]
    unit: Annotated[str, text(20)]
    derived: Annotated[bool, FLAG]
    source: Annotated[str, SLUG]
    value: Annotated[Amount, AMOUNT] = Amount(0)
    low: Annotated[Amount, AMOUNT] = Amount(0)
    """With `high`, of a published range instead of one value."""
    high: Annotated[Amount, AMOUNT] = Amount(0)
    because: Annotated[str, text(1_000)] = ""
    """Why ours is another, where it is."""
