"""The recorder where a bot is put together: off unless a folder is set, and said to the operator."""

from pathlib import Path

from bot.app.house import check, open_house
from bot.settings import Settings, load


def settings_for(folder: Path, *more: tuple[str, str]) -> Settings:
    options = [("--data-dir", str(folder / "data")), *more]
    return load(options, environ={}, folder=folder, check=check)


async def test_off_by_default(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    async with open_house(settings, check(settings)) as house:
        assert house.recorder is None


async def test_on_where_a_folder_is_set(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    settings = settings_for(tmp_path, ("--set", f"record={folder}"), ("--set", "record_mb=1"))
    async with open_house(settings, check(settings)) as house:
        assert house.recorder is not None
        assert house.recorder.recording().path == str(folder)
        advice = house.desk._services.advice()
        assert any("is recorded to" in one and str(folder) in one for one in advice)
        assert house.monitor._clock == house.flows._clock == house.recorder.clock
    assert not folder.exists(), "nothing was seen, so nothing is written"
