"""What happens on chain for each alert of the parity table: block by block, the last one is heard of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.alerts import Reason, Severity
from bot.domain.flows import Normal
from bot.domain.observations import Liquidation, Move, MoveKind
from bot.domain.rules import (
    ChangedRule,
    ClosedRule,
    DigestRule,
    DistanceRule,
    HealthRule,
    LiquidatedRule,
    PriceMovedRule,
    PriceRule,
    Rule,
    SumRule,
    TransferRule,
    UnusualRule,
)
from bot.domain.units import WAD, BaseAmount, Bps, RawAmount, Wad
from tests.messages.flows import flow, loan, seen, tranches
from tests.messages.samples import MARKET, USD, USDC, WALLET, WETH
from tests.town.feeding import Feed
from tests.town.flowing import told
from tests.town.parity import TRANCHE

Deed = Callable[[Feed], Awaitable[object]]
LONG_S: Final = 3_700
"""Past a critical alert's first reminder, the wait before all is well, and what makes a market stale."""
TX: Final = "0x" + "cd" * 32


@dataclass(frozen=True, slots=True)
class Story:
    """`rule` watches while the deeds happen; `says` is in what the last of them leads to."""

    rule: Rule
    deeds: tuple[Deed, ...]
    says: str


def health(percent: int, gap_s: int = 12) -> Deed:
    return lambda feed: feed.health(percent, gap_s=gap_s)


def price(dollars: int) -> Deed:
    return lambda feed: feed.price(dollars)


async def _moved(feed: Feed) -> None:
    await feed.moved(190, Move(MoveKind.BORROW, TX, USDC, RawAmount(10**10), BaseAmount(10_000 * USD)))


async def _liquidated(feed: Feed) -> None:
    seized, repaid = RawAmount(12_300 * 10**15), RawAmount(35_000 * 10**6)
    values = BaseAmount(37_392 * USD), BaseAmount(35_000 * USD)
    await feed.liquidated(105, Liquidation(TX, WETH, seized, values[0], USDC, repaid, values[1], WALLET))


async def _silence(feed: Feed) -> None:
    feed.clock.advance(LONG_S)
    await feed.monitor.tick([MARKET.key])


async def _unread(feed: Feed) -> None:
    await feed.block(unread=[WALLET])
    await feed.block(unread=[WALLET], gap_s=LONG_S)


FALL: Final = (health(200), health(109))
_NEAR: Final = HealthRule(levels=(Wad(150 * WAD // 100), Wad(140 * WAD // 100)))
_ABOVE: Final = PriceRule(WETH, BaseAmount(5_000 * USD), above=True, base_unit=USD)
_BELOW: Final = PriceRule(WETH, BaseAmount(2_500 * USD), above=False, base_unit=USD)

_ONE: Final = seen(flow(), loans=(loan(),))
_USUAL: Final = Normal(BaseAmount(90 * 10**6 * USD), BaseAmount(10**7 * USD), BaseAmount(10**6 * USD), 500)
_DAY: Final = (("Binance", BaseAmount(5 * 10**8 * USD), BaseAmount(2 * 10**8 * USD)),)
SENT: Final = told(_ONE, TransferRule())
"""Somebody with a loan sends a great deal to an exchange."""
FLOW_STORIES: Final[dict[str, Story]] = {
    "transfer: first": Story(TransferRule(), (SENT,), "33,589 ETH"),
    "transfer: worsened": Story(
        TransferRule(), (SENT, told(tranches(12), TransferRule(), Reason.WORSENED)), "In 12 transfers"
    ),
    "transfer: corrected": Story(
        TransferRule(),
        (SENT, told(replace(seen(), retracted=(TX,)), TransferRule(), Reason.CORRECTED, edits=True)),
        "TAKEN BACK",
    ),
    "sum: first": Story(
        SumRule(50_000_000),
        (told(seen(flow(), sender=None, name="", window_s=86_400), SumRule(50_000_000)),),
        "within 1 d",
    ),
    "unusual: first": Story(
        UnusualRule(),
        (told(seen(flow(), sender=None, normal=_USUAL), UnusualRule(), severity=Severity.NOTICE),),
        "9 times a normal hour",
    ),
    "digest: first": Story(
        DigestRule(),
        (told(seen(sender=None, window_s=86_400, digest=_DAY), DigestRule(), severity=Severity.NOTICE),),
        "DIGEST",
    ),
    TRANCHE: Story(
        TransferRule(),
        (SENT, told(tranches(2), TransferRule(), Reason.WORSENED, edits=True)),
        "In 2 transfers",
    ),
}

STORIES: Final[dict[str, Story]] = {
    **FLOW_STORIES,
    "changed: changed": Story(ChangedRule(), (health(200), _moved), "Borrowed"),
    "liquidated: liquidated": Story(LiquidatedRule(), (health(109), _liquidated), "LIQUIDATED"),
    "closed: changed": Story(ClosedRule(), (health(200), health(0)), "CLOSED"),
    "price above: first": Story(_ABOVE, (price(3_000), price(5_100)), "above"),
    "price above: resolved": Story(_ABOVE, (price(3_000), price(5_100), price(3_000)), "RESOLVED"),
    "price below: first": Story(_BELOW, (price(3_000), price(2_400)), "below"),
    "price below: resolved": Story(_BELOW, (price(3_000), price(2_400), price(3_000)), "RESOLVED"),
    "price moved: first": Story(
        PriceMovedRule(WETH, Bps(500), 3_600, USD), (price(3_000), price(3_300)), "within"
    ),
    "a market out of sight": Story(HealthRule(), (health(200), _silence), "STALE"),
    "a market seen again": Story(HealthRule(), (health(200), _silence, health(200)), "seen again"),
    "a wallet out of sight": Story(HealthRule(), (health(200), _unread), "STALE"),
    "a wallet seen again": Story(HealthRule(), (health(200), _unread, health(200)), "seen again"),
    "worse, in the same severity: the first message is edited": Story(
        _NEAR, (health(200), health(145), health(135)), "HF"
    ),
}
for _name, _rule in (("health", HealthRule()), ("distance", DistanceRule())):
    STORIES[f"{_name}: first"] = Story(_rule, FALL, "CRITICAL")
    STORIES[f"{_name}: worsened"] = Story(_rule, (*FALL, health(104)), "was")
    STORIES[f"{_name}: reminder"] = Story(_rule, (*FALL, health(109, LONG_S)), "Reminder")
    STORIES[f"{_name}: resolved"] = Story(_rule, (*FALL, health(200), health(200, LONG_S)), "RESOLVED")
