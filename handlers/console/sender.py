"""The mouth of the console: cards above the prompt. Called by `bot.delivery`."""

from bot.messages.model import Message
from bot.subscriptions import Destination
from handlers.console.cards import Card
from handlers.console.place import PLATFORM
from handlers.console.renderer import Row, first_words, render
from handlers.console.terminal import Terminal

_SNIPPET_COLUMNS = 48


class ConsoleSender:
    """`ports.Sender` on a terminal; it never fails for a reason of the platform's."""

    platform = PLATFORM

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    async def send(self, to: Destination, message: Message, reply_to: str = "") -> str:
        del to
        answered = self._terminal.cards.find(reply_to)
        card = self._terminal.cards.add(message)
        await self._show(card, _reference("↪", answered) if answered else [])
        return card.id

    async def edit(self, to: Destination, message_id: str, message: Message) -> None:
        """Show what is new as a card again: what has scrolled away cannot be changed."""
        del to
        cards = self._terminal.cards
        old = cards.find(message_id)
        if old is None:  # of an earlier run: its first words are gone, the new ones stand for themselves
            await self._show(cards.adopt(message_id, message), [])
        elif old.message != message:
            await self._show(cards.change(old, message), _reference("✎", old))

    async def delete(self, to: Destination, message_id: str) -> None:
        del to
        card = self._terminal.cards.find(message_id)
        if card is not None:
            self._terminal.cards.remove(card)
            await self._terminal.show(_reference("✗", card))

    async def _show(self, card: Card, above: Row) -> None:
        terminal = self._terminal
        made = render(card.message, terminal.width, name=card.name, links=terminal.links)
        await terminal.show([*above, *made])


def _reference(sign: str, card: Card) -> Row:
    """A line that says which card is meant, by its number and first words."""
    return [("class:faint", f"{sign} {card.name} {first_words(card.message, _SNIPPET_COLUMNS)}\n")]
