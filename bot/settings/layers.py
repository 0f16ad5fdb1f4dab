"""Where settings come from: command line, environment, `.env`, secret files, TOML; each is one `Layer`.

Called by `bot.settings.load` only. A layer keeps how each value was written, and the faults in reading it.
"""

import io
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dotenv.parser import parse_stream

from bot.domain.markets import fold
from bot.redaction import shown
from bot.settings import faults
from bot.settings.faults import SCALARS
from bot.settings.origin import PREFIX, Origin, Style
from bot.settings.origin import Path as SettingPath

LOADER_NAMES = frozenset({"config", "secrets_dir"})
"""Where to read from; settings of the loader itself."""
SECRETS_DIR = Path("/run/secrets")
CONFIG = Path("underkeel.toml")


@dataclass(slots=True)
class Layer:
    """One source of settings. `values` is nested as the model is; `origins` says how each was written."""

    style: Style
    place: str
    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[SettingPath, Origin] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def origin(self, name: str, value: Any = "") -> Origin:
        return Origin(self.style, name, self.place, value)

    def put(self, flat: str, value: Any, written: str) -> None:
        """File a value under its flat name (`poll_seconds`, `rpc_ethereum`), or note that there is none."""
        name = flat.lower().replace("-", "_").replace(".", "_")
        kind, _, rest = name.partition("_")
        origin = self.origin(written, value)
        if name in SCALARS:
            self.values[name] = value
            self.origins[name,] = origin
        elif kind == "rpc" and fold(rest):
            self.values.setdefault("rpc", {})[fold(rest)] = value
            self.origins["rpc", fold(rest)] = origin
        elif kind == "market" and fold(rest):
            self._put_market(rest.replace("_", "-"), value, origin)
        elif name in faults.TABLES:
            kind = "chain" if name == "rpc" else "market"
            self.faults.append(f"{origin} must say for which {kind}. {faults.example(origin, (name,))}")
        else:
            self.faults.append(faults.unknown(origin, name))

    def _put_market(self, name: str, value: Any, origin: Origin) -> None:
        if isinstance(value, str):
            chain_id, _, provider = value.partition(":")
            value = {"chain_id": chain_id.strip(), "provider": provider.strip()}
        if not isinstance(value, Mapping):
            self.faults.append(
                f"{origin} is no table. {faults.example(origin, ('market', name))}",
            )
            return
        self.values.setdefault("market", {})[fold(name)] = {"name": name, **value}
        self.origins["market", fold(name)] = self.origin(origin.name, value)


def from_options(options: Iterable[tuple[str, str]]) -> Layer:
    """The command line: pairs of how it was written (`--data-dir` or `--set`) and the text that followed."""
    layer = Layer(Style.OPTION, "command line")
    for option, text in options:
        if option != "--set":
            layer.put(option.removeprefix("--"), text, option)
            continue
        name, equals, value = text.partition("=")
        if not (equals and name.strip()):
            layer.faults.append(
                f"--set {shown(text)} (command line) is not name=value. Example: --set locale=en_GB",
            )
            continue
        layer.put(name.strip().lower().removeprefix(PREFIX.lower()), value, f"--set {name.strip()}")
    return layer


def from_environment(environ: Mapping[str, str], place: str = "environment") -> Layer:
    """Names with our prefix. An empty value is no value; `..._FILE` names a file that holds the value."""
    layer = Layer(Style.ENVIRONMENT, place)
    ours = {
        name: value for name, value in environ.items() if name.upper().startswith(PREFIX) and value.strip()
    }
    for name, value in sorted(ours.items()):
        flat = name[len(PREFIX) :].lower()
        if flat in LOADER_NAMES:
            continue
        if flat.endswith("_file") and flat not in SCALARS:
            _put_from_file(layer, flat.removesuffix("_file"), Path(value), name)
        else:
            layer.put(flat, value, name)
    return layer


def _put_from_file(layer: Layer, flat: str, path: Path, written: str) -> None:
    try:
        layer.put(flat, path.read_text(encoding="utf-8").strip(), written)
    except (OSError, UnicodeDecodeError) as error:
        layer.faults.append(
            f"{layer.origin(written)} names a file that cannot be read ({_why(error)}). "
            f"{faults.example(layer.origin(written), (flat,) if flat in SCALARS else ('rpc', 'ethereum'))}",
        )


def from_dotenv(path: Path) -> tuple[Layer, dict[str, str]]:
    """The `.env` file, if there is one, and all it holds."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Layer(Style.ENVIRONMENT, path.name), {}
    except (OSError, UnicodeDecodeError) as error:
        layer = Layer(Style.ENVIRONMENT, path.name)
        layer.faults.append(
            f"{path.name} cannot be read ({_why(error)}). Example: a text file with the line "
            f"{PREFIX}LOCALE=en_GB",
        )
        return layer, {}
    bindings = list(parse_stream(io.StringIO(text)))
    held = {binding.key: binding.value or "" for binding in bindings if binding.key and not binding.error}
    layer = from_environment(held, path.name)
    layer.faults.extend(
        f"{path.name}, line {binding.original.line} is not NAME=value. Example: {PREFIX}LOCALE=en_GB"
        for binding in bindings
        if binding.error
    )
    return layer, held


def from_secret_files(folder: Path, *, chosen: bool) -> Layer:
    """One file a setting, named like it with or without `underkeel_`. Other files in the folder are left
    alone, unless they look like a misspelt name. `chosen`: the folder was asked for, so it must be there.
    """
    layer = Layer(Style.SECRET_FILE, str(folder))
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError as error:
        if chosen:
            layer.faults.append(
                f"{PREFIX}SECRETS_DIR names a folder that cannot be read ({_why(error)}). "
                f"Example: {PREFIX}SECRETS_DIR=.",
            )
        return layer
    for path in files:
        flat = path.name.lower().removeprefix(PREFIX.lower())
        ours = flat != path.name.lower() or flat in SCALARS or flat.startswith(("rpc_", "market_"))
        if ours and flat not in LOADER_NAMES:
            _put_from_file(layer, flat, path, path.name)
        elif not ours and faults.nearest(flat, SCALARS):
            layer.faults.append(faults.unknown(layer.origin(path.name), flat))
    return layer


def from_toml(path: Path, *, chosen: bool) -> Layer:
    """`[rpc]` is a table of chains, `[[market]]` a list with a name in each; everything else is flat."""
    layer = Layer(Style.TOML, path.name)
    try:
        held = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if chosen:
            layer.faults.append(
                f"The file {str(path)!r} (--config) is not there. Example: --config underkeel.toml"
            )
        return layer
    except (OSError, UnicodeDecodeError) as error:
        layer.faults.append(
            f'The file {str(path)!r} cannot be read ({_why(error)}). Example: locale = "en_GB"'
        )
        return layer
    except tomllib.TOMLDecodeError as error:
        layer.faults.append(f'{path.name} is not valid TOML ({_position(error)}). Example: locale = "en_GB"')
        return layer
    for flat, value, written in _toml_entries(held):
        layer.put(flat, value, written)
    return layer


def _toml_entries(held: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    for name, value in held.items():
        if name == "rpc" and isinstance(value, Mapping):
            yield from ((f"rpc_{chain}", urls, f"rpc.{chain}") for chain, urls in value.items())
        elif name == "market" and isinstance(value, Mapping):
            yield from ((f"market_{key}", one, f"market.{key}") for key, one in value.items())
        elif name == "market" and isinstance(value, list):
            for number, one in enumerate(value, start=1):
                key = one.get("name", "") if isinstance(one, Mapping) else ""
                named = key if isinstance(key, str) and fold(key) else f"number {number}"
                yield f"market_{named}", one, f"[[market]] {named}"
        else:
            yield name, value, name


def _why(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or "unreadable" if isinstance(error, OSError) else "not UTF-8 text"


def _position(error: tomllib.TOMLDecodeError) -> str:
    """Line and column only: the rest of the parser's words may quote a secret."""
    text = str(error)
    at = text.rfind("(at ")
    return text[at + 1 : -1] if at >= 0 else "at an unknown place"
