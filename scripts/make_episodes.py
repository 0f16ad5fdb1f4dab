"""Writes the project's own episodes: `python -m scripts.make_episodes [hourly candles as CSV]`.

Without the CSV the prices of trend-research are taken over from the episode as it is. tests/ hold that
running it changes nothing.
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

from scripts.episode_parts import MARKET, amount, dollar, fed, market, reserve, seconds
from scripts.trend_research import KLINES, trend_research
from watchers.evm.words import checksummed
from watchers.replay.episode import Episode
from watchers.replay.format import dump, read
from watchers.replay.happenings import Act, Action, Caption, LiquidationLine, Opening, Price
from watchers.replay.library import SUFFIX
from watchers.replay.setting import Certainty, Head, Note, Standing, Truth, Wallet

FOLDER = Path(__file__).parents[1] / "watchers" / "replay" / "episodes"
MADE_UP = Certainty.SYNTHETIC
SOMEBODY = checksummed("0x57A4d10000000000000000000000000000000003")
KEEPER = checksummed("0x57A4d10000000000000000000000000000000004")
START = "2026-01-01 00:00"


def prices_from(candles: Path) -> Iterator[Price]:
    """A point every four hours, and each day's extremes at their hours."""
    with candles.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    days: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        days.setdefault(row["time_utc"][:10], []).append(row)
    for day in days.values():
        for row in day:
            if int(row["time_utc"][11:13]) % 4 == 0:
                yield _point(row, "open", 0)
        yield _point(max(day, key=lambda row: float(row["high"])), "high", 30)
        yield _point(min(day, key=lambda row: float(row["low"])), "low", 30)
    yield _point(rows[-1], "open", 0)


def _point(row: dict[str, str], what: str, minute: int) -> Price:
    """An extreme lies somewhere in its hour; a candle opens when it does."""
    at = seconds(row["time_utc"][:16].replace("T", " ")) + minute * 60
    return Price(
        at=at,
        certainty=Certainty.DATED,
        within_s=minute * 60,
        source=KLINES,
        asset="WETH",
        price=amount(row[what]),
    )


def old_prices() -> list[Price]:
    path = FOLDER / f"trend-research{SUFFIX}"
    return [one for one in read(path.read_bytes(), path.name).happens if isinstance(one, Price)]


def _at(minutes: int) -> int:
    return seconds(START) + minutes * 60


def _head(name: str, title: str, minutes: int) -> Head:
    return Head(
        version=1,
        name=name,
        title=title,
        kind=Truth.SYNTHETIC,
        starts=_at(0),
        ends=_at(minutes),
        first_block=24_100_000,
        stride_s=600,
    )


def _path(symbol: str, points: tuple[tuple[float, str], ...]) -> Iterator[Price]:
    """(minute, price)"""
    for minute, price in points:
        at = _at(0) + round(minute * 60)
        yield Price(at=at, certainty=MADE_UP, asset=symbol, price=amount(price))


def _somebody(label: str) -> Wallet:
    return Wallet(address=SOMEBODY, label=label, standing=Standing.HYPOTHETICAL, watched=True)


def short_squeeze() -> Episode:
    """Debt in a coin that rises: liquidation lies above."""
    common = {"certainty": MADE_UP, "market": MARKET, "account": SOMEBODY}
    lines = [
        _head("short-squeeze", "A short squeeze: debt in a coin that rises by half", 12 * 60),
        Note(text="SYNTHETIC: made up, no part of it happened. It shows a debt whose price rises."),
        *market(
            reserve(0, "USDC", terms=(7_500, 7_800, 10_450), supply_rate=amount("0.03")),
            fed(1, "LINK", (5_300, 6_800, 10_700), debt_rate=amount("0.05")),
        ),
        _somebody("Short LINK"),
        Wallet(address=KEEPER, label="Liquidator", standing=Standing.HYPOTHETICAL, contract=True),
        dollar(_at(0), "USDC", MADE_UP),
        Opening(
            at=_at(0),
            supplied=(("USDC", amount("5000000")),),
            owed=(("LINK", amount("180000")),),
            **common,
        ),
        *_path(
            "LINK",
            (
                (0, "14"),
                (60, "14.2"),
                (180, "16.9"),
                (240, "16.1"),
                (330, "19.3"),
                (400, "21.9"),
                (430, "23.4"),
                (520, "20.2"),
                (720, "17.5"),
            ),
        ),
        Caption(at=_at(60), certainty=MADE_UP, text="LINK begins to rise."),
        Action(at=_at(250), act=Act.SUPPLY, asset="USDC", amount=amount("250000"), **common),
        Caption(at=_at(400), certainty=MADE_UP, text="Shorts are bought back; LINK goes through $21.90."),
        LiquidationLine(
            at=_at(426),
            collateral="USDC",
            seized=amount("2167875"),
            debt="LINK",
            repaid=amount("90000"),
            liquidator=KEEPER,
            **common,
        ),
        Action(at=_at(470), act=Act.REPAY, asset="LINK", amount=amount("20000"), **common),
    ]
    return Episode.of(lines)


def gap() -> Episode:
    """A fifth of the price gone between two blocks: every level of a ladder in one step."""
    lines = [
        _head("gap", "A gap: ETH a fifth lower from one block to the next", 6 * 60),
        Note(
            text="SYNTHETIC: made up, no part of it happened. Nothing can be told between the two readings."
        ),
        *market(
            fed(0, "WETH", (8_050, 8_300, 10_500)),
            reserve(1, "USDT", terms=(7_500, 7_800, 10_450), debt_rate=amount("0.04")),
        ),
        _somebody("Long ETH"),
        dollar(_at(0), "USDT", MADE_UP),
        Opening(
            at=_at(0),
            certainty=MADE_UP,
            market=MARKET,
            account=SOMEBODY,
            supplied=(("WETH", amount("1000")),),
            owed=(("USDT", amount("1720000")),),
        ),
        *_path(
            "WETH",
            ((0, "2500"), (120, "2480"), (120.2, "1984"), (180, "1900"), (240, "1950"), (360, "2050")),
        ),
        Action(
            at=_at(200),
            certainty=MADE_UP,
            act=Act.REPAY,
            market=MARKET,
            account=SOMEBODY,
            asset="USDT",
            amount=amount("500000"),
        ),
        Caption(at=_at(120), certainty=MADE_UP, text="A fifth of the price is gone within one block."),
    ]
    return Episode.of(lines)


def main() -> None:
    candles = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    prices = list(prices_from(candles)) if candles else old_prices()
    for episode in (trend_research(prices), short_squeeze(), gap()):
        path = FOLDER / f"{episode.head.name}{SUFFIX}"
        text = dump(episode)
        read(text.encode(), path.name)
        path.write_text(text, encoding="ascii")
        print(f"{path.name}: {text.count(chr(10))} lines")


if __name__ == "__main__":
    main()
