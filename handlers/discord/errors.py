"""What Discord's refusals mean for us, and texts without a token. Pure; called by the line and its users.

Codes: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.errors import RateLimited, Rejected, SettingsError, Transient, UnderkeelError

UNKNOWN_CHANNEL: Final = 10003
MISSING_PERMISSIONS: Final = 50013
NO_HISTORY: Final = 160002
"""Who may not read what was said before may not reply to it."""
UNKNOWN_MESSAGE: Final = 10008
UNKNOWN_INTERACTION: Final = 10062
"""It is too old to be acknowledged, or was never ours."""
ALREADY_ACKNOWLEDGED: Final = 40060

_GONE: Final = frozenset(
    {
        UNKNOWN_CHANNEL,
        10004,  # unknown guild
        10013,  # unknown user
        50001,  # missing access
        50007,  # cannot send messages to this user
        50008,  # cannot send messages in a voice channel
        50009,  # verification level too high
        MISSING_PERMISSIONS,
        50033,  # invalid recipient
        50083,  # the thread is archived
        50278,  # no server in common with this user
        160005,  # the thread is locked
    }
)
"""After these, writing there again is useless: each further try counts towards a ban."""
_BAD_WEBHOOK_TOKEN: Final = 50027

_SECRET: Final = re.compile(r"[\w.=-]{50,}")
"""Bot and interaction tokens are long runs without blanks; nothing else in Discord's texts is."""
_REASON_CAP: Final = 200
_UNSAID_WAIT_S: Final = 5.0
"""For a 429 that does not say how long."""
_BANNED_WAIT_S: Final = 60.0
"""For one that did not come from Discord's API but from what stands before it."""

_REFUSED: Final = (
    "Discord refuses the bot token (or the API base URL leads to no Discord API). "
    "Copy it again from the Bot page of your application at https://discord.com/developers and set it anew."
)
_CLOSED_FOR_GOOD: Final = {
    4004: _REFUSED,
    4010: "Discord calls the shard of this bot invalid: check the gateway proxy in front of it.",
    4011: "This bot is in so many servers that Discord wants it sharded: put a gateway proxy in front of it.",
    4012: "Discord's gateway does not know the API version of this bot: check the gateway URL.",
    4013: "Discord's gateway does not know the intents of this bot: check the gateway URL.",
    4014: "Discord does not grant this bot the Guilds intent: check your application's Bot page.",
}
"""Close codes of the gateway that nothing but the owner cures."""


class Refused(Rejected):
    """Discord's own no, with the number it gave."""

    def __init__(self, why: str, code: int = 0) -> None:
        self.code = code
        super().__init__(why)

    @property
    def is_gone(self) -> bool:
        """Whether nobody can be reached there any more, which makes it a DestinationGone."""
        return self.code in _GONE


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer over HTTP. `body` is its JSON, None if it has none. Names of headers are in small letters."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def code(self) -> int:
        """Discord's number of the error, 0 if none."""
        code = self.body.get("code") if isinstance(self.body, dict) else 0
        return code if isinstance(code, int) else 0


def refused() -> SettingsError:
    """The error for a token that does not work: nothing but the owner cures it."""
    return SettingsError((_REFUSED,))


def closed_for_good(code: int | None) -> SettingsError | None:
    """What a close code of the gateway says of our settings, None if another try may help."""
    fault = _CLOSED_FOR_GOOD.get(code or 0)
    return SettingsError((fault,)) if fault else None


def redact(text: str) -> str:
    """The text without anything that looks like a token, cut to one short line."""
    line = " ".join(_SECRET.sub("<token>", text).split())
    return line if len(line) <= _REASON_CAP else line[:_REASON_CAP] + "…"


def translate(reply: Reply, *, as_bot: bool = True) -> UnderkeelError:
    """The error behind a reply that is none of 2xx. `as_bot`: it was asked with the bot's token."""
    status, code = reply.status, reply.code
    if status == 429:
        return _throttled(reply)
    if status >= 500:
        return Transient(f"Discord answered {status}", maybe_sent=True)
    if not isinstance(reply.body, dict):
        # A proxy or a firewall speaks, not Discord: nothing is known of the message.
        return refused() if status == 401 and as_bot else Transient(f"no answer of Discord's: {status}")
    why = _why(reply)
    if status == 401 and as_bot and code != _BAD_WEBHOOK_TOKEN:
        return refused()
    return Refused(why, code)


def _throttled(reply: Reply) -> RateLimited:
    """Without a body of Discord's it is the firewall's, and so are all our requests."""
    if not isinstance(reply.body, dict) or "retry_after" not in reply.body:
        wait = seconds(reply.headers.get("retry-after"), _BANNED_WAIT_S)
        return RateLimited(max(wait, _UNSAID_WAIT_S), everything=True)
    wait = seconds(reply.body["retry_after"], _UNSAID_WAIT_S)
    everything = reply.body.get("global") is True or reply.headers.get("x-ratelimit-scope") == "global"
    return RateLimited(wait, everything=everything)


def seconds(said: object, otherwise: float) -> float:
    """A wait that somebody told us, unless it makes no sense."""
    try:
        wait = float(said)  # type: ignore[arg-type]  # whatever it is, the answer is in the except
    except (TypeError, ValueError):
        return otherwise
    return wait if 0 <= wait < 10**7 else otherwise


def _why(reply: Reply) -> str:
    said = str(reply.body.get("message", "")) or f"status {reply.status}"
    fields = ", ".join(_wrong_fields(reply.body.get("errors")))
    return redact(f"{said} ({reply.code}{': ' if fields else ''}{fields})")


def _wrong_fields(errors: object, path: str = "", depth: int = 0) -> Iterator[str]:
    """`content BASE_TYPE_MAX_LENGTH` for each fault in the nested form that Discord gives them."""
    if not isinstance(errors, dict) or depth > 8:
        return
    for name, inner in errors.items():
        if name == "_errors" and isinstance(inner, list):
            for one in inner:
                if isinstance(one, dict):
                    yield f"{path} {one.get('code', '')}".strip()
        else:
            yield from _wrong_fields(inner, f"{path}.{name}" if path else str(name), depth + 1)
