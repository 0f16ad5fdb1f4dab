"""Trend Research's week as transfers to Binance, through the flow monitor: `trend_flows.toml` has the steps.

Only what the file marks DERIVED is held against what the program says; INPUT figures are what it is fed.
"""

import tomllib
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.domain.alerts import Alert, Reason
from bot.domain.flows import FlowKind
from bot.domain.labels import Confidence, Label, LabelKind
from bot.domain.liquidation import liquidation_price
from bot.domain.observations import MoveKind
from bot.domain.positions import Position
from bot.domain.rules import TransferRule
from bot.domain.transfers import NATIVE, USD_UNIT, Channel, LoanMove, Transfer, TransfersSeen
from bot.domain.units import WAD, Address, Asset, BlockRef, RawAmount
from bot.messages.compose import Composer
from bot.messages.rich import text_of
from bot.monitor.flows import FlowMonitor
from bot.ports import Operation, TrackedAsset, Verdicts
from bot.store.flows import StoredFlows
from bot.store.judgements import StoredJudgements
from bot.store.labels import StoredLabels
from bot.store.outbox import StoredOutbox
from bot.store.watchbook import StoredWatchBook
from bot.subscriptions import ChatSettings, FlowTarget, WalletTarget, Watch
from tests.messages.samples import ATLAS, USD, owed, supplied
from tests.messages.samples import WETH as WETH_1
from tests.messages.samples import position as position_of
from tests.store.fixtures import client, store_url

__all__ = ["client", "store_url"]

TABLE = tomllib.loads((Path(__file__).parent / "trend_flows.toml").read_text(), parse_float=Fraction)
STEPS: list[dict[str, Any]] = TABLE["step"]
WITHIN: Fraction = TABLE["within"]
TOTAL: int = TABLE["total"]["value"]
ETH = Asset(1, NATIVE, "ETH", 18)
USDT = Asset(1, Address("0xdAC17F958D2ee523a2206206994597C13D831ec7"), "USDT", 6)
TRACKED = (
    TrackedAsset(ETH, "eth", WETH_1.address),
    TrackedAsset(WETH_1, "eth", WETH_1.address),
    TrackedAsset(USDT, "usd", USDT.address),
)
TREND = Address("0x0000000000000000000000000000000000007E5d")
BINANCE = Address("0x28C6c06298d514Db089934071355E5743bf21d60")
LABEL = Label(
    1, BINANCE, "Binance", LabelKind.HOT, Confidence.SURE, ("exchange-proof-of-reserve",), "2026-01"
)


def near(figure: Fraction | int, published: Fraction | int) -> bool:
    return abs(Fraction(published) / Fraction(figure) - 1) <= WITHIN


@dataclass
class Week:
    """The chain as far as it was published: it feeds blocks, and answers what the loan is at each."""

    number: int = 23_000_000
    at: int = 0
    price: int = 0
    collateral: Fraction = Fraction(TABLE["before"]["collateral"])
    debt: Fraction = Fraction(TABLE["before"]["debt"])
    known: bool = True
    loans_at: dict[int, Position | None] = field(default_factory=dict)

    async def contracts(self, chain_id: int, addresses: Collection[Address]) -> frozenset[Address]:
        return frozenset()

    async def loans(
        self, chain_id: int, accounts: Collection[Address], at: BlockRef | None = None
    ) -> tuple[tuple[Position, ...], tuple[str, ...]]:
        found = self.loans_at.get(at.number if at else self.number)
        return ((found,) if found is not None and TREND in accounts else ()), ()

    def loan(self) -> Position | None:
        """By the program's own arithmetic, of the published amounts."""
        if not self.known:
            return None
        held = supplied(
            WETH_1, round(self.collateral * WETH_1.unit), self.price, threshold=TABLE["threshold_bps"]
        )
        debt = owed(USDT, round(self.debt * USDT.unit), USD)
        return position_of(held, debt, block=self.ref(), account=TREND)

    def ref(self) -> BlockRef:
        return BlockRef(self.number, f"0x{self.number:064x}", self.at)

    def block(self, at: int, *transfers: Transfer, moves: tuple[LoanMove, ...] = ()) -> TransfersSeen:
        """The next block; what has been changed here before holds from it on."""
        self.number, self.at = self.number + 1, at
        self.loans_at[self.number] = self.loan()
        prices = {NATIVE: self.price, WETH_1.address: self.price, USDT.address: USD_UNIT}
        return TransfersSeen(1, self.ref(), transfers, moves, prices)

    def blocks(self, step: dict[str, Any]) -> Iterator[TransfersSeen]:
        """Each tranche taken out and deposited, and the debt paid back with what the one before brought."""
        tranches, left = step["tranches"], step.get("left")
        unpaid = step["repaid"]["value"] if "repaid" in step else 0
        self.known = left is not None
        for number, tranche in enumerate(tranches):
            at = int(tranche["at"].timestamp())
            self.price = round(tranche["price"] * USD_UNIT)
            yield self.block(at - 36)
            last = number == len(tranches) - 1
            self.collateral = left["collateral"] if last and left else self.collateral - tranche["eth"]
            yield self.block(at, *self._deposit(tranche["eth"]), moves=(self._move(tranche["eth"]),))
            if unpaid and not last:
                repaid = unpaid // (len(tranches) - 1 - number)
                unpaid -= repaid
                self.debt = left["debt"] if number == len(tranches) - 2 else self.debt - repaid
                yield self.block(at + 60, *self._payout(repaid), moves=(self._repaid(repaid),))

    def _deposit(self, eth: int) -> tuple[Transfer, ...]:
        amount, tx = RawAmount(eth * 10**18), f"0x{self.number + 1:064x}"
        return (
            Transfer(WETH_1, Address(WETH_1.address), TREND, amount, f"{tx[:-1]}a", 0, Channel.TOKEN, TREND),
            Transfer(ETH, TREND, BINANCE, amount, tx, 1, Channel.NATIVE, TREND),
        )

    def _move(self, eth: int) -> LoanMove:
        tx = f"0x{self.number + 1:063x}a"
        return LoanMove("ethereum", MoveKind.WITHDRAW, TREND, TREND, WETH_1, RawAmount(eth * 10**18), tx, 0)

    def _payout(self, dollars: int) -> tuple[Transfer, ...]:
        tx, amount = f"0x{self.number + 1:064x}", RawAmount(dollars * USDT.unit)
        return (Transfer(USDT, BINANCE, TREND, amount, tx, 0, Channel.TOKEN, BINANCE),)

    def _repaid(self, dollars: int) -> LoanMove:
        tx, amount = f"0x{self.number + 1:063x}b", RawAmount(dollars * USDT.unit)
        return LoanMove("ethereum", MoveKind.REPAY, TREND, TREND, USDT, amount, tx, 1)


class Spy(StoredJudgements):
    said: list[tuple[Operation, Alert]]

    async def save(self, verdicts: Verdicts) -> None:
        await super().save(verdicts)
        for one in verdicts.deliveries:
            assert isinstance(one.payload, Alert)
            self.said.append((one.operation, one.payload))


@dataclass
class Told:
    """The week as it was told: all words, and the last one of each step."""

    said: list[tuple[Operation, Alert]]
    of_step: dict[str, Alert]
    by_day: dict[str, int]
    whole: int


@pytest.fixture
async def told(client: Any) -> Told:
    week = Week()
    book = StoredWatchBook(client)
    await book.add(Watch("", 0, "console/local", FlowTarget(), (TransferRule(min_usd=1_000_000),)))
    await book.add(Watch("", 0, "console/local", WalletTarget(TREND), (), label="Trend Research"))
    spy, flows = Spy(client, StoredOutbox(client)), StoredFlows(client)
    spy.said = []
    monitor = FlowMonitor(
        book,
        spy,
        flows,
        StoredLabels(client, [LABEL]),
        week,
        clock=lambda: float(week.at),
        tracked=lambda: TRACKED,
    )
    await monitor.start()
    last = {}
    for step in STEPS:
        for seen in week.blocks(step):
            await monitor.transfers(seen)
        last[step["id"]] = spy.said[-1][1]
    days = sorted({one["at"].date().isoformat() for step in STEPS for one in step["tranches"]})
    by_day = {}
    for day in days:
        since = int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp())
        sums = await flows.sums(since=since, until=since + 86_400, assets=[f"1/{NATIVE}"])
        by_day[day] = sums.all.into
    sums = await flows.sums(since=week.at - 7 * 86_400, until=week.at + 1, assets=[f"1/{NATIVE}"])
    return Told(spy.said, last, by_day, sums.all.into)


def ours(what: str, alert: Alert) -> Fraction:
    """The figure in what was told."""
    seen = alert.seen
    loan = seen.loans[0]
    match what:
        case "dollars deposited":
            return Fraction(seen.value, USD_UNIT)
        case "debt fell by":
            return Fraction(-loan.debt_change, USD_UNIT)
        case "liquidation price before":
            position = loan.before
        case "liquidation price after":
            position = loan.now
        case _:
            raise AssertionError(what)
    assert position is not None
    price = liquidation_price(position, WETH_1.address)
    assert price is not None
    return Fraction(price, USD_UNIT)


async def test_derived_figures_agree_with_what_is_told(told: Told) -> None:
    counted = Counter[str]()
    for step in STEPS:
        for one in step["derived"]:
            assert one["mark"] == "DERIVED"
            figure = ours(one["what"], told.of_step[step["id"]])
            said = one.get("value") or f"{float(one['low'])} to {float(one['high'])}"
            print(f"\n{step['id']}: {one['what']} {said}, ours {float(figure):,.2f}: {one['agreement']}")
            counted[one["agreement"]] += 1
            match one["agreement"]:
                case "near":
                    assert near(figure, one["value"])
                case "inside":
                    assert one["low"] <= figure <= one["high"]
                case _:
                    assert not near(figure, one["value"])
                    assert one["because"].strip()
    print(f"\n{dict(counted)}")
    assert counted["near"] >= 6
    assert counted["explained"] <= 1


async def test_the_days_sum_up_to_what_was_published(told: Told) -> None:
    days = Counter[str]()
    for step in STEPS:
        for one in step["tranches"]:
            days[one["at"].date().isoformat()] += one["eth"] * 10**18
    print(f"\n{ {day: amount // 10**18 for day, amount in told.by_day.items()} }")
    assert told.by_day == days
    assert told.whole == sum(told.by_day.values()) == TOTAL * 10**18


async def test_the_running_sum_is_the_published_one_at_each_step(told: Told) -> None:
    for step in STEPS:
        seen = told.of_step[step["id"]].seen
        assert [(one.asset.symbol, one.amount) for one in seen.sums] == [
            ("ETH", step["deposited"]["cumulative"] * 10**18)
        ]
        assert seen.kind is FlowKind.INFLOW


async def test_all_tranches_are_one_message_that_rings_when_they_doubled(told: Told) -> None:
    assert len({alert.incident for _, alert in told.said}) == 1
    said = [one for one in told.said if one[1].reason is not Reason.CHANGED]
    operations = [operation for operation, _ in said]
    assert len(operations) == sum(len(step["tranches"]) for step in STEPS)
    assert operations[0] is Operation.SEND
    assert told.said[0][1].reason is Reason.FIRST
    assert operations.count(Operation.SEND) == 1
    rung = told.said[0][1].seen.value
    for operation, alert in said[1:]:
        doubled = alert.seen.value >= 2 * rung
        louder = operation is Operation.REPLY and not doubled
        assert not doubled or operation is Operation.REPLY
        if doubled or louder:
            rung = alert.seen.value
        assert operation in (Operation.EDIT, Operation.REPLY)
    print(f"\n{Counter(str(one) for one in operations)}")
    assert operations.count(Operation.REPLY) <= 6


async def test_each_repayment_ends_in_the_message_with_the_price_it_led_to(told: Told) -> None:
    """A deposit comes before its repayment: at it the liquidation price has just risen."""
    pairs = list(pairwise(alert for _, alert in told.said))
    repaid = [(before, after) for before, after in pairs if after.reason is Reason.CHANGED]
    assert len(repaid) == sum(len(step["tranches"]) - 1 for step in STEPS if "repaid" in step)
    for before, after in repaid:
        assert (after.seen.sums, after.seen.count) == (before.seen.sums, before.seen.count)
        assert after.seen.loans[0].debt_change < before.seen.loans[0].debt_change
        assert ours("liquidation price after", after) < ours("liquidation price after", before)
    assert {operation for operation, alert in told.said if alert.reason is Reason.CHANGED} == {Operation.EDIT}


async def test_the_message_that_no_tool_sent(told: Told) -> None:
    """Published on 1 February: 33,589 ETH, $79.0M, debt fell by $77.5M, liquidation price $1,880 -> $1,830.

    Ours says $1,879, which is (939M + 77.5M) / (651,834.96 x 0.83), and rounds health factors down: 1.28 is
    1.285, which others print as 1.29.
    """
    alert = told.of_step["the first day"]
    now = alert.seen.as_of.timestamp + 9
    message = Composer(ATLAS).compose(alert, ChatSettings(), repeated=False, now=now)
    text = text_of(message.lines)
    print(f"\n{text}\n---\n{text_of(message.details)}")
    first, *rest = text.split("\n")
    assert "Trend Research (HF 1.25 -> 1.28) sent 33,589 ETH ($79M) to Binance" in first
    assert any("Debt fell by $77.5M" in line for line in rest)
    assert any("$1,879 -> $1,830" in line for line in rest)
    loan = alert.seen.loans[0]
    assert loan.before is not None
    assert near(Fraction(loan.before.health_factor, WAD), Fraction(125, 100))
    assert near(Fraction(loan.now.health_factor, WAD), Fraction(129, 100))
    assert loan.withdrawn == ((WETH_1, 33_589 * 10**18),)


def test_the_table_is_whole() -> None:
    assert TABLE["total"]["mark"] == TABLE["before"]["mark"] == "INPUT"
    deposited = 0
    for step in STEPS:
        assert step["source"].strip()
        assert step["by"].strip()
        for what in ("deposited", "repaid", "left"):
            assert step.get(what, {"mark": "INPUT"})["mark"] == "INPUT"
        assert sum(one["eth"] for one in step["tranches"]) == step["deposited"]["value"]
        deposited += step["deposited"]["value"]
        assert deposited == step["deposited"]["cumulative"]
    assert deposited == TOTAL
