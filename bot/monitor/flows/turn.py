"""A flow watch as one block is judged for it. Made by `bot.monitor.flows.judging`."""

from dataclasses import dataclass

from bot.domain.rules import Hush
from bot.monitor.flows.chain import Own
from bot.monitor.flows.people import Wallets
from bot.subscriptions import FlowTarget, StateKey, Watch


@dataclass(frozen=True, slots=True)
class Turn:
    """The watch with what its home set and knows."""

    watch: Watch
    target: FlowTarget
    wallets: Wallets
    muted: bool
    timezone: str
    own: Own | None

    def hush(self, key: StateKey) -> Hush | None:
        return self.watch.hush(key.rule, key.subject) if self.watch.hushes else None
