"""The board and owners: closest first, one line each, sums by currency."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.positions import Position
from bot.domain.rules import DEFAULT_RULES
from bot.domain.units import Address
from bot.messages.answers import Answer
from bot.messages.facts import facts
from bot.messages.imagined import BoardRow, BoardShown, OwnerSet, OwnerShown, OwnersShown, closest_first
from bot.messages.model import Message, Press
from bot.messages.rich import text_of
from bot.subscriptions import ChatSettings, PriceTarget, WalletTarget, Watch
from tests.messages.imagined import COMPOSER, IMAGINED, MIRROR, ether, held, treasury
from tests.messages.samples import NOW, USDC, WALLET, WETH, price

WATCH = Watch("w1", 1, "telegram/7", WalletTarget(WALLET), DEFAULT_RULES, "treasury", owner="trend")
OTHER = Watch("w2", 2, "telegram/7", WalletTarget(Address("0x" + "12" * 20)), DEFAULT_RULES, "vault")
PRICE = Watch("w5", 5, "telegram/7", PriceTarget("ethereum", WETH), (), "")
CALM = held({WETH: 10**18}, {})

ROWS = (
    BoardRow(PRICE, price=price()),
    BoardRow(OTHER, ether()),
    BoardRow(MIRROR, CALM),
    BoardRow(IMAGINED),
    BoardRow(WATCH, treasury()),
    BoardRow(OTHER, unread=("Aave v3 Base",), elsewhere=("Aave v2 Ethereum",)),
)


def tell(answer: Answer, *, private: bool = True) -> Message:
    return COMPOSER.answer(answer, ChatSettings(), now=NOW, private=private)


def lines(answer: Answer, *, private: bool = True) -> list[str]:
    return text_of(tell(answer, private=private).lines).split("\n")


def test_the_closest_first() -> None:
    assert lines(BoardShown(closest_first(ROWS))) == [
        "#1 treasury · HF 1.07 · 6.5 % to liquidation · debt $412k · Aave v3 Ethereum",
        "#2 vault · HF 1.44 · 30.5 % to liquidation · debt $300k · Aave v3 Ethereum",
        "#2 vault · debt in Aave v2 Ethereum, not watched · Aave v3 Base not readable now",
        "#4 mirror x0.001 of 0xd8dA…6045 · no debt · Aave v3 Ethereum",
        "#3 651 WETH vs 958000 USDC on ethereum, imagined · no position",
        "#5 ETH price, Aave v3 Ethereum · $3,040",
    ]


def test_one_that_can_be_liquidated_leads() -> None:
    worse = held({WETH: 10**18}, {USDC: 2_900 * 10**6})
    rows = closest_first((*ROWS, BoardRow(OTHER, worse)))
    assert lines(BoardShown(rows))[0] == "#2 vault · HF 0.87 · liquidatable · debt $2,900 · Aave v3 Ethereum"


@given(st.permutations(ROWS))
def test_the_order_is_the_same_however_they_come(rows: list[BoardRow]) -> None:
    found = closest_first(rows)
    assert found == closest_first(ROWS)
    factors = [one.position.health_factor for one in found if one.position and one.position.has_debt]
    assert factors == sorted(factors)


def test_pages() -> None:
    message = tell(BoardShown(ROWS[:2], 2, 3, 17))
    assert text_of(message.lines).endswith("Page 2 of 3, 17 watched")
    assert [button.action for button in message.buttons[0]] == [Press("board", "1"), Press("board", "3")]
    assert lines(BoardShown(()))[0] == "I watch nothing here yet."


# ---- owners ---------------------------------------------------------------------------------------------


def test_an_owner_is_summed_and_listed() -> None:
    told = lines(OwnerShown("trend research", (BoardRow(OTHER, ether()), BoardRow(WATCH, treasury()))))
    assert told == [
        "trend research · 2 wallets",
        "Together: debt $712k · collateral $1.06M · lowest HF 1.07",
        "#1 treasury · HF 1.07 · 6.5 % to liquidation · debt $412k · Aave v3 Ethereum",
        "#2 vault · HF 1.44 · 30.5 % to liquidation · debt $300k · Aave v3 Ethereum",
    ]


def test_currencies_are_not_added_up() -> None:
    in_ether = replace(ether(), base_unit=10**18, market="other")
    told = lines(OwnerShown("trend", (BoardRow(WATCH, treasury()), BoardRow(OTHER, in_ether)), 2))
    assert told[1] == "Together: debt $412k · collateral $531k · lowest HF 1.07 · Aave v3 Ethereum"
    assert told[2].startswith("Together: debt < 0.01 · ")
    assert told[2].endswith(" · lowest HF 1.44 · other")
    assert told[3] == "These markets reckon in different currencies: no sum over all"


def test_what_is_not_known_is_not_in_the_sums_and_said_so() -> None:
    told = lines(OwnerShown("trend", (BoardRow(WATCH, treasury()), ROWS[-1])))
    assert told[2] == "Not in the sums: Aave v2 Ethereum, Aave v3 Base"


@given(st.lists(st.sampled_from([treasury(), ether(), CALM]), min_size=1, max_size=30))
@settings(deadline=None)
def test_sums_are_sums(positions: list[Position]) -> None:
    answer = OwnerShown("trend", tuple(BoardRow(WATCH, one) for one in positions))
    (total,) = answer.totals
    assert total.debt == sum(one.totals.debt_base for one in positions)
    assert total.collateral == sum(one.totals.collateral_base for one in positions)
    told = json.loads(json.dumps(facts(answer)))["totals"][0]
    assert told["positions"] == len(positions)
    assert int(told["debt"].replace(".", "").ljust(1)) or told["debt"] == "0"
    rows = [line for line in lines(answer) if line.startswith("#1")]
    rest = [line for line in lines(answer) if line.startswith("and ")]
    assert len(rows) + (int(rest[0].split()[1]) if rest else 0) == len(positions)


def test_owners_listed_and_changed() -> None:
    assert lines(OwnersShown((("trend", 2), ("dao", 1)))) == ["trend · 2 wallets", "dao · 1 wallet"]
    assert lines(OwnersShown(()))[0].startswith("No owner here yet.")
    assert lines(OwnerSet("trend", (WATCH,), (OTHER,))) == [
        "Watching for trend: #1 treasury",
        "Now under trend: #2 vault",
    ]
    assert lines(OwnerSet("trend", left=(WATCH,))) == ["No longer under trend, still watched: #1 treasury"]
    assert lines(OwnerSet("trend")) == ["Nothing changed for trend"]


@pytest.mark.parametrize("answer", [BoardShown(closest_first(ROWS)), OwnerShown("trend", ROWS)])
def test_no_amount_where_they_are_hidden(answer: Answer) -> None:
    text = "\n".join(lines(answer, private=False))
    for figure in ("412", "300k", "712k", "531k", "651", "958", "1.06M"):
        assert figure not in text
    assert "6.5 % to liquidation" in text
