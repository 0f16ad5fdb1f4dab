"""Markdown and limits of Discord: hostile text shows as it stands, the essential where everybody sees it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.model import Ask, Button, Copy, Line, Message, Open, Press, Span, Style
from handlers.discord.renderer import CONTENT_UNITS, DESCRIPTION_UNITS, EMBEDS_UNITS, render
from handlers.discord.text import escape, markdown, squeeze
from handlers.text import units
from tests.contract.discord_stand import read
from tests.contract.messages import messages


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ((Span("HF 1.07 (was 1.12), 6.6 % - 14:05"),), "HF 1.07 (was 1.12), 6.6 % - 14:05"),
        ((Span("a_b*c~d|e`f\\"),), r"a\_b\*c\~d\|e\`f\\"),
        ((Span("@everyone @here @ann"),), r"\@everyone \@here @ann"),
        ((Span("<@1> <@&2> <#3> <t:1:R> </x:1> <:a:1>"),), r"\<@1> \<@&2> \<#3> \<t\:1:R> \</x:1> \<\:a:1>"),
        ((Span("https://evil.example/x"),), r"https\://evil.example/x"),
        ((Span("discord.gg/x discord.com/invite/x"),), r"discord.gg\/x discord.com\/invite/x"),
        ((Span("[safe](https://a.example)"),), r"\[safe\](https\://a.example)"),
        ((Span(":smile:"),), r"\:smile:"),
        ((Span("# big"),), r"\# big"),
        ((Span("#1 treasury"),), "#1 treasury"),
        ((Span("-# small"),), r"\-# small"),
        ((Span("> quote"),), r"\> quote"),
        ((Span("- item"),), r"\- item"),
        ((Span("12. item"),), r"12\. item"),
        ((Span("a\nb\u202ec\u2066d\0"),), "a bcd "),
        ((Span("0xab", Style.CODE), Span("`x`", Style.CODE)), "`0xabˋxˋ`"),
        ((Span("a", Style.BOLD), Span("b", Style.BOLD)), "**ab**"),
        ((Span("a", Style.BOLD), Span("b", Style.ITALIC)), "**a**\u200b*b*"),
        ((Span(" a ", Style.BOLD), Span("x")), " **a** x"),
        ((Span("  ", Style.BOLD), Span("x")), "  x"),
        ((Span("block 5", Style.FAINT), Span(", 9 s old", Style.FAINT)), "-# block 5, 9 s old"),
        ((Span("block", Style.FAINT), Span(" x")), "block x"),
        ((Span("9 s old", time=1_790_000_000, is_age=True),), "<t:1790000000:R>"),
        ((Span("14:05", time=1_790_000_000),), "<t:1790000000:f>"),
        ((Span("14:05", time=-1),), "14:05"),
        ((Span("14:05", time=2**40),), "14:05"),
        (
            (Span("Aave [x]", url="https://app.aave.com/?a=(1)>"),),
            r"[Aave \[x\]](<https://app.aave.com/?a=%281%29%3E>)",
        ),
        ((Span("x", url="javascript:alert(1)"),), "x"),
        ((Span("0xab", Style.CODE, "https://a.example/"),), "[`0xab`](<https://a.example/>)"),
    ],
)
def test_lines_in_markdown(line: Line, shown: str) -> None:
    assert markdown(line) == shown


_HOSTILE = st.text(st.sampled_from("a1 *_`~|>#-<@&[]()\\:/.+!everyonehttps"), max_size=40)


@given(_HOSTILE)
def test_what_is_escaped_reads_as_it_was(text: str) -> None:
    assert read(escape(text)) == text


@given(_HOSTILE)
def test_no_hostile_text_keeps_a_live_mark(text: str) -> None:
    bare = re.sub(r"\\[^A-Za-z0-9\s]", "", escape(text))
    assert not re.search(r"[*_`~|<\[\]\\]|@everyone|@here|://", bare)


@given(messages)
def test_any_message_keeps_within_discords_limits(message: Message) -> None:
    made = render(message)
    assert 0 < units(made.content) <= CONTENT_UNITS
    described = [units(one["description"]) for one in made.embeds]
    assert all(0 < size <= DESCRIPTION_UNITS for size in described)
    assert sum(described) <= EMBEDS_UNITS
    assert len(made.components) <= 5
    buttons = [one for row in made.components for one in row["components"]]
    assert all(len(row["components"]) <= 5 for row in made.components)
    assert all(0 < units(one["label"]) <= 80 for one in buttons)
    ids = [one["custom_id"] for one in buttons if "custom_id" in one]
    assert len(set(ids)) == len(ids)
    assert all(0 < units(one) <= 100 for one in ids)


@given(messages, st.integers(1, 200))
def test_a_squeezed_text_is_never_longer_than_its_room(message: Message, room: int) -> None:
    assert units(squeeze(message.lines, room)) <= room


def lines(count: int, size: int) -> tuple[Line, ...]:
    return tuple((Span(f"{n} " + "x" * size),) for n in range(count))


def test_an_alert_says_all_it_can_in_the_content_and_has_a_coloured_edge() -> None:
    made = render(Message(lines(40, 98), lines(2, 5), severity="critical"))
    assert made.content.startswith("0 x")
    assert made.content.count("\n") == 18
    first, second = made.embeds
    assert first["description"].startswith("19 x")
    assert second["description"].startswith("0 xxxxx")
    assert first["color"] == second["color"] == 0xDA373C


def test_a_long_answer_stands_in_one_piece_below_its_first_line() -> None:
    made = render(Message(lines(40, 98)))
    assert "\n" not in made.content
    assert made.embeds[0]["description"].startswith("1 x")
    assert "color" not in made.embeds[0]


def test_where_embeds_are_not_allowed_all_goes_into_the_content() -> None:
    made = render(Message(lines(2, 5), lines(2, 7), severity="warning"), in_content=True)
    assert made.content == "0 xxxxx\n1 xxxxx\n0 xxxxxxx\n1 xxxxxxx"
    assert made.embeds == ()


def test_half_an_address_is_never_shown() -> None:
    address = "0x" + "a1" * 20
    made = squeeze(((Span("Wallet "), Span(address, Style.CODE)),), 30)
    assert "0x" not in made
    assert made.endswith("…")


def test_a_role_rings_and_nothing_else_does() -> None:
    made = render(Message(((Span("@everyone <@&9>"),),), ping="123"))
    assert made.content == "\\@everyone \\<@&9>\n<@&123>"
    assert made.body()["allowed_mentions"] == {"parse": [], "replied_user": False, "roles": ["123"]}
    assert render(Message(((Span("x"),),), ping="1> @everyone")).body()["allowed_mentions"] == {
        "parse": [],
        "replied_user": False,
    }


def test_buttons_that_discord_has_and_no_others() -> None:
    row = (
        Button("Ack", Press("ack", "i1")),
        Button("Ack again", Press("ack", "i1")),
        Button("Copy", Copy("0x19")),
        Button("Open", Open("https://app.aave.com/")),
        Button("Open", Open("http://app.aave.com/")),
        Button("\u200b", Press("x")),
        Button("Watch", Ask("watch.wallet")),
        Button("Long", Press("x" * 100)),
    )
    [made] = render(Message(((Span("x"),),), buttons=(row,))).components
    assert [(one["label"], one.get("custom_id") or one["url"]) for one in made["components"]] == [
        ("Ack", "1|ack|i1"),
        ("Open", "https://app.aave.com/"),
        ("Watch", "1|ask|watch.wallet"),
    ]


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\u2800\n"])
def test_a_message_in_which_nothing_shows_is_an_ellipsis(text: str) -> None:
    assert render(Message(((Span(text),),))).content == "…"
