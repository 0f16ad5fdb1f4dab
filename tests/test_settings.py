"""Settings: where they come from, what a wrong one is answered with, and that no secret is ever seen."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Selection, Settings, choose, load
from bot.settings.faults import SCALARS
from watchers.aave.markets import custom_market, load_chains, load_markets

ROOT = Path(__file__).parents[1]
PROVIDER = "0x2f39d218133AFaB8F2B819B1066c7E434Ad94E9e"
TOKEN = "123456789:AAverySecretVerySecretVerySecretVer"
KEY = "k3yk3yk3yk3yk3yk3yk3y"


def select(settings: Settings) -> Selection:
    return choose(settings, markets=load_markets(), chains=load_chains(), custom=custom_market)


@dataclass
class Place:
    """Everything a person can set, in a folder of the test."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    options: list[tuple[str, str]] = field(default_factory=list)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def load(self) -> Settings:
        environ = {"UNDERKEEL_SECRETS_DIR": "secrets"} | self.environ
        return load(self.options, environ=environ, folder=self.folder, check=select)


@pytest.fixture
def place(tmp_path):
    (tmp_path / "secrets").mkdir()
    return Place(tmp_path)


# ---- precedence -----------------------------------------------------------------------------------


def test_each_source_yields_to_the_one_before_it(place):
    seen = [place.load().locale]
    place.write("underkeel.toml", 'locale = "de"')
    seen.append(place.load().locale)
    place.write("secrets/locale", "fr\n")
    seen.append(place.load().locale)
    place.write(".env", "UNDERKEEL_LOCALE=it")
    seen.append(place.load().locale)
    place.environ["UNDERKEEL_LOCALE"] = "es"
    seen.append(place.load().locale)
    place.options.append(("--set", "locale=pt-BR"))
    seen.append(place.load().locale)
    assert seen == ["en", "de", "fr", "it", "es", "pt_BR"]


def test_tables_are_merged_entry_by_entry(place):
    place.write(
        "underkeel.toml",
        f"""
        [rpc]
        ethereum = ["https://toml.example.org"]
        polygon = "https://one.example.org, https://two.example.org"
        [[market]]
        name = "My Fork"
        chain_id = 31337
        provider = "{PROVIDER}"
        rpc = "http://127.0.0.1:8545"
        """,
    )
    place.environ["UNDERKEEL_RPC_ETHEREUM"] = "https://env.example.org"
    settings = place.load()
    urls = {name: [url.get_secret_value() for url in urls] for name, urls in settings.rpc.items()}
    assert urls == {
        "ethereum": ["https://env.example.org"],
        "polygon": ["https://one.example.org", "https://two.example.org"],
    }
    chosen = select(settings)
    assert [market.key for market in chosen.markets] == ["ethereum", "my-fork"]
    assert chosen.rpc[31337][0].get_secret_value() == "http://127.0.0.1:8545"
    assert chosen.own == {1, 31337}
    assert chosen.notes == ("Nothing is watched on chain 137, though its RPC is set.",)


def test_an_empty_value_is_no_value_and_a_file_can_hold_one(place):
    place.write("token", f"{TOKEN}\n")
    place.environ |= {
        "UNDERKEEL_REDIS_URL": "",
        "UNDERKEEL_TELEGRAM_TOKEN_FILE": str(place.folder / "token"),
        "UNRELATED": "x",
    }
    settings = place.load()
    assert settings.redis_url.get_secret_value() == ""
    assert settings.telegram_token.get_secret_value() == TOKEN


def test_others_secret_files_are_left_alone(place):
    place.write("secrets/database_password", "hunter2")
    place.write("secrets/.hidden", "x")
    place.write("secrets/underkeel_telegram_token", TOKEN)
    assert place.load().telegram_token.get_secret_value() == TOKEN


def test_a_config_elsewhere(place):
    place.write("other.toml", 'markets = ["base"]')
    settings = load(environ={}, folder=place.folder, config=Path("other.toml"))
    assert settings.markets == ("base",)


def test_settings_are_frozen(place):
    settings = place.load()
    with pytest.raises(ValueError, match="frozen"):
        settings.locale = "de"  # type: ignore[misc]
    with pytest.raises(TypeError):
        settings.rpc["ethereum"] = ()  # type: ignore[index]


# ---- markets and chains ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, {"ethereum"}),
        ({"UNDERKEEL_MARKETS": "Aave v3 Ethereum Prime, BASE"}, {"ethereum-prime", "base"}),
        ({"UNDERKEEL_CHAINS": "arbitrum"}, {"arbitrum"}),
        ({"UNDERKEEL_MARKETS": "base", "UNDERKEEL_CHAINS": "optimism"}, {"base", "optimism"}),
        (
            {
                "UNDERKEEL_MARKETS": "lab",
                "UNDERKEEL_MARKET_LAB": f"31337:{PROVIDER}",
                "UNDERKEEL_RPC_LAB": "http://h",
            },
            {"lab"},
        ),
        (
            {"UNDERKEEL_MARKET_LAB": f"31337:{PROVIDER}", "UNDERKEEL_RPC_31337": "http://h"},
            {"ethereum", "lab"},
        ),
    ],
)
def test_what_is_watched(place, environ, expected):
    place.environ |= environ
    chosen = select(place.load())
    assert {market.key for market in chosen.markets} == expected
    assert set(chosen.rpc) == {market.chain_id for market in chosen.markets}


def test_all_markets_and_all_of_a_chain(place):
    place.environ["UNDERKEEL_CHAINS"] = "ethereum"
    chosen = {market.key for market in select(place.load()).markets}
    assert chosen == {market.key for market in load_markets() if market.chain_id == 1}
    assert len(chosen) > 1
    place.environ["UNDERKEEL_CHAINS"] = "all"
    place.environ |= {f"UNDERKEEL_RPC_{chain.chain_id}": "https://h" for chain in load_chains()}
    assert len(select(place.load()).markets) == len(load_markets())


# ---- wrong settings -------------------------------------------------------------------------------

TOML, DOTENV, OPTION = "underkeel.toml", ".env", "option"

WRONG = [
    # (where it is written, what, words that the sentence must have)
    (
        "env",
        "UNDERKEEL_TELEGRAM_TOKN=x",
        ["UNDERKEEL_TELEGRAM_TOKN", "did you mean UNDERKEEL_TELEGRAM_TOKEN?"],
    ),
    ("env", "UNDERKEEL_TELEGRAM_TOKEN=123:abc", ["UNDERKEEL_TELEGRAM_TOKEN", "no bot token", "@BotFather"]),
    ("env", "UNDERKEEL_DISCORD_TOKEN=abc.def", ["UNDERKEEL_DISCORD_TOKEN", "no bot token", "three parts"]),
    ("env", "UNDERKEEL_DISCORD_API=discord.com", ["UNDERKEEL_DISCORD_API", "cannot be used", "version 10"]),
    ("env", "UNDERKEEL_DISCORD_GATEWAY=http://a", ["UNDERKEEL_DISCORD_GATEWAY", "cannot be used", "wss://"]),
    ("env", "UNDERKEEL_ALLOW=discord:x5", ["UNDERKEEL_ALLOW", "'discord:x5'", "discord:s<server>"]),
    ("env", "UNDERKEEL_TELEGRAM_API=ftp://h/x", ["UNDERKEEL_TELEGRAM_API", "ftp://h", "https://"]),
    ("env", "UNDERKEEL_REDIS_URL=http://h:1", ["UNDERKEEL_REDIS_URL", "http://h:1", "redis://"]),
    ("env", "UNDERKEEL_FSYNC=sometimes", ["UNDERKEEL_FSYNC", "'sometimes'", "everysec or always"]),
    ("env", "UNDERKEEL_ALLOW=telegram:bob", ["UNDERKEEL_ALLOW", "'telegram:bob'", "number"]),
    ("env", "UNDERKEEL_MARKETS=base,etherium", ["UNDERKEEL_MARKETS", "'etherium'", "did you mean ethereum"]),
    ("env", "UNDERKEEL_CHAINS=arbitrom", ["UNDERKEEL_CHAINS", "'arbitrom'", "did you mean arbitrum"]),
    (
        "env",
        "UNDERKEEL_RPC_ETHERUM=https://h",
        ["UNDERKEEL_RPC_ETHERUM", "'etherum'", "did you mean ethereum"],
    ),
    ("env", "UNDERKEEL_RPC_BASE=https://h,h.org", ["UNDERKEEL_RPC_BASE", "number 2", "https://"]),
    (
        "env",
        f"UNDERKEEL_MARKET_LAB=x:{PROVIDER}",
        ["UNDERKEEL_MARKET_LAB", "'x'", "chain_id", "whole number"],
    ),
    ("env", "UNDERKEEL_MARKET_LAB=31337:0x12", ["UNDERKEEL_MARKET_LAB", "'0x12'", "PoolAddressesProvider"]),
    ("env", "UNDERKEEL_MARKET_LAB=31337", ["UNDERKEEL_MARKET_LAB", "no provider", "40 hex digits"]),
    ("env", f"UNDERKEEL_MARKET_LAB=31337:{PROVIDER}", ["'lab'", "chain 31337", "no RPC address"]),
    ("env", "UNDERKEEL_SECRETS_DIR=/nowhere", ["UNDERKEEL_SECRETS_DIR", "cannot be read"]),
    ("env", "UNDERKEEL_LOCALE_FILE=/nowhere", ["UNDERKEEL_LOCALE_FILE", "No such file"]),
    (DOTENV, "UNDERKEEL_POLL_SECONDS=often", ["UNDERKEEL_POLL_SECONDS", ".env", "'often'", "0.2 to 3600"]),
    (DOTENV, "UNDERKEEL_LOCALE='en", [".env, line 1", "NAME=value"]),
    (TOML, "stale_after_s = 1", ["stale_after_s", "underkeel.toml", "'1'", "10 to 86400"]),
    (TOML, "pol_seconds = 3", ["pol_seconds", "did you mean poll_seconds?"]),
    (TOML, "locale = en", ["underkeel.toml", "line 1", "TOML"]),
    (TOML, "rpc.base = 3", ["rpc.base", "not shown", "RPC addresses"]),
    (TOML, "[[market]]\nname = 'lab'\nchainid = 3", ["[[market]] lab", "'chainid'", "did you mean chain_id"]),
    (TOML, "market = 3", ["market", "for which market"]),
    (TOML, "rpc = 'https://h'", ["rpc", "for which chain"]),
    (OPTION, "--log-level loud", ["--log-level", "'loud'", "debug, info, warning or error"]),
    (OPTION, "--set loc", ["--set 'loc'", "name=value"]),
    (OPTION, "--set log_format=xml", ["--set log_format", "'xml'", "auto, json or text"]),
    (OPTION, "--set locale=elvish", ["--set locale", "'elvish'", "language"]),
]


def apply(place: Place, where: str, text: str) -> None:
    """Write a setting as a person would."""
    if where == "env":
        name, _, value = text.partition("=")
        place.environ[name] = value
    elif where == OPTION:
        name, _, value = text.partition(" ")
        place.options.append((name, value))
    else:
        place.write(where, text)


def faults_of(place: Place) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        place.load()
    return caught.value.faults


@pytest.mark.parametrize(("where", "text", "words"), WRONG, ids=[case[1].split("\n")[0] for case in WRONG])
def test_a_wrong_setting_is_named_and_its_example_works(place, tmp_path_factory, where, text, words):
    apply(place, where, text)
    faults = faults_of(place)
    sentence = next(fault for fault in faults if all(word in fault for word in words))
    example = re.search(r"Example: (.+)$", sentence)
    assert example, sentence

    other = Place(tmp_path_factory.mktemp("again"))
    (other.folder / "secrets").mkdir()
    if "no RPC address" in sentence:
        apply(other, where, text)  # the example completes the setting instead of replacing it
    if example[1].startswith("market =") or "UNDERKEEL_MARKET_" in example[1]:
        other.environ["UNDERKEEL_RPC_31337"] = (
            "http://127.0.0.1:8545"  # which the next sentence would ask for
        )
    apply(other, where, example[1])
    other.load()


def test_all_faults_are_listed_at_once(place):
    for where, text, _ in WRONG[:15]:
        apply(place, where, text)
    apply(place, OPTION, "--log-level loud")
    place.write(".env", "UNDERKEEL_POLL_SECONDS=often\nNONSENSE LINE\n")
    place.write("underkeel.toml", "fsync = 'never'\nstale_after_s = 0\nunheard_of = 1\n")
    faults = faults_of(place)
    for named in (
        *("TELEGRAM_TOKN ", "TELEGRAM_TOKEN ", "TELEGRAM_API", "REDIS_URL", "FSYNC", "ALLOW", "RPC_BASE"),
        *("DISCORD_TOKEN", "DISCORD_API", "DISCORD_GATEWAY"),
        *(
            "MARKET_LAB",
            "--log-level",
            "POLL_SECONDS",
            ".env, line 2",
            "stale_after_s",
            "unheard_of",
            "arbitrom",
        ),
    ):
        assert any(named in fault for fault in faults), named


# ---- secrets --------------------------------------------------------------------------------------


def test_secrets_are_never_seen_in_settings(place):
    place.environ |= {
        "UNDERKEEL_TELEGRAM_TOKEN": TOKEN,
        "UNDERKEEL_REDIS_URL": "redis://bot:hunter2hunter2@store:6379/0",
        "UNDERKEEL_RPC_ETHEREUM": f"https://rpc.example.org/v2/{KEY}",
        "UNDERKEEL_MARKET_LAB": f"31337:{PROVIDER}",
        "UNDERKEEL_RPC_LAB": f"https://user:{KEY}@lab.example.org",
    }
    settings = place.load()
    text = f"{settings} {settings!r} {settings.describe()} {select(settings)!r}"
    assert not re.search(f"hunter2|{KEY}|{TOKEN[10:]}", text)
    described = settings.describe()
    assert (described["telegram_token"], described["discord_token"]) == ("set", "not set")
    assert described["redis_url"] == "redis://store:6379"
    assert described["rpc_ethereum"] == "https://rpc.example.org"
    assert {TOKEN, KEY, "hunter2hunter2"} <= set(settings.secrets())
    assert settings.secret_hosts() == ("rpc.example.org", "lab.example.org")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TELEGRAM_TOKEN", f"x{TOKEN}"),
        ("DISCORD_TOKEN", f"{KEY}.{KEY}.{KEY}.{KEY}"),
        ("ALLOW", TOKEN),
        ("MARKETS", TOKEN),
        ("POLL_SECONDS", TOKEN),
        ("POLL_SECONDS", f"https://u:{KEY}@h/{KEY}"),
        ("FSYNC", KEY + KEY),
        ("LOCALE", TOKEN),
        ("REDIS_URL", f"http://:{KEY}@h/{KEY}"),
        ("RPC_BASE", f"ftp://u:{KEY}@h/{KEY}"),
        ("RPC_BASE", f"h/{KEY}"),
        ("MARKET_LAB", f"31337:https://h/{KEY}"),
        ("TELEGRAM_API", f"https://api/?{KEY}"),
    ],
)
def test_secrets_are_never_seen_in_faults(place, name, value):
    place.environ[f"UNDERKEEL_{name}"] = value
    with pytest.raises(SettingsError) as caught:
        place.load()
    text = f"{caught.value} {caught.value!r} {caught.value.__cause__} {caught.value.faults}"
    assert KEY not in text
    assert TOKEN[10:] not in text
    assert name in text


def test_a_broken_toml_file_is_not_quoted(place):
    place.write("underkeel.toml", f'telegram_token = "{TOKEN}\n')
    assert not any(TOKEN[10:] in fault for fault in faults_of(place))


# ---- the example file -----------------------------------------------------------------------------

LINE = re.compile(r"^#(UNDERKEEL_[A-Z0-9_]+)=(.*)$", re.MULTILINE)


def test_the_example_file_has_every_setting_and_all_of_it_works(place):
    text = (ROOT / ".env.example").read_text()
    lines = dict(LINE.findall(text))
    flat = {name.removeprefix("UNDERKEEL_").lower() for name in lines}
    assert flat >= SCALARS | {"rpc_ethereum", "market_my_fork", "config", "secrets_dir"}
    assert not re.findall(r"^[^#\n].*", text, re.MULTILINE), "every line is a comment"
    del lines["UNDERKEEL_CONFIG"], lines["UNDERKEEL_SECRETS_DIR"]
    place.write(".env", "\n".join(f"{name}={value}" for name, value in lines.items()))
    settings = place.load()
    assert settings.model_fields_set == set(Settings.model_fields)
    telegram = ("telegram/123456789", "telegram/-1001234567890")
    assert settings.allow == (*telegram, "discord/987654321", "discord/s123123123")


def test_every_setting_says_what_it_may_be():
    for name, info in Settings.model_fields.items():
        assert info.description, name
        assert info.examples, name
