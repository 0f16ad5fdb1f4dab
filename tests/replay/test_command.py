"""`underkeel replay` as a process of its own: the same lines wherever it runs, faults in one line."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def underkeel(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "replay", *words],
        cwd=ROOT,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_decisions_are_the_same_lines_everywhere() -> None:
    runs = [
        underkeel("short-squeeze", "--decisions", PYTHONHASHSEED=seed, TZ=zone)
        for seed, zone in (("1", "UTC"), ("2", "Asia/Kathmandu"))
    ]
    assert [one.returncode for one in runs] == [0, 0], runs[0].stderr
    assert runs[0].stdout == runs[1].stdout
    rows = [json.loads(line) for line in runs[0].stdout.splitlines()]
    assert {alert["reason"] for row in rows for alert in row["alerts"]} >= {"first", "worsened"}
    fewer = underkeel("short-squeeze", "hf 1.05", "--decisions").stdout.splitlines()
    assert 0 < len(fewer) < len(rows)


def test_faults_are_told_in_a_line(tmp_path: Path) -> None:
    missing = underkeel("nowhere.jsonl", "--decisions")
    assert missing.returncode == 1
    assert missing.stderr.startswith("nowhere.jsonl: cannot be read: No such file")
    wrong = underkeel("gap", "hf many", "--decisions")
    assert wrong.returncode == 1
    assert '"many" is no rule' in wrong.stderr
    prices = underkeel("gap", "--prices", str(tmp_path / "none.csv"), UNDERKEEL_DATA_DIR=str(tmp_path))
    assert prices.returncode == 2
    assert "cannot be read as text" in prices.stderr
