"""Turns a Message into what a terminal shows: styled fragments, or plain lines for pipes. Pure.

Called by the console's sender and, for plain lines, by `underkeel ask`.
"""

import unicodedata
from collections.abc import Iterable, Iterator

from prompt_toolkit.utils import get_cwidth

from bot.messages.model import Ask, Button, Copy, Line, Message, Open, Press, Span, Style

Fragment = tuple[str, str]
"""(prompt_toolkit style, text)"""
Row = list[Fragment]

_STYLES = {
    Style.PLAIN: "",
    Style.BOLD: "class:strong",
    Style.ITALIC: "class:emphasis",
    Style.CODE: "class:code",
    Style.FAINT: "class:faint",
}
_BARS = {
    "🔴": "class:bar.critical",
    "🟠": "class:bar.warning",
    "🟡": "class:bar.warning",
    "🟢": "class:bar.good",
    "✅": "class:bar.good",
    "⚪": "class:bar.unseen",
}
"""The colour of a card's edge follows the symbol its first line starts with; the words say the same."""
_RAW = "[ZeroWidthEscape]"
"""In a style: the text is for the terminal itself and takes no columns."""
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str) -> str:
    """One line a terminal cannot be steered by: no controls, no escapes, no marks that turn writing round."""
    return "".join(_clean_character(character) for character in text if character not in _BIDI)


def _clean_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    return " " if category in ("Cc", "Zl", "Zp") else character


def presses(message: Message) -> tuple[Button, ...]:
    """The buttons that a person may choose by number, counted from 1."""
    return tuple(
        button for row in message.buttons for button in row if isinstance(button.action, Press | Ask)
    )


def render(message: Message, width: int, *, name: str = "", links: bool = False) -> Row:
    """A card of at most `width` columns: an edge, the lines, the details, then the numbered buttons.

    `name` is what people call the card (`#12`). With `links` the terminal is told addresses (OSC 8);
    otherwise they are written out. Ends with a line break.
    """
    edge: Fragment = (_bar(message), "▌ ")
    rows: list[Row] = []
    for line in message.lines:
        rows += ([edge, *row] for row in _wrapped(_fragments(line, links=links), width - 2))
    for line in message.details:
        faint = [(f"class:faint {style}", text) for style, text in _fragments(line, links=links)]
        rows += ([edge, ("", "  "), *row] for row in _wrapped(faint, width - 4))
    rows += ([edge, *row] for row in _buttons(message, width - 2, name, links=links))
    return [fragment for row in rows for fragment in (*row, ("", "\n"))]


def plain(message: Message, width: int = 0) -> str:
    """The same words without colour or escapes, for pipes; `width` 0 leaves lines as long as they are."""
    rows = [row for line in message.lines for row in _wrapped(_fragments(line), width)]
    for line in message.details:
        rows += ([("", "  "), *row] for row in _wrapped(_fragments(line), width and width - 2))
    for button in (button for row in message.buttons for button in row):
        if rest := _written_out(button):
            rows.append([("", f"{clean(button.label)}: {rest}")])
    if message.file:
        rows += [[("", clean(line))] for line in message.file.text.splitlines()]
    return "\n".join("".join(text for _, text in row).rstrip() for row in rows)


def columns(row: Iterable[Fragment]) -> int:
    """How many columns of a terminal it takes."""
    return sum(get_cwidth(text) for style, text in row if _RAW not in style)


def first_words(message: Message, width: int) -> str:
    """The beginning of the first line, to recognise a card by."""
    line = clean("".join(span.text for span in message.lines[0])) if message.lines else ""
    if get_cwidth(line) <= width:
        return line
    kept, used = "", 1  # the ellipsis
    for character in line:
        used += get_cwidth(character)
        if used > width:
            break
        kept += character
    return kept.rstrip() + "…"


def _bar(message: Message) -> str:
    start = "".join(span.text for span in message.lines[0]).lstrip()[:1] if message.lines else ""
    return _BARS.get(start, "class:bar")


def _fragments(line: Line, *, links: bool = False) -> Row:
    return [fragment for span in line for fragment in _of_span(span, links=links)]


def _of_span(span: Span, *, links: bool) -> Iterator[Fragment]:
    text, style = clean(span.text), _STYLES[span.style]
    if not _is_link(span.url):
        yield style, text
    elif links:
        yield _RAW, f"\x1b]8;;{span.url}\x1b\\"
        yield f"{style} class:link", text
        yield _RAW, "\x1b]8;;\x1b\\"
    else:
        yield style, text
        if span.url != text:
            yield "class:faint", f" ({span.url})"


def _is_link(url: str) -> bool:
    return url.startswith("https://") and url.isprintable() and " " not in url


def _buttons(message: Message, width: int, name: str, *, links: bool) -> list[Row]:
    """Numbered presses on one line, links and texts to copy on one line each."""
    numbered: Row = []
    for number, button in enumerate(presses(message), 1):
        start = f"  [{number}]" if numbered else f"[{number}]"
        numbered += [("class:number", start), ("", f" {clean(button.label)}")]
    rows = _wrapped([("class:faint", f"{name} "), *numbered] if name else numbered, width) if numbered else []
    for button in (button for row in message.buttons for button in row):
        rest = _written_out(button)
        if not rest:
            continue
        if links and isinstance(button.action, Open):
            rows.append(_fragments((Span(f"↗ {button.label}", url=button.action.url),), links=True))
        else:
            style = "class:code" if isinstance(button.action, Copy) else "class:faint"
            sign = "⧉" if isinstance(button.action, Copy) else "↗"
            rows.append([("", f"{sign} {clean(button.label)}: "), (style, rest)])
    return rows


def _written_out(button: Button) -> str:
    """What stands behind a button that needs no answer from us."""
    match button.action:
        case Open(url):
            return url if _is_link(url) else ""
        case Copy(text):
            return clean(text)
        case _:
            return ""


def _wrapped(row: Row, width: int) -> list[Row]:
    """Broken at spaces to rows of at most `width` columns (0 = no limit); what fits keeps its spacing."""
    if width <= 0 or columns(row) <= width:
        return [row]
    rows: list[Row] = [[]]
    used = 0
    for style, piece in _pieces(row, width):
        if _RAW in style:
            rows[-1].append((style, piece))
            continue
        word = piece.rstrip()
        if used and used + get_cwidth(word) > width:
            rows.append([])
            used, piece, word = 0, piece.lstrip(), word.lstrip()  # noqa: PLW2901 - the space became the break
        shown = piece if used + get_cwidth(piece) <= width else word
        rows[-1].append((style, shown))
        used += get_cwidth(shown)
    return rows


def _pieces(row: Row, width: int) -> Iterator[Fragment]:
    """Words with the spaces after them; a word wider than a row is cut into rows."""
    for style, text in row:
        if _RAW in style:
            yield style, text
            continue
        start, used = 0, 0
        for at, character in enumerate(text):
            size = get_cwidth(character)
            starts_word = at > start and text[at - 1] == " " != character
            if starts_word or (used + size > width and at > start and character != " "):
                yield style, text[start:at]
                start, used = at, 0
            used += size
        yield style, text[start:]
