"""The lines of an episode that happen at a time: prices, acts, transfers, and what a recorder wrote down.

As in `setting`, each class is a kind of line.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from bot.domain.observations import MoveKind
from bot.domain.transfers import Channel
from bot.domain.units import Address
from watchers.replay.amounts import Amount
from watchers.replay.forms import (
    ADDRESS,
    AMOUNT,
    AMOUNT_OR_ALL,
    ANYBODY,
    FLAG,
    HASH,
    LINE,
    REF,
    SLUG,
    TIME,
    WORD,
    list_of,
    natural,
    one_of,
    table_of,
    text,
)
from watchers.replay.setting import Certainty, Record


@dataclass(frozen=True, kw_only=True, slots=True)
class Timed(Record):
    """Something that happened at a time."""

    at: Annotated[int, TIME]
    certainty: Annotated[Certainty, one_of(Certainty)]
    within_s: Annotated[int, natural(31_536_000)] = 0
    """How far from `at` it may really have been."""
    source: Annotated[str, text(64)] = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Price(Timed):
    """A point of an asset's price on the market, in the oracle's currency; between points it is a line."""

    asset: Annotated[str, REF]
    price: Annotated[Amount, AMOUNT]
    chain_id: Annotated[int, natural()] = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Oracle(Timed):
    """What the oracle of a market answers from now on; 0 = nothing usable."""

    market: Annotated[str, SLUG]
    asset: Annotated[str, REF]
    price: Annotated[Amount, AMOUNT]


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening(Timed):
    """A position as it stands from now on, in amounts; it need not be one that could be opened."""

    market: Annotated[str, SLUG]
    account: Annotated[Address, ADDRESS]
    supplied: Annotated[tuple[tuple[str, Amount], ...], table_of(REF, AMOUNT, 128)] = ()
    owed: Annotated[tuple[tuple[str, Amount], ...], table_of(REF, AMOUNT, 128)] = ()
    emode: Annotated[int, natural(255)] = 0


class Act(StrEnum):
    """What an account does to its own position."""

    SUPPLY = "supply"
    WITHDRAW = "withdraw"
    BORROW = "borrow"
    REPAY = "repay"
    COLLATERAL_ON = "collateral-on"
    COLLATERAL_OFF = "collateral-off"


@dataclass(frozen=True, kw_only=True, slots=True)
class Action(Timed):
    """One act, done as the contract would do it. An amount of `all` withdraws or repays everything."""

    act: Annotated[Act, one_of(Act)]
    market: Annotated[str, SLUG]
    account: Annotated[Address, ADDRESS]
    asset: Annotated[str, REF]
    amount: Annotated[Amount, AMOUNT_OR_ALL] = Amount(0)
    other: Annotated[Address, ANYBODY] = Address("")
    """Who receives or pays; empty = the account."""
    tx: Annotated[str, text(66)] = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sending(Timed):
    """A transfer of coins."""

    asset: Annotated[str, REF]
    amount: Annotated[Amount, AMOUNT]
    sender: Annotated[Address, ADDRESS]
    receiver: Annotated[Address, ADDRESS]
    channel: Annotated[Channel, one_of(Channel)] = Channel.NATIVE
    origin: Annotated[Address, ANYBODY] = Address("")
    """Who signed; empty = the sender."""
    tx: Annotated[str, text(66)] = ""
    index: Annotated[int, natural()] = 0
    chain_id: Annotated[int, natural()] = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class LiquidationLine(Timed):
    """Somebody liquidates an account. `told`: its words follow in a `words` line, nothing is computed."""

    market: Annotated[str, SLUG]
    account: Annotated[Address, ADDRESS]
    collateral: Annotated[str, REF]
    seized: Annotated[Amount, AMOUNT]
    debt: Annotated[str, REF]
    repaid: Annotated[Amount, AMOUNT]
    liquidator: Annotated[Address, ADDRESS]
    tx: Annotated[str, text(66)] = ""
    told: Annotated[bool, FLAG] = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Caption(Timed):
    """A sentence for people who look on."""

    text: Annotated[str, LINE]


# ---- lines that a recorder writes: what was read, as it was stored -----------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class BlockLine(Timed):
    """A block of a market as it was seen; `at` is when, by the clock. Such a market has no other blocks."""

    market: Annotated[str, SLUG]
    number: Annotated[int, natural()]
    hash: Annotated[str, HASH]
    timestamp: Annotated[int, TIME] = 0
    """The block's own time; 1970 = `at`."""
    unread: Annotated[tuple[Address, ...], list_of(ADDRESS, 10_000)] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ReserveWords(Timed):
    """A reserve as it is stored from now on."""

    market: Annotated[str, SLUG]
    asset: Annotated[str, REF]
    configuration: Annotated[int, WORD]
    supply_index: Annotated[Amount, AMOUNT]
    supply_rate: Annotated[Amount, AMOUNT]
    debt_index: Annotated[Amount, AMOUNT]
    debt_rate: Annotated[Amount, AMOUNT]
    updated: Annotated[int, TIME]


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountWords(Timed):
    """An account as it is stored from now on; balances are scaled ones."""

    market: Annotated[str, SLUG]
    account: Annotated[Address, ADDRESS]
    configuration: Annotated[int, WORD]
    supplied: Annotated[tuple[tuple[str, Amount], ...], table_of(REF, AMOUNT, 128)] = ()
    owed: Annotated[tuple[tuple[str, Amount], ...], table_of(REF, AMOUNT, 128)] = ()
    emode: Annotated[int, natural(255)] = 0
    gap: Annotated[bool, FLAG] = False
    """What it did since the reading before is not known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved(Timed):
    """A move that is told and nothing else: the words after it stand in a `words` line."""

    market: Annotated[str, SLUG]
    account: Annotated[Address, ADDRESS]
    kind: Annotated[MoveKind, one_of(MoveKind)]
    tx: Annotated[str, text(66)]
    asset: Annotated[str, text(128)] = ""
    amount: Annotated[Amount, AMOUNT] = Amount(0)
    emode: Annotated[int, natural(255)] = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Undone(Timed):
    """Blocks of a market above `to` are gone."""

    market: Annotated[str, SLUG]
    to: Annotated[int, natural()]


@dataclass(frozen=True, kw_only=True, slots=True)
class ChainBlock(Timed):
    """A block of a chain as its transfers were read, `transfer` and `loan` lines before it. A chain with such
    lines tells no other transfers.
    """

    chain_id: Annotated[int, natural()]
    number: Annotated[int, natural()]
    hash: Annotated[str, HASH]
    timestamp: Annotated[int, TIME]
    prices: Annotated[tuple[tuple[Address, Amount], ...], table_of(ADDRESS, AMOUNT, 1_000)] = ()
    """Dollars that are others than at the block before; 0 = not known."""
    priced_number: Annotated[int, natural()] = 0
    priced_hash: Annotated[str, text(66)] = ""
    """With its number and time, the block of the prices where that is another one; empty = this."""
    priced_timestamp: Annotated[int, TIME] = 0
    wrapper: Annotated[Address, ANYBODY] = Address("")
    traced: Annotated[bool, FLAG] = True
    missed: Annotated[bool, FLAG] = False


@dataclass(frozen=True, kw_only=True, slots=True)
class LoanLine(Timed):
    """What an account did in a lending market, as it goes with transfers."""

    chain_id: Annotated[int, natural()]
    pool: Annotated[str, text(64, 1)]
    """The market's key, which need not be one of this episode."""
    kind: Annotated[MoveKind, one_of(MoveKind)]
    account: Annotated[Address, ADDRESS]
    other: Annotated[Address, ADDRESS]
    asset: Annotated[str, REF]
    amount: Annotated[Amount, AMOUNT]
    tx: Annotated[str, text(66)]
    index: Annotated[int, natural()]


@dataclass(frozen=True, kw_only=True, slots=True)
class ChainUndone(Timed):
    """Blocks of a chain above `to` are gone, and what was transferred in them."""

    chain_id: Annotated[int, natural()]
    to: Annotated[int, natural()]


@dataclass(frozen=True, kw_only=True, slots=True)
class Coded(Timed):
    """Accounts that were asked for and have code."""

    chain_id: Annotated[int, natural()]
    accounts: Annotated[tuple[Address, ...], list_of(ADDRESS, 1_000)]
