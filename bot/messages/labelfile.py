"""Labels as lines, read and written: `chain,address,exchange,kind,source,date,note`, the last four optional.

Reading judges nothing but the shape; what a chain or an address is worth, the caller decides.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from bot.domain.labels import BY_HAND, DEFILLAMA, EXPLORER, PROOF, Label, LabelKind, confidence_of
from bot.domain.units import Address
from bot.errors import UserError
from bot.messages.hostile import clean
from bot.messages.listfile import to_csv
from bot.messages.typed.near import nearest

HEADER: Final = ("chain", "address", "exchange", "kind", "source", "date", "note")
SOURCES: Final = (BY_HAND, PROOF, DEFILLAMA, EXPLORER)
"""What a person may name; what is learned comes from the chain only."""
NAME_MOST: Final = 32
NOTE_MOST: Final = 60
LINE_MOST: Final = 500
_DATE: Final = re.compile(r"20[0-9]{2}-[0-9]{2}(-[0-9]{2})?")


@dataclass(frozen=True, slots=True)
class Cells:
    """One line's values by column; `number` counts all lines from 1."""

    number: int
    text: str
    by_name: dict[str, str]

    def get(self, name: str) -> str:
        return self.by_name.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Known:
    """What a reader of labels asks of the tables."""

    chain: Callable[[str], int]
    """A chain id for a name or a number, 0 for none."""
    address: Callable[[str], Address]
    """Checksummed; UserError."""
    contracts: frozenset[Address]
    exchanges: tuple[str, ...]
    """As the table spells them."""
    today: str
    """YYYY-MM-DD."""


def read_lines(text: str) -> Iterator[Cells]:
    """Every line with something on it. A first line of column names says where what stands; # is a remark."""
    columns: tuple[str, ...] = HEADER
    first = True
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        shown = line[:LINE_MOST].strip()
        if not shown or shown.startswith("#"):
            continue
        try:
            cells = next(csv.reader([shown], skipinitialspace=True))
        except csv.Error:
            cells = [shown]
        names = tuple(cell.strip().casefold() for cell in cells)
        if first and {"chain", "address", "exchange"} <= set(names):
            columns = names
        else:
            yield Cells(number, shown, dict(zip(columns, cells, strict=False)))
        first = False


def label_of(cells: Cells, known: Known, example: str = "") -> Label:
    """The label that a line says. UserError with the part that is wrong."""
    if not (cells.get("chain") and cells.get("address") and cells.get("exchange")):
        raise UserError("label_line_short", cells.text, example)
    chain_id = known.chain(cells.get("chain"))
    if not chain_id:
        raise UserError("label_chain", cells.get("chain"), example)
    address = known.address(cells.get("address"))
    if address in known.contracts:
        raise UserError("label_is_contract", address, example)
    kind, sources = _kind(cells.get("kind"), example), _sources(cells.get("source"), example)
    exchange = _exchange(cells.get("exchange"), known, example)
    seen = _date(cells.get("date"), known, example)
    confidence = confidence_of(sources, seen, known.today)
    note = clean(cells.get("note"), NOTE_MOST, unlink=False).text
    return Label(chain_id, address, exchange, kind, confidence, sources, seen, note)


def write_lines(labels: Iterable[Label]) -> str:
    """CSV that `read_lines` reads; chains by their ids."""
    rows = (
        (
            str(one.chain_id),
            one.address,
            one.exchange,
            one.kind.value,
            "+".join(one.sources),
            one.seen,
            one.note,
        )
        for one in labels
    )
    return to_csv((HEADER, *rows))


def _exchange(typed: str, known: Known, example: str) -> str:
    name = clean(typed, NAME_MOST + 1, unlink=False).text
    if not name or len(name) > NAME_MOST:
        raise UserError("label_exchange", typed, example)
    return next((one for one in known.exchanges if one.casefold() == name.casefold()), name)


def _kind(typed: str, example: str) -> LabelKind:
    try:
        return LabelKind(typed.casefold()) if typed else LabelKind.MAIN
    except ValueError:
        raise UserError("label_kind", typed, example, nearest(typed, tuple(LabelKind))) from None


def _sources(typed: str, example: str) -> tuple[str, ...]:
    words = [word.strip().casefold() for word in typed.replace("|", "+").split("+")] if typed else [BY_HAND]
    for word in words:
        if word not in SOURCES:
            raise UserError("label_source", word or typed, example, nearest(word, SOURCES))
    return tuple(dict.fromkeys(words))


def _date(typed: str, known: Known, example: str) -> str:
    if not typed:
        return known.today
    if not _DATE.fullmatch(typed) or typed > known.today:
        raise UserError("label_date", typed, example)
    try:
        date.fromisoformat(typed if len(typed) > 7 else f"{typed}-01")
    except ValueError:
        raise UserError("label_date", typed, example) from None
    return typed
