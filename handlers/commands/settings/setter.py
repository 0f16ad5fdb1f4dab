"""What one setting is: how its words become the home's new settings, and how a form asks for them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.errors import UserError
from bot.subscriptions import ChatSettings
from handlers.commands.command import Call, Form


@dataclass(frozen=True, slots=True)
class Change:
    """One wish to change a setting: the words after its name, at least one, and what is chosen now."""

    call: Call
    settings: ChatSettings
    words: tuple[str, ...]
    example: str
    """A whole input that works here."""

    @property
    def word(self) -> str:
        return self.words[0].casefold()

    def fault(
        self, problem: str, wrong: str = "", near: tuple[str, ...] = (), example: str = ""
    ) -> UserError:
        """To be raised; what is at fault is the first word unless another is named."""
        return UserError(problem, wrong or self.words[0], example or self.example, near)


def always(value: str) -> Callable[[Call], str]:
    """Words that work in every home."""
    return lambda _call: value


@dataclass(frozen=True, slots=True)
class Setter:
    """`sample` gives the words of an example, `most` is how many words are read."""

    name: str
    change: Callable[[Change], Awaitable[ChatSettings]]
    sample: Callable[[Call], str]
    forms: tuple[Form, ...]
    most: int = 1

    def example(self, call: Call) -> str:
        return f"/settings {self.name} {self.sample(call)}"
