"""Where an episode is shown: plain lines, or the console with its keys."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot.demo.player import Player
from bot.demo.stage import Stage
from bot.demo.story import dated
from bot.messages.catalogue import _
from bot.messages.model import Message, Picture
from bot.ports import Desk, Request, Suggestion
from bot.subscriptions import Destination
from handlers.console.gateway import ConsoleGateway
from handlers.console.plain import PlainSender
from handlers.console.renderer import clean
from handlers.console.sender import ConsoleSender
from handlers.console.terminal import Terminal

_JUMPS: Final = frozenset({"j", "jump"})


class PlainScreen:
    """Lines on standard output; each message stands under the live line of its moment."""

    def __init__(self, now: Callable[[], str]) -> None:
        self.sender = PlainSender(heading=now, folded=True)

    async def line(self, text: str) -> None:
        self.sender.line(text)

    async def typed(self, text: str) -> None:
        self.sender.line(f"› {text}")

    def refresh(self) -> None:
        """The line is said with the next message."""


class TerminalScreen:
    """The console: messages above, the live line below, and what is typed between."""

    def __init__(self, stage: Stage, folder: Path, now: Callable[[], str]) -> None:
        self._stage = stage
        self._now = now
        menu = tuple((command.name, command.summary) for command in stage.desk.commands)
        self._player: Player | None = None
        self._terminal = Terminal(
            secrets.token_hex(4),
            folder / "history",
            menu,
            stage.labels,
            hint=_("space pause · s step · j 02-05 jump · q end · or /board /whatif /why /chart"),
            keys={" ": self._pause, "s": self._step, "q": lambda: False},
            above=now,
        )
        self.sender = _Folded(self._terminal, folder / "files")

    async def line(self, text: str) -> None:
        await self._terminal.show([("class:faint", f"{clean(text)}\n")])

    async def typed(self, text: str) -> None:
        await self._terminal.show([("class:prompt", "› "), ("", f"{clean(text)}\n")])

    def refresh(self) -> None:
        self._terminal.refresh()

    async def run(self, player: Player, story: Callable[[], Awaitable[None]]) -> None:
        """Play, and answer what is typed, until the person leaves; when all is told they may still ask."""
        self._player = player
        telling = asyncio.ensure_future(story())
        listening = asyncio.ensure_future(
            ConsoleGateway(self._terminal).run(_DemoDesk(self._stage, player, self))
        )
        try:
            await asyncio.wait({telling, listening}, return_when=asyncio.FIRST_COMPLETED)
            if telling.done():
                telling.result()
            await listening
        finally:
            for task in (telling, listening):
                task.cancel()
            await asyncio.gather(telling, listening, return_exceptions=True)

    def _pause(self) -> bool:
        if self._player is not None:
            self._player.pause()
        self.refresh()
        return True

    def _step(self) -> bool:
        if self._player is not None:
            self._player.step()
        return True


class _Folded(ConsoleSender):
    """Alerts as short as they stand in a chat, their details folded; /why tells them."""

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
        if message.severity:
            message = replace(message, details=())
        return await super().send(to, message, reply_to, answer_to=answer_to, key=key, picture=picture)


class _DemoDesk:
    """The desk of the house, but `j DATE` is the player's."""

    def __init__(self, stage: Stage, player: Player, screen: TerminalScreen) -> None:
        self._stage = stage
        self._desk: Desk = stage.desk
        self._player = player
        self._screen = screen

    async def handle(self, request: Request) -> None:
        word, _sep, rest = request.text.strip().partition(" ")
        if word.casefold() not in _JUMPS:
            await self._desk.handle(request)
            return
        when = dated(rest, self._stage.replay.episode)
        now = self._stage.replay.clock()
        if when is None:
            await self._screen.line(_("A date like 02-05 or 02-05 12:30, please."))
        elif when <= now:
            await self._screen.line(_("That is past; an episode only goes on."))
        else:
            self._player.jump(when)

    async def notice(self, request: Request) -> str:
        return await self._desk.notice(request)

    async def suggest(self, request: Request, source: str, typed: str) -> tuple[Suggestion, ...]:
        return await self._desk.suggest(request, source, typed)
