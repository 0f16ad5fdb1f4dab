"""Answers to presses: the short words that a platform flashes. Facts, as in `answers`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Acked:
    """`until` 0 = acknowledged, else snoozed until then; `alerts` of one message at once."""

    until: int = 0
    by: str = ""
    alerts: int = 1


@dataclass(frozen=True, slots=True)
class AlreadyHandled:
    """Somebody took it up before, and that still holds."""

    by: str
    at: int
    until: int = 0


@dataclass(frozen=True, slots=True)
class TooLate:
    """The alert of a button is over, or no longer stored (`known` False)."""

    known: bool = True
