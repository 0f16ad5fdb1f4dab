"""Answers about what is stored: exported, imported, forgotten, explained. Facts, as in `answers`."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.alerts import Alert
from bot.domain.labels import Label
from bot.subscriptions import ChatSettings, Watch


@dataclass(frozen=True, slots=True)
class ListExported:
    """The watches of a home, for a file that /import takes."""

    watches: tuple[Watch, ...]


class NamedAs(StrEnum):
    """What a record of another home says of a person."""

    ADDED = "added"
    HANDLED = "handled"
    EDITOR = "editor"
    DESTINATION = "destination"
    """Its alerts go to their own chat."""


@dataclass(frozen=True, slots=True)
class Named:
    """A record of another home that names a person. `watch` is its number there, 0 = the settings."""

    home: str
    named_as: NamedAs
    watch: int = 0


@dataclass(frozen=True, slots=True)
class HomeExported:
    """All that is stored of a home. `places` are all it speaks from and to; `named` is for a person."""

    home: str
    at: int
    watches: tuple[Watch, ...]
    settings: ChatSettings
    places: tuple[str, ...]
    alerts: tuple[Alert, ...]
    """The newest of each place."""
    named: tuple[Named, ...] = ()
    labels: tuple[Label, ...] = ()
    """Whose addresses are, as people here said."""


class LineResult(StrEnum):
    """What came of a line of a list."""

    ADDED = "added"
    KNOWN = "known"
    """It is watched already."""
    REPEATED = "repeated"
    """An earlier line of the list has it."""
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class ImportedLine:
    """One line of a list. `other`: the number of its watch (ADDED, KNOWN), of an earlier line (REPEATED)."""

    number: int
    text: str
    """As it was sent: hostile text."""
    result: LineResult
    other: int = 0
    problem: str = ""
    """A key of `faults.PROBLEMS`."""
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """Every line of a list, in its order; `room` is how many watches still fit."""

    lines: tuple[ImportedLine, ...]
    room: int

    def with_result(self, result: LineResult) -> tuple[ImportedLine, ...]:
        return tuple(line for line in self.lines if line.result is result)


@dataclass(frozen=True, slots=True)
class ImportAsked:
    """/import without a list: how to give one. `lines_at_most` at once, `room` in all."""

    lines_at_most: int
    room: int


@dataclass(frozen=True, slots=True)
class PrivacyShown:
    """What is kept of a home. `private`: it is a person's own chat."""

    platform: str
    private: bool


@dataclass(frozen=True, slots=True)
class ForgetAsked:
    """What /forget would delete; nothing is yet. `named`: records of other homes that name the person."""

    watches: int
    places: int = 1
    named: int = 0
    private: bool = True
    labels: int = 0


@dataclass(frozen=True, slots=True)
class Forgotten:
    """`named` records of other homes no longer name the person.

    `let_in`: a right is kept, being no data of a chat: the person is an operator, the place was let in.
    """

    watches: int
    named: int = 0
    private: bool = True
    let_in: bool = False


Record = ListExported | HomeExported | Imported | ImportAsked | PrivacyShown | ForgetAsked | Forgotten
