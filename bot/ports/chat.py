"""Chat platforms: senders and gateways on their side; requests, the desk and the steward on ours."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from bot.messages.model import Chart, Message, Picture
from bot.subscriptions import Destination


class Sender(Protocol):
    """The mouth of one platform. Raises RateLimited, Transient, Rejected, DestinationGone or -Moved."""

    @property
    def platform(self) -> str: ...

    async def send(
        self,
        to: Destination,
        message: Message,
        reply_to: str = "",
        *,
        answer_to: str = "",
        key: str = "",
        picture: Picture | None = None,
    ) -> str:
        """Send; the platform's message id. A vanished `reply_to` is not an error.

        `answer_to` is the handle that the request brought. `key` is stable for one delivery: a platform that
        can tell a repetition by it shows the message once.
        """

    async def edit(self, to: Destination, message_id: str, message: Message) -> None:
        """Replace; an unchanged message is success."""

    async def delete(self, to: Destination, message_id: str) -> None:
        """Delete; an already deleted message is success."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who speaks. `id` is `platform/user`; `name` is hostile text."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person is in a group or server, as the platform says at this moment."""

    is_admin: bool = False
    """Telegram: administrator or owner, also anonymous, and the linked channel. Discord: owner, Administrator
    or Manage Server.
    """
    roles: frozenset[str] = frozenset()
    """Discord roles, `discord/@role` each."""
    is_known: bool = True
    """False: the platform gave no answer, so nothing that needs a right may be done."""


AskStanding = Callable[[], Awaitable[Standing]]


async def no_standing() -> Standing:
    """Of somebody about whom the platform need not be asked: in private chats and at the terminal."""
    return Standing()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a request. `fetch()` reads its text: UserError `file_too_large` or
    `file_not_text`, SourceError when the platform does not hand it out.
    """

    name: str
    fetch: Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Request:
    """Something a person did in a chat. `id` is the platform's own, so a redelivered one is known."""

    id: str
    place: Destination
    person: Person
    text: str = ""
    press: str = ""
    """Callback data, when a button was pressed."""
    message_id: str = ""
    """The message whose button was pressed."""
    private: bool = True
    """False in groups and channels."""
    server: str = ""
    """What is administered as one, where that is not the chat of `place`: a Discord server (`s123`), or the
    person, who brought us along to a place that is not ours."""
    answer_to: str = field(default="", repr=False)
    """The platform's handle for the answer, see `Delivery.answer_to`."""
    standing: AskStanding = field(default=no_standing, compare=False, repr=False)
    """Asked anew for each change and each press; the adapter may remember the answer for a minute."""
    file: Attachment | None = field(default=None, compare=False)
    quoted: bool = False
    """The words are somebody else's, forwarded or put in by another bot: they change nothing."""

    @property
    def home(self) -> Destination:
        """Whose list and settings it is about."""
        return Destination(self.place.platform, self.server or self.place.chat)

    @property
    def is_abroad(self) -> bool:
        """Said in a place that is not ours, where its person brought us along: only answers can be shown
        there.
        """
        return bool(self.server) and self.home.id == self.person.id


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a platform offers while somebody types: `value` is put in, `label` is shown."""

    label: str
    value: str


class Desk(Protocol):
    """What a gateway hands requests to; the answer goes out through the outbox.

    To a request with an `answer_to` an answer goes out, or words come back, in any case: its person sees us
    think.
    """

    async def handle(self, request: Request) -> None: ...

    async def notice(self, request: Request) -> str:
        """For a press: handle it and return the short words that the platform flashes, may be empty. Either
        words come back or an answer goes out, never both.
        """

    async def suggest(self, request: Request, source: str, typed: str) -> tuple[Suggestion, ...]:
        """At most 25 values of a source (`bot.ports` knows no sources: an option of a command names it) near
        to what is typed, best first; empty for strangers. Never raises.
        """


class Place(StrEnum):
    """What happened to a place where we speak."""

    JOINED = "joined"
    """We were let into a group, channel or server."""
    BACK = "back"
    """We can write there again: unblocked, no longer muted, rights returned."""
    GONE = "gone"
    """Removed, blocked, or it was deleted."""
    MUTED = "muted"
    """We are still there but may not write."""


class Steward(Protocol):
    """What a gateway tells of the places themselves; who can act on it hears of it."""

    async def changed(
        self, place: Destination, what: Place, *, home: str = "", by: str = "", why: str = ""
    ) -> None:
        """`by` is the person who did it, if known; `home` where it is not the place's own chat."""

    async def moved(self, old: Destination, new: Destination) -> None:
        """A chat has a new id."""

    def line(self, platform: str, trouble: str) -> None:
        """The platform cannot be reached (`trouble` says why, without secrets), or can again (empty)."""


class Charter(Protocol):
    """Draws charts in a process of its own."""

    async def draw(self, chart: Chart) -> Picture | None:
        """None when it could not be drawn in time; never raises."""


class Gateway(Protocol):
    """The ears of one platform. `run` returns when cancelled and raises on what a restart may cure."""

    @property
    def platform(self) -> str: ...

    async def run(self, desk: Desk) -> None: ...
