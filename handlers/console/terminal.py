"""The screen and keyboard that the console's sender and gateway share: a prompt below, messages above it.

Made by `bot.app`; opens nothing until the gateway asks for the first line.
"""

import asyncio
import contextvars
import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app, in_terminal
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import FileHistory
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.renderer import print_formatted_text
from prompt_toolkit.styles import Style

from handlers.console.cards import Cards
from handlers.console.completer import MenuEntry, WordCompleter
from handlers.console.renderer import Row, clean

STYLE = Style.from_dict(
    {
        "strong": "bold",
        "emphasis": "italic",
        "code": "ansicyan",
        "faint": "ansibrightblack",
        "link": "underline",
        "number": "bold ansiblue",
        "bar": "ansiblue",
        "bar.critical": "ansired",
        "bar.warning": "ansiyellow",
        "bar.good": "ansigreen",
        "bar.unseen": "ansibrightblack",
        "prompt": "bold ansiblue",
        "hint": "ansibrightblack",
        "live": "bold",
    }
)
_LINKING = (
    "VTE_VERSION",
    "KITTY_WINDOW_ID",
    "WT_SESSION",
    "KONSOLE_VERSION",
    "WEZTERM_PANE",
    "ITERM_SESSION_ID",
)
"""Set by terminals that open OSC 8 links; others would show a word with no address behind it."""


def shows_links(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is one that opens links told by OSC 8."""
    return any(environ.get(name) for name in _LINKING) or environ.get("TERM_PROGRAM") in ("vscode", "ghostty")


class Terminal:
    """Messages shown one after another, never through a line being typed. NO_COLOR is respected.

    `run` is a short text that no earlier run used. `labels` gives the words to complete after a command.
    `keys` act at once while nothing is typed; one that answers False ends the prompt. `above` is a line that
    stands over it.
    """

    def __init__(
        self,
        run: str,
        history: Path,
        menu: Sequence[MenuEntry],
        labels: Callable[[], Awaitable[Sequence[str]]],
        *,
        hint: str = "help, or paste an address to watch · ctrl-d ends",
        keys: Mapping[str, Callable[[], bool]] | None = None,
        above: Callable[[], str] | None = None,
        environ: Mapping[str, str] = os.environ,
        keyboard: Input | None = None,
        screen: Output | None = None,
    ) -> None:
        self.run = run
        self.cards = Cards(run)
        self.links = shows_links(environ)
        self._history = history
        self._completer = WordCompleter(menu, labels)
        self._hint = hint
        self._keys = dict(keys or {})
        self._above = above
        self._keyboard, self._screen = keyboard, screen
        self._session: PromptSession[str] | None = None
        self._context: contextvars.Context | None = None

    @property
    def interactive(self) -> bool:
        """Whether somebody can type here and see the answer."""
        return self._keyboard is not None or (sys.stdin.isatty() and sys.stdout.isatty())

    @property
    def width(self) -> int:
        return self._output().get_size().columns

    @contextmanager
    def held(self) -> Iterator[None]:
        """What the program prints meanwhile (logs too) goes above the prompt."""
        self._output()  # before standard output is replaced
        with patch_stdout(raw=True):
            yield

    async def ask(self) -> str:
        """The next line typed; EOFError when the person leaves (ctrl-d, ctrl-c)."""
        if self._session is None:
            self._session = self._open()
        self._context = contextvars.copy_context()
        return await self._session.prompt_async(
            self._prompt,
            placeholder=[("class:hint", self._hint)],
            handle_sigint=False,  # signals are bot.app's; ctrl-c comes as a key
            set_exception_handler=False,
        )

    async def show(self, row: Row) -> None:
        """Print above the prompt; returns when it stands there."""
        drawing = asyncio.get_running_loop().create_task(self._draw(row), context=self._context)
        # Cut short, it would leave prompt_toolkit waiting for ever for this turn to end.
        await asyncio.shield(drawing)

    def refresh(self) -> None:
        """Say the line above the prompt anew."""
        if self._session is not None:
            self._session.app.invalidate()

    async def _draw(self, row: Row) -> None:
        async with in_terminal():
            output = self._output()
            print_formatted_text(
                output, FormattedText(row), STYLE, color_depth=output.get_default_color_depth()
            )
            output.flush()

    def _output(self) -> Output:
        if self._screen is None:
            self._screen = create_output()
        return self._screen

    def _open(self) -> PromptSession[str]:
        os.close(os.open(self._history, os.O_CREAT | os.O_APPEND, 0o600))  # addresses are private
        return PromptSession(
            history=FileHistory(str(self._history)),
            completer=self._completer,
            style=STYLE,
            input=self._keyboard,
            output=self._output(),
            interrupt_exception=EOFError,
            key_bindings=self._bindings(),
        )

    def _prompt(self) -> FormattedText:
        line = [("class:live", f"{clean(self._above())}\n")] if self._above else []
        return FormattedText([*line, ("class:prompt", "› ")])

    def _bindings(self) -> KeyBindings | None:
        if not self._keys:
            return None
        bindings = KeyBindings()
        for key, act in self._keys.items():
            bindings.add(key, filter=_NOTHING_TYPED)(partial(_press, act))
        return bindings


_NOTHING_TYPED = Condition(lambda: not get_app().current_buffer.text)


def _press(act: Callable[[], bool], event: KeyPressEvent) -> None:
    if not act():
        event.app.exit(exception=EOFError)
