"""What a newcomer waits for: from the start of `underkeel demo` to its first line, first alert and end."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.bench.table import percentile, show
from tests.walk.program import ROOT

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

TIMES = 5
MOMENTS = {
    "first line": re.compile("."),
    "first alert": re.compile("[🔵🟠🔴] "),
    "the end": re.compile("make run"),
}


def once(environment: dict[str, str]) -> dict[str, float]:
    """Seconds to each moment of one whole play as plain lines."""
    began, seconds = time.perf_counter(), {}
    command = [sys.executable, "-m", "bot", "demo", "--plain"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            for name, pattern in MOMENTS.items():
                if name not in seconds and pattern.search(line):
                    seconds[name] = time.perf_counter() - began
    assert process.returncode == 0
    assert seconds.keys() == MOMENTS.keys()
    return seconds


def test_what_a_newcomer_waits_for(tmp_path: Path) -> None:
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tmp_path / "bytecode")}
    once(compiled)
    runs = [once(compiled) for _ in range(TIMES)]
    show(
        f"`underkeel demo --plain`, {TIMES} whole plays",
        ["", "min ms", "median ms"],
        [
            (name, *(f"{find([run[name] for run in runs]) * 1000:,.0f}" for find in (min, _median)))
            for name in MOMENTS
        ],
    )


def _median(seconds: list[float]) -> float:
    return percentile(seconds, 50)
