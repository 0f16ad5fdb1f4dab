"""Limits that the API's own field descriptions state, read from the docstrings of aiogram's models.

"1-64 bytes", "0-200 characters", "Values between 1-100 are accepted": called by rules for every object.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pydantic import BaseModel

from tests.chat.telegram.faults import Fault, Faults, utf16

_LENGTH = re.compile(r"\b(\d+)-(\d+) (characters|bytes)\b")
_VALUES = re.compile(r"\b[Vv]alues between (\d+)-(\d+) are accepted")
_COUNT = re.compile(r"\b[Aa]t most (\d+) \w+ can be specified")


@dataclass(frozen=True, slots=True)
class Limit:
    """Inclusive bounds; `unit` is bytes, characters (UTF-16 code units), items, or value (of a number)."""

    least: int
    most: int
    unit: str

    def measure(self, value: object) -> int | None:
        """The size this limit is about, or None when the value is of another sort (its type judges it)."""
        if isinstance(value, str) and self.unit in ("characters", "bytes"):
            return len(value.encode("utf-8", "surrogatepass")) if self.unit == "bytes" else utf16(value)
        if isinstance(value, list) and self.unit == "items":
            return len(value)
        if isinstance(value, int) and self.unit == "value":
            return value
        return None

    def faults(self, value: object, where: str) -> Faults:
        size = self.measure(value)
        if size is None or self.least <= size <= self.most:
            return
        kind = "too long" if size > self.most else "too short"
        if self.unit == "value":
            kind = "out of range"
        yield Fault(kind, where, f"{size} {self.unit}, allowed {self.least} to {self.most}")


@cache
def documented(model: type[BaseModel]) -> Mapping[str, Limit]:
    """Field -> its documented limit. Empty for a model whose descriptions name none."""
    found = {}
    for name, text in _descriptions(model).items():
        if match := _LENGTH.search(text):
            found[name] = Limit(int(match[1]), int(match[2]), match[3])
        elif match := _VALUES.search(text):
            found[name] = Limit(int(match[1]), int(match[2]), "value")
        elif match := _COUNT.search(text):
            found[name] = Limit(0, int(match[1]), "items")
    return found


def _descriptions(model: type[BaseModel]) -> Mapping[str, str]:
    body = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for field, after in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            found[field.target.id] = after.value.value
    return found
