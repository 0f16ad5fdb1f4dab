"""What may stand in a field of an episode, and how it is written: one `Form` a kind of value.

`read` takes what JSON gave and raises ValueError with the end of a sentence; `write` is its inverse.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from bot.domain.units import Address
from watchers.evm.words import checksummed
from watchers.replay.amounts import ALL, Amount

EXACT_IN_JSON: Final = 2**53 - 1
"""Larger numbers lose digits in other readers of JSON, hence are texts here."""
LAST_TIME: Final = 4_102_444_800
"""2100-01-01: what is later is a slip."""
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}\Z")
_HEX: Final = re.compile(r"0x[0-9a-f]{1,64}\Z")
_HASH: Final = re.compile(r"0x[0-9a-f]{64}\Z")
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}\Z")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of value."""

    read: Callable[[Any], Any]
    write: Callable[[Any], Any] = lambda value: value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("is no text")  # noqa: TRY004  every fault of a value is a ValueError here
    return value


def text(longest: int, least: int = 0) -> Form:
    def read(value: Any) -> str:
        if not least <= len(_text(value)) <= longest:
            raise ValueError(f"has {len(value)} characters; {least} to {longest} are allowed")
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise ValueError("has half a character in it")
        return str(value)

    return Form(read)


def matching(pattern: re.Pattern[str], what: str) -> Form:
    def read(value: Any) -> str:
        if not pattern.match(_text(value)):
            raise ValueError(f"is no {what}")
        return str(value)

    return Form(read)


def natural(most: int = EXACT_IN_JSON, least: int = 0) -> Form:
    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError("is no whole number")  # noqa: TRY004  as above
        if not least <= value <= most:
            raise ValueError(f"is not between {least} and {most}")
        return value

    return Form(read)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("is neither true nor false")  # noqa: TRY004  as above
    return value


def _amount(value: Any) -> Amount:
    return Amount.parse(_text(value))


def _amount_or_all(value: Any) -> Amount:
    return ALL if value == "all" else _amount(value)


def _address(value: Any) -> Address:
    if not _ADDRESS.match(_text(value)):
        raise ValueError("is no address")
    made = checksummed(value)
    digits = value[2:]
    if value != made and digits not in (digits.lower(), digits.upper()):
        raise ValueError("is an address with a wrong checksum")
    return made


def _time(value: Any) -> int:
    if not _TIME.match(_text(value)):
        raise ValueError("is no time like 2026-01-28T00:00:00Z")
    seconds = int(datetime.fromisoformat(value).timestamp())  # ValueError for the 31st of February
    if not 0 <= seconds <= LAST_TIME:
        raise ValueError("is a time before 1970 or after 2100")
    return seconds


@lru_cache(maxsize=4096)
def time_text(seconds: int) -> str:
    """Unix seconds as an episode writes them."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _hex(value: Any) -> int:
    if not _HEX.match(_text(value)):
        raise ValueError("is no word in small hex digits")
    return int(value, 16)


def one_of(kinds: type[StrEnum]) -> Form:
    def read(value: Any) -> StrEnum:
        try:
            return kinds(_text(value))
        except ValueError:
            raise ValueError(f"is none of {', '.join(kinds)}") from None

    return Form(read, str)


def list_of(form: Form, most: int) -> Form:
    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValueError("is no list")  # noqa: TRY004  as above
        if len(value) > most:
            raise ValueError(f"has more than {most} entries")
        return tuple(form.read(one) for one in value)

    return Form(read, lambda value: [form.write(one) for one in value])


def table_of(key: Form, form: Form, most: int) -> Form:
    """Pairs, kept and written in their order."""

    def read(value: Any) -> tuple[tuple[Any, Any], ...]:
        if not isinstance(value, dict):
            raise ValueError("is no table")  # noqa: TRY004  as above
        if len(value) > most:
            raise ValueError(f"has more than {most} entries")
        return tuple((key.read(name), form.read(one)) for name, one in value.items())

    return Form(read, lambda value: {key.write(name): form.write(one) for name, one in value})


FLAG: Final = Form(_flag)
AMOUNT: Final = Form(_amount, str)
AMOUNT_OR_ALL: Final = Form(_amount_or_all, lambda value: "all" if value == ALL else str(value))
ADDRESS: Final = Form(_address)
ANYBODY: Final = Form(lambda value: value if value == "" else _address(value))
"""An address, or nothing."""
TIME: Final = Form(_time, time_text)
WORD: Final = Form(_hex, hex)
HASH: Final = matching(_HASH, "hash: 0x and 64 small hex digits")
SLUG: Final = matching(_SLUG, "name: small letters, digits and hyphens, 64 at most")
BPS: Final = natural(65_535)
LINE: Final = text(400)
REF: Final = text(128, 1)
