"""Alerts of flows in words: what stands where, what is hidden, what fits, whatever the names are."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.alerts import Alert, AlertGroup, Reason, Severity
from bot.domain.flows import AssetSum, Deposits, FlowKind, FlowSeen, Normal, Relation
from bot.domain.labels import Confidence
from bot.domain.rules import DigestRule, SumRule, TransferRule, UnusualRule
from bot.domain.transfers import NATIVE
from bot.domain.units import Asset, BaseAmount, RawAmount
from bot.messages.answers import AlertDetails, GroupDetails, Why
from bot.messages.compose import Composer
from bot.messages.facts import facts
from bot.messages.model import Line, Message, Open, Press
from bot.messages.rich import UNITS_AT_MOST, line_text, text_of, units
from bot.subscriptions import ChatSettings
from handlers.discord import renderer as discord
from handlers.telegram import renderer as telegram
from tests.handlers.commands.literal import BASKETS
from tests.messages.flows import BINANCE, DEPOSIT, ETH, SENDER, flow, flow_alert, loan, seen, tranches
from tests.messages.samples import ATLAS, NOW, USD, USDC, alert, treasury

COMPOSER = Composer(ATLAS, BASKETS)
NOTICE = Severity.NOTICE
OUT, BETWEEN = FlowKind.OUTFLOW, FlowKind.BETWEEN
MILLION = 10**6 * USD
PROOF = "label sure: Binance's own proof of reserve, 2024-06"
BLOCK = "block 24,100,233, 9 s old"
NORMAL = Normal(BaseAmount(90 * MILLION), BaseAmount(10 * MILLION), BaseAmount(5 * MILLION), 500)
GONE = "0x" + "ab" * 32
MANY = (flow(), flow(5_000, asset=USDC, price=USD, index=1, exchange="OKX"))


def said(of: Alert, *, private: bool = True, chosen: ChatSettings | None = None) -> Message:
    return COMPOSER.compose(of, chosen or ChatSettings(), repeated=False, now=NOW, private=private)


def lines_of(message: Message) -> list[str]:
    return text_of(message.lines).split("\n")


ALERTS = [
    (
        flow_alert(seen(flow(), loans=(loan(),))),
        [
            "🟠 INFLOW · Trend Research (HF 1.30 -> 1.34) sent 33,589 ETH ($79M) to Binance",
            f"{BLOCK} · {PROOF}",
            (
                "Debt fell by $77.5M in 24 h · liquidation price of ETH $1,804 -> $1,750, 25.5 % away"
                " · still holds 618,245 WETH against $898M"
            ),
        ],
    ),
    (
        flow_alert(seen(flow(), name=""), severity=NOTICE),
        ["🔵 INFLOW · 0xd8dA…6045 sent 33,589 ETH ($79M) to Binance", f"{BLOCK} · {PROOF}"],
    ),
    (
        flow_alert(seen(flow(), loans=(loan(relation=Relation.FUNDED),)), severity=Severity.CRITICAL),
        ["🔴 CRITICAL INFLOW · Trend Research (behind it HF 1.30 -> 1.34) sent 33,589 ETH ($79M) to Binance"],
    ),
    (
        flow_alert(seen(flow(), loans=(loan(before=None),))),
        [
            "🟠 INFLOW · Trend Research (HF 1.34) sent 33,589 ETH ($79M) to Binance",
            f"{BLOCK} · {PROOF}",
            (
                "Debt unchanged in 24 h · liquidation price of ETH $1,750, 25.5 % away"
                " · still holds 618,245 WETH against $898M"
            ),
        ],
    ),
    (
        flow_alert(replace(tranches(7), loans=()), Reason.WORSENED, NOTICE),
        [
            "🔵 INFLOW · Trend Research sent 19,593 ETH ($46.1M) to Binance",
            f"In 7 transfers since 21 Sep 2026, 14:01 UTC, the last 9 s old · {PROOF}",
        ],
    ),
    (
        flow_alert(replace(tranches(12), loans=()), Reason.WORSENED, NOTICE, before=39 * MILLION),
        [
            "🔵 INFLOW · Trend Research sent 27,990 ETH ($65.8M) to Binance",
            "More since I last rang: it was $39M",
            f"In 12 transfers, the last 9 s old · {PROOF}",
        ],
    ),
    (
        flow_alert(seen(flow(confidence=Confidence.PROBABLE, at_sweep=True, via=DEPOSIT)), severity=NOTICE),
        [
            "🔵 INFLOW · Trend Research sent 33,589 ETH ($79M) to Binance",
            f"{BLOCK} · probable: a deposit address of Binance that I learned on 2026-01-28 from its sweeps",
            "Deposited earlier, seen when Binance swept it",
        ],
    ),
    (
        flow_alert(seen(flow(20_000, kind=OUT), kind=OUT, name="BitMine"), severity=NOTICE),
        ["🔵 OUTFLOW · BitMine withdrew 20,000 ETH ($47M) from Binance", f"{BLOCK} · {PROOF}"],
    ),
    (
        flow_alert(
            replace(seen(flow(20_000, kind=OUT), kind=OUT, name="BitMine"), accumulates=True), severity=NOTICE
        ),
        ["🔵 ACCUMULATION · BitMine withdrew 20,000 ETH ($47M) from Binance", f"{BLOCK} · {PROOF}"],
    ),
    (
        flow_alert(seen(flow(kind=BETWEEN), kind=BETWEEN), severity=NOTICE),
        ["🔵 BETWEEN EXCHANGES · 33,589 ETH ($79M) went from OKX to Binance", f"{BLOCK} · {PROOF}"],
    ),
    (
        flow_alert(
            seen(*MANY, sender=None, name="", window_s=86_400, count=40),
            severity=NOTICE,
            rule=SumRule(50_000_000),
        ),
        [
            "🔵 INFLOW · 33,589 ETH, 5,000 USDC ($79M) reached Binance, OKX within 1 d",
            f"In 40 transfers, the last 9 s old · {PROOF}",
        ],
    ),
    (
        flow_alert(
            seen(flow(), sender=None, name="", normal=NORMAL, count=30), severity=NOTICE, rule=UnusualRule()
        ),
        [
            "🔵 UNUSUAL · ETH to exchanges: $90M within an hour, 9 times a normal hour",
            "A normal hour has $10M, give or take $5M: known from 20 d 20 h",
            "At Binance; the largest is $79M",
            BLOCK,
        ],
    ),
    (
        flow_alert(
            seen(
                sender=None,
                name="",
                window_s=86_400,
                digest=(
                    ("Binance", BaseAmount(500 * MILLION), BaseAmount(200 * MILLION)),
                    ("OKX", BaseAmount(5 * MILLION), BaseAmount(20 * MILLION)),
                ),
            ),
            severity=NOTICE,
            rule=DigestRule(),
        ),
        [
            "🔵 DIGEST · $505M in, $220M out within 1 d: net +$285M",
            "Binance: in $500M, out $200M, net +$300M",
            "OKX: in $5M, out $20M, net -$15M",
            f"Ethereum · {BLOCK}",
        ],
    ),
    (
        flow_alert(replace(seen(flow(1_000)), retracted=(GONE,)), Reason.CORRECTED, NOTICE),
        [
            "⚪ CORRECTED · Trend Research sent 1,000 ETH ($2.35M) to Binance",
            "1 transfer taken back: the chain replaced the block, so it did not happen",
            f"{BLOCK} · {PROOF}",
        ],
    ),
    (
        flow_alert(replace(seen(), retracted=(GONE, GONE)), Reason.CORRECTED, NOTICE),
        [
            "⚪ TAKEN BACK · Trend Research · what I told here is not so",
            "2 transfers taken back: the chain replaced the block, so it did not happen",
        ],
    ),
    (
        flow_alert(replace(seen(flow()), loans_unread=("Aave v3 Base", "Aave v3 Linea")), severity=NOTICE),
        [
            "🔵 INFLOW · Trend Research sent 33,589 ETH ($79M) to Binance",
            f"{BLOCK} · {PROOF}",
            "Could not ask Aave v3 Base, Aave v3 Linea: no word about loans there",
        ],
    ),
    (
        flow_alert(seen(flow(price=None)), severity=NOTICE),
        ["🔵 INFLOW · Trend Research sent 33,589 ETH (no price known) to Binance", f"{BLOCK} · {PROOF}"],
    ),
]


@pytest.mark.parametrize(("of", "wanted"), ALERTS)
def test_what_an_alert_says(of: Alert, wanted: list[str]) -> None:
    assert lines_of(said(of))[: len(wanted)] == wanted
    assert len(lines_of(said(of))) == max(len(wanted), len(lines_of(said(of))) if len(wanted) == 1 else 0)


def test_only_what_is_critical_rings() -> None:
    for severity in Severity:
        message = said(flow_alert(seen(flow()), severity=severity))
        assert message.silent is (severity is not Severity.CRITICAL)
        assert message.severity == severity.name.lower()


def test_every_transaction_and_address_stands_in_full_and_linked() -> None:
    message = said(flow_alert(tranches(12)))
    folded = text_of(message.details)
    links = {span.url for line in message.details for span in line if span.url}
    for number in range(10):
        assert f"https://etherscan.io/tx/0x{number + 0xABC:064x}" in links
    for address in (SENDER, BINANCE):
        assert address in folded
        assert f"https://etherscan.io/address/{address}" in links
    assert "and 2 more transfers" in folded
    assert "Taken out since 21 Sep 2026, 12:13 UTC: 33,589 WETH" in folded


def test_the_way_of_the_coins_is_told_whole() -> None:
    of = seen(flow(via=DEPOSIT), loans=(loan(relation=Relation.FUNDED),))
    folded = text_of(said(flow_alert(of)).details)
    assert f"Its coins went {DEPOSIT} -> {SENDER}" in folded
    assert f"Through {DEPOSIT}" in folded


def test_the_loan_of_another_wallet_of_the_owner_is_said_to_be_that() -> None:
    of = seen(flow(), loans=(loan(relation=Relation.OWNER),))
    assert "Another wallet of Trend Research" in text_of(said(flow_alert(of)).details)


def test_no_loan_is_told_only_where_markets_answered() -> None:
    none, unread = "No loan behind it", seen(flow())
    assert none in text_of(said(flow_alert(unread)).details)
    assert none not in text_of(said(flow_alert(replace(unread, loans_unread=("Aave v3 Base",)))).details)


def test_what_is_not_traced_is_told() -> None:
    blind = replace(seen(flow()), untraced=True)
    assert "Coins moved by contracts on Ethereum are not seen" in text_of(said(flow_alert(blind)).details)


def test_a_group_hears_of_the_transfer_and_not_how_much_the_loan_is() -> None:
    message = said(flow_alert(seen(flow(), loans=(loan(),))), private=False)
    text = text_of((*message.lines, *message.details))
    assert "33,589 ETH ($79M)" in text
    assert "HF 1.30 -> 1.34" in text
    assert "liquidation price of ETH $1,804 -> $1,750" in text
    for hidden in ("77.5", "618,245", "898"):
        assert hidden not in text
    assert "Amounts are hidden here" in text


def buttons(message: Message) -> dict[str, str]:
    found = [one for row in message.buttons for one in row]
    texts = {
        one.label: one.action.data() if isinstance(one.action, Press) else one.action.url
        for one in found
        if isinstance(one.action, Press | Open)
    }
    assert len(texts) == len(found)
    return texts


def test_buttons_lead_on() -> None:
    of = flow_alert(seen(flow(), loans=(loan(),)))
    assert buttons(said(of)) == {
        "Transaction": f"https://etherscan.io/tx/0x{0xABC:064x}",
        "Explorer": f"https://etherscan.io/address/{SENDER}",
        "Who is it": f"1|who|{SENDER}",
        "Flows": "1|flows|ETH 24h",
        "Snooze 1h": f"1|snooze|{of.incident}",
        "Ack": f"1|ack|{of.incident}",
        "Watch this wallet": f"1|watch|{SENDER}",
    }
    assert "Watch this wallet" not in buttons(said(flow_alert(seen(flow()))))
    unusual = flow_alert(seen(flow(), sender=None, normal=NORMAL, count=30), rule=UnusualRule())
    assert {"Snooze 1h", "Ack", "Who is it"}.isdisjoint(buttons(said(unusual)))


# ---- together, unfolded, on cards ------------------------------------------------------------------------


def test_flows_stand_in_a_common_message() -> None:
    group = AlertGroup(
        "g1", (flow_alert(seen(flow(), loans=(loan(),)), severity=Severity.CRITICAL), alert(treasury()))
    )
    message = COMPOSER.compose(group, ChatSettings(), repeated=False, now=NOW)
    told = lines_of(message)
    assert told[0].startswith("🔴 CRITICAL · 2 alerts")
    assert any(line.startswith("🔴 CRITICAL INFLOW · Trend Research") for line in told)
    unfolded = COMPOSER.answer(GroupDetails(group), ChatSettings(), now=NOW)
    assert "33,589 ETH ($79M)" in text_of(unfolded.lines)


def test_details_and_why_have_the_evidence() -> None:
    of = flow_alert(seen(flow(), loans=(loan(),)))
    details = text_of(COMPOSER.answer(AlertDetails(of), ChatSettings(), now=NOW).lines)
    assert f"Sent by {SENDER}" in details
    why = text_of(COMPOSER.answer(Why(of), ChatSettings(), now=NOW).lines)
    assert "transfers on Ethereum" in why
    assert "Rule: Tell of transfers worth $10M or more" in why


def test_a_card_says_what_was_sent_to_exchanges_in_a_week() -> None:
    sums = (AssetSum(ETH, RawAmount(33_589 * 10**18), BaseAmount(79 * MILLION), 12),)
    sent = Deposits(NOW - 7 * 86_400, sums, ("Binance", "OKX"))
    message = said(replace(alert(treasury()), deposits=sent))
    assert "Sent to exchanges in 7 d: 33,589 ETH ($79M) to Binance, OKX" in lines_of(message)


# ---- hostile, large, in JSON -------------------------------------------------------------------------------

EVIL = "\u202e[x](http://evil) @everyone <b>·🔴 CRITICAL</b> $0 t.me/evil " + "x" * 200


def shown(message: Message) -> tuple[Line, ...]:
    return (*message.lines, *message.details)


def evil() -> FlowSeen:
    coin = Asset(1, NATIVE, EVIL, 77)
    flows = tuple(
        replace(
            flow(1, index=index, asset=coin, exchange=EVIL, via=DEPOSIT),
            seen=EVIL,
            source=EVIL,
            confidence=Confidence.LIKELY,
        )
        for index in range(10)
    )
    of = seen(*flows, name=EVIL, count=10**9, loans=(loan(), loan(relation=Relation.OWNER), loan()))
    return replace(
        of,
        loans_unread=(EVIL,) * 20,
        retracted=(GONE,) * 50,
        digest=tuple((EVIL + str(number), BaseAmount(1), BaseAmount(10**40)) for number in range(60)),
    )


RULES = (TransferRule(), SumRule(1, by_sender=True), UnusualRule(), DigestRule())


@pytest.mark.parametrize("reason", [Reason.FIRST, Reason.WORSENED, Reason.CORRECTED])
@pytest.mark.parametrize("rule", RULES)
def test_hostile_names_are_tamed_and_the_message_fits_everywhere(
    rule: TransferRule | SumRule | UnusualRule | DigestRule, reason: Reason
) -> None:
    of = replace(evil(), normal=NORMAL)
    message = said(flow_alert(of, reason, rule=rule, title=EVIL))
    for line in shown(message):
        text = line_text(line)
        for bad in ("\u202e", "http://evil", "@everyone", "t.me/evil"):
            assert bad not in text, text
    assert text_of(message.lines).count("🔴") == 0
    assert units(text_of(shown(message))) <= UNITS_AT_MOST
    assert telegram.render(message).text
    rendered = discord.render(message)
    assert units(rendered.content) <= discord.CONTENT_UNITS
    assert sum(units(one["description"]) for one in rendered.embeds) <= discord.EMBEDS_UNITS


def test_ten_linked_tranches_lose_nothing_on_either_platform() -> None:
    message = said(flow_alert(tranches(12)))
    assert "more line" not in text_of(shown(message))
    rendered = discord.render(message)
    text = rendered.content + "".join(one["description"] for one in rendered.embeds)
    for number in range(10):
        assert f"{number + 0xABC:064x}" in text
    links = [one for one in telegram.render(message).entities if one.url]
    assert sum("/tx/" in str(one.url) for one in links) == 10


@given(st.text(max_size=80), st.integers(0, 10**60), st.integers(0, 80), st.sampled_from(list(FlowKind)))
@settings(max_examples=60, deadline=None)
def test_whatever_flows_is_said_in_a_message_that_fits(
    name: str, raw: int, decimals: int, kind: FlowKind
) -> None:
    coin = Asset(1, NATIVE, name, decimals)
    one = replace(flow(asset=coin, kind=kind), amount=RawAmount(raw), exchange=name)
    message = said(flow_alert(seen(one, kind=kind, name=name)))
    assert 0 < units(text_of(shown(message))) <= UNITS_AT_MOST


def test_facts_are_exact_in_json() -> None:
    told = facts(AlertDetails(flow_alert(seen(flow(), loans=(loan(),)))))["alert"]["seen"]
    (one,) = told["flows"]
    assert (one["amount"], one["raw"], one["value"]) == ("33589", str(33_589 * 10**18), "79001328")
    assert one["asset"]["symbol"] == "ETH"
    assert one["kind"] == "inflow"
    assert told["sums"][0]["amount"] == "33589"
    assert told["loans"][0]["debt_change"] == "-77500000"
    assert told["loans"][0]["withdrawn"][0]["amount"] == "33589"
    assert told["loans"][0]["now"]["health_factor"]["decimal"].startswith("1.34")


def test_the_weakest_label_is_the_one_that_is_told() -> None:
    flows = (flow(), flow(index=1, confidence=Confidence.PROBABLE))
    for ordered in (flows, flows[::-1]):
        told = lines_of(said(flow_alert(seen(*ordered), severity=NOTICE)))[1]
        assert "probable: a deposit address of Binance" in told
        assert "label sure" not in told
