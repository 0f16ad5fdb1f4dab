"""Aave's address book and Uniswap's token list, fetched once from npm into .cache/: what is no wallet."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.chain import toolchain

HERE = Path(__file__).parent / "npm"
CACHE = Path(__file__).parents[3] / ".cache" / "token-books"
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{40}\b")


def token_list() -> set[str]:
    """Every token of the list, of all chains, in lower case."""
    path = _modules() / "@uniswap" / "default-token-list" / "build" / "uniswap-default.tokenlist.json"
    return {token["address"].lower() for token in json.loads(path.read_text())["tokens"]}


def address_book() -> set[str]:
    """Every address that Aave's book names, whatever it is, in lower case."""
    files = (_modules() / "@aave-dao" / "aave-address-book" / "dist").glob("*.mjs")
    return {found.lower() for path in files for found in ADDRESS.findall(path.read_text())}


def _modules() -> Path:
    names = ("package.json", "package-lock.json", ".npmrc")
    wanted = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in names)).hexdigest()
    ready = CACHE / "ready"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists() or ready.read_text() != wanted:
            for name in names:
                shutil.copy(HERE / name, CACHE / name)
            node, npm = toolchain._node()
            path = f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"
            subprocess.run(
                [*npm, "ci", "--ignore-scripts"],
                cwd=CACHE,
                env={**os.environ, "PATH": path},
                check=True,
                capture_output=True,
            )
            ready.write_text(wanted)
    return CACHE / "node_modules"
