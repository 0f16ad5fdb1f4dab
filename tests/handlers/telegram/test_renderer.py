"""What Telegram readers see: entities on the right words, folding, cutting, and which buttons survive."""

import pytest
from telegram import MessageEntity

from bot.messages.model import Button, Copy, Message, Open, Press, Span, Style
from handlers.telegram.renderer import Rendered, render
from handlers.text import cut_text, units

ADDRESS = "0x" + "a1" * 20


def covered(made: Rendered) -> list[tuple[str, str]]:
    """(kind, the words under it), read as Telegram reads: in UTF-16."""
    raw = made.text.encode("utf-16-le")
    return [
        (one.type, raw[2 * one.offset : 2 * (one.offset + one.length)].decode("utf-16-le"))
        for one in made.entities
    ]


def test_entities_cover_their_words_behind_emoji_and_astral_letters() -> None:
    made = render(
        Message(
            (
                (Span("🔴🔴 "), Span("CRITICAL", Style.BOLD), Span(" 𝕬𝖆𝖛𝖊 "), Span("x👍🏽", Style.ITALIC)),
                (Span("repay "), Span("118,200", Style.CODE), Span(" small", Style.FAINT)),
                (Span("Aave", Style.BOLD, url="https://app.aave.com/"), Span("9 s ago", time=1_790_000_000)),
            ),
            details=((Span("WETH "), Span("83 %", Style.BOLD)), (Span("é"),)),
        )
    )
    assert covered(made) == [
        ("bold", "CRITICAL"),
        ("italic", "x👍🏽"),
        ("code", "118,200"),
        ("text_link", "Aave"),
        ("bold", "Aave"),
        ("date_time", "9 s ago"),
        ("expandable_blockquote", "WETH 83 %\né"),
        ("bold", "83 %"),
    ]


def test_details_give_way_before_any_line_does() -> None:
    lines = tuple((Span(f"line {n} " + "x" * 90),) for n in range(30))
    details = tuple((Span(f"detail {n} " + "y" * 90),) for n in range(30))
    made = render(Message(lines, details))
    assert units(made.text) <= 4096
    assert all(f"line {n} " in made.text for n in range(30))
    assert "detail 0 " in made.text
    assert "detail 29 " not in made.text
    assert made.text.endswith("…")
    assert covered(made)[-1][0] == MessageEntity.EXPANDABLE_BLOCKQUOTE


def test_lines_that_fill_the_message_leave_no_stump_of_details() -> None:
    made = render(Message(((Span("x" * 4080),),), ((Span("detail"),),)))
    assert made.text == "x" * 4080


@pytest.mark.parametrize("before", range(4040, 4097, 7))
def test_an_address_is_shown_whole_or_not_at_all(before: int) -> None:
    made = render(Message(((Span("x" * before), Span(ADDRESS, Style.CODE), Span(" is watched")),)))
    assert units(made.text) <= 4096
    assert made.text.count("a1") in (0, 20)
    assert [words for kind, words in covered(made) if kind == "code"] in ([], [ADDRESS])


@pytest.mark.parametrize(
    ("text", "room", "cut"),
    [
        ("one two three", 9, "one two"),
        ("one two three", 7, "one two"),
        ("👍👍👍", 5, "👍👍"),
        ("👍👍👍", 1, ""),
        ("ab👩‍👩‍👧", 7, "ab"),
        ("abe\u0301\u0301f", 4, "ab"),
        ("ab👍🏽", 4, "ab"),
        ("unbrokenword", 5, "unbro"),
    ],
)
def test_a_cut_ends_at_a_word_and_never_inside_a_character(text: str, room: int, cut: str) -> None:
    assert cut_text(text, room) == cut


GOOD = Button("Ack", Press("ack", "i1"))


@pytest.mark.parametrize(
    "refused",
    [
        Button("Snooze", Press("snooze", "x" * 56)),
        Button("Snooze", Press("snooze", "é" * 28)),
        Button("Open", Open("http://app.aave.com/")),
        Button("Open", Open("https://localhost/")),
        Button("Open", Open("javascript:alert(1)")),
        Button("Copy", Copy("1" * 257)),
        Button("Copy", Copy("")),
        Button("\u2800 \u200b", Press("ack")),
    ],
    ids=str,
)
def test_a_button_that_telegram_cannot_have_is_left_out_alone(refused: Button) -> None:
    made = render(Message(((Span("x"),),), buttons=((refused, GOOD), (refused,))))
    assert made.keyboard is not None
    assert [[one.text for one in row] for row in made.keyboard.inline_keyboard] == [["Ack"]]


def test_buttons_at_their_limits_are_kept() -> None:
    made = render(
        Message(
            ((Span("x"),),),
            buttons=(
                (Button("Snooze", Press("snooze", "x" * 55)), Button("Copy", Copy("1" * 256))),
                (Button("A" * 70, Open("https://app.aave.com/")),),
                (GOOD,) * 9,
            ),
        )
    )
    assert made.keyboard is not None
    rows = made.keyboard.inline_keyboard
    assert [len(row) for row in rows] == [2, 1, 8, 1]
    assert len(str(rows[0][0].callback_data)) == 64
    assert units(rows[1][0].text) == 64


def test_a_message_of_nothing_visible_is_still_a_message() -> None:
    assert render(Message(((Span("\u200b \n"),),))).text == "…"
