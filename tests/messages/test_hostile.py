"""Names made by people who mean harm."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.alerts import Reason
from bot.domain.positions import Position
from bot.domain.units import Address, Asset
from bot.messages.atlas import unverified
from bot.messages.compose import Composer
from bot.messages.hostile import NAME_CAP, Name, clean
from bot.messages.model import Message
from bot.messages.rich import UNITS_AT_MOST, text_of, units
from bot.subscriptions import ChatSettings
from tests.messages.samples import (
    ATLAS,
    NOW,
    STRANGE,
    USD,
    USDC,
    WETH,
    alert,
    owed,
    position,
    supplied,
    treasury,
)

J = "\u2060"
EVIL = "<b>*_`[x](http://evil.com)`_*</b>\u202e\u2066@admin /start \u0000\u200b" + "Z" * 10_000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("USDC", "USDC"),
        ("treasury.eth", "treasury.eth"),
        ("a.treasury.eth", f"a{J}.{J}treasury{J}.{J}eth"),
        ("evil.com", f"evil{J}.{J}com"),
        ("@admin", f"@{J}admin"),
        ("/start now", f"/{J}start now"),
        ("https://x.io", f"https{J}:/{J}/{J}x{J}.{J}io"),
        ("\u202eCDSU\u202c", "CDSU"),
        ("US\u200bDC\u00ad", "USDC"),
        ("ＵＳＤＣ", "USDC"),
        ("a\nb\tc   d", "a b c d"),
        ("\u3164\u2800 ", ""),
        ("🔴 CRITICAL · HF 0.5", f"CRITICAL - HF 0{J}.{J}5"),
        ("a" * 10_000, "a" * 31 + "…"),
        ("Z" + "\u0351" * 9, "Z\u0351\u0351"),
    ],
)
def test_what_is_left_of_a_name(name: str, text: str) -> None:
    assert clean(name).text == text


@pytest.mark.parametrize(
    ("name", "mixed"),
    [
        ("USDC", False),
        ("US\u0421C", True),
        ("ЮРА", False),
        ("\u03bfETH", True),
        ("ゲーム金GO", False),
        ("€uro", False),
    ],
)
def test_mixed_alphabets_are_seen(name: str, *, mixed: bool) -> None:
    assert clean(name).mixed is mixed


@given(st.text(max_size=600))
def test_a_clean_name_is_short_visible_and_stays_clean(name: str) -> None:
    made = clean(name).text
    assert len(made.replace(J, "")) <= NAME_CAP
    assert all(char == J or unicodedata.category(char)[0] != "C" for char in made)
    assert clean(made).text == made or "…" in made


@settings(max_examples=50)
@given(st.from_regex(r"[a-z]{1,8}(\.[a-z]{2,4}){1,3}", fullmatch=True))
def test_no_dot_is_left_between_letters_but_of_a_plain_ens_name(name: str) -> None:
    made = clean(name).text
    assert made == name if name.endswith(".eth") and name.count(".") == 1 else f".{J}" in made


def test_an_unknown_token_is_never_called_by_its_bare_symbol() -> None:
    assert ATLAS.symbol(USDC) == "USDC"
    assert ATLAS.symbol(STRANGE) == "“USDC” (unverified)"
    assert unverified(Name("US\u0421C", mixed=True)) == "“US\u0421C” (unverified, mixed alphabets)"
    assert unverified(clean("\u200b")) == "a token without a name"


def hostile_position(symbol: str, label: str = "") -> Position:
    token = Asset(1, Address("0x2222222222222222222222222222222222222222"), symbol, 18)
    return position(
        supplied(token, 10**20, 3000 * USD), owed(USDC, 200_000 * 10**6, USD), emode=3, label=label
    )


def whole(message: Message) -> str:
    labels = "\n".join(button.label for row in message.buttons for button in row)
    return "\n".join((text_of(message.lines), text_of(message.details), labels))


def test_a_token_name_with_markup_bidi_marks_and_ten_thousand_characters() -> None:
    message = Composer(ATLAS).alert(
        alert(hostile_position(EVIL, EVIL), title=EVIL), ChatSettings(), repeated=True, now=NOW
    )
    text = whole(message)
    assert units(text) <= 4096
    for bad in ("\u202e", "\u2066", "\u0000", "\u200b", "evil.com", "@admin", "/start", "Z" * 40):
        assert bad not in text
    assert "(unverified)" in text
    assert "Wallet 0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045" in text


@given(st.text(max_size=200), st.text(max_size=200), st.sampled_from(list(Reason)))
def test_any_name_gives_a_bounded_alert(symbol: str, title: str, reason: Reason) -> None:
    one = alert(hostile_position(symbol, title), reason, title=title)
    message = Composer(ATLAS).alert(one, ChatSettings(), repeated=False, now=NOW)
    assert units(text_of(message.lines)) + units(text_of(message.details)) < UNITS_AT_MOST
    assert "\n" not in "".join(span.text for line in message.lines + message.details for span in line)


def test_a_position_of_200_assets_loses_details_before_words() -> None:
    token = [Asset(1, Address(f"0x{i:040x}"), "T" * 40, 18) for i in range(200)]
    parts = [supplied(one, 10**18, USD) for one in token]
    many = position(*parts, owed(USDC, 100 * 10**6, USD))
    message = Composer(ATLAS).alert(alert(many), ChatSettings(), repeated=False, now=NOW)
    assert units(text_of(message.lines)) + units(text_of(message.details)) <= UNITS_AT_MOST
    assert text_of(message.lines).startswith("🔴 CRITICAL · treasury.eth")
    assert text_of(message.details[-1:]).startswith("… and 1")


def test_braces_in_names_are_no_template() -> None:
    message = Composer(ATLAS).alert(
        alert(treasury(), title="{x} {0} }{"), ChatSettings(), repeated=False, now=NOW
    )
    assert "{x} {0} }{" in text_of(message.lines)
    assert WETH.symbol in text_of(message.lines)
