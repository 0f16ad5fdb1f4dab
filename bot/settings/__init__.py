"""Settings, read once: command line > environment > `.env` > secret files > TOML > defaults.

`load` is called by `bot.__main__`, `choose` by `bot.app`; both raise SettingsError with all they found.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from bot.errors import SettingsError
from bot.settings import faults, layers
from bot.settings.choice import Selection, choose
from bot.settings.layers import Layer
from bot.settings.model import CustomMarket, Settings
from bot.settings.origin import PREFIX

__all__ = ["CustomMarket", "Selection", "Settings", "choose", "load"]


class _Source(PydanticBaseSettingsSource):
    """A layer as pydantic-settings wants its sources; it merges them, first one first."""

    def __init__(self, layer: Layer, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls)
        self._layer = layer

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        return self._layer.values.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return self._layer.values


def load(
    options: Iterable[tuple[str, str]] = (),
    *,
    environ: Mapping[str, str],
    folder: Path,
    config: Path | None = None,
    check: Callable[[Settings], object] = bool,
) -> Settings:
    """Read every source and check all of it at once.

    `options` are the command line's (`("--data-dir", "x")`, `("--set", "name=value")`), `folder` is where
    `.env` and `underkeel.toml` lie (the current one). `check` may raise SettingsError for what only tables
    know (see `choose`). Raises SettingsError with one sentence for each fault; no secret is in them.
    """
    dotenv, held = layers.from_dotenv(folder / ".env")
    loader = {name.upper(): value for name, value in (*held.items(), *environ.items()) if value.strip()}
    config = config or _path(loader, "CONFIG")
    secrets_dir = _path(loader, "SECRETS_DIR")
    sources = (
        layers.from_options(options),
        layers.from_environment(environ),
        dotenv,
        layers.from_secret_files(
            folder / (secrets_dir or layers.SECRETS_DIR), chosen=secrets_dir is not None
        ),
        layers.from_toml(folder / (config or layers.CONFIG), chosen=config is not None),
    )
    found = [fault for layer in sources for fault in layer.faults]
    origins = {path: origin for layer in reversed(sources) for path, origin in layer.origins.items()}
    try:
        settings = _layered(sources)()
    except ValidationError as error:
        found.extend(faults.sentences(error, origins))
        settings = _layered(_without_wrong(sources, error))()
    settings.remember(origins)
    try:
        check(settings)
    except SettingsError as error:
        found.extend(error.faults)
    if found:
        raise SettingsError(tuple(dict.fromkeys(found))) from None
    return settings


def _without_wrong(layers: tuple[Layer, ...], error: ValidationError) -> tuple[Layer, ...]:
    """The layers without the settings at fault, so that the rest can still be checked."""
    wrong = {str(fault["loc"][0]) for fault in error.errors(include_url=False, include_input=False)}
    if "market" in wrong:
        wrong |= {"markets", "rpc"}  # they may name the market that could not be read
    return tuple(
        replace(layer, values={name: value for name, value in layer.values.items() if name not in wrong})
        for layer in layers
    )


def _path(loader: Mapping[str, str], name: str) -> Path | None:
    text = loader.get(f"{PREFIX}{name}")
    return Path(text) if text else None


def _layered(sources: tuple[Layer, ...]) -> type[Settings]:
    class Layered(Settings):
        layers = tuple(partial(_Source, layer) for layer in sources)

    Layered.__name__ = Layered.__qualname__ = Settings.__name__  # its repr is read by people
    return Layered
