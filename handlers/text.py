"""Text as chat platforms count it: in UTF-16, cleaned, cut where a reader would cut. Pure."""

import re
import unicodedata

from bot.messages.model import Line, Span, Style

ELLIPSIS = "…"
_JOINERS = frozenset("\u200d\ufe0f\ufe0e")
_LOOK_BACK = 40
"""How far a cut goes back to end on a space, in characters."""
_LINK = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(:\d{1,5})?([/?#]\S*)?\Z", re.IGNORECASE)
_LINK_CAP = 2048
_NAME_CAP = 64


def units(text: str) -> int:
    """UTF-16 code units, the measure of every Telegram text, offset and length."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """One line that can be sent: controls become spaces, lone surrogates the replacement character."""
    return text if text.isprintable() else "".join(map(_clean_character, text))


def _clean_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    return " " if category in ("Cc", "Zl", "Zp") else character


def file_name(text: str) -> str:
    """A name that can be a file's anywhere: letters, digits, dots and dashes."""
    return re.sub(r"[^\w.-]+", "_", clean(text))[-_NAME_CAP:].strip("._") or "file.txt"


def is_visible(text: str) -> bool:
    """Whether anything of it shows: Telegram refuses a text of blanks and invisible characters as empty."""
    return any(
        unicodedata.category(character)[0] not in "CZM" and character not in _BLANK for character in text
    )


_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Fillers that Unicode calls letters or symbols though they show nothing."""


def is_link(url: str) -> bool:
    """Whether it is an https address with a full host name, the only kind we hand to people."""
    return len(url) <= _LINK_CAP and _LINK.match(url) is not None and url.isprintable()


def cut_text(text: str, room: int) -> str:
    """At most `room` units from the start, ending at a word if one ends near, never inside a character."""
    if units(text) <= room:
        return text
    end = 0
    for end, character in enumerate(text):  # noqa: B007 - `end` is what we are after
        room -= units(character)
        if room < 0:
            break
    while end > 0 and (_clings(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    space = text.rfind(" ", max(0, end - _LOOK_BACK), end + 1)
    return text[: space if space > 0 else end].rstrip()


def _clings(character: str) -> bool:
    """Whether it belongs to the character before it: accents, joiners, skin tones."""
    return (
        character in _JOINERS
        or unicodedata.category(character) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )


def line_units(line: Line) -> int:
    """UTF-16 units of a line without its line break."""
    return sum(units(span.text) for span in line)


def cut_lines(lines: tuple[Line, ...], room: int) -> tuple[Line, ...]:
    """The first lines that fit into `room` units, ending in an ellipsis when something was left out."""
    if sum(map(line_units, lines)) + max(0, len(lines) - 1) <= room:
        return lines
    if room < 1:
        return ()
    left = room - 1  # the ellipsis
    kept: list[Line] = []
    for line in lines:
        break_units = 1 if kept else 0
        if break_units + line_units(line) <= left:
            kept.append(line)
            left -= break_units + line_units(line)
            continue
        head = _cut_line(line, left - break_units)
        if head or not kept:
            kept.append((*head, Span(ELLIPSIS)))
        else:
            kept[-1] = (*kept[-1], Span(ELLIPSIS))
        break
    return tuple(kept)


def _cut_line(line: Line, room: int) -> Line:
    """The spans that fit. Half of what a tap copies would be a wrong address: such a span goes whole."""
    kept: list[Span] = []
    for span in line:
        if units(span.text) <= room:
            kept.append(span)
            room -= units(span.text)
            continue
        head = cut_text(span.text, room)
        if head and span.style is not Style.CODE:
            kept.append(Span(head, span.style, span.url, span.time))
        break
    return tuple(kept)
