"""Episodes as text: JSON lines, read strictly and written in one way only. docs/EPISODES.md describes them.

`read` collects every fault with its line and field and raises one EpisodeError; no file makes it fail in
another way. `dump` gives bytes that are the same wherever and whenever they are made.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from typing import Any, Final, get_args, get_type_hints

from bot.errors import EpisodeError
from watchers.replay.checks import faults_among
from watchers.replay.episode import Episode
from watchers.replay.forms import Form
from watchers.replay.happenings import Timed
from watchers.replay.records import FIRST, THEN
from watchers.replay.setting import Head, Record, Truth

BYTES_AT_MOST: Final = 64 * 2**20
LINES_AT_MOST: Final = 400_000
LINE_AT_MOST: Final = 64 * 2**10
"""Bytes of one line."""
FAULTS_TOLD: Final = 50
_QUOTED: Final = 60
_DEPTH_MOST: Final = 32
"""Brackets within brackets; our lines have three."""
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')
_BRACKET: Final = re.compile(rb"[\[\]{}]")
_KIND: Final = "is"
_KINDS: Final[Mapping[str, type[Record]]] = {**FIRST, **THEN}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}
_LAST: Final = ("certainty", "within_s", "source")
"""Where they stand in a line of a time: behind what it says."""


def _forms_of(kind: type[Record]) -> Mapping[str, tuple[Form, Any]]:
    """Field -> its form and default (MISSING: it must be there), in the order in which they are written."""
    hints = get_type_hints(kind, include_extras=True)
    named = [one for one in fields(kind) if one.name != "line"]
    if issubclass(kind, Timed):
        named.sort(key=lambda one: one.name in _LAST)
    return {one.name: (get_args(hints[one.name])[1], one.default) for one in named}


_FORMS: Final = {kind: _forms_of(kind) for kind in _KINDS.values()}


# ---- writing ------------------------------------------------------------------------------------------


def dump(episode: Episode) -> str:
    """The episode as its file; `read` gives an equal one back."""
    return "".join(line_of(one) for one in episode.records())


def line_of(record: Record) -> str:
    """One line with its end. Only ASCII, and nothing that has its default."""
    row: dict[str, Any] = {_KIND: _NAMES[type(record)]}
    for name, (form, default) in _FORMS[type(record)].items():
        value = getattr(record, name)
        if value != default or default is MISSING:
            row[name] = form.write(value)
    return json.dumps(row, ensure_ascii=True, allow_nan=False) + "\n"


# ---- reading ------------------------------------------------------------------------------------------


def read(data: bytes, name: str) -> Episode:
    """Raises EpisodeError with all faults (the first 50); `name` is what they are told by."""
    if len(data) > BYTES_AT_MOST:
        raise EpisodeError(name, [f"it has {len(data)} bytes; {BYTES_AT_MOST} are allowed"])
    faults: list[str] = []
    found: list[Record] = []
    if not data.endswith(b"\n") and _is_recorded(data):
        data = data[: data.rfind(b"\n") + 1]  # its writer was cut off in the middle of a line
    for record in _records(data, faults):
        found.append(record)
        if len(found) > LINES_AT_MOST:
            raise EpisodeError(name, [f"it has more than {LINES_AT_MOST} lines"])
    if not faults and not (found and isinstance(found[0], Head)):
        faults.append('line 1: the first line must be an "episode"')
    if faults:
        raise EpisodeError(name, _told(faults))
    faults += [f"line {one.line}: a second episode" for one in found[1:] if isinstance(one, Head)]
    episode = Episode.of(found)
    faults += faults_among(episode)
    if faults:
        raise EpisodeError(name, _told(faults))
    return episode


def _is_recorded(data: bytes) -> bool:
    head = next(_record(1, data.partition(b"\n")[0][:LINE_AT_MOST], []), None)
    return isinstance(head, Head) and head.kind is Truth.RECORDED


def _told(faults: list[str]) -> list[str]:
    more = len(faults) - FAULTS_TOLD
    return [*faults[:FAULTS_TOLD], *([f"and {more} more faults"] if more > 0 else [])]


def _records(data: bytes, faults: list[str]) -> Iterator[Record]:
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        if len(line) > LINE_AT_MOST:
            faults.append(f"line {number}: has {len(line)} bytes; {LINE_AT_MOST} are allowed")
        else:
            yield from _record(number, line, faults)
        if len(faults) > 2 * FAULTS_TOLD:
            return


def _is_deep(line: bytes) -> bool:
    """Asked before parsing: the standard parser's C stack has no bound of its own once some library has
    lifted the recursion limit. Counting brackets alone suffices for nearly every line.
    """
    if line.count(b"[") + line.count(b"{") <= _DEPTH_MOST:
        return False
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", line)):
        depth += 1 if bracket in b"[{" else -1
        if depth > _DEPTH_MOST:
            return True
    return False


def _record(number: int, line: bytes, faults: list[str]) -> Iterator[Record]:
    if _is_deep(line):
        faults.append(f"line {number}: is nested too deeply")
        return
    try:
        row = json.loads(
            line.decode("utf-8"),
            object_pairs_hook=_once,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
    except UnicodeDecodeError:
        faults.append(f"line {number}: is no UTF-8")
        return
    except ValueError as error:
        what = f"is no JSON: {error}" if isinstance(error, json.JSONDecodeError) else str(error)
        faults.append(f"line {number}: {_short(what, 200)}")
        return
    if not isinstance(row, dict):
        faults.append(f"line {number}: is no object")
        return
    kind = row.pop(_KIND, None)
    cls = _KINDS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        known = ", ".join(_KINDS)
        faults.append(f'line {number}: "{_KIND}" is {_short(repr(kind))}, none of {known}')
        return
    values = _values(cls, row, f"line {number}, {kind}", faults)
    if values is not None:
        yield cls(line=number, **values)


def _values(
    cls: type[Record], row: Mapping[str, Any], where: str, faults: list[str]
) -> dict[str, Any] | None:
    """None when there is a fault."""
    forms, values = _FORMS[cls], {}
    before = len(faults)
    faults += [f'{where}: no such field "{_short(name)}"' for name in row if name not in forms]
    for name, (form, default) in forms.items():
        if name in row:
            try:
                values[name] = form.read(row[name])
            except ValueError as error:
                faults.append(f'{where}: "{name}" {_short(repr(row[name]))} {error}')
        elif default is MISSING:
            faults.append(f'{where}: "{name}" is missing')
    return values if len(faults) == before else None


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, value in pairs:
        if name in row:
            raise ValueError(f'has "{_short(name)}" twice')
        row[name] = value
    return row


def _no_float(text: str) -> Any:
    raise ValueError(f'has the number {_short(text)}: write it as text, "{_short(text)}"')


def _short(text: str, most: int = _QUOTED) -> str:
    """Fit to be shown: no controls, and no more than `most` characters."""
    shown = ascii(text)[1:-1] if not text.isascii() or not text.isprintable() else text
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
