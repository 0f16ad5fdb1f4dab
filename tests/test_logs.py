"""Logs: one line an event, in both forms, and no secret in any of them, wherever it came from."""

import io
import json
import logging
import subprocess
import sys
import warnings

import pytest
import structlog

from bot.logs import configure, hushed
from bot.redaction import Redactor, host_of, shown, url_secrets

TOKEN = "7000000001:AAverySecretVerySecretVerySecretVer"
KEY = "k3yk3yk3yk3yk3yk3yk3y"
TELEGRAM = f"https://api.example.org/bot{TOKEN}/sendMessage"
RPC = f"https://eth.example.org/v2/{KEY}?x=1"


@pytest.fixture(params=["json", "text"])
def lines(request):
    """A function that gives back what was logged since the last call, in both forms."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, sys.excepthook)
    stream = io.StringIO()
    redactor = Redactor((KEY, 'pass"wörd\\', *url_secrets(RPC)), ("eth.example.org",))
    configure(level="debug", form=request.param, redactor=redactor, stream=stream)

    def read():
        text = stream.getvalue()
        stream.seek(0)
        stream.truncate()
        return text

    read.form = request.param
    yield read
    root.handlers[:], root.level, sys.excepthook = before[0], before[1], before[2]
    logging.captureWarnings(False)
    structlog.reset_defaults()


def crash(text):
    raise RuntimeError(text)


LEAKS = {
    "event": lambda log: log.info(RPC),
    "value": lambda log: log.info("asking", url=RPC),
    "nested": lambda log: log.info("asking", call={"params": [RPC, {"k": KEY}]}),
    "object": lambda log: log.info("asking", error=RuntimeError(RPC)),
    "awkward": lambda log: log.info("login", password='pass"wörd\\', other=['pass"wörd\\']),
    "userinfo": lambda log: log.info("redis at redis://bot:hunter2hunter2@store:6379/0"),
    "token in a URL": lambda log: log.info(TELEGRAM),
    "token quoted": lambda log: log.info("x", url=f"https://h/bot{TOKEN.replace(':', '%3A')}/getMe"),
    "stdlib": lambda _log: logging.getLogger("somebody").warning("GET %s failed", RPC),
    "stdlib extra": lambda _log: logging.getLogger("somebody").warning("failed", extra={"url": RPC}),
    "library": lambda _log: logging.getLogger("httpx").warning(
        "HTTP Request: POST %s", f"https://h/bot{TOKEN}/x"
    ),
    "warning": lambda _log: warnings.warn(f"old call to {RPC}", UserWarning, stacklevel=1),
}


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", LEAKS)
def test_no_secret_in_a_line(lines, name):
    LEAKS[name](structlog.get_logger("test"))
    text = lines()
    assert text.count("\n") >= 1
    assert "***" in text
    for secret in (KEY, TOKEN[11:], "hunter2", "wörd"):
        assert secret not in text


def test_no_secret_in_a_traceback(lines):
    log = structlog.get_logger("test")
    try:
        crash(f"cannot reach {RPC} as {TOKEN}")
    except RuntimeError:
        log.exception("part crashed", part="eyes")
        logging.getLogger("other").exception("theirs")
    text = lines()
    assert text.count("RuntimeError: cannot reach https://eth.example.org/***") == 2
    assert "in crash" in text
    assert KEY not in text
    assert TOKEN[11:] not in text


def test_lines_carry_their_facts(lines):
    structlog.get_logger("eyes").warning("behind", blocks=3, host="eth.example.org")
    text = lines()
    if lines.form == "json":
        line = json.loads(text)
        assert line.pop("timestamp").endswith("Z")
        assert line == {
            "event": "behind",
            "level": "warning",
            "logger": "eyes",
            "blocks": 3,
            "host": "eth.example.org",
        }
    else:
        assert "behind" in text
        assert "blocks=3" in text
        assert "\x1b" not in text, "no colours where no terminal is"


def test_talkative_libraries_are_heard_from_warning_on(lines):
    for name in ("httpx", "httpcore.connection", "telegram.ext", "web3.providers"):
        logging.getLogger(name).info("a request")
    assert lines() == ""


def test_uncaught_errors_go_the_same_way():
    code = f"""
from bot.logs import configure, hushed
from bot.redaction import Redactor
configure(form="json", redactor=Redactor(["{KEY}"]))
raise RuntimeError("lost {KEY}")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    line = json.loads(done.stderr)
    assert line["event"] == "the program failed"
    assert "RuntimeError: lost ***" in line["exception"]
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (RPC, "https://eth.example.org"),
        ("http://u:p@127.0.0.1:8545/x", "http://127.0.0.1:8545"),
        ("unix:///run/s.sock", "unix:///run/s.sock"),
        (KEY, "***"),
        ("http://h:port", "***"),
    ],
)
def test_a_url_is_shown_by_host(url, host):
    assert host_of(url) == host


def test_public_addresses_stay_readable():
    assert url_secrets("https://gateway.tenderly.co/public/mainnet") == ()
    assert Redactor(("a",)).redact("a plain line") == "a plain line"
    assert (
        shown("0x2f39d218133AFaB8F2B819B1066c7E434Ad94E9e") == "'0x2f39d218133AFaB8F2B819B1066c7E434Ad94E9e'"
    )


def test_what_is_rehearsed_is_not_logged_but_errors_are(lines):
    log = structlog.get_logger("test")
    with hushed():
        log.info("alert", id="rehearsed")
        log.error("broken")
    log.info("alert", id="real")
    told = lines()
    assert "rehearsed" not in told
    assert "broken" in told
    assert "real" in told
