"""Completes command names, and after them the labels of watches. Used by the terminal."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

MenuEntry = tuple[str, str]
"""(command name, summary)"""


class WordCompleter(Completer):
    """Commands with or without their slash; labels in any case of letters."""

    def __init__(self, menu: Sequence[MenuEntry], labels: Callable[[], Awaitable[Sequence[str]]]) -> None:
        self._menu = tuple(menu)
        self._labels = labels

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Commands only: labels need the store, which is asked in `get_completions_async`."""
        del complete_event
        before = document.text_before_cursor.lstrip()
        if " " in before or not before:
            return
        typed = before.removeprefix("/").lower()
        for name, summary in self._menu:
            if name.startswith(typed):
                yield Completion(name, start_position=-len(typed), display_meta=summary)

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        before = document.text_before_cursor.lstrip()
        for command in self.get_completions(document, complete_event):
            yield command
        if " " not in before:
            return
        typed = before.rpartition(" ")[2].lower()
        for label in await self._labels():
            if label.lower().startswith(typed):
                yield Completion(label, start_position=-len(typed))
