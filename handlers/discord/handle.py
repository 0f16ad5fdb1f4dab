"""The handle of an interaction: where its answer goes, in the private form that travels through the outbox.

Made by the gateway, read by the sender; it holds a token, so it is never logged.
"""

from dataclasses import dataclass
from typing import Final

_EPOCH_MS: Final = 1_420_070_400_000
ANSWERABLE_S: Final = 15 * 60 - 10
"""Discord takes answers for 15 minutes; the rest is for clocks that differ."""
_DIRECT: Final = "dm"


@dataclass(frozen=True, slots=True)
class Handle:
    """An interaction that was acknowledged: its waiting answer can be filled in."""

    application: str
    interaction: str
    token: str

    def __str__(self) -> str:
        return f"{self.application}:{self.interaction}:{self.token}"

    __repr__ = object.__repr__

    def is_open(self, now: float) -> bool:
        """Whether Discord still takes the answer, at unix time `now`."""
        return now < made_at(self.interaction) + ANSWERABLE_S


@dataclass(frozen=True, slots=True)
class Direct:
    """An interaction that could not be acknowledged: its answer goes to the person alone."""

    user: str

    def __str__(self) -> str:
        return f"{_DIRECT}:{self.user}"


def read_handle(text: str) -> Handle | Direct | None:
    """None for what is no handle of ours."""
    match text.split(":", 2):
        case ["dm", user] if user.isdecimal():
            return Direct(user)
        case [application, interaction, token] if (
            application.isdecimal() and interaction.isdecimal() and token
        ):
            return Handle(application, interaction, token)
    return None


def made_at(snowflake: str) -> float:
    """The unix time at which Discord made an id."""
    return ((int(snowflake) >> 22) + _EPOCH_MS) / 1000
