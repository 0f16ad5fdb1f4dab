"""The process that draws: charts come in on standard input, pictures go out; ends with its input.

Started by `bot.charts.charter`. Every message has its length before it, in four bytes; the first one out is
empty and says that all is loaded. An answer begins with P (a picture) or E (why there is none).
"""

import json
import os
import sys
from typing import Any, BinaryIO

from bot.charts.draw import draw
from bot.messages.model import Chart, Mark


def main() -> None:
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no picture
    _say(out, b"")
    while len(head := sys.stdin.buffer.read(4)) == 4:
        asked = sys.stdin.buffer.read(int.from_bytes(head, "big"))
        try:
            answer = b"P" + draw(_chart(json.loads(asked)))
        except Exception as error:  # noqa: BLE001  whatever it is, the next chart may be drawn
            answer = b"E" + f"{type(error).__name__}: {error}".encode("utf-8", "replace")[:500]
        _say(out, answer)


def _chart(said: dict[str, Any]) -> Chart:
    pairs = ("price", "health", "levels", "bars")
    labels = {"bars_labels": tuple(said["bars_labels"])}
    marks = tuple(Mark(**one | {"points": tuple(map(tuple, one["points"]))}) for one in said["marks"])
    return Chart(**said | labels | {name: tuple(map(tuple, said[name])) for name in pairs} | {"marks": marks})


def _say(out: BinaryIO, said: bytes) -> None:
    out.write(len(said).to_bytes(4, "big") + said)
    out.flush()


if __name__ == "__main__":
    main()
