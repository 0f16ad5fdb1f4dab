"""What commands answer, as facts: the composer makes words of them, `facts` makes JSON.

Every dataclass here is one thing to say. No text but what people or chains called things.
"""

from dataclasses import dataclass

from bot.domain.alerts import Alert, AlertGroup
from bot.domain.flows import Deposits
from bot.domain.observations import PriceSeen
from bot.domain.positions import Position
from bot.domain.rules import Rule
from bot.domain.units import Address
from bot.messages.flowanswers import FlowAnswer
from bot.messages.imagined import Imagined, Restless
from bot.messages.marketfacts import FlowFacts, MarketHealth
from bot.messages.pressed import Acked as Acked  # noqa: PLC0414  handed on
from bot.messages.pressed import AlreadyHandled as AlreadyHandled  # noqa: PLC0414
from bot.messages.pressed import TooLate as TooLate  # noqa: PLC0414
from bot.messages.records import Record
from bot.messages.replayfacts import ReplayAnswer
from bot.messages.storyfacts import StoryShown
from bot.subscriptions import ChatSettings, Watch


@dataclass(frozen=True, slots=True)
class WalletFacts:
    """What was read of a wallet. `unread`: titles of markets that gave no answer, never "nothing"."""

    positions: tuple[Position, ...] = ()
    elsewhere: tuple[tuple[str, bool], ...] = ()
    """(title, has debt) of positions in protocol versions that are not watched yet."""
    unread: tuple[str, ...] = ()

    @property
    def indebted(self) -> tuple[Position, ...]:
        """Positions with debt, the lowest health factor first."""
        return tuple(
            sorted((one for one in self.positions if one.has_debt), key=lambda one: one.health_factor)
        )

    @property
    def owes_elsewhere(self) -> tuple[str, ...]:
        """Titles of protocol versions that are not watched yet, where it has debt."""
        return tuple(title for title, has_debt in self.elsewhere if has_debt)


# ---- beginning, help ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Welcome:
    """`became_operator`: the one-time code was right just now; `let_in`: this chat is, from now on."""

    became_operator: bool = False
    watches: int = 0
    let_in: bool = False


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """Said to people without the right. `person` and `place` are the ids by which somebody can give it."""

    person: str
    place: str
    needs: str = "viewer"
    """`viewer`, `editor`, `admin` or `operator`."""
    is_known: bool = True
    """False: the platform did not say what the person is, so they may have the right."""
    private_only: bool = False


@dataclass(frozen=True, slots=True)
class CommandFacts:
    """One command as the menus and /help show it."""

    name: str
    usage: str
    summary: str
    examples: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    needs: str = ""
    """What its changes need, as in NotAllowed."""


@dataclass(frozen=True, slots=True)
class Help:
    """All commands, or everything about one. `shared`: people with different rights read it."""

    commands: tuple[CommandFacts, ...]
    shared: bool = False


@dataclass(frozen=True, slots=True)
class FormAsked:
    """What to type, where a platform cannot ask field by field. `example` is a whole input that works."""

    summary: str
    example: str


@dataclass(frozen=True, slots=True)
class Fault:
    """An input that cannot be used: which part, what would work, what was near.

    `problem` is a key of `faults.PROBLEMS`.
    """

    problem: str
    wrong: str = ""
    example: str = ""
    nearest: tuple[str, ...] = ()


# ---- watches ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WatchAdded:
    """`wallet` is None when nothing could be read just now; `price` for a watched price."""

    watch: Watch
    wallet: WalletFacts | None = None
    price: PriceSeen | None = None
    rule: Rule | None = None
    """The rule just added, for a price."""
    taken: tuple[tuple[str, str], ...] = ()
    """(asset as typed, the token it was taken for) where they differ: ETH for WETH."""


@dataclass(frozen=True, slots=True)
class AlreadyWatched:
    """Nothing was added; `renamed`: the label was changed."""

    watch: Watch
    renamed: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A pasted address: what it is, and a button to watch it. `watched` is the number, 0 = not yet."""

    address: Address
    name: str
    wallet: WalletFacts | None
    watched: int = 0


@dataclass(frozen=True, slots=True)
class Removed:
    watch: Watch


@dataclass(frozen=True, slots=True)
class WalletRow:
    """One line of the list; `wallet` None = could not be read now, or a price watch."""

    watch: Watch
    wallet: WalletFacts | None = None
    price: PriceSeen | None = None


@dataclass(frozen=True, slots=True)
class WalletList:
    """One page of what is watched; pages count from 1."""

    rows: tuple[WalletRow, ...]
    page: int = 1
    pages: int = 1
    watches: int = 0
    """On all pages."""
    deposits: tuple[tuple[int, Deposits], ...] = ()
    """By the number of the watch: what it sent to exchanges in a week."""


@dataclass(frozen=True, slots=True)
class PositionShown:
    """A wallet that owes something somewhere."""

    address: Address
    name: str
    wallet: WalletFacts
    watched: int = 0
    watch: Watch | None = None
    """Of an imagined position or a mirror, which have no address of their own."""
    restless: tuple[Restless, ...] = ()
    """Where prices of the past are known: chances are told only then."""
    deposits: Deposits | None = None
    """What it sent to exchanges in a week."""


@dataclass(frozen=True, slots=True)
class NoDebt:
    """A wallet that supplies but owes nothing in what could be read: nothing to liquidate there."""

    address: Address
    name: str
    wallet: WalletFacts
    watched: int = 0
    watch: Watch | None = None
    deposits: Deposits | None = None
    """What it sent to exchanges in a week."""


@dataclass(frozen=True, slots=True)
class NothingThere:
    """A wallet without any position in what could be read."""

    address: Address
    name: str
    wallet: WalletFacts
    watched: int = 0
    watch: Watch | None = None


# ---- rules, mutes, settings ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RulesShown:
    """At least one watch."""

    watches: tuple[Watch, ...]


@dataclass(frozen=True, slots=True)
class RuleChanged:
    """`rule` None = switched off; `key` says which."""

    watch: Watch
    key: str
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Muted:
    """`watch` None = everything here. `until` is unix seconds."""

    until: int
    watch: Watch | None = None


@dataclass(frozen=True, slots=True)
class Unmuted:
    """`was_muted` False: it was not."""

    watch: Watch | None = None
    was_muted: bool = True


@dataclass(frozen=True, slots=True)
class SettingsShown:
    """`changed` names the setting just changed, empty when only shown. `place`: where it is said."""

    settings: ChatSettings
    changed: str = ""
    place: str = ""
    private: bool = True
    """A person's own chat: nobody else's rights are worth a line."""


@dataclass(frozen=True, slots=True)
class PlaceOffered:
    """A one-time code with which another chat may send its alerts here, for `for_s` seconds."""

    code: str
    for_s: int


@dataclass(frozen=True, slots=True)
class PlaceTakenBack:
    """`links` chats sent their alerts here, and no longer do."""

    links: int


# ---- looking out --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PriceShown:
    prices: tuple[PriceSeen, ...]


@dataclass(frozen=True, slots=True)
class StatusShown:
    """`waiting` and `dead` count stored messages; `advice` are complete sentences, for operators only."""

    markets: tuple[MarketHealth, ...]
    watches: int
    waiting: int
    dead: int
    advice: tuple[str, ...] = ()
    flows: tuple[FlowFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class Why:
    """The last alert with its evidence; None = none was ever sent here."""

    alert: Alert | None
    source: str = ""
    """The endpoint's host that serves this market now."""


@dataclass(frozen=True, slots=True)
class AlertDetails:
    """The whole of an alert, unfolded."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class GroupDetails:
    """The whole of every alert of a common message."""

    group: AlertGroup


@dataclass(frozen=True, slots=True)
class TestAlert:
    """How an alert looks and sounds, with the wallet's own numbers."""

    __test__ = False
    watch: Watch
    position: Position | None = None


Answer = (
    Welcome | NotAllowed | Help | Fault | FormAsked
    | WatchAdded | AlreadyWatched | Offer | Removed | WalletList | PositionShown | NoDebt | NothingThere
    | RulesShown | RuleChanged | Muted | Unmuted | SettingsShown | PlaceOffered | PlaceTakenBack | Record
    | PriceShown | StatusShown | Why | AlertDetails | GroupDetails | TestAlert
    | Acked | AlreadyHandled | TooLate | Imagined | FlowAnswer | StoryShown | ReplayAnswer
)  # fmt: skip
