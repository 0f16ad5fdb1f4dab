"""Changes as typed: `ETH -20%, repay 4m USDT and 30d`, one clause each, still without a position.

`asked` makes the steps of a what-if of them. Prices, actions, terms, an eMode, time.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from bot.errors import UserError
from bot.messages.parsing import parse_amount, parse_duration
from bot.messages.typed.amounts import ALL, Amount, looks_like_amount, read_amount, unglued
from bot.messages.typed.near import nearest
from bot.messages.typed.parts import Term, is_term, read_term
from bot.messages.typed.tokens import SEPARATORS, Reader, Word

VERBS: Final = {
    "repay": "repay", "pay": "repay", "payback": "repay",
    "add": "add", "supply": "add", "deposit": "add",
    "withdraw": "withdraw", "remove": "withdraw",
    "borrow": "borrow",
}  # fmt: skip
_FALLS: Final = frozenset({"falls", "fall", "drops", "drop", "down", "loses", "minus"})
_RISES: Final = frozenset({"rises", "rise", "gains", "up", "plus"})
_LINKS: Final = frozenset({"at", "to", "by", "is", "of", "goes"})
_ONLY: Final = frozenset({"only", "alone"})
_EMODE: Final = frozenset({"emode", "e-mode"})
_TIME: Final = frozenset({"interest", "wait", "after", "for", "in"})
_DURATION: Final = re.compile(r"[0-9.,]+(s|sec|m|min|h|d|w|days?|weeks?|hours?)([0-9].*)?", re.IGNORECASE)
_LONG_UNITS: Final = re.compile(r"(?<=[0-9])(day|week|hour)s?$", re.IGNORECASE)
HIGHEST_RISE: Final = 1_000
"""Times the price; beyond it a rise is a slip of the finger."""
HIGHEST_PRICE: Final = 10**12
CLAUSES_AT_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Shock:
    """A price moved: by a `factor`, or to a `price`. `against`: the price is told in another asset."""

    said: str
    asset: str
    factor: Fraction | None = None
    price: Decimal | None = None
    against: str = ""
    only: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """`verb` is repay, add, withdraw or borrow; no amount = all of it, no asset = the only one there is."""

    said: str
    verb: str
    amount: Amount | None
    asset: str = ""


@dataclass(frozen=True, slots=True)
class OtherTerm:
    said: str
    term: Term


@dataclass(frozen=True, slots=True)
class OtherEMode:
    said: str
    emode: str


@dataclass(frozen=True, slots=True)
class Interest:
    said: str
    seconds: int


Clause = Shock | Action | OtherTerm | OtherEMode | Interest


def read_clauses(words: Sequence[Word], *, comma_is_point: bool = False) -> tuple[Clause, ...]:
    """UserError names the clause that cannot be understood; the example is left to the caller."""
    reader = Reader(words)
    clauses: list[Clause] = []
    while True:
        reader.skip(SEPARATORS)
        if not reader.more():
            break
        at = reader.at
        clause = _clause(reader, comma_is_point=comma_is_point)
        said = " ".join(word.text for word in reader.words[at : reader.at])
        clauses.append(_said(clause, said))
        if len(clauses) > CLAUSES_AT_MOST:
            raise UserError("too_many_changes", said)
    if not clauses:
        raise UserError("missing_change")
    return tuple(clauses)


def _said(clause: Clause, said: str) -> Clause:
    match clause:
        case Shock():
            return Shock(said, clause.asset, clause.factor, clause.price, clause.against, clause.only)
        case Action():
            return Action(said, clause.verb, clause.amount, clause.asset)
        case OtherTerm():
            return OtherTerm(said, clause.term)
        case OtherEMode():
            return OtherEMode(said, clause.emode)
        case Interest():
            return Interest(said, clause.seconds)


def _clause(reader: Reader, *, comma_is_point: bool) -> Clause:
    word = reader.peek()
    if word.key in VERBS:
        return _action(reader, comma_is_point=comma_is_point)
    if is_term(word):
        return OtherTerm("", read_term(reader))
    if word.key in _EMODE:
        reader.take()
        value = reader.until(lambda one: one.key in SEPARATORS)
        if not value:
            raise UserError("missing_value", word.text)
        return OtherEMode("", value)
    if word.key in _TIME or _DURATION.fullmatch(word.text):
        return _interest(reader)
    return _shock(reader, comma_is_point=comma_is_point)


def _interest(reader: Reader) -> Interest:
    named = reader.peek().text
    reader.skip(_TIME)
    if not reader.more():
        raise UserError("missing_value", named)
    word = reader.take().text
    if word.isdecimal() and reader.peek().key.rstrip("s") in {"day", "week", "hour"}:
        word += reader.take().key
    try:
        seconds = parse_duration(_LONG_UNITS.sub(lambda found: found[1][0], word))
    except ValueError as error:
        raise UserError("not_a_duration", word) from error
    return Interest("", seconds)


def _action(reader: Reader, *, comma_is_point: bool) -> Action:
    """`repay 4m USDT`, `repay all USDT`, `repay USDT all`, `repay all`, `repay 4m`."""
    verb = reader.take()
    amount: Amount | None = None
    asset = ""
    given = False
    while reader.more() and reader.peek().key not in SEPARATORS | VERBS.keys() and not (given and asset):
        word = reader.peek()
        glued = unglued(word.text)
        if word.key in ALL and not given:
            given = True
        elif glued is not None and not given:
            amount, given, asset = read_amount(glued[0], comma_is_point=comma_is_point), True, glued[1]
        elif looks_like_amount(word.text):
            if given:
                break
            amount, given = read_amount(word.text, comma_is_point=comma_is_point), True
        elif asset:
            break
        elif word.key not in {"of", "the"}:
            asset = word.text
        reader.take()
    if not given:
        raise UserError("action_without_amount", f"{verb.text} {asset}".strip())
    return Action("", VERBS[verb.key], amount, asset)


def _shock(reader: Reader, *, comma_is_point: bool) -> Shock | OtherTerm:
    """`ETH -20%`, `-20% ETH`, `ETH 1750`, `only ETH falls to 1750`, `wstETH/ETH -3%`."""
    only = _skipped(reader)
    first = reader.take()
    if looks_like_amount(first.text):  # -20% ETH
        value, name = first.text, reader.take().text if reader.more() else ""
        if not name:
            raise UserError("amount_without_asset", first.text)
        sign = 0
    else:
        name = first.text
        only = _skipped(reader) or only
        if is_term(reader.peek()):
            term = read_term(reader)
            return OtherTerm("", Term(term.what, term.bps, name))
        reader.skip(_LINKS)
        sign = (reader.peek().key in _RISES) - (reader.peek().key in _FALLS)
        reader.skip(_FALLS | _RISES)
        reader.skip(_LINKS)
        if not reader.more() or not looks_like_amount(reader.peek().text):
            near = nearest(name, tuple(VERBS))
            raise UserError("unknown_change", name, "", near)
        value = reader.take().text
    only = _skipped(reader) or only
    asset, _, against = name.partition("/")
    if not asset or (not against and "/" in name):
        raise UserError("unknown_change", name)
    if value.endswith("%"):
        return Shock("", asset, _factor(value, sign), None, against, only)
    return Shock("", asset, None, _price(value, comma_is_point=comma_is_point), against, only)


def _skipped(reader: Reader) -> bool:
    before = reader.at
    reader.skip(_ONLY)
    return reader.at > before


def _factor(value: str, sign: int) -> Fraction:
    if value[0] in "+-":
        sign, value = (1 if value[0] == "+" else -1), value[1:]
    if not sign:
        raise UserError("which_way", value)
    try:
        share = Fraction(parse_amount(value.removesuffix("%"))) / 100
    except ValueError as error:
        raise UserError("not_a_percent", value) from error
    factor = 1 + sign * share
    if factor <= 0:
        raise UserError("fall_over_all", f"-{value}")
    if factor > HIGHEST_RISE:
        raise UserError("rise_too_large", f"+{value}")
    return factor


def _price(value: str, *, comma_is_point: bool) -> Decimal:
    amount = read_amount(value, comma_is_point=comma_is_point)
    if amount.value > HIGHEST_PRICE:
        raise UserError("not_a_price", value)
    return amount.value
