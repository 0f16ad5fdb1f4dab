"""The console for the contract suites: a pipe for the keyboard, paper for the screen."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output

from bot.ports import Gateway, Sender
from handlers.console.gateway import ConsoleGateway
from handlers.console.place import HERE
from handlers.console.sender import ConsoleSender
from handlers.console.terminal import Terminal
from tests.contract.stands import MENU, Stand


class Paper(io.StringIO):
    """All that a terminal was told, escapes included; wakes whoever waits for words."""

    def __init__(self) -> None:
        super().__init__()
        self._news = asyncio.Event()

    def write(self, text: str) -> int:
        self._news.set()
        return super().write(text)

    async def until(self, condition: Callable[[str], object], within_s: float = 10) -> None:
        async with asyncio.timeout(within_s):
            while not condition(self.getvalue()):
                self._news.clear()
                await self._news.wait()

    def screen(self, columns: int = 80) -> Vt100_Output:
        return Vt100_Output(
            self,
            lambda: Size(rows=40, columns=columns),
            default_color_depth=ColorDepth.DEPTH_1_BIT,
            enable_cpr=False,
        )


async def no_labels() -> list[str]:
    return []


class ConsoleStand:
    def __init__(self, folder: Path, keyboard: PipeInput) -> None:
        self.folder, self.keyboard, self.paper = folder, keyboard, Paper()
        self.terminal = self._terminal("r1")
        self.sender: Sender = ConsoleSender(self.terminal, folder / "files")
        self.place = HERE
        self._runs = 1

    def _terminal(self, run: str) -> Terminal:
        return Terminal(
            run,
            self.folder / "history",
            MENU,
            no_labels,
            hint="",
            environ={},
            keyboard=self.keyboard,
            screen=self.paper.screen(),
        )

    def gateway(self) -> Gateway:
        return ConsoleGateway(self.terminal)

    def screen(self) -> list[str]:
        cards = self.terminal.cards._cards.values()
        return [
            "\n".join("".join(span.text for span in line) for line in card.message.lines) for card in cards
        ]

    def files(self) -> list[tuple[str, str]]:
        written = sorted((self.folder / "files").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return [(path.name, path.read_bytes().decode()) for path in written]

    def answered(self) -> str:
        newest = self.paper.getvalue().split("▌")[-2:-1] or [""]
        return f"r1-{newest[0].partition('↪ #')[2].split(' ')[0]}" if "↪ #" in newest[0] else ""

    def say(self, text: str) -> None:
        self.keyboard.send_text(text + "\r")

    def press(self, message_id: str, label: str) -> None:
        card = self.terminal.cards.find(message_id)
        assert card is not None
        number = [one.label for row in card.message.buttons for one in row].index(label) + 1
        self.say(f"{card.name}.{number}")

    async def flashed(self) -> str:
        await self.paper.until(lambda told: "· " in told.rpartition("▌")[2])
        return self.paper.getvalue().rpartition("· ")[2].splitlines()[0].split("\x1b")[0]


@asynccontextmanager
async def console_stand(folder: Path) -> AsyncIterator[Stand]:
    with create_pipe_input() as keyboard:
        yield ConsoleStand(folder, keyboard)
