"""The one gettext catalogue: every user-visible sentence passes through `_` or `plural`.

English is the source language; a translation is a compiled catalogue handed to `install`.
"""

import gettext
from typing import Final

_catalogue: Final[list[gettext.NullTranslations]] = [gettext.NullTranslations()]


def install(catalogue: gettext.NullTranslations) -> None:
    """Speak from this catalogue from now on; called once at start, if at all."""
    _catalogue[0] = catalogue


def _(text: str) -> str:
    """The text in the language of the catalogue."""
    return _catalogue[0].gettext(text)


def plural(one: str, many: str, n: int) -> str:
    """The form for `n` things, with `{n}` still to be filled."""
    return _catalogue[0].ngettext(one, many, n)
