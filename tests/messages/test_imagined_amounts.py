"""Amounts hidden in all that is imagined, looped, summed and charted, and in cures from stored words.

As in `test_amounts`: no figure of a known position stands anywhere, and a hundred times as large it reads the
same.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.domain.loop_model import Loop, leverage
from bot.domain.loops import loop
from bot.domain.observations import PositionSeen
from bot.domain.positions import Position
from bot.domain.units import Address, Asset, BaseAmount, RawAmount
from bot.domain.whatif.changes import Borrow, Change, Repay, SetPrices, Supply, Wait, Withdraw
from bot.domain.whatif.engine import Outcome, apply
from bot.messages.answers import Answer, PositionShown, WalletFacts, WalletList, WalletRow, WatchAdded
from bot.messages.imagined import (
    BoardRow,
    BoardShown,
    Edited,
    LoopShown,
    OwnerShown,
    WhatIfShown,
    WhatIfsShown,
    Whose,
)
from bot.messages.model import Copy, Message
from bot.messages.records import HomeExported, ListExported
from bot.subscriptions import ChatSettings, ImaginedTarget, Watch
from tests.messages.imagined import COMPOSER, IMAGINED, MIRROR, RESTLESS, held, market
from tests.messages.samples import NOW, USD, USDC, WALLET, WBTC, WETH, WSTETH, alert
from tests.messages.test_amounts import figures_of, words

HIDDEN = ChatSettings()
MINE = Whose(name="treasury.eth", address=WALLET)


def imagined(scale: int) -> Watch:
    said = f"{31 * scale} WETH vs {57_913 * scale} USDC on ethereum"
    target = IMAGINED.target
    assert isinstance(target, ImaginedTarget)
    return replace(IMAGINED, target=replace(target, said=said))


def changes(of: Position, scale: int) -> Iterator[tuple[Change, ...]]:
    """What everybody might ask, in proportion."""
    yield (Repay(USDC.address, RawAmount(1_357 * 10**6 * scale)),)
    yield (
        Supply(WETH.address, RawAmount(13_579 * 10**14 * scale)),
        SetPrices({WETH.address: BaseAmount(2_800 * USD)}),
    )
    yield (Wait(30 * 86_400),)
    yield (Withdraw(WETH.address, RawAmount(of.supplied[0].amount * 9 // 10)),)
    yield (Borrow(USDC.address, RawAmount(97_531_000 * 10**6 * scale)),)


def answers(of: Position, scale: int) -> Iterator[Answer]:
    assert of.origin is not None
    watch, facts = imagined(scale), WalletFacts((of,))
    cases = []
    for some in changes(of, scale):
        done = apply(of.origin.market, of.origin.account, some)
        said = (f"repay {1_357 * scale} USDC", f"add {13_579 * scale}k ETH")
        cases.append(WhatIfShown(MINE, of, done, said, some, "d1", RESTLESS))
    yield from cases
    yield WhatIfsShown(tuple(cases), "trend")
    yield from (Edited(watch, of, case.after) for case in cases if isinstance(case.done, Outcome))
    rows = (BoardRow(watch, of), BoardRow(MIRROR, of))
    yield BoardShown(rows)
    yield OwnerShown("trend", rows)
    yield WatchAdded(watch, facts)
    yield WalletList((WalletRow(watch, facts),))
    yield PositionShown(of.account, "", facts, 3, watch, RESTLESS)
    yield HomeExported("telegram/-7", NOW, (watch,), HIDDEN, ("telegram/-7",), (alert(of),))
    yield ListExported((watch,))


def messages(of: Position, scale: int) -> Iterator[Message]:
    yield COMPOSER.compose(alert(of), HIDDEN, repeated=False, now=NOW, private=False)
    for answer in answers(of, scale):
        yield COMPOSER.answer(answer, HIDDEN, now=NOW, private=False)


def small() -> Position:
    """31.379 WETH and 17.731 wstETH against 57,913 USDC: HF 2.29."""
    return held({WETH: 31_379 * 10**15, WSTETH: 17_731 * 10**15}, {USDC: 57_913 * 10**6})


@pytest.mark.parametrize("price", [3_040, 1_600, 1_400])
def test_no_figure_of_a_position_stands_anywhere(price: int) -> None:
    prices = {WETH: price * USD, WSTETH: price * 6 // 5 * USD, USDC: USD, WBTC: 100_000 * USD}
    state = market(prices=prices)
    of = held({WETH: 31_379 * 10**15, WSTETH: 17_731 * 10**15}, {USDC: 57_913 * 10**6}, at=state)
    figures = figures_of(PositionSeen(of)) | {
        "1,357",
        "1357",
        "13579",
        "13,579",
        "97,531",
        "57913",
        "31 WETH",
    }
    for message in messages(of, 1):
        text = words(message)
        assert not [one for one in figures if one in text], text
        assert not any(isinstance(b.action, Copy) for row in message.buttons for b in row)


def test_where_amounts_are_shown_they_stand() -> None:
    """The test above could not fail if its figures were never written."""
    told = [COMPOSER.answer(one, HIDDEN, now=NOW, private=True) for one in answers(small(), 1)]
    text = "\n".join(map(words, told))
    for figure in ("57,913", "56,556", "31.379 WETH", "$57.9k", "repay 1357 USDC", "57913 USDC on ethereum"):
        assert figure in text
    exported = json.loads(next(one.file.text for one in told if one.file and "json" in one.file.name))
    assert exported["watches"][0]["imagined"]["said"] == "31 WETH vs 57913 USDC on ethereum"


@st.composite
def holdings(draw: st.DrawFn) -> tuple[dict[Asset, int], dict[Asset, int]]:
    """Whole tokens; each part is worth more than the dust that has rules of its own."""
    has = {WETH: draw(st.integers(500, 5_000))}
    has |= draw(st.dictionaries(st.sampled_from((WSTETH, WBTC)), st.integers(500, 5_000), max_size=2))
    return has, {USDC: draw(st.integers(100_000, 5_000_000))}


@settings(max_examples=15, deadline=None)
@given(holdings())
def test_a_position_a_hundred_times_as_large_is_told_in_the_same_words(
    parts: tuple[dict[Asset, int], dict[Asset, int]],
) -> None:
    one, other = (
        held(
            {asset: amount * asset.unit * scale for asset, amount in parts[0].items()},
            {asset: amount * asset.unit * scale for asset, amount in parts[1].items()},
            of=Address("imagined:w3"),
        )
        for scale in (1, 100)
    )
    assume(one.health_factor == other.health_factor)
    for less, more in zip(messages(one, 1), messages(other, 100), strict=True):
        assert _coarse(less) == _coarse(more)


@settings(max_examples=15, deadline=None)
@given(st.integers(100, 1_000), st.integers(110, 450))
def test_a_loop_a_hundred_times_as_large_is_told_in_the_same_words(ether: int, percent: int) -> None:
    told = set()
    for scale in (1, 100):
        wanted = Loop(
            WETH.address, USDC.address, RawAmount(ether * 10**18 * scale), leverage(Fraction(percent, 100))
        )
        answer = LoopShown(loop(market(), wanted), wanted, f"{ether * scale} ETH {percent}%", "d1", RESTLESS)
        message = COMPOSER.answer(answer, HIDDEN, now=NOW, private=False)
        told.add(_coarse(message))
    assert len(told) == 1


def _coarse(message: Message) -> str:
    """With prices cut to whole dollars, in whose last digits the dust of raw units remains; without the next
    liquidation, which has rules of its own for dust (`test_amounts` has that).
    """
    text = re.sub(r"(?<=\$)([\d,]+)\.\d{2,8}\b", r"\1", words(message))
    return "\n".join(line for line in text.split("\n") if not line.startswith("One liquidation"))
