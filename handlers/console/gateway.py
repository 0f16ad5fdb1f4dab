"""The ears of the console: typed lines and numbered buttons go to the desk, leaving ends the program."""

import asyncio

import structlog

from bot.errors import SettingsError, StoreError
from bot.ports import Desk, Person, Request
from handlers.console.place import HERE, NO_TERMINAL, PLATFORM
from handlers.console.terminal import Terminal

QUEUED = 50
"""Lines typed ahead; past that the next line is taken when one was answered."""
_FAREWELL_S = 5.0
"""How long what was typed before leaving may still take."""

_log = structlog.get_logger(__name__)


class ConsoleGateway:
    """`ports.Gateway`. `run` returns when the person leaves; SettingsError when there is no terminal."""

    platform = PLATFORM

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._person = Person(f"{PLATFORM}/{HERE.chat}")
        self._asked = 0

    async def run(self, desk: Desk) -> None:
        if not self._terminal.interactive:
            raise SettingsError((NO_TERMINAL,))
        lines: asyncio.Queue[str] = asyncio.Queue(QUEUED)
        with self._terminal.held():
            async with asyncio.TaskGroup() as group:
                worker = group.create_task(self._serve(lines, desk))
                await self._listen(lines)
                try:
                    async with asyncio.timeout(_FAREWELL_S):
                        await lines.join()
                except TimeoutError:
                    _log.warning("console_left_unanswered", lines=lines.qsize() + 1)
                worker.cancel()

    async def _listen(self, lines: asyncio.Queue[str]) -> None:
        while True:
            try:
                line = await self._terminal.ask()
            except EOFError:
                return
            if line.strip():
                await lines.put(line.strip())

    async def _serve(self, lines: asyncio.Queue[str], desk: Desk) -> None:
        """One line after another, while the prompt is free for the next."""
        while True:
            line = await lines.get()
            try:
                said = await self._answer(line, desk)
            except StoreError:
                said = "The store does not answer just now; please say that again in a moment."
            except Exception:  # noqa: BLE001 - whatever one line breaks, the next is heard
                _log.exception("console_line_failed")
                said = "That went wrong on our side; the log says how."
            if said:
                await self._terminal.show([("class:faint", f"· {said}\n")])
            lines.task_done()

    async def _answer(self, line: str, desk: Desk) -> str:
        choice = self._terminal.cards.choice(line)
        if choice is None:
            await desk.handle(self._request(text=line))
            return ""
        if choice.card is None or choice.press is None:
            return choice.why_not
        return await desk.notice(self._request(press=choice.press.data(), message_id=choice.card.id))

    def _request(self, *, text: str = "", press: str = "", message_id: str = "") -> Request:
        self._asked += 1
        number = f"{PLATFORM}/{self._terminal.run}-{self._asked}"
        return Request(number, HERE, self._person, text, press, message_id)
