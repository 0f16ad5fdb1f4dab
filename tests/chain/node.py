"""A real anvil node for one test or one session, and the few JSON-RPC calls that drive it.

Used by the lab's fixtures and by any test that needs a chain. The node dies with the process that started it.
"""

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.chain import toolchain
from tests.chain.rpc import RpcClient

# 2026-11-18: a fixed birth makes every run the same, and is recent enough not to look stale.
GENESIS_TIMESTAMP = 1_795_000_000
BLOCK_SECONDS = 12
# Bounds eth_call too, as public nodes do: a multicall that is too large fails here as it would there.
BLOCK_GAS = 60_000_000

# The shell waits on a pipe that only our process holds: whatever way we end, even kill -9, it ends the node.
_LEASH = '"$@" <&- & child=$!; read -r _; kill -9 $child; wait $child 2>/dev/null; rm -rf "$0"'


class Anvil(RpcClient):
    """A node on a free port (or the one given); entering the context starts it, leaving kills it.

    `state` is a file written by `dump_state`; the clock then continues from that state's last block.
    Blocks are mined at each transaction and are `BLOCK_SECONDS` apart by their timestamps.
    """

    def __init__(
        self,
        *,
        chain_id: int = 31337,
        port: int = 0,
        state: Path | None = None,
        timestamp: int = GENESIS_TIMESTAMP,
        extra: Sequence[str] = (),
    ) -> None:
        super().__init__(port)
        self.chain_id = chain_id
        self._state = state
        self._arguments = ["--port", str(port), "--chain-id", str(chain_id), "--timestamp", str(timestamp)]
        # Prague, not later: from Osaka on one transaction may use 16.7 M gas only.
        self._arguments += ["--hardfork", "prague", "--gas-limit", str(BLOCK_GAS)]
        self._arguments += ["--no-request-size-limit", *extra]  # a dump of 1,000 accounts is 10 MB
        self._shell: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Raises RuntimeError with the node's output if it does not listen within 20 s."""
        toolchain.ensure()
        binary = str(toolchain.anvil_binary())
        # States of old blocks go to disk, gigabytes of a long history, and a killed node leaves them there.
        past = tempfile.mkdtemp(prefix="anvil-past-")
        with tempfile.TemporaryFile() as log:
            self._shell = subprocess.Popen(
                ["/bin/sh", "-c", _LEASH, past, binary, *self._arguments, "--cache-path", past],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            self.port = self._listening_port(log.fileno())
        self.rpc("anvil_autoImpersonateAccount", True)
        if self._state is not None:
            self.load_state(self._state)
        self.set_interval(BLOCK_SECONDS)

    def _listening_port(self, log: int) -> int:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            text = os.pread(log, 65536, 0).decode(errors="replace")
            if found := re.search(r"Listening on 127\.0\.0\.1:(\d+)", text):
                return int(found[1])
            if text.lower().startswith("error") or "panicked" in text:
                break
            time.sleep(0.005)
        self.stop()
        raise RuntimeError(
            f"anvil did not start:\n{os.pread(log, 65536, 0).decode(errors='replace')[-2000:]}"
        )

    def stop(self) -> None:
        """Kill the node now; a second call does nothing."""
        self.disconnect()
        if self._shell is not None and self._shell.stdin is not None:
            self._shell.stdin.close()
            self._shell.wait(10)
            self._shell = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- JSON-RPC ---

    # --- blocks and time ---

    def block(self, number: int | str = "latest") -> dict[str, Any]:
        tag = hex(number) if isinstance(number, int) else number
        found: dict[str, Any] = self.rpc("eth_getBlockByNumber", tag, False)
        return found

    def block_number(self) -> int:
        return int(self.rpc("eth_blockNumber"), 16)

    def now(self) -> int:
        """The latest block's timestamp in seconds."""
        return int(self.block()["timestamp"], 16)

    def mine(self, blocks: int = 1, seconds: int = BLOCK_SECONDS) -> None:
        """Mine empty blocks, `seconds` apart from each other (and the first from the latest)."""
        if blocks:
            self.set_interval(seconds)
            self.rpc("anvil_mine", hex(blocks))
            self.set_interval(BLOCK_SECONDS)

    def warp(self, seconds: int) -> None:
        """Mine one block `seconds` after the latest."""
        self.set_time(self.now() + seconds)

    def set_time(self, timestamp: int) -> None:
        """Mine one block at `timestamp` (later than the latest); the following ones go on from there."""
        self.rpc("evm_setNextBlockTimestamp", timestamp)
        self.rpc("evm_mine")

    def set_interval(self, seconds: int) -> None:
        """How far apart the timestamps of the next blocks are, whatever the wall clock says."""
        self.rpc("anvil_setBlockTimestampInterval", seconds)

    def catch_up(self) -> None:
        """Bring the chain to the wall clock, for programs to which an old head is stale; interest accrues."""
        if (wall := int(time.time())) > self.now():
            self.set_time(wall)

    def reorg(self, depth: int) -> None:
        """Replace the last `depth` blocks by empty ones; the node sends new heads, but no removed logs."""
        self.rpc("anvil_reorg", depth, [])

    def snapshot(self) -> str:
        taken: str = self.rpc("evm_snapshot")
        return taken

    def revert(self, snapshot: str) -> None:
        """Back to a snapshot, which is used up by it; the clock goes back too."""
        if not self.rpc("evm_revert", snapshot):
            raise RuntimeError(f"anvil has no snapshot {snapshot}")

    # --- accounts and state ---

    def set_balance(self, address: str, wei: int = 10**24) -> None:
        self.rpc("anvil_setBalance", address, hex(wei))

    def impersonate(self, address: str) -> None:
        """Let `address` send without a key; `start` has already done so for every address."""
        self.rpc("anvil_impersonateAccount", address)

    def dump_state(self, path: Path) -> None:
        """Write the whole state in the node's own form, for `load_state` of the same node version."""
        fresh = path.with_suffix(f".{os.getpid()}.new")
        fresh.write_text(self.rpc("anvil_dumpState"))
        fresh.replace(path)

    def load_state(self, path: Path) -> None:
        """Load a dump; the clock continues from its last block, not from the wall clock as the node would."""
        self.rpc("anvil_loadState", path.read_text())
        self.rpc("evm_setTime", self.now())
        self.set_interval(BLOCK_SECONDS)
