"""Takes secrets out of text: registered values, bot tokens by their shape, credentials and paths in URLs.

`bot.logs` passes every line through a `Redactor`; `bot.settings` uses the same shapes in its sentences.
"""

import json
import re
from collections.abc import Iterable
from urllib.parse import quote, urlsplit

MASK = "***"
SHORTEST_SECRET = 6
"""Shorter values (a one-letter password of a test server) would black out half of every line."""

# The bot's number, a colon, a key of letters, digits, `_` and `-`: core.telegram.org/bots/api#authorizing-y
# Discord's has three parts with dots; the handle of an interaction is one long word, masked after "webhooks".
_BOT_TOKEN = re.compile(
    r"\d{5,}(?::|%3A)[A-Za-z0-9_-]{20,}"
    r"|\b[A-Za-z0-9_-]{18,}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{20,}"
    r"|(?<=/)[A-Za-z0-9_-]{60,}(?=/callback\b|/messages\b|$)",
    re.IGNORECASE,
)
_USERINFO = re.compile(r"([a-z][a-z0-9+.-]*://)[^/\s@\"'<>]+@", re.IGNORECASE)
_OPAQUE = re.compile(r"(?<![0-9A-Za-z_-])(?!0x)[A-Za-z0-9_-]{24,}")
_TAIL = r"""(?::\d+)?[/?#][^\s"'<>\\)\]},\x1b]+"""


class Redactor:
    """Knows the secrets of this run. Immutable; `redact` never fails and never lengthens a secret's life."""

    def __init__(self, secrets: Iterable[str] = (), hosts: Iterable[str] = ()) -> None:
        """`hosts`: names whose URLs are shown without path and query, because keys live there."""
        forms = {form for secret in secrets for form in _forms(secret)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._values = re.compile("|".join(map(re.escape, longest_first))) if forms else None
        names = sorted({host.lower() for host in hosts if host}, key=lambda host: (-len(host), host))
        self._hosts = (
            re.compile(rf"(//(?:{'|'.join(map(re.escape, names))})){_TAIL}", re.IGNORECASE) if names else None
        )

    def redact(self, text: str) -> str:
        """The text with every secret replaced by `***`."""
        text = _USERINFO.sub(rf"\1{MASK}@", text)
        if self._hosts is not None:
            text = self._hosts.sub(rf"\1/{MASK}", text)
        if self._values is not None:
            text = self._values.sub(MASK, text)
        return _BOT_TOKEN.sub(MASK, text)


def host_of(url: str) -> str:
    """`scheme://host:port` of a URL, all that may be shown of it; `***` if it is none."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return MASK
    if parts.scheme == "unix":
        return f"unix://{parts.path}"
    return f"{parts.scheme}://{parts.hostname}{port}" if parts.scheme and parts.hostname else MASK


def url_secrets(url: str) -> tuple[str, ...]:
    """What must not be seen of a URL: all of it, its password, and each long piece of its path and query."""
    try:
        parts = urlsplit(url)
        password = parts.password or ""
    except ValueError:
        return (url,)
    pieces = re.split(r"[/?&=#]", f"{parts.path}?{parts.query}")
    keys = [piece for piece in pieces if len(piece) >= 12]  # "mainnet" and "v3" are no keys
    whole = [url] if keys or password or parts.username else []
    return tuple(word for word in (*whole, password, *keys) if len(word) >= SHORTEST_SECRET)


def shown(value: object) -> str:
    """A wrong value as it may be quoted: URLs by host, tokens and long opaque words masked, 60 characters."""
    text = str(value)
    text = re.sub(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s,\"']+", lambda found: host_of(found[0]), text)
    text = _OPAQUE.sub(MASK, _BOT_TOKEN.sub(MASK, text))
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def _forms(secret: str) -> set[str]:
    """A secret as it is, and as JSON, `repr` and a URL would write it."""
    if len(secret) < SHORTEST_SECRET:
        return set()
    spoken = {secret, repr(secret)[1:-1], quote(secret, safe="")}
    return spoken | {
        json.dumps(form, ensure_ascii=ascii_only)[1:-1] for form in spoken for ascii_only in (True, False)
    }
