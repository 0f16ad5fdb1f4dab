"""What-ifs before and after, refusals with what would be allowed, and imagined things by their names."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.liquidation import distance_bps
from bot.domain.positions import Position
from bot.domain.units import Address, Asset, BaseAmount, Bps, RawAmount
from bot.domain.whatif.changes import (
    EVERYTHING,
    Borrow,
    Change,
    Repay,
    SetCollateral,
    SetEMode,
    SetPrices,
    SetReserve,
    Supply,
    Wait,
    Withdraw,
)
from bot.domain.whatif.engine import Outcome, Refused, apply
from bot.domain.whatif.liquidity import Check, Liquidity, Unchecked
from bot.domain.whatif.refusals import Reason
from bot.messages.answers import (
    Answer,
    NoDebt,
    PositionShown,
    Removed,
    WalletFacts,
    WalletList,
    WalletRow,
    WatchAdded,
)
from bot.messages.facts import facts
from bot.messages.imagined import DraftGone, Edited, ImagineRefused, WhatIfShown, WhatIfsShown, Whose
from bot.messages.model import Message, Press
from bot.messages.names import scale
from bot.messages.refusals import SENTENCES, most_allowed, refused, unchecked, why
from bot.messages.rich import UNITS_AT_MOST, text_of, units
from bot.messages.voice import Voice
from bot.subscriptions import ChatSettings, ImaginedTarget, Shown, Watch
from tests.messages.imagined import (
    BASKETS,
    COMPOSER,
    IMAGINED,
    MIRROR,
    ether,
    held,
    market,
    staked_loop,
    treasury,
)
from tests.messages.samples import ATLAS, NOW, USD, USDC, WALLET, WBTC, WETH, WSTETH, alert

VOICE = Voice.of(ATLAS, ChatSettings(), NOW, baskets=BASKETS)
ETHER = 10**18
MINE = Whose(name="treasury.eth", address=WALLET)


def whatif(of: Position, *changes: Change, said: tuple[str, ...] = (), draft: str = "d1") -> WhatIfShown:
    assert of.origin is not None
    return WhatIfShown(MINE, of, apply(of.origin.market, of.origin.account, changes), said, changes, draft)


def tell(answer: Answer, *, private: bool = True) -> Message:
    return COMPOSER.answer(answer, ChatSettings(), now=NOW, private=private)


def told(answer: Answer, *, private: bool = True) -> list[str]:
    return text_of(tell(answer, private=private).lines).split("\n")


REPAY_AND_FALL = (
    Repay(USDC.address, RawAmount(100_000 * 10**6)),
    SetPrices({WETH.address: BaseAmount(2_736 * USD)}),
)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(
            whatif(treasury(), *REPAY_AND_FALL, said=("repay 100k USDC", "ETH -10%")),
            [
                "What if · treasury.eth · Aave v3 Ethereum",
                "repay 100k USDC, ETH -10%",
                "HF 1.07 -> 1.27",
                "To liquidation 6.5 % -> 21.3 %",
                "ETH at liquidation $2,840 -> $2,151",
                "Debt $412k -> $312k",
                "Collateral $531k -> $478k",
                "ETH $3,040 -> $2,736",
                "Owed USDC 412,000 -> 312,000",
                "Fix: repay 47,390 USDC  or  add 31.3 WETH  -> HF 1.50",
                "Reckoned from block 24,100,233, 9 s old",
            ],
            id="an action and a price",
        ),
        pytest.param(
            whatif(treasury(), Wait(30 * 86_400)),
            [
                "What if · treasury.eth · Aave v3 Ethereum",
                "HF 1.07 -> 1.06",
                "To liquidation 6.5 % -> 6.1 %",
                "ETH at liquidation $2,840 -> $2,853",
                "Debt $412k -> $414k",
                "Collateral $531k",
                "Supplied WETH 174.79 -> 174.8043",
                "Owed USDC 412,000 -> 413,866.7",
                "Fix: repay 119,900 USDC  or  add 71.24 WETH  -> HF 1.50",
                "At flat prices and today's rates, interest alone brings liquidation in 430 days",
                "Reckoned from block 24,100,233, 9 s old, 30 d later at its rates",
            ],
            id="time",
        ),
        pytest.param(
            whatif(treasury(), SetReserve(WETH.address, threshold_bps=Bps(7500))),
            [
                "What if · treasury.eth · Aave v3 Ethereum",
                "HF 1.07 -> 0.96",
                "To liquidation 6.5 % -> liquidatable",
                "Debt $412k",
                "Collateral $531k",
                "WETH counts at 83 % -> 75 %",
                "It can be liquidated now: up to $206k of the debt, at a penalty of 5 %",
            ],
            id="other terms",
        ),
        pytest.param(
            whatif(held({WETH: 10 * ETHER}, {WETH: ETHER}), SetEMode(1)),
            [
                "What if · treasury.eth · Aave v3 Ethereum",
                "HF 8.30 -> 9.50",
                "To liquidation 87.9 % -> 89.4 %",
                "Debt $3,040",
                "Collateral $30.4k",
                "WETH counts at 83 % -> 95 %",
                "eMode none -> 1 ETH correlated",
            ],
            id="eMode",
        ),
        pytest.param(
            whatif(treasury(), Repay(USDC.address, EVERYTHING)),
            [
                "What if · treasury.eth · Aave v3 Ethereum",
                "HF 1.07 -> ∞",
                "To liquidation 6.5 % -> none, no debt",
                "Debt $412k -> $0.00",
                "Collateral $531k",
                "Owed USDC 412,000 -> nothing",
                "Reckoned from block 24,100,233, 9 s old",
            ],
            id="no debt left",
        ),
        pytest.param(
            whatif(treasury()),
            [
                "What if · treasury.eth · Aave v3 Ethereum",
                "HF 1.07",
                "To liquidation 6.5 %",
                "ETH at liquidation $2,840",
                "Debt $412k",
                "Collateral $531k",
            ],
            id="nothing",
        ),
        pytest.param(
            whatif(treasury(), Withdraw(WETH.address, RawAmount(50 * ETHER))),
            [
                "What if · treasury.eth · Aave v3 Ethereum",
                "The market refuses withdraw 50 WETH: the health factor would be below 1",
                "At most 11.50528 WETH would be allowed",
                "So nothing changes:",
                "HF 1.07 · Debt $412k · collateral $531k · Aave v3 Ethereum · block 24,100,233, 9 s old",
            ],
            id="refused",
        ),
        pytest.param(
            whatif(staked_loop(), Borrow(USDC.address, RawAmount(10**6))),
            [
                "What if · treasury.eth · Aave v3 Ethereum",
                "The market refuses borrow 1 USDC: USDC cannot be borrowed in this eMode",
                "In it one can borrow WETH, wstETH",
            ],
            id="refused in an eMode",
        ),
    ],
)
def test_before_and_after(answer: WhatIfShown, expected: list[str]) -> None:
    assert told(answer)[: len(expected)] == expected


def test_lines_are_short_enough_for_a_phone() -> None:
    lines = told(whatif(treasury(), *REPAY_AND_FALL))
    pairs = [line for line in lines if "->" in line and not line.startswith("Fix")]
    assert len(pairs) >= 6
    assert max(map(len, pairs)) <= 40


def test_it_becomes_a_watch_by_a_button_unless_there_is_no_draft_or_it_is_refused() -> None:
    assert tell(whatif(treasury())).buttons[0][0].action == Press("keep", "d1")
    assert tell(whatif(treasury(), draft="")).buttons == ()
    assert tell(whatif(treasury(), Withdraw(WETH.address, RawAmount(50 * ETHER)))).buttons == ()


@given(st.integers(0, 500_000), st.integers(1_500, 6_000), st.integers(0, 100))
@settings(max_examples=60, deadline=None)
def test_every_number_agrees_with_the_facts(paid: int, price: int, added: int) -> None:
    answer = whatif(
        ether(),
        *([Repay(USDC.address, RawAmount(paid * 10**6))] if paid else []),
        *([Supply(WSTETH.address, RawAmount(added * ETHER))] if added else []),
        SetPrices({WETH.address: BaseAmount(price * USD)}),
    )
    after = answer.after
    assert after is not None
    lines, figures = told(answer), VOICE.figures
    health = next(line for line in lines if line.startswith("HF "))
    assert health.removeprefix("HF ").split(" -> ")[-1] in {
        figures.health(after.health_factor, places) for places in range(7)
    }
    far = next(line for line in lines if line.startswith("To liquidation"))
    bps = distance_bps(after.health_factor)
    expected = "no debt" if bps is None else "liquidatable" if bps < 0 else figures.percent(bps)
    assert far.endswith(expected)
    assert any(
        line.startswith("Debt") and line.endswith(VOICE.money(after.totals.debt_base, after))
        for line in lines
    )
    assert any(
        line.startswith("Collateral") and line.endswith(VOICE.money(after.totals.collateral_base, after))
        for line in lines
    )
    told_json = json.loads(json.dumps(facts(answer)))
    assert told_json["done"]["position"]["health_factor"]["wad"] == str(after.health_factor)
    assert told_json["before"]["health_factor"]["wad"] == str(answer.before.health_factor)


@given(st.text(max_size=300), st.text(max_size=80))
@settings(deadline=None)
def test_what_was_typed_is_harmless_and_never_too_long(said: str, name: str) -> None:
    message = tell(replace(whatif(treasury(), *REPAY_AND_FALL, said=(said,) * 5), whose=Whose(name=name)))
    assert units(text_of(message.lines)) + units(text_of(message.details)) < UNITS_AT_MOST
    assert not any("\n" in span.text for line in message.lines for span in line)


# ---- refusals ---------------------------------------------------------------------------------------------


def test_no_reason_is_without_its_sentence() -> None:
    assert set(SENTENCES) == set(Reason)


@pytest.mark.parametrize("reason", list(Reason))
def test_each_reason_is_said_of_the_asset_in_the_way(reason: Reason) -> None:
    change = Borrow(USDC.address, RawAmount(1))
    sentence = why(VOICE, reason, change, WBTC.address, market())
    assert "{" not in sentence
    assert ("WBTC" in sentence) is ("{asset}" in SENTENCES[reason])
    assert ("USDC" in why(VOICE, reason, change, None, market())) is ("{asset}" in SENTENCES[reason])


FROZEN = held({WETH: 10 * ETHER}, {USDC: 5_000 * 10**6}, at=market(frozen=WETH))
CAPPED = held({WETH: 10 * ETHER}, {USDC: 5_000 * 10**6}, at=market(caps=1_000))
FULL = {
    0: Liquidity(995 * ETHER, 0, 0, RawAmount(995 * ETHER)),
    2: Liquidity(10**12, 990 * 10**6, 0, RawAmount(3 * 10**6)),
}


def _withdraw(asset: Asset, amount: int) -> Withdraw:
    return Withdraw(asset.address, RawAmount(amount))


REFUSED = (
    (FROZEN, Supply(WETH.address, RawAmount(ETHER)), "supply 1 WETH: WETH is frozen: only repaying", ""),
    (CAPPED, Supply(WETH.address, RawAmount(9 * ETHER)), "the supply cap of WETH would be passed", "5 WETH"),
    (CAPPED, Borrow(USDC.address, RawAmount(10**9)), "the borrow cap of USDC would be passed", "3 USDC"),
    (treasury(), Borrow(USDC.address, RawAmount(10**12)), "the health factor would be below 1", "15,746."),
    (
        treasury(),
        Borrow(USDC.address, RawAmount(17 * 10**9)),
        "the LTV of the collateral does not",
        "15,746.",
    ),
    (treasury(), _withdraw(USDC, 1), "withdraw 0.000001 USDC: ", ""),
    (treasury(), _withdraw(WETH, 200 * ETHER), "not that much WETH to withdraw", "11.50528 WETH"),
    (treasury(), _withdraw(WETH, EVERYTHING), "refuses withdraw all WETH: the health", "11.50528 WETH"),
    (treasury(), SetCollateral(WETH.address, on=False), "use WETH as collateral no more: the health", ""),
    (treasury(), SetEMode(1), "enter eMode 1 ETH correlated: USDC is owed", ""),
    (treasury(), SetEMode(9), "enter eMode 9: that eMode is not there", ""),
)


@pytest.mark.parametrize(("of", "change", "why_not", "most"), REFUSED)
def test_refusals_say_why_and_what_would_be_allowed(
    of: Position, change: Change, why_not: str, most: str
) -> None:
    assert of.origin is not None
    done = apply(of.origin.market, of.origin.account, [change], FULL if of is CAPPED else {})
    assert isinstance(done, Refused)
    text = text_of(refused(VOICE, done))
    assert why_not in text
    assert ("At most " in text) is bool(most)
    assert f"At most {most}" in text or not most


@pytest.mark.parametrize(
    ("of", "change"),
    [
        (CAPPED, Supply(WETH.address, RawAmount(9 * ETHER))),
        (CAPPED, Borrow(USDC.address, RawAmount(10**9))),
        (treasury(), Borrow(USDC.address, RawAmount(10**12))),
        (treasury(), Withdraw(WETH.address, RawAmount(200 * ETHER))),
    ],
)
def test_the_most_that_is_allowed_is_and_one_more_is_not(
    of: Position, change: Supply | Borrow | Withdraw
) -> None:
    assert of.origin is not None
    record = FULL if of is CAPPED else {}
    done = apply(of.origin.market, of.origin.account, [change], record)
    assert isinstance(done, Refused)
    most = most_allowed(done)
    assert most
    for amount, kind in ((most, Outcome), (most + 1, Refused)):
        again = replace(change, amount=RawAmount(amount))
        assert isinstance(apply(of.origin.market, of.origin.account, [again], record), kind)


def test_what_was_not_checked_is_said() -> None:
    of = treasury()
    answer = whatif(of, Borrow(USDC.address, RawAmount(10**6)))
    assert told(answer)[-1] == "Not checked: whether the pool has enough USDC"
    assert of.origin is not None
    every = frozenset(Unchecked(check, USDC.address) for check in Check)
    text = text_of(unchecked(VOICE, Outcome(of.origin.market, of.origin.account, unchecked=every)))
    assert text.count("USDC") == len(Check)


def test_refused_from_the_start() -> None:
    of = treasury()
    assert of.origin is not None
    done = apply(of.origin.market, of.origin.account, [SetEMode(9)])
    assert isinstance(done, Refused)
    lines = told(ImagineRefused(done, "1 ETH vs 5 USDC emode 9", "/simulate 1 ETH vs 5 USDC"))
    assert lines[0] == "1 ETH vs 5 USDC emode 9"
    assert lines[-1] == "This works: /simulate 1 ETH vs 5 USDC"


# ---- several, edited, kept ---------------------------------------------------------------------------------


def test_several_at_once_the_nearest_first() -> None:
    cases = (whatif(ether(), *REPAY_AND_FALL[1:]), whatif(treasury(), *REPAY_AND_FALL[1:]))
    no = whatif(treasury(), Withdraw(WETH.address, RawAmount(50 * ETHER)))
    lines = told(WhatIfsShown((*cases, no), "trend research", ("Aave v3 Base",)))
    assert lines == [
        "What if · trend research",
        "treasury.eth · HF 1.07 -> 0.96 · liquidatable · Aave v3 Ethereum",
        "treasury.eth · HF 1.07 · refused: the health factor would be below 1 · Aave v3 Ethereum",
        "treasury.eth · HF 1.44 -> 1.35 · Aave v3 Ethereum",
        "Not readable now, so unknown: Aave v3 Base",
    ]


def test_many_at_once_are_counted() -> None:
    lines = told(WhatIfsShown((whatif(treasury()),) * 20))
    assert lines[-1] == "and 8 more"


def test_edited_and_gone() -> None:
    now = held({WETH: 200 * ETHER}, {USDC: 412_000 * 10**6})
    lines = told(Edited(IMAGINED, treasury(), now))
    assert lines[0] == "Changed: #3 651 WETH vs 958000 USDC on ethereum, imagined"
    assert "Supplied WETH 174.79 -> 200" in lines
    assert told(Edited(IMAGINED))[1].startswith("I cannot read it just now")
    assert told(DraftGone()) == ["I no longer have that what-if: ask it again, then keep it"]


# ---- names ------------------------------------------------------------------------------------------------

NOBODYS = replace(treasury(), account=Address("imagined:w3"))
LABELLED = replace(IMAGINED, label="my loop")


@pytest.mark.parametrize(
    ("watch", "private", "expected"),
    [
        (IMAGINED, True, "#3 651 WETH vs 958000 USDC on ethereum, imagined"),
        (IMAGINED, False, "#3 WETH vs USDC on ethereum, imagined"),
        (LABELLED, False, "#3 my loop, imagined"),
        (replace(IMAGINED, target=ImaginedTarget("ethereum", IMAGINED.target.state)), True, "#3 imagined"),  # type: ignore[union-attr]
        (MIRROR, True, "#4 mirror x0.001 of 0xd8dA…6045"),
        (replace(MIRROR, label="whale"), True, "#4 whale, mirror x0.001 of 0xd8dA…6045"),
    ],
)  # fmt: skip
def test_what_is_imagined_says_so_in_the_list(watch: Watch, expected: str, *, private: bool) -> None:
    answer = WalletList((WalletRow(watch, WalletFacts((NOBODYS,))),))
    assert told(answer, private=private)[0].startswith(f"{expected} · HF 1.07")


@pytest.mark.parametrize(
    ("parts", "text"), [((1, 1), "x1"), ((1, 1_000), "x0.001"), ((3, 2), "x1.5"), ((1, 3), "x1/3")]
)
def test_scales(parts: tuple[int, int], text: str) -> None:
    assert scale(*parts) == text


def links(message: Message) -> list[str]:
    urls = [span.url for line in (*message.lines, *message.details) for span in line if span.url]
    return [url for url in urls if "/block/" not in url]


@pytest.mark.parametrize(
    "answer",
    [
        PositionShown(NOBODYS.account, "", WalletFacts((NOBODYS,)), 3, LABELLED),
        NoDebt(NOBODYS.account, "", WalletFacts((NOBODYS,)), 3, LABELLED),
        WatchAdded(LABELLED, WalletFacts((NOBODYS,))),
        replace(whatif(NOBODYS), whose=Whose(LABELLED)),
    ],
)
def test_nobodys_position_leads_to_no_explorer(answer: Answer) -> None:
    message = tell(answer)
    assert "my loop, imagined" in text_of(message.lines)
    assert not links(message)
    labels = {button.label for row in message.buttons for button in row}
    assert not labels & {"Open Aave", "DeFi Saver", "Explorer", "Watch it"}
    assert "0x" not in text_of((*message.lines, *message.details))


def test_an_alert_of_an_imagined_position() -> None:
    one = replace(alert(NOBODYS), watch=LABELLED.ref())
    message = COMPOSER.alert(one, ChatSettings(), repeated=False, now=NOW)
    assert text_of(message.lines).startswith("🔴 CRITICAL · my loop, imagined · HF 1.07 (was 1.12)")
    assert "Imagined: no wallet has this position" in text_of(message.details)
    labels = [button.label for row in message.buttons for button in row]
    assert labels == ["Snooze 1h", "Ack", "Details"]
    nameless = replace(alert(NOBODYS), watch=IMAGINED.ref())
    assert "🔴 CRITICAL · #3, imagined" in text_of(
        COMPOSER.alert(nameless, ChatSettings(), repeated=False, now=NOW).lines
    )


def test_added_says_on_what_it_lives() -> None:
    assert "Nobody has it. Interest accrues at the market's own rates from now on" in told(
        WatchAdded(IMAGINED)
    )
    lines = told(WatchAdded(MIRROR))
    assert lines[1] == WALLET
    assert "It follows what that wallet does, at its scale" in lines
    assert told(Removed(MIRROR)) == ["No longer watching #4 mirror x0.001 of 0xd8dA…6045"]


def test_what_was_taken_for_another_spelling_is_said() -> None:
    assert "ETH is taken for WETH" in told(WatchAdded(IMAGINED, taken=(("ETH", "WETH"),)))


def test_hidden_amounts_stay_hidden_in_a_refusal() -> None:
    shown = ChatSettings(amounts=Shown.OFF)
    answer = whatif(treasury(), Withdraw(WETH.address, RawAmount(50 * ETHER)), said=("withdraw 50 ETH",))
    text = text_of(COMPOSER.answer(answer, shown, now=NOW).lines)
    assert "50" not in text
    assert "11.5" not in text
    assert "The market refuses withdraw WETH: the health factor would be below 1" in text
