"""An endpoint and its words: what we remember of it, how its URL may be shown, what its answers mean.

Used by `rpc`, which decides whom to ask, and by whatever handles heads.
"""

import asyncio
import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic_core import from_json

from bot.domain.units import BlockRef
from watchers.evm.faults import Kind, RpcFault, kind_of


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
    try:
        # Bounded in depth: the standard parser's C stack is not, once some library lifts the recursion limit.
        answer = from_json(raw)
    except ValueError:
        answer = None
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


def _revert_data(data: Any) -> bytes:
    if isinstance(data, dict):  # some nodes wrap it once more
        data = data.get("data")
    try:
        return bytes.fromhex(data[2:]) if isinstance(data, str) and data.startswith("0x") else b""
    except ValueError:
        return b""
