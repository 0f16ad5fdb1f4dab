"""Every way to type a position that docs/POSITIONS.md shows: run, answered in kind, its example run too."""

import pytest

from bot.messages.answers import Fault, WatchAdded
from bot.messages.imagined import ImagineRefused
from bot.messages.typed.problems import TYPED
from tests.handlers.commands.stand import Stand
from tests.handlers.commands.ways import CHANGES, DEMO, PAGE, RIGHT, WRONG, answered, page


@pytest.mark.parametrize("line", [line for _about, line in RIGHT])
async def test_each_right_way_becomes_a_watch(line: str) -> None:
    facts, _words = await answered(line)
    assert isinstance(facts, WatchAdded), facts
    assert facts.wallet is not None
    assert facts.wallet.positions[0].has_debt


@pytest.mark.parametrize("line", [line for _about, line in WRONG])
async def test_each_wrong_way_is_told_apart_and_its_example_works(line: str) -> None:
    facts, words = await answered(line)
    assert isinstance(facts, Fault | ImagineRefused), facts
    assert facts.example
    assert facts.example in words
    stand = Stand()
    await stand.ask(DEMO)
    again = await stand.hears(stand.request(facts.example))
    assert isinstance(again, WatchAdded), (facts.example, again)


def test_no_two_wrong_ways_of_a_kind_are_answered_alike() -> None:
    assert len({line for _about, line in (*RIGHT, *WRONG, *CHANGES)}) == len((*RIGHT, *WRONG, *CHANGES))
    assert len((*RIGHT, *WRONG)) >= 40


@pytest.mark.parametrize("line", [line for _about, line in CHANGES])
async def test_each_change_is_answered_and_an_example_works(line: str) -> None:
    facts, _words = await answered(line)
    if not isinstance(facts, Fault):
        return
    assert facts.problem in TYPED, facts
    stand = Stand()
    await stand.ask(DEMO)
    again = await stand.hears(stand.request(facts.example))
    assert again is not None
    assert not isinstance(again, Fault | ImagineRefused), (facts.example, again)


async def test_the_page_shows_what_is_answered_to_the_byte() -> None:
    assert PAGE.read_bytes() == (await page()).encode()
