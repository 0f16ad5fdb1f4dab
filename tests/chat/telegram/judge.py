"""Judges one Bot API request as it came over the wire: is it what the published API allows?

The server asks for every request; no code of the product is imported, so the verdict is independent of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.chat.telegram.faults import Fault
from tests.chat.telegram.shapes import fields, from_wire, methods, model_faults

_ATTACH = "attach://"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The request with its form encoding undone, and everything wrong with it (nothing: it is fine)."""

    params: Mapping[str, Any]
    faults: tuple[Fault, ...]

    @property
    def fine(self) -> bool:
        return not self.faults


def judge(method: str, params: Mapping[str, object], files: Collection[str] = ()) -> Verdict:
    """Judge `method` called with `params`: all strings when they came as a form, typed when as JSON.

    `files` are the names of the uploaded parts; a file sent as a parameter of its own counts as that field.
    """
    model = methods().get(method)
    if model is None:
        return Verdict(params, (Fault("unknown method", method, "the API has no such method"),))
    known = fields(model)
    decoded = {name: from_wire(known[name].annotation, value) if name in known else value
               for name, value in params.items()}  # fmt: skip
    given = decoded | {name: _ATTACH + name for name in files if name in known and name not in decoded}
    faults = [*model_faults(model, given, method), *_upload_faults(method, given, files)]
    return Verdict(given, tuple(faults))


def _upload_faults(method: str, params: Mapping[str, Any], files: Collection[str]) -> Iterator[Fault]:
    wanted = {text.removeprefix(_ATTACH) for text in _strings(params) if text.startswith(_ATTACH)}
    for name in sorted(wanted - set(files)):
        yield Fault("file not uploaded", f"{method}.{name}", "attach:// names a part that did not come")
    for name in sorted(set(files) - wanted):
        yield Fault("file not used", f"{method}.{name}", "a part came that no field names")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
