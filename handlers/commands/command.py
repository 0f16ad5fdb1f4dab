"""What a command is, and what it is given: one declaration feeds the parser, the menus, /help and the rights.

A command returns facts (`bot.messages.answers`) or raises UserError; it never makes a sentence.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from bot.messages.answers import Answer, CommandFacts
from bot.messages.atlas import Atlas
from bot.ports import Clock, Eyes, NameQuery, Outbox, PositionQuery, PriceQuery, Request, WatchBook
from bot.subscriptions import Watch

WATCHES_AT_MOST: Final = 50
"""Per destination: a list of them still fits one message, and one chat cannot fill the store."""


class Access(IntEnum):
    """Who may run a command; each includes the ones after it."""

    ANYONE = 0
    ALLOWED = 1
    OPERATOR = 2


def no_advice() -> tuple[str, ...]:
    """When start-up checks found nothing to say."""
    return ()


@dataclass(frozen=True, slots=True)
class Services:
    """All that commands reach; made once by `bot.app`. `advice` gives start-up findings as sentences."""

    book: WatchBook
    outbox: Outbox
    positions: PositionQuery
    prices: PriceQuery
    names: NameQuery
    eyes: Eyes
    clock: Clock
    atlas: Atlas
    advice: Callable[[], tuple[str, ...]] = no_advice


@dataclass(frozen=True, slots=True)
class Call:
    """One running command. `args` are its words; `access` is what the person was found to have."""

    request: Request
    services: Services
    args: tuple[str, ...]
    access: Access
    became_operator: bool = False
    commands: tuple["Command", ...] = ()

    @property
    def place(self) -> str:
        return self.request.place.id

    @property
    def now(self) -> int:
        return int(self.services.clock())

    async def watches(self) -> tuple[Watch, ...]:
        return await self.services.book.of(self.place)


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
    access: Access = Access.ALLOWED
    private_only: bool = False

    @property
    def facts(self) -> CommandFacts:
        return CommandFacts(
            self.name,
            self.usage,
            self.summary,
            self.examples,
            self.notes,
            operators_only=self.access is Access.OPERATOR,
        )
