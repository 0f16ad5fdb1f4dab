"""Discord's published OpenAPI description, made strict: unknown fields refused, unions told apart by type.

Loaded once, from beside the repository; nothing of it is copied here. Asked by the judge for every request.
Source: https://github.com/discord/discord-api-spec
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.chat.telegram.faults import Fault

SPEC = Path(__file__).parents[4] / "shared" / "specs" / "discord_openapi.json"
_NAME = "urn:discord"
_REF = f"{_NAME}#/components/schemas/"
_TAKEN_BESIDES: Mapping[str, Mapping[str, Any]] = {
    # Documented at /docs/interactions/application-commands, and missing in the description.
    "ApplicationCommandUpdateRequest": {"nsfw": {"type": ["boolean", "null"]}},
    # discord.py writes it into every edit; Discord looks at it only in new messages.
    "MessageEditRequestPartial": {"tts": {"const": False}},
    "IncomingWebhookUpdateRequestPartial": {"tts": {"const": False}},
    "IncomingWebhookUpdateForInteractionCallbackRequestPartial": {"tts": {"const": False}},
}
_KINDS = {
    "additionalProperties": "unknown field",
    "required": "missing field",
    "type": "wrong type",
    "enum": "bad value",
    "const": "bad value",
    "pattern": "bad value",
    "format": "bad format",
    "oneOf": "wrong type",
    "anyOf": "wrong type",
    "maxLength": "too long",
    "maxItems": "too long",
    "maxProperties": "too long",
    "minLength": "too short",
    "minItems": "too short",
    "minimum": "out of range",
    "maximum": "out of range",
    "uniqueItems": "twice the same",
}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One published method of one path. `body` is the schema of a JSON body, None where there is none."""

    name: str
    path: re.Pattern[str]
    body: Json | None
    needs_body: bool
    takes_files: bool
    query: Mapping[str, Json]
    needs_query: frozenset[str]


@cache
def operations() -> Mapping[str, list[Operation]]:
    """HTTP method -> its operations, literal paths before those with variables."""
    found: dict[str, list[Operation]] = {}
    for path in sorted(_document()["paths"], key=_looseness):
        shared = _document()["paths"][path].get("parameters", [])
        for method, told in _document()["paths"][path].items():
            if method != "parameters":
                found.setdefault(method.upper(), []).append(_operation(path, told, shared))
    return found


def _looseness(path: str) -> list[bool]:
    return [part.startswith("{") for part in path.split("/")]


def _operation(path: str, told: Json, shared: list[Json]) -> Operation:
    named = re.sub(r"{(\w+_id)}", r"(?P<\1>\\d+)", path)
    pattern = re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", named) + r"\Z")
    request = told.get("requestBody", {})
    content = request.get("content", {})
    query = {one["name"]: one for one in [*shared, *told.get("parameters", [])] if one["in"] == "query"}
    return Operation(
        told["operationId"],
        pattern,
        content["application/json"]["schema"] if "application/json" in content else None,
        bool(request.get("required")),
        "multipart/form-data" in content,
        {name: one["schema"] for name, one in query.items()},
        frozenset(name for name, one in query.items() if one.get("required")),
    )


@cache
def _document() -> Json:
    # References are made absolute, so that each part of the document can be used by itself.
    text = SPEC.read_text(encoding="utf-8").replace('"$ref": "#/', f'"$ref": "{_NAME}#/')
    document: Json = json.loads(text)
    _forbid_unknown(document)
    schemas = document["components"]["schemas"]
    for name, fields in _TAKEN_BESIDES.items():
        schemas[name]["properties"] |= fields
    # Ids are answered as strings and taken as numbers too; discord.py sends both.
    schemas["SnowflakeType"] = {
        "anyOf": [{"type": "string", "pattern": "^(0|[1-9][0-9]*)$"}, {"type": "integer", "minimum": 0}]
    }
    return document


def _forbid_unknown(node: Any) -> None:
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict) and node.get("type") == "object":
            node.setdefault("additionalProperties", False)
        for inner in node.values():
            _forbid_unknown(inner)
    elif isinstance(node, list):
        for inner in node:
            _forbid_unknown(inner)


# Validation


def _union(judge: Any, branches: list[Json], instance: Any, schema: Json) -> Iterator[ValidationError]:
    """oneOf and anyOf: the branch that the value's own type, `const` or `type` field names, else the best."""
    fitting = [one for one in map(_resolved, branches) if _may_be(one, instance)]
    if not fitting:
        yield ValidationError(f"{instance!r} is none of {len(branches)} kinds")
        return
    best: list[ValidationError] | None = None
    for one in fitting:
        errors = list(judge.descend(instance, one))
        if not errors:
            return
        if best is None or len(errors) < len(best):
            best = errors
    yield from best or ()


def _resolved(schema: Json) -> Json:
    while (ref := schema.get("$ref", "")).startswith(_REF):
        schema = _document()["components"]["schemas"][ref.removeprefix(_REF)]
    return schema


def _may_be(schema: Json, instance: Any) -> bool:
    if "const" in schema:
        return bool(schema["const"] == instance)
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds] if kinds else []
    if kinds and not any(Draft202012Validator.TYPE_CHECKER.is_type(instance, kind) for kind in kinds):
        return False
    if isinstance(instance, dict) and "type" in instance:
        named = schema.get("properties", {}).get("type", {}).get("enum")
        return named is None or instance["type"] in named
    return True


_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("uri", raises=ValueError)
def _is_uri(value: object) -> bool:
    if not isinstance(value, str):
        return True
    split = urlsplit(value)
    return split.scheme in ("http", "https", "attachment", "discord") and bool(split.netloc)


@_FORMATS.checks("date-time", raises=ValueError)
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value) is not None


@_FORMATS.checks("int32")
def _is_int32(value: object) -> bool:
    return not isinstance(value, int) or -(1 << 31) <= value < 1 << 31


_Strict = extend(Draft202012Validator, {"oneOf": _union, "anyOf": _union})


@cache
def _registry() -> Registry[Any]:
    made: Registry[Any] = Registry()
    return made.with_resource(_NAME, Resource.from_contents(_document(), DRAFT202012))


_validators: dict[int, Any] = {}


def schema_faults(value: Any, schema: Json, where: str) -> Iterator[Fault]:
    """Everything that the published schema holds against `value`."""
    if id(schema) not in _validators:
        _validators[id(schema)] = _Strict(schema, registry=_registry(), format_checker=_FORMATS)
    for error in _validators[id(schema)].iter_errors(value):
        yield Fault(_KINDS.get(str(error.validator), "wrong type"), where + _path(error), _says(error))


def _path(error: ValidationError) -> str:
    steps = [f"[{one}]" if isinstance(one, int) else f".{one}" for one in error.absolute_path]
    return "".join(steps)


def _says(error: ValidationError) -> str:
    return error.message if len(error.message) < 160 else f"{error.message[:80]} … {error.message[-70:]}"
