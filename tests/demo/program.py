"""An episode through the whole house in a folder that stays, for tests that kill it: FOLDER NAME UNTIL.

Writes a line for each alert that is composed, in the form of the store; what was delivered is not again.
"""

import asyncio
import os
import sys
from pathlib import Path

from bot.demo.stage import open_stage
from bot.domain.alerts import Alert, AlertGroup
from bot.messages.compose import Composer
from bot.store.codec import encode
from handlers.console.plain import PlainSender
from watchers.replay import Replay, load_episode


async def main(folder: Path, name: str, until: int) -> None:
    replay = Replay(load_episode(name))
    with (folder / "decided").open("a") as decided, (folder / "said").open("a") as said:
        composed = Composer.compose

        def compose(self, payload, settings, **more):
            for alert in payload.alerts if isinstance(payload, AlertGroup) else (payload,):
                if isinstance(alert, Alert):
                    decided.write(f"{encode(alert)}\n")
                    decided.flush()
            return composed(self, payload, settings, **more)

        Composer.compose = compose
        async with open_stage(replay, folder) as stage:
            worker = asyncio.create_task(stage.worker(PlainSender(said, folded=True)).run())
            known = {one.label for one in await stage.book.of("console/local")}
            if "Trend Research" not in known:
                for number, wallet in enumerate(replay.episode.watched):
                    await stage.ask(number, f"/watch {wallet.address} {wallet.label}")
                await stage.ask(9, "/inflows on")
                await stage.settled()
            while (moment := replay.upcoming) and moment.block.timestamp <= until:
                await replay.step(stage.onlooker, stage.flows)
            await stage.settled()
            worker.cancel()


if __name__ == "__main__":
    os.setsid()
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
