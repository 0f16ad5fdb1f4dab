"""Who may do what, and how often: the allow-list, the operators, the one-time start code, the flood gate."""

import hmac
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from enum import Enum
from math import ceil
from typing import Final

from bot.ports import Request, WatchBook
from handlers.commands.command import Access

LOCAL_PLATFORM: Final = "console"
"""Whoever sits at the bot's own terminal is its operator."""


class StartCode:
    """A code shown on the bot's terminal; the first person to send it becomes operator, then it is spent."""

    def __init__(self, code: str) -> None:
        self._code = code

    def spend(self, text: str) -> bool:
        """True once, for the right text; compared in constant time. An empty code never matches."""
        right = bool(self._code) and hmac.compare_digest(text.strip().encode(), self._code.encode())
        if right:
            self._code = ""
        return right

    def put_back(self, text: str) -> None:
        """Undo a `spend` whose operator could not be stored."""
        self._code = text.strip()


@dataclass(frozen=True, slots=True)
class Policy:
    """`allowed` holds places (`telegram/-100…`) and people (`telegram/42`); `operators` people.

    A chat that migrated stays allowed: the settings still name its former id, and nobody there could tell why
    it is not heard.
    """

    allowed: frozenset[str] = frozenset()
    operators: frozenset[str] = frozenset()
    code: StartCode = field(default_factory=lambda: StartCode(""))

    async def access_of(self, request: Request, book: WatchBook) -> Access:
        """What this person may do in this place. StoreError when the store is away."""
        person, place = request.person.id, request.place
        if place.platform == LOCAL_PLATFORM or person in self.operators or person in await book.operators():
            return Access.OPERATOR
        chat = f"{place.platform}/{place.chat}"
        if self.allowed & {person, place.id, chat}:
            return Access.ALLOWED
        if self.allowed and self.allowed & await book.former(chat):
            return Access.ALLOWED
        return Access.ANYONE


class Admission(Enum):
    """What the flood gate says of a request."""

    IN = "in"
    TELL = "tell"
    """Refused, and the first refusal of this bout: worth an answer."""
    IGNORE = "ignore"


class FloodGate:
    """At most `most` requests a person in `window_s` seconds; past `people` the idlest is forgotten."""

    def __init__(self, *, most: int = 20, window_s: int = 60, people: int = 10_000) -> None:
        self._most = most
        self._window_s = window_s
        self._people = people
        self._let_in: OrderedDict[str, deque[float]] = OrderedDict()
        self._told: dict[str, float] = {}

    def admit(self, person: str, now: float) -> Admission:
        """Count a request at `now` (seconds). Refused ones do not prolong the wait."""
        times = self._let_in.setdefault(person, deque())
        self._let_in.move_to_end(person)
        while len(self._let_in) > self._people:
            self._told.pop(self._let_in.popitem(last=False)[0], None)
        while times and now - times[0] >= self._window_s:
            times.popleft()
        if len(times) < self._most:
            times.append(now)
            self._told.pop(person, None)
            return Admission.IN
        told = person in self._told
        self._told[person] = now
        return Admission.IGNORE if told else Admission.TELL

    def wait_s(self, person: str, now: float) -> int:
        """Whole seconds until the person is let in again."""
        times = self._let_in.get(person)
        return max(1, ceil(self._window_s - (now - times[0]))) if times else 0
