"""The settings, typed and frozen: what each may be (`description`) and a value that works (`examples`).

Read everywhere through one `Settings` object that `bot.settings.load` makes; `.env.example` explains them.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.redaction import host_of, url_secrets
from bot.settings import checks
from bot.settings.origin import Origin, default_origin

PROVIDER_EXAMPLE = "0x2f39d218133AFaB8F2B819B1066c7E434Ad94E9e"
TOKEN_EXAMPLE = "123456789:AAexampleExampleExampleExampleExa"  # noqa: S105  the shape of a token, not one
DISCORD_EXAMPLE = (
    "MTIzNDU2Nzg5MDEyMzQ1Njc4OQ.AAAAAA.exampleExampleExampleExample"  # the shape of a token, not one
)
DEFAULT_MARKETS = ("ethereum",)


Words = Annotated[tuple[str, ...], BeforeValidator(checks.split)]
RpcUrls = Annotated[tuple[SecretStr, ...], BeforeValidator(checks.split), AfterValidator(checks.rpc_urls)]


_TOKENS = ("telegram_token", "discord_token")


class CustomMarket(BaseModel):
    """A market that the table lacks: an Aave fork, a test chain."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(description="a name with a letter or digit", examples=["my-fork"])
    chain_id: int = Field(ge=1, description="a chain id, a whole number from 1", examples=["31337"])
    provider: str = Field(
        pattern=r"^0x[0-9a-fA-F]{40}$",
        description="the address of its PoolAddressesProvider, 0x and 40 hex digits",
        examples=[PROVIDER_EXAMPLE],
    )
    rpc: RpcUrls | None = Field(
        default=None,
        description="RPC addresses that begin with http://, https://, ws:// or wss://",
        examples=["http://127.0.0.1:8545"],
    )


class Settings(BaseSettings):
    """All that can be set. Lists are tuples, secrets are `SecretStr`, names of chains and markets are not yet
    resolved: `bot.settings.choose` does that against the tables.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    data_dir: Path = Field(
        default=Path("data"), description="a folder that the program may write to", examples=["./data"]
    )
    redis_url: Annotated[SecretStr, BeforeValidator(checks.trim), AfterValidator(checks.redis_url)] = Field(
        default=SecretStr(""),
        description="a redis://, rediss:// or unix:// address of a Valkey or Redis server; empty: our own",
        examples=["redis://127.0.0.1:6379/0"],
    )
    fsync: Literal["everysec", "always"] = Field(
        default="everysec", description="everysec or always", examples=["everysec"]
    )
    telegram_token: Annotated[
        SecretStr, BeforeValidator(checks.trim), AfterValidator(checks.telegram_token)
    ] = Field(
        default=SecretStr(""),
        description="the token that @BotFather gave you: digits, a colon, 35 letters and digits",
        examples=[TOKEN_EXAMPLE],
    )
    telegram_api: Annotated[str, BeforeValidator(checks.trim), AfterValidator(checks.api)] = Field(
        default="https://api.telegram.org",
        description="the http:// or https:// address of a Bot API server, without credentials or query",
        examples=["https://api.telegram.org"],
    )
    discord_token: Annotated[
        SecretStr, BeforeValidator(checks.trim), AfterValidator(checks.discord_token)
    ] = Field(
        default=SecretStr(""),
        description="the token of your bot from Discord's developer portal: three parts with dots",
        examples=[DISCORD_EXAMPLE],
    )
    discord_api: Annotated[str, BeforeValidator(checks.trim), AfterValidator(checks.api)] = Field(
        default="https://discord.com/api/v10",
        description="the http:// or https:// address of Discord's API, version 10, or of a proxy before it",
        examples=["https://discord.com/api/v10"],
    )
    discord_gateway: Annotated[str, BeforeValidator(checks.trim), AfterValidator(checks.socket)] = Field(
        default="",
        description="the ws:// or wss:// address of Discord's gateway or of a proxy; empty: as Discord says",
        examples=["wss://gateway.discord.gg/"],
    )
    allow: Annotated[Words, AfterValidator(checks.allowed)] = Field(
        default=(),
        description="people, chats or Discord servers by number, telegram:<number>, discord:<person> or "
        "discord:s<server> each, with commas between",
        examples=["telegram:123456789"],
    )
    """As `platform/number`, the house's form of destinations and persons."""
    markets: Words = Field(
        default=(),
        description="names of Aave v3 markets, or all, with commas between",
        examples=["ethereum"],
    )
    chains: Words = Field(
        default=(), description="names of chains, or all, with commas between", examples=["ethereum"]
    )
    """Every market of these chains is watched, beside `markets`."""
    rpc: Mapping[str, RpcUrls] = Field(
        default_factory=dict,
        description="RPC addresses that begin with http://, https://, ws:// or wss://, with commas between",
        examples=["https://rpc.example.org"],
    )
    """By folded name of a chain, its id, or the folded name of a custom market."""
    market: Mapping[str, CustomMarket] = Field(
        default_factory=dict,
        description="<chain id>:<PoolAddressesProvider>",
        examples=[f"31337:{PROVIDER_EXAMPLE}"],
    )
    """By folded name."""
    poll_seconds: float | None = Field(
        default=None, ge=0.2, le=3600, description="a number of seconds from 0.2 to 3600", examples=["12"]
    )
    """None: each chain's own pace."""
    stale_after_s: int = Field(
        default=300, ge=10, le=86_400, description="whole seconds from 10 to 86400", examples=["300"]
    )
    flows: Literal["auto", "off"] = Field(default="auto", description="auto or off", examples=["auto"])
    """Transfers into and out of exchanges. auto: those of chains that somebody asked for."""
    record: Path | None = Field(
        default=None,
        description="a folder in which to record what is seen on chain; empty: nothing is recorded",
        examples=["./recordings"],
    )
    record_mb: int = Field(
        default=50, ge=1, le=64, description="whole megabytes from 1 to 64", examples=["50"]
    )
    """All that one run records, in all its files."""
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(str.lower)] = Field(
        default="info", description="debug, info, warning or error", examples=["info"]
    )
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="auto, json or text", examples=["auto"]
    )
    locale: Annotated[str, AfterValidator(checks.locale)] = Field(
        default="en", description="a language, with or without a country", examples=["en_GB"]
    )

    _origins: Mapping[tuple[str, ...], Origin] = PrivateAttr(default_factory=dict)

    layers: ClassVar[tuple[Callable[[type[BaseSettings]], PydanticBaseSettingsSource], ...]] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003  theirs would not find misspelt names
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What it is given, then the layers of `load`, first one first."""
        return (init_settings, *(make(settings_cls) for make in cls.layers))

    def model_post_init(self, _context: Any, /) -> None:
        """Seal the mappings too: frozen means all of it."""
        object.__setattr__(self, "rpc", MappingProxyType(dict(self.rpc)))
        object.__setattr__(self, "market", MappingProxyType(dict(self.market)))

    def origin(self, *path: str) -> Origin:
        """Where a value came from; for one that nobody wrote, as the environment would have it."""
        return self._origins.get(path) or default_origin(path)

    def remember(self, origins: Mapping[tuple[str, ...], Origin]) -> None:
        """Keep where each value came from; called once, by `load`."""
        self._origins = origins

    def is_set(self, name: str) -> bool:
        """Whether a person chose it, or the default stands."""
        return name in self.model_fields_set

    def rpc_urls(self) -> tuple[str, ...]:
        """Every RPC address a person gave, in clear: for connecting and redacting only."""
        groups = (*self.rpc.values(), *(market.rpc or () for market in self.market.values()))
        return tuple(url.get_secret_value() for urls in groups for url in urls)

    def secrets(self) -> tuple[str, ...]:
        """Every text that must never be seen, for `bot.logs.configure`."""
        urls = (*self.rpc_urls(), self.redis_url.get_secret_value())
        tokens = (self.telegram_token.get_secret_value(), self.discord_token.get_secret_value())
        return tuple(
            secret for secret in (*tokens, *(part for url in urls for part in url_secrets(url))) if secret
        )

    def secret_hosts(self) -> tuple[str, ...]:
        """Hosts whose URLs are shown without path and query."""
        return tuple(dict.fromkeys(urlsplit(url).hostname or "" for url in self.rpc_urls()))

    def describe(self) -> dict[str, str]:
        """What is set, for one log line at start: secrets as "set", addresses by host."""
        plain = {
            name: _plain(getattr(self, name))
            for name in sorted(self.model_fields_set - {"rpc", "market", "redis_url", *_TOKENS})
        }
        redis = self.redis_url.get_secret_value()
        rpc = {
            f"rpc_{chain}": ",".join(host_of(url.get_secret_value()) for url in urls)
            for chain, urls in self.rpc.items()
        }
        custom = {f"market_{key}": f"{one.chain_id}:{one.provider}" for key, one in self.market.items()}
        return (
            {
                **{name: "set" if getattr(self, name).get_secret_value() else "not set" for name in _TOKENS},
                "redis_url": host_of(redis) if redis else "embedded",
            }
            | plain
            | rpc
            | custom
        )


def _plain(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
