"""A real anvil node for one test or one session, and the few JSON-RPC calls that drive it.

Used by the lab's fixtures and by any test that needs a chain. The node dies with the process that started it.
"""

import http.client
import json
import os
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.chain import toolchain

# 2026-11-18: a fixed birth makes every run the same, and is recent enough not to look stale.
GENESIS_TIMESTAMP = 1_795_000_000
BLOCK_SECONDS = 12
# A public node's usual bound for eth_call too, so that a multicall that is too large fails here as it would there.
BLOCK_GAS = 60_000_000

# The shell waits on a pipe that only our process holds: whatever way we end, even kill -9, it ends the node.
_LEASH = '"$@" <&- & child=$!; read -r _; kill -9 $child; wait $child 2>/dev/null'


class RpcError(RuntimeError):
    """The node's own error answer: `code`, `message` and `data` as it sent them."""

    def __init__(self, method: str, error: dict[str, Any]) -> None:
        super().__init__(f"{method}: {error.get('message')} {error.get('data') or ''}".rstrip())
        self.code: int = error.get("code", 0)
        self.data: Any = error.get("data")


class Anvil:
    """A node on a free port, started by entering the context (sync or async) and killed by leaving it.

    `state` is a file written by `dump_state`; the clock then continues from that state's last block.
    Blocks are mined at each transaction and are `BLOCK_SECONDS` apart by their timestamps.
    """

    def __init__(
        self,
        *,
        chain_id: int = 31337,
        state: Path | None = None,
        timestamp: int = GENESIS_TIMESTAMP,
        extra: Sequence[str] = (),
    ) -> None:
        self.chain_id = chain_id
        self.port = 0
        self._state = state
        self._arguments = ["--port", "0", "--chain-id", str(chain_id), "--timestamp", str(timestamp)]
        # Prague, not later: from Osaka on one transaction may use 16.7 M gas only.
        self._arguments += ["--hardfork", "prague", "--gas-limit", str(BLOCK_GAS), *extra]
        self._shell: subprocess.Popen[bytes] | None = None
        self._local = threading.local()

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
        with tempfile.TemporaryFile() as log:
            self._shell = subprocess.Popen(
                ["/bin/sh", "-c", _LEASH, "sh", binary, *self._arguments],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            self.port = self._listening_port(log.fileno())
        self.rpc("anvil_autoImpersonateAccount", True)
        if self._state is not None:
            self.load_state(self._state)
        self.rpc("anvil_setBlockTimestampInterval", BLOCK_SECONDS)

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
        raise RuntimeError(f"anvil did not start:\n{os.pread(log, 65536, 0).decode(errors='replace')[-2000:]}")

    def stop(self) -> None:
        """Kill the node now; a second call does nothing."""
        if connection := getattr(self._local, "connection", None):
            connection.close()
            self._local.connection = None
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

    # --- JSON-RPC ---------------------------------------------------------------------------------------------

    def rpc(self, method: str, *params: Any) -> Any:
        """One call, its `result`. Raises RpcError for the node's error."""
        answer = self._post({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        if "error" in answer:
            raise RpcError(method, answer["error"])
        return answer["result"]

    def batch(self, calls: Iterable[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Many calls in one request, results in order. The node runs them concurrently, so give nonces."""
        wanted = list(calls)
        if not wanted:
            return []
        body = [{"jsonrpc": "2.0", "id": i, "method": m, "params": list(p)} for i, (m, p) in enumerate(wanted)]
        results: list[Any] = [None] * len(wanted)
        for answer in self._post(body):
            if "error" in answer:
                raise RpcError(wanted[answer["id"]][0], answer["error"])
            results[answer["id"]] = answer["result"]
        return results

    def _post(self, body: Any) -> Any:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
            self._local.connection = connection
        try:
            connection.request("POST", "/", json.dumps(body), {"Content-Type": "application/json"})
            return json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException):
            connection.close()
            self._local.connection = None
            raise

    # --- blocks and time --------------------------------------------------------------------------------------

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
        """Bring the chain to the wall clock, for programs that call an old head stale; interest accrues on the way."""
        if (wall := int(time.time())) > self.now():
            self.set_time(wall)

    def snapshot(self) -> str:
        taken: str = self.rpc("evm_snapshot")
        return taken

    def revert(self, snapshot: str) -> None:
        """Back to a snapshot, which is used up by it; the clock goes back too."""
        if not self.rpc("evm_revert", snapshot):
            raise RuntimeError(f"anvil has no snapshot {snapshot}")
        self._continue_from_latest()

    def _continue_from_latest(self) -> None:
        self.rpc("evm_setTime", self.now())
        self.rpc("anvil_setBlockTimestampInterval", BLOCK_SECONDS)

    # --- accounts and state -----------------------------------------------------------------------------------

    def set_balance(self, address: str, wei: int = 10**24) -> None:
        self.rpc("anvil_setBalance", address, hex(wei))

    def impersonate(self, address: str) -> None:
        """Lets `address` send without a key. The lab turns this on for every address, so few tests need it."""
        self.rpc("anvil_impersonateAccount", address)

    def dump_state(self, path: Path) -> None:
        """Write the whole state as the node's own compressed hex, readable by `load_state` of the same version."""
        fresh = path.with_suffix(f".{os.getpid()}.new")
        fresh.write_text(self.rpc("anvil_dumpState"))
        fresh.replace(path)

    def load_state(self, path: Path) -> None:
        """Load a dump; the clock continues from its last block, not from the wall clock as the node would."""
        self.rpc("anvil_loadState", path.read_text())
        self._continue_from_latest()
