"""Who may do what, and how often: the allow-list, the operators, the one-time start code, the flood gate."""

import hmac
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from math import ceil
from typing import Final

from bot.ports import Request, WatchBook
from bot.subscriptions import Editors
from handlers.commands.command import Access

LOCAL_PLATFORM: Final = "console"
"""Whoever sits at the bot's own terminal is its operator."""


class StartCode:
    """Codes on the bot's terminal, one a platform: the first person there to send it becomes operator."""

    def __init__(self, codes: Mapping[str, str] | None = None) -> None:
        self._codes = dict(codes or {})

    def spend(self, platform: str, text: str) -> bool:
        """True once, for the right text; compared in constant time. An empty code never matches."""
        code = self._codes.get(platform, "")
        right = bool(code) and hmac.compare_digest(text.strip().encode(), code.encode())
        if right:
            del self._codes[platform]
        return right

    def put_back(self, platform: str, text: str) -> None:
        """Undo a `spend` whose operator could not be stored."""
        self._codes[platform] = text.strip()


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may do; `is_known` False: the platform gave no answer, so it may be more."""

    access: Access
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class Policy:
    """`allowed` holds homes (`telegram/-100…`, `discord/s12`) and people (`telegram/42`); `operators` people.

    A chat that migrated stays allowed: the settings still name its former id, and nobody there could tell why
    it is not heard.
    """

    allowed: frozenset[str] = frozenset()
    operators: frozenset[str] = frozenset()
    code: StartCode = field(default_factory=StartCode)

    async def rights(self, request: Request, book: WatchBook, needed: Access) -> Rights:
        """What this person may do to the request's home, found anew each time. StoreError: the store is away.

        The platform is asked only where `needed` cannot be decided without it, so viewers cost no question.
        """
        person = request.person.id
        if await self._is_operator(request, book):
            return Rights(Access.OPERATOR)
        if request.private or request.is_abroad:
            # Whoever is let in owns their own chat.
            mine = self.allowed & {person, request.home.id}
            return Rights(Access.ADMIN if mine else Access.ANYONE)
        if person not in self.allowed and not await self._is_in(request, book):
            return Rights(Access.ANYONE)
        found = Access.VIEWER
        if needed <= found:
            return Rights(found)
        settings = await book.settings(request.home.id)
        if settings.editors is Editors.EVERYONE or person in settings.named_editors:
            found = Access.EDITOR
        if needed <= found:
            return Rights(found)
        standing = await request.standing()
        if not standing.is_known:
            return Rights(found, is_known=False)
        if standing.is_admin:
            return Rights(Access.ADMIN)
        if standing.roles & set(settings.named_editors):
            found = Access.EDITOR
        return Rights(found)

    async def let_in(self, request: Request, book: WatchBook) -> bool:
        """Let the group or server in that was spoken in, if this person can; whether that was done now."""
        if request.private or request.is_abroad or await self._is_in(request, book):
            return False
        if (await self.rights(request, book, Access.ADMIN)).access < Access.ADMIN:
            return False
        await book.admit(request.home.id)
        return True

    async def may_admit(self, home: str, person: str, book: WatchBook) -> bool:
        """Whether a group or server that we were brought to is let in, be it by whoever brought us."""
        if person and (person in self.allowed or await self._operates(person, book)):
            return True
        return await self._home_is_in(home, book)

    async def _is_operator(self, request: Request, book: WatchBook) -> bool:
        return request.place.platform == LOCAL_PLATFORM or await self._operates(request.person.id, book)

    async def _operates(self, person: str, book: WatchBook) -> bool:
        return person in self.operators or person in await book.operators()

    async def _is_in(self, request: Request, book: WatchBook) -> bool:
        """The operator's list may also name one topic or channel."""
        if self.allowed & {request.place.id, request.place.whole.id}:
            return True
        return await self._home_is_in(request.home.id, book)

    async def _home_is_in(self, home: str, book: WatchBook) -> bool:
        """Whether a group or server is let in: by the operator's list, also under a former id, or since."""
        if home in self.allowed:
            return True
        if self.allowed and self.allowed & await book.former(home):
            return True
        return await book.admitted(home)


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
