"""The demo without a terminal: the same lines whatever the process, its zone and its hash seed, offline."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NO_NETWORK = """
import socket, sys
real = socket.socket.connect
def connect(self, address):
    if self.family != socket.AF_UNIX:
        raise AssertionError(f"the demo went to {address}")
    return real(self, address)
socket.socket.connect = connect
sys.argv[1:] = sys.argv[1:]
from bot.__main__ import main
main()
"""


def played(
    *words: str, cwd: Path = ROOT, bare: bool = False, **environ: str
) -> subprocess.CompletedProcess[str]:
    clean = {name: text for name, text in os.environ.items() if not name.startswith("UNDERKEEL")}
    return subprocess.run(
        [sys.executable, "-c", NO_NETWORK, *([] if bare else ["demo"]), *words],
        cwd=cwd,
        env=clean | {"PYTHONPATH": str(ROOT)} | environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["gap", "short-squeeze", "trend-research"])
def test_it_tells_the_same_story_everywhere(name):
    one = played(name, PYTHONHASHSEED="1", TZ="Asia/Tokyo")
    other = played(name, "--plain", "--speed", "7", PYTHONHASHSEED="2", TZ="America/New_York", LC_ALL="C")
    assert one.returncode == other.returncode == 0
    assert one.stdout == other.stdout
    assert one.stderr == other.stderr == ""
    assert ("SYNTHETIC" in one.stdout) is (name != "trend-research")
    assert "\x1b" not in one.stdout


def test_where_nothing_is_set_it_is_what_one_sees(tmp_path):
    done = played(cwd=tmp_path, bare=True)
    assert done.returncode == 0
    assert done.stdout.startswith("Underkeel · Trend Research, 28 January to 10 February 2026\n")
    assert "Trend Research: first warned 29 Jan 2026" in done.stdout
    assert re.search(r"\d\d hours before the lowest price", done.stdout)
    assert re.search(r"^  \d+ messages", done.stdout, re.MULTILINE)
    assert "UNDERKEEL_TELEGRAM_TOKEN" in done.stdout
    assert "≈" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_what_is_set_is_run_live(tmp_path):
    (tmp_path / "underkeel.toml").write_text('locale = "xx"\n')
    done = played(cwd=tmp_path, bare=True)
    assert done.returncode == 2
    assert "underkeel.toml" in done.stderr
    assert "Trend Research" not in done.stdout


def test_what_is_no_episode_is_told_with_its_faults(tmp_path):
    (tmp_path / "wrong.jsonl").write_text('{"is": "episode"}\n{"is": "\\u001b[31m"}\n')
    done = played(str(tmp_path / "wrong.jsonl"))
    assert done.returncode == 1
    assert "line 1, episode" in done.stderr
    assert "line 2" in done.stderr
    assert "\x1b" not in done.stderr
    assert "Traceback" not in done.stderr
    assert "trend-research" in played("moon").stderr


def test_a_reader_that_has_seen_enough_is_no_error():
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "gap"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process:
        assert process.stdout.readline().startswith("Underkeel")
        process.stdout.close()
        assert process.stderr.read() == ""


def test_ctrl_c_leaves_nothing_behind(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo"],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process:
        while "Watching" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        said = process.stderr.read()
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert not [one for one in tmp_path.iterdir() if one.name.startswith("underkeel-demo")]
