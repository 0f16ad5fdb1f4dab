"""Which known words are close to a wrong one. Used by everything that reads what people type."""

from collections.abc import Sequence
from typing import Final

from rapidfuzz import fuzz, process

_NEAR_ENOUGH: Final = 60


def nearest(word: str, words: Sequence[str], most: int = 3) -> tuple[str, ...]:
    """Known words close to a wrong one, best first."""
    found = process.extract(
        word[:64].casefold(),
        {one: one.casefold() for one in words if one},
        scorer=fuzz.WRatio,
        limit=most,
        score_cutoff=_NEAR_ENOUGH,
    )
    return tuple(key for _text, _score, key in found)
