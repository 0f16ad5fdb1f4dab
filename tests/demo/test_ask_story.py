"""/story asked while an episode is shown: the published loss, by a named accounting, with a picture."""

import re
from pathlib import Path

from bot.demo.stage import SETTINGS, open_stage
from bot.messages.rich import text_of
from bot.messages.storyfacts import StoryShown
from bot.ports import Person, Request
from handlers.console.place import HERE
from tests.golden.story import Nobody
from watchers.replay import Replay, load_episode


async def test_the_story_of_trend_research_is_told_at_its_end(tmp_path: Path) -> None:
    replay = Replay(load_episode("trend-research"))
    async with open_stage(replay, tmp_path) as stage:
        await replay.run(Nobody())
        wallet = replay.episode.watched[0]
        await stage.ask(1, f"/owner Trend Research {wallet.address}")
        asked = Request("demo/2", HERE, Person(HERE.id), "/story trend research cost 3180")
        answer = await stage.desk.answer(asked)
        assert isinstance(answer, StoryShown)
        message = stage.composer.answer(answer, SETTINGS, now=int(replay.clock()))
    words = text_of(message.lines)
    assert "From the recorded episode Trend Research, 28 January to 10 February 2026 (dated)" in words
    found = re.search(r"Realised loss: -\$(\d+)M, -35\.\d % by average cost", words)
    assert found is not None
    assert 688 <= int(found[1]) <= 763, "what was published"
    assert "as you said" in words
    assert message.chart is not None
    assert {one.sign for one in message.chart.marks} == {"sell", "repay"}
    links = {span.url for line in (*message.lines, *message.details) for span in line if span.url}
    assert not [link for link in links if "/tx/" in link], "its transactions are made up"
    assert "https://www.theblockbeats.info/flash/331100" in links
