"""The published end of Trend Research as dated events, and ours beside it; `python -m tests.golden.story`
writes the table of docs/STORY.md.
"""

import tomllib
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any, Final

from bot.domain.story.books import Account, Realised
from bot.domain.story.events import Event, EventKind, Families, Priced
from bot.domain.story.lots import Accounting
from bot.domain.story.told import tell
from bot.domain.transfers import USD_UNIT
from bot.domain.units import Address, BaseAmount, RawAmount
from tests.domain.aave import WETH

HERE: Final = Path(__file__).parent
PAGE: Final = HERE.parents[1] / "docs" / "STORY.md"
TABLE: Final = tomllib.loads((HERE / "trend_story.toml").read_text(), parse_float=Fraction)
CASES: Final[list[dict[str, Any]]] = TABLE["case"]
TREND: Final = Address("0x00000000000000000000000000000000007e57d0")
"""Stands for its wallets, whose published addresses nobody vouches for."""
BEGIN, END = "<!-- made by python -m tests.golden.story -->", "<!-- end -->"


def dollars(given: dict[str, Any]) -> int:
    """Of an input: its own dollars, or its coins at the average that was printed."""
    if "value_usd" in given:
        return int(given["value_usd"] * USD_UNIT)
    return floor(Fraction(given["value"]) * Fraction(given["at"]) * USD_UNIT)


def events(case: dict[str, Any]) -> list[Event]:
    found = []
    for day, one in enumerate(case["inputs"]):
        kind = {
            "got": EventKind.FROM_EXCHANGE,
            "sent": EventKind.TO_EXCHANGE,
            "held": EventKind.FROM_EXCHANGE,
        }
        if one["what"] not in kind:
            continue
        amount = floor(Fraction(one["value"]) * WETH.unit)
        value = None if one["what"] == "held" else BaseAmount(dollars(one))
        found.append(
            Event(
                kind[one["what"]],
                day,
                day,
                0,
                "",
                TREND,
                WETH,
                RawAmount(amount),
                "eth",
                Families().quantity(WETH, amount, None, None),
                value,
                exchange="Binance",
                priced=Priced.TOLD,
                source=case["source"],
            )
        )
    return found


def book(case: dict[str, Any]) -> Account:
    cost = given(case, "cost")
    said = None if cost is None else BaseAmount(floor(cost * USD_UNIT))
    [one] = tell(events(case), [TREND], whole=True, cost_given=said).books
    return one


def given(case: dict[str, Any], what: str) -> Fraction | None:
    return next((Fraction(one["value"]) for one in case["inputs"] if one["what"] == what), None)


def ours(case: dict[str, Any], accounting: Accounting = Accounting.AVERAGE) -> Fraction:
    """The loss in dollars."""
    by: Realised = next(one for one in book(case).by if one.accounting is accounting)
    loss = -by.profit / USD_UNIT
    if case["derived"]["what"].startswith("loss"):
        left = given(case, "left")
        assert left is not None
        loss += by.left_cost / USD_UNIT - left
    return loss


def table() -> str:
    """Source, theirs, ours, difference; what it is made of, marked."""
    rows = [
        "| by | what | theirs (DERIVED) | ours, average cost | ours, FIFO | difference | made of (INPUT) |",
        "|---|---|---|---|---|---|---|",
    ]
    for case in CASES:
        average, fifo = (ours(case, one) for one in Accounting)
        theirs = Fraction(case["derived"]["value"])
        away = (average / theirs - 1) * 1_000
        links = ", ".join(f"[{at}]({url})" for at, url in enumerate(case["source"].split(", "), 1))
        rows.append(
            f"| {case['by']}, {case['date']} {links} | {case['derived']['what']} | {_m(theirs)} "
            f"| {_m(average)} | {_m(fifo)} | {'-' if away < 0 else '+'}{floor(abs(away)) / 10:.1f} %"
            f"{' (explained below)' if case['agreement'] == 'explained' else ''} | {_made_of(case)} |"
        )
    because = [
        f"{case['by']}, {_m(Fraction(case['derived']['value']))}: {' '.join(case['because'].split())}"
        for case in CASES
        if case["agreement"] == "explained"
    ]
    return "\n".join((*rows, "", *because))


def _m(value: Fraction) -> str:
    """Millions of dollars, one decimal, to the nearest."""
    return f"${floor(value / 100_000 + Fraction(1, 2)) / 10:,.1f}M"


def _made_of(case: dict[str, Any]) -> str:
    told = []
    for one in case["inputs"]:
        match one:
            case {"at": at}:
                told.append(f"{one['what']} {one['value']:,} ETH at {at:,}")
            case {"value_usd": usd}:
                told.append(f"{one['what']} {one['value']:,} ETH for ${usd:,}")
            case _:
                told.append(f"{one['what']} {float(one['value']):,.10g} {one['unit']}")
    return "; ".join(told)


def page() -> str:
    """docs/STORY.md with its table made anew."""
    text = PAGE.read_text(encoding="utf-8")
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
