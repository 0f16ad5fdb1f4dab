"""Who watches what: destinations, watches and the opaque ids under which everything else files them.

Shared by the store, the monitor and the commands; no I/O here.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache

from bot.domain.aave_state import AccountState
from bot.domain.alerts import WatchRef
from bot.domain.flows import FlowKind
from bot.domain.rules import Hush, Rule
from bot.domain.units import Address, Asset
from bot.domain.whatif.changes import SetCategory, SetReserve


@dataclass(frozen=True, slots=True, order=True)
class Destination:
    """Where messages go: a chat (and thread) of a platform.

    On Discord `chat` is `c` and the id of a channel or thread, or the bare id of a person (direct messages),
    so that a person's id is everywhere the destination of words to that person alone; `s` and the id of a
    server names what is administered as one (see `home`), and nothing is sent there.
    """

    platform: str
    """`telegram`, `discord` or `console`."""
    chat: str
    thread: str = ""

    @property
    def id(self) -> str:
        """`platform/chat` or `platform/chat/thread`: the form in keys, alerts and logs."""
        return "/".join(part for part in (self.platform, self.chat, self.thread) if part)

    @property
    def whole(self) -> "Destination":
        """The chat with all its threads."""
        return Destination(self.platform, self.chat)

    @property
    def is_private(self) -> bool:
        """One person alone reads it: Telegram's groups are negative, on Discord only people are bare."""
        return self.platform == "console" or self.chat.isdecimal()

    @property
    def is_channel(self) -> bool:
        """A channel or thread of Discord, of which the id alone does not tell the server."""
        return self.platform == "discord" and self.chat.startswith("c")

    @property
    def is_server(self) -> bool:
        """A home to which nothing can be sent."""
        return self.platform == "discord" and self.chat.startswith("s")

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


Terms = SetReserve | SetCategory


@dataclass(frozen=True, slots=True)
class ImaginedTarget:
    """A position that somebody imagines, in one market: judged at each block like a real account's.

    Its scaled balances accrue with the market's own indexes; `terms` replace the market's for it alone. In
    readings its account goes by `Watch.account`, which is no address.
    """

    market: str
    state: AccountState
    terms: tuple[Terms, ...] = ()
    said: str = ""
    """As it was typed, to be shown and edited: hostile text."""


@dataclass(frozen=True, slots=True)
class MirrorTarget:
    """A scaled copy of a real wallet in one market that follows what the wallet does.

    A copy that does not follow is an ImaginedTarget.
    """

    market: str
    address: Address
    numerator: int = 1
    denominator: int = 1
    name: str = ""
    """The ENS name it was given by: hostile text."""


@dataclass(frozen=True, slots=True)
class FlowTarget:
    """Transfers into and out of exchanges, filtered; an empty filter lets all through."""

    assets: tuple[str, ...] = ()
    """Families (`eth`, `btc`, `usd`, as `bot.domain.baskets` keys them) or `chain_id/contract`."""
    exchanges: tuple[str, ...] = ()
    """Display names as labels have them."""
    chains: tuple[int, ...] = ()
    senders: tuple[Address, ...] = ()
    receivers: tuple[Address, ...] = ()
    directions: tuple[FlowKind, ...] = (FlowKind.INFLOW,)
    said: str = ""
    """The filter as it was typed: hostile text."""


Target = WalletTarget | PriceTarget | ImaginedTarget | MirrorTarget | FlowTarget


@dataclass(frozen=True, slots=True)
class Watch:
    """One thing a home watches, with its rules. `number` is what people type.

    A home is what is administered as one and has one list and one record of settings: a person's own chat
    with us, a Telegram group with all its topics, a Discord server with all its channels. Its id has the form
    of a destination's.
    """

    id: str
    number: int
    home: str
    target: Target
    rules: tuple[Rule, ...]
    label: str = ""
    created_at: int = 0
    created_by: str = ""
    muted_until: int = 0
    """Unix seconds; rules of a muted watch are not judged, so what still holds afterwards alerts then."""
    hushes: tuple[tuple[str, Hush], ...] = ()
    """(rule key + "@" + subject, hush): acks and snoozes of running incidents."""
    owner: str = ""
    """The name under which several wallets of one owner are summed; empty = none. Hostile text."""
    place: str = ""
    """The destination its alerts go to where the settings name none; empty = the home itself."""

    @property
    def account(self) -> Address | None:
        """The account of its readings: an address, or `imagined:<watch id>`; None for prices and flows."""
        match self.target:
            case WalletTarget(address):
                return address
            case PriceTarget() | FlowTarget():
                return None
            case _:
                return Address(f"imagined:{self.id}")

    def ref(self) -> WatchRef:
        """The part of a watch that an alert carries."""
        match self.target:
            case WalletTarget(address, name):
                return WatchRef(self.id, self.number, self.label or name, address)
            case PriceTarget(_, asset):
                return WatchRef(self.id, self.number, self.label or asset.symbol, None)
            case MirrorTarget(name=name):
                return WatchRef(self.id, self.number, self.label or name, None)
            case ImaginedTarget() | FlowTarget():
                return WatchRef(self.id, self.number, self.label, None)

    def moved_to(self, place: str) -> "Watch":
        """The same watch, its alerts sent elsewhere."""
        return replace(self, place=place)

    def hush(self, rule_key: str, subject: str) -> Hush | None:
        """The hush over one rule and subject, if any."""
        return dict(self.hushes).get(f"{rule_key}@{subject}")


def called(watches: Iterable[Watch]) -> tuple[str, ...]:
    """What a person may type for watches besides their numbers: labels and addresses."""
    texts = (text for watch in watches for text in (watch.label, getattr(watch.target, "address", "")))
    return tuple(filter(None, texts))


class Editors(StrEnum):
    """Who may change the watch list of a group or server, besides its admins and those named."""

    ADMINS = "admins"
    EVERYONE = "everyone"


class Pace(StrEnum):
    """How soon a reminder comes, against the usual wait."""

    OFF = "off"
    SLOW = "slow"
    """After twice the wait."""
    NORMAL = "normal"
    FAST = "fast"
    """After half of it."""


class Shown(StrEnum):
    """Whether amounts of money are shown."""

    AUTO = "auto"
    """To a person alone, not to a group."""
    ON = "on"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which all but critical alerts wait. Minutes of the local day; `begins` > `ends` spans
    midnight.
    """

    begins: int
    ends: int
    critical_passes: bool = True


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """What a home chose for itself; every field has a default, so a fresh one needs no record."""

    locale: str = "en"
    timezone: str = "UTC"
    reminders: bool = True
    """As old records have it: False is a pace of OFF."""
    target_hf_percent: int = 150
    """The health factor that "Fix:" lines aim at, in percent."""
    muted_until: int = 0
    extra: dict[str, str] = field(default_factory=dict)
    editors: Editors = Editors.ADMINS
    named_editors: tuple[str, ...] = ()
    """People (`platform/user`) and roles (`discord/@role`) that may edit besides."""
    routes: tuple[tuple[str, str], ...] = ()
    """(severity in small letters or "all", destination id): where alerts go; a severity's own goes first."""
    amounts: Shown = Shown.AUTO
    pace: Pace = Pace.NORMAL
    quiet: Quiet | None = None
    ping: str = ""
    """The Discord role that a critical alert mentions; its bare id."""
    escalate_to: str = ""
    """Destination id of a second chat for a critical alert that nobody acknowledges; empty = none."""
    escalate_after_s: int = 600
    grouping: bool = True
    """Alerts of one block in one message."""
    charts: bool = True
    """A picture after a critical alert."""

    @property
    def reminder_pace(self) -> Pace:
        return self.pace if self.reminders else Pace.OFF

    def route(self, severity: str) -> str:
        """Where alerts of a severity go, empty = where their watch was added."""
        routes = dict(self.routes)
        return routes.get(severity) or routes.get("all", "")


def settings_without(settings: ChatSettings, place: str) -> ChatSettings:
    """The settings with nothing sent to `place` any more."""
    return replace(
        settings,
        routes=tuple(route for route in settings.routes if route[1] != place),
        escalate_to="" if settings.escalate_to == place else settings.escalate_to,
    )


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
