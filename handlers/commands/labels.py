"""Labels of watches: what may be one. Used by /watch and by lists."""

from collections.abc import Container
from typing import Final

from bot.errors import UserError
from bot.messages.hostile import clean

LABEL_CAP: Final = 32
_QUOTES: Final = "\"'“”"


def label_from(typed: str, taken: Container[str], example: str) -> str:
    """The label in `typed`, in quotes or not, empty if there is none; never a number, never one of `taken`.

    `taken` are case-folded labels of other watches of the home.
    """
    bare = typed.strip().strip(_QUOTES)
    if not bare:
        return ""
    label = clean(bare, cap=LABEL_CAP + 1).text
    if len(bare) > LABEL_CAP:
        raise UserError("label_too_long", bare, example)
    if not label:
        raise UserError("label_invisible", bare, example)
    if label.removeprefix("#").isdigit():
        raise UserError("label_is_number", bare, example)
    if label.casefold() in taken:
        raise UserError("label_taken", bare, example)
    return label
