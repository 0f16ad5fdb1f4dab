"""Names that come from a chain or from people, made harmless: one short visible run of text.

Called by the composer for every token symbol, ENS name, label, eMode label and person's name. Platforms
escape their own markup; here goes what fools the eye or a platform's own link finder.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

NAME_CAP: Final = 32
"""Characters of a name that are shown, an ellipsis included."""
_READ_AT_MOST: Final = 512
"""Characters looked at; NFKC may make 18 of one (U+FDFA), so a long name is cut before it is normalised."""

_INVISIBLE_LETTERS: Final = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")
"""Letters and symbols by category that no font draws."""
_OUR_SIGNS: Final = frozenset("🔴🟠🔵✅⚪⚠∞")
"""What only the composer may say: a name that carries them could pass for a verdict."""
_SEPARATOR: Final = "·"
_BREAK: Final = "\u2060"
"""WORD JOINER: unseen, no line break, and it ends what any platform takes for a link, mention or command."""

_PLAIN_ENS: Final = re.compile(r"[a-z0-9-]+\.eth")
"""One label and .eth, which no platform links: shown untouched. All other dots are broken."""
_LINKING: Final = re.compile(r"(?<=[.:@/#$\\])(?=\w)|(?<=\w)(?=[.:@])|(?<=/)(?=/)")
_TOGETHER: Final = frozenset({"HAN", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "LATIN"})
"""Scripts that one East Asian name may mix in good faith."""


@dataclass(frozen=True, slots=True)
class Name:
    """A harmless name; `mixed` = it mixes alphabets. Empty text: nothing was visible."""

    text: str
    mixed: bool = False


def clean(name: str, cap: int = NAME_CAP, *, unlink: bool = True) -> Name:
    """NFKC, visible characters only, one line, at most `cap` of them, with nothing a platform would link.

    `unlink` False is for text in code style, which no platform links and people copy.
    """
    text = name[:_READ_AT_MOST]
    for _pass in range(2):  # what was dropped may have kept apart what now composes
        text = " ".join("".join(_visible(unicodedata.normalize("NFKC", text))).split())
    if len(text) > cap:
        text = text[: cap - 1].rstrip() + "…"
    return Name(_unlinked(text) if unlink else text, _is_mixed(text))


def _visible(text: str) -> list[str]:
    kept: list[str] = []
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        if category in {"Mn", "Mc"}:
            marks += 1
            if marks <= 2 and kept and kept[-1] != " ":
                kept.append(char)
            continue
        marks = 0
        if category in {"Zs", "Zl", "Zp"} or char in "\t\n\r":
            kept.append(" ")
        elif char == _SEPARATOR:
            kept.append("-")
        elif category[0] != "C" and category != "Me" and char not in _INVISIBLE_LETTERS | _OUR_SIGNS:
            kept.append(char)
    return kept


def _unlinked(text: str) -> str:
    return text if _PLAIN_ENS.fullmatch(text) else _LINKING.sub(_BREAK, text)


def _is_mixed(text: str) -> bool:
    """True when letters come from two alphabets; a character's Unicode name begins with its script."""
    scripts = {unicodedata.name(char, "?").split(" ")[0].split("-")[0] for char in text if char.isalpha()}
    scripts = {"HAN" if script == "CJK" else script for script in scripts}
    return len(scripts) > 1 and not scripts <= _TOGETHER
