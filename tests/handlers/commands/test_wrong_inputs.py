"""Wrong inputs: each answer names the wrong part, and its example, executed, succeeds."""

import pytest

from bot.domain.units import Address
from bot.messages.answers import Fault
from bot.messages.faults import PROBLEMS
from bot.subscriptions import WalletTarget, Watch
from handlers.commands.command import WATCHES_AT_MOST
from tests.handlers.commands.stand import SAVER, Stand
from tests.messages.samples import WALLET

BAD_SUM = WALLET[:-1] + "a"

WRONG = [
    ("/wach 0x12", "unknown_command", "/wach"),
    ("hello", "unknown_command", "hello"),
    ("/watch", "missing_address", ""),
    (f"/watch {BAD_SUM}", "bad_checksum", BAD_SUM),
    (BAD_SUM, "bad_checksum", BAD_SUM),
    ("/watch 0x1234", "address_length", "0x1234"),
    ("/watch 0xZZdA6BF26964aF9D7eEd9e03E53415D37aA96045", "address_digits", "0xZZ"),
    (f"/position 0x{'ab' * 32}", "transaction_hash", "0xabab"),
    ("/watch nobody.eth", "unknown_name", "nobody.eth"),
    ("/watch a..eth", "not_a_name", "a..eth"),
    ("/watch treasure", "not_an_address", "treasure"),
    (f"/watch {SAVER} {'x' * 33}", "label_too_long", "x" * 33),
    (f"/watch {SAVER} 12", "label_is_number", "12"),
    (f"/watch {SAVER} treasury", "label_taken", "treasury"),
    (f"/watch {SAVER} below 0.99", "label_is_condition", "below 0.99"),
    ("/watch USDC.x below 0.99", "unknown_asset", "USDC.x"),
    (f"/watch {SAVER} \u200b", "label_invisible", ""),
    ("/watch ETH", "missing_level", "ETH"),
    ("/watch ETH under 2500", "not_a_direction", "under"),
    ("/watch ETH below lots", "not_a_price", "lots"),
    ("/watch ETH below 9000", "price_is_there", "9000"),
    ("/watch ETH above 3040", "price_is_there", "3040"),
    ("/watch ETH above", "missing_level", "above"),
    ("/watch ETH moves", "missing_level", "moves"),
    ("/watch ETH moves 5x", "not_a_percent", "5x"),
    ("/watch ETH moves 5% 3moons", "not_a_duration", "3moons"),
    ("/watch ETHH below 2500", "unknown_asset", "ETHH"),
    ("/watch ETH below 2500 etherium", "unknown_market", "etherium"),
    ("/watch ETH below 2500 core please", "extra_words", "please"),
    ("/unwatch", "missing_watch", ""),
    ("/unwatch 9", "no_such_watch", "9"),
    ("/unwatch treasry", "no_such_watch", "treasry"),
    ("/position", "missing_address", ""),
    ("/position treasry", "not_an_address", "treasry"),
    ("/position 1 moon", "unknown_market", "moon"),
    ("/position 1 core now", "extra_words", "now"),
    ("/price", "missing_asset", ""),
    ("/price DOGE", "unknown_asset", "DOGE"),
    ("/price ETH core now", "extra_words", "now"),
    ("/rules 7", "no_such_watch", "7"),
    ("/rules 1 hff 1.5", "unknown_rule", "hff"),
    ("/rules 1 hf", "missing_value", "hf"),
    ("/rules 1 hf low", "not_a_health_factor", "low"),
    ("/rules 1 hf 1.5 0", "not_a_health_factor", "0"),
    ("/rules 1 hf 1 2 3 4 5 6 7 8 9 10 11", "too_many_levels", "11"),
    ("/rules 1 distance 120%", "not_a_percent", "120%"),
    ("/rules 1 changed lots", "not_an_amount", "lots"),
    ("/rules 1 liquidated maybe", "not_on_or_off", "maybe"),
    ("/rules 1 hf off now", "extra_words", "now"),
    ("/rules 1 above 4000", "wrong_kind", "above"),
    ("/rules 2 hf 1.5", "wrong_kind", "hf"),
    ("/rules 2 below soon", "not_a_price", "soon"),
    ("/mute", "missing_mute", ""),
    ("/mute 1 soon", "not_a_duration", "soon"),
    ("/mute all 0h", "not_a_duration", "0h"),
    ("/mute 5", "no_such_watch", "5"),
    ("/unmute", "missing_watch", ""),
    ("/settings tarqet 1.6", "unknown_setting", "tarqet"),
    ("/settings target", "missing_value", "target"),
    ("/settings target 0.9", "target_out_of_range", "0.9"),
    ("/settings locale klingon", "unknown_locale", "klingon"),
    ("/settings timezone Berlin/Europe", "unknown_timezone", "Berlin/Europe"),
    ("/settings reminders maybe", "not_a_pace", "maybe"),
    ("/settings amounts some", "not_auto_on_off", "some"),
    ("/settings grouping maybe", "not_on_or_off", "maybe"),
    ("/settings grouping on please", "extra_words", "please"),
    ("/settings quiet always", "not_hours", "always"),
    ("/settings quiet 22:00-25:00", "not_hours", "22:00-25:00"),
    ("/settings quiet 22:00-22:00", "not_hours", "22:00-22:00"),
    ("/settings quiet 22:70-7:00", "not_hours", "22:70-7:00"),
    ("/settings quiet critical on", "no_quiet_hours", "critical"),
    ("/settings ping <@&5>", "ping_elsewhere", "<@&5>"),
    ("/settings editors nobody", "not_editors", "nobody"),
    ("/settings editor", "missing_value", "editor"),
    ("/settings editor invite 5", "not_add_or_remove", "invite"),
    ("/settings editor add", "missing_editor", "add"),
    ("/settings editor add @ada", "not_a_person", "@ada"),
    ("/settings editor add discord/5", "not_a_person", "discord/5"),
    ("/settings editor remove 5", "no_such_editor", "5"),
    ("/settings alerts there", "no_such_code", "there"),
    ("/settings alerts critical", "missing_value", "critical"),
    ("/settings alerts here there", "extra_words", "there"),
    ("/settings alerts critical warning here", "extra_words", "here"),
    ("/settings escalate there 10m", "not_here_or_code", "there"),
    ("/settings escalate here soon", "not_a_duration", "soon"),
    ("/settings escalate here 5s", "escalate_out_of_range", "5s"),
    ("/connect now", "extra_words", "now"),
    ("/wallets all", "not_a_page", "all"),
    ("/wallets 2", "not_a_page", "2"),
    ("/wallets 0", "not_a_page", "0"),
    ("/wallets 1 2", "extra_words", "2"),
    ("/status now", "extra_words", "now"),
    ("/why not", "extra_words", "not"),
    ("/help wach", "unknown_command", "wach"),
    ("/forget me", "extra_words", "me"),
]


@pytest.fixture
async def busy(stand: Stand) -> Stand:
    """Three watches: 1 = treasury, 2 = the price of ETH, 3 = treasury.eth's neighbour without a label."""
    await stand.ask(f"/watch {WALLET} treasury")
    await stand.ask("/watch ETH below 2500")
    await stand.ask("/watch 0x00000000219ab540356cBB839Cbe05303d7705Fa")
    return stand


@pytest.mark.parametrize(("text", "problem", "wrong"), WRONG, ids=[text[:40] for text, _, _ in WRONG])
async def test_each_wrong_input_is_told_apart_and_its_example_works(
    busy: Stand, text: str, problem: str, wrong: str
) -> None:
    fault = await busy.desk.answer(busy.request(text))
    assert isinstance(fault, Fault)
    assert fault.problem == problem
    assert fault.wrong.startswith(wrong)
    assert fault.example
    told = await busy.ask(text)
    assert fault.example in told
    if wrong:
        assert "“" in told
    again = await busy.desk.answer(busy.request(fault.example))
    assert not isinstance(again, Fault), (fault.example, again)


async def test_with_nothing_watched_the_example_still_works(stand: Stand) -> None:
    for text in (
        "/unwatch",
        "/unwatch 1",
        "/rules",
        "/rules 1",
        "/mute 1 2h",
        "/position",
        "/unmute treasury",
    ):
        fault = await stand.desk.answer(stand.request(text))
        assert isinstance(fault, Fault), text
        fresh = Stand()
        again = await fresh.desk.answer(fresh.request(fault.example))
        assert not isinstance(again, Fault), (text, fault.example)


async def test_nearest_words_are_offered(busy: Stand) -> None:
    assert "Did you mean /watch" in await busy.ask("/wach 0x12")
    assert "Did you mean treasury" in await busy.ask("/unwatch treasry")
    assert "Did you mean Europe/Berlin" in await busy.ask("/settings timezone Europe/Berln")
    assert "Did you mean WETH" in await busy.ask("/price WETHH")


async def test_a_chat_is_full_one_day(stand: Stand) -> None:
    await stand.book.add_many(
        [
            Watch("", 0, "telegram/7", WalletTarget(Address(f"0x{number:040x}")), ())
            for number in range(WATCHES_AT_MOST)
        ]
    )
    fault = await stand.desk.answer(stand.request(f"/watch {WALLET}"))
    assert isinstance(fault, Fault)
    assert (fault.problem, fault.wrong) == ("too_many_watches", WALLET)
    assert not isinstance(await stand.desk.answer(stand.request(fault.example)), Fault)


async def test_a_watch_takes_ten_rules(stand: Stand) -> None:
    for level in range(2500, 2510):
        await stand.ask(f"/watch ETH below {level}")
    fault = await stand.desk.answer(stand.request("/watch ETH below 2400"))
    assert isinstance(fault, Fault)
    assert fault.problem == "too_many_rules"
    assert not isinstance(await stand.desk.answer(stand.request(fault.example)), Fault)


async def test_a_silent_chain_and_a_bug_are_answered_and_change_nothing(stand: Stand) -> None:
    stand.positions.away = True
    assert await stand.ask(f"/position {WALLET}") == (
        "The chain does not answer just now. Nothing is lost; try again in a minute."
    )
    stand.positions.wallets = None  # type: ignore[assignment]
    stand.positions.away = False
    assert "That was my mistake" in await stand.ask(f"/position {WALLET}")


def test_every_problem_that_commands_name_has_words() -> None:
    used = {problem for _, problem, _ in WRONG} | {"too_many_watches", "too_many_rules", "no_watches"}
    assert used <= set(PROBLEMS)
