"""Plain blocking JSON-RPC to the lab's own node: one kept connection a thread."""

import http.client
import json
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any


class RpcError(RuntimeError):
    """The node's own error answer: `code`, `message` and `data` as it sent them."""

    def __init__(self, method: str, error: dict[str, Any]) -> None:
        super().__init__(f"{method}: {error.get('message')} {error.get('data') or ''}".rstrip())
        self.code: int = error.get("code", 0)
        self.data: Any = error.get("data")


class RpcClient:
    """Speaks to 127.0.0.1 on `port`, which may be set after construction."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self._local = threading.local()

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
        body = [
            {"jsonrpc": "2.0", "id": i, "method": m, "params": list(p)} for i, (m, p) in enumerate(wanted)
        ]
        results: list[Any] = [None] * len(wanted)
        for answer in self._post(body):
            if "error" in answer:
                raise RpcError(wanted[answer["id"]][0], answer["error"])
            results[answer["id"]] = answer["result"]
        return results

    def mined(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Send a transaction without a key and return its receipt, whatever its status."""
        sent = self.rpc("eth_sendTransaction", fields)
        deadline = time.monotonic() + 20
        while (
            time.monotonic() < deadline
        ):  # the node may answer with the hash a moment before it has the receipt
            if receipt := self.rpc("eth_getTransactionReceipt", sent):
                found: dict[str, Any] = receipt
                return found
            time.sleep(0.0005)
        raise RuntimeError(f"transaction {sent} was not mined: is automine off?")

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

    def disconnect(self) -> None:
        """Close this thread's connection; the next call opens another."""
        if connection := getattr(self._local, "connection", None):
            connection.close()
            self._local.connection = None
