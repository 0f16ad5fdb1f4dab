"""The first line, said before anything heavy is imported. Called by `bot.__main__`."""

import sys

from bot.messages.hostile import clean
from watchers.replay.episode import Episode
from watchers.replay.library import load_episode


def rise(name: str) -> Episode:
    """Say what is going to be played. EpisodeError, with every fault, for what cannot be."""
    episode = load_episode(name)
    sys.stdout.write(f"Underkeel · {clean(episode.head.title, 100, unlink=False).text}\n")
    sys.stdout.flush()
    return episode
