"""What was published in the week of Trend Research, against ours: `trend_research.toml` has the cases."""

import tomllib
from collections import Counter
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from bot.domain.liquidation import liquidation_price
from bot.domain.positions import Position
from bot.domain.units import WAD
from tests.domain.aave import DOLLAR, USDT, V36, V302, WETH, owed, position, supplied

TABLE = tomllib.loads((Path(__file__).parent / "trend_research.toml").read_text(), parse_float=Fraction)
CASES: list[dict[str, Any]] = TABLE["case"]
WITHIN: Fraction = TABLE["within"]
AGREEMENTS = {"near", "inside", "explained"}


def total(case: dict[str, Any], what: str) -> Fraction | None:
    found = [Fraction(one["value"]) for one in case["inputs"] if one["what"] == what]
    return sum(found, Fraction(0)) if found else None


def at(case: dict[str, Any], revision: int) -> Position:
    """The case's position; a price is known only where a value was published, and decides nothing else."""
    collateral, debt, value = (total(case, what) for what in ("collateral", "debt", "collateral value"))
    assert collateral is not None
    assert debt is not None
    price = round(value / collateral * DOLLAR) if value else 2_000 * DOLLAR
    parts = [supplied(WETH, round(collateral * WETH.unit), price, threshold=TABLE["threshold_bps"])]
    return position(
        parts, [owed(USDT, round(debt * USDT.unit), DOLLAR, revision=revision)], revision=revision
    )


def ours(case: dict[str, Any], revision: int) -> Fraction:
    what, held = case["derived"]["what"], at(case, revision)
    if what == "health factor":
        return Fraction(held.health_factor, WAD)
    if what == "leverage":
        words = held.totals
        return Fraction(words.collateral_base, words.collateral_base - words.debt_base)
    price = liquidation_price(held, WETH.address)
    assert what == "liquidation price"
    assert price is not None
    return Fraction(price, DOLLAR)


def is_near(case: dict[str, Any], figure: Fraction) -> bool:
    return "value" in case["derived"] and abs(Fraction(case["derived"]["value"]) / figure - 1) <= WITHIN


@pytest.mark.parametrize("revision", [V302, V36])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_what_was_published(case, revision):
    figure, published = ours(case, revision), case["derived"]
    said = published.get("value") or f"{float(published['low'])} to {float(published['high'])}"
    print(f"\n{case['id']} ({case['date']}): {said}, ours {float(figure):,.2f}: {case['agreement']}")
    match case["agreement"]:
        case "near":
            assert is_near(case, figure)
        case "inside":
            assert published["low"] <= figure <= published["high"]
        case _:  # what agrees needs no excuse
            assert not is_near(case, figure)
            assert case["because"].strip()


def test_the_table_is_whole():
    assert TABLE["threshold_bps"] == 8_300
    assert Fraction(1, 100) == WITHIN
    assert len({case["id"] for case in CASES}) == len(CASES)
    for case in CASES:
        assert isinstance(case["date"], date)
        assert case["source"].strip()
        assert case["by"].strip()
        assert case["agreement"] in AGREEMENTS
        assert {one["mark"] for one in case["inputs"]} == {"INPUT"}
        assert case["derived"]["mark"] == "DERIVED"


def test_at_least_ten_derived_figures_agree_with_ours():
    counted = Counter(case["agreement"] for case in CASES)
    print(f"\n{dict(counted)}")
    assert counted["near"] >= 10
    assert counted["near"] > 3 * counted["explained"]


def test_the_price_of_the_press():
    """Its $1,558 is debt / collateral; with the threshold it is $1,877.8."""
    case = next(case for case in CASES if case["id"] == "one wallet, the press")
    collateral, debt = total(case, "collateral"), total(case, "debt")
    assert collateral is not None
    assert debt is not None
    assert int(debt / collateral) == case["derived"]["value"] == 1_558
    for revision in (V302, V36):
        assert round(ours(case, revision), 1) == Fraction("1877.8")
