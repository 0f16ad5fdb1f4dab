"""Small tools to build a Message: filling templates with styled parts, measuring and cutting to size."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from string import Formatter
from typing import Final

from bot.messages.catalogue import plural
from bot.messages.model import Action, Button, Line, Message, Open, Press, Span, Style

UNITS_AT_MOST: Final = 3_800
"""UTF-16 units of a message, details included: Telegram's 4,096 with room for a renderer's own marks."""
PRESS_BYTES: Final = 64
"""Telegram's limit on callback data."""

Part = str | int | Span


def say(template: str, **parts: Part) -> Line:
    """A line from a translated template; a part may bring its style and is never read as a template."""
    spans: list[Span] = []
    for literal, name, _spec, _conversion in Formatter().parse(template):
        if literal:
            spans.append(Span(literal))
        if name is not None:
            part = parts[name]
            spans.append(part if isinstance(part, Span) else Span(str(part)))
    return tuple(spans)


def plain(text: str) -> Line:
    """Text that is no template: names, numbers, whatever may hold a brace."""
    return (Span(text),)


def bold(text: str) -> Span:
    return Span(text, Style.BOLD)


def code(text: str) -> Span:
    return Span(text, Style.CODE)


def faint(line: Line) -> Line:
    """Small print: every span that has no style of its own."""
    return tuple(replace(span, style=Style.FAINT) if span.style is Style.PLAIN else span for span in line)


def joined(parts: Iterable[Line], separator: str = " · ") -> Line:
    """Lines made into one, empty ones left out."""
    spans: list[Span] = []
    for part in parts:
        if part:
            spans.extend((Span(separator), *part) if spans else part)
    return tuple(spans)


def row(*buttons: Button | None) -> tuple[Button, ...]:
    """A row of buttons without those that have nowhere to go or do not fit their platform's limit."""
    return tuple(button for button in buttons if button is not None and _fits(button.action))


def rows(*made: tuple[Button, ...]) -> tuple[tuple[Button, ...], ...]:
    return tuple(one for one in made if one)


def press(label: str, verb: str, argument: str = "") -> Button:
    return Button(label, Press(verb, argument))


def link(label: str, url: str) -> Button | None:
    return Button(label, Open(url)) if url else None


def _fits(action: Action) -> bool:
    return not isinstance(action, Press) or len(action.data().encode()) <= PRESS_BYTES


def units(text: str) -> int:
    """UTF-16 code units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def line_text(line: Line) -> str:
    return "".join(span.text for span in line)


def text_of(lines: Sequence[Line]) -> str:
    """The words alone."""
    return "\n".join(line_text(line) for line in lines)


def fit(message: Message, at_most: int = UNITS_AT_MOST) -> Message:
    """The message cut to size: details go first, from their end, then lines, each cut with its count said."""
    lines = _cut(message.lines, at_most)
    left = at_most - units(text_of(lines)) - 1
    details = _cut(message.details, left) if left > 40 else ()
    return replace(message, lines=lines, details=details)


def _cut(lines: Sequence[Line], at_most: int) -> tuple[Line, ...]:
    sizes = [units(line_text(line)) + 1 for line in lines]
    if sum(sizes) <= at_most:
        return tuple(lines)
    room = at_most - 40
    kept: list[Line] = []
    for line, size in zip(lines, sizes, strict=True):
        if size > room:
            break
        kept.append(line)
        room -= size
    if not kept and room > 0:
        kept.append((Span(line_text(lines[0])[: room // 2] + "…"),))
    rest = len(lines) - len(kept)
    if rest:
        kept.append(faint(say(plural("… and {n} more line", "… and {n} more lines", rest), n=rest)))
    return tuple(kept)
