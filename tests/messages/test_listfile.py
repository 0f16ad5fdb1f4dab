"""Lists as files: whatever people paste is read line by line, and what we write is read back without loss."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.rules import (
    DEFAULT_RULES,
    ChangedRule,
    ClosedRule,
    DistanceRule,
    HealthRule,
    LiquidatedRule,
    PriceMovedRule,
    PriceRule,
    Rule,
)
from bot.domain.units import WAD, BaseAmount, Bps, Wad
from bot.messages.hostile import clean
from bot.messages.listfile import HEADER, read_list, to_csv, write_list
from bot.messages.ruleswords import price_rules, rules_in_words, wallet_rules
from bot.subscriptions import PriceTarget, WalletTarget, Watch
from tests.messages.samples import USD, WALLET, WETH

A = WALLET
B = "0x47ac0Fb4F2D84898e4D9E7b4DaB3C24507a6D503"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(A, [(A, "")], id="bare"),
        pytest.param(f"{A} my treasury", [(A, "my treasury")], id="blank"),
        pytest.param(f"{A}\tmy treasury", [(A, "my treasury")], id="tab"),
        pytest.param(f"{A},my treasury", [(A, "my treasury")], id="comma"),
        pytest.param(f"{A} ; my treasury", [(A, "my treasury")], id="semicolon"),
        pytest.param(f'{A},"a, b"', [(A, "a, b")], id="quoted"),
        pytest.param(f'"{A}";"a; b"', [(A, "a; b")], id="quoted address"),
        pytest.param(f'{A} "the fund"', [(A, "the fund")], id="quotes behind a blank"),
        pytest.param("treasury.eth, t", [("treasury.eth", "t")], id="name"),
        pytest.param(f"\ufeff{A}\r\n{B}\r{A}\n", [(A, ""), (B, ""), (A, "")], id="line ends, BOM"),
        pytest.param(f"# mine\n\n  \n{A}\n#{B}\n,,;\n", [(A, "")], id="comments, blanks"),
        pytest.param(f"address,label\n{A},x\n{B}\n", [(A, "x"), (B, "")], id="header"),
        pytest.param(f'Label;"Address"\nx;{A}\n', [(A, "x")], id="header in another order"),
        pytest.param(f"address\n{A}\n", [(A, "")], id="header of one column"),
        pytest.param(f"{A} one {B} two", [(A, "one"), (B, "two")], id="line ends lost"),
        pytest.param(f'{A},"open', [(A, "open")], id="quote never closed"),
        pytest.param("", [], id="nothing"),
        pytest.param("address,label\n", [], id="header alone"),
    ],
)
def test_what_people_send(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(row.address, row.label) for row in read_list(text)] == expected


def test_lines_keep_the_numbers_that_people_count() -> None:
    assert [row.number for row in read_list(f"# mine\naddress,label\n{A},x\n\n{B},y")] == [3, 5]


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    rows = read_list(text)
    assert len(rows) <= len(text)
    assert all(row.address.strip() == row.address for row in rows)


# ---- written and read back ----------------------------------------------------------------------------

wad_levels = st.lists(
    st.integers(1, 100 * 10**6).map(lambda n: Wad(n * 10**12)), min_size=1, max_size=10, unique=True
).map(lambda levels: tuple(sorted(levels, reverse=True)))
bps_levels = st.lists(st.integers(1, 10_000).map(Bps), min_size=1, max_size=10, unique=True).map(
    lambda levels: tuple(sorted(levels, reverse=True))
)
wallet_rule: st.SearchStrategy[Rule] = st.one_of(
    wad_levels.map(HealthRule),
    bps_levels.map(DistanceRule),
    st.integers(0, 10**12).map(ChangedRule),
    st.just(LiquidatedRule()),
    st.just(ClosedRule()),
)
price_rule: st.SearchStrategy[Rule] = st.one_of(
    st.builds(
        lambda level, above: PriceRule(WETH, BaseAmount(level), above, USD),
        st.integers(1, 10**20),
        st.booleans(),
    ),
    st.builds(
        lambda bps, window: PriceMovedRule(WETH, Bps(bps), window, USD),
        st.integers(1, 10_000),
        st.integers(1, 366 * 86_400),
    ),
)


def some(rule: st.SearchStrategy[Rule]) -> st.SearchStrategy[tuple[Rule, ...]]:
    return st.lists(rule, max_size=10, unique_by=lambda one: one.key).map(tuple)


label = st.text(max_size=40).map(lambda text: clean(text.strip().strip("\"'“”")).text.strip().strip("\"'“”"))


@given(some(wallet_rule))
def test_rules_of_a_wallet_read_back(rules: tuple[Rule, ...]) -> None:
    assert wallet_rules(rules_in_words(rules)) == rules


@given(some(price_rule))
def test_rules_of_a_price_read_back(rules: tuple[Rule, ...]) -> None:
    assert price_rules(rules_in_words(rules), WETH, USD) == rules


def test_no_word_on_rules_means_the_usual_ones() -> None:
    assert wallet_rules(" ") == DEFAULT_RULES
    assert wallet_rules("none") == ()


@pytest.mark.parametrize("text", ["hf", "hf x", "hf 101", "below 5", "nonsense", "hf " + "1 " * 11])
def test_no_rules(text: str) -> None:
    with pytest.raises(ValueError):
        wallet_rules(text)


@given(label, some(wallet_rule), some(price_rule))
def test_a_list_reads_back(name: str, mine: tuple[Rule, ...], prices: tuple[Rule, ...]) -> None:
    watches = (
        Watch("w1", 1, "telegram/7", WalletTarget(WALLET), mine, name),
        Watch("w2", 2, "telegram/7", PriceTarget("ethereum", WETH), prices),
    )
    wallet, price = read_list(write_list(watches))
    assert (wallet.address, wallet.kind) == (WALLET, "wallet")
    assert clean(wallet.label).text == name
    assert wallet_rules(wallet.rules) == mine
    assert (price.address, price.kind, price.market) == (WETH.address, "price", "ethereum")
    assert price_rules(price.rules, WETH, USD) == prices


def test_no_table_program_takes_a_label_for_a_formula() -> None:
    """=HYPERLINK(…) in a file that people open with a double click."""
    text = to_csv((HEADER, (WALLET, '=HYPERLINK("http://evil.example";"x")', "wallet", "", "+1")))
    (_, cells) = csv.reader(io.StringIO(text))
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


def test_health_levels_are_exact() -> None:
    assert rules_in_words((HealthRule((Wad(105 * WAD // 100), Wad(WAD))),)) == "hf 1.05 1"
