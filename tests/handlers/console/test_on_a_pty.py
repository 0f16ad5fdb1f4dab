"""The console as a person has it: a real process on a real terminal device."""

import asyncio
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "tests.handlers.console.program"]
CTRL_C, CTRL_D, TAB = "\x03", "\x04", "\t"


class Seat:
    """Somebody at the terminal: types, and reads what came."""

    def __init__(self, master: int, process: subprocess.Popen[bytes]) -> None:
        self.master, self.process = master, process
        self.seen = ""
        self._news = asyncio.Event()
        asyncio.get_running_loop().add_reader(master, self._read)

    def _read(self) -> None:
        try:
            got = os.read(self.master, 65536)
        except OSError:  # the other side is closed
            got = b""
        if not got:
            asyncio.get_running_loop().remove_reader(self.master)
        self.seen += got.decode(errors="replace")
        self._news.set()

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    async def sees(self, pattern: str, after: int = 0) -> int:
        """Wait for it; the place behind it."""
        async with asyncio.timeout(30):
            while not (match := re.compile(pattern, re.DOTALL).search(self.seen, after)):
                self._news.clear()
                await self._news.wait()
        return match.end()


@asynccontextmanager
async def seated(folder: Path, **more: str) -> AsyncIterator[Seat]:
    master, slave = pty.openpty()
    clean = {name: text for name, text in os.environ.items() if name not in ("NO_COLOR", "VTE_VERSION")}
    env = clean | {"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1", "COLUMNS": "80"} | more
    process = subprocess.Popen(  # noqa: ASYNC220 - it has the pty as its terminal from the first moment
        [*COMMAND, str(folder)],
        cwd=ROOT,
        env=env,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    seat = Seat(master, process)
    try:
        await seat.sees("› ")
        yield seat
    finally:
        asyncio.get_running_loop().remove_reader(master)
        os.close(master)
        if process.poll() is None:
            process.kill()
        process.wait()


async def test_an_alert_does_not_tear_the_line_being_typed(tmp_path: Path) -> None:
    async with seated(tmp_path) as seat:
        seat.type("/sta tu")
        typed = await seat.sees("tu")
        seat.process.send_signal(signal.SIGUSR1)
        # The row of the prompt is left and erased (ESC [ J) before the alert's first word, with its edge.
        alert = await seat.sees(r"\x1b\[J(\x1b\[[0-9;?]*[a-z])*▌ (\x1b\[[0-9;]*m)?HF 1\.07\s", typed)
        await seat.sees("a log line\r?\n", typed)
        redrawn = await seat.sees(r"› .*?/sta tu", alert)
        seat.type("s\r")
        await seat.sees("heard </sta tus>", redrawn)


async def test_a_number_presses_the_button_and_names_work_too(tmp_path: Path) -> None:
    async with seated(tmp_path) as seat:
        seat.process.send_signal(signal.SIGUSR1)
        at = await seat.sees(r"\[1\].*Snooze.*\[2\].*Ack")
        seat.type("2\r")
        at = await seat.sees(r"pressed <1\|ack\|i1> on <r7-1>", at)
        seat.type("#1.1\r")
        at = await seat.sees(r"pressed <1\|snooze\|i1> on <r7-1>", at)
        seat.type(".3\r")
        at = await seat.sees("#1 has buttons 1 to 2, no 3", at)


async def test_tab_completes_commands_and_labels_and_the_history_is_private(tmp_path: Path) -> None:
    async with seated(tmp_path) as seat:
        seat.type("wa")
        at = await seat.sees("Watch a wallet")
        seat.type(TAB)
        at = await seat.sees("tch", at)
        seat.type(" tre")
        at = await seat.sees("treasury.eth", at)
        seat.type(TAB)
        at = await seat.sees("asury.eth", at)
        seat.type("\r")
        await seat.sees("heard <watch treasury.eth>")
    history = tmp_path / "history"
    assert "+watch treasury.eth" in history.read_text()
    assert history.stat().st_mode & 0o077 == 0


async def _leaves(folder: Path, key: str) -> None:
    async with seated(folder) as seat:
        seat.type("/status\r")
        await seat.sees("heard </status>.*› ")
        seat.type(key)
        await seat.sees("left politely")
        assert seat.process.wait(timeout=30) == 0


async def test_ctrl_d_leaves_politely(tmp_path: Path) -> None:
    await _leaves(tmp_path, CTRL_D)


async def test_ctrl_c_leaves_politely(tmp_path: Path) -> None:
    await _leaves(tmp_path, CTRL_C)


async def test_no_color_is_respected(tmp_path: Path) -> None:
    colour = re.compile(r"\x1b\[[0-9;]*(3[0-7]|9[0-7])[0-9;]*m")
    for setting, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        async with seated(tmp_path, **setting) as seat:
            seat.process.send_signal(signal.SIGUSR1)
            await seat.sees(r"\[2\].*Ack.*› ")
            assert bool(colour.search(seat.seen)) is coloured, repr(seat.seen)


def test_without_a_terminal_it_says_what_to_do(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "UNDERKEEL_TELEGRAM_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr
