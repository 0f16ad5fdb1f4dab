"""The town's time: that of the wall, moved ahead by tests, which begin in the past.

A store has a clock of its own, the wall's: what the product puts off by the town's clock is due there at once
as long as the town is still behind.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

DAY_S = 86_400


@dataclass(slots=True)
class TownClock:
    """Unix seconds; begins a day ago."""

    ahead: float = -DAY_S
    held: float | None = None
    """The wall's time at which it was stopped."""

    def __call__(self) -> float:
        return (time.time() if self.held is None else self.held) + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += seconds

    def hold(self) -> None:
        """Only `advance` moves it from now on: what is done twice is done at the same time."""
        self.held = time.time()
