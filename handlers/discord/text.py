"""Text as Discord's Markdown: escaped, styled, and cut where a reader would cut. Pure; for the renderer.

Lengths are UTF-16 units of the finished Markdown, the largest of the measures that Discord might use.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Final

from bot.messages.model import Line, Span, Style
from handlers.text import ELLIPSIS, clean, cut_text, is_link, is_visible, units

_ANYWHERE: Final = re.compile(
    r"[\\`*_~|<\[\]]"  # styles, spoilers, mentions, times, custom emoji, links
    r"|@(?=everyone|here)"
    r"|:(?=//)"  # bare addresses
    r"|:(?=[\w+-]+:)"  # :emoji:
    r"|(?<=\.gg)/|(?<=\.com)/(?=invite)"  # invitations unfold without https
)
_AT_START: Final = re.compile(r"(\s*)(#{1,3}(?=\s)|-|>|\+(?=\s)|\d+(?=[.)]\s))")
"""What makes a heading, small print, a list or a quotation of a line."""
_DIRECTION: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that turn the text around them."""
_LAST_TIME: Final = 2**31
_APART: Final = "\u200b"
"""Between two styles, whose asterisks would else be read as one."""
_MARKS: Final = {Style.BOLD: "**", Style.ITALIC: "*"}


def plain(text: str) -> str:
    """One line without control characters or ones that turn it around."""
    return _DIRECTION.sub("", clean(text))


def escape(text: str) -> str:
    """A text that Discord shows as it stands, wherever it stands but at the start of a line."""
    return _ANYWHERE.sub(lambda found: "\\" + found.group(), text)


def shorten(text: str, room: int) -> str:
    """At most `room` units of a text that carries no Markdown: labels, descriptions."""
    text = plain(text)
    return text if units(text) <= room else cut_text(text, room - 1) + ELLIPSIS


def markdown(line: Line) -> str:
    """A line in Discord's Markdown."""
    spans = _joined(line)
    shown = "".join(_separated(spans))
    if spans and all(span.style is Style.FAINT or not span.text.strip() for span in spans) and shown.strip():
        return f"-# {shown.strip()}"
    starts_plain = bool(spans) and not (spans[0].url or spans[0].time) and spans[0].style not in _FENCED
    return _AT_START.sub(_escaped_start, shown, count=1) if starts_plain and _AT_START.match(shown) else shown


_FENCED: Final = frozenset({Style.CODE, *_MARKS})


def _escaped_start(found: re.Match[str]) -> str:
    blank, mark = found.groups()
    return f"{blank}{mark}\\" if mark.isdigit() else f"{blank}\\{mark}"


def _joined(line: Line) -> list[Span]:
    """Neighbours of one kind made one, texts cleaned, nothing left of empty ones."""
    cleaned = (
        replace(span, text=plain(span.text), url=span.url if is_link(span.url) else "") for span in line
    )
    told = (
        replace(span, time=span.time if 0 < span.time < _LAST_TIME else 0) for span in cleaned if span.text
    )
    joined = []
    for _kind, run in groupby(told, key=lambda span: (span.style, span.url, span.time)):
        first, *others = run
        joined.append(replace(first, text=first.text + "".join(span.text for span in others)))
    return joined


def _separated(spans: list[Span]) -> Iterator[str]:
    before = ""
    for span in spans:
        made = _span(span)
        if before.endswith(("*", "`")) and made.startswith(("*", "`")):
            yield _APART
        yield made
        before = made or before


def _span(span: Span) -> str:
    """A link, else a time as the reader's own clock tells it, else the words in their style."""
    bare = span.text.strip(" ")
    if not is_visible(bare):
        return span.text
    head, _, tail = span.text.partition(bare)
    if span.style is Style.CODE:
        made = f"`{bare.replace('`', 'ˋ')}`"
    elif span.time:
        return f"{head}<t:{span.time}:{'R' if span.is_age else 'f'}>{tail}"
    else:
        made = escape(bare)
    mark = _MARKS.get(span.style, "")
    if span.url:
        made = f"[{made}](<{_address(span.url)}>)"
    return f"{head}{mark}{made}{mark}{tail}"


def _address(url: str) -> str:
    """An address that ends where we end it."""
    return re.sub(r"[<>()\\]", lambda found: f"%{ord(found.group()):02X}", url)


def fill(lines: tuple[Line, ...], room: int) -> tuple[str, tuple[Line, ...]]:
    """As many whole lines as fit into `room`, and those that are left."""
    kept: list[str] = []
    for number, line in enumerate(lines):
        made = markdown(line)
        if sum(map(units, kept)) + len(kept) + units(made) > room:
            return "\n".join(kept), lines[number:]
        kept.append(made)
    return "\n".join(kept), ()


def squeeze(lines: tuple[Line, ...], room: int) -> str:
    """All lines if they fit, else as much of them as does, ending in an ellipsis."""
    whole, left = fill(lines, room)
    if not left:
        return whole
    whole, left = fill(lines, room - units(ELLIPSIS) - 1)
    head = _cut_line(left[0], room - units(whole) - 2) if left else ""
    return f"{whole}\n{head}{ELLIPSIS}" if whole and head else f"{whole or head}{ELLIPSIS}"


def _cut_line(line: Line, room: int) -> str:
    """The start of a line. Half of what a tap copies would be a wrong address: such a span goes whole."""
    kept: list[Span] = []
    for span in line:
        if units(markdown((*kept, span))) <= room:
            kept.append(span)
            continue
        if span.style is not Style.CODE and not span.time:
            text = cut_text(plain(span.text), room)
            while text and units(markdown((*kept, replace(span, text=text)))) > room:
                text = cut_text(text, units(text) * 3 // 4)
            kept += [replace(span, text=text)] if text else []
        break
    return markdown(tuple(kept))
