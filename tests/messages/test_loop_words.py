"""Loops in words: rounds, end, carry and falls agree with what was reckoned; refusals say where and why."""

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.aave_state import MarketState
from bot.domain.loop_model import Loop, Looped, LoopRefused, Rounds, TargetLtv, leverage
from bot.domain.loops import loop
from bot.domain.units import RAY, Asset, RawAmount, Ray
from bot.messages.facts import facts
from bot.messages.imagined import LoopShown
from bot.messages.model import Message, Press
from bot.messages.numbers import Figures
from bot.messages.rich import UNITS_AT_MOST, text_of, units
from bot.subscriptions import ChatSettings
from tests.messages.imagined import COMPOSER, RESTLESS, market
from tests.messages.samples import NOW, USDC, WETH, WSTETH

ETHER = 10**18
FIGURES = Figures()
FROZEN = "The market refuses supply 10 WETH: WETH is frozen: only repaying and withdrawing are allowed"


def shown(
    goal: TargetLtv | Rounds,
    *,
    pair: tuple[Asset, Asset] = (WETH, USDC),
    amount: int = 10 * ETHER,
    state: MarketState | None = None,
    **rest: Any,
) -> LoopShown:
    wanted = Loop(pair[0].address, pair[1].address, RawAmount(amount), goal, **rest)
    return LoopShown(loop(state or market(), wanted), wanted, "10 ETH 3x", "d2", RESTLESS)


def tell(answer: LoopShown, *, private: bool = True) -> Message:
    return COMPOSER.answer(answer, ChatSettings(), now=NOW, private=private)


def lines(answer: LoopShown, *, private: bool = True) -> list[str]:
    return text_of(tell(answer, private=private).lines).split("\n")


def test_a_loop_in_full() -> None:
    assert lines(shown(leverage(Fraction(3)))) == [
        "Loop · 10 ETH 3x",
        "Leverage 3.00x · HF 1.24",
        "ETH must fall 19.6 % more, to $2,442 (now $3,040)",
        "Chance that ETH touches $2,442: under 0.1 % within 24 h, 1.2 % within 7 d (not calibrated)",
        "Net carry −$3,253 a year: −10.7 % APR, −11.01 % APY of the equity, at today's rates",
        "ETH −10 %: HF 1.12",
        "ETH −20 %: HF 0.9960 · liquidatable",
        "ETH −30 %: HF 0.87 · liquidatable",
        "Round 1 of 4: borrow 24,472 USDC, deposit 8.05 WETH -> HF 1.86",
        "Round 2 of 4: borrow 19,699.96 USDC, deposit 6.48025 WETH -> HF 1.40",
        "Round 3 of 4: borrow 15,858.47 USDC, deposit 5.216601 WETH -> HF 1.25",
        "Round 4 of 4: borrow 769.5722 USDC, deposit 0.2531 WETH -> HF 1.24",
        "Not checked: whether the pool has enough USDC",
        "Debt $60.8k · collateral $91.2k · Aave v3 Ethereum · block 24,100,233, 9 s old",
    ]
    assert tell(shown(leverage(Fraction(3)))).buttons[0][0].action == Press("keep", "d2")


def test_a_staked_loop_lives_by_time_and_says_what_is_not_counted() -> None:
    told = lines(shown(leverage(Fraction(10)), pair=(WSTETH, WETH), emode=1))
    assert told[:4] == [
        "Loop · 10 ETH 3x · eMode 1 ETH correlated",
        "Leverage 10.00x · HF 1.05",
        "wstETH must fall 5.2 % more against ETH; what both do together does not count",
        "At today's rates interest alone brings liquidation in 2 years",
    ]
    assert "What wstETH may earn by itself is not in it" in told
    assert [line[:14] for line in told if line.startswith(("Round", "…"))] == [
        "Round 1 of 16:",
        "Round 2 of 16:",
        "Round 3 of 16:",
        "…",
        "Round 16 of 16",
    ]


def test_what_a_staked_token_earns_is_not_missed_where_it_was_given() -> None:
    own = {WSTETH.address: Ray(3 * RAY // 100)}
    told = lines(shown(leverage(Fraction(10)), pair=(WSTETH, WETH), emode=1, own_yield=own))
    assert not any("by itself" in line for line in told)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            shown(leverage(Fraction(9))),
            [
                "Loop · 10 ETH 3x",
                "The LTV of the market does not carry that much. It comes to this far:",
                "Leverage 5.13x · HF 1.03",
            ],
        ),
        (
            shown(leverage(Fraction(3)), emode=1),
            [
                "Loop · 10 ETH 3x · eMode 1 ETH correlated",
                "The market refuses borrow 28,272 USDC in round 1: USDC cannot be borrowed in this eMode",
                "In it one can borrow WETH, wstETH",
                "It comes to this far:",
                "Leverage 1.00x · HF ∞",
            ],
        ),
        (
            shown(leverage(Fraction(3)), state=market(frozen=WETH)),
            [
                "Loop · 10 ETH 3x",
                FROZEN,
                "It comes to this far:",
                "Nothing is left of it · HF ∞",
            ],
        ),
    ],
)
def test_where_the_market_stops_it(answer: LoopShown, expected: list[str]) -> None:
    assert lines(answer)[: len(expected)] == expected


def test_no_round_is_needed() -> None:
    assert "No round of borrowing is needed" in lines(shown(Rounds(0)))


@given(st.integers(1, 10_000), st.integers(101, 480))
@settings(max_examples=40, deadline=None)
def test_every_number_agrees_with_the_facts(ether: int, percent: int) -> None:
    answer = shown(leverage(Fraction(percent, 100)), amount=ether * ETHER)
    at = answer.reached
    told = lines(answer)
    assert at.leverage is not None
    health = FIGURES.health(at.position.health_factor)
    ends = next(line for line in told if line.startswith("Leverage"))
    assert ends.endswith(f"HF {health}")
    assert abs(Fraction(ends.split()[1].rstrip("x")) - at.leverage) <= Fraction(1, 200)
    falls = [line for line in told if line.startswith("ETH −")]
    assert len(falls) == len(at.falls)
    for line, fall in zip(falls, at.falls, strict=True):
        assert f"HF {FIGURES.health(fall.position.health_factor)}" in line
        assert ("liquidatable" in line) is (fall.position.health_factor < ETHER)
    rounds = [line for line in told if line.startswith("Round ")]
    assert f"of {len(at.rounds)}:" in rounds[-1]
    assert rounds[-1].endswith(f"HF {FIGURES.health(at.rounds[-1].health_factor)}")
    apr = at.carry.net_apr
    assert apr is not None
    carried = next(line for line in told if line.startswith("Net carry"))
    shares = FIGURES.exact_percent(apr * 10_000 // RAY).replace("-", "−")
    assert f"{shares} APR" in carried
    message = tell(answer)
    assert units(text_of(message.lines)) + units(text_of(message.details)) < UNITS_AT_MOST


def test_json_of_a_loop_and_of_a_refused_one() -> None:
    good, bad = shown(leverage(Fraction(3))), shown(leverage(Fraction(9)))
    assert isinstance(good.looped, Looped)
    assert isinstance(bad.looped, LoopRefused)
    told = json.loads(json.dumps(facts(good)))
    assert told["answer"] == "loop_shown"
    assert told["looped"]["rounds"][0]["borrowed"] == str(good.looped.rounds[0].borrowed)
    assert Fraction(told["looped"]["leverage"]["fraction"]) == good.looped.leverage
    assert told["looped"]["carry"]["net_apr_ray"] == str(good.looped.carry.net_apr)
    refused = json.loads(json.dumps(facts(bad)))["looped"]
    assert refused["contract_word"] == "CollateralCannotCoverNewBorrow"
    assert refused["change"] == {
        "change": "borrow",
        "asset": USDC.address,
        "amount": str(getattr(bad.looped.change, "amount", "")),
    }


def test_where_amounts_are_hidden_it_speaks_of_shares() -> None:
    answer = shown(leverage(Fraction(3)))
    larger = shown(leverage(Fraction(3)), amount=1_000 * ETHER)
    assert lines(answer, private=False) == lines(replace(larger, said="1000 ETH 3x"), private=False)
    text = "\n".join(lines(answer, private=False))
    assert "Round 1 of 4 -> HF 1.86" in text
    assert "Net carry −10.7 % APR" in text
