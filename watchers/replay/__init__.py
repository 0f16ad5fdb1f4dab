"""History, recorded or retold, played like a chain: `load_episode`, `Replay`, what answers at its time.

What plays is imported when it is first asked for: to read an episode takes far less than to play it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from watchers.replay.episode import Episode
from watchers.replay.format import dump, read
from watchers.replay.library import built_in, load_episode

if TYPE_CHECKING:
    from watchers.replay.answers import ReplayAnswers
    from watchers.replay.replay import Played, Replay
    from watchers.replay.stories import ReplayStories

__all__ = [
    "Episode",
    "Played",
    "Replay",
    "ReplayAnswers",
    "ReplayStories",
    "built_in",
    "dump",
    "load_episode",
    "read",
]

_LATER: Final = {
    "Played": "replay",
    "Replay": "replay",
    "ReplayAnswers": "answers",
    "ReplayStories": "stories",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
