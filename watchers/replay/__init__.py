"""History, recorded or retold, played like a chain: `load_episode`, `Replay`, `ReplayAnswers`."""

from watchers.replay.answers import ReplayAnswers
from watchers.replay.episode import Episode
from watchers.replay.format import dump, read
from watchers.replay.library import built_in, load_episode
from watchers.replay.replay import Played, Replay

__all__ = ["Episode", "Played", "Replay", "ReplayAnswers", "built_in", "dump", "load_episode", "read"]
