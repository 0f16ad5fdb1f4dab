"""The published end of Trend Research as dated events, and ours beside it; `python -m tests.golden.story`
writes the table of docs/STORY.md.
"""

import asyncio
import tomllib
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any, Final

from bot.domain.labels import Labels
from bot.domain.observations import BlockSeen, ChainReorged
from bot.domain.story.books import Account, Realised
from bot.domain.story.events import WHOLE, Event, EventKind, Families, Priced
from bot.domain.story.lots import Accounting
from bot.domain.story.past import Past
from bot.domain.story.told import tell
from bot.domain.transfers import USD_UNIT
from bot.domain.units import Address, BaseAmount, BlockRef, RawAmount
from bot.ports import Following
from tests.domain.aave import WETH
from watchers.aave.baskets import load_baskets
from watchers.replay import Replay, ReplayStories, load_episode

HERE: Final = Path(__file__).parent
PAGE: Final = HERE.parents[1] / "docs" / "STORY.md"
TABLE: Final = tomllib.loads((HERE / "trend_story.toml").read_text(), parse_float=Fraction)
CASES: Final[list[dict[str, Any]]] = TABLE["case"]
TREND: Final = Address("0x00000000000000000000000000000000007e57d0")
"""Stands for its wallets, whose published addresses nobody vouches for."""
TREND_WALLET: Final = load_episode("trend-research").watched[0].address
EPISODE_LOSSES: Final = (("EmberCN", 734_000_000, "3180"), ("Ai Yi", 688_000_000, "3105.5"))
EPISODE: Final = """The built-in episode `trend-research`, asked as `/story Trend Research cost 3180`. Sales
are valued at the oracle's price of each moment, and moments between dated ones are interpolated; so its
average exit is a little above the published one, and each loss a little below."""
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
    loss = Fraction(-by.profit, USD_UNIT)
    if case["derived"]["what"].startswith("loss"):
        left = given(case, "left")
        assert left is not None
        loss += Fraction(by.left_cost, USD_UNIT) - left
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
        links = ", ".join(f"[{at}]({url})" for at, url in enumerate(case["source"].split(", "), 1))
        rows.append(
            f"| {case['by']}, {case['date']} {links} | {case['derived']['what']} | {_m(theirs)} "
            f"| {_m(average)} | {_m(fifo)} | {_off(average, theirs)}"
            f"{' (explained below)' if case['agreement'] == 'explained' else ''} | {_made_of(case)} |"
        )
    because = [
        f"{case['by']}, {_m(Fraction(case['derived']['value']))}: {' '.join(case['because'].split())}"
        for case in CASES
        if case["agreement"] == "explained"
    ]
    return "\n".join((*rows, "", *because))


def _off(ours_: Fraction, theirs: Fraction | int) -> str:
    away = (ours_ / theirs - 1) * 1_000
    return f"{'-' if away < 0 else '+'}{floor(abs(away)) / 10:.1f} %"


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


def episode_table() -> str:
    """The built-in episode's own life, at the costs that were published."""
    past = asyncio.run(_played())
    rows = ["| what | published | ours | difference |", "|---|---|---|---|"]
    for name, theirs, cost in EPISODE_LOSSES:
        said = BaseAmount(floor(Fraction(cost) * USD_UNIT))
        [one] = tell(past.events, [TREND_WALLET], whole=past.whole, money=["usd"], cost_given=said).books
        loss = Fraction(-one.by[0].profit, USD_UNIT)
        told = f"{_m(Fraction(theirs))}, {name} | {_m(loss)} | {_off(loss, theirs)}"
        rows.append(f"| realised loss at ${cost} | {told} |")
        sold, average = Fraction(one.sold.quantity, WHOLE), one.sold.average
    assert average is not None
    price = average / USD_UNIT
    rows.append(f"| ETH sent to Binance | 651,757, Lookonchain | {floor(sold):,} | {_off(sold, 651_757)} |")
    rows.append(f"| at an average of | $2,055, Lookonchain | ${floor(price):,} | {_off(price, 2_055)} |")
    return "\n".join(rows)


async def _played() -> Past:
    replay = Replay(load_episode("trend-research"))
    await replay.run(Nobody(), None)
    return await ReplayStories(replay, load_baskets()).past((TREND_WALLET,), Labels())


class Nobody:
    """An observer that follows nothing."""

    async def block(self, seen: BlockSeen) -> None: ...

    async def reorged(self, gone: ChainReorged) -> None: ...

    async def following(self) -> Following:
        return Following(0, frozenset())

    async def cursor(self, market: str) -> BlockRef | None:
        return None


def page() -> str:
    """docs/STORY.md with its table made anew."""
    text = PAGE.read_text(encoding="utf-8")
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    made = f"{table()}\n\n{EPISODE}\n\n{episode_table()}"
    return f"{before}{BEGIN}\n{made}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
