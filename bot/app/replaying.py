"""/replay: an episode, or a series of prices made one, through the real monitors, in a thread of its own.

Alerts do not wait for it: the thread lets others in after each block. It ends when nobody waits for it any
more, and after a minute.
"""

import asyncio
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.app.rehearsal import Rehearsal, own_watches
from bot.app.replaycourse import Courses, summed
from bot.app.replayseries import episode_of, with_position
from bot.domain.aave_state import MarketState
from bot.domain.rules import Rule
from bot.errors import EpisodeError, UserError
from bot.logs import hushed
from bot.messages.replayfacts import ReplayPlayed
from bot.ports.rehearsals import ReplayAsked
from bot.subscriptions import ChatSettings, PriceTarget, WalletTarget, Watch
from watchers.replay import Episode, Replay, built_in, load_episode

LONGEST_S: Final = 60.0
BLOCKS_AT_MOST: Final = 60_000
AT_ONCE: Final = 2
"""Replays of all homes together; others wait for their turn."""
_BREATH_S: Final = 0.0002
"""Between blocks, for everybody else in this process."""


class Replays:
    """Fits `Rehearsals`. `files`: episodes may be named by their path, as the host alone may."""

    def __init__(self, *, files: bool = False) -> None:
        self._files = files
        self._names = built_in()
        self._busy: set[str] = set()
        self._few = asyncio.Semaphore(AT_ONCE)

    def episodes(self) -> tuple[str, ...]:
        return self._names

    def knows(self, name: str) -> bool:
        return name in self._names or (self._files and name.endswith(".jsonl"))

    async def market(self, episode: str) -> MarketState:
        return await asyncio.to_thread(_first_market, episode)

    async def play(self, asked: ReplayAsked) -> ReplayPlayed:
        if asked.home in self._busy:
            raise UserError("replay_running")
        self._busy.add(asked.home)
        stop = threading.Event()
        try:
            async with self._few:
                return await asyncio.to_thread(_played, asked, stop)
        finally:
            stop.set()
            self._busy.discard(asked.home)


def _first_market(name: str) -> MarketState:
    try:
        replay = Replay(load_episode(name))
        moment = replay.upcoming
        assert moment is not None  # an episode has a block
        replay.books.play(moment)
    except EpisodeError as error:
        raise UserError("replay_impossible", error.faults[0]) from error
    return next(iter(replay.books.markets.values()))


def _played(asked: ReplayAsked, stop: threading.Event) -> ReplayPlayed:
    try:
        with hushed():  # what is rehearsed is no alert of ours
            return asyncio.run(_play(asked, stop))
    except EpisodeError as error:
        raise UserError("replay_impossible", error.faults[0]) from error


async def _play(asked: ReplayAsked, stop: threading.Event) -> ReplayPlayed:
    episode = episode_of(asked) if asked.market else load_episode(asked.episode)
    if asked.account is not None:
        episode = with_position(episode, asked.market, asked.account)
    replay = Replay(episode)
    if replay.length > BLOCKS_AT_MOST:
        raise UserError("replay_too_long", str(replay.length))
    watches = tuple(
        watch
        for number, rules in enumerate(asked.ladders, 1)
        for watch in _watches(asked, episode, number, rules)
    )
    rehearsal = Rehearsal(replay, watches, _spoken_here(asked.settings))
    courses = Courses(rehearsal.monitor, episode)
    await rehearsal.start()
    ends = time.monotonic() + LONGEST_S
    for _ in range(replay.length):
        if stop.is_set() or time.monotonic() > ends:
            raise UserError("replay_too_long", str(replay.length))
        before = len(rehearsal.said)
        await replay.step(courses, rehearsal.flows)
        courses.hear(rehearsal.said[before:])
        time.sleep(_BREATH_S)  # noqa: ASYNC251  this loop is alone in its thread
    return summed(asked, replay, courses)


def _spoken_here(settings: ChatSettings) -> ChatSettings:
    """How a home is spoken to, without where: nothing leaves a replay."""
    return replace(settings, charts=False, muted_until=0, routes=(), escalate_to="", ping="")


def _watches(asked: ReplayAsked, episode: Episode, number: int, rules: Sequence[Rule]) -> list[Watch]:
    """One set of rules is a home of its own, so that what it says is grouped with nothing else."""
    home = f"replay/{number}"
    if asked.flow is not None:
        return [Watch(f"r{number}", 1, home, asked.flow, tuple(rules))]
    if asked.asset is not None:
        market = episode.markets[0].key
        return [Watch(f"r{number}", 1, home, PriceTarget(market, asked.asset), tuple(rules))]
    own = [one for one in own_watches(episode) if isinstance(one.target, WalletTarget)]
    return [replace(one, id=f"r{number}-{one.number}", home=home, rules=tuple(rules)) for one in own]
