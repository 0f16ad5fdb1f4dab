"""Cures on cards and alerts: suggested figures are said and copied, exact ones stand in details and JSON."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.aave_v3 import position as reckoned
from bot.domain.cures import addition, repayment
from bot.domain.lifetime import later
from bot.domain.positions import Position
from bot.domain.units import WAD, RawAmount, Wad
from bot.domain.whatif.changes import Repay, Supply
from bot.domain.whatif.engine import Outcome, apply
from bot.messages.answers import PositionShown, WalletFacts
from bot.messages.facts import facts
from bot.messages.fixes import copy_repay, exact_fixes, fix
from bot.messages.model import Copy
from bot.messages.remedies import remedy
from bot.messages.rich import line_text, text_of
from bot.messages.voice import Voice
from bot.subscriptions import ChatSettings, Shown
from tests.messages.imagined import BASKETS, ether, held, market, treasury
from tests.messages.samples import ATLAS, NOW, USDC, WALLET, WBTC, WETH, WSTETH

VOICE = Voice.of(ATLAS, ChatSettings(), NOW, baskets=BASKETS)
HIDDEN = Voice.of(ATLAS, ChatSettings(amounts=Shown.OFF), NOW, baskets=BASKETS)


def test_the_suggested_amount_is_said_and_copied_and_the_exact_one_is_folded() -> None:
    of = treasury()
    assert line_text(fix(VOICE, of)) == "Fix: repay 118,000 USDC  or  add 70.14 WETH  -> HF 1.50"
    button = copy_repay(VOICE, of)
    assert button is not None
    assert button.action == Copy("118000")
    assert text_of(exact_fixes(VOICE, of)).split("\n") == [
        "Exactly at this block, repay 117,979.914667 USDC",
        "Exactly at this block, add 70.137076727967105264 WETH",
    ]


def test_the_target_is_the_persons() -> None:
    voice = Voice.of(ATLAS, ChatSettings(target_hf_percent=200), NOW, baskets=BASKETS)
    assert line_text(fix(voice, treasury())).endswith("-> HF 2.00")
    # HF 2.00 leaves half of 83 % of $531,361.60 to be owed: $220,515
    assert line_text(fix(voice, treasury())).startswith("Fix: repay 191,")


def test_without_the_words_behind_it_the_old_way_stands_and_nothing_is_called_exact() -> None:
    of = replace(treasury(), origin=None)
    assert line_text(fix(VOICE, of)) == "Fix: repay 118,000 USDC  or  add 70.14 WETH  -> HF 1.50"
    assert exact_fixes(VOICE, of) == ()


def test_the_same_position_with_and_without_its_words_is_not_mixed_up() -> None:
    """They are equal, so a memory that asked for nothing else would answer one with the other."""
    of = held({WETH: 9 * 10**18}, {USDC: 15_123 * 10**6})
    bare = replace(of, origin=None)
    assert of == bare
    first, second, third = remedy(bare, 170), remedy(of, 170), remedy(bare, 170)
    assert first is not None
    assert second is not None
    assert first == third
    assert first.repay[0].exact is None
    assert second.repay[0].exact is not None


def test_of_several_the_best_of_each_is_named() -> None:
    """wstETH counts for less than WETH, so more of it is needed; the larger debt goes first."""
    of = held({WETH: 10 * 10**18, WSTETH: 60 * 10**18}, {USDC: 150_000 * 10**6, WBTC: 2 * 10**7})
    found = remedy(of, 150)
    assert found is not None
    assert [way.asset.symbol for way in found.repay] == ["USDC"]
    assert [way.asset.symbol for way in found.add] == ["WETH", "wstETH"]
    assert found.add[0].value < found.add[1].value
    both = text_of(exact_fixes(VOICE, of)).split("\n")
    assert " or " in both[1]


def test_what_the_market_takes_none_of_is_not_offered() -> None:
    of = held({WETH: 174_790 * 10**15}, {USDC: 412_000 * 10**6}, at=market(frozen=WETH))
    assert line_text(fix(VOICE, of)) == "Fix: repay 118,000 USDC  -> HF 1.50"


def test_shares_of_what_is_there_where_amounts_are_hidden() -> None:
    told = line_text(fix(HIDDEN, treasury()))
    assert told == "Fix: repay 28.7 % of the debt  or  add 40.2 % more WETH  -> HF 1.50"
    assert exact_fixes(HIDDEN, treasury()) == ()
    assert copy_repay(HIDDEN, treasury()) is None


def test_a_share_of_a_debt_is_never_more_than_all() -> None:
    """An hour of interest on all of it is more than is owed now."""
    of = held({WETH: 10 * 10**18, WBTC: 10**7}, {USDC: 20_000 * 10**6})
    voice = replace(HIDDEN, settings=ChatSettings(target_hf_percent=100_000))
    told = line_text(fix(voice, of))
    assert "repay 99.9 % of the debt" in told or "repay 100 % of the debt" in told or "repay" not in told


@given(st.integers(10, 10_000), st.integers(3, 98), st.integers(101, 400))
@settings(max_examples=40, deadline=None)
def test_json_has_exact_and_suggested_and_both_reach_the_target(
    ether: int, owed_percent: int, target_percent: int
) -> None:
    of = held({WETH: ether * 10**18}, {USDC: ether * 3_040 * owed_percent // 100 * 10**6})
    assert of.origin is not None
    state, who = of.origin.market, of.origin.account
    answer = PositionShown(WALLET, "", WalletFacts((of,)))
    cures = facts(answer, target_percent)["wallet"]["positions"][0]["cures"]
    target = Wad(target_percent * WAD // 100)
    paid = repayment(state, who, USDC.address, target)
    more = addition(state, who, WETH.address, target)
    if of.health_factor >= target:
        assert cures["repay"] == cures["add"] == []
        return
    for told, cure, step in ((cures["repay"], paid, Repay), (cures["add"], more, Supply)):
        if cure is None or cure.suggested is None:
            assert told == []
            continue
        assert (told[0]["exact"], told[0]["suggested"]) == (str(cure.exact), str(cure.suggested))
        for amount, seconds in ((cure.exact, 0), (cure.suggested, 3_600)):
            done = apply(later(state, seconds), who, [step(cure.asset, RawAmount(amount))])
            assert isinstance(done, Outcome)
            assert reckoned(done.market, done.account).health_factor >= target


@pytest.mark.parametrize("of", [treasury(), ether()])
def test_json_has_no_words_behind_positions(of: Position) -> None:
    told = facts(PositionShown(WALLET, "", WalletFacts((of,))))
    assert "origin" not in told["wallet"]["positions"][0]
