"""The demo as a person has it: keys, commands at the episode's time, and the way out."""

import asyncio
import os
import pty
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.handlers.console.test_on_a_pty import ROOT, Seat


@asynccontextmanager
async def seated(*words: str) -> AsyncIterator[Seat]:
    master, slave = pty.openpty()
    clean = {name: text for name, text in os.environ.items() if not name.startswith(("UNDERKEEL", "VTE"))}
    env = clean | {"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1", "COLUMNS": "160", "NO_COLOR": "1"}
    process = subprocess.Popen(  # noqa: ASYNC220 - it has the pty as its terminal from the first moment
        [sys.executable, "-m", "bot", "demo", *words],
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
        yield seat
    finally:
        asyncio.get_running_loop().remove_reader(master)
        os.close(master)
        if process.poll() is None:
            process.kill()
        process.wait()


async def left(seat: Seat) -> int:
    seat.type("q")
    return await asyncio.to_thread(seat.process.wait, 30)


async def block_of(seat: Seat, at: int) -> tuple[str, int]:
    """The block that a question is answered at now."""
    seat.type("/price ETH\r")
    at = await seat.sees(r"block \S*\d", at)
    at = await seat.sees(r"old", at)
    return re.findall(r"24,1\d\d,\d\d\d", seat.seen[:at])[-1], at


async def test_it_can_be_stopped_stepped_asked_and_left():
    async with seated("gap", "--speed", "0.05") as seat:
        at = await seat.sees("Watching #1.*Stop watching")
        seat.type(" ")
        at = await seat.sees("paused", at)
        first, at = await block_of(seat, at)
        again, at = await block_of(seat, at)
        assert again == first
        seat.type("s")
        at = await seat.sees(r"WARNING.*HF \S*1\.20", at)
        later, at = await block_of(seat, at)
        assert later > first
        seat.type("/board\r")
        at = await seat.sees(r"▌ .*Long ETH.*1\.20", at)
        seat.type("j 01-01 02:30\r")
        at = await seat.sees(r"CRITICAL.*HF \S*0\.95", at)
        seat.type("/why\r")
        at = await seat.sees("Computed from balances", at)
        seat.type("j yesterday\r")
        at = await seat.sees("A date like", at)
        seat.type("j 01-01\r")
        await seat.sees("only goes on", at)
        assert await left(seat) == 0


async def test_at_the_end_one_may_still_ask():
    async with seated("gap", "--speed", "1000") as seat:
        at = await seat.sees("From here to a live bot")
        seat.type("/price ETH\r")
        at = await seat.sees(r"/price ETH.*\$2,04\d", at)
        assert await left(seat) == 0
        assert "Traceback" not in seat.seen
