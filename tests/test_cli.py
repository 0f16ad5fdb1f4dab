"""The command line from outside, as a process: what it prints, how it exits, what it imports."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.version import VERSION

ROOT = Path(__file__).parents[1]
TOKEN = "7000000001:AAverySecretVerySecretVerySecretVer"

# Stands where the application is, to see what the command line hands to it and does with its answer.
APP = """
import sys, types
app = types.ModuleType("bot.app")
sys.modules["bot.app"] = app
import structlog
from bot.errors import SettingsError, StoreError

def check(settings):
    if settings.locale == "de":
        raise SettingsError(["locale: no German yet."])
app.check = check

async def run(settings):
    {body}
async def ask(settings, text, as_json):
    structlog.get_logger().info("quiet unless asked")
    print([text, as_json, settings.log_level, str(settings.data_dir)])
    return 0
async def healthcheck(settings):
    return 1
app.run, app.ask, app.healthcheck = run, ask, healthcheck

from bot.__main__ import main
main()
"""


@pytest.fixture
def underkeel(tmp_path):
    def start(*arguments, body="return 0", **environ):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("UNDERKEEL_")}
        return subprocess.run(
            [sys.executable, "-c", APP.format(body=body), *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=clean | {"PYTHONPATH": str(ROOT), "UNDERKEEL_SECRETS_DIR": str(tmp_path)} | environ,
            stdin=subprocess.DEVNULL,
        )

    return start


HEAVY = {
    *("aiohttp", "asyncio", "babel", "httpx", "prompt_toolkit", "pydantic", "pydantic_settings", "redis"),
    *("rich", "structlog", "telegram", "web3", "eth_abi", "eth_utils", "handlers", "watchers"),
}


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["run", "--help"], ["ask", "--help"], ["version"], ["labels", "add", "--help"]],
)
def test_help_and_version_import_nothing_heavy(arguments):
    code = f"""
import sys
sys.argv[1:] = {arguments!r}
from bot.__main__ import main
try:
    main()
except SystemExit as leaving:
    assert not leaving.code, leaving.code
print(sorted({{name.partition(".")[0] for name in sys.modules}}), file=sys.stderr)
print(sorted(name for name in sys.modules if name.startswith("bot.")), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    imported, ours = (set(re.findall(r"'(.+?)'", line)) for line in done.stderr.splitlines())
    typers_own = {"pydantic"} if arguments != ["--help"] else set()  # it builds every command with it
    assert imported & HEAVY <= typers_own
    assert ours <= {"bot.__main__", "bot.errors", "bot.version"}
    assert "\x1b" not in done.stdout


def test_help_names_every_command():
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert re.findall(r"^  ([a-z]+)  ", done.stdout, re.MULTILINE) == [
        *("run", "ask", "demo", "replay", "healthcheck", "version", "labels"),
    ]


def test_version_is_the_package_version(underkeel):
    assert underkeel("version").stdout == f"underkeel {VERSION}\n"
    text = (ROOT / "pyproject.toml").read_text()
    assert f'version = "{VERSION}"' in text or 'path = "bot/version.py"' in text


def test_wrong_settings_exit_with_2_and_one_line_each(underkeel):
    done = underkeel(
        "run",
        "--log-level",
        "loud",
        "--set",
        "locale=de",
        UNDERKEEL_POLL="1",
        UNDERKEEL_TELEGRAM_TOKEN=f"x{TOKEN}",
    )
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert [line.split(" ")[0] for line in lines] == [
        "UNDERKEEL_POLL",
        "UNDERKEEL_TELEGRAM_TOKEN",
        "--log-level",
        "locale:",
    ]
    assert "Traceback" not in done.stderr
    assert TOKEN[11:] not in done.stderr
    assert done.stdout == ""


def test_settings_errors_of_a_part_exit_with_2(underkeel):
    done = underkeel("run", body='raise SettingsError(["One is wrong.", "Two is wrong."])')
    assert (done.returncode, done.stderr) == (2, "One is wrong.\nTwo is wrong.\n")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("return 0", 0),
        ("return 1", 1),
        ("return 2", 2),
        ("raise StoreError('The store is away.')", 1),
        ("raise KeyboardInterrupt", 130),
    ],
)
def test_exit_codes(underkeel, body, code):
    done = underkeel("run", body=body)
    assert done.returncode == code
    assert "Traceback" not in done.stderr


def test_a_bug_is_told_with_its_traceback_but_no_secret(underkeel):
    done = underkeel("run", body=f'raise RuntimeError("lost {TOKEN}")', UNDERKEEL_TELEGRAM_TOKEN=TOKEN)
    assert done.returncode == 1
    line = json.loads(done.stderr)
    assert "RuntimeError: lost ***" in line["exception"]
    assert TOKEN[11:] not in done.stderr


def test_ask_hands_over_and_keeps_quiet(underkeel):
    done = underkeel("ask", "position 0x12", "--json", "--data-dir", "here")
    assert done.stdout == "['position 0x12', True, 'info', 'here']\n"
    assert done.stderr == ""
    done = underkeel("ask", "help", "--log-level", "debug")
    assert json.loads(done.stderr)["event"] == "quiet unless asked"


def test_healthcheck_says_it_by_exit_code(underkeel):
    assert underkeel("healthcheck").returncode == 1


def test_wrong_usage(underkeel):
    done = underkeel("sail")
    assert done.returncode == 2
    assert "No such command 'sail'" in done.stderr


@pytest.mark.parametrize("name", [".env", "underkeel.toml"])
def test_without_a_command_it_runs_where_anything_is_set(underkeel, tmp_path, name):
    (tmp_path / name).touch()
    assert underkeel(body="print('live'); return 0").stdout == "live\n"


def test_without_a_command_a_variable_is_enough(underkeel):
    assert (
        underkeel(body="print('live'); return 0").stdout == "live\n"
    )  # the fixture sets UNDERKEEL_SECRETS_DIR


def test_a_wrong_command_is_no_demo(underkeel):
    done = underkeel("dmeo")
    assert done.returncode == 2
    assert "No such command" in done.stderr
