"""A typed line cut into words: commas of numbers told from commas of lists, signs and suffixes put in place.

The first step of every reader of this package.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

SEPARATORS: Final = frozenset({",", ";", "+", "&", "and", "then", "plus"})
_QUOTED: Final = re.compile(r'"([^"]*)"|“([^”]*)”')
_LIST_COMMA: Final = re.compile(r",(?![0-9])|(?<![0-9]),|;")
_JOINING_PLUS: Final = re.compile(r"(?<=\S)\+|\+(?![0-9.$])")
"""A plus that joins; with a blank before and a digit after it is the sign of a rise."""
_PERCENT: Final = re.compile(r"(?<=[0-9])\s+%")
_SIGN: Final = re.compile(r"(?<![^\s=])([-+$€])\s+(?=[0-9.$€])")
_SUFFIX: Final = re.compile(r"(?<=[0-9])\s*(thousand|million|mio|mn|billion)(?![^\s,;+])", re.IGNORECASE)
_SPACED_SUFFIX: Final = re.compile(r"(?<=[0-9])\s+(k|m|bn|b)(?=\s)", re.IGNORECASE)
_SHORT: Final = {"thousand": "k", "million": "m", "mio": "m", "mn": "m", "billion": "b"}
_MINUS: Final = str.maketrans({"−": "-", "–": "-", "×": "x", "\u00a0": " ", "\u202f": " "})


@dataclass(frozen=True, slots=True)
class Word:
    """One word. `quoted`: what stood between quotes, never a keyword."""

    text: str
    quoted: bool = False

    @property
    def key(self) -> str:
        """As keywords are compared; empty for what was quoted."""
        return "" if self.quoted else self.text.casefold().rstrip(".")


def cut(text: str) -> list[Word]:
    """The words of a line; separators are words of their own, `=` is a blank."""
    words: list[Word] = []
    at = 0
    for found in _QUOTED.finditer(text):
        words += _plain(text[at : found.start()])
        words.append(Word(found[1] or found[2] or "", quoted=True))
        at = found.end()
    return words + _plain(text[at:])


def _plain(text: str) -> list[Word]:
    text = text.translate(_MINUS)
    text = _SUFFIX.sub(lambda found: _SHORT[found[1].casefold()], text)
    text = _SPACED_SUFFIX.sub(r"\1", text)
    text = _PERCENT.sub("%", text)
    text = _LIST_COMMA.sub(lambda found: f" {found[0]} ", text)
    text = _JOINING_PLUS.sub(" + ", text)
    text = _SIGN.sub(r"\1", text.replace("=", " "))
    return [Word(one) for one in text.split()]


@dataclass(slots=True)
class Reader:
    """Words taken one by one from the front."""

    words: Sequence[Word]
    at: int = 0
    _end: Word = field(default=Word("", quoted=True))

    def peek(self, ahead: int = 0) -> Word:
        """The word to come; an empty quoted one at the end."""
        index = self.at + ahead
        return self.words[index] if index < len(self.words) else self._end

    def take(self) -> Word:
        word = self.peek()
        self.at += 1
        return word

    def more(self) -> bool:
        return self.at < len(self.words)

    def skip(self, keys: Collection[str]) -> None:
        """Pass over words that say nothing here."""
        while self.more() and self.peek().key in keys:
            self.at += 1

    def until(self, stops: Callable[[Word], bool]) -> str:
        """The words before the first that stops, joined; something quoted is whole and ends there."""
        if self.more() and self.peek().quoted:
            return self.take().text
        taken = []
        while self.more() and not stops(self.peek()) and not self.peek().quoted:
            taken.append(self.take().text)
        return " ".join(taken)
