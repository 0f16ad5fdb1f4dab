"""TelegramPeer: a Bot API server of the tests' own on a real socket of this machine.

    async with TelegramPeer() as peer:
        ann = peer.user(1001, "Ann")
        ... run the bot against peer.base_url with peer.token ...
        ann.say("/start")
        hello = await peer.wait_for(lambda one: "Hello" in one.text)
        ann.press(ann.private, hello.message_id, "Settings")

It runs in the tests' process, so its ledger survives a killed bot. Leaving the block fails if any request was
against the published API (`peer.faults`); a test that means its faults clears the list.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.chat.latency import Latency, delayed
from tests.chat.telegram.exchange import Exchange
from tests.chat.telegram.faults import Fault
from tests.chat.telegram.ledger import Entry, Ledger
from tests.chat.telegram.members import Json
from tests.chat.telegram.people import Person
from tests.chat.telegram.rates import Rates, Refused
from tests.chat.telegram.rooms import Room
from tests.chat.telegram.telegram import Telegram
from tests.chat.telegram.trouble import Kind, Trouble, Troubles
from tests.chat.telegram.view import Shown, shown
from tests.chat.telegram.world import BOT, Chat


class TelegramPeer:
    """Start with `async with`. `token` is the only one it takes; `now` gives Unix seconds.

    With `limits` it refuses what comes faster than Telegram publishes that it takes; `refused` tells of that.
    """

    def __init__(
        self,
        token: str = f"{BOT['id']}:AAtestsOwnTokenThatOpensNothingAtAll",
        *,
        now: Callable[[], float] = time.time,
        limits: bool = False,
    ) -> None:
        started = time.monotonic_ns()
        self.token = token
        self.ledger = Ledger(lambda: (time.monotonic_ns() - started) // 1_000_000)
        self.tg = Telegram(lambda: int(now()), self.ledger)
        self.tg.updates.on_poll = self.ledger.change
        self.troubles = Troubles()
        self.rates = Rates() if limits else None
        self.latency: Latency = float
        """Seconds that each request takes on its way there and back; to be set before the start."""
        self.port = 0
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        if kind is None:
            self.check()

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; a later start on the same port is Telegram coming back after an outage."""
        app = web.Application(client_max_size=64 << 20, middlewares=[delayed(self.latency)])
        exchange = Exchange(lambda: self.token, self.tg, self.troubles, self.rates)
        app.router.add_route("*", "/bot{token}/{method}", exchange.serve)
        app.router.add_get("/file/bot{token}/{path:.+}", exchange.hand_out)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        self.troubles.end()
        self.tg.updates.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def check(self) -> None:
        """Raise AssertionError if the bot made any request that the published API does not allow."""
        if self.faults:
            raise AssertionError("against the Bot API:\n" + "\n".join(map(str, self.faults)))

    @property
    def base_url(self) -> str:
        """What python-telegram-bot wants as base_url: the token follows at once."""
        return f"http://127.0.0.1:{self.port}/bot"

    @property
    def base_file_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/file/bot"

    @property
    def faults(self) -> list[Fault]:
        return self.ledger.faults

    @property
    def refused(self) -> list[Refused]:
        """Every 429 for coming too early."""
        return self.rates.refused if self.rates is not None else []

    def revoke(self, token: str = "") -> None:
        """The token is set anew: the old one is answered 401, a poll under way too; `token` works now."""
        self.token = token or f"{BOT['id']}:{self.token.partition(':')[2][::-1]}"
        self.tg.updates.close(revoked=True)

    # People and rooms

    def user(
        self,
        user_id: int,
        name: str,
        *,
        started: bool = True,
        language: str = "en",
        username: str | None = None,
    ) -> Person:
        """A person with a private chat; `started=False`: never wrote to the bot, which may not begin."""
        user: Json = {"id": user_id, "is_bot": False, "first_name": name, "language_code": language}
        if username:
            user["username"] = username
        chat = self.tg.world.add(Chat(user_id, "private", name), [user, *([BOT] if started else [])])
        return Person(user, self.tg, Room(chat, self.tg))

    def group(self, chat_id: int, title: str, owner: Person, *members: Person, bot: str = "member") -> Room:
        """A small group (a negative id); `bot` is the bot's status in it: member, administrator, left."""
        return self._room(Chat(chat_id, "group", title), owner, members, bot)

    def supergroup(
        self,
        chat_id: int,
        title: str,
        owner: Person,
        *members: Person,
        bot: str = "member",
        topics: Collection[int] = (),
    ) -> Room:
        """A supergroup (id -100…); with `topics`, the thread ids of a forum."""
        chat = Chat(chat_id, "supergroup", title, forum=bool(topics), topics=set(topics))
        return self._room(chat, owner, members, bot)

    def channel(self, chat_id: int, title: str, owner: Person, *, bot: str = "administrator") -> Room:
        return self._room(Chat(chat_id, "channel", title), owner, (), bot)

    def _room(self, chat: Chat, owner: Person, members: Collection[Person], bot: str) -> Room:
        self.tg.world.add(chat, [person.user for person in members])
        chat.join(owner.user, "creator")
        if bot != "left":
            chat.join(BOT, bot)
        return Room(chat, self.tg)

    # What was received, and waiting for it

    async def wait_for(
        self, wanted: Callable[[Entry], object], within: float = 10.0, *, after: int = 0
    ) -> Entry:
        """The first accepted entry (order >= `after`) that `wanted` likes, at once or within seconds."""

        def first() -> Entry | None:
            return next((one for one in self.ledger.entries[after:] if wanted(one)), None)

        try:
            await self.ledger.until(first, within)
        except TimeoutError:
            seen = "\n".join(
                f"{one.deed} in {one.chat_id}: {one.text!r}" for one in self.ledger.entries[after:]
            )
            raise TimeoutError(
                f"no such message within {within} s; accepted were:\n{seen or 'none'}"
            ) from None
        found = first()
        assert found is not None
        return found

    async def until(self, condition: Callable[[], object], within: float = 10.0) -> None:
        """Wait for anything else the ledger shows: a call, an answer, a list of commands."""
        await self.ledger.until(condition, within)

    async def answer(self, query: str, within: float = 10.0) -> Json:
        """The parameters the bot answered this callback query with."""
        await self.until(lambda: query in self.ledger.answers, within)
        return self.ledger.answers[query]

    def visible(self, room: Room | int, *, people: bool = False) -> list[Shown]:
        """The bot's messages that now stand in a chat, oldest first; with `people`, everybody's."""
        chat = self.tg.world.chats[room if isinstance(room, int) else room.id]
        mine = [one for one in chat.messages.values() if people or one.get("from", BOT)["id"] == BOT["id"]]
        return [shown(message) for message in mine]

    # Misfortune

    def throttle(self, seconds: int, *, times: int = 1, chat: Room | int | None = None) -> Trouble:
        """429 with retry_after = `seconds` for the next `times` requests to one chat, or to all."""
        trouble = self.trouble(Kind.THROTTLE, times=times, chat=chat)
        trouble.retry_after = seconds
        return trouble

    def trouble(
        self, kind: Kind, *, times: int = 1, chat: Room | int | None = None, method: str | None = None
    ) -> Trouble:
        chat_id = chat.id if isinstance(chat, Room) else chat
        return self.troubles.order(Trouble(kind, chat_id, method, times))
