"""Flow alerts among others: alone, in quiet hours, by routes; and what a loan in danger tells of deposits."""

from dataclasses import replace

import pytest

from bot.domain.alerts import Alert, AlertGroup, Reason
from bot.domain.flows import Deposits
from bot.domain.observations import BlockSeen
from bot.domain.rules import HealthRule, TransferRule
from bot.monitor import Monitor
from bot.ports import Lane, Operation
from bot.subscriptions import ChatSettings, Quiet, WalletTarget, Watch
from tests.fakes import FakeBook, FakeJudgements
from tests.monitor.flow_desk import ANN, FRIEND, HOT, SECOND, T0, WHALE, FlowDesk, at, position, sends
from tests.monitor.test_monitor import WALLET
from tests.monitor.test_monitor import seen as reading_of

M = 1_000_000
SENT = Deposits(T0, (), ("Binance",))


@pytest.fixture
async def desk(client) -> FlowDesk:
    return await FlowDesk(client).again()


async def test_several_of_a_block_are_messages_of_their_own(desk):
    """A common message could not be brought up to date with the tranches of one."""
    await desk.follow(TransferRule(M))
    await desk.block(1, sends(WHALE, HOT, 1_000), sends(FRIEND, HOT, 1_000))
    said = await desk.said()
    assert len(said) == 2
    assert not any(isinstance(one, AlertGroup) for one in said)
    await desk.block(2, sends(WHALE, HOT, 100))
    await desk.said()
    assert [one.operation for one in desk.deliveries] == [Operation.EDIT]


async def test_they_wait_for_the_end_of_quiet_hours_unless_critical(desk):
    await desk.book.put_settings(ANN, ChatSettings(quiet=Quiet(0, 24 * 60)))
    await desk.follow(TransferRule(M))
    desk.chain.positions = [position(FRIEND, 105)]
    await desk.block(1, sends(WHALE, HOT, 1_000), sends(FRIEND, HOT, 1_000))
    (told,) = await desk.said()
    assert told.seen.sender == FRIEND
    assert desk.deliveries[0].lane is Lane.CRITICAL


async def test_a_route_of_their_severity_takes_them_and_tranches_follow_the_loudest(desk):
    await desk.book.put_settings(ANN, ChatSettings(routes=(("critical", "telegram/9"),)))
    await desk.follow(TransferRule(M))
    desk.chain.positions = [position(FRIEND, 105)]
    await desk.block(1, sends(FRIEND, HOT, 1_000))
    desk.chain.positions = []
    await desk.block(2, sends(FRIEND, HOT, 100))
    assert [one.destination for one in await desk.said()] == ["telegram/9"] * 2


async def test_a_loan_that_comes_near_rings_beneath_the_first_message(desk):
    await desk.follow(TransferRule(M))
    await desk.block(1, sends(FRIEND, HOT, 1_000))
    desk.chain.positions = [position(FRIEND, 140)]
    await desk.block(2, sends(FRIEND, HOT, 100))
    await desk.said()
    assert [one.operation for one in desk.deliveries] == [Operation.SEND, Operation.REPLY]


async def test_ids_are_the_same_whoever_decides_and_none_twice(desk, client):
    await desk.follow(TransferRule(M))
    await desk.block(1, sends(WHALE, HOT, 1_000))
    await desk.block(2, sends(WHALE, HOT, 100))
    await desk.block(3, sends(WHALE, HOT, 2_000))
    ids = [one.id for one in await desk.said()]
    assert len(set(ids)) == 3
    await client.flushall()
    other = await FlowDesk(client).again()
    await other.follow(TransferRule(M))
    await other.block(1, sends(WHALE, HOT, 1_000))
    await other.again()
    await other.block(2, sends(WHALE, HOT, 100))
    await other.block(3, sends(WHALE, HOT, 2_000))
    assert [one.id for one in await other.said()] == ids


@pytest.mark.parametrize(
    ("percents", "reason"), [((140,), Reason.FIRST), ((140, 120), Reason.WORSENED)], ids=str
)
async def test_a_loan_in_danger_tells_what_its_owner_sent_to_exchanges(percents, reason):
    asked = []

    def deposits(wallets):
        asked.append(set(wallets))
        return SENT

    book, kept = FakeBook(), FakeJudgements()
    monitor = Monitor(book, kept, clock=lambda: T0, stale_after_s=300, deposits=deposits)
    watch = await book.add(Watch("", 0, ANN, WalletTarget(WALLET), (HealthRule(),), owner="Trend"))
    await book.add(replace(watch, target=WalletTarget(SECOND)))
    await book.add(replace(watch, target=WalletTarget(FRIEND), owner=""))
    for number, percent in enumerate(percents, 1):
        await monitor.block(BlockSeen("ethereum", at(number), {}, (reading_of(percent, number),)))
    told: Alert = kept.deliveries[-1].payload
    assert (told.reason, told.deposits) == (reason, SENT)
    assert asked[-1] == {WALLET, SECOND}
    before = len(asked)
    await monitor.block(BlockSeen("ethereum", at(9), {}, (reading_of(300, 9),)))
    await monitor.block(BlockSeen("ethereum", at(99), {}, (reading_of(300, 99),)))
    assert kept.deliveries[-1].payload.deposits is None  # it is over
    assert len(asked) == before
