"""The messages on the screen: their ids, what they say now, and which button a typed number means.

Filled by the sender, asked by the gateway.
"""

import re
from dataclasses import dataclass, replace

from bot.messages.model import Ask, Message, Press
from handlers.console.renderer import presses

KEPT = 500
"""Older cards are forgotten: an edit of one is then shown as a new card."""

_CHOICE = re.compile(r"(?:#(?P<card>[0-9]{1,9})\.|\.)?(?P<button>[0-9]{1,3})\Z")


@dataclass(frozen=True, slots=True)
class Card:
    """One message as it stands. `id` is unique over restarts; `number` is what people type in this run."""

    id: str
    number: int
    message: Message

    @property
    def name(self) -> str:
        return f"#{self.number}"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a typed number means: `press` on `card`, or nothing, for the reason `why_not`."""

    card: Card | None = None
    press: Press | Ask | None = None
    why_not: str = ""


class Cards:
    """`run` tells this run of the program from every other: ids of an earlier one match no card here."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._last = 0
        self._cards: dict[str, Card] = {}
        """Oldest first by the time they were last shown."""

    def add(self, message: Message) -> Card:
        self._last += 1
        return self._keep(Card(f"{self._run}-{self._last}", self._last, message))

    def find(self, card_id: str) -> Card | None:
        return self._cards.get(card_id)

    def change(self, card: Card, message: Message) -> Card:
        del self._cards[card.id]
        return self._keep(replace(card, message=message))

    def adopt(self, card_id: str, message: Message) -> Card:
        """A card of an earlier run, shown again under its own id."""
        self._last += 1
        return self._keep(Card(card_id, self._last, message))

    def remove(self, card: Card) -> None:
        del self._cards[card.id]

    def _keep(self, card: Card) -> Card:
        self._cards[card.id] = card
        if len(self._cards) > KEPT:
            del self._cards[next(iter(self._cards))]
        return card

    def choice(self, text: str) -> Choice | None:
        """The press meant by `1` or `.1` (latest card with buttons) or `#12.1`; None for other words."""
        match = _CHOICE.match(text.strip())
        if match is None:
            return None
        card = self._named(match["card"])
        if card is None:
            name = f"no #{match['card']} with buttons" if match["card"] else "no message with buttons"
            return Choice(why_not=f"There is {name} on the screen.")
        buttons = presses(card.message)
        number = int(match["button"])
        if not 1 <= number <= len(buttons):
            return Choice(card, why_not=f"{card.name} has buttons 1 to {len(buttons)}, no {number}.")
        action = buttons[number - 1].action
        assert isinstance(action, Press | Ask)
        return Choice(card, action)

    def _named(self, number: str | None) -> Card | None:
        with_buttons = (card for card in reversed(self._cards.values()) if presses(card.message))
        if number is None:
            return next(with_buttons, None)
        return next((card for card in with_buttons if card.number == int(number)), None)
