"""Text entities judged against their text: places in UTF-16, kinds, companions and nesting. Called by rules.

Source of every rule: https://core.telegram.org/bots/api#messageentity and #formatting-options.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tests.chat.telegram.faults import Fault, Faults, utf16

ENTITIES_PER_TEXT = 100
"""Telegram drops what comes after the hundredth."""

COMPANIONS: Mapping[str, frozenset[str]] = {
    "text_link": frozenset({"url"}),
    "text_mention": frozenset({"user"}),
    "custom_emoji": frozenset({"custom_emoji_id"}),
    "date_time": frozenset({"unix_time"}),
}
"""Fields that an entity of this kind must carry; only it may carry them."""

MAY_CARRY: Mapping[str, frozenset[str]] = {
    **COMPANIONS,
    "date_time": frozenset({"unix_time", "date_time_format"}),
    "pre": frozenset({"language"}),
}

_STYLES = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler"})
_MONOSPACE = frozenset({"pre", "code"})
_QUOTES = frozenset({"blockquote", "expandable_blockquote"})
_FOUND = frozenset({"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"})
KINDS = _STYLES | _MONOSPACE | _QUOTES | _FOUND | frozenset(COMPANIONS)

_DATE_TIME_FORMAT = re.compile(r"(r|w?[dD]?[tT]?)\Z")
_LINK = re.compile(r"(https?://[^\s/?#.]+(\.[^\s/?#.]+)+|tg://)\S*\Z", re.IGNORECASE)
"""A web link needs a host with a dot: Telegram opens no bare `localhost`."""

_Entity = Mapping[str, Any]


def is_link(url: str) -> bool:
    return _LINK.match(url) is not None


def entity_faults(text: str, entities: Sequence[_Entity], where: str) -> Faults:
    """What is wrong with a text's entities, whose fields and types are known to be right."""
    if len(entities) > ENTITIES_PER_TEXT:
        yield Fault("too many entities", where, f"{len(entities)}, at most {ENTITIES_PER_TEXT}")
    size = utf16(text)
    inside_pair = _inside_pairs(text)
    for at, entity in enumerate(entities):
        here = f"{where}[{at}]"
        start, end = entity["offset"], entity["offset"] + entity["length"]
        if start < 0 or entity["length"] < 1 or end > size:
            yield Fault("entity out of text", here, f"covers {start}..{end} of {size} UTF-16 units")
        elif {start, end} & inside_pair:
            yield Fault("entity splits a character", here, f"{start}..{end} cuts a surrogate pair in two")
        yield from _kind_faults(entity, here)
    yield from _nesting_faults(entities, where)


def _inside_pairs(text: str) -> frozenset[int]:
    """UTF-16 offsets that fall between the halves of a surrogate pair."""
    found, offset = set(), 0
    for character in text:
        if ord(character) > 0xFFFF:
            found.add(offset + 1)
            offset += 1
        offset += 1
    return frozenset(found)


def _kind_faults(entity: _Entity, where: str) -> Faults:
    kind = entity["type"]
    if kind not in KINDS:
        yield Fault("unknown entity", where, f"no entity is called {kind!r}")
        return
    extra = entity.keys() - {"type", "offset", "length"}
    for name in sorted(COMPANIONS.get(kind, frozenset()) - extra):
        yield Fault("entity lacks a field", where, f"{kind} needs {name}")
    for name in sorted(extra - MAY_CARRY.get(kind, frozenset())):
        yield Fault("entity has a stranger's field", where, f"{kind} takes no {name}")
    if kind == "text_link" and not is_link(entity.get("url", "")):
        yield Fault("bad link", f"{where}.url", f"{entity.get('url')!r} opens nothing")
    if kind == "date_time":
        if not 0 <= entity.get("unix_time", 0) < 1 << 31:
            yield Fault("out of range", f"{where}.unix_time", "not a time of this era in seconds")
        if not _DATE_TIME_FORMAT.match(entity.get("date_time_format", "")):
            yield Fault("bad date format", f"{where}.date_time_format", "must match r|w?[dD]?[tT]?")


def _nesting_faults(entities: Sequence[_Entity], where: str) -> Faults:
    for later, second in enumerate(entities):
        for first in entities[:later]:
            yield from _pair_faults(first, second, f"{where}[{later}]")


def _pair_faults(first: _Entity, second: _Entity, where: str) -> Faults:
    a, a_end = first["offset"], first["offset"] + first["length"]
    b, b_end = second["offset"], second["offset"] + second["length"]
    if a_end <= b or b_end <= a:
        return
    if not (a <= b and b_end <= a_end) and not (b <= a and a_end <= b_end):
        yield Fault("entities overlap", where, f"{a}..{a_end} and {b}..{b_end} cross")
        return
    pair = (first["type"], second["type"])
    styled = any(kind in _STYLES for kind in pair)
    quoted = [kind for kind in pair if kind in _QUOTES]
    if any(kind in _MONOSPACE for kind in pair) and not quoted:
        yield Fault("entities nested", where, f"{pair[0]} and {pair[1]}: monospace shares its text with none")
    elif len(quoted) == 2 or not (styled or quoted):
        yield Fault("entities nested", where, f"{pair[0]} and {pair[1]} cannot hold each other")
    elif pair[0] == pair[1]:
        yield Fault("entities nested", where, f"{pair[0]} twice over the same text")
