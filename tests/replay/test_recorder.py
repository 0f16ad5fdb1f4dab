"""The recorder by itself: what it writes, when it stops, and that nothing is held up by it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app.decisions import decisions
from bot.app.recording import recording_words
from bot.app.rehearsal import SETTINGS, Rehearsal, own_watches
from bot.domain.observations import BlockSeen
from watchers.replay import Episode, Replay, dump, load_episode, read
from watchers.replay.recorder import Recorder

PLENTY = 60_000_000


async def record(
    episode: Episode, folder: Path, most: int = PLENTY, blocks: int = 10**6
) -> tuple[Recorder, Rehearsal]:
    """Play an episode to monitors that are recorded, the first blocks only."""
    replay = Replay(episode)
    unlabelled = tuple(replace(one, label="") for one in own_watches(episode))  # labels are not recorded
    rehearsal = Rehearsal(replay, unlabelled)
    recorder = Recorder(folder, most, replay.clock, {"ethereum": "Aave Ethereum"})
    recorder.label_book = rehearsal.label_book
    rehearsal.monitor._clock = rehearsal.flows._clock = recorder.clock
    await rehearsal.start()
    observer, flows = recorder.observer(rehearsal.monitor), recorder.flow_observer(rehearsal.flows)
    for _ in range(min(blocks, replay.length)):
        await replay.step(observer, flows)
    recorder.close()
    return recorder, rehearsal


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def again(file: Path) -> list[str]:
    episode = load_episode(file)
    return list(decisions(await Rehearsal(Replay(episode), own_watches(episode)).run(), SETTINGS))


@pytest.mark.parametrize("name", ["gap", "short-squeeze", "trend-research"])
async def test_what_was_recorded_leads_to_the_same_decisions(name: str, tmp_path: Path) -> None:
    recorder, live = await record(load_episode(name), tmp_path / "a")
    assert recorder.recording().ended == ""
    [file] = files(tmp_path / "a")
    assert await again(file) == list(decisions(live.said, SETTINGS)) != []
    await record(load_episode(name), tmp_path / "b")
    [twin] = files(tmp_path / "b")
    assert twin.read_bytes() == file.read_bytes(), "the same is written down in the same bytes"
    tidy = dump(load_episode(file))
    assert dump(read(tidy.encode(), "tidy")) == tidy


async def test_it_is_bounded_says_so_and_ends_on_a_whole_block(tmp_path: Path) -> None:
    recorder, live = await record(load_episode("gap"), tmp_path, most=9_000)
    [file] = files(tmp_path)
    assert len(file.read_bytes()) <= 9_000
    assert "bytes are written" in recorder.recording().ended
    assert recording_words(recorder) == (f"Recording to {file} ended: {recorder.recording().ended}.",)
    whole = list(decisions(live.said, SETTINGS))
    assert len(await again(file)) < len(whole), "the bot went on"


async def test_a_folder_that_cannot_be_written_costs_the_recording_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    recorder, live = await record(load_episode("gap"), tmp_path / "file" / "sub", blocks=40)
    assert recorder.recording().ended
    assert live.said


async def test_what_an_episode_cannot_say_ends_it(tmp_path: Path) -> None:
    replay = Replay(load_episode("gap"))
    rehearsal = Rehearsal(replay, own_watches(replay.episode))
    recorder = Recorder(tmp_path, PLENTY, replay.clock, {})
    await rehearsal.start()

    class Wordless:
        """A watcher that hands on no words."""

        def __getattr__(self, name: str):
            return getattr(recorder.observer(rehearsal.monitor), name)

        async def block(self, seen: BlockSeen) -> None:
            await recorder.observer(rehearsal.monitor).block(replace(seen, words=None))

    await replay.step(Wordless())
    assert recorder.recording().ended == "the block came without the market's words"
    assert not files(tmp_path)


async def test_every_cut_is_an_episode(tmp_path: Path) -> None:
    """Whatever byte the writer died at."""
    await record(load_episode("gap"), tmp_path, blocks=30)
    [file] = files(tmp_path)
    data = file.read_bytes()
    first = data.index(b'"is": "block"')
    for size in range(first + 400, len(data), 997):
        episode = read(data[:size], "cut")
        assert Replay(episode).length <= 30


def test_only_recordings_may_be_torn() -> None:
    head = {
        "is": "episode",
        "version": 1,
        "name": "made",
        "title": "Made",
        "kind": "synthetic",
        "starts": "2026-01-01T00:00:00Z",
        "ends": "2026-01-02T00:00:00Z",
    }
    torn = json.dumps(head).encode() + b'\n{"is": "note", "te'
    with pytest.raises(Exception, match="line 2: is no JSON"):
        read(torn, "torn")
    assert read(torn.replace(b"synthetic", b"recorded"), "torn").notes == ()
