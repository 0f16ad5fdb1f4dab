"""Files that come with a message: written where their owner finds them, shown where they cannot be."""

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.messages.model import File
from handlers.console.renderer import plain
from handlers.console.sender import ConsoleSender
from tests.contract.console_stand import ConsoleStand, console_stand
from tests.contract.stands import LIST, words
from tests.pictures import PICTURE


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[ConsoleStand]:
    async with console_stand(tmp_path) as stand:
        assert isinstance(stand, ConsoleStand)
        yield stand


async def test_a_file_is_written_for_its_owner_alone_and_its_path_is_told(stand: ConsoleStand) -> None:
    await stand.sender.send(stand.place, LIST)
    path = stand.folder / "files" / "list.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    told = stand.paper.getvalue()
    assert str(path) in told
    assert "0x1" not in told


async def test_no_file_is_overwritten(stand: ConsoleStand) -> None:
    for text in ("one", "two", "three"):
        await stand.sender.send(stand.place, words("Here", file=File("list.csv", text)))
    assert stand.files() == [("list.csv", "one"), ("list-2.csv", "two"), ("list-3.csv", "three")]


@pytest.mark.parametrize("name", ["../escape", "/etc/passwd", "..", ".bashrc", "a\0b", "x" * 300])
async def test_no_name_leads_out_of_the_folder(stand: ConsoleStand, name: str) -> None:
    await stand.sender.send(stand.place, words("Here", file=File(name, "x")))
    [(written, _)] = stand.files()
    assert written[0] != "."
    assert {path.name for path in stand.folder.iterdir()} <= {"files", "history"}


async def test_without_a_folder_the_card_shows_what_is_in_it(stand: ConsoleStand) -> None:
    stand.sender = ConsoleSender(stand.terminal)
    await stand.sender.send(stand.place, LIST)
    assert "0x1,träsury" in stand.paper.getvalue()


async def test_where_it_cannot_be_written_the_card_shows_it_too(stand: ConsoleStand) -> None:
    (stand.folder / "files").write_text("in the way")
    await stand.sender.send(stand.place, LIST)
    assert "0x1,träsury" in stand.paper.getvalue()


def test_in_a_pipe_the_file_follows_the_words() -> None:
    assert plain(LIST) == "Your list\naddress,label\n0x1,träsury"


async def test_a_picture_is_written_and_its_path_is_told(stand: ConsoleStand) -> None:
    await stand.sender.send(stand.place, words("ETH"), picture=PICTURE)
    path = stand.folder / "files" / "chart.png"
    assert path.read_bytes() == PICTURE.png
    assert str(path) in stand.paper.getvalue()
    assert PICTURE.alt not in stand.paper.getvalue()


async def test_where_no_picture_can_be_written_it_is_told_in_words(stand: ConsoleStand) -> None:
    stand.sender = ConsoleSender(stand.terminal)
    await stand.sender.send(stand.place, words("ETH"), picture=PICTURE)
    assert PICTURE.alt in stand.paper.getvalue()
