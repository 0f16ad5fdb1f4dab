"""A little program around the real console, run by the tests on a real pty: echoes, and alerts on SIGUSR1."""

import asyncio
import signal
import sys
from pathlib import Path

from bot.errors import SettingsError
from bot.messages.model import Message, Span
from bot.ports import Request, Suggestion
from handlers.console.gateway import ConsoleGateway
from handlers.console.place import HERE
from handlers.console.sender import ConsoleSender
from handlers.console.terminal import Terminal
from tests.contract.stands import CARD, MENU


class Echo:
    def __init__(self, sender: ConsoleSender) -> None:
        self.sender = sender

    async def handle(self, request: Request) -> None:
        await self.sender.send(HERE, Message(((Span(f"heard <{request.text}>"),),)))

    async def notice(self, request: Request) -> str:
        return f"pressed <{request.press}> on <{request.message_id}>"

    async def suggest(self, request: Request, source: str, typed: str) -> tuple[Suggestion, ...]:
        return ()


async def labels() -> list[str]:
    return ["treasury.eth"]


async def main(folder: Path) -> None:
    terminal = Terminal("r7", folder / "history", MENU, labels)
    sender = ConsoleSender(terminal)
    loop, tasks = asyncio.get_running_loop(), set[asyncio.Task[str]]()

    def alert() -> None:
        print("a log line")
        tasks.add(loop.create_task(sender.send(HERE, CARD)))

    loop.add_signal_handler(signal.SIGUSR1, alert)
    await ConsoleGateway(terminal).run(Echo(sender))
    print("left politely")


if __name__ == "__main__":
    try:
        asyncio.run(main(Path(sys.argv[1])))
    except SettingsError as fault:
        sys.exit(str(fault))
