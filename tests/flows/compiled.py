"""The contracts of these tests, compiled beside the lab's and put on a node without a transaction.

Kept apart from the lab's own compilation, so that a change here does not deploy every market anew.
"""

import fcntl
import hashlib
import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

from eth_abi.abi import encode as abi_encode

from tests.chain import toolchain
from tests.chain.node import Anvil
from tests.chain.parts import OWNER

_SOURCES = Path(__file__).parent / "contracts"
_LAB = toolchain.HERE / "contracts"
_COMPILER = toolchain.HERE / "npm" / "compile.js"
_ROOTS = ("lab/Wrapped.sol", "lab/Ways.sol")


@cache
def _built() -> dict[str, Any]:
    toolchain.ensure()
    digest = hashlib.sha256()
    sources = (*sorted(_SOURCES.iterdir()), *sorted(_LAB.iterdir()))
    for path in (*sources, _COMPILER, toolchain.HERE / "npm" / "package-lock.json"):
        digest.update(path.name.encode() + path.read_bytes())
    kept = toolchain.CACHE / f"flows-{digest.hexdigest()[:16]}"
    output = kept / "compiled.json"
    kept.mkdir(exist_ok=True)
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not output.exists():
            for path in sources:
                shutil.copy(path, kept / path.name)
            node, _ = toolchain._node()
            command = [node, str(_COMPILER), str(toolchain.MODULES), str(kept), str(kept / "new.json")]
            toolchain._run([*command, *_ROOTS], cwd=toolchain.CACHE)
            (kept / "new.json").replace(output)
    found: dict[str, Any] = json.loads(output.read_text())
    return found


def place(anvil: Anvil, name: str, address: str, arguments: tuple[object, ...] = ()) -> None:
    """Give `address` the contract's code; a constructor's storage stays with the account that deployed it."""
    types = {"Liar": ["string", "string", "uint8"]}.get(name, [])
    code = "0x" + _built()[name]["bytecode"] + abi_encode(types, arguments or ["", "", 0][: len(types)]).hex()
    fields = {"from": OWNER, "data": code, "gas": hex(3_000_000), "gasPrice": hex(10**11)}
    anvil.set_balance(OWNER)
    made = anvil.mined(fields)["contractAddress"]
    anvil.rpc("anvil_setCode", address, anvil.rpc("eth_getCode", made, "latest"))


def create(anvil: Anvil, name: str, types: list[str], arguments: list[object]) -> str:
    """Deploy it for real; its address."""
    code = "0x" + _built()[name]["bytecode"] + abi_encode(types, arguments).hex()
    anvil.set_balance(OWNER)
    receipt = anvil.mined({"from": OWNER, "data": code, "gas": hex(3_000_000), "gasPrice": hex(10**11)})
    made: str = receipt["contractAddress"]
    return made
