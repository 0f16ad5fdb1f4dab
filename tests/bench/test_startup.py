"""What a start costs, as whole processes: time to the answer or the first judged block, memory, imports."""

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.store import keys
from bot.store.connect import close_client, open_client
from bot.store.embedded import attach
from tests.bench.table import percentile, show
from tests.chain.lab import lab
from tests.chat.telegram.server import TelegramPeer
from tests.walk.program import ROOT, Program

pytestmark = [pytest.mark.bench, pytest.mark.chain, pytest.mark.timeout(600)]

TIMES = 7
SHORT = {
    "python -c pass": ("-c", "pass"),
    "underkeel --help": ("-m", "bot", "--help"),
    "underkeel version": ("-m", "bot", "version"),
}
HEAVY = frozenset(
    {
        "aiohttp",
        "asyncio",
        "babel",
        "pydantic",
        "prompt_toolkit",
        "redis",
        "rich",
        "structlog",
        "telegram",
        "web3",
    }
)
"""None of these may be imported for a word of help."""
TYPERS_OWN = frozenset({"pydantic"})
"""Typer itself reads the arguments of any command with it."""

# A process's peak counts the memory of whoever forked it, so a small one does the forking and the timing.
_LAUNCHER = """
import json, os, sys, time
quiet = os.open(os.devnull, os.O_RDWR)
began = time.perf_counter()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, quiet, 1)])
_, status, used = os.wait4(pid, 0)
print(json.dumps([status, time.perf_counter() - began, used.ru_maxrss]))
"""


@pytest.fixture
def compiled(tmp_path: Path) -> dict[str, str]:
    """An environment in which bytecode is kept, as a second start of the program finds it."""
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tmp_path / "bytecode")}


def launch(arguments: tuple[str, ...], environment: dict[str, str]) -> tuple[float, int]:
    """(seconds, peak memory in KiB) of one whole run of our Python."""
    command = [sys.executable, "-I", "-S", "-c", _LAUNCHER, sys.executable, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, check=True)
    status, seconds, peak = json.loads(done.stdout)
    assert status == 0, done.stderr.decode()
    return seconds, peak


def imported(arguments: tuple[str, ...]) -> set[str]:
    """Top-level packages that a run imports."""
    command = [sys.executable, "-X", "importtime", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def test_start_up_of_short_commands(compiled: dict[str, str]) -> None:
    for arguments in SHORT.values():
        launch(arguments, compiled)
    runs: dict[str, list[tuple[float, int]]] = {name: [] for name in SHORT}
    for _ in range(TIMES):  # in turn, so that a busy moment of the machine meets all
        for name, arguments in SHORT.items():
            runs[name].append(launch(arguments, compiled))
    base = percentile([seconds for seconds, _ in runs["python -c pass"]], 50)
    rows = []
    for name, arguments in SHORT.items():
        packages = imported(arguments)
        allowed = TYPERS_OWN if name == "underkeel version" else frozenset()
        assert not packages & (HEAVY - allowed), f"{name} imports {packages & HEAVY}"
        times = [seconds for seconds, _ in runs[name]]
        peak = max(kib for _, kib in runs[name]) / 1024
        rows.append(
            (
                name,
                f"{min(times) * 1000:.0f}",
                f"{percentile(times, 50) * 1000:.0f}",
                f"{percentile(times, 50) / base:.1f}",
                f"{peak:.0f}",
                len(packages),
            )
        )
    show(
        f"Start-up, whole processes, {TIMES} each",
        ["", "min ms", "median ms", ": python -c pass", "peak MiB", "packages"],
        rows,
    )


async def test_run_until_the_first_judged_block(tmp_path: Path, compiled: dict[str, str]) -> None:
    """Embedded store, Telegram, one market: from the process's start to the saved cursor of a block."""
    seconds, peaks, stores = [], [], []
    base = min(launch(SHORT["python -c pass"], compiled)[0] for _ in range(TIMES))
    with lab("3.6") as opened:
        async with TelegramPeer() as peer:
            for number in range(TIMES + 1):
                folder = tmp_path / str(number)
                folder.mkdir()
                own = _settings(peer, opened.market.provider, opened.anvil.url, folder)
                program = Program(folder, own | compiled)
                began = time.perf_counter()
                program.start()
                try:
                    block = await _first_judged(folder / "data")
                    seconds.append(time.perf_counter() - began)
                    assert block == opened.anvil.block_number()
                    assert program.process is not None
                    peaks.append(_peak_mib(program.process.pid))
                    stores.append(sum(_peak_mib(child) for child in _children(program.process.pid)))
                finally:
                    assert await program.stop() == 0, program.text()
    del seconds[0], peaks[0], stores[0]  # it compiled
    show(
        f"`underkeel run` to the first judged block, {TIMES} starts",
        ["min ms", "median ms", ": python -c pass", "peak MiB", "its Valkey MiB"],
        [
            (
                f"{min(seconds) * 1000:.0f}",
                f"{percentile(seconds, 50) * 1000:.0f}",
                f"{min(seconds) / base:.0f}",
                f"{max(peaks):.0f}",
                f"{max(stores):.0f}",
            )
        ],
    )


def _settings(peer: TelegramPeer, provider: str, url: str, folder: Path) -> dict[str, str]:
    return {
        "UNDERKEEL_TELEGRAM_TOKEN": peer.token,
        "UNDERKEEL_TELEGRAM_API": f"http://127.0.0.1:{peer.port}",
        "UNDERKEEL_ALLOW": "telegram:1001",
        "UNDERKEEL_MARKET_LAB": f"31337:{provider}",
        "UNDERKEEL_RPC_LAB": url,
        "UNDERKEEL_MARKETS": "lab",
        "UNDERKEEL_DATA_DIR": str(folder / "data"),
    }


async def _first_judged(data: Path) -> int:
    """The number of the first block whose cursor is stored; looked for every 5 ms."""
    async with asyncio.timeout(60):
        while (url := attach(data)) is None:  # noqa: ASYNC110  another process makes it
            await asyncio.sleep(0.005)
        client = open_client(url)
        try:
            while not (cursors := await client.hvals(keys.CURSORS)):  # noqa: ASYNC110  as above
                await asyncio.sleep(0.005)
        finally:
            await close_client(client)
    return int(json.loads(cursors[0])["is"]["number"])


def _peak_mib(pid: int) -> float:
    """The most memory a living process had resident, MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) / 1024


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
