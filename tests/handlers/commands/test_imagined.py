"""Imagined positions through the desk: kept, changed, tried, copied, listed and taken back in."""

from dataclasses import replace

import pytest

from bot.domain.rules import HealthRule, Hush
from bot.domain.units import Address, BaseAmount
from bot.messages.answers import AlreadyWatched, Answer, Fault, PositionShown, TestAlert, WatchAdded
from bot.messages.facts import facts
from bot.messages.imagined import DraftGone, Edited, LoopShown, WhatIfShown, WhatIfsShown
from bot.messages.listfile import write_list
from bot.ports import SourceHealth
from bot.subscriptions import Destination, ImaginedTarget, MirrorTarget, Watch
from tests.handlers.commands.literal import MARKET_NOW
from tests.handlers.commands.stand import CODE, EMPTY, SAVER, Stand, presses
from tests.messages.samples import BLOCK, NOW, WALLET

DEMO = "/simulate 10 ETH vs 20k USDC as demo"


async def hears(stand: Stand, text: str) -> Answer:
    answer = await stand.hears(stand.request(text))
    assert answer is not None
    return answer


def target(stand: Stand, index: int = -1) -> ImaginedTarget:
    found = stand.book.watches[index].target
    assert isinstance(found, ImaginedTarget)
    return found


# ---- /simulate ------------------------------------------------------------------------------------------


async def test_it_is_kept_as_a_watch_with_rules_of_health_alone(stand: Stand) -> None:
    answer = await hears(stand, "/simulate 651k ETH vs 958m USDT lt=0.80 as whale")
    assert isinstance(answer, WatchAdded)
    (watch,) = stand.book.watches
    assert (watch.number, watch.label, watch.created_by) == (1, "whale", "telegram/7")
    assert [type(rule) for rule in watch.rules] == [HealthRule]
    assert target(stand).said == "651000 WETH vs 958000000 USDT on ethereum WETH.lt 80%"
    assert answer.wallet is not None
    (at,) = answer.wallet.positions
    assert at.account == watch.account
    assert at.supplied[0].threshold_bps == 8000
    assert answer.taken == (("ETH", "WETH"),)


async def test_interest_accrues_at_the_market_s_rates(stand: Stand) -> None:
    await hears(stand, DEMO)
    before = await hears(stand, "/position demo")
    year = replace(BLOCK, number=BLOCK.number + 1, timestamp=BLOCK.timestamp + 365 * 86_400)
    stand.states.markets["ethereum"] = replace(MARKET_NOW, as_of=year)
    after = await hears(stand, "/position demo")
    assert isinstance(before, PositionShown)
    assert isinstance(after, PositionShown)
    (was,), (now,) = before.wallet.positions, after.wallet.positions
    assert 20_800 < now.owed[0].amount / 10**6 < 20_830
    assert 10.19 < now.supplied[0].amount / 10**18 < 10.21
    assert now.health_factor < was.health_factor


async def test_the_same_again_is_known(stand: Stand) -> None:
    await hears(stand, DEMO)
    again = await hears(stand, "/simulate 10 WETH vs 20000 USDC")
    assert isinstance(again, AlreadyWatched)
    assert len(stand.book.watches) == 1


async def test_a_market_that_is_not_read_and_a_home_without_the_usual_one(stand: Stand) -> None:
    other = SourceHealth("elsewhere", "Elsewhere", BLOCK, NOW, "rpc.example", "", 0, "computed", 0, 0)
    stand.eyes.findings = (other,)
    stand.states.markets = {"elsewhere": replace(MARKET_NOW, market="elsewhere")}
    await hears(stand, DEMO)
    assert target(stand).market == "elsewhere"
    fault = await hears(stand, "/simulate 10 ETH vs 5k USDC on core")
    assert isinstance(fault, Fault)
    assert (fault.problem, fault.nearest) == ("market_not_read", ("elsewhere",))


async def test_a_silent_chain_is_said_and_nothing_is_kept(stand: Stand) -> None:
    stand.states.away = True
    for line in (DEMO, "/loop 10 ETH 2x"):
        fault = await hears(stand, line)
        assert isinstance(fault, Fault)
        assert fault.problem == "source_away"
    assert stand.book.watches == []
    stand.states.away = False
    await hears(stand, DEMO)
    stand.states.away = True
    for line in ("/wallets", "/board"):
        assert "demo" in await stand.ask(line)


async def test_rules_and_the_test_button_know_it(stand: Stand) -> None:
    await hears(stand, DEMO)
    assert not isinstance(await hears(stand, "/rules demo hf 1.3"), Fault)
    for name in ("changed", "liquidated", "closed", "below"):
        fault = await hears(stand, f"/rules demo {name} on")
        assert isinstance(fault, Fault)
        assert fault.problem == "wrong_kind"
    tested = await stand.hears(stand.request(press="1|test|1"))
    assert isinstance(tested, TestAlert)
    assert tested.position is not None
    suggested = await stand.desk.suggest(stand.request(), "watch", "demo")
    assert suggested[0].value == "1"
    assert not isinstance(await hears(stand, "/unwatch demo"), Fault)
    assert stand.book.watches == []


# ---- /whatif and its button -----------------------------------------------------------------------------


async def test_the_button_makes_a_watch_of_what_was_tried(stand: Stand) -> None:
    await hears(stand, DEMO)
    message = await stand.message(stand.request("/whatif demo ETH -20%, repay 4k USDC, lt 0.80, 30d"))
    assert message is not None
    (button,) = [data for data in presses(message).values() if data.startswith("1|keep|")]
    flash, told = await stand.press(button)
    assert flash == ""
    assert len(told) == 1
    kept = target(stand)
    assert kept.said.startswith("10.01")  # a month of interest is in it from the start
    assert kept.said.endswith("USDC on ethereum WETH.lt 80%")
    again = await stand.hears(stand.request(press=button))
    assert isinstance(again, AlreadyWatched)
    elsewhere = stand.request(press=button, place=Destination("telegram", "8"))
    assert isinstance(await stand.hears(elsewhere), DraftGone)
    assert len(stand.book.watches) == 2


async def test_what_is_kept_lives_on_the_market_s_own_prices(stand: Stand) -> None:
    await hears(stand, DEMO)
    tried = await hears(stand, "/whatif demo ETH -20%")
    assert isinstance(tried, WhatIfShown)
    assert tried.after is not None
    kept = await stand.hears(stand.request(press=f"1|keep|{CODE}"))
    assert isinstance(kept, AlreadyWatched)  # nothing but a price was tried, so it is the same position
    assert tried.after.supplied[0].price == 2_432 * 10**8


async def test_a_refusal_has_the_contract_s_reason_and_no_button(stand: Stand) -> None:
    tried = await hears(stand, f"/whatif {WALLET} repay 1k USDC, borrow 1m USDC")
    assert isinstance(tried, WhatIfShown)
    assert tried.refused is not None
    assert (tried.refused.step, tried.draft, stand.book.drafts) == (1, "", {})


async def test_a_frozen_asset_and_a_full_market_refuse(stand: Stand) -> None:
    await hears(stand, DEMO)
    for changes, reason in (("add 5 DAI", "ReserveFrozen"), ("borrow 6bn USDT", "Panic(17)")):
        tried = await hears(stand, f"/whatif demo {changes}")
        assert isinstance(tried, WhatIfShown)
        assert tried.refused is not None
        assert tried.refused.reason == reason


@pytest.mark.parametrize("who", ["fund", "all", "FUND", '"fund"'])
async def test_several_are_tried_at_once(stand: Stand, who: str) -> None:
    await hears(stand, DEMO)
    await hears(stand, f"/owner fund {WALLET} 1")
    tried = await hears(stand, f"/whatif {who} ETH -10%")
    assert isinstance(tried, WhatIfsShown)
    assert [one.before.health_factor for one in tried.cases] == sorted(
        one.before.health_factor for one in tried.cases
    )
    assert len(tried.cases) == 2
    assert stand.book.drafts == {}


async def test_with_one_position_it_need_not_be_named(stand: Stand) -> None:
    await hears(stand, DEMO)
    tried = await hears(stand, "/whatif ETH -20%")
    assert isinstance(tried, WhatIfShown)
    assert tried.whose.watch is not None


# ---- /edit, /clone, /mirror, /loop ----------------------------------------------------------------------


async def test_an_edit_keeps_number_rules_and_name_and_ends_what_was_silenced(stand: Stand) -> None:
    await hears(stand, DEMO)
    hushed = (("health@s1", Hush(0, 1, 1, "Ada", NOW)),)
    stand.book.watches[0] = replace(stand.book.watches[0], hushes=hushed)
    (before,) = stand.book.watches
    edited = await hears(stand, "/edit demo add 2 ETH, lt 0.80, ltv 0.7")
    assert isinstance(edited, Edited)
    (after,) = stand.book.watches
    assert (after.id, after.number, after.label, after.rules) == (
        before.id,
        before.number,
        "demo",
        before.rules,
    )
    assert after.hushes == ()
    assert target(stand).said == "12 WETH vs 20000 USDC on ethereum WETH.ltv 70% WETH.lt 80%"
    await hears(stand, "/edit demo lt 0.75")
    assert target(stand).said == "12 WETH vs 20000 USDC on ethereum WETH.ltv 70% WETH.lt 75%"
    await hears(stand, "/edit demo 1 WBTC vs 5 ETH as other")
    assert target(stand).said == "1 WBTC vs 5 WETH on ethereum"
    assert stand.book.watches[0].label == "other"


async def test_a_wallet_is_renamed_but_never_changed(stand: Stand) -> None:
    await hears(stand, f"/watch {WALLET}")
    assert isinstance(await hears(stand, "/edit 1 as treasury"), AlreadyWatched)
    fault = await hears(stand, "/edit treasury repay 1k USDC")
    assert isinstance(fault, Fault)
    assert fault.problem == "not_imagined"


async def test_a_clone_of_a_wallet_is_a_position_of_its_own(stand: Stand) -> None:
    await hears(stand, f"/watch {WALLET} treasury")
    await hears(stand, "/clone treasury repay 12k USDC as safer")
    await hears(stand, "/clone safer as twin")
    assert target(stand, 1).said == target(stand, 2).said
    assert stand.book.watches[2].label == "twin"


async def test_a_mirror_follows_and_a_frozen_one_does_not(stand: Stand) -> None:
    await hears(stand, f"/mirror {WALLET} x0.001 as small")
    await hears(stand, f"/mirror {WALLET} 1/1000 frozen as still")
    assert stand.book.watches[0].target == MirrorTarget("ethereum", WALLET, 1, 1000)
    account = stand.states.accounts["ethereum", WALLET]
    held = tuple(replace(one, scaled_debt=one.scaled_debt // 2) for one in account.holdings)
    stand.states.accounts["ethereum", WALLET] = replace(account, holdings=held)
    small, still = await hears(stand, "/position small"), await hears(stand, "/position still")
    assert isinstance(small, PositionShown)
    assert isinstance(still, PositionShown)
    assert small.wallet.positions[0].health_factor > 2 * still.wallet.positions[0].health_factor * 99 // 100


async def test_nothing_to_mirror(stand: Stand) -> None:
    fault = await hears(stand, f"/mirror {EMPTY}")
    assert isinstance(fault, Fault)
    assert fault.problem == "nothing_to_mirror"


async def test_a_loop_can_be_kept_under_its_name(stand: Stand) -> None:
    shown = await hears(stand, "/loop 10 wstETH vs ETH 3x emode 1 as my loop")
    assert isinstance(shown, LoopShown)
    assert shown.draft
    kept = await stand.hears(stand.request(press=f"1|keep|{shown.draft}"))
    assert isinstance(kept, WatchAdded)
    assert (kept.watch.label, target(stand).state.emode) == ("my loop", 1)


# ---- lists ----------------------------------------------------------------------------------------------


async def test_a_list_carries_imagined_positions_and_mirrors_there_and_back(stand: Stand) -> None:
    await hears(stand, DEMO)
    await hears(stand, "/simulate 10 wstETH + 1,000.25 USDT idle vs 8 ETH emode 1 lt=0.94")
    await hears(stand, f"/mirror {WALLET} 1/3 as third")
    await hears(stand, f"/watch {SAVER} saver")
    await hears(stand, "/owner fund 1 3")
    text = write_list(stand.book.watches)
    other = Stand()
    answer = await hears(other, f"/import {text}")
    assert not isinstance(answer, Fault)
    there = [(one.target, one.label, one.rules, one.owner) for one in stand.book.watches]
    assert [(one.target, one.label, one.rules, one.owner) for one in other.book.watches] == there
    assert write_list(other.book.watches) == text
    await hears(other, f"/import {text}")
    assert len(other.book.watches) == 4


async def test_lines_that_cannot_be_imagined_are_named(stand: Stand) -> None:
    text = "address,label,kind,market,rules\n10 ETH,,simulate,ethereum,\n0x12 1/3,,mirror,ethereum,\n"
    message = await stand.ask(f"/import {text}")
    assert "nothing to liquidate" in message
    assert stand.book.watches == []


# ---- everything at once ---------------------------------------------------------------------------------

LINES = (
    DEMO,
    "/simulate 10 wstETH vs 5k USDC emode 1",
    "/whatif demo ETH -20%, 30d",
    "/whatif demo withdraw 9 ETH",
    "/whatif all ETH -20%",
    "/edit demo repay 1k USDC",
    "/clone demo as twin",
    f"/mirror {WALLET} x0.001",
    "/loop 10 ETH 3x",
    "/loop 10 ETH 9x",
    "/owner fund 1",
    "/owner fund",
    "/owner",
    "/owner fund remove",
    "/board",
    "/wallets",
    "/chart ETH",
    "/chart demo",
    "/rules demo",
    "/export",
    "/export list",
)


async def test_every_answer_has_words_and_json(stand: Stand) -> None:
    for line in LINES:
        answer = await stand.desk.answer(stand.request(line))
        assert not isinstance(answer, Fault), (line, answer)
        assert facts(answer)["answer"]
        assert await stand.ask(line)


async def test_a_home_is_full_one_day(stand: Stand) -> None:
    await stand.book.add_many(
        [
            Watch("", 0, "telegram/7", MirrorTarget("ethereum", Address(f"0x{number:040x}")), ())
            for number in range(2_000)
        ]
    )
    fault = await hears(stand, DEMO)
    assert isinstance(fault, Fault)
    assert fault.problem == "too_many_watches"


async def test_a_price_that_is_missing_is_no_bug(stand: Stand) -> None:
    prices = {key: price for key, price in MARKET_NOW.prices.items() if key != 0}
    stand.states.markets["ethereum"] = replace(MARKET_NOW, prices={**prices, 0: BaseAmount(0)})
    fault = await hears(stand, DEMO)
    assert isinstance(fault, Fault)
    assert fault.problem == "no_price"


async def test_where_no_bot_runs_the_market_is_one_that_is_set() -> None:
    """As `ask` finds it beside no running bot, with Ethereum's market not among the settings."""
    stand = Stand()
    stand.eyes.findings = ()
    stand.states.markets = {"elsewhere": replace(MARKET_NOW, market="elsewhere")}
    stand.desk._services = replace(stand.desk._services, markets=("elsewhere",))
    answer = await stand.hears(stand.request("/simulate 10 ETH vs 5k USDC"))
    assert isinstance(answer, WatchAdded)
    assert answer.watch.target.market == "elsewhere"
