"""The program as it is, in a hurry: the waits that are minutes in real life are seconds here.

Run in place of `bot` (`python -m tests.walk.hurried run`) by walks through refusals, outages and escalations.
"""

from contextlib import ExitStack
from unittest.mock import patch

from bot.__main__ import main

WAITS = {
    "bot.app.TICK_S": 0.25,
    "bot.app.REFUSED_AGAIN_S": (0.5, 2.0),
    "bot.delivery.worker.REFUSED_S": 1.0,
    "bot.steward.AWAY_TOLD_AFTER_S": 2,
    "handlers.commands.settings.places.ESCALATE_S": (1, 86_400),
}

if __name__ == "__main__":
    with ExitStack() as stack:
        for name, wait in WAITS.items():
            stack.enter_context(patch(name, wait))
        main()
