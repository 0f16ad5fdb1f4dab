"""Numbers people type, and cards of earlier runs."""

import pytest

from bot.messages.model import Button, Message, Open, Press, Span
from handlers.console.cards import KEPT, Cards

BARE = Message(((Span("hello"),),))
CARD = Message(
    ((Span("HF"),),),
    buttons=(
        (Button("Open", Open("https://a.example/")), Button("Snooze", Press("snooze", "1"))),
        (Button("Ack", Press("ack", "1")),),
    ),
)


def two_cards() -> Cards:
    cards = Cards("r")
    for message in (CARD, CARD, BARE):
        cards.add(message)
    return cards


@pytest.mark.parametrize(
    ("typed", "card", "verb"),
    [("1", 2, "snooze"), (".2", 2, "ack"), (" 2 ", 2, "ack"), ("#1.1", 1, "snooze"), ("#2.2", 2, "ack")],
)
def test_a_number_means_a_press_of_the_latest_or_the_named_card(typed: str, card: int, verb: str) -> None:
    choice = two_cards().choice(typed)
    assert choice is not None
    assert choice.card is not None
    assert choice.press == Press(verb, "1")
    assert choice.card.number == card


@pytest.mark.parametrize("typed", ["#1.3", "3", "0", "#3.1", "#9.1", "#1.0"])
def test_a_number_that_is_on_no_card_is_explained_and_presses_nothing(typed: str) -> None:
    choice = two_cards().choice(typed)
    assert choice is not None
    assert choice.press is None
    assert choice.why_not


@pytest.mark.parametrize("typed", ["status", "/mute 1", "1.5", "#1", "0x12", "1 2", "", "-1", "١"])
def test_other_words_are_no_choice(typed: str) -> None:
    assert two_cards().choice(typed) is None


def test_without_any_buttons_a_number_is_explained() -> None:
    choice = Cards("r").choice("1")
    assert choice is not None
    assert choice.why_not == "There is no message with buttons on the screen."


def test_a_changed_card_is_the_latest_and_keeps_its_id() -> None:
    cards = Cards("r")
    first = cards.add(CARD)
    cards.add(CARD)
    cards.change(first, CARD)
    choice = cards.choice("1")
    assert choice is not None
    assert choice.card is not None
    assert choice.card.id == first.id


def test_ids_of_another_run_match_no_card_and_old_cards_are_forgotten() -> None:
    old, new = Cards("a"), Cards("b")
    first = new.add(CARD)
    assert new.find(old.add(CARD).id) is None
    for _ in range(KEPT):
        new.add(BARE)
    assert new.find(first.id) is None
