"""Who watches what: destinations, watches and the opaque ids under which everything else files them.

Shared by the store, the monitor and the commands; no I/O here.
"""

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache

from bot.domain.alerts import WatchRef
from bot.domain.rules import Hush, Rule
from bot.domain.units import Address, Asset


@dataclass(frozen=True, slots=True, order=True)
class Destination:
    """Where messages go: a chat (and thread) of a platform."""

    platform: str
    """`telegram`, `discord` or `console`."""
    chat: str
    thread: str = ""

    @property
    def id(self) -> str:
        """`platform/chat` or `platform/chat/thread`: the form in keys, alerts and logs."""
        return "/".join(part for part in (self.platform, self.chat, self.thread) if part)

    @classmethod
    def parse(cls, text: str) -> "Destination":
        """The inverse of `id`; ValueError if it is none."""
        platform, _, rest = text.partition("/")
        chat, _, thread = rest.partition("/")
        if not (platform and chat):
            raise ValueError(f"not a destination: {text!r}")
        return cls(platform, chat, thread)


@dataclass(frozen=True, slots=True)
class WalletTarget:
    """A wallet in every watched market."""

    address: Address
    name: str = ""
    """The ENS name it was given by, verified forward at that time: hostile text."""


@dataclass(frozen=True, slots=True)
class PriceTarget:
    """An asset's oracle price in one market."""

    market: str
    asset: Asset


Target = WalletTarget | PriceTarget


@dataclass(frozen=True, slots=True)
class Watch:
    """One thing a destination watches, with its rules. `number` is what people type."""

    id: str
    number: int
    destination: str
    target: Target
    rules: tuple[Rule, ...]
    label: str = ""
    created_at: int = 0
    created_by: str = ""
    muted_until: int = 0
    """Unix seconds; rules of a muted watch are not judged, so what still holds afterwards alerts then."""
    hushes: tuple[tuple[str, Hush], ...] = ()
    """(rule key + "@" + subject, hush): acks and snoozes of running incidents."""

    def ref(self) -> WatchRef:
        """The part of a watch that an alert carries."""
        match self.target:
            case WalletTarget(address, name):
                return WatchRef(self.id, self.number, self.label or name, address)
            case PriceTarget(_, asset):
                return WatchRef(self.id, self.number, self.label or asset.symbol, None)

    def hush(self, rule_key: str, subject: str) -> Hush | None:
        """The hush over one rule and subject, if any."""
        return dict(self.hushes).get(f"{rule_key}@{subject}")


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """What a destination chose for itself; every field has a default, so a fresh chat needs no record."""

    locale: str = "en"
    timezone: str = "UTC"
    reminders: bool = True
    target_hf_percent: int = 150
    """The health factor that "Fix:" lines aim at, in percent."""
    muted_until: int = 0
    extra: dict[str, str] = field(default_factory=dict)


@lru_cache(maxsize=65_536)
def subject_id(market: str, thing: str) -> str:
    """The opaque id of a wallet or an asset in a market: 13 characters, the same wherever it is made.

    Asked for each account at each block, hence remembered.
    """
    digest = hashlib.blake2b(f"{market}\0{thing}".encode(), digest_size=8).hexdigest()
    return f"s{digest[:12]}"


@dataclass(frozen=True, slots=True)
class StateKey:
    """Where a rule's memory lies: one rule of one watch on one subject."""

    watch: str
    rule: str
    subject: str
