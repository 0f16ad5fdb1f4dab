"""An episode played through the real monitors with a memory of its own: what would have been said, and when.

Nothing is sent and nothing is kept. Used by `replaying`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.domain.labels import Label
from bot.domain.rules import DEFAULT_RULES, TransferRule
from bot.monitor import Monitor
from bot.monitor.flows import FlowMonitor
from bot.ports import Delivery
from bot.store.memory import FixedLabels, FixedWatches, MemoryFlows, MemoryJudgements
from bot.subscriptions import ChatSettings, FlowTarget, WalletTarget, Watch
from watchers.aave.baskets import load_baskets
from watchers.replay import Episode, Replay, ReplayAnswers
from watchers.replay.coins import tracked
from watchers.replay.happenings import ChainBlock, Sending

HOME: Final = "replay/0"
NEVER_S: Final = 10**9
"""An episode's blocks are far apart: that is no silence."""
SETTINGS: Final = ChatSettings(charts=False)


@dataclass(slots=True)
class Rehearsal:
    """One play. `said` has every delivery in its order; each watch's are told apart by its id."""

    replay: Replay
    watches: tuple[Watch, ...]
    settings: ChatSettings = SETTINGS
    labels: Sequence[Label] = ()
    """Beside the episode's own."""
    said: list[Delivery] = field(default_factory=list)
    label_book: FixedLabels = field(init=False)
    monitor: Monitor = field(init=False)
    flows: FlowMonitor = field(init=False)

    def __post_init__(self) -> None:
        """Made ready; nothing is played yet."""
        episode, clock = self.replay.episode, self.replay.clock
        book = FixedWatches(self.watches, replace(self.settings, charts=False))
        log = MemoryFlows()
        judgements = MemoryJudgements(self.said.extend, log)
        self.label_book = FixedLabels((*self.labels, *episode.exchange_labels()))
        self.flows = FlowMonitor(
            book,
            judgements,
            log,
            self.label_book,
            ReplayAnswers(self.replay),
            clock=clock,
            tracked=lambda: tracked(episode),
            titles=tuple(one.title for one in episode.markets),
        )
        self.monitor = Monitor(
            book,
            judgements,
            clock=clock,
            stale_after_s=NEVER_S,
            baskets=load_baskets(),
            deposits=self.flows.deposits,
        )

    async def start(self) -> None:
        await self.monitor.start()
        await self.flows.start()

    async def run(self) -> list[Delivery]:
        """To the end; everybody else gets a turn after each block."""
        await self.start()
        for _ in range(self.replay.length):
            await self.replay.step(self.monitor, self.flows)
            await asyncio.sleep(0)
        return self.said


def own_watches(episode: Episode) -> tuple[Watch, ...]:
    """Its watched wallets, with the rules that a new watch has; large transfers where it tells any."""
    found = [
        Watch(f"w{number}", number, HOME, WalletTarget(one.address), DEFAULT_RULES, one.label)
        for number, one in enumerate(episode.watched, 1)
    ]
    if any(isinstance(one, ChainBlock | Sending) for one in episode.happens):
        number = len(found) + 1
        found.append(Watch(f"w{number}", number, HOME, FlowTarget(), (TransferRule(),)))
    return tuple(found)
