"""The peer's own time: a test moves it ahead instead of sleeping, so deadlines and windows pass at once.

Read by interactions (3 seconds, 15 minutes), by the rate limits and by whoever makes an id.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(slots=True)
class Clock:
    """Unix seconds: `real()` and whatever a test has put on top."""

    real: Callable[[], float] = time.time
    ahead: float = 0.0

    def __call__(self) -> float:
        return self.real() + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += seconds

    @property
    def iso(self) -> str:
        return datetime.fromtimestamp(self(), UTC).isoformat()
