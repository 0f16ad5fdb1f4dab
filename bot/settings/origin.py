"""Where a setting's value came from, and how a person writes one there. Used by all of `bot.settings`."""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

PREFIX = "UNDERKEEL_"

Path = tuple[str, ...]
"""Of a value in the settings: `("poll_seconds",)`, `("rpc", "ethereum")`, `("market", "myfork")`."""


class Style(Enum):
    """How a layer writes a setting."""

    OPTION = auto()
    ENVIRONMENT = auto()
    SECRET_FILE = auto()
    TOML = auto()


@dataclass(frozen=True, slots=True)
class Origin:
    """`name` as the person wrote it at `place`; `value` is what stood there: no repr, it may be secret."""

    style: Style
    name: str
    place: str
    value: Any = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.name} ({self.place})"


def default_origin(path: Path) -> Origin:
    """For a value that nobody wrote: the environment's name."""
    return Origin(Style.ENVIRONMENT, f"{PREFIX}{'_'.join(path[:2]).upper().replace('-', '_')}", "not set")
