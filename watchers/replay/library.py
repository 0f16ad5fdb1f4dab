"""Where episodes are found: those of the project beside the code, any other by its path."""

from pathlib import Path
from typing import Final

from bot.errors import EpisodeError
from watchers.replay.episode import Episode
from watchers.replay.format import BYTES_AT_MOST, read

SUFFIX: Final = ".episode.jsonl"
_HERE: Final = Path(__file__).parent / "episodes"


def built_in() -> tuple[str, ...]:
    """Names of the project's own episodes, in order."""
    return tuple(sorted(path.name.removesuffix(SUFFIX) for path in _HERE.glob(f"*{SUFFIX}")))


def load_episode(name_or_path: str | Path) -> Episode:
    """A built-in by its name, any other file by its path. EpisodeError, with all faults, if it is none."""
    name = str(name_or_path)
    path = _HERE / f"{name}{SUFFIX}" if name in built_in() else Path(name_or_path)
    try:
        with path.open("rb") as file:
            data = file.read(BYTES_AT_MOST + 1)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        why = getattr(error, "strerror", None) or "cannot be a path"
        known = ", ".join(built_in())
        raise EpisodeError(name, [f"cannot be read: {why}. The project's own are {known}."]) from None
    return read(data, name)
