"""The show itself: an episode on a terminal, or as plain lines where nobody can type.

Called by `bot.__main__`, which imports it for this alone.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

from bot.demo.folder import own_folder
from bot.demo.player import Player
from bot.demo.screens import PlainScreen, TerminalScreen
from bot.demo.stage import Stage, open_stage
from bot.demo.story import began, ended, live
from bot.messages.demo import begins, caption, ends
from bot.ports import Sender
from handlers.console.place import HERE
from watchers.replay import Episode, Replay
from watchers.replay.happenings import Caption
from watchers.replay.schedule import Moment


class Screen(Protocol):
    """Where it is shown."""

    @property
    def sender(self) -> Sender: ...

    async def line(self, text: str) -> None: ...

    async def typed(self, text: str) -> None:
        """A command of the show's own."""

    def refresh(self) -> None:
        """The live line is another."""


async def run(episode: Episode, *, speed: float, plain: bool) -> int:
    """Play to the end, or until the person leaves. EpisodeError for a wrong episode."""
    replay = Replay(episode)
    async with own_folder() as folder, open_stage(replay, folder) as stage:
        if plain or not (sys.stdin.isatty() and sys.stdout.isatty()):
            with suppress(BrokenPipeError):  # whoever read it has seen enough
                await told(stage)
        else:
            await _on_terminal(stage, speed, folder)
    return 0


async def told(stage: Stage) -> None:
    """The whole story as plain lines, without any waiting."""
    screen = PlainScreen(lambda: live(stage))
    show = Show(stage, screen)
    async with _delivering(stage, screen.sender):
        await show.play(Player(stage, show, 0.0))


async def _on_terminal(stage: Stage, speed: float, folder: Path) -> None:
    playing: list[Player] = []
    screen = TerminalScreen(
        stage, folder, lambda: live(stage, paused=any(player.paused for player in playing))
    )
    show = Show(stage, screen)
    player = Player(stage, show, speed)
    playing.append(player)
    async with _delivering(stage, screen.sender):
        await screen.run(player, lambda: show.play(player))


@asynccontextmanager
async def _delivering(stage: Stage, sender: Sender) -> AsyncIterator[None]:
    worker = asyncio.create_task(stage.worker(sender).run(), name="delivery")
    try:
        yield
    finally:
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker


class Show:
    """What stands on a screen beside the messages."""

    def __init__(self, stage: Stage, screen: Screen) -> None:
        self._stage = stage
        self._screen = screen
        self._asked = 0

    async def play(self, player: Player) -> None:
        """From the opening to the last words."""
        stage, sender = self._stage, self._screen.sender
        await sender.send(HERE, begins(stage.voice, began(stage.replay.episode)))
        await player.run()
        await stage.settled()
        await sender.send(HERE, ends(stage.voice, ended(stage)))

    async def before(self, moment: Moment) -> bool:
        """What an episode says of a moment; whether it says anything."""
        told = [line for _, line in moment.lines if isinstance(line, Caption)]
        for one in told:
            await self._screen.line(caption(one.text))
        return bool(told)

    async def after(self) -> None:
        """After a block; the first is followed by the commands that begin to watch."""
        self._screen.refresh()
        if self._asked:
            return
        episode = self._stage.replay.episode
        commands = [f"/watch {wallet.address} {wallet.label}" for wallet in episode.watched]
        if episode.labels:
            commands.append("/inflows on")
        for text in commands:
            self._asked += 1
            await self._screen.typed(text)
            await self._stage.ask(self._asked, text)
            await self._stage.settled()
