"""The sign of life of a running bot: a small file in the data folder, for `healthcheck` and `ask`.

Written by `bot.app` every few seconds; holds no secret and nothing of anybody's watches.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from bot.domain.units import BlockRef
from bot.ports import FlowHealth, SourceHealth

VERSION: Final = 1
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

    def beat(self, now: float, health: Sequence[SourceHealth], flows: Sequence[FlowHealth] = ()) -> None:
        """Write the state of now (wall clock) in one piece."""
        record = {
            "version": VERSION,
            "at": now,
            "pid": os.getpid(),
            "markets": [asdict(one) for one in health],
            "flows": [asdict(one) for one in flows],
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)  # with a store elsewhere nobody else makes it
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(record), encoding="utf-8")
        fresh.replace(self._path)

    def clear(self) -> None:
        """After a polite end there is no life to show."""
        self._path.unlink(missing_ok=True)

    def health(self) -> tuple[SourceHealth, ...]:
        """What the running bot last said of its eyes; empty when none runs. Fits `bot.ports.Eyes`."""
        record = self._read()
        return tuple(map(_source, record["markets"])) if record else ()

    def flow_health(self) -> tuple[FlowHealth, ...]:
        """As `health`, of the eyes for transfers."""
        record = self._read()
        return tuple(map(_flows, record.get("flows", ()))) if record else ()

    def read(self, now: float, stale_after_s: int) -> Pulse:
        """Well = a fresh beat, and every market was read within `stale_after_s` seconds.

        Transfers that lag are no illness: a long pause is caught up, and /status tells.
        """
        record = self._read()
        if record is None:
            return Pulse(well=False, words=("No bot runs on this data folder.",))
        age = now - float(record["at"])
        if age > LATE_S:
            return Pulse(well=False, words=(f"The last sign of life is {age:.0f} s old.",))
        markets = tuple(map(_source, record["markets"]))
        if not markets:
            return Pulse(well=False, words=("Started, and has not looked at a market yet.",))
        faults = [
            f"{one.title}: {_silence(now, one)}" for one in markets if now - one.seen_at > stale_after_s
        ]
        if faults:
            return Pulse(well=False, words=tuple(faults))
        return Pulse(
            well=True, words=tuple(f"{one.title}: read {now - one.seen_at:.0f} s ago" for one in markets)
        )

    def _read(self) -> dict[str, Any] | None:
        """None when there is no file, or one of another version of this form."""
        try:
            record: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return record if record.get("version") == VERSION else None


def _source(record: dict[str, Any]) -> SourceHealth:
    head = record["head"]
    return SourceHealth(**{**record, "head": BlockRef(**head) if head else None})


def _flows(record: dict[str, Any]) -> FlowHealth:
    head = record["head"]
    return FlowHealth(**{**record, "head": BlockRef(**head) if head else None})


def _silence(now: float, market: SourceHealth) -> str:
    why = f" ({market.fault})" if market.fault else ""
    if not market.seen_at:
        return f"not read since the start{why}"
    return f"last read {now - market.seen_at:.0f} s ago{why}"
