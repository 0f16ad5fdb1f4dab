"""Creation code of Aave's contracts and of our two, by version, linked with the libraries they call.

v3.0.2 comes built inside its npm package; v3.6 and ours come from the toolchain's one compilation.
"""

import json
from functools import cache
from typing import Any

from eth_abi.abi import encode as abi_encode

from tests.chain import toolchain

_CORE_302 = toolchain.MODULES / "@aave" / "core-v3" / "artifacts" / "contracts"


@cache
def _compiled() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(toolchain.COMPILED.read_text())
    return found


@cache
def _packaged(name: str) -> dict[str, Any]:
    path = next(path for path in _CORE_302.rglob(f"{name}.json"))
    built = json.loads(path.read_text())
    return {
        "bytecode": built["bytecode"].removeprefix("0x"),
        "links": {library: at for found in built["linkReferences"].values() for library, at in found.items()},
    }


def creation_code(
    version: str, name: str, types: list[str], arguments: list[Any], libraries: dict[str, str] | None = None
) -> str:
    """0x creation code of a contract with its constructor's arguments.

    `version` is "3.0.2", "3.6" or "lab" (ours). Raises KeyError if a library it links is not in `libraries`.
    """
    built = _packaged(name) if version == "3.0.2" else _compiled()[name]
    code: str = built["bytecode"]
    for library, places in built["links"].items():
        target = (libraries or {})[library].removeprefix("0x").lower()
        for place in places:
            start = 2 * place["start"]
            code = code[:start] + target + code[start + 40 :]
    return "0x" + code + abi_encode(types, arguments).hex()
