"""Every form's words, through the real desk, do what the typed line does; what is suggested fits."""

from dataclasses import replace
from typing import Final

import pytest

from bot.errors import StoreError
from bot.messages.answers import Answer, Fault
from bot.messages.model import Ask, parse_press
from bot.ports import Person
from bot.subscriptions import ChatSettings, Quiet
from handlers.commands.command import Command, Form, Kind
from handlers.commands.suggest import AT_MOST, LONGEST, SOURCES
from handlers.commands.table import COMMANDS
from tests.handlers.commands.stand import CODE, EMPTY, SAVER, Stand
from tests.messages.samples import WALLET

TYPED: Final[dict[tuple[str, str], tuple[dict[str, str], str]]] = {
    ("watch", "wallet"): ({"address": SAVER, "label": "cold one"}, f"/watch {SAVER} cold one"),
    ("watch", "price"): (
        {"asset": "ETH", "direction": "below", "price": "2500", "market": "core"},
        "/watch ETH below 2500 core",
    ),
    ("watch", "moves"): ({"asset": "ETH", "percent": "5%", "market": "core"}, "/watch ETH moves 5% core"),
    ("unwatch", ""): ({"watch": "1"}, "/unwatch 1"),
    ("wallets", ""): ({"page": "1"}, "/wallets 1"),
    ("position", ""): ({"wallet": "1", "market": "core"}, "/position 1 core"),
    ("rules", "show"): ({}, "/rules"),
    ("rules", "health"): ({"watch": "1", "levels": "1.5 1.2"}, "/rules 1 hf 1.5 1.2"),
    ("rules", "distance"): ({"watch": "1", "levels": "20% 10%"}, "/rules 1 distance 20% 10%"),
    ("rules", "changed"): ({"watch": "1"}, "/rules 1 changed"),
    ("rules", "liquidated"): ({"watch": "1", "switch": "off"}, "/rules 1 liquidated off"),
    ("rules", "closed"): ({"watch": "1", "switch": "off"}, "/rules 1 closed off"),
    ("rules", "above"): ({"watch": "2", "price": "4000"}, "/rules 2 above 4000"),
    ("rules", "below"): ({"watch": "2", "price": "off"}, "/rules 2 below off"),
    ("rules", "moves"): ({"watch": "2", "percent": "5%", "time": "2h"}, "/rules 2 moves 5% 2h"),
    ("mute", ""): ({"watch": "all", "time": "2h"}, "/mute all 2h"),
    ("unmute", ""): ({"watch": "1"}, "/unmute 1"),
    ("price", ""): ({"asset": "ETH"}, "/price ETH"),
    ("help", ""): ({"command": "watch"}, "/help watch"),
    ("start", ""): ({}, "/start"),
    ("settings", "show"): ({}, "/settings"),
    ("settings", "target"): ({"value": "1.7"}, "/settings target 1.7"),
    ("settings", "locale"): ({"value": "de"}, "/settings locale de"),
    ("settings", "timezone"): ({"value": "Europe/Berlin"}, "/settings timezone Europe/Berlin"),
    ("settings", "amounts"): ({"value": "off"}, "/settings amounts off"),
    ("settings", "quiet"): ({"hours": "22:00 - 7:30"}, "/settings quiet 22:00-07:30"),
    ("settings", "override"): ({"critical": "off"}, "/settings quiet critical off"),
    ("settings", "reminders"): ({"pace": "fast"}, "/settings reminders fast"),
    ("settings", "grouping"): ({"value": "off"}, "/settings grouping off"),
    ("settings", "ping"): ({"role": "off"}, "/settings ping off"),
    ("settings", "alerts"): ({"where": "here", "severity": "critical"}, "/settings alerts critical here"),
    ("settings", "escalate"): ({"where": CODE, "after": "15m"}, f"/settings escalate {CODE} 15m"),
    ("settings", "editors"): ({"who": "everyone"}, "/settings editors everyone"),
    ("settings", "editor"): ({"action": "add", "who": "42"}, "/settings editor add telegram/42"),
    ("board", ""): ({"page": "1"}, "/board 1"),
    ("owner", "show"): ({"name": "fund"}, "/owner fund"),
    ("owner", "add"): ({"name": "fund", "wallets": f"1 {SAVER}"}, f"/owner fund 1 {SAVER}"),
    ("owner", "remove"): ({"name": "fund"}, "/owner fund remove"),
    ("whatif", ""): ({"position": "1", "changes": "ETH -20%, 30d"}, "/whatif 1 ETH -20%, 30d"),
    ("simulate", ""): (
        {"collateral": "10 ETH + 1 WBTC", "debt": "5k USDC", "terms": "lt=0.8 as demo"},
        "/simulate 10 ETH + 1 WBTC vs 5k USDC lt=0.8 as demo",
    ),
    ("mirror", ""): (
        {"wallet": WALLET, "scale": "x0.1", "mode": "frozen", "label": "as small"},
        f"/mirror {WALLET} x0.1 frozen as small",
    ),
    ("edit", ""): ({"watch": "1", "changes": "as main"}, "/edit 1 as main"),
    ("clone", ""): ({"watch": "1", "changes": "repay 1k USDC"}, "/clone 1 repay 1k USDC"),
    ("loop", ""): (
        {"amount": "10 ETH", "goal": "2x", "terms": "vs USDT fee 0.1%"},
        "/loop 10 ETH 2x vs USDT fee 0.1%",
    ),
    ("chart", ""): ({"what": "ETH", "time": "7d"}, "/chart ETH 7d"),
    ("inflows", "show"): ({}, "/inflows"),
    ("inflows", "on"): ({}, "/inflows on"),
    ("inflows", "add"): ({"filter": "USDT, Binance 50m in 24h"}, "/inflows USDT, Binance 50m in 24h"),
    ("inflows", "digest"): (
        {"every": "hourly", "exchange": "Coinbase Prime"},
        "/inflows digest hourly Coinbase Prime",
    ),
    ("inflows", "off"): ({}, "/inflows off"),
    ("flows", ""): ({"asset": "ETH", "window": "7d", "exchange": "OKX"}, "/flows ETH 7d OKX"),
    ("who", ""): ({"address": "1"}, "/who 1"),
    ("label", "set"): (
        {"address": SAVER, "exchange": "Coinbase Prime", "kind": "cold"},
        f"/label {SAVER} Coinbase Prime cold",
    ),
    ("label", "list"): ({}, "/label list"),
    ("label", "remove"): ({"address": WALLET}, f"/label remove {WALLET}"),
    ("replay", ""): (
        {"over": "gap", "what": "1", "rules": "hf 1.3 vs hf 1.1"},
        "/replay 1 gap hf 1.3 vs hf 1.1",
    ),
    ("story", ""): ({"who": "1", "cost": "cost 3105.5"}, "/story 1 cost 3105.5"),
    ("connect", ""): ({"end": "off"}, "/connect off"),
    ("export", "list"): ({}, "/export list"),
    ("export", "all"): ({}, "/export"),
}
FORMS = [
    pytest.param(command, form, id=f"{command.name}.{form.name}")
    for command in COMMANDS
    for form in command.forms
]
WORDY = [one for one in FORMS if all(option.kind is Kind.TEXT for option in one.values[1].options)]
"""Without those that take a file or lines: see the tests of lists."""


async def busy() -> Stand:
    """Two watches: 1 = treasury, 2 = the price of ETH; quiet hours, and a code of another chat."""
    stand = Stand()
    stand.names.table["vitalik.eth"] = EMPTY
    await stand.ask(f"/watch {WALLET} treasury")
    await stand.ask("/watch ETH below 2500")
    await stand.ask(f"/label {WALLET} Binance hot")
    stand.book.watches[0] = replace(stand.book.watches[0], owner="fund")
    stand.book.chosen["telegram/7"] = ChatSettings(quiet=Quiet(0, 60))
    await stand.book.offer_place(CODE, "discord/c5", "discord/s1", 900)
    return stand


async def outcome(text: str) -> tuple[Answer | None, list[object]]:
    stand = await busy()
    answer = await stand.hears(stand.request(text))
    return answer, [stand.book.watches, stand.book.chosen]


@pytest.mark.parametrize(("command", "form"), WORDY)
async def test_the_words_of_a_form_do_what_the_typed_line_does(command: Command, form: Form) -> None:
    values, typed = TYPED[command.name, form.name]
    assert set(values) <= {one.name for one in form.options}
    assert {one.name for one in form.options if one.required} <= set(values)
    by_form, by_hand = await outcome(f"/{command.name} {form.words(values)}"), await outcome(typed)
    assert not isinstance(by_form[0], Fault), by_form
    assert by_form == by_hand


@pytest.mark.parametrize(("command", "form"), FORMS)
async def test_every_sample_is_an_input_that_works(command: Command, form: Form) -> None:
    price = command.name == "rules" and form.name in {"above", "below", "moves"}
    stand = await busy()
    for one in form.options:
        assert one.sample or not one.required or one.kind is not Kind.TEXT, one.name
        assert not one.choices or one.sample in {"", *one.choices}
    words = form.sample().replace("1", "2", 1) if price else form.sample()
    if words.endswith("above 2500"):
        words = words.replace("2500", "4500")
    answer = await stand.hears(stand.request(f"/{command.name} {words}"))
    assert not isinstance(answer, Fault), (words, answer)


@pytest.mark.parametrize(("command", "form"), FORMS)
def test_a_form_is_one_that_discord_takes(command: Command, form: Form) -> None:
    """Names of 1 to 32 small letters, descriptions of 1 to 100 characters, required options first."""
    for name in (command.name, form.name or "x", *(one.name for one in form.options)):
        assert name.isascii()
        assert name.islower()
        assert name.isalpha()
        assert len(name) <= 32
    for text in (command.summary, form.summary, *(one.summary for one in form.options)):
        assert 1 <= len(text) <= 100, text
    required = [one.required for one in form.options]
    assert required == sorted(required, reverse=True)
    assert len(form.options) <= 25
    assert len(command.forms) <= 25
    assert len({one.name for one in form.options}) == len(form.options)
    assert all(len(one.choices) <= 25 for one in form.options)


def test_several_forms_all_have_names_and_one_needs_none() -> None:
    for command in COMMANDS:
        names = [form.name for form in command.forms]
        assert len(set(names)) == len(names)
        assert "" not in names or len(names) == 1


# ---- suggestions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    sorted({one.source for command in COMMANDS for form in command.forms for one in form.options} - {""}),
)
async def test_every_source_that_an_option_names_suggests(source: str) -> None:
    stand = await busy()
    found = await stand.desk.suggest(stand.request(), source, "")
    assert 0 < len(found) <= AT_MOST
    for one in found:
        assert 0 < len(one.value) <= LONGEST
        assert 0 < len(one.label) <= LONGEST


NEAR = [
    ("watch", "treasury", "1"),
    ("watch", "trasury", "1"),
    ("watch", "0xd8d", "1"),
    ("watch", "#2", "2"),
    ("watch", "eth", "2"),
    ("watch_or_all", "al", "all"),
    ("asset", "usd", "USDC"),
    ("asset", "wet", "WETH"),
    ("market", "ethereum", "ethereum"),
    ("market", "aave v3", "ethereum"),
    ("chain", "eth", "ethereum"),
    ("command", "pos", "position"),
    ("command", "/pos", "position"),
    ("command", "liquidation price", "position"),
    ("rule", "dist", "distance"),
    ("timezone", "berlin", "Europe/Berlin"),
    ("timezone", "europe/berln", "Europe/Berlin"),
    ("locale", "german", "de"),
    ("locale", "de", "de"),
    ("duration", "8", "8h"),
]


@pytest.mark.parametrize(("source", "typed", "first"), NEAR)
async def test_the_nearest_comes_first(source: str, typed: str, first: str) -> None:
    stand = await busy()
    found = await stand.desk.suggest(stand.request(), source, typed)
    assert found[0].value == first, found[:5]


async def test_suggestions_are_for_those_who_are_let_in_and_of_their_own_home() -> None:
    stand = await busy()
    stranger = stand.request(person=Person("telegram/666"))
    for source in SOURCES:
        assert await stand.desk.suggest(stranger, source, "") == ()
    other = replace(stand.request(), place=replace(stand.request().place, chat="8"))
    assert await stand.desk.suggest(other, "watch", "") == ()


async def test_suggesting_never_raises_and_never_floods() -> None:
    stand = await busy()
    assert await stand.desk.suggest(stand.request(), "no such source", "x") == ()
    assert await stand.desk.suggest(stand.request(), "exchange", "bittrex") == ()
    for typed in ("\u0000", "x" * 10_000, "%s{}\\", "🦄"):
        assert len(await stand.desk.suggest(stand.request(), "timezone", typed)) <= AT_MOST

    async def away(_home: str) -> tuple[()]:
        raise StoreError("away")

    stand.book.of = away  # type: ignore[method-assign]
    assert await stand.desk.suggest(stand.request(), "watch", "") == ()
    stand.prices = None  # type: ignore[assignment]
    stand.book.of = None  # type: ignore[method-assign, assignment]
    assert await stand.desk.suggest(stand.request(), "watch", "") == ()


async def test_a_hostile_label_is_shown_tamed() -> None:
    stand = await busy()
    stand.book.watches[0] = replace(stand.book.watches[0], label="\u202eevil\u0000" + "x" * 200)
    (first, *_) = await stand.desk.suggest(stand.request(), "watch", "")
    assert first.label.startswith("#1 evilx")
    assert len(first.label) <= LONGEST


# ---- buttons that ask -----------------------------------------------------------------------------------


async def test_a_button_that_asks_is_answered_with_what_to_type() -> None:
    stand = Stand()
    message = await stand.message(stand.request("/start"))
    assert message is not None
    (ask,) = [button for row in message.buttons for button in row if isinstance(button.action, Ask)]
    assert ask.action == Ask("watch.wallet")
    press = parse_press(ask.action.data())
    assert press is not None
    flash, (told,) = await stand.press(ask.action.data())
    assert flash == ""
    assert f"Type it, like this: /watch {WALLET} main wallet" in told
    assert not isinstance(await stand.hears(stand.request(f"/watch {WALLET} main wallet")), Fault)


def test_a_file_is_no_word() -> None:
    found = [form for command in COMMANDS for form in command.forms]
    files = [(form, one) for form in found for one in form.options if one.kind is Kind.FILE]
    assert files
    for form, one in files:
        assert form.words({one.name: "a.csv"}) == form.start
