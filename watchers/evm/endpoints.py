"""An endpoint and its words: what we remember of it, how its URL may be shown, what its answers mean.

Used by `rpc`, which decides whom to ask, and by whatever handles heads.
"""

import asyncio
import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from pydantic_core import from_json, to_json

from bot.domain.units import BlockRef
from watchers.evm.faults import Kind, RpcFault, kind_of

_OURS: Final = 500
"""HTTP statuses from here on are the server's own trouble, whatever was asked."""


@dataclass(frozen=True, slots=True)
class Head:
    """A block's header as far as we need it."""

    number: int
    hash: str
    parent: str
    timestamp: int

    @property
    def ref(self) -> BlockRef:
        return BlockRef(self.number, self.hash, self.timestamp)


def head_of(header: Any, host: str) -> Head:
    """Out of a JSON-RPC header. Raises RpcFault when it is none."""
    try:
        own, parent = header["hash"], header["parentHash"]
        if isinstance(own, str) and isinstance(parent, str):
            return Head(int(header["number"], 16), own, parent, int(header["timestamp"], 16))
    except (TypeError, KeyError, ValueError):
        pass
    raise RpcFault(Kind.BROKEN, host)


def split_urls(urls: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(http, websocket) endpoints; with websockets only, their http twins stand in for the former."""
    given = tuple(dict.fromkeys(urls))
    sockets = tuple(url for url in given if url.startswith(("ws://", "wss://")))
    plain = tuple(url for url in given if url not in sockets)
    return plain or tuple("http" + url.removeprefix("ws") for url in sockets), sockets


def host_of(url: str) -> str:
    """The part of a URL that may be shown: keys hide in paths, queries and user names."""
    parts = urlsplit(url)
    return (parts.hostname or "?") + (f":{parts.port}" if parts.port else "")


@dataclass(slots=True)
class Endpoint:
    """One URL and what is known of it. Times are monotonic seconds."""

    url: str = field(repr=False)
    host: str
    headers: dict[str, str] = field(repr=False)
    turn: asyncio.Semaphore = field(repr=False)
    why: str = ""
    """Why it is not in use; empty while it is good."""
    until: float = 0.0
    strikes: int = 0
    struck_at: float = 0.0
    head: Head | None = None
    hashes: bool = True
    """False once it refused a block hash in eth_call."""
    lacks: dict[str, float] = field(default_factory=dict)
    """Methods that it was found not to have, each with the time to ask again."""
    broke: dict[str, int] = field(default_factory=dict)
    """Optional methods that ended in no answer, how often in a row."""
    requests: int = 0


def endpoint_of(url: str, *, at_once: int) -> Endpoint:
    """User and password of a URL travel as a header, so that the URL in use names neither."""
    parts = urlsplit(url)
    headers = {}
    if parts.username is not None:
        secret = base64.b64encode(f"{parts.username}:{parts.password or ''}".encode()).decode()
        headers["Authorization"] = f"Basic {secret}"
        url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return Endpoint(url, host_of(url), headers, asyncio.Semaphore(at_once))


def result_of(raw: bytes, status: int, retry_after: str, host: str) -> Any:
    """The `result` of a JSON-RPC answer, or the RpcFault that it means."""
    wait = float(retry_after) if retry_after.isdigit() else 0.0
    answer = _parsed(raw)
    if isinstance(answer, dict) and "error" not in answer and "result" in answer:
        return answer["result"]
    error = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(error, dict):
        said = raw[:500].decode(errors="replace") if answer is None or error is None else str(error)
        raise RpcFault(kind_of(said, status=status), host, code=status, retry_after=wait)
    data = error.get("data")
    said = f"{error.get('message') or ''} {data if isinstance(data, str) and data[:2] != '0x' else ''}"
    given = error.get("code")
    code = given if isinstance(given, int) else 0
    kind = kind_of(said, code=code, status=status)
    raise RpcFault(kind, host, code=code, data=_revert_data(data), retry_after=wait)


def results_of(raw: bytes, status: int, retry_after: str, host: str, count: int) -> list[Any]:
    """Those of a JSON-RPC batch whose ids are 0 to `count` - 1, in that order.

    The first that is an error is raised as the RpcFault it means; so is a refusal of the batch as such.
    """
    answer = _parsed(raw)
    if not isinstance(answer, list) or (len(answer) < count and len(answer) == 1):
        try:
            result_of(raw if not isinstance(answer, list) else to_json(answer[0]), status, retry_after, host)
        except RpcFault as fault:
            # A busy node or a refused key says so of a single question, too; the rest is about the batch.
            if count == 1 or fault.kind in {Kind.RATE, Kind.AUTH} or not fault.code or fault.code >= _OURS:
                raise
            raise RpcFault(Kind.BATCH, host, code=fault.code) from None
        raise RpcFault(Kind.BATCH, host)
    found = {one["id"]: one for one in answer if isinstance(one, dict) and isinstance(one.get("id"), int)}
    if found.keys() != set(range(count)):
        raise RpcFault(Kind.BATCH, host)
    bad = next((one for one in found.values() if "error" in one or "result" not in one), None)
    if bad is not None:
        result_of(to_json(bad), status, retry_after, host)
    return [found[index]["result"] for index in range(count)]


def _parsed(raw: bytes) -> Any:
    try:
        # Bounded in depth: the standard parser's C stack is not, once some library lifts the recursion limit.
        return from_json(raw)
    except ValueError:
        return None


def _revert_data(data: Any) -> bytes:
    if isinstance(data, dict):  # some nodes wrap it once more
        data = data.get("data")
    try:
        return bytes.fromhex(data[2:]) if isinstance(data, str) and data.startswith("0x") else b""
    except ValueError:
        return b""
