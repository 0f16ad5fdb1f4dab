"""`lab(version)`: a node with a whole Aave market on it in under a second, from a state cached outside git.

The first call for some contents deploys for real and dumps; the cache's key covers whatever could change it.
"""

import fcntl
import hashlib
import pickle
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from tests.chain import toolchain
from tests.chain.deployment import deploy
from tests.chain.market import Market
from tests.chain.node import Anvil
from tests.chain.population import Population, populate

VERSIONS = ("3.0.2", "3.6")
_STATES = toolchain.CACHE / "states"
# States of an older lab are removed after this time, so that no run loses the one it is about to load.
_KEPT_SECONDS = 3 * 86_400
# What a state is made by; the tests themselves may change without a new one.
_MAKERS = (
    "abi",
    "artifacts",
    "assets",
    "deployment",
    "market",
    "node",
    "parts",
    "population",
    "rpc",
    "v302",
    "v36",
)


@dataclass(frozen=True, slots=True)
class Lab:
    """A running node, the market on it and the accounts that were asked for."""

    anvil: Anvil
    market: Market
    population: Population


@contextmanager
def lab(
    version: str,
    *,
    accounts: int = 0,
    seed: int = 1,
    chain_id: int = 31337,
    port: int = 0,
    extra: Sequence[str] = (),
) -> Iterator[Lab]:
    """Start a node with the market of `version` and `accounts` seeded positions; killed on exit.

    `extra` are further options of the node.

    Blocks and logs from before the dump are there; account state is readable from the dump's block on.
    """
    toolchain.ensure()
    state = _STATES / _makers_hash() / f"{version}-{accounts}-{seed}-{chain_id}.state"
    if not state.exists():
        _build(state, version, accounts, seed, chain_id)
    with Anvil(chain_id=chain_id, state=state, port=port, extra=extra) as anvil:
        known, population = pickle.loads(state.with_suffix(".pickle").read_bytes())
        yield Lab(anvil, Market(anvil, **known), population)


def _build(state: Path, version: str, accounts: int, seed: int, chain_id: int) -> None:
    for old in _STATES.glob("*"):
        if old.stat().st_mtime < time.time() - _KEPT_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    state.parent.mkdir(parents=True, exist_ok=True)
    with state.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if state.exists():
            return
        with Anvil(chain_id=chain_id) as anvil:
            market = deploy(anvil, version)
            population = populate(market, seed, accounts)
            if population.refused:
                raise RuntimeError(f"the contracts refused {population.refused[:3]} and perhaps more")
            known = {field.name: getattr(market, field.name) for field in fields(market)}
            del known["anvil"]
            state.with_suffix(".pickle").write_bytes(pickle.dumps((known, population)))
            anvil.dump_state(state)


@cache
def _makers_hash() -> str:
    digest = hashlib.sha256()
    makers = [toolchain.HERE / f"{name}.py" for name in _MAKERS]
    for path in (*makers, toolchain.HERE / "npm" / "package-lock.json", toolchain.COMPILED):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
