"""What a command is, and what it is given: one declaration feeds the parser, the menus, /help and the rights.

A command returns facts (`bot.messages.answers`) or raises UserError; it never makes a sentence.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final

from bot.domain.baskets import Basket
from bot.domain.units import Address
from bot.errors import SourceError
from bot.messages.answers import Answer, CommandFacts
from bot.messages.atlas import Atlas
from bot.ports import (
    AccountSeen,
    ChainQuery,
    Clock,
    Eyes,
    FlowLog,
    History,
    LabelBook,
    NameQuery,
    Outbox,
    Point,
    PositionQuery,
    PriceQuery,
    Request,
    StateQuery,
    StoryQuery,
    TrackedAsset,
    WatchBook,
)
from bot.ports.rehearsals import Rehearsals
from bot.subscriptions import Watch
from handlers.commands.absent import NoChain, NoFlows, NoLabels, NoReplays, NoStories, nothing_tracked

WATCHES_AT_MOST: Final = 2_000
"""Per home: two imports of 1,000, and one chat cannot fill the store."""
CODE_LETTERS: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""None that is read for another."""


class Access(IntEnum):
    """What a person may do; each includes the ones before it."""

    ANYONE = 0
    """A stranger."""
    VIEWER = 1
    """Sees: members of a group or server that was let in."""
    EDITOR = 2
    """Changes what is watched, and takes incidents up."""
    ADMIN = 3
    """Changes the settings; in their own chat, everyone who is let in."""
    OPERATOR = 4
    """Hosts the bot."""


class Kind(StrEnum):
    """What may stand in an option of a form."""

    TEXT = "text"
    FILE = "file"
    """An attached text file; it stands in no words."""
    LINES = "lines"
    """Text of several lines: where an option has one line only, its command is best asked by a modal."""


@dataclass(frozen=True, slots=True)
class Option:
    """One field of a form. `choices` are all that is allowed, `source` names what is suggested."""

    name: str
    summary: str
    required: bool = True
    choices: tuple[str, ...] = ()
    source: str = ""
    kind: Kind = Kind.TEXT
    sample: str = ""
    """A value that fits: what a modal shows in the empty field, and what an example is made of."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way to call a command, for platforms that ask field by field. Its words are what one would type.

    Only the last option's value may have blanks in it; options left out leave nothing behind.
    """

    name: str
    """Empty: the command's only form. Else 1 to 32 small letters: a subcommand on Discord."""
    summary: str
    options: tuple[Option, ...] = ()
    start: str = ""
    """Words that come first: `hf` of `/rules`, behind the first `before` options."""
    before: int = 0

    def words(self, values: Mapping[str, str]) -> str:
        """The line without the command's name."""
        given = [values.get(one.name, "").strip() for one in self.options if one.kind is not Kind.FILE]
        return " ".join(filter(None, (*given[: self.before], self.start, *given[self.before :])))

    def sample(self) -> str:
        """Words that work, every option filled in that has a sample."""
        return self.words({one.name: one.sample for one in self.options})


def no_advice() -> tuple[str, ...]:
    """When start-up checks found nothing to say."""
    return ()


def fresh_code() -> str:
    """A one-time code that nobody guesses in its minutes: 49 bits."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(10))


class NoStates:
    """A desk that was given no stored words: what-ifs are answered like a chain that is silent."""

    async def account(self, address: Address, market: str) -> AccountSeen:  # noqa: ARG002  the port's
        raise SourceError(f"{market}: nobody reads stored words")


class NoHistory:
    """A desk without a past: charts say that there is none yet."""

    async def add(self, points: Mapping[str, Point]) -> None: ...

    async def series(self, subject: str, since: int) -> tuple[Point, ...]:  # noqa: ARG002  the port's
        return ()


@dataclass(frozen=True, slots=True)
class Services:
    """All that commands reach; made once by `bot.app`. `advice` gives start-up findings as sentences,
    `new_code` a secret that was never given before. `baskets` are the assets that move together.
    """

    book: WatchBook
    outbox: Outbox
    positions: PositionQuery
    prices: PriceQuery
    names: NameQuery
    eyes: Eyes
    clock: Clock
    atlas: Atlas
    advice: Callable[[], tuple[str, ...]] = no_advice
    new_code: Callable[[], str] = fresh_code
    states: StateQuery = field(default_factory=NoStates)
    history: History = field(default_factory=NoHistory)
    baskets: tuple[Basket, ...] = ()
    markets: tuple[str, ...] = ()
    """Keys of the markets that are set, for where no bot runs that says which it reads."""
    flows: FlowLog = field(default_factory=NoFlows)
    labels: LabelBook = field(default_factory=NoLabels)
    chain: ChainQuery = field(default_factory=NoChain)
    stories: StoryQuery = field(default_factory=NoStories)
    replays: Rehearsals = field(default_factory=NoReplays)
    tracked: Callable[[], tuple[TrackedAsset, ...]] = nothing_tracked
    """The assets whose transfers are read, of all chains."""
    contracts: frozenset[Address] = frozenset()
    """Tokens and contracts of protocols, which are nobody's wallet however an address list calls them."""


@dataclass(frozen=True, slots=True)
class Call:
    """One running command. `args` are its words; `access` is what the person was found to have, at least what
    the words need: nobody asks a platform for more.
    """

    request: Request
    services: Services
    args: tuple[str, ...]
    access: Access
    became_operator: bool = False
    commands: tuple["Command", ...] = ()
    let_in: bool = False
    """This request let its group or server in."""

    @property
    def home(self) -> str:
        """Whose list and settings it is about."""
        return self.request.home.id

    @property
    def place(self) -> str:
        """Where it was said; where we can say nothing later, the person's own chat stands for it."""
        return self.home if self.request.is_abroad else self.request.place.id

    @property
    def rest(self) -> str:
        """All that was typed after the command's name, line breaks and quotes as they were."""
        return "".join(self.request.text.split(maxsplit=1)[1:])

    @property
    def now(self) -> int:
        return int(self.services.clock())

    async def watches(self) -> tuple[Watch, ...]:
        return await self.services.book.of(self.home)


Run = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Command:
    """`usage` names the arguments, `examples` are whole inputs that work, `notes` for /help NAME."""

    name: str
    usage: str
    summary: str
    run: Run
    examples: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    access: Access = Access.VIEWER
    """The least with which it does anything at all."""
    needs: Callable[[tuple[str, ...]], Access] | None = None
    """What these words need beyond that: showing is for viewers, changing is not."""
    private_only: bool = False
    forms: tuple[Form, ...] = ()
    """Empty: one form without options."""

    def access_for(self, args: tuple[str, ...]) -> Access:
        """The right that these words need."""
        return max(self.access, self.needs(args)) if self.needs else self.access

    @property
    def facts(self) -> CommandFacts:
        return CommandFacts(
            self.name,
            self.usage,
            self.summary,
            self.examples,
            self.notes,
            self.changes.name.lower(),
        )

    @property
    def changes(self) -> Access:
        """The right that its most far-reaching form needs."""
        return max(
            (self.access_for(tuple(form.sample().split())) for form in self.forms), default=self.access
        )
