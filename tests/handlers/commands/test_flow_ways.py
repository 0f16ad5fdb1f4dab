"""Every way to type a filter of flows that docs/INFLOWS.md shows: run, answered in kind, examples run too."""

import pytest

from bot.domain.flows import FlowKind
from bot.domain.rules import DigestRule, FlowRule, SumRule, TransferRule, UnusualRule
from bot.domain.units import Address
from bot.messages.answers import Fault
from bot.messages.faults import PROBLEMS
from bot.messages.flowanswers import InflowsOn
from bot.subscriptions import FlowTarget
from tests.handlers.commands.flow_ways import OTHERS, PAGE, RIGHT, WRONG, answered, desk, page
from tests.handlers.commands.literal import USDT
from tests.handlers.commands.stand import SAVER
from tests.messages.samples import USDC, WALLET, WBTC

USDT_KEY = f"1/{USDT.address}"


@pytest.mark.parametrize("line", [line for _about, line in RIGHT])
async def test_each_right_way_becomes_a_watch(line: str) -> None:
    facts, _words = await answered(line)
    assert isinstance(facts, InflowsOn), facts


@pytest.mark.parametrize("line", [line for _about, line in WRONG])
async def test_each_wrong_way_is_told_apart_and_its_example_works(line: str) -> None:
    facts, words = await answered(line)
    assert isinstance(facts, Fault), facts
    assert facts.problem in PROBLEMS
    assert facts.example in words
    stand = await desk()
    again = await stand.hears(stand.request(facts.example))
    assert again is not None
    assert not isinstance(again, Fault), (facts.example, again)


@pytest.mark.parametrize("line", [line for _about, line in OTHERS])
async def test_the_examples_of_its_neighbours_work(line: str) -> None:
    facts, _words = await answered(line)
    if isinstance(facts, Fault):
        stand = await desk()
        await stand.ask("/inflows ETH $20m")
        assert not isinstance(await stand.hears(stand.request(facts.example)), Fault), facts


async def test_the_page_shows_what_is_answered_to_the_byte() -> None:
    assert PAGE.read_bytes() == (await page()).encode()


def target(
    *assets: str,
    at: tuple[str, ...] = (),
    senders: tuple[Address, ...] = (),
    receivers: tuple[Address, ...] = (),
    kinds: tuple[FlowKind, ...] = (FlowKind.INFLOW,),
    chains: tuple[int, ...] = (),
) -> FlowTarget:
    return FlowTarget(assets, at, chains, senders, receivers, kinds)


OUT = (FlowKind.OUTFLOW,)
MEANT: list[tuple[str, FlowTarget, FlowRule]] = [
    ("5m", target(), TransferRule(5_000_000)),
    ("$5,000,000", target(), TransferRule(5_000_000)),
    ("over 5 million dollars", target(), TransferRule(5_000_000)),
    ("2,000.50k", target(), TransferRule(2_000_500)),
    ("ETH", target("eth"), TransferRule(10_000_000)),
    ("ETH 20000", target("eth"), TransferRule(0, 20_000)),
    ("ETH 2,000.50", target("eth"), TransferRule(0, 2_000)),
    ("20kETH", target("eth"), TransferRule(0, 20_000)),
    ("ETH 25m", target("eth"), TransferRule(25_000_000)),
    ("ETH $500k", target("eth"), TransferRule(500_000)),
    ("USDT 50m", target(USDT_KEY), TransferRule(50_000_000)),
    ("ETH, WBTC $20m", target("eth", f"1/{WBTC.address}"), TransferRule(20_000_000)),
    ("Binance 5m", target(at=("Binance",)), TransferRule(5_000_000)),
    ("to coinbase prime 5m", target(at=("Coinbase Prime",)), TransferRule(5_000_000)),
    ("from treasury.eth", target(senders=(WALLET,)), TransferRule(1)),
    ("from treasury.eth 500", target(senders=(WALLET,)), TransferRule(500)),
    ("ETH from treasury.eth 1m", target("eth", senders=(WALLET,)), TransferRule(1_000_000)),
    ("from fund", target(senders=(WALLET, SAVER)), TransferRule(1)),
    ("USDC on 1 10m", target(f"1/{USDC.address}", chains=(1,)), TransferRule(10_000_000)),
    ("USDT Binance 50m in 24h", target(USDT_KEY, at=("Binance",)), SumRule(50_000_000, 86_400)),
    ("$20m each in 12h", target(), SumRule(20_000_000, 43_200, by_sender=True)),
    ("by sender $20m", target(), SumRule(20_000_000, 86_400, by_sender=True)),
    ("ETH unusual", target("eth"), UnusualRule()),
    ("ETH unusual $20m", target("eth"), UnusualRule(min_usd=20_000_000)),
    ("digest daily", target(), DigestRule(86_400)),
    ("digest hourly OKX", target(at=("OKX",)), DigestRule(3_600)),
    ("digest", target(), DigestRule(86_400)),
    ("ETH out 20000", target("eth", kinds=OUT), TransferRule(0, 20_000)),
    (f"ETH 20000 to {WALLET}", target("eth", receivers=(WALLET,), kinds=OUT), TransferRule(0, 20_000)),
    ("both 5m", target(kinds=(FlowKind.INFLOW, FlowKind.OUTFLOW)), TransferRule(5_000_000)),
    ("between $50m", target(kinds=(FlowKind.BETWEEN,)), TransferRule(50_000_000)),
]


@pytest.mark.parametrize(("words", "wanted", "rule"), MEANT)
async def test_what_words_mean(words: str, wanted: FlowTarget, rule: FlowRule) -> None:
    stand = await desk()
    facts = await stand.hears(stand.request(f"/inflows {words}"))
    assert isinstance(facts, InflowsOn), facts
    found = facts.watch.target
    assert isinstance(found, FlowTarget)
    assert found.said == words
    assert (found.assets, found.exchanges, found.chains) == (wanted.assets, wanted.exchanges, wanted.chains)
    assert (found.senders, found.receivers) == (wanted.senders, wanted.receivers)
    assert (found.directions, facts.rule) == (wanted.directions, rule)


@pytest.mark.parametrize(("words", "wanted", "rule"), MEANT)
async def test_a_list_takes_back_what_it_says(words: str, wanted: FlowTarget, rule: FlowRule) -> None:
    """Exported as CSV, imported at another desk: the same filter, the same rule."""
    stand = await desk()
    await stand.ask(f"/inflows {words}")
    message = await stand.message(stand.request("/export list"))
    assert message is not None
    assert message.file is not None
    other = await desk()
    await other.desk.handle(other.request(f"/import {message.file.text}"))
    (found,) = [one for one in other.book.watches if isinstance(one.target, FlowTarget)]
    assert isinstance(found.target, FlowTarget)
    for name in ("assets", "exchanges", "chains", "senders", "receivers", "directions"):
        assert getattr(found.target, name) == getattr(wanted, name), name
    assert found.rules == (rule,)
