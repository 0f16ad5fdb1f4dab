"""The flow monitor on a real store: what a block leads to, what a restart knows, what is taken back."""

from dataclasses import replace

import pytest

from bot.domain.alerts import Reason, Severity
from bot.domain.flows import FlowKind, Relation
from bot.domain.labels import Confidence, Label, LabelKind
from bot.domain.observations import MoveKind
from bot.domain.rules import DigestRule, Hush, SumRule, TransferRule, UnusualRule
from bot.domain.transfers import USD_UNIT, LoanMove
from bot.errors import StoreError
from bot.ports import Operation
from bot.store import keys
from bot.subscriptions import ChatSettings, StateKey
from tests.monitor.flow_desk import (
    ANN,
    BOB,
    COLD,
    DEPOSIT,
    ETH,
    FRIEND,
    HOT,
    KRAKEN,
    SECOND,
    T0,
    USDT,
    WHALE,
    FlowDesk,
    at,
    position,
    sends,
)

M = 1_000_000


@pytest.fixture
async def desk(client) -> FlowDesk:
    return await FlowDesk(client).again()


async def test_a_large_transfer_is_said_once_to_each_who_asked(desk):
    await desk.follow(TransferRule(10 * M))
    await desk.follow(TransferRule(30 * M), to=BOB)
    await desk.block(1, sends(WHALE, HOT, 10_000), sends(FRIEND, HOT, 4_999))
    (told,) = await desk.said()
    assert (told.destination, told.reason, told.severity) == (ANN, Reason.FIRST, Severity.NOTICE)
    assert (told.seen.sender, told.seen.kind, told.seen.count) == (WHALE, FlowKind.INFLOW, 1)
    assert told.seen.value == 20 * M * USD_UNIT
    (flow,) = told.seen.flows
    assert (flow.exchange, flow.confidence, flow.amount) == ("Binance", Confidence.SURE, 10_000 * 10**18)
    assert desk.deliveries[0].operation is Operation.SEND


async def test_what_does_not_enter_an_exchange_is_no_inflow(desk):
    await desk.follow(TransferRule(10 * M))
    await desk.block(1, sends(WHALE, FRIEND, 50_000), sends(COLD, HOT, 50_000), sends(KRAKEN, HOT, 50_000))
    await desk.block(2, sends(HOT, WHALE, 50_000))
    assert await desk.said() == []


async def test_tranches_are_one_message_that_is_edited_and_rings_when_the_sum_doubles(desk):
    await desk.follow(TransferRule(10 * M))
    await desk.block(1, sends(WHALE, HOT, 6_000))
    (first,) = await desk.said()
    await desk.block(2, sends(WHALE, HOT, 1_000, tx="0x02"), sends(WHALE, KRAKEN, 2_000, tx="0x03"))
    (edited,) = await desk.said()
    assert desk.deliveries[0].operation is Operation.EDIT
    assert (edited.incident, edited.reason) == (first.incident, Reason.WORSENED)
    assert (edited.seen.count, edited.seen.value) == (3, 18 * M * USD_UNIT)
    assert [flow.tx for flow in edited.seen.flows][:2] == ["0x03", "0x02"]
    await desk.block(3, sends(WHALE, HOT, 3_000, tx="0x04"))
    (rung,) = await desk.said()
    assert desk.deliveries[0].operation is Operation.REPLY
    assert rung.seen.sums[0].amount == 12_000 * 10**18
    await desk.block(4, sends(WHALE, HOT, 0.1, tx="0x05"))
    assert await desk.said() == []  # dust joins nothing
    day = 24 * 3600 // 12
    await desk.block(4 + day, sends(WHALE, HOT, 4_000, tx="0x06"))
    assert await desk.said() == []  # over, and not large enough to open another
    await desk.block(5 + day, sends(WHALE, HOT, 5_000, tx="0x07"))
    (anew,) = await desk.said()
    assert (anew.reason, anew.seen.count) == (Reason.FIRST, 1)
    assert anew.incident != first.incident


async def test_other_wallets_of_an_owner_join_the_same_message(desk):
    await desk.follow(TransferRule(10 * M))
    await desk.wallet(WHALE, owner="Trend", label="main")
    await desk.wallet(SECOND, owner="Trend")
    await desk.block(1, sends(WHALE, HOT, 6_000))
    await desk.block(2, sends(SECOND, HOT, 1_000))
    first, edited = await desk.said()
    assert first.seen.sender_name == "main"
    assert edited.incident == first.incident
    assert edited.seen.count == 2


async def test_amounts_decide_where_no_price_is_known(desk):
    await desk.follow(TransferRule(10 * M, min_amount=20_000))
    await desk.block(1, sends(WHALE, HOT, 19_999), prices={})
    await desk.block(2, sends(FRIEND, HOT, 20_000), prices={})
    (told,) = await desk.said()
    assert (told.seen.sender, told.seen.value, told.seen.flows[0].value) == (FRIEND, 0, None)


async def test_filters_let_through_what_they_name(desk):
    await desk.follow(TransferRule(M), assets=("usd",))
    await desk.follow(TransferRule(M), exchanges=("Kraken",), to=BOB)
    await desk.follow(TransferRule(M), directions=(FlowKind.OUTFLOW,), to="telegram/3")
    await desk.follow(TransferRule(M), senders=(FRIEND,), to="telegram/4")
    await desk.follow(TransferRule(M), chains=(8453,), to="telegram/5")
    await desk.block(1, sends(WHALE, HOT, 2 * M, asset=USDT))
    await desk.block(2, sends(WHALE, KRAKEN, 1_000))
    await desk.block(3, sends(HOT, SECOND, 1_000))
    await desk.block(4, sends(FRIEND, HOT, 1_000))
    said = await desk.said()
    assert {one.destination: one.seen.as_of.number for one in said} == {
        ANN: 1,
        BOB: 2,
        "telegram/3": 3,
        "telegram/4": 4,
    }


async def test_an_outflow_to_somebody_watched_accumulates_and_goes_by_who_gets_it(desk):
    await desk.follow(TransferRule(M), directions=(FlowKind.OUTFLOW,))
    await desk.wallet(FRIEND, label="BitMine")
    await desk.block(1, sends(HOT, FRIEND, 1_000), sends(HOT, WHALE, 1_000))
    by_who = {one.seen.sender: one.seen for one in await desk.said()}
    assert by_who.keys() == {FRIEND, WHALE}
    assert (by_who[FRIEND].accumulates, by_who[FRIEND].sender_name) == (True, "BitMine")
    assert not by_who[WHALE].accumulates


async def test_a_deposit_address_is_learned_at_its_sweep_and_alerts_at_once_the_next_time(desk):
    await desk.follow(TransferRule(M))
    await desk.block(1, sends(WHALE, DEPOSIT, 1_000))
    assert await desk.said() == []
    await desk.block(2, sends(DEPOSIT, HOT, 1_000))
    (swept,) = await desk.said()
    (flow,) = swept.seen.flows
    assert (flow.sender, flow.via, flow.at_sweep) == (WHALE, DEPOSIT, True)
    await desk.again()
    await desk.block(3, sends(FRIEND, DEPOSIT, 700))
    (probable,) = await desk.said()
    assert probable.seen.flows[0].confidence is Confidence.PROBABLE
    await desk.block(4, sends(DEPOSIT, HOT, 700))
    assert await desk.said() == []
    learned = await desk.log.deposit(1, DEPOSIT)
    assert (learned.exchange, learned.sweeps) == ("Binance", 2)


async def test_nobody_is_learned_while_the_chain_is_silent_and_contracts_never(desk):
    await desk.follow(TransferRule(M))
    desk.chain.away = True
    await desk.block(1, sends(WHALE, DEPOSIT, 1_000))
    await desk.block(2, sends(DEPOSIT, HOT, 1_000))
    assert await desk.log.deposit(1, DEPOSIT) is None
    desk.chain.away = False
    await desk.block(3, sends(WHALE, DEPOSIT, 900))
    await desk.block(4, sends(DEPOSIT, HOT, 900))
    assert (await desk.log.deposit(1, DEPOSIT)).exchange == "Binance"
    desk.chain.code = {SECOND}
    await desk.block(5, sends(WHALE, SECOND, 1_000))
    await desk.block(6, sends(SECOND, HOT, 1_000))
    assert await desk.log.deposit(1, SECOND) is None


async def test_a_sum_over_all_speaks_when_crossed_and_again_when_doubled(desk):
    await desk.follow(SumRule(50 * M, 3600))
    await desk.block(1, sends(WHALE, HOT, 20_000))
    await desk.block(2, sends(FRIEND, HOT, 6_000))
    (first,) = await desk.said()
    assert (first.reason, first.seen.sender, first.seen.count) == (Reason.FIRST, None, 2)
    assert (first.seen.value, first.seen.window_s) == (52 * M * USD_UNIT, 3600)
    await desk.block(3, sends(FRIEND, HOT, 10_000))
    assert await desk.said() == []
    await desk.block(4, sends(FRIEND, HOT, 16_000))
    (twice,) = await desk.said()
    assert (twice.reason, desk.deliveries[0].operation) == (Reason.WORSENED, Operation.REPLY)
    await desk.block(400, sends(FRIEND, HOT, 24_000))  # more than an hour later
    assert await desk.said() == []
    await desk.block(401, sends(FRIEND, HOT, 2_000))
    (anew,) = await desk.said()
    assert (anew.reason, anew.seen.value) == (Reason.FIRST, 52 * M * USD_UNIT)


async def test_a_sum_of_one_sender_is_his_and_his_owners_and_grows_in_place(desk):
    await desk.follow(SumRule(10 * M, by_sender=True))
    await desk.wallet(WHALE, owner="Trend")
    await desk.wallet(SECOND, owner="Trend")
    await desk.block(1, sends(WHALE, HOT, 3_000), sends(FRIEND, HOT, 4_000))
    assert await desk.said() == []
    await desk.block(2, sends(SECOND, HOT, 2_000))
    (first,) = await desk.said()
    assert (first.seen.count, first.seen.value) == (2, 10 * M * USD_UNIT)
    await desk.again()
    await desk.block(3, sends(WHALE, HOT, 1_000))
    (edited,) = await desk.said()
    assert desk.deliveries[0].operation is Operation.EDIT
    assert edited.seen.value == 12 * M * USD_UNIT


async def test_an_unusual_hour_is_said_once_with_its_normal(desk):
    await desk.follow(UnusualRule(min_usd=M))
    hour = 300  # blocks
    for number in range(0, 50 * hour, hour):
        await desk.block(number + 1, sends(FRIEND, HOT, 100 + number % 7))
    assert await desk.said() == []
    await desk.block(50 * hour + 1, sends(FRIEND, HOT, 400))
    assert await desk.said() == []
    await desk.block(50 * hour + 2, sends(WHALE, HOT, 600))
    (told,) = await desk.said()
    assert told.seen.value == told.seen.normal.hour == 2 * M * USD_UNIT
    assert 200_000 * USD_UNIT < told.seen.normal.mean < 215_000 * USD_UNIT
    assert told.seen.flows[0].sender == WHALE
    await desk.block(50 * hour + 3, sends(WHALE, HOT, 5_000))
    assert await desk.said() == []


async def test_a_digest_comes_with_the_day_of_the_home_and_not_without_flows(desk):
    await desk.book.put_settings(ANN, ChatSettings(timezone="Asia/Tokyo"))
    await desk.follow(DigestRule())
    midnight = (T0 + 9 * 3600) // 86_400 * 86_400 + 86_400 - 9 * 3600
    last = (midnight - T0) // 12
    await desk.block(last - 100, sends(WHALE, HOT, 1_000), sends(HOT, FRIEND, 500))
    await desk.block(last - 1)
    assert await desk.said() == []
    await desk.again()
    await desk.block(last + 1, sends(WHALE, HOT, 9_000))
    (told,) = await desk.said()
    assert told.seen.digest == (("Binance", 2 * M * USD_UNIT, M * USD_UNIT),)
    assert (told.seen.value, told.seen.window_s) == (2 * M * USD_UNIT, 86_400)
    await desk.block(last + 7_201)
    assert len(await desk.said()) == 1
    await desk.block(last + 14_401)
    assert await desk.said() == []


async def test_a_restart_repeats_nothing_and_a_block_seen_twice_changes_nothing(desk):
    await desk.follow(TransferRule(10 * M), SumRule(20 * M))
    await desk.block(1, sends(WHALE, HOT, 9_000))
    assert len(await desk.said()) == 1
    before = await desk.log.load(1)
    await desk.again()
    assert await desk.monitor.flow_cursor(1) == at(1)
    await desk.block(1, sends(WHALE, HOT, 9_000))
    assert await desk.said() == []
    assert await desk.log.load(1) == before
    await desk.block(2, sends(WHALE, HOT, 1_000))
    said = await desk.said()
    assert sorted(one.rule.key for one in said) == ["sum_all_86400", "transfer"]


async def test_a_save_that_fails_leaves_no_trace_in_memory(desk, monkeypatch):
    await desk.follow(TransferRule(10 * M))
    await desk.block(1, sends(WHALE, HOT, 6_000))
    save = desk.judgements.save

    async def away(_verdicts):
        raise StoreError("the store does not answer")

    monkeypatch.setattr(desk.judgements, "save", away)
    with pytest.raises(StoreError):
        await desk.block(2, sends(WHALE, HOT, 1_000))
    monkeypatch.setattr(desk.judgements, "save", save)
    await desk.block(2, sends(WHALE, HOT, 1_000))
    _, edited = await desk.said()
    assert (edited.seen.count, edited.seen.value) == (2, 14 * M * USD_UNIT)
    sums = await desk.log.sums(since=T0, until=T0 + 3600)
    assert (sums.all.into_count, sums.all.into_value) == (2, 14 * M * USD_UNIT)


@pytest.mark.parametrize("restart", [False, True], ids=["running", "restarted"])
async def test_a_reorganised_block_is_taken_back_from_message_sums_and_lessons(desk, restart):
    await desk.follow(TransferRule(10 * M))
    await desk.block(1, sends(WHALE, HOT, 6_000, tx="0x01"), sends(FRIEND, DEPOSIT, 100))
    await desk.block(2, sends(WHALE, HOT, 1_000, tx="0x02"), sends(DEPOSIT, HOT, 100))
    await desk.block(3, sends(SECOND, HOT, 8_000, tx="0x03"))
    said = await desk.said()
    if restart:
        await desk.again()
    await desk.reorg(1)
    corrected = {one.seen.sender: one for one in await desk.said()}
    assert {one.reason for one in corrected.values()} == {Reason.CORRECTED}
    assert {one.operation for one in desk.deliveries} == {Operation.EDIT}
    assert corrected[WHALE].incident == said[0].incident
    assert (corrected[WHALE].seen.count, corrected[WHALE].seen.value) == (1, 12 * M * USD_UNIT)
    assert corrected[WHALE].seen.retracted == ("0x02",)
    assert (corrected[SECOND].seen.count, corrected[SECOND].seen.retracted) == (0, ("0x03",))
    assert await desk.monitor.flow_cursor(1) == at(1)
    assert await desk.log.deposit(1, DEPOSIT) is None
    sums = await desk.log.sums(since=T0, until=T0 + 3600)
    assert (sums.all.into_count, sums.all.into_value) == (1, 12 * M * USD_UNIT)
    assert len(await desk.log.flows(since=0)) == 1
    await desk.block(2, sends(SECOND, HOT, 8_000, tx="0x03"), fork="f")
    (again,) = await desk.said()
    assert (again.incident, again.seen.count) == (corrected[SECOND].incident, 1)
    assert desk.deliveries[0].operation is Operation.EDIT


async def test_rolling_sums_and_cards_forget_what_is_on_no_block_any_more(desk):
    await desk.follow(SumRule(50 * M, 3600))
    await desk.wallet(WHALE)
    await desk.block(1, sends(WHALE, HOT, 1_000))
    await desk.block(2, sends(WHALE, HOT, 12_000, tx="0x02"))
    await desk.reorg(1)
    assert desk.monitor.deposits([WHALE]).sums[0].amount == 1_000 * 10**18
    await desk.block(2, sends(FRIEND, HOT, 12_000), fork="f")
    assert await desk.said() == []
    await desk.block(3, sends(FRIEND, HOT, 12_000), fork="f")
    (told,) = await desk.said()
    assert told.seen.value == 50 * M * USD_UNIT


async def test_a_trail_of_a_block_that_is_gone_leads_nowhere(desk):
    await desk.follow(TransferRule(10 * M))
    desk.chain.positions = [position(SECOND, 120)]
    await desk.block(1)
    await desk.block(2, sends(SECOND, FRIEND, 12_000))
    await desk.reorg(1)
    await desk.block(2, sends(FRIEND, HOT, 6_000), fork="f")
    (told,) = await desk.said()
    assert told.seen.loans == ()


async def test_a_correction_that_was_not_said_before_the_end_is_said_after_it(desk, monkeypatch):
    await desk.follow(TransferRule(10 * M))
    await desk.block(1)
    await desk.block(2, sends(WHALE, HOT, 6_000, tx="0x02"))
    await desk.said()

    async def killed(_verdicts):
        raise KeyboardInterrupt

    monkeypatch.setattr(desk.judgements, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        await desk.reorg(1)
    await desk.again()
    await desk.block(2, fork="f")
    (told,) = await desk.said()
    assert (told.reason, told.seen.retracted) == (Reason.CORRECTED, ("0x02",))
    await desk.block(3, fork="f")
    assert await desk.said() == []


async def test_the_loan_behind_an_inflow_sets_its_severity(desk):
    await desk.follow(TransferRule(M))
    await desk.wallet(WHALE, owner="Trend")
    await desk.wallet(SECOND, owner="Trend")
    desk.chain.positions = [position(FRIEND, 109), position(SECOND, 129), position(WHALE, 200)]
    await desk.block(1, sends(FRIEND, HOT, 1_000), sends(WHALE, HOT, 1_000), sends(COLD, FRIEND, 1_000))
    by_who = {one.seen.sender: one for one in await desk.said()}
    assert by_who[FRIEND].severity is Severity.CRITICAL
    assert by_who[WHALE].severity is Severity.WARNING
    near, far = by_who[WHALE].seen.loans
    assert (near.account, near.relation) == (SECOND, Relation.OWNER)
    assert (far.account, far.relation) == (WHALE, Relation.SENDER)
    assert len(desk.chain.asked) == 1


async def test_who_withdrew_and_passed_it_on_is_found_with_its_loan_before_and_after(desk):
    await desk.follow(TransferRule(M))
    desk.chain.then[1] = [position(SECOND, 125, number=1, debt=100 * M)]
    desk.chain.positions = [position(SECOND, 129, number=3, debt=90 * M)]
    await desk.block(1)
    vault = FRIEND
    moves = [
        LoanMove("ethereum", MoveKind.REPAY, SECOND, SECOND, USDT, 10 * M * 10**6, "0x0a", 0),
        LoanMove("ethereum", MoveKind.WITHDRAW, SECOND, SECOND, ETH, 8_000 * 10**18, "0x0a", 1),
    ]
    await desk.block(2, sends(vault, SECOND, 8_000, tx="0x0a"), loans=moves)
    await desk.block(3, sends(SECOND, WHALE, 8_000))
    await desk.block(4, sends(WHALE, HOT, 6_000))  # not all of it: no deposit address
    (told,) = await desk.said()
    (loan,) = told.seen.loans
    assert (loan.account, loan.relation, loan.path) == (SECOND, Relation.FUNDED, (SECOND, WHALE))
    assert loan.before == desk.chain.then[1][0]
    assert loan.debt_change == -10 * M * 10**8
    assert loan.withdrawn == ((ETH, 8_000 * 10**18),)
    assert loan.since == at(2).timestamp


async def test_a_silent_chain_holds_no_alert_up(desk):
    await desk.follow(TransferRule(M))
    desk.chain.away = True
    await desk.block(1, sends(WHALE, HOT, 1_000))
    await desk.block(2, sends(FRIEND, HOT, 1_000))
    first, second = await desk.said()
    assert first.seen.loans_unread == second.seen.loans_unread == ("Aave Ethereum",)
    assert len(desk.chain.asked) == 1  # and is not asked at every block


async def test_an_acknowledged_sender_is_silent_until_he_doubles(desk):
    watch = await desk.follow(TransferRule(10 * M))
    await desk.block(1, sends(WHALE, HOT, 6_000))
    (first,) = await desk.said()
    count = int(first.incident.rpartition(".")[2])
    hush = (f"transfer@{first.subject}", Hush(0, 1, count))
    await desk.book.put(replace(watch, hushes=(hush,)))
    await desk.block(2, sends(WHALE, HOT, 5_000))
    assert await desk.said() == []
    await desk.block(3, sends(WHALE, HOT, 1_000))
    (rung,) = await desk.said()
    assert (rung.hush_ended, rung.seen.value) == (True, 24 * M * USD_UNIT)


async def test_a_muted_watch_says_nothing_and_forgets_nothing_of_what_runs(desk):
    watch = await desk.follow(TransferRule(10 * M))
    await desk.block(1, sends(WHALE, HOT, 6_000))
    await desk.book.put(replace(watch, muted_until=T0 + 40))
    await desk.block(2, sends(WHALE, HOT, 1_000), sends(FRIEND, HOT, 9_000))
    await desk.book.put(watch)
    await desk.block(3, sends(WHALE, HOT, 1_000))
    first, edited = await desk.said()
    assert (edited.incident, edited.seen.count) == (first.incident, 3)


async def test_a_homes_own_labels_are_for_its_own_watches(desk):
    await desk.follow(TransferRule(10 * M), SumRule(20 * M))
    await desk.follow(TransferRule(10 * M), SumRule(20 * M), to=BOB)
    own = Label(1, FRIEND, "Our desk", LabelKind.HOT, Confidence.SAID, ("by-hand",), "2026-01-01")
    await desk.labels.put([own], ANN)
    await desk.block(1, sends(WHALE, FRIEND, 6_000))
    (told,) = await desk.said()
    assert (told.destination, told.seen.flows[0].exchange) == (ANN, "Our desk")
    await desk.block(2, sends(SECOND, FRIEND, 6_000), sends(FRIEND, HOT, 9_000))
    said = {(one.destination, one.rule.key): one.seen for one in await desk.said()}
    assert said[ANN, "sum_all_86400"].value == 24 * M * USD_UNIT
    assert said[BOB, "transfer"].sender == FRIEND  # to Ann that is between exchanges
    assert (ANN, "transfer") in said
    assert len(said) == 3
    assert len(await desk.log.flows(since=0)) == 1


async def test_what_watched_wallets_sent_in_a_week_is_known_at_once_and_after_a_restart(desk):
    await desk.wallet(WHALE)
    await desk.follow(TransferRule(99 * M))
    await desk.block(1, sends(WHALE, HOT, 500), sends(WHALE, KRAKEN, 1_000, tx="0x02"))
    await desk.block(2, sends(WHALE, HOT, 0.001), sends(FRIEND, HOT, 500))
    for _ in range(2):
        found = desk.monitor.deposits([WHALE, SECOND])
        assert found.exchanges == ("Kraken", "Binance")
        assert found.sums[0].amount == 1_500_001 * 10**15
        assert found.since == desk.now - 7 * 86_400
        assert desk.monitor.deposits([SECOND]) is None
        await desk.again()
    desk.now += 8 * 86_400
    assert desk.monitor.deposits([WHALE]) is None


async def test_flows_are_wanted_where_somebody_asked(desk):
    assert not await desk.monitor.flows_wanted(1)
    watch = await desk.follow(TransferRule(), chains=(1,))
    assert await desk.monitor.flows_wanted(1)
    assert not await desk.monitor.flows_wanted(8453)
    desk.reading = False  # UNDERKEEL_FLOWS=off
    await desk.again()
    assert not await desk.monitor.flows_wanted(1)
    desk.reading = True
    await desk.again()
    await desk.book.remove(watch)
    assert not await desk.monitor.flows_wanted(1)


async def test_incidents_that_are_long_over_are_forgotten(desk, client):
    watch = await desk.follow(TransferRule(10 * M))
    await desk.block(1, sends(WHALE, HOT, 6_000))
    (first,) = await desk.said()
    key = StateKey(watch.id, "transfer", first.subject)
    assert key in await desk.judgements.load()
    await desk.block(3 * 7_200, sends(FRIEND, HOT, 1))
    assert key not in await desk.judgements.load()
    assert await client.hlen(keys.STATES) == 0
