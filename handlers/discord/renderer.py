"""Turns a Message into what Discord takes: content, embeds, buttons. Pure; called by the sender.

Content and embeds, not Components V2: a phone's notification shows the content, and it stands also where the
bot may not embed. Limits: https://discord.com/developers/docs/resources/message
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from bot.messages.model import Ask, Button, Line, Message, Open, Press
from handlers.discord.text import fill, plain, shorten, squeeze
from handlers.text import ELLIPSIS, is_link, is_visible, units

CONTENT_UNITS: Final = 2000
DESCRIPTION_UNITS: Final = 4096
EMBEDS_UNITS: Final = 6000
"""All embeds of a message together."""
BUTTONS_PER_ROW: Final = 5
ROWS: Final = 5
LABEL_UNITS: Final = 80
CUSTOM_ID_UNITS: Final = 100
URL_UNITS: Final = 512

_WORTH_FOLDING: Final = 40
"""Units of room under which details are left out rather than shown as a stump."""
_COLOURS: Final = {"critical": 0xDA373C, "warning": 0xF0883E, "notice": 0x5865F2, "resolved": 0x2DC770}
_ROW, _BUTTON, _GREY, _LINK = 1, 2, 2, 5


@dataclass(frozen=True, slots=True)
class Rendered:
    """Ready to send. `roles` are those that the content mentions and that may ring."""

    content: str
    embeds: tuple[dict[str, Any], ...] = ()
    components: tuple[dict[str, Any], ...] = ()
    roles: tuple[str, ...] = ()

    def body(self) -> dict[str, Any]:
        """The part of a request that a new message, an edit and an answer share. Nobody rings but `roles`."""
        mentions: dict[str, Any] = {"parse": [], "replied_user": False}
        if self.roles:
            mentions["roles"] = list(self.roles)
        return {
            "content": self.content,
            "embeds": list(self.embeds),
            "components": list(self.components),
            "allowed_mentions": mentions,
        }


def render(message: Message, *, in_content: bool = False) -> Rendered:
    """A message that Discord accepts, whatever is in it: details give way first, then the last lines.

    An alert fills the content, which shows everywhere, before an embed takes the rest; a long answer stands
    in one piece below its first line. `in_content`: all of it, for where embeds are not allowed.
    """
    roles = (message.ping,) if message.ping.isascii() and message.ping.isdecimal() else ()
    ring = f"\n<@&{roles[0]}>" if roles else ""
    room = CONTENT_UNITS - len(ring)
    buttons = tuple(_rows(message.buttons))
    if in_content:
        lines = (*message.lines, *message.details)
        return Rendered(_visible(squeeze(lines, room), lines) + ring, (), buttons, roles)
    content, left = fill(message.lines, room)
    if left and not message.severity:
        content, left = fill(message.lines[:1], room)[0], message.lines[1:]
    if not content and message.lines:
        content, left = squeeze(message.lines[:1], room), message.lines[1:]
    embeds = tuple(_embeds(left, message))
    return Rendered(_visible(content, message.lines) + ring, embeds, buttons, roles)


def _shows(lines: tuple[Line, ...]) -> bool:
    return any(is_visible(plain(span.text)) for line in lines for span in line)


def _visible(text: str, lines: tuple[Line, ...]) -> str:
    """Discord refuses a message in which nothing can be seen."""
    return text if text and _shows(lines) else ELLIPSIS


def _embeds(left: tuple[Line, ...], message: Message) -> Iterator[dict[str, Any]]:
    colour = {"color": _COLOURS[message.severity]} if message.severity in _COLOURS else {}
    room = EMBEDS_UNITS
    for lines in (left, message.details):
        text = squeeze(lines, min(room, DESCRIPTION_UNITS)) if room >= _WORTH_FOLDING else ""
        if text and _shows(lines):
            yield {"description": text, **colour}
            room -= units(text)


def _rows(rows: tuple[tuple[Button, ...], ...]) -> Iterator[dict[str, Any]]:
    """What fits, in order: five rows of five. A press that stands there already is not repeated."""
    seen: set[str] = set()
    count = 0
    for row in rows:
        fresh = []
        for one in filter(None, map(_button, row)):
            data = one.get("custom_id", "")
            if data not in seen:
                fresh.append(one)
            seen |= {data} - {""}
        for start in range(0, len(fresh), BUTTONS_PER_ROW):
            if count == ROWS:
                return
            count += 1
            yield {"type": _ROW, "components": fresh[start : start + BUTTONS_PER_ROW]}


def _button(button: Button) -> dict[str, Any] | None:
    """None for what Discord refuses, and for copying, which it has no button for."""
    label = shorten(button.label, LABEL_UNITS)
    if not is_visible(label):
        return None
    match button.action:
        case Press() | Ask() as action:
            data = action.data()
            if 0 < units(data) <= CUSTOM_ID_UNITS and data == plain(data):
                return {"type": _BUTTON, "style": _GREY, "label": label, "custom_id": data}
        case Open(url):
            if is_link(url) and units(url) <= URL_UNITS and url.isascii():
                return {"type": _BUTTON, "style": _LINK, "label": label, "url": url}
    return None
