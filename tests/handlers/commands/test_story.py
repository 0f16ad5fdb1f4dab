"""/story through the desk: whose, since when, at which cost; words, facts and the picture."""

import json
from dataclasses import replace

import pytest

from bot.domain.flows import Flow, FlowKind
from bot.domain.labels import Confidence, Label, LabelKind
from bot.domain.story.events import EventKind, Priced
from bot.domain.story.past import Past
from bot.domain.transfers import NATIVE
from bot.domain.units import WAD, Address, Asset, BaseAmount, RawAmount
from bot.messages.answers import Fault
from bot.messages.compose import Composer
from bot.messages.facts import facts
from bot.messages.rich import text_of
from bot.messages.storyfacts import StoryShown
from bot.ports import Point
from bot.subscriptions import ChatSettings, Shown, subject_id
from tests.fakes import FakeLabels
from tests.handlers.commands.literal import ATLAS, BASKETS
from tests.handlers.commands.lives import BORN, LIFE, PART, PAST, PRICES, WHOLE, event
from tests.handlers.commands.stand import SAVER, Stand
from tests.messages.samples import NOW, USD, USDC, WALLET, WETH, WSTETH

BINANCE = Address("0x28C6c06298d514Db089934071355E5743bf21d60")


@pytest.fixture
def stand() -> Stand:
    found = Stand()
    found.stories.known = PAST
    return found


async def told(stand: Stand, text: str) -> StoryShown:
    answer = await stand.hears(stand.request(text))
    assert isinstance(answer, StoryShown), answer
    return answer


async def test_a_wallets_life_in_words(stand: Stand) -> None:
    words = await stand.ask(f"/story {WALLET}")
    for said in (
        "Entry: 100 ETH at $3,000 on average ($300k), from exchanges",
        "Exit: 80 ETH at $2,100 on average ($168k), to exchanges",
        "Seized: 11 ETH at $2,000 on average ($22k), by liquidators",
        "Realised loss: -$83k, -30.4 % by average cost",
        "Left: 9 ETH that cost $3,000 each; at the last price I know, $2,100",
        "that is -$8,100 more, -$91.1k in all",
        "Debt: borrowed 150,000 USDC, repaid 131,000 USDC · 20,000 USDC by liquidators",
        "interest 1,000 USDC ($1,000): repaid beyond what was borrowed",
        "Liquidated 1 time · penalties $2,000: seized less repaid",
        "sent 80 WETH ($168k) to Binance",
        "The chain's own coin moves without a log: it is not in it",
    ):
        assert said in words
    [message] = stand.outbox.messages
    assert message.chart is not None
    assert [(one.sign, len(one.points)) for one in message.chart.marks] == [
        ("build", 2), ("sell", 1), ("borrow", 1), ("repay", 1), ("liquidated", 1),
    ]  # fmt: skip
    assert message.chart.marks[1].points == ((BORN + 12 * 86_400, 2_100 * USD),)
    links = [span.url for line in (*message.lines, *message.details) for span in line if "/tx/" in span.url]
    assert {link.rpartition("/")[2] for link in links} == {one.tx for one in LIFE}
    assert "defillama · sure" in text_of(message.details)


async def test_where_amounts_are_hidden_prices_and_shares_remain(stand: Stand) -> None:
    answer = await told(stand, f"/story {WALLET}")
    message = Composer(ATLAS, BASKETS).answer(answer, ChatSettings(amounts=Shown.OFF), now=NOW)
    words = text_of((*message.lines, *message.details))
    assert "Entry: ETH at $3,000 on average, from exchanges" in words
    assert "Realised loss: -30.4 % by average cost" in words
    for hidden in ("100 ETH", "150", "131", "300k", "168k", "83k", "20,000", "11 WETH", "80 WETH"):
        assert hidden not in words


async def test_an_owners_wallets_are_one(stand: Stand) -> None:
    stand.names.table["saver.eth"] = SAVER
    await stand.ask(f"/owner Trend Research {WALLET}, saver.eth")
    sent = event(EventKind.SENT, 3, 5 * WAD, 3_000, other=SAVER)
    got = replace(sent, kind=EventKind.RECEIVED, account=SAVER, other=WALLET)
    stand.stories.known = replace(stand.stories.known, events=(*LIFE[:3], sent, got, *LIFE[3:]))
    answer = await told(stand, "/story trend research")
    assert answer.story.accounts == (WALLET, SAVER)
    assert {one.kind for one in answer.story.events}.isdisjoint({EventKind.SENT, EventKind.RECEIVED})
    assert "Trend Research · 2 wallets" in (await stand.ask("/story Trend Research"))
    alone = await told(stand, "/story 1")
    assert alone.story.accounts == (WALLET,)
    assert EventKind.SENT in {one.kind for one in alone.story.events}


async def test_what_was_there_before_is_said_and_takes_a_cost(stand: Stand) -> None:
    stand.stories.known = Past(LIFE[2:], (PART,), ("Aave v3 Base",), PRICES)
    words = await stand.ask(f"/story {WALLET}")
    assert "Realised" not in words
    assert "91 ETH ($190k) went whose cost I do not know: it came before, or without a trace" in words
    assert "Known since block 24,000,000" in words
    assert "Not readable now, so unknown: Aave v3 Base" in words
    assert "interest not known: what was owed before is not" in words
    [example] = [line for line in words.splitlines() if "Say it: " in line]
    again = await stand.ask(example.partition("Say it: ")[2].replace("3000", "3,105.50"))
    assert "Realised loss: -$92.6k, -32.7 % by average cost" in again
    assert "What came without a trace is taken at $3,105.50, as you said" in again


async def test_fifo_stands_beside_average_cost_where_it_differs(stand: Stand) -> None:
    second = event(EventKind.FROM_EXCHANGE, 3, 100 * WAD, 2_000)
    stand.stories.known = Past((*LIFE[:3], second, *LIFE[3:]), (WHOLE,))
    words = await stand.ask(f"/story {WALLET}")
    assert "Realised loss: -$37.5k, -16.4 % by average cost (FIFO: -$83k, -30.4 %)" in words
    assert all(message.chart is None for message in stand.outbox.messages), "no prices, no picture"


async def test_a_short_tells_what_the_debt_brought_and_took(stand: Stand) -> None:
    stand.stories.known = Past(
        (
            event(EventKind.BORROW, 1, 10 * WAD, 3_000),
            event(EventKind.TO_EXCHANGE, 1, 10 * WAD, 3_000),
            event(EventKind.FROM_EXCHANGE, 9, 11 * WAD, 3_500),
            event(EventKind.REPAY, 9, 11 * WAD, 3_500),
        ),
        (WHOLE,),
    )
    words = await stand.ask(f"/story {WALLET}")
    assert (
        "Debt: borrowed 10 WETH, repaid 11 WETH · in dollars $30k borrowed, $38.5k repaid: -$8,500" in words
    )


async def test_kept_prices_and_kept_flows_fill_what_the_chain_does_not_tell(stand: Stand) -> None:
    bare = tuple(replace(one, value=None, repaid_value=None, priced=Priced.UNKNOWN) for one in LIFE)
    staked = event(EventKind.SUPPLY, 11, WAD, None, WSTETH)
    stand.stories.known = Past((*bare, staked), (WHOLE,))
    assert "prices that I do not know" in await stand.ask(f"/story {WALLET}")
    for asset, price in ((WETH, 2_500), (USDC, 1), (WSTETH, 3_000)):
        for day in (10, 11, 12):
            at = BORN + day * 86_400 - 3_600 * (1 if day < 12 else 3)
            await stand.history.add({subject_id("ethereum", asset.address): Point(at, 0, price * USD)})
    answer = await told(stand, f"/story {WALLET}")
    by_kind = {(one.kind, one.asset): one for one in answer.story.events}
    seized = by_kind[EventKind.LIQUIDATED, WETH]
    assert (seized.priced, seized.value, seized.repaid_value) == (Priced.KEPT, 27_500 * USD, 20_000 * USD)
    assert by_kind[EventKind.SUPPLY, WSTETH].quantity == WAD * 12 // 10
    assert by_kind[EventKind.TO_EXCHANGE, WETH].value is None, "three hours are too far"
    stand.history.away = True
    assert (await told(stand, f"/story {WALLET}")).story.penalties_unknown == 1


async def test_labels_of_all_layers_are_asked_with_and_flows_seen_live_are_in_it() -> None:
    coin = Asset(1, NATIVE, "ETH", 18)
    flow = Flow(
        "0xaa:native:1", FlowKind.INFLOW, 1, coin, RawAmount(5 * WAD), BaseAmount(10_500 * USD), WALLET,
        BINANCE,
        "Binance", Confidence.SURE, "defillama", "2026-10", "0xaa", 24_090_000, NOW - 600,
    )  # fmt: skip
    logged = replace(flow, id="0xbb:token:1", asset=WETH, tx=LIFE[-1].tx)

    class Kept:
        async def flows(self, *, since, senders=(), assets=()):
            return (flow, logged)

    label = Label(1, BINANCE, "Binance", LabelKind.HOT, Confidence.SURE, ("defillama",), "2026-10")
    stand = Stand()
    stand.stories.known = Past(LIFE, (WHOLE,), (), PRICES)
    labels = FakeLabels()
    await labels.put([label])
    services = replace(stand.desk._services, flows=Kept(), labels=labels)
    stand.desk._services = services
    answer = await told(stand, f"/story {WALLET}")
    assert answer.own_coin
    assert [one.asset for one in answer.story.events if one.exchange].count(coin) == 1
    assert len(answer.story.events) == len(LIFE) + 1, "the logged one is not told twice"
    [(accounts, asked)] = stand.stories.asked
    assert accounts == (WALLET,)
    assert asked.get(1, BINANCE) == label


async def test_the_facts_are_exact(stand: Stand) -> None:
    said = facts(await told(stand, f"/story {WALLET}"))
    assert said["answer"] == "story_shown"
    json.dumps(said)
    [family] = said["families"]
    assert family["entry"] == {
        "coins": "100",
        "value": "300000",
        "average": "3000",
        "unvalued": "0",
        "count": 1,
    }
    average, fifo = family["realised"]
    assert (average["accounting"], fifo["accounting"]) == ("average", "fifo")
    assert average["profit"] == fifo["profit"] == "-83000"
    assert said["penalties"] == "2000"
    assert [one["tx"] for one in said["events"]] == [one.tx for one in LIFE]
    assert said["debts"][0]["interest"] == str(1_000 * 10**6)


async def test_nothing_and_silence_are_told_apart(stand: Stand) -> None:
    stand.stories.known = Past((), (WHOLE,))
    assert "Nothing that I can read" in await stand.ask(f"/story {WALLET}")
    stand.stories.silent = True
    answer = await stand.hears(stand.request(f"/story {WALLET}"))
    assert isinstance(answer, Fault)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("/story", "missing_story"),
        ("/story cost 3000", "missing_story"),
        ("/story nobody", "not_an_address"),
        ("/story demo", "nothing_to_tell"),
        ("/story 2 cost much", "not_a_cost"),
        ("/story 2 cost 0", "not_a_cost"),
        ("/story 2 cost", "not_a_cost"),
        ("/story 2 cost 3000 please", "extra_words"),
        ("/story 0x12", "address_length"),
    ],
)
async def test_wrong_inputs_are_told_with_one_that_works(stand: Stand, text: str, problem: str) -> None:
    await stand.ask("/simulate 10 ETH vs 20k USDC as demo")
    await stand.ask(f"/watch {WALLET} treasury")
    fault = await stand.hears(stand.request(text))
    assert isinstance(fault, Fault)
    assert fault.problem == problem
    assert not isinstance(await stand.hears(stand.request(fault.example)), Fault)


async def test_hostile_names_are_harmless(stand: Stand) -> None:
    nasty = "🔴 @all\u202e\nhttps://evil.example"
    life = tuple(replace(one, exchange=one.exchange and nasty, source=nasty, certainty=nasty) for one in LIFE)
    stand.stories.known = Past(life, (WHOLE,), (), PRICES, episode=nasty)
    await stand.ask(f"/story {WALLET}")
    message = stand.outbox.messages[-1]
    words = text_of((*message.lines, *message.details))
    for sign in ("🔴", "\u202e", "https://evil", "@all"):
        assert sign not in words
