"""What commands do and what people read of it."""

import json
from dataclasses import replace

from bot.domain.rules import ChangedRule, HealthRule, PriceRule
from bot.domain.units import WAD
from bot.messages.answers import NoDebt, NothingThere, PositionShown, WatchAdded
from bot.messages.facts import facts
from bot.messages.rich import text_of
from bot.ports import Elsewhere, Person, WalletSeen
from bot.subscriptions import PriceTarget
from handlers.commands.table import COMMANDS
from tests.handlers.commands.stand import EMPTY, OLD, SAVER, Stand, presses, saver
from tests.messages.samples import NOW, USD, USDC, WALLET, price, treasury

TOTALS = "Debt $412k · collateral $743k · Aave v3 Ethereum · block 24,100,233, 9 s old"


async def test_watching_a_wallet_says_how_it_stands_and_where_the_first_alert_lies(stand: Stand) -> None:
    message = await stand.message(stand.request(f"/watch {WALLET.lower()} treasury"))
    assert message is not None
    assert text_of(message.lines).split("\n") == [
        "Watching #1 treasury",
        WALLET,
        "Aave v3 Ethereum · HF 1.49 · debt $412k · collateral $743k",
        "It is below 1.50 already: the first alert comes with the next block",
    ]
    assert presses(message)["Test alert"] == "1|test|1"
    assert not message.silent


async def test_the_first_alert_is_given_as_a_price_where_one_asset_decides(stand: Stand) -> None:
    await stand.ask(f"/watch {WALLET}")
    told = await stand.ask("/rules 1 hf 1.3")
    assert told == "#1 0xd8dA…6045\nAlert when the health factor falls below 1.30"
    await stand.ask("/unwatch 1")
    stand.positions.wallets[WALLET] = stand.positions.wallets.pop(SAVER)
    assert "the first alert comes if it borrows" in await stand.ask(f"/watch {WALLET}")


async def test_the_first_alert_of_a_healthy_position(stand: Stand) -> None:
    stand.positions.wallets[WALLET] = WalletSeen((treasury(5000 * USD),))
    told = await stand.ask(f"/watch {WALLET}")
    assert told.endswith("First alert below HF 1.50: if ETH falls 14.8 %, to $4,260")


async def test_a_name_is_resolved_and_kept(stand: Stand) -> None:
    assert (await stand.ask("/watch treasury.eth")).startswith(f"Watching #1 treasury.eth\n{WALLET}\n")


async def test_watching_twice_changes_nothing_but_a_label(stand: Stand) -> None:
    await stand.ask(f"/watch {WALLET}")
    assert await stand.ask(f"/watch {WALLET}") == "I watch that already: #1 0xd8dA…6045"
    assert await stand.ask(f"/watch {WALLET} big one") == "Renamed: #1 big one"
    assert len(stand.book.watches) == 1


async def test_an_unreadable_wallet_is_watched_all_the_same(stand: Stand) -> None:
    stand.positions.away = True
    assert "I cannot read it just now; I keep trying" in await stand.ask(f"/watch {WALLET}")
    assert len(stand.book.watches) == 1


async def test_debt_no_debt_and_nothing_are_three_answers(stand: Stand) -> None:
    assert isinstance(await stand.desk.answer(stand.request(f"/position {WALLET}")), PositionShown)
    assert isinstance(await stand.desk.answer(stand.request(f"/position {SAVER}")), NoDebt)
    assert isinstance(await stand.desk.answer(stand.request(f"/position {EMPTY}")), NothingThere)
    assert (await stand.ask(f"/position {WALLET}")).split("\n")[2:] == [
        "Aave v3 Ethereum · HF 1.49",
        "ETH must fall 33.1 % more, to $2,840 (now $4,250)",
        "Fix: repay 952.2 USDC  or  add 0.4049 WETH  -> HF 1.50",
        TOTALS,
    ]
    assert "It owes nothing in the markets I read" in await stand.ask(f"/position {SAVER}")
    assert (await stand.ask(f"/position {EMPTY}")).endswith(
        "No position in any market I read: nothing supplied, nothing owed"
    )


async def test_never_a_false_all_clear(stand: Stand) -> None:
    assert (await stand.ask(f"/position {OLD}")).split("\n")[2:] == [
        "No position in the markets that answered",
        "It also has a position with debt in Aave v2 Ethereum, which I do not watch yet",
        "Not readable now, so unknown: Aave v3 Base",
    ]


async def test_nothing_owed_is_said_only_where_it_is_known(stand: Stand) -> None:
    v4 = Elsewhere("Aave V4", has_debt=True)
    clear = "Nothing is owed in the markets I watch: the first alert comes if it borrows there"
    for seen, known in (
        (WalletSeen(()), True),
        (WalletSeen((), (replace(v4, has_debt=False),)), True),
        (WalletSeen((), (v4,)), False),
        (WalletSeen((), (), ("Aave v3 Base",)), False),
        (WalletSeen((saver(),), (), ("Aave v3 Base",)), False),
    ):
        stand.positions.wallets[EMPTY] = seen
        told = await stand.ask(f"/watch {EMPTY}")
        assert (clear in told) is known, seen
        assert ("No position yet" in told) is (not seen.positions and not seen.unread), seen
        await stand.ask("/unwatch 1")


async def test_the_list_leaves_out_no_debt_and_no_blindness(stand: Stand) -> None:
    v4 = Elsewhere("Aave V4", has_debt=True)
    one, two = ("Aave v3 Base",), ("Aave v3 Base", "Aave v3 Linea")
    await stand.ask(f"/watch {WALLET} it")
    for seen, state in (
        (WalletSeen((), (v4,)), "debt in Aave V4, not watched"),
        (WalletSeen((saver(),), (v4,)), "debt in Aave V4, not watched"),
        (WalletSeen((), (replace(v4, has_debt=False),)), "no position"),
        (WalletSeen((saver(),), (), one), "Aave v3 Base not readable now"),
        (
            WalletSeen((treasury(),), (v4,), two),
            (
                "HF 1.07 · debt $412k · Aave v3 Ethereum · debt in Aave V4, not watched"
                " · 2 markets not readable now"
            ),
        ),
    ):
        stand.positions.wallets[WALLET] = seen
        assert await stand.ask("/wallets") == f"#1 it · {state}"


async def test_a_pasted_address_offers_to_be_watched(stand: Stand) -> None:
    message = await stand.message(stand.request(WALLET))
    assert message is not None
    assert text_of(message.lines).split("\n")[-1] == "Shall I watch it?"
    data = presses(message)["Watch it"]
    assert data == f"1|watch|{WALLET}"
    flash, followed = await stand.press(data)
    assert flash == ""
    assert followed[0].startswith("Watching #1")
    assert (await stand.ask("treasury.eth")).endswith("I watch it as #1")


async def test_the_list_shows_each_watch_and_its_state(stand: Stand) -> None:
    assert "I watch nothing here yet" in await stand.ask("/wallets")
    await stand.ask(f"/watch {WALLET} treasury")
    await stand.ask("/watch ETH below 2500")
    await stand.ask(f"/watch {SAVER}")
    await stand.ask(f"/watch {EMPTY}")
    await stand.ask("/mute 4 2h")
    assert (await stand.ask("wallets")).split("\n") == [
        "#1 treasury · HF 1.49 · debt $412k · Aave v3 Ethereum",
        "#2 ETH price, Aave v3 Ethereum · $3,040",
        "#3 0x47ac…D503 · no debt",
        "#4 0x0000…05Fa · no position · muted until 21 Sep 2026, 16:13 UTC",
    ]


async def test_price_watches(stand: Stand) -> None:
    assert await stand.ask("/watch ETH below 2.5k") == (
        "Watching #1 ETH price, Aave v3 Ethereum\n"
        "ETH $3,040 · Aave v3 Ethereum · block 24,100,233, 9 s old\n"
        "Alert when ETH falls to $2,500"
    )
    assert "moves by 5 % within 1 h" in await stand.ask("/watch weth moves 5%")
    assert await stand.ask("/rules 1") == (
        "#1 ETH price, Aave v3 Ethereum\n"
        "  Alert when ETH falls to $2,500\n"
        "  Alert when ETH moves by 5 % within 1 h\n"
        "Change one: /rules 1 moves 5% 1h"
    )
    assert "Switched off: price below" in await stand.ask("/rules 1 below off")
    assert [rule.key for rule in stand.book.watches[0].rules] == ["price_moved_500_3600"]
    assert "rises to $4,000" in await stand.ask("/rules 1 above 4,000")
    assert len(stand.book.watches) == 1
    rule = stand.book.watches[0].rules[1]
    assert isinstance(rule, PriceRule)
    assert rule.level == 4000 * USD


async def test_a_price_may_be_of_a_symbol_with_a_dot_or_of_a_tokens_address(stand: Stand) -> None:
    bridged = replace(USDC, symbol="USDC.e", address=EMPTY)
    stand.prices.known = (*stand.prices.known, price(bridged, USD))
    stand.names.table["usdc.e"] = SAVER
    assert "falls to $0.9900" in await stand.ask("/watch USDC.e below 0.99")
    assert "rises to $1.0100" in await stand.ask("/watch usdc.e above 1.01")
    assert "falls to $0.9000" in await stand.ask(f"/watch {EMPTY.lower()} below 0.9")
    (watch,) = stand.book.watches
    assert watch.target == PriceTarget("ethereum", bridged)
    assert len(watch.rules) == 3


async def test_an_unverified_token_is_named_so(stand: Stand) -> None:
    assert (await stand.ask("/price USDC")).split("\n") == [
        "USDC $1.0000 · Aave v3 Ethereum · block 24,100,233, 9 s old",
        "“USDC” (unverified) $2.0000 · elsewhere · block 24,100,233, 9 s old",
    ]


async def test_rules_of_a_wallet(stand: Stand) -> None:
    await stand.ask(f"/watch {WALLET}")
    assert (await stand.ask("/rules 1")).split("\n") == [
        "#1 0xd8dA…6045",
        "  Alert when the health factor falls below 1.50, 1.25, 1.10, 1.05, 1.00",
        "  Alert when it is liquidated",
        "  Tell when the position is closed",
        "Change one: /rules 1 hf 1.5 1.2 1.05",
    ]
    await stand.ask("/rules 1 hf 1.05 1.5 1.2 1.5")
    assert stand.book.watches[0].rules[-1] == HealthRule(
        (150 * WAD // 100, 120 * WAD // 100, 105 * WAD // 100)  # type: ignore[arg-type]
    )
    assert "nearer than 20 %, 10 %" in await stand.ask("/rules 1 distance 10% 20%")
    assert "worth $1,000 or more" in await stand.ask("/rules 1 changed $1,000")
    assert ChangedRule(1000) in stand.book.watches[0].rules
    assert "every change" in await stand.ask("/rules 1 changed")
    for name in ("hf", "distance", "changed", "liquidated", "closed"):
        told = await stand.ask(f"/rules 1 {name} off")
    assert told.endswith("No rule is left: this watch says nothing")
    assert "1.50, 1.25" in await stand.ask("/rules 1 hf default")


async def test_a_mute_has_an_end_and_can_end_early(stand: Stand) -> None:
    await stand.ask(f"/watch {WALLET}")
    assert (await stand.ask("/mute 1 2h")).startswith("#1 0xd8dA…6045 is muted until 21 Sep 2026, 16:13 UTC")
    assert stand.book.watches[0].muted_until == NOW + 7200
    assert await stand.ask("/unmute 1") == "#1 0xd8dA…6045 speaks again"
    assert await stand.ask("/unmute 1") == "#1 0xd8dA…6045 was not muted"
    await stand.ask("/mute all 8h")
    assert stand.book.watches[0].muted_until == NOW + 8 * 3600
    assert (await stand.book.settings("telegram/7")).muted_until == NOW + 8 * 3600
    assert await stand.ask("/unmute all") == "Everything here speaks again"
    assert stand.book.watches[0].muted_until == 0


async def test_one_watch_can_speak_again_while_the_others_stay_silent(stand: Stand) -> None:
    await stand.ask(f"/watch {WALLET}")
    await stand.ask("/mute all 8h")
    await stand.ask(f"/watch {SAVER}")  # silent by the chat's own mute alone
    assert await stand.ask("/unmute 1") == "#1 0xd8dA…6045 speaks again"
    assert (await stand.book.settings("telegram/7")).muted_until == 0
    assert [watch.muted_until for watch in stand.book.watches] == [0, NOW + 8 * 3600]
    assert await stand.ask("/unmute 2") == "#2 0x47ac…D503 speaks again"


async def test_a_shorter_mute_of_one_watch_is_not_outlasted_by_that_of_everything(stand: Stand) -> None:
    await stand.ask(f"/watch {WALLET}")
    await stand.ask(f"/watch {SAVER}")
    await stand.ask("/mute all 8h")
    await stand.ask("/mute 1 2h")
    assert (await stand.book.settings("telegram/7")).muted_until == 0
    assert [watch.muted_until for watch in stand.book.watches] == [NOW + 2 * 3600, NOW + 8 * 3600]
    await stand.ask("/mute all 8h")
    await stand.ask("/mute 1 12h")
    assert (await stand.book.settings("telegram/7")).muted_until == NOW + 8 * 3600


async def test_a_mute_says_what_it_does_not_silence(stand: Stand) -> None:
    await stand.ask(f"/watch {WALLET}")
    await stand.ask("/watch ETH below 2500")
    words = "A liquidation I tell even so. What else still holds then, I say then."
    assert (await stand.ask("/mute 1 2h")).split("\n")[1] == words
    assert (await stand.ask("/mute all")).split("\n")[1] == words
    assert (await stand.ask("/mute 2")).split("\n")[1] == "What still holds then, I say then."
    assert "A liquidation I tell even so." in await stand.ask("/help mute")


async def test_settings(stand: Stand) -> None:
    assert "target 1.60" in await stand.ask("/settings target 1.6")
    assert "target 1.75" in await stand.ask("/settings target 175%")
    assert "locale de: 1.234,56" in await stand.ask("/settings locale de")
    assert "timezone Europe/Berlin" in await stand.ask("/settings timezone europe/berlin")
    assert "reminders off" in await stand.ask("/settings reminders off")
    chosen = await stand.book.settings("telegram/7")
    assert (chosen.target_hf_percent, chosen.locale, chosen.reminders) == (175, "de", False)


async def test_forgetting_asks_once(stand: Stand) -> None:
    await stand.ask(f"/watch {WALLET}")
    message = await stand.message(stand.request("/forget"))
    assert message is not None
    assert len(stand.book.watches) == 1
    _, followed = await stand.press(presses(message)["Forget everything"])
    assert followed == ["Forgotten, 1 watch with it.\nI know nothing of this chat any more."]
    assert stand.book.watches == []


async def test_status_tells_operators_more(stand: Stand) -> None:
    told = await stand.ask("/status")
    assert "Aave v3 Ethereum · block 24,100,233, read 4 s ago · rpc.example · 2 accounts" in told
    assert "checked against the contract 40 times, 0 mismatches" in told
    assert "The store keeps no append-only file." in told
    friend = Person("telegram/8")
    stand.book.made_operators.clear()
    object.__setattr__(stand.policy, "allowed", frozenset({"telegram/8"}))
    message = await stand.message(stand.request("/status", person=friend))
    assert message is not None
    assert "rpc.example" not in text_of(message.lines)
    assert "append-only" not in text_of(message.lines)


async def test_help_shows_every_command_and_each_in_full(stand: Stand) -> None:
    screen = (await stand.ask("/help")).split("\n")
    assert [line.split(" ")[0] for line in screen] == [f"/{command.name}" for command in COMMANDS]
    for command in COMMANDS:
        told = await stand.ask(f"/help {command.name}")
        assert command.usage in told
        assert all(example in told for example in command.examples)


async def test_every_example_in_help_works_once_something_is_watched(stand: Stand) -> None:
    stand.names.table["vitalik.eth"] = EMPTY
    await stand.ask(f"/watch {WALLET}")
    for command in COMMANDS:
        for example in command.examples:
            answer = await stand.desk.answer(stand.request(example))
            assert type(answer).__name__ != "Fault", example
            if command.name == "unwatch":
                await stand.ask(f"/watch {WALLET}")


async def test_facts_are_json_with_decimal_strings(stand: Stand) -> None:
    answer = await stand.desk.answer(stand.request(f"/position {WALLET}"))
    found = json.loads(json.dumps(facts(answer)))
    assert found["answer"] == "position_shown"
    position = found["wallet"]["positions"][0]
    wad = stand.positions.wallets[WALLET].positions[0].health_factor
    assert position["health_factor"]["wad"] == str(wad)
    assert position["health_factor"]["decimal"].startswith("1.49")
    assert position["debt"] == "412000"
    assert position["supplied"][0]["amount"] == "174.79"
    assert position["block"]["number"] == 24_100_233


async def test_every_answer_has_a_json_form(stand: Stand) -> None:
    stand.names.table["vitalik.eth"] = EMPTY
    for command in COMMANDS:
        for example in command.examples:
            answer = await stand.desk.answer(stand.request(example))
            assert json.loads(json.dumps(facts(answer)))["answer"]
    added = await stand.desk.answer(stand.request(f"/watch {SAVER}"))
    assert isinstance(added, WatchAdded)
    infinite = facts(added)["wallet"]["positions"][0]["health_factor"]
    assert infinite == {"wad": str(2**256 - 1), "decimal": "infinity"}
