"""A message without any platform's markup: lines of spans, a folded part, buttons.

`bot.messages.compose` makes it; each platform's renderer turns it into what that platform shows.
"""

from dataclasses import dataclass
from enum import StrEnum


class Style(StrEnum):
    """How a span looks, where the platform can."""

    PLAIN = "plain"
    BOLD = "bold"
    ITALIC = "italic"
    CODE = "code"
    """Monospaced and copied by a tap: addresses, commands, amounts to paste."""
    FAINT = "faint"
    """Small print: block, source, age. Plain where a platform has no such thing."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style. `url` makes a link; `time` (unix seconds) lets the platform localise it."""

    text: str
    style: Style = Style.PLAIN
    url: str = ""
    time: int = 0
    is_age: bool = False
    """The words say how long ago `time` was ("9 s old"), else they name the moment itself."""


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Press:
    """A button that comes back to us: a verb of `handlers.commands` and a short argument.

    `data()` is stateless so that it survives a restart; 64 bytes is Telegram's limit on callback data.
    """

    verb: str
    argument: str = ""

    def data(self) -> str:
        """The wire form, `1|verb|argument`; 1 is the version of this form."""
        return f"1|{self.verb}|{self.argument}"


@dataclass(frozen=True, slots=True)
class Open:
    """A button that opens an https address."""

    url: str


@dataclass(frozen=True, slots=True)
class Copy:
    """A button that copies text (at most 256 characters on Telegram)."""

    text: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A button that asks for the words of a command's form: a modal where the platform has them, else the
    press is answered with what to type. `data()` has the same form as that of a Press of the verb `ask`.
    """

    form: str
    """`command` or `command.form`."""

    def data(self) -> str:
        return f"1|ask|{self.form}"


Action = Press | Open | Copy | Ask


@dataclass(frozen=True, slots=True)
class Button:
    """A labelled action; renderers drop what their platform cannot do and keep the rest in order."""

    label: str
    action: Action


@dataclass(frozen=True, slots=True)
class File:
    """A text file that goes with a message; UTF-8 on the wire."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Like moments on a price line. `sign` is build, sell, borrow, repay or liquidated; `label` names it."""

    sign: str
    label: str
    points: tuple[tuple[int, int], ...]
    """(unix seconds, price in base units)."""


@dataclass(frozen=True, slots=True)
class Chart:
    """What a picture shows, as data: `bot.charts` draws it. All words are finished, in the chat's locale.

    Series are (unix seconds, value) with oldest first; prices in base units (`unit` makes one), health in
    wad.
    """

    title: str
    alt: str
    """The same facts in words, for who cannot see it and where it cannot be drawn."""
    price: tuple[tuple[int, int], ...]
    unit: int
    price_label: str = ""
    health: tuple[tuple[int, int], ...] = ()
    health_label: str = ""
    liquidation: int = 0
    """The price at which liquidation begins, base units; 0 = none."""
    liquidation_label: str = ""
    levels: tuple[tuple[str, int], ...] = ()
    """(label, price) of the alert levels ahead."""
    timezone: str = "UTC"
    bars: tuple[tuple[int, int, int], ...] = ()
    """(start, in, out) of each hour, oldest first, both >= 0: drawn up and down instead of series."""
    bars_labels: tuple[str, str] = ("", "")
    """What goes up, and what goes down."""
    bar_s: int = 3_600
    marks: tuple[Mark, ...] = ()
    """What was done and when, on the price line."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn chart, handed to a sender; never stored."""

    png: bytes
    alt: str


@dataclass(frozen=True, slots=True)
class Message:
    """What one message says. `details` are shown folded where the platform can fold."""

    lines: tuple[Line, ...]
    details: tuple[Line, ...] = ()
    buttons: tuple[tuple[Button, ...], ...] = ()
    silent: bool = True
    """False rings: critical alerts and answers to a person."""
    file: File | None = None
    chart: Chart | None = None
    """Drawn at delivery; text never waits for it, and a failing one costs nothing but itself."""
    ping: str = ""
    """A Discord role (its bare id) to mention; dropped where there is no such thing."""
    severity: str = ""
    """`critical`, `warning`, `notice` or `resolved` for an alert, for a platform's coloured edge; never the
    only sign.
    """


def parse_press(data: str) -> Press | None:
    """The press behind callback data of ours, None for anything else."""
    parts = data.split("|", 2)
    if len(parts) != 3 or parts[0] != "1":
        return None
    return Press(parts[1], parts[2])
