"""Readers and writers of plain JSON values, compiled once from the type hints of our dataclasses.

Used by `bot.store.codec` only. Strict both ways: a value that does not fit is a Misfit with its path.
"""

import dataclasses
import types
from collections.abc import Callable, Mapping
from enum import Enum
from functools import partial
from typing import Any, Final, NewType, Union, get_args, get_origin, get_type_hints

Plain = dict[str, Any]
Convert = Callable[[Any], Any]
SCALARS: Final = (bool, int, str)


class Misfit(ValueError):
    """A plain value does not fit the type it is read as. `path` grows while it rises."""

    def __init__(self, why: str) -> None:
        self.path: list[str] = []
        self.why = why
        super().__init__(why)

    def __str__(self) -> str:
        return f"{'.'.join(reversed(self.path)) or 'record'}: {self.why}"


class Shapes:
    """Compiled converters. `kinds` names the members of unions for ever, whatever the classes are called."""

    def __init__(self, kinds: Mapping[type, str]) -> None:
        self._kinds = kinds
        self._writers: dict[Any, Convert] = {}
        self._readers: dict[Any, Convert] = {}

    def writer(self, hint: Any) -> Convert:
        """From a value of that type to plain JSON."""
        if hint not in self._writers:
            self._writers[hint] = self._make(hint, self.writer, _Write)
        return self._writers[hint]

    def reader(self, hint: Any) -> Convert:
        """From plain JSON to a value of that type; Misfit when it does not fit."""
        if hint not in self._readers:
            self._readers[hint] = self._make(hint, self.reader, _Read)
        return self._readers[hint]

    def _make(self, hint: Any, inner: Callable[[Any], Convert], way: "type[_Write | _Read]") -> Convert:
        if isinstance(hint, NewType):
            return inner(hint.__supertype__)
        if hint in SCALARS:
            return partial(_scalar, hint)
        if isinstance(hint, type) and issubclass(hint, Enum):
            return partial(way.enum, hint)
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            hints = get_type_hints(hint)
            fields = {field.name: inner(hints[field.name]) for field in dataclasses.fields(hint)}
            required = frozenset(
                field.name
                for field in dataclasses.fields(hint)
                if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
            )
            return partial(way.record, hint, fields, required)
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is tuple and len(arguments) == 2 and arguments[1] is ...:
            return partial(way.many, inner(arguments[0]))
        if origin is tuple:
            return partial(way.fixed, [inner(argument) for argument in arguments])
        if origin is dict and arguments[0] is str:
            return partial(_mapping, inner(arguments[1]))
        if origin is Mapping and arguments[0] is int:
            return partial(way.numbered, inner(arguments[1]))
        if origin in (Union, types.UnionType):
            return self._make_union(arguments, inner, way)
        raise TypeError(f"no stored form for {hint!r}")

    def _make_union(
        self, members: tuple[Any, ...], inner: Callable[[Any], Convert], way: "type[_Write | _Read]"
    ) -> Convert:
        some = [member for member in members if member is not type(None)]
        if len(some) == 1:
            return partial(_maybe, inner(some[0]))
        kinds = {self._kinds[member]: (member, way.member(member, inner(member))) for member in some}
        one_of = partial(way.union, kinds)
        return one_of if len(some) == len(members) else partial(_maybe, one_of)


def _has_kind(of: Any) -> bool:
    """Whether a member has a field of that name itself: its fields then lie one level deeper, as `is`."""
    return any(field.name == "kind" for field in dataclasses.fields(of))


def _scalar(of: type, value: Any) -> Any:
    if type(value) is not of:
        raise Misfit(f"expected {of.__name__}, found {type(value).__name__}")
    return value


def _number(key: str) -> int:
    """A key of JSON fields that is a number; written in one way only, so no two keys are the same number."""
    try:
        number = int(key)
    except ValueError:
        raise Misfit(f"{key[:20]!r} is no number") from None
    if str(number) != key:
        raise Misfit(f"{key[:20]!r} is no number as we write them")
    return number


def _maybe(convert: Convert, value: Any) -> Any:
    return None if value is None else convert(value)


def _mapping(convert: Convert, value: Any) -> Plain:
    if not isinstance(value, dict):
        raise Misfit(f"expected fields, found {type(value).__name__}")
    return {_scalar(str, key): convert(item) for key, item in value.items()}


class _Write:
    @staticmethod
    def enum(_of: type[Enum], value: Enum) -> Any:
        return value.value

    @staticmethod
    def numbered(convert: Convert, value: Any) -> Plain:
        return {str(_scalar(int, key)): convert(item) for key, item in value.items()}

    @staticmethod
    def record(of: type, fields: Mapping[str, Convert], _required: frozenset[str], value: Any) -> Plain:
        if type(value) is not of:
            raise Misfit(f"expected {of.__name__}, found {type(value).__name__}")
        return {name: convert(getattr(value, name)) for name, convert in fields.items()}

    @staticmethod
    def many(convert: Convert, value: Any) -> list[Any]:
        return [convert(item) for item in value]

    @staticmethod
    def fixed(converts: list[Convert], value: Any) -> list[Any]:
        return [convert(item) for convert, item in zip(converts, value, strict=True)]

    @staticmethod
    def member(of: Any, convert: Convert) -> Convert:
        return (lambda value: {"is": convert(value)}) if _has_kind(of) else convert

    @staticmethod
    def union(kinds: Mapping[str, tuple[type, Convert]], value: Any) -> Plain:
        for kind, (of, convert) in kinds.items():
            if type(value) is of:
                return {"kind": kind, **convert(value)}
        raise Misfit(f"{type(value).__name__} is none of {', '.join(kinds)}")


class _Read:
    @staticmethod
    def enum(of: type[Enum], value: Any) -> Enum:
        try:
            return of(value)
        except ValueError:
            raise Misfit(f"{value!r} is no {of.__name__}") from None

    @staticmethod
    def numbered(convert: Convert, value: Any) -> dict[int, Any]:
        if not isinstance(value, dict):
            raise Misfit(f"expected fields, found {type(value).__name__}")
        return {_number(key): convert(item) for key, item in value.items()}

    @staticmethod
    def record(of: type, fields: Mapping[str, Convert], required: frozenset[str], value: Any) -> Any:
        if not isinstance(value, dict):
            raise Misfit(f"expected fields, found {type(value).__name__}")
        if missing := required - value.keys():
            raise Misfit(f"lacks {', '.join(sorted(missing))}")
        if unknown := value.keys() - fields.keys():
            raise Misfit(f"has unknown {', '.join(sorted(unknown))}; was it written by a newer version?")
        read = {}
        for name, item in value.items():
            try:
                read[name] = fields[name](item)
            except Misfit as misfit:
                misfit.path.append(name)
                raise
        return of(**read)

    @staticmethod
    def many(convert: Convert, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise Misfit(f"expected a list, found {type(value).__name__}")
        return tuple([convert(item) for item in value])

    @staticmethod
    def fixed(converts: list[Convert], value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) != len(converts):
            raise Misfit(f"expected a list of {len(converts)}")
        return tuple([convert(item) for convert, item in zip(converts, value, strict=True)])

    @staticmethod
    def member(of: Any, convert: Convert) -> Convert:
        return (lambda fields: convert(fields.get("is"))) if _has_kind(of) else convert

    @staticmethod
    def union(kinds: Mapping[str, tuple[type, Convert]], value: Any) -> Any:
        if not isinstance(value, dict) or value.get("kind") not in kinds:
            raise Misfit(f"its kind is none of {', '.join(kinds)}")
        fields = dict(value)
        return kinds[fields.pop("kind")][1](fields)
