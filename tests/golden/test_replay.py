"""docs/REPLAY.md is what the episode gives, and what does not agree with what was published says why."""

import pytest

from scripts import replay_table
from watchers.replay import load_episode
from watchers.replay.happenings import Action, Price, Sending
from watchers.replay.setting import Certainty


@pytest.fixture(scope="module")
def episode():
    return load_episode("trend-research")


async def test_the_table_is_as_the_script_writes_it():
    assert replay_table.TABLE.read_text(encoding="utf-8") == await replay_table.page()


async def test_derived_figures_agree_or_say_why_not(episode):
    found = await replay_table.measured(episode)
    derived = [(figure, value) for figure, value in found if figure.derived]
    assert len(derived) > 20
    apart = [figure for figure, value in derived if not replay_table.agrees(figure, value)]
    assert all(figure.because for figure in apart), apart
    assert len(apart) <= 3


async def test_what_went_in_comes_out(episode):
    for figure, value in await replay_table.measured(episode):
        if not figure.derived:
            assert abs(value / replay_table._of(figure.value) - 1) < 0.001, figure.id


def test_what_is_filled_in_says_so(episode):
    """Prices are published; every act and transfer is derived or interpolated, and known to some hours."""
    for one in episode.happens:
        if isinstance(one, Price):
            assert one.certainty is Certainty.DATED
            assert one.source == "binance-1h"
        if isinstance(one, Action | Sending):
            assert one.certainty in {Certainty.DERIVED, Certainty.INTERPOLATED}
            assert one.within_s >= 3_600
            assert one.source
