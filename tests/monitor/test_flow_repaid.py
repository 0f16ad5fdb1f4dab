"""An incident whose loan is repaid or topped up after the deposit: its message says what the loan is now."""

from dataclasses import replace

import pytest

from bot.domain.alerts import Reason, Severity
from bot.domain.observations import MoveKind
from bot.domain.rules import Hush, SumRule, TransferRule
from bot.domain.transfers import LoanMove, TransfersReorged, TransfersSeen
from bot.messages.compose import Composer
from bot.messages.rich import text_of
from bot.ports import Operation
from bot.subscriptions import ChatSettings
from tests.messages.samples import ATLAS
from tests.monitor.flow_desk import (
    ANN,
    ETH,
    FRIEND,
    HOT,
    PRICES,
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
DAY = 7_200  # blocks


@pytest.fixture
async def desk(client) -> FlowDesk:
    return await FlowDesk(client).again()


def moved(kind: MoveKind = MoveKind.REPAY, millions: float = 10, account=WHALE, index: int = 0) -> LoanMove:
    asset, whole = (ETH, millions * M / 2_000) if kind is MoveKind.SUPPLY else (USDT, millions * M)
    return LoanMove("ethereum", kind, account, account, asset, int(whole * asset.unit), "0x0b", index)


async def deposited(desk: FlowDesk, rule=None, percent: int = 125) -> None:
    """At block 2, with a loan behind it."""
    await desk.follow(rule or TransferRule(M))
    desk.chain.positions = [position(WHALE, percent, number=2, debt=100 * M)]
    await desk.block(1)
    await desk.block(2, sends(WHALE, HOT, 1_000, tx="0x0a"))
    (first,) = await desk.said()
    assert first.reason is Reason.FIRST
    desk.chain.positions = [position(WHALE, 129, number=3, debt=90 * M)]


async def test_a_repayment_brings_the_message_up_to_date_without_a_sound_and_with_the_same_sum(desk):
    await deposited(desk)
    desk.chain.then[2] = [position(WHALE, 125, number=2, debt=100 * M)]
    await desk.block(3, loans=[moved(millions=6), moved(millions=4, index=1)])
    (told,) = await desk.said()
    (delivery,) = desk.deliveries
    assert (told.reason, delivery.operation) == (Reason.CHANGED, Operation.EDIT)
    assert (told.seen.count, told.seen.value) == (1, 2 * M * 10**8)
    (loan,) = told.seen.loans
    assert (loan.now.health_factor, loan.before.health_factor) == (129 * 10**16, 125 * 10**16)
    assert loan.debt_change == -10 * M * 10**8
    await desk.block(4, sends(WHALE, HOT, 500))
    (more,) = await desk.said()
    assert (more.reason, more.seen.count, more.incident) == (Reason.WORSENED, 2, told.incident)
    assert more.id != told.id
    await desk.block(5)
    assert await desk.said() == []


async def test_it_stays_the_transfers_block_that_is_told(desk):
    await deposited(desk)
    await desk.block(50, loans=[moved()])
    (told,) = await desk.said()
    message = Composer(ATLAS).compose(told, ChatSettings(), repeated=False, now=at(50).timestamp)
    assert message.silent
    assert "block 2, 9 min 36 s old" in text_of(message.lines)
    assert "HF 1.29" in text_of(message.lines)


@pytest.mark.parametrize(
    ("move", "told"),
    [
        (moved(MoveKind.SUPPLY), True),
        (moved(MoveKind.WITHDRAW), False),
        (moved(MoveKind.BORROW), False),
        (moved(millions=0.0009), False),
        (moved(account=FRIEND), False),
    ],
    ids=["supplied", "withdrew", "borrowed", "dust", "another's"],
)
async def test_what_makes_a_loan_smaller_or_safer_is_told_anew(desk, move, told):
    await deposited(desk)
    before = len(desk.chain.asked)
    await desk.block(3, loans=[move])
    assert [one.reason for one in await desk.said()] == [Reason.CHANGED] * told
    assert told or len(desk.chain.asked) == before + (
        move.kind is not MoveKind.SUPPLY and move.amount > 10**9
    )


async def test_a_tranche_in_the_same_block_says_it_all(desk):
    await deposited(desk)
    await desk.block(3, sends(WHALE, HOT, 500), loans=[moved()])
    (told,) = await desk.said()
    assert (told.reason, told.seen.loans[0].now.health_factor) == (Reason.WORSENED, 129 * 10**16)


async def test_the_loan_of_an_owners_other_wallet_is_followed_too(desk):
    await desk.wallet(WHALE, owner="Trend")
    await desk.wallet(SECOND, owner="Trend")
    await desk.follow(SumRule(M, by_sender=True))
    desk.chain.positions = [position(SECOND, 125, debt=100 * M)]
    await desk.block(1, sends(WHALE, HOT, 1_000))
    (first,) = await desk.said()
    await desk.block(2, loans=[moved(account=SECOND)])
    (told,) = await desk.said()
    assert (told.reason, told.incident, told.seen.window_s) == (
        Reason.CHANGED,
        first.incident,
        SumRule(M).window_s,
    )


async def test_it_ends_a_day_after_the_last_tranche_and_lasts_no_longer_for_it(desk):
    await deposited(desk)
    await desk.block(2 + DAY, loans=[moved()])
    assert len(await desk.said()) == 1
    await desk.block(3 + DAY, loans=[moved()])
    assert await desk.said() == []


async def test_it_is_never_louder_than_the_incident_was(desk):
    await desk.book.put_settings(ANN, ChatSettings(routes=(("critical", "telegram/9"),)))
    await deposited(desk)
    desk.chain.positions = [position(WHALE, 105, number=3)]
    await desk.block(3, loans=[moved()])
    (told,) = await desk.said()
    assert (told.severity, told.destination) == (Severity.WARNING, ANN)
    await desk.block(4, sends(WHALE, HOT, 100))
    (rung,) = await desk.said()
    assert (rung.severity, desk.deliveries[0].operation) == (Severity.CRITICAL, Operation.REPLY)


async def test_who_wants_silence_has_it(desk):
    await deposited(desk)
    (watch,) = await desk.book.all()
    (key,) = await desk.judgements.load()
    hush = Hush(0, 1, 2, ANN)
    await desk.book.put(replace(watch, hushes=((f"{key.rule}@{key.subject}", hush),)))
    await desk.block(3, loans=[moved()])
    await desk.book.put(replace(watch, muted_until=T0 + 10**6))
    await desk.block(4, loans=[moved()])
    assert await desk.said() == []
    await desk.book.put(watch)
    await desk.block(5, loans=[moved()])
    assert len(await desk.said()) == 1


async def test_a_loan_that_cannot_be_asked_for_is_told_once_it_can_be_even_after_a_restart(desk):
    await deposited(desk)
    desk.chain.away = True
    await desk.block(3, loans=[moved()])
    await desk.block(4)
    assert await desk.said() == []
    desk.chain.away = False
    await desk.again()
    await desk.block(5)
    (told,) = await desk.said()
    assert (told.reason, told.seen.loans_unread) == (Reason.CHANGED, ())
    await desk.block(6)
    assert await desk.said() == []


async def test_where_no_loan_is_left_the_last_one_stays_told(desk):
    await deposited(desk)
    states = await desk.judgements.load()
    desk.chain.positions = []
    await desk.block(3, loans=[moved()])
    await desk.block(4)
    assert await desk.said() == []
    assert await desk.judgements.load() == states


async def test_a_repayment_on_no_block_any_more_is_told_back(desk):
    await deposited(desk)
    await desk.block(3, loans=[moved()])
    (told,) = await desk.said()
    await desk.monitor.transfers_reorged(TransfersReorged(1, 2))
    assert await desk.said() == []
    await desk.again()
    desk.chain.positions = [position(WHALE, 125, number=3, debt=100 * M)]
    await desk.block(3, fork="f")
    (back,) = await desk.said()
    assert (back.reason, back.incident) == (Reason.CHANGED, told.incident)
    assert back.id != told.id
    assert back.seen.loans[0].now.health_factor == 125 * 10**16
    assert desk.deliveries[0].operation is Operation.EDIT
    await desk.block(4, fork="f")
    assert await desk.said() == []


async def test_a_block_that_could_not_be_saved_says_the_same_when_it_is_decided_anew(desk, monkeypatch):
    await deposited(desk)
    real, tried = desk.judgements.save, []

    async def fails(verdicts):
        tried.extend(verdicts.deliveries)
        raise RuntimeError

    monkeypatch.setattr(desk.judgements, "save", fails)
    with pytest.raises(RuntimeError):
        await desk.block(3, loans=[moved()])
    monkeypatch.setattr(desk.judgements, "save", real)
    await desk.block(3, loans=[moved()])
    await desk.monitor.transfers(TransfersSeen(1, at(3), (), (moved(),), PRICES))
    (told,) = await desk.said()
    assert told.id == tried[0].payload.id
