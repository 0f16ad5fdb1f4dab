"""Plays an episode in a process of its own and prints its decisions: `-m tests.replay.play FILE WATCHES`.

A third word is the speed (milliseconds of waiting after each block), a fourth the block after which it kills
itself.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from bot.app.decisions import decisions
from bot.app.rehearsal import SETTINGS, Rehearsal
from bot.logs import configure
from bot.store.codec import decode
from bot.subscriptions import Watch
from watchers.replay import Replay, load_episode


async def main(path: str, texts: list[str], pause_ms: str = "0", dies_at: str = "0") -> None:
    configure(level="error")
    replay = Replay(load_episode(path))
    rehearsal = Rehearsal(replay, tuple(decode(Watch, text, "watch") for text in texts))
    await rehearsal.start()
    told = 0
    for number in range(1, replay.length + 1):
        await replay.step(rehearsal.monitor, rehearsal.flows)
        await asyncio.sleep(int(pause_ms) / 1000)
        for line in decisions(rehearsal.said[told:], SETTINGS):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        told = len(rehearsal.said)
        if number == int(dies_at):
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    file, watched, *rest = sys.argv[1:]
    asyncio.run(main(file, json.loads(Path(watched).read_text()), *rest))
