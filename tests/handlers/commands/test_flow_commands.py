"""/inflows in a tap, /flows, /who and /label; flow watches wherever watches are; what is told of them."""

import json
from dataclasses import replace

import pytest

from bot.domain.deposits import DepositAddress, Sweep
from bot.domain.flows import FlowKind
from bot.domain.rules import SumRule, TransferRule
from bot.domain.units import Address, RawAmount
from bot.messages.answers import Acked, Fault
from bot.messages.faults import PROBLEMS
from bot.messages.flowanswers import Behind, InflowsOn, LabelSet, WhoShown
from bot.messages.rich import text_of
from bot.ports import FlowHealth
from bot.subscriptions import Destination, FlowTarget
from handlers.commands.access import Policy
from handlers.commands.command import WATCHES_AT_MOST
from tests.handlers.commands.stand import CHAT, POOL, SAVER, Stand, presses
from tests.messages.flows import BINANCE, DEPOSIT, flow, flow_alert, loan, seen
from tests.messages.samples import BLOCK, NOW, USD, USDC, WALLET, WBTC, treasury

FREE = Address("0x52908400098527886E0F7030069857D2E4169EE7")
GROUP = Destination("telegram", "-100")


def targets(stand: Stand) -> list[FlowTarget]:
    return [one.target for one in stand.book.watches if isinstance(one.target, FlowTarget)]


# ---- /inflows --------------------------------------------------------------------------------------------


async def test_one_tap_turns_on_what_most_want(stand: Stand) -> None:
    message = await stand.message(stand.request("/inflows"))
    assert message is not None
    assert "ETH and its like, WBTC, USDC, USDT to exchanges" in text_of(message.lines)
    _flash, told = await stand.press(presses(message)["Tell me"])
    assert told[0].startswith("I tell of #1 ETH and its like, WBTC, USDC, USDT to exchanges")
    (target,) = targets(stand)
    assert target.assets[0] == "eth"
    assert set(target.assets[1:]) == {f"1/{WBTC.address}", f"1/{USDC.address}", "1/" + _usdt()}
    assert target.directions == (FlowKind.INFLOW,)
    assert stand.book.watches[0].rules == (TransferRule(10_000_000),)
    again = await stand.ask("/inflows on")
    assert "I tell of that already" in again
    assert len(targets(stand)) == 1


def _usdt() -> str:
    return "0xdAC17F958D2ee523a2206206994597C13D831ec7"


async def test_the_same_filter_has_one_watch_with_several_rules(stand: Stand) -> None:
    await stand.ask("/inflows ETH $20m")
    assert "One rule more for #1" in await stand.ask("/inflows ETH $50m in 24h")
    assert "Changed: #1" in await stand.ask("/inflows $30m ETH")
    (watch,) = stand.book.watches
    assert set(watch.rules) == {TransferRule(30_000_000), SumRule(50_000_000)}
    assert "Tell when transfers within 1 d add up to $50M" in await stand.ask("/inflows")


async def test_all_of_it_off_at_once_and_nothing_else(stand: Stand) -> None:
    await stand.ask(f"/watch {WALLET} treasury")
    await stand.ask("/inflows ETH $20m")
    await stand.ask("/inflows out $20m")
    assert "2 filters are gone" in await stand.ask("/inflows off")
    assert [one.label for one in stand.book.watches] == ["treasury"]


async def test_where_nothing_is_read_that_is_said(stand: Stand) -> None:
    stand.tracked = ()
    assert "No transfers are read here yet" in await stand.ask("/inflows ETH $20m")


async def test_a_full_home_takes_no_more(stand: Stand) -> None:
    await stand.ask("/inflows ETH $20m")
    (one,) = stand.book.watches
    stand.book.watches = [replace(one, id=f"w{number}") for number in range(WATCHES_AT_MOST)]
    answer = await stand.hears(stand.request("/inflows WBTC $20m"))
    assert isinstance(answer, Fault)
    assert answer.problem == "too_many_watches"


# ---- flow watches wherever watches are ---------------------------------------------------------------------


async def test_a_flow_watch_stands_in_every_list(stand: Stand) -> None:
    await stand.ask("/inflows ETH Binance 20000")
    name = "#1 ETH and its like to Binance"
    assert f"{name} · Tell of transfers of 20,000 ETH or more" in await stand.ask("/wallets")
    assert name in await stand.ask("/rules 1")
    assert "is muted until" in await stand.ask("/mute 1 2h")
    assert "liquidation" not in await stand.ask("/mute 1 2h")
    assert "speaks again" in await stand.ask("/unmute 1")
    assert "Switched off: single transfers" in await stand.ask("/rules 1 transfer off")
    assert "every 1 d" in await stand.ask("/rules 1 digest daily")
    assert "Tell of an hour" in await stand.ask("/rules 1 unusual")
    assert "whales, ETH" in await stand.ask("/edit 1 as whales")
    assert "WBTC" in await stand.ask("/edit 1 WBTC 500")
    assert "I watch nothing here yet" in await stand.ask("/board")
    assert "No longer watching" in await stand.ask("/unwatch whales")
    assert stand.book.watches == []


async def test_its_rules_are_its_own(stand: Stand) -> None:
    await stand.ask("/inflows ETH $20m")
    for line, problem in (
        ("/rules 1 hf 1.5", "wrong_kind"),
        ("/rules 1 trnsfer $5m", "unknown_rule"),
        ("/rules 1 transfer", "missing_value"),
        ("/rules 1 transfer lots", "not_a_flow_rule"),
        ("/rules 1 sum $5m 5m", "not_a_flow_rule"),
        ("/rules 1 digest 3h", "not_a_flow_rule"),
        ("/rules 1 unusual 0 0 $0", "not_a_flow_rule"),
        ("/chart 1", "flow_has_no_position"),
        ("/owner fund 1", "price_has_no_owner"),
    ):
        answer = await stand.hears(stand.request(line))
        assert isinstance(answer, Fault), line
        assert answer.problem == problem, line
        assert problem in PROBLEMS
        assert not isinstance(await stand.hears(stand.request(answer.example)), Fault), answer


@pytest.mark.parametrize(
    "rules",
    [
        "transfer $5000000",
        "transfer $1 20000",
        "sum $5000000 3600s each",
        "unusual 4 3 $1000000",
        "digest 86400s",
    ],
)
async def test_a_list_is_answered_line_by_line(stand: Stand, rules: str) -> None:
    lines = (
        f"address,label,kind,market,rules\neth Binance,big,flows,,{rules}\nDOGE,,flows,,\n,,flows,,sum x\n"
    )
    answer = await stand.ask(f"/import {lines}")
    assert "1 watch added" in answer
    assert "“DOGE” is no asset" in answer
    (watch,) = stand.book.watches
    assert watch.label == "big"
    message = await stand.message(stand.request("/export list"))
    assert message is not None
    assert message.file is not None
    assert f"ETH Binance,big,flows,,{rules}" in message.file.text


async def test_json_and_export_have_the_filter_and_the_labels(stand: Stand) -> None:
    await stand.ask("/inflows ETH $20m")
    await stand.ask(f"/label {FREE} Binance hot")
    message = await stand.message(stand.request("/export"))
    assert message is not None
    assert message.file is not None
    kept = json.loads(message.file.text)
    assert kept["watches"][0]["flows"]["assets"] == ["eth"]
    assert kept["address_labels"][0]["exchange"] == "Binance"
    assert "1 label that says whose an address is would go" in await stand.ask("/forget")
    assert "with /label" in await stand.ask("/privacy")


async def test_an_export_hides_the_loan_behind_a_flow_where_amounts_are_hidden() -> None:
    stand = Stand(policy=Policy(allowed=frozenset({GROUP.id}), operators=frozenset({"telegram/7"})))
    told = replace(flow_alert(seen(flow(), loans=(loan(),))), destination=GROUP.id, home=GROUP.id)
    stand.book.alerts.append(told)
    message = await stand.message(stand.request("/export", place=GROUP, private=False))
    assert message is not None
    assert message.file is not None
    (alert,) = json.loads(message.file.text)["last_alerts"]
    assert alert["seen"]["flows"][0]["amount"] == "33589"
    assert set(alert["seen"]["loans"][0]) == {"market", "account", "block", "health_factor"}


async def test_an_alert_of_a_flow_is_acknowledged_and_snoozed(stand: Stand) -> None:
    await stand.ask("/inflows on")
    (watch,) = stand.book.watches
    told = replace(
        flow_alert(seen(flow())), destination=CHAT.id, home=CHAT.id, watch=watch.ref(), rule=watch.rules[0]
    )
    stand.book.alerts.append(told)
    answer = await stand.hears(stand.request(press=f"1|snooze|{told.incident}"))
    assert isinstance(answer, Acked)
    (watch,) = stand.book.watches
    hush = watch.hush("transfer", told.subject)
    assert hush is not None
    assert (hush.step, hush.incident, hush.until) == (1, 1, NOW + 3600)


# ---- /flows ----------------------------------------------------------------------------------------------


async def test_what_flowed_with_its_exchanges_its_largest_and_its_picture(stand: Stand) -> None:
    stand.flows.kept = [
        flow(1_000, index=1, ago=100),
        flow(500, index=2, ago=4_000, kind=FlowKind.OUTFLOW),
        flow(2_000, index=3, ago=8_000, exchange="OKX"),
        flow(7, index=4, ago=100, asset=WBTC, price=100_000 * USD),
        flow(1, index=5, ago=90_000),
    ]
    message = await stand.message(stand.request("/flows ETH 24h"))
    assert message is not None
    told = text_of(message.lines).split("\n")
    assert told[0] == "ETH in 1 d: $7.06M in, $1.18M out, net +$5.88M"
    assert told[1:3] == [
        "OKX: in $4.7M, out $0.00, net +$4.7M",
        "Binance: in $2.35M, out $1.18M, net +$1.18M",
    ]
    assert told[3] == "3,000 ETH in by 2 transfers, 500 ETH out by 1"
    assert told[4].startswith("Largest: 2,000 ETH ($4.7M)")
    assert told[4].endswith("to OKX")
    assert f"by {WALLET}" in text_of(message.details)
    assert message.chart is not None
    assert sum(into for _at, into, _out in message.chart.bars) == 3_000 * 2352 * USD
    assert "most in one hour" in message.chart.alt
    everything = await stand.ask("/flows 7d")
    assert everything.startswith("All that I read in 7 d: $7.76M in")
    assert "OKX: in" not in await stand.ask("/flows Binance")


async def test_less_than_the_whole_window_is_said_to_be_less(stand: Stand) -> None:
    stand.flows.kept = [flow(1_000)]
    stand.flows.known_since = NOW - 7_200
    assert "Known without a hole since" in await stand.ask("/flows ETH 24h")
    assert "Known without" not in await stand.ask("/flows ETH 1h")
    stand.flows.kept = []
    assert "Nothing flowed in or out" in await stand.ask("/flows ETH 1h")
    stand.flows.known_since = NOW + 60
    told = await stand.ask("/flows ETH 1h")
    assert "I know nothing of this time" in told
    assert "Nothing flowed" not in told


async def test_what_is_not_traced_is_told_with_the_sums(stand: Stand) -> None:
    stand.eyes.flows = (FlowHealth(1, "Ethereum", BLOCK, NOW - 4, traced=False),)
    message = await stand.message(stand.request("/flows"))
    assert message is not None
    assert "Coins moved by contracts on Ethereum are not seen" in text_of(message.details)


async def test_status_says_how_far_transfers_are_read(stand: Stand) -> None:
    stand.eyes.flows = (
        FlowHealth(1, "Ethereum", BLOCK, NOW - 4, traced=False, endpoint="rpc.example"),
        FlowHealth(10, "Optimism", None, 0.0),
    )
    told = await stand.ask("/status")
    assert "Transfers on Ethereum · read to block 24,100,233, 9 s old · from rpc.example" in told
    assert "coins moved by contracts are not seen: the node gives no traces" in told
    assert "Transfers on chain 10 · not read: nobody asks for them" in told


async def test_cards_tell_of_a_weeks_deposits(stand: Stand) -> None:
    await stand.ask(f"/watch {WALLET} treasury")
    stand.flows.kept = [
        flow(33_589),
        flow(1, index=2, ago=8 * 86_400),
        replace(flow(9, index=3, kind=FlowKind.OUTFLOW), sender=WALLET),
    ]
    sent = "Sent to exchanges in 7 d: 33,589 ETH ($79M) to Binance"
    assert sent in await stand.ask("/position 1")
    message = await stand.message(stand.request("/wallets"))
    assert message is not None
    assert text_of(message.details) == f"#1 {sent}"


async def test_an_owners_wallets_are_one_sender(stand: Stand) -> None:
    await stand.ask(f"/owner fund {WALLET} {SAVER}")
    stand.flows.kept = [flow(10), replace(flow(5, index=2), sender=SAVER)]
    assert "Sent to exchanges in 7 d: 15 ETH" in await stand.ask("/position 1")


# ---- /who ------------------------------------------------------------------------------------------------


async def test_a_learned_address_comes_with_its_evidence(stand: Stand) -> None:
    sweep = Sweep(
        "ETH", "0x" + "aa" * 32, "0x" + "bb" * 32, RawAmount(10**18), RawAmount(10**18), 5, NOW - 90
    )
    stand.flows.deposits[1, DEPOSIT] = DepositAddress(1, DEPOSIT, "Binance", 3, (sweep,), NOW - 86_400)
    message = await stand.message(stand.request(f"/who {DEPOSIT}"))
    assert message is not None
    told = text_of(message.lines)
    assert told.startswith(f"deposit address of Binance\n{DEPOSIT}")
    assert "Probable: a deposit address of Binance, learned on 20 Sep 2026, 14:13 UTC from 3 sweeps" in told
    assert "ETH came in 0xaaaaaaaa… and went on to Binance 0xbbbbbbbb…" in text_of(message.details)


async def test_who_tells_loans_code_and_what_it_cannot_ask(stand: Stand) -> None:
    stand.chain.positions = [treasury()]
    stand.chain.code = {WALLET}
    stand.chain.unread = ("Aave v3 Base",)
    told = await stand.ask(f"/who {WALLET}")
    assert "It is a contract" in told
    assert "Aave v3 Ethereum · HF 1.07 · debt $412k" in told
    assert "Could not ask Aave v3 Base: no word about loans there" in told
    stand.chain.away = True
    told = await stand.ask(f"/who {WALLET}")
    assert "Whether it is a contract I cannot ask just now" in told
    assert "Its loans I cannot ask for just now" in told
    assert "owes nothing" not in told


async def test_a_look_alike_of_a_label_or_a_watch_is_warned_of_first(stand: Stand) -> None:
    await stand.ask(f"/watch {WALLET} treasury")
    for known, name in ((BINANCE, "Binance"), (WALLET, "treasury")):
        fake = f"0x{known[2:6]}{'0' * 32}{known[-4:]}".lower()
        answer = await stand.hears(stand.request(f"/who {fake}"))
        assert isinstance(answer, WhoShown)
        assert [one.name for one in answer.alike] == [name]
        message = await stand.message(stand.request(f"/who {fake}"))
        assert message is not None
        assert text_of(message.lines).split("\n")[2].startswith("⚠ It begins and ends like")
        assert known in text_of(message.lines)
    answer = await stand.hears(stand.request(f"/who {WALLET}"))
    assert isinstance(answer, WhoShown)
    assert answer.alike == ()
    assert answer.behind is Behind.PERSON


# ---- /label ----------------------------------------------------------------------------------------------


async def test_a_label_of_ones_own_goes_before_the_table(stand: Stand) -> None:
    told = await stand.ask(f"/label {BINANCE} kraken cold")
    assert "It goes before what I had: Binance, hot wallet" in told
    answer = await stand.hears(stand.request(f"/label {BINANCE} okx"))
    assert isinstance(answer, LabelSet)
    assert answer.replaced
    assert (answer.label.exchange, answer.label.kind.value) == ("OKX", "main")
    assert (await stand.ask(f"/who {BINANCE}")).startswith("OKX")
    assert f"{BINANCE} OKX, wallet" in await stand.ask("/label list")
    assert "What I know without it: Binance" in await stand.ask(f"/label remove {BINANCE}")
    assert (await stand.ask(f"/who {BINANCE}")).startswith("Binance")


async def test_labels_are_bounded_and_paged(stand: Stand) -> None:
    await stand.ask(f"/label {FREE} Binance")
    (one,) = await stand.labels.all(CHAT.id)
    many = [replace(one, address=Address(f"0x{number:040x}")) for number in range(999)]
    await stand.labels.put(many, CHAT.id)
    answer = await stand.hears(stand.request(f"/label {SAVER} Binance"))
    assert isinstance(answer, Fault)
    assert answer.problem == "too_many_labels"
    assert "Page 50 of 50, 1000 labels: /label list 1" in await stand.ask("/label list 50")
    assert isinstance(await stand.hears(stand.request("/label list 51")), Fault)


async def test_an_exchange_that_is_noted_can_be_asked_for(stand: Stand) -> None:
    await stand.ask(f"/label {FREE} Night Desk")
    answer = await stand.hears(stand.request("/inflows night desk $5m"))
    assert isinstance(answer, InflowsOn)
    assert isinstance(answer.watch.target, FlowTarget)
    assert answer.watch.target.exchanges == ("Night Desk",)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("/label", ""),
        (f"/label {FREE}", "missing_label"),
        (f"/label {FREE} {'x' * 40}", "exchange_too_long"),
        (f"/label {FREE} \u200b\u200b", "exchange_invisible"),
        (f"/label {FREE} Binance hott", "not_a_label_kind"),
        (f"/label {FREE} Binance on moon", "unknown_chain"),
        (f"/label {USDC.address} Binance", "label_is_token"),
        (f"/label {POOL} Binance", "label_is_contract"),
        ("/label nobody.eth Binance", "unknown_name"),
        ("/label remove", "missing_address"),
        (f"/label remove {FREE}", "no_such_label"),
        ("/label list all", "not_a_page"),
        ("/who", "missing_address"),
        ("/who nothing", "not_an_address"),
        (f"/who {FREE} please", "extra_words"),
        ("/flows ETH 24h 7d", "extra_words"),
        ("/flows 5m", "flow_window"),
        ("/flows Binanse", "unknown_flow_word"),
    ],
)
async def test_wrong_inputs_are_told_apart_and_their_examples_work(
    stand: Stand, line: str, problem: str
) -> None:
    answer = await stand.hears(stand.request(line))
    if not problem:
        assert not isinstance(answer, Fault)
        return
    assert isinstance(answer, Fault), answer
    assert (answer.problem, answer.problem in PROBLEMS) == (problem, True)
    assert not isinstance(await stand.hears(stand.request(answer.example)), Fault), answer.example


async def test_hostile_labels_are_tamed_wherever_they_stand(stand: Stand) -> None:
    evil = "\u202eEvil @everyone http://x.y"
    assert isinstance(await stand.hears(stand.request(f"/label {FREE} {evil}")), LabelSet)
    for line in ("/label list", f"/who {FREE}", "/inflows evil @everyone http://x.y $5m"):
        told = await stand.ask(line)
        for bad in ("\u202e", "@everyone", "http://x.y"):
            assert bad not in told, line


async def test_what_is_offered_while_one_types(stand: Stand) -> None:
    await stand.ask(f"/label {FREE} Night Desk")
    offered = await stand.desk.suggest(stand.request(), "exchange", "nig")
    assert [one.value for one in offered] == ["Night Desk"]
    assets = await stand.desk.suggest(stand.request(), "flow_asset", "")
    assert [one.value for one in assets][:3] == ["ETH", "BTC", "USD"]
    await stand.ask("/inflows ETH $20m")
    (watch,) = await stand.desk.suggest(stand.request(), "watch", "inflows")
    assert (watch.value, watch.label) == ("1", "#1 inflows ETH")
