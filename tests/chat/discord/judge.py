"""Judges one request as it came over the wire: is it what Discord's published API allows?

Exchange asks for every request; no code of the product is imported, so the verdict is independent of it.
Without the published description at hand only the tables of rules and registrations judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from tests.chat.discord.registrations import commands_faults
from tests.chat.discord.rules import Parts, Use, choices_faults, message_faults, modal_faults
from tests.chat.discord.schema import SPEC, Operation, operations, schema_faults
from tests.chat.discord.world import Flag, Json
from tests.chat.telegram.faults import Fault, Faults

_HOOK = r"/webhooks/\d+/[^/]+"
_USES: list[tuple[re.Pattern[str], Use]] = [
    (re.compile(r"POST /channels/\d+/messages\Z"), Use.CREATE),
    (re.compile(r"PATCH /channels/\d+/messages/\d+\Z"), Use.EDIT),
    (re.compile(rf"POST {_HOOK}\Z"), Use.ANSWER),
    (re.compile(rf"PATCH {_HOOK}/messages/[^/]+\Z"), Use.EDIT),
]
_CALLBACK = re.compile(r"POST /interactions/\d+/[^/]+/callback\Z")
_COMMANDS = re.compile(r"PUT /applications/\d+/(guilds/\d+/)?commands\Z")
_PART = re.compile(r"files\[\d\]\Z")
_TRUTHS = {"true", "false", "1", "0"}


@cache
def has_description() -> bool:
    return SPEC.exists()


def judge(
    method: str,
    path: str,
    query: Mapping[str, str] | None = None,
    body: Any = None,
    parts: Parts | None = None,
    *,
    standing: int = 0,
) -> list[Fault]:
    """Everything wrong with a request; `path` has no base, `standing` are the flags of the edited message."""
    query, parts = query or {}, parts or {}
    faults = list(_described(method, path, query, body, parts)) if has_description() else []
    if faults:
        return faults
    try:
        return list(_ruled(method, path, body, parts, standing))
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        return [Fault("wrong type", f"{method} {path}", f"{type(error).__name__}: {error}")]


def _described(method: str, path: str, query: Mapping[str, str], body: Any, parts: Parts) -> Iterator[Fault]:
    operation = next((one for one in operations().get(method, []) if one.path.match(path)), None)
    if operation is None:
        yield Fault("unknown route", f"{method} {path}", "the API has no such route")
        return
    yield from _query_faults(operation, query)
    if body is None:
        if operation.needs_body:
            yield Fault("missing body", operation.name, "the request needs one")
    elif operation.body is None:
        yield Fault("unknown field", operation.name, "the request takes no body")
    else:
        yield from schema_faults(body, operation.body, operation.name)
    if parts and not operation.takes_files:
        yield Fault("file not used", operation.name, "the request takes no files")


def _query_faults(operation: Operation, query: Mapping[str, str]) -> Faults:
    for name in sorted(operation.needs_query - query.keys()):
        yield Fault("missing field", f"{operation.name}?{name}", "is needed")
    for name, value in query.items():
        where = f"{operation.name}?{name}"
        if name not in operation.query:
            yield Fault("unknown field", where, "the route has no such parameter")
            continue
        schema = operation.query[name]
        if schema.get("type") == "boolean":
            if value.lower() not in _TRUTHS:
                yield Fault("wrong type", where, f"{value!r} is neither true nor false")
        else:
            typed = int(value) if schema.get("type") == "integer" and value.isdigit() else value
            yield from schema_faults(typed, schema, where)


def _ruled(method: str, path: str, body: Any, parts: Parts, standing: int) -> Iterator[Fault]:
    asked = f"{method} {path}"
    for name in parts:
        if not _PART.match(name):
            yield Fault("bad file part", asked, f"{name!r} is not files[0] to files[9]")
    use = next((use for pattern, use in _USES if pattern.match(asked)), None)
    if use is not None:
        yield from message_faults(body, _short(path), use, parts, standing=standing)
    elif _CALLBACK.match(asked):
        yield from _callback_faults(body, parts, standing)
    elif _COMMANDS.match(asked):
        yield from commands_faults(body, "commands")


def _short(path: str) -> str:
    return "webhook" if path.startswith("/webhooks") else "message"


def _callback_faults(body: Json, parts: Parts, standing: int) -> Iterator[Fault]:
    kind, data = body["type"], body.get("data") or {}
    if kind == 4:
        yield from message_faults(data, "data", Use.ANSWER, parts)
    elif kind == 5:
        if int(data.get("flags") or 0) & ~Flag.EPHEMERAL or data.keys() - {"flags"}:
            yield Fault("bad flags", "data", "while thinking an answer is ephemeral or not, and nothing else")
    elif kind == 6:
        if data:
            yield Fault("unknown field", "data", "a deferred update says nothing yet")
    elif kind == 7:
        yield from message_faults(data, "data", Use.EDIT, parts, standing=standing)
    elif kind == 8:
        yield from choices_faults(data, "data")
    elif kind == 9:
        yield from modal_faults(data, "data")
    else:
        yield Fault("bad value", "type", f"no bot of messages answers {kind}")


_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


def errors_tree(faults: list[Fault]) -> Json:
    """The faults as Discord writes them into a 400: nested by field, each with a code and a sentence."""
    tree: Json = {}
    for fault in faults:
        node = tree
        for name, index in _STEP.findall(fault.where):
            node = node.setdefault(name or index, {})
        code = fault.kind.upper().replace(" ", "_")
        node.setdefault("_errors", []).append({"code": code, "message": fault.says})
    return tree
