"""A watch list as a file: CSV out, and CSV or plain lines in. The inverse of each other.

Used by /export and /import. Reading judges nothing: what an address or a rule is worth, the import decides.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.messages.flowfilter import filter_words
from bot.messages.ruleswords import rules_in_words
from bot.subscriptions import FlowTarget, ImaginedTarget, MirrorTarget, PriceTarget, WalletTarget, Watch

HEADER: Final = ("address", "label", "kind", "market", "rules")
PRICE: Final = "price"
"""Kind of a row about an asset's price; its address is the token's. Any other row is a wallet."""
SIMULATE: Final = "simulate"
"""Kind of a row about an imagined position; its address is what one would type to have it."""
MIRROR: Final = "mirror"
"""Kind of a row about a copy of a wallet; behind the wallet's address stands how large it is."""
FLOWS: Final = "flows"
"""Kind of a row about transfers to exchanges; its address is the filter as one would type it."""
OWNER: Final = "owner"
"""A column more where any watch has one."""
LINE_CAP: Final = 1_000
"""Characters of a line that are read."""

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_FREE: Final = re.compile(r'(?:"([^"]*)"|([^\s,;"]+))[ \u00a0]*([,;\t]?)(.*)', re.DOTALL)
"""An address, what follows it, and the rest."""
_ON_ONE_LINE: Final = re.compile(r"\s+(?=0x[0-9a-fA-F]{40}\b)")
_FORMULA: Final = ("=", "+", "-", "@")
"""What a table program takes for a formula at the start of a cell."""
_UNSEEN: Final = "\u2060"
"""Put into names by `hostile`, and put in again when the list is read."""
_QUOTES: Final = "\"'“”"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list. `number` counts all lines from 1, `text` is the line as it stands."""

    number: int
    text: str
    address: str
    """An address or a name, right or wrong."""
    label: str = ""
    kind: str = ""
    market: str = ""
    rules: str = ""
    owner: str = ""


def write_list(watches: Iterable[Watch]) -> str:
    """The watches as CSV, in their order."""
    listed = tuple(watches)
    if not any(watch.owner for watch in listed):
        return to_csv((HEADER, *map(_cells, listed)))
    return to_csv(((*HEADER, OWNER), *((*_cells(watch), watch.owner) for watch in listed)))


def _cells(watch: Watch) -> tuple[str, ...]:
    rules = rules_in_words(watch.rules)
    match watch.target:
        case WalletTarget(address, name):
            return (address, watch.label or name, "wallet", "", rules)
        case PriceTarget(market, asset):
            return (asset.address, watch.label, PRICE, market, rules)
        case MirrorTarget(market, address, numerator, denominator):
            return (f"{address} {numerator}/{denominator}", watch.label, MIRROR, market, rules)
        case ImaginedTarget(market=market, said=said):
            return (said, watch.label, SIMULATE, market, rules)
        case FlowTarget() as target:
            return (filter_words(target), watch.label, FLOWS, "", rules)


def to_csv(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV that no table program takes for formulas; lines end as RFC 4180 wants."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows([_safe(cell) for cell in row] for row in rows)
    return file.getvalue()


def _safe(cell: str) -> str:
    shown = cell.replace(_UNSEEN, "")
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def read_list(text: str) -> tuple[Row, ...]:
    """Every line that says something: no blank ones, no comments (#), no header."""
    lines = _LINE_END.split(text.removeprefix("\ufeff"))
    said = [(number, line[:LINE_CAP]) for number, line in enumerate(lines, 1) if _says_something(line)]
    if len(said) == 1:
        # A platform that has one line only makes blanks of the ends of lines.
        number, line = said[0]
        said = [(number, part) for part in _ON_ONE_LINE.split(line)]
    if not said:
        return ()
    header = _header(said[0][1])
    if header is None:
        return tuple(_free(number, line) for number, line in said)
    columns, delimiter = header
    return tuple(_named(number, line, columns, delimiter) for number, line in said[1:])


def _says_something(line: str) -> bool:
    bare = line.strip()
    return bool(bare) and not bare.startswith("#") and bool(bare.strip(',;\t "'))


def _header(line: str) -> tuple[dict[str, int], str] | None:
    """(column names, delimiter) where the first line names its columns."""
    for delimiter in ",;\t":
        names = [cell.strip().casefold() for cell in _split(line, delimiter)]
        if "address" in names:
            return {name: index for index, name in reversed(list(enumerate(names)))}, delimiter
    return None


def _split(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])


def _named(number: int, line: str, columns: dict[str, int], delimiter: str) -> Row:
    cells = _split(line, delimiter)

    def cell(name: str) -> str:
        index = columns.get(name, len(cells))
        return cells[index].strip() if index < len(cells) else ""

    return Row(
        number,
        line,
        cell("address"),
        _label(cell("label")),
        cell("kind").casefold(),
        cell("market"),
        cell("rules"),
        _label(cell(OWNER)),
    )


def _free(number: int, line: str) -> Row:
    """`address`, then a comma, a semicolon, a tab or a blank, then the label."""
    found = _FREE.fullmatch(line.strip())
    if found is None:
        return Row(number, line, line.strip())
    quoted, bare, delimiter, rest = found.groups()
    label = next(_rest(rest, delimiter), "") if delimiter else rest
    return Row(number, line, (quoted or bare or "").strip(), _label(label))


def _rest(rest: str, delimiter: str) -> Iterator[str]:
    yield from _split(rest, delimiter)


def _label(cell: str) -> str:
    return cell.strip().strip(_QUOTES).strip()
