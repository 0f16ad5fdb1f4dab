"""What a single setting must look like: each check takes a value and returns it usable, or raises ValueError.

The words of an error complete "<setting> ..."; no secret in them. Used by `bot.settings.model` only.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.redaction import host_of


def split(value: Any) -> Any:
    """Commas part the entries of a list that was written as one text; a name may have blanks in it."""
    if not isinstance(value, str):
        return value
    return tuple(entry.strip() for entry in value.split(",") if entry.strip())


def trim(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def is_url(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def rpc_urls(urls: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    for number, url in enumerate(urls, start=1):
        if not is_url(url.get_secret_value(), ("http", "https", "ws", "wss")):
            raise ValueError(f"has no usable address as number {number} ({host_of(url.get_secret_value())})")
    if not urls:
        raise ValueError("has no address at all")
    return urls


def redis_url(url: SecretStr) -> SecretStr:
    text = url.get_secret_value()
    if text and not (text.startswith("unix:///") or is_url(text, ("redis", "rediss"))):
        raise ValueError(f"has an address that cannot be used ({host_of(text)})")
    return url


def telegram_token(token: SecretStr) -> SecretStr:
    text = token.get_secret_value()
    if text and not re.fullmatch(r"\d{5,}:[A-Za-z0-9_-]{20,}", text):
        raise ValueError("has a value (not shown) that is no bot token")
    return token


def discord_token(token: SecretStr) -> SecretStr:
    text = token.get_secret_value()
    if text and not re.fullmatch(r"[A-Za-z0-9_-]{18,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{20,}", text):
        raise ValueError("has a value (not shown) that is no bot token")
    return token


def api(url: str) -> str:
    if not is_url(url, ("http", "https")) or "@" in url or "?" in url:
        raise ValueError(f"has an address that cannot be used ({host_of(url)})")
    return url.rstrip("/")


def socket(url: str) -> str:
    if url and (not is_url(url, ("ws", "wss")) or "@" in url or "?" in url):
        raise ValueError(f"has an address that cannot be used ({host_of(url)})")
    return url


def allowed(entries: tuple[str, ...]) -> tuple[str, ...]:
    for entry in entries:
        if not re.fullmatch(r"telegram[:/]-?\d+|discord[:/]s?\d+|console[:/]local", entry):
            raise ValueError(f"has the entry {entry[:40]!r}")
    return tuple(entry.replace(":", "/") for entry in entries)


def locale(name: str) -> str:
    from babel.localedata import exists  # noqa: PLC0415  only when a locale was set: it costs 0.1 s

    if not re.fullmatch(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,4}){0,2}", name) or not exists(
        name.replace("-", "_")
    ):
        raise ValueError(f"has the value {name[:40]!r}")
    return name.replace("-", "_")
