"""How fast an episode goes by: calm hours in a blink, a moment for each message; pause, step, jump.

Pace is for eyes alone: what is decided and said is the same at any speed, and without any waiting.
"""

import asyncio
from contextlib import suppress
from typing import Final, Protocol

from bot.demo.stage import Stage
from watchers.replay.schedule import Moment

CALM_S: Final = 20.0
"""What the whole episode would take if nothing were said."""
MESSAGE_S: Final = 1.2
"""For reading each message."""
EDIT_S: Final = 0.5
"""For seeing what changed in one that was read."""


LATE_S: Final = 0.5
"""A machine that is further behind does not hurry after it."""


class Showing(Protocol):
    """What goes with each block."""

    async def before(self, moment: Moment) -> bool:
        """Whether it said anything."""

    async def after(self) -> None: ...


class Player:
    """Plays a stage's replay. `speed` 0 waits for nothing, 1 takes a minute or two."""

    def __init__(self, stage: Stage, show: Showing, speed: float) -> None:
        self._stage = stage
        self._show = show
        head = stage.replay.episode.head
        self._seconds_each = CALM_S / (head.ends - head.starts) / speed if speed else 0.0
        self._message_s = MESSAGE_S / speed if speed else 0.0
        self._edit_s = EDIT_S / speed if speed else 0.0
        self._news = asyncio.Event()
        self._steps = 0
        self._until = 0
        self._due = 0.0
        """When the last wait was over, by the loop's clock."""
        self.paused = False

    # ---- keys -----------------------------------------------------------------------------------------

    def pause(self) -> None:
        """Or go on."""
        self.paused = not self.paused
        self._news.set()

    def step(self) -> None:
        """One block more, then pause."""
        self.paused = True
        self._steps += 1
        self._news.set()

    def jump(self, when: int) -> None:
        """Play without waiting up to the last block before `when`; nothing is left out."""
        self._until = when
        self._news.set()

    # ---- playing --------------------------------------------------------------------------------------

    async def run(self) -> None:
        """To the end."""
        replay, stage = self._stage.replay, self._stage
        while (moment := replay.upcoming) is not None:
            now = replay.block.timestamp if replay.block else moment.block.timestamp
            await self._wait(moment.block.timestamp, (moment.block.timestamp - now) * self._seconds_each)
            edits = stage.said.edits
            spoke = await self._show.before(moment)
            await replay.step(stage.onlooker, stage.flows)
            heard, stage.said.new = stage.said.new, 0
            if heard:
                await stage.settled()
            await self._show.after()
            edits = stage.said.edits - edits
            if heard or spoke:
                seconds = self._message_s * max(heard - edits, spoke) + self._edit_s * edits
                await self._wait(moment.block.timestamp, seconds, hold=True)

    async def _wait(self, when: int, seconds: float, *, hold: bool = False) -> None:
        """Until it is time for a block of that time; what keys say goes first."""
        if not self._message_s and not self.paused:
            return
        clock = asyncio.get_running_loop().time
        # The work since the last wait counts as waiting, unless a message was to be read meanwhile.
        end = clock() + seconds if hold else max(self._due + seconds, clock())
        while not self._goes_on(when, hold=hold) and (self.paused or clock() < end):
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(None if self.paused else end - clock()):
                    await self._news.wait()
        self._due = end if 0 <= clock() - end < LATE_S else clock()

    def _goes_on(self, when: int, *, hold: bool) -> bool:
        """Whether a key says not to wait. A step is spent by the block that it brings."""
        if self._until and when >= self._until:
            self._until = 0
        if self._steps and not hold:
            self._steps -= 1
            return True
        return bool(self._until or self._steps)
