"""Decisions over a whole episode are the same when the program is killed in the middle, and started anew."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.demo.test_unattended import ROOT
from watchers.replay import load_episode

DAYS = 9 * 86_400
UNTIL = load_episode("trend-research").head.starts + DAYS


def start(folder: Path, **environ: str) -> subprocess.Popen[bytes]:
    folder.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "tests.demo.program", str(folder), "trend-research", str(UNTIL)],
        cwd=ROOT,
        env=os.environ | environ,
        stdin=subprocess.DEVNULL,
    )


def decided(folder: Path) -> list[str]:
    """Each once, in the order in which they were first composed."""
    path = folder / "decided"
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return list(dict.fromkeys(lines))


def test_a_kill_costs_no_decision_and_makes_none(tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    with start(whole, PYTHONHASHSEED="3", TZ="Asia/Tokyo") as process:
        assert process.wait(120) == 0
    expected = decided(whole)
    assert len(expected) > 20
    for kill_at in (7, 16):
        with start(broken, PYTHONHASHSEED=str(kill_at)) as process:
            while process.poll() is None and len(decided(broken)) < kill_at:
                time.sleep(0.01)  # for its sake, not for luck: it has no limit
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
    with start(broken) as process:
        assert process.wait(120) == 0
    assert sorted(decided(broken)) == sorted(expected)
