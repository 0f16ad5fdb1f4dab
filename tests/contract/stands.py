"""What a contract suite asks of a platform: a stand is an adapter with the world it speaks to.

`platforms` lists them; a new platform brings one stand and every suite judges it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Protocol

from bot.messages.model import Ask, Button, File, Message, Press, Span
from bot.ports import Gateway, Place, Request, Sender, Suggestion
from bot.subscriptions import Destination

MENU = (("start", "Begin here"), ("status", "How everything is"), ("watch", "Watch a wallet"))


def words(text: str, **more: Any) -> Message:
    return Message(((Span(text),),), **more)


CARD = words(
    "HF 1.07", buttons=((Button("Snooze", Press("snooze", "i1")), Button("Ack", Press("ack", "i1"))),)
)
FORM = words("Which one?", buttons=((Button("Watch a wallet", Ask("watch.wallet")),),))
LIST = words("Your list", file=File("list.csv", "address,label\n0x1,träsury\n"))


class Strike(Enum):
    """Misfortunes of the next request."""

    THROTTLED_7_S = auto()
    REFUSED_BY_READER = auto()
    UNKNOWN_CHAT = auto()
    MIGRATED = auto()
    DROPPED_BEFORE = auto()
    DROPPED_AFTER = auto()
    SERVER_ERROR = auto()
    GARBAGE = auto()
    NOBODY_LISTENS = auto()


class Stand(Protocol):
    """One platform and one person on it."""

    sender: Sender
    place: Destination

    def gateway(self) -> Gateway:
        """A new one, as a restarted program would make it."""
        ...

    def screen(self) -> list[str]:
        """Texts of our messages that stand there now, oldest first."""
        ...

    def files(self) -> list[tuple[str, str]]:
        """(name, text) of the files that the person was handed, oldest first."""
        ...

    def answered(self) -> str:
        """The id of the message that the newest one answers, empty if none."""
        ...

    def say(self, text: str) -> None: ...

    def press(self, message_id: str, label: str) -> None: ...

    async def flashed(self) -> str:
        """The words that the platform showed the person after the last press."""
        ...


class GroupStand(Stand, Protocol):
    """A platform on which several people share a place."""

    def say_in_group(self, text: str, *, as_admin: bool) -> None:
        """A command for us, by somebody who is an administrator there or by somebody who is not."""
        ...

    def hand_over(self, text: str, name: str, content: bytes) -> None:
        """The person says it to us with a file."""
        ...


class NetworkedStand(Stand, Protocol):
    """A platform behind a network, which may misbehave."""

    moved_to: str
    """The new id of the chat after MIGRATED."""

    async def strike(self, how: Strike) -> Destination:
        """Arrange it, and say where to send in order to meet it."""
        ...


@dataclass
class Notebook:
    """A desk that writes down what it is handed; `fault` is raised after that."""

    requests: list[Request] = field(default_factory=list)
    flash: str = "Snoozed"
    fault: Exception | None = None
    wrote: Callable[[], None] = lambda: None

    async def handle(self, request: Request) -> None:
        self.requests.append(request)
        self.wrote()
        if self.fault is not None:
            raise self.fault

    async def notice(self, request: Request) -> str:
        await self.handle(request)
        return self.flash

    async def suggest(self, request: Request, source: str, typed: str) -> tuple[Suggestion, ...]:
        return ()


@dataclass
class PlaceNotes:
    """A steward that writes down what it is told."""

    happened: list[tuple[Any, ...]] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)
    """(platform, why it cannot be reached, or nothing)."""
    wrote: Callable[[], None] = lambda: None

    async def changed(
        self, place: Destination, what: Place, *, home: str = "", by: str = "", why: str = ""
    ) -> None:
        self.happened.append((what, place.id, by, why))
        self.wrote()

    async def moved(self, old: Destination, new: Destination) -> None:
        self.happened.append(("moved", old.id, new.id))
        self.wrote()

    def line(self, platform: str, trouble: str) -> None:
        self.lines.append((platform, trouble))
        self.wrote()
