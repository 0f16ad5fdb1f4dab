"""Every renderer: whatever the message, the platform takes what comes out, and its readers are not fooled."""

import unicodedata
from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from bot.messages.model import Message, Span, Style
from handlers.console import renderer as console
from handlers.discord import renderer as discord
from handlers.telegram import renderer as telegram
from tests.chat.discord.judge import judge as discord_judge
from tests.chat.telegram.judge import judge
from tests.contract.discord_stand import read
from tests.contract.messages import messages

Faults = Sequence[str]


def telegram_faults(message: Message) -> Faults:
    """What the published API holds against it, as a text and as the caption of a document."""
    found = []
    for method, words, entities, room in (
        ("sendMessage", "text", "entities", telegram.TEXT_UNITS),
        ("sendDocument", "caption", "caption_entities", telegram.CAPTION_UNITS),
    ):
        made = telegram.render(message, room)
        request = {"chat_id": 5, words: made.text, entities: [one.to_dict() for one in made.entities]}
        if made.keyboard is not None:
            request["reply_markup"] = made.keyboard.to_dict()
        if method == "sendDocument":
            request["document"] = "BQAC"
        found += [str(fault) for fault in judge(method, request).faults]
    return found


def discord_faults(message: Message) -> Faults:
    """What the published API holds against it, as a new message and as an answer, with embeds and without."""
    found: list[object] = []
    for in_content in (False, True):
        body = discord.render(message, in_content=in_content).body()
        found += discord_judge("POST", "/channels/5/messages", body=body)
        found += discord_judge("PATCH", "/webhooks/5/token/messages/@original", body=body)
    return list(map(str, found))


def console_faults(message: Message) -> Faults:
    """Rows that are too wide, and characters that steer a terminal."""
    found = []
    for width, links in ((80, False), (36, True)):
        fragments = console.render(message, width, name="#12", links=links)
        shown = "".join(text for style, text in fragments if "[ZeroWidthEscape]" not in style)
        for row in shown.split("\n"):
            wide = get_cwidth(row) > width and not {"↗", "⧉"} & set(row)  # what is to be copied is not broken
            found += [f"{get_cwidth(row)} columns of {width}: {row!r}"] if wide else []
            found += _steering(row)
    for row in console.plain(message).split("\n"):
        found += _steering(row)
    return found


def _steering(row: str) -> Faults:
    bad = [
        one for one in row if unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp") or one in "\u202e\u2066"
    ]
    return [f"{bad!r} in {row!r}"] if bad else []


RENDERERS: dict[str, Callable[[Message], Faults]] = {
    "telegram": telegram_faults,
    "discord": discord_faults,
    "console": console_faults,
}


@pytest.mark.parametrize("platform", RENDERERS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(message=messages)
def test_any_message_renders_to_what_the_platform_takes(platform: str, message: Message) -> None:
    assert RENDERERS[platform](message) == []


TEXTS: dict[str, Callable[[Message], str]] = {
    "telegram": lambda message: telegram.render(message).text,
    "discord": lambda message: read(discord.render(message).content),
    "console": console.plain,
}
_PLAIN_WORDS = st.text("abc 0x19.,é🔴", min_size=1, max_size=20).map(lambda text: f"a{text}z")


@pytest.mark.parametrize("platform", TEXTS)
@given(st.lists(st.lists(_PLAIN_WORDS, min_size=1, max_size=4), min_size=1, max_size=6))
def test_what_fits_is_shown_word_for_word(platform: str, lines: list[list[str]]) -> None:
    message = Message(tuple(tuple(Span(text, Style.BOLD) for text in line) for line in lines))
    assert TEXTS[platform](message) == "\n".join("".join(line) for line in lines)
