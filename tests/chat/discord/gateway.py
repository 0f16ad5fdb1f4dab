"""The gateway: sessions that outlive their connections, numbered events, RESUME, and all its ways to fail.

Filled by people and routes through `dispatch`; served by the peer's aiohttp application at two paths.
Source: https://discord.com/developers/docs/events/gateway
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from aiohttp import WSMsgType, web

from tests.chat.discord.line import Line
from tests.chat.discord.world import Json
from tests.chat.telegram.faults import Fault

PRIVILEGED = {1 << 1: "members", 1 << 8: "presences", 1 << 15: "message content"}
_ALL_INTENTS = (1 << 26) - 1
_LARGEST = 4096
_PER_MINUTE = 120
"""Published limits for what a client sends: bytes of one payload, payloads of one connection in a minute."""


class Op(IntEnum):
    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE = 4
    RESUME = 6
    RECONNECT = 7
    MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    ACK = 11


class Closed(Exception):
    """The client broke the protocol: close with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Session:
    """`events` are all numbered payloads since READY, as sent, so that any gap can be played again."""

    id: str
    token: str
    intents: int
    line: Line | None
    events: list[str] = field(default_factory=list)

    def record(self, kind: str, data: object) -> None:
        event = json.dumps({"op": Op.DISPATCH, "t": kind, "s": len(self.events) + 1, "d": data})
        self.events.append(event)
        if self.line is not None:
            self.line.put(event)


@dataclass(slots=True)
class Gateway:
    """`welcome` gives READY's data for a session id, and the events that follow it at once."""

    token: Callable[[], str]
    welcome: Callable[[str], tuple[Json, Iterable[tuple[str, Json]]]]
    now: Callable[[], float]
    faults: list[Fault]
    change: Callable[[], None]
    heartbeat_ms: int = 41_250
    is_down: bool = False
    """New connections are refused with 503."""
    sessions: dict[str, Session] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    """Open connections, the newest last."""
    identified: int = 0
    resumed: int = 0
    refused_resumes: int = 0
    _count: int = 0

    # What a test does to it

    def dispatch(self, kind: str, data: object, *, intents: int = 0) -> int:
        """Give an event to each session that wants one of `intents` (0: all); returns how many have it."""
        wanted = [one for one in self.sessions.values() if not intents or one.intents & intents]
        for session in wanted:
            session.record(kind, data)
        return len(wanted)

    def say(self, payload: object) -> None:
        """Send anything, numbered or not, JSON or not, to every open connection."""
        for line in self.lines:
            line.put(payload)

    def drop(self) -> None:
        """Cut every connection; the sessions stay for RESUME, and what happens meanwhile is kept for them."""
        for line in list(self.lines):
            self._detach(line)
            line.abort()

    def close(self, code: int) -> None:
        for line in list(self.lines):
            self._detach(line)
            line.close(code)

    def reconnect(self) -> None:
        """Op 7: please connect again and RESUME."""
        self.say({"op": Op.RECONNECT, "d": None})

    def invalidate(self, *, resumable: bool) -> None:
        """Op 9. Not resumable: the sessions are gone, and so is what nobody had seen of them."""
        if not resumable:
            self.forget()
        self.say({"op": Op.INVALID_SESSION, "d": resumable})

    def ask_heartbeat(self) -> None:
        self.say({"op": Op.HEARTBEAT, "d": None})

    def forget(self) -> None:
        """As after a restart of Discord: open connections stay, but none can be resumed."""
        self.sessions.clear()

    @property
    def live(self) -> list[Session]:
        return [one for one in self.sessions.values() if one.line is not None]

    # The connections

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if self.is_down:
            return web.Response(status=503)
        ws = web.WebSocketResponse(max_msg_size=1 << 20)
        await ws.prepare(request)
        line = Line(ws, request)
        self.lines.append(line)
        writer = asyncio.ensure_future(line.write())
        line.put({"op": Op.HELLO, "s": None, "t": None, "d": {"heartbeat_interval": self.heartbeat_ms}})
        try:
            await self._listen(line)
        except Closed as closed:
            self._detach(line)
            line.close(closed.code)
            await writer
        finally:
            self._detach(line)
            writer.cancel()
            self.change()
        return ws

    async def _listen(self, line: Line) -> None:
        loop = asyncio.get_running_loop()
        patience = self.heartbeat_ms / 1000 * 1.5
        heard: list[float] = []
        try:
            async with asyncio.timeout(patience) as silence:
                async for frame in line.ws:
                    heard = [at for at in heard if at > self.now() - 60] + [self.now()]
                    if len(heard) > _PER_MINUTE:
                        raise Closed(4008)
                    if self._hear(line, _read(frame.type, frame.data)) is Op.HEARTBEAT:
                        silence.reschedule(loop.time() + patience)
                    self.change()
        except TimeoutError:
            raise Closed(4009) from None

    def _hear(self, line: Line, said: Json) -> Op:
        try:
            op, data = Op(said["op"]), said.get("d")
        except (KeyError, ValueError):
            raise Closed(4001) from None
        session = next((one for one in self.sessions.values() if one.line is line), None)
        if op is Op.HEARTBEAT:
            seen = isinstance(data, int) and session is not None and 0 <= data <= len(session.events)
            if session is not None and data is not None and not seen:
                self.faults.append(Fault("bad sequence", "HEARTBEAT", f"{data!r} was never sent"))
            line.heartbeats += 1
            line.put({"op": Op.ACK, "d": None})
        elif op in (Op.IDENTIFY, Op.RESUME):
            if session is not None:
                raise Closed(4005)
            if not isinstance(data, dict):
                raise Closed(4002)
            (self._identify if op is Op.IDENTIFY else self._resume)(line, data)
        elif session is None:
            raise Closed(4003)
        elif op is Op.MEMBERS:
            self.faults.append(Fault("not played", "REQUEST_GUILD_MEMBERS", "needs a privileged intent"))
        elif op not in (Op.PRESENCE, Op.VOICE):
            raise Closed(4001)
        return op

    def _identify(self, line: Line, data: Json) -> None:
        if data.get("token") != self.token():
            raise Closed(4004)
        intents = data.get("intents")
        if not isinstance(intents, int) or intents & ~_ALL_INTENTS or "properties" not in data:
            self.faults.append(Fault("bad intents", "IDENTIFY.intents", repr(intents)))
            raise Closed(4013)
        for bit, name in PRIVILEGED.items():
            if intents & bit:
                self.faults.append(Fault("privileged intent", "IDENTIFY.intents", name))
                raise Closed(4014)
        self._count += 1
        session = Session(f"{self._count:032x}", self.token(), intents, line)
        self.sessions[session.id] = session
        self.identified += 1
        ready, events = self.welcome(session.id)
        session.record("READY", ready)
        for kind, event in events:
            session.record(kind, event)

    def _resume(self, line: Line, data: Json) -> None:
        if data.get("token") != self.token():
            raise Closed(4004)
        session, seen = self.sessions.get(str(data.get("session_id"))), data.get("seq")
        if session is None:
            self.refused_resumes += 1
            line.put({"op": Op.INVALID_SESSION, "d": False})
            return
        if not isinstance(seen, int) or seen > len(session.events):
            raise Closed(4007)
        session.line = line
        for event in session.events[seen:]:
            line.put(event)
        self.resumed += 1
        session.record("RESUMED", {"_trace": []})

    def _detach(self, line: Line) -> None:
        if line in self.lines:
            self.lines.remove(line)
        for session in self.sessions.values():
            if session.line is line:
                session.line = None


def _read(kind: WSMsgType, data: object) -> Json:
    if kind not in (WSMsgType.TEXT, WSMsgType.BINARY) or not isinstance(data, (str, bytes)):
        raise Closed(4002)
    if len(data) > _LARGEST:
        raise Closed(4002)
    try:
        said = json.loads(data)
    except ValueError:
        raise Closed(4002) from None
    if not isinstance(said, dict):
        raise Closed(4002)
    return said
