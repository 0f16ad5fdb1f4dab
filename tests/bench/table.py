"""Figures as people read them: a small table on standard output, and what machine they were taken on."""

import os
import platform
from collections.abc import Sequence


def show(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """The first column to the left, the others to the right."""
    cells = [[str(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    print(f"\n\n{title}\n{machine()}\n")
    for row in cells:
        first, *rest = zip(row, widths, strict=True)
        print("  ".join((first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest))))


def machine() -> str:
    """Its cores, how many want them (load), Python."""
    load = os.getloadavg()[0]
    return f"({os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()})"


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that at least `percent` of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
