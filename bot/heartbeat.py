"""The sign of life of a running bot: a small file in the data folder, read by `underkeel healthcheck`.

Written by `bot.app` every few seconds; holds no secret and nothing of anybody's watches.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.ports import SourceHealth

BEAT_S: Final = 5.0
LATE_S: Final = 30.0
"""A beat older than this means that the program hangs or is gone."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What the file says: is it well, and in plain words why not."""

    well: bool
    words: tuple[str, ...]


class Heartbeat:
    """Reads and writes the file; opens nothing before it is used."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "heartbeat.json"

    def beat(self, now: float, health: Sequence[SourceHealth]) -> None:
        """Write the state of now (wall clock) in one piece."""
        record = {
            "at": now,
            "pid": os.getpid(),
            "markets": {
                one.title: {"seen_at": one.seen_at, "fault": one.fault, "block": one.head and one.head.number}
                for one in health
            },
        }
        self._path.parent.mkdir(
            parents=True, exist_ok=True
        )  # with a server of their own nobody else makes it
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(record), encoding="utf-8")
        fresh.replace(self._path)

    def clear(self) -> None:
        """After a polite end there is no life to show."""
        self._path.unlink(missing_ok=True)

    def read(self, now: float, stale_after_s: int) -> Pulse:
        """Well = a fresh beat, and every market was read within `stale_after_s` seconds."""
        try:
            record: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return Pulse(well=False, words=("No bot runs on this data folder.",))
        age = now - float(record["at"])
        if age > LATE_S:
            return Pulse(well=False, words=(f"The last sign of life is {age:.0f} s old.",))
        faults = [
            f"{title}: {_silence(now, market)}"
            for title, market in record["markets"].items()
            if now - float(market["seen_at"]) > stale_after_s
        ]
        if faults:
            return Pulse(well=False, words=tuple(faults))
        blocks = [f"{title} at block {market['block']}" for title, market in record["markets"].items()]
        return Pulse(well=True, words=("Well: " + ", ".join(blocks) + ".",))


def _silence(now: float, market: dict[str, Any]) -> str:
    why = f" ({market['fault']})" if market["fault"] else ""
    if not market["seen_at"]:
        return f"not read since the start{why}"
    return f"last read {now - float(market['seen_at']):.0f} s ago{why}"
