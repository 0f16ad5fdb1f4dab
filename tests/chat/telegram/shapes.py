"""Fields and types of a request, taken from aiogram's generated models with every extra forbidden.

aiogram itself keeps unknown fields and converts types; this walk over its annotations does neither.
Called by judge; it calls rules for each object whose fields are right.
"""

from __future__ import annotations

import json
import re
import types as builtin_types
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import aiogram.methods
import aiogram.types
from aiogram.client.default import Default
from aiogram.methods.base import TelegramMethod
from aiogram.types import InputFile
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tests.chat.telegram.faults import Fault, Faults
from tests.chat.telegram.rules import object_faults

Model = type[BaseModel]
_INTEGER = re.compile(r"-?[0-9]{1,19}\Z")
_INT64 = 1 << 63


@cache
def methods() -> Mapping[str, type[TelegramMethod[Any]]]:
    """Every published method by its name on the wire."""
    found = (getattr(aiogram.methods, name) for name in aiogram.methods.__all__)
    return {
        one.__api_method__: one
        for one in found
        if isinstance(one, type) and issubclass(one, TelegramMethod) and one is not TelegramMethod
    }


@cache
def fields(model: Model) -> Mapping[str, FieldInfo]:
    """The model's fields by their names on the wire (`from`, not `from_user`)."""
    model.model_rebuild()
    return {field.alias or name: field for name, field in model.model_fields.items()}


def members(annotation: Any) -> tuple[Any, ...]:
    """What a field may hold on the wire: unions flattened, None and aiogram's own markers left out."""
    if get_origin(annotation) is Annotated:
        return members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, builtin_types.UnionType):
        return tuple(inner for part in get_args(annotation) for inner in members(part))
    if annotation in (Default, type(None)):
        return ()
    return (annotation,)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _is_composite(annotation: Any) -> bool:
    return _is_model(annotation) or get_origin(annotation) is list


def from_wire(annotation: Any, value: object) -> object:
    """Undo the form encoding of one parameter; what does not fit stays a string and fails its type later.

    A JSON body has its types already, except that the API lets objects be JSON-serialized strings there too.
    """
    if not isinstance(value, str):
        return value
    may = members(annotation)
    if int in may and _INTEGER.match(value):
        return int(value)
    if bool in may and value in ("true", "false"):
        return value == "true"
    if float in may and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value)
    if any(map(_is_composite, may)) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def value_faults(annotation: Any, value: object, where: str) -> Faults:
    """What is wrong with one value; among several allowed types the one it resembles most speaks."""
    may = members(annotation)
    if not may or Any in may:
        return
    tries = [list(_against(one, value, where)) for one in may if _resembles(one, value)]
    if not tries:
        names = " or ".join(sorted({_name(one) for one in may}))
        yield Fault("wrong type", where, f"must be {names}, not {_brief(value)}")
        return
    yield from min(tries, key=len)


def _resembles(annotation: Any, value: object) -> bool:
    if _is_model(annotation):
        return isinstance(value, dict) and _tags_match(annotation, value)
    origin = get_origin(annotation)
    if origin is list:
        return isinstance(value, list)
    if origin is Literal:
        return value in [getattr(one, "value", one) for one in get_args(annotation)]
    if annotation in (str, InputFile):
        return isinstance(value, str)
    if annotation is bool:
        return isinstance(value, bool)
    if annotation in (int, datetime, timedelta):
        return isinstance(value, int) and not isinstance(value, bool) and -_INT64 <= value < _INT64
    if annotation is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return True


def _tags_match(model: Model, value: Mapping[str, object]) -> bool:
    """Variants of one object (command scopes, input media, chat members) are told apart by a constant."""
    return all(
        name in value and _resembles(field.annotation, value[name])
        for name, field in fields(model).items()
        if get_origin(field.annotation) is Literal
    )


def _against(annotation: Any, value: Any, where: str) -> Faults:
    if _is_model(annotation):
        yield from model_faults(annotation, value, where)
    elif get_origin(annotation) is list:
        for at, item in enumerate(value):
            yield from value_faults(get_args(annotation)[0], item, f"{where}[{at}]")


def model_faults(model: Model, value: Mapping[str, object], where: str) -> Faults:
    """Unknown, deprecated, missing and mistyped fields; the model's rules once all of these are right."""
    found = list(_field_faults(model, value, where))
    yield from found or object_faults(model, value, where)


def _field_faults(model: Model, value: Mapping[str, object], where: str) -> Faults:
    known = fields(model)
    for name in value:
        if name not in known:
            yield Fault("unknown field", f"{where}.{name}", f"{_name(model)} has no such field")
    for name, field in known.items():
        at = f"{where}.{name}"
        if name not in value:
            if field.is_required() or get_origin(field.annotation) is Literal:
                yield Fault("missing field", at, f"{_name(model)} needs it")
        elif isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("deprecated"):
            yield Fault("deprecated field", at, "the API keeps it for old bots only")
        else:
            yield from value_faults(field.annotation, value[name], at)


def _name(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return "/".join(str(getattr(one, "value", one)) for one in get_args(annotation))
    return str(getattr(annotation, "__name__", annotation))


def _brief(value: object) -> str:
    shown = repr(value)
    return f"{type(value).__name__} {shown if len(shown) <= 60 else shown[:57] + '...'}"
