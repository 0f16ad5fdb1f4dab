"""Parts of a position as typed: `651k ETH + 3 WBTC`, and other terms for them: `lt=0.83`, `WBTC.ltv 70%`."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from bot.domain.units import Bps
from bot.errors import UserError
from bot.messages.typed.amounts import (
    Amount,
    looks_like_amount,
    read_amount,
    read_bonus,
    read_share,
    unglued,
)
from bot.messages.typed.tokens import SEPARATORS, Reader, Word

IDLE: Final = frozenset({"idle"})
"""Behind a part: supplied, but not switched on as collateral."""
_FILLERS: Final = frozenset({"of", "in", "worth"})
TERMS: Final = {
    "lt": "lt",
    "threshold": "lt",
    "ltv": "ltv",
    "bonus": "bonus",
    "penalty": "bonus",
}
PARTS_AT_MOST: Final = 16
"""Of one side: more are a slip of the finger, or a list for another command."""


@dataclass(frozen=True, slots=True)
class Part:
    """So much of an asset, named as it was typed."""

    amount: Amount
    asset: str
    idle: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """`what` is lt, ltv or bonus; `asset` empty = of all collateral."""

    what: str
    bps: Bps
    asset: str = ""


def read_parts(reader: Reader, end: Collection[str], *, comma_is_point: bool) -> tuple[Part, ...]:
    """Parts up to a word of `end` or a term. UserError tells which half of a part is missing."""
    parts: list[Part] = []
    while True:
        reader.skip(SEPARATORS)
        if not reader.more() or reader.peek().key in end or is_term(reader.peek()):
            return tuple(parts)
        if reader.peek().key in IDLE and parts:
            reader.take()
            last = parts.pop()
            parts.append(Part(last.amount, last.asset, idle=True))
            continue
        parts.append(read_part(reader, end, comma_is_point=comma_is_point))
        if len(parts) > PARTS_AT_MOST:
            raise UserError("too_many_parts", parts[-1].asset)


def read_part(reader: Reader, end: Collection[str], *, comma_is_point: bool) -> Part:
    """`10k ETH`, `10kETH` or `ETH 10k`."""
    first = reader.take().text
    glued = unglued(first)
    if glued is not None:
        return Part(read_amount(glued[0], comma_is_point=comma_is_point), glued[1])
    if looks_like_amount(first):
        amount = read_amount(first, comma_is_point=comma_is_point)
        reader.skip(_FILLERS)
        follows = reader.peek()
        if not reader.more() or follows.key in {*end, *SEPARATORS} or looks_like_amount(follows.text):
            raise UserError("amount_without_asset", first)
        return Part(amount, reader.take().text)
    if reader.more() and looks_like_amount(reader.peek().text) and unglued(reader.peek().text) is None:
        return Part(read_amount(reader.take().text, comma_is_point=comma_is_point), first)
    raise UserError("asset_without_amount", first)


def is_term(word: Word) -> bool:
    """`lt`, or `WBTC.lt`."""
    return word.key.rpartition(".")[2] in TERMS


def read_term(reader: Reader) -> Term:
    """The term that comes next; UserError when its value is missing or cannot be."""
    word = reader.take().text
    asset, _, name = word.rpartition(".")
    what = TERMS[name.casefold()]
    if not reader.more():
        raise UserError("missing_value", word)
    value = reader.take().text
    return Term(what, read_bonus(value) if what == "bonus" else read_share(value), asset)
