"""Sentences about wrong settings: the setting as written, what is wrong, and an example that works.

Called by the layers, by `load` and by `choose`; no secret ever enters a sentence.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from bot.redaction import shown
from bot.settings.model import PROVIDER_EXAMPLE, CustomMarket, Settings
from bot.settings.origin import PREFIX, Origin, Path, Style, default_origin

TABLES = frozenset({"rpc", "market"})
SCALARS = frozenset(Settings.model_fields) - TABLES
_SECRET = frozenset({"redis_url", "telegram_token", "discord_token", "rpc"})
_LISTS = frozenset({"allow", "markets", "chains"})
_NUMBERS = frozenset({"poll_seconds", "stale_after_s"})


def nearest(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to three known words close to a wrong one, best first."""
    by_fold = {name.casefold(): name for name in known}
    return tuple(by_fold[name] for name in get_close_matches(word.casefold(), by_fold, n=3, cutoff=0.7))


def example(origin: Origin, path: Path, value: str = "") -> str:
    """`Example: ` and a line that works in the same place; `value` replaces the field's own."""
    value = value or str((Settings.model_fields[path[0]].examples or [""])[0])
    if path[0] in TABLES and len(path) == 1:
        path = (path[0], "ethereum" if path[0] == "rpc" else "my-fork")
    flat = "_".join(path[:2]).replace("-", "_")
    if origin.style is Style.TOML:
        return f"Example: {_toml(path, value)}"
    if origin.style is not Style.OPTION:
        return f"Example: {PREFIX}{flat.upper()}={value}"
    return f"Example: --set {flat}={value}" if " " in origin.name else f"Example: {origin.name} {value}"


def _toml(path: Path, value: str) -> str:
    if path[0] == "market":
        return f'market = [{{ name = "{path[1]}", chain_id = 31337, provider = "{PROVIDER_EXAMPLE}" }}]'
    if path[0] in _NUMBERS:
        return f"{path[0]} = {value}"
    return f'{".".join(path)} = ["{value}"]' if path[0] in _LISTS | TABLES else f'{path[0]} = "{value}"'


def unknown(origin: Origin, name: str) -> str:
    """The sentence for a name that is no setting; `name` is its flat form, without prefix."""
    close = next(iter(nearest(name, (*SCALARS, "rpc_ethereum", "market_my_fork"))), "")
    if not close:
        return f"{origin} is no setting of this program. {example(origin, ('markets',))}"
    path = (close,) if close in SCALARS else tuple(close.split("_", 1))
    meant = ".".join(path) if origin.style is Style.TOML else close
    if origin.style in {Style.ENVIRONMENT, Style.SECRET_FILE}:
        meant = f"{PREFIX}{close.upper()}"
    return f"{origin} is no setting; did you mean {meant}? {example(origin, path)}"


def sentences(error: ValidationError, origins: Mapping[Path, Origin]) -> list[str]:
    """One sentence for each wrong setting, in the order of the settings."""
    return [
        _sentence(tuple(str(step) for step in fault["loc"]), fault, origins)
        for fault in error.errors(include_url=False, include_input=False)
    ]


def _sentence(path: Path, fault: Any, origins: Mapping[Path, Origin]) -> str:
    at = path[:2] if path[0] in TABLES else path[:1]
    origin = origins.get(at) or default_origin(at)
    works = example(origin, at)
    if path[0] == "market" and len(path) > 2:
        return _market_sentence(path[2], fault, origin, works)
    wants = Settings.model_fields[path[0]].description
    if fault["type"] == "value_error":
        seen = str(fault["ctx"]["error"])
    elif path[0] in _SECRET:
        seen = "has a value (not shown) of a wrong form"
    else:
        seen = f"has the value {shown(origin.value)}"
    return f"{origin} {seen}; it must be {wants}. {works}"


def _market_sentence(part: str, fault: Any, origin: Origin, works: str) -> str:
    field = CustomMarket.model_fields.get(part)
    if field is None:
        close = nearest(part, CustomMarket.model_fields)
        meant = f"; did you mean {close[0]}?" if close else "."
        return f"{origin} has the key {shown(part)}, which no market has{meant} {works}"
    value = origin.value.get(part, "") if isinstance(origin.value, Mapping) else ""
    if fault["type"] == "missing" or value == "":
        seen = f"has no {part}"
    elif fault["type"] == "value_error":
        seen = f"{fault['ctx']['error']} in its {part}"
    else:
        seen = f"has {'a value (not shown)' if part == 'rpc' else shown(value)} as its {part}"
    return f"{origin} {seen}; it must be {field.description}. {works}"
