"""The episode `trend-research`: ten days of 2026, from figures that were published with dates.

Dated are holdings, debts and prices. Between two dated points the tranches are our filling: equal parts,
evenly spaced, so that every dated state comes out at its time. Used by make_episodes.py.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.domain.aave_revisions import rules_of
from bot.domain.aave_v3 import owed_amount, supplied_amount
from bot.domain.transfers import Channel
from bot.domain.units import BlockRef
from scripts.episode_parts import (
    BINANCE,
    MARKET,
    TREND,
    amount,
    binance,
    dollar,
    fed,
    market,
    reserve,
    seconds,
)
from scripts.trend_figures import FIGURES
from watchers.evm.words import checksummed
from watchers.replay.amounts import ALL, Amount
from watchers.replay.books import Books
from watchers.replay.episode import Episode
from watchers.replay.forms import time_text
from watchers.replay.happenings import Act, Action, Caption, Opening, Price, Sending, Timed
from watchers.replay.schedule import Moment
from watchers.replay.setting import Certainty, Figure, Head, Note, Record, Source, Standing, Truth, Wallet

STARTS, ENDS = seconds("2026-01-28 00:00"), seconds("2026-02-10 23:00")
UNSOLD = checksummed("0x57A4d10000000000000000000000000000000002")
KLINES = "binance-1h"
SIX_HOURS = 6 * 3_600
SALE_S = 45 * 60
"""From a deposit to the repayment with what it brought: our filling."""
SETTLES_S = 600
"""From the withdrawal to the deposit at the exchange: our filling."""

SOURCES = (
    (
        "binance-1h",
        (
            "Binance spot ETHUSDT, hourly candles as stored in github:zhuxice-ctrl/bianV2 "
            "data/ETHUSDT_1h.csv@5f0823d, spot-checked against github:ericwuname/trading-world"
        ),
        "",
    ),
    ("aicoin-513217", "EmberCN, 2026-01-26", "https://www.aicoin.com/en/article/513217"),
    ("aicoin-514541", "Ai Yi, 2026-02-02", "https://www.aicoin.com/article/514541"),
    ("aicoin-515302", "Ai Yi, 2026-02-05", "https://www.aicoin.com/article/515302.html"),
    ("aicoin-515788", "Lookonchain, 2026-02-08", "https://www.aicoin.com/article/515788.html"),
    ("aicoin-515791", "Odaily, Arkham, 2026-02-08", "https://www.aicoin.com/en/article/515791"),
    ("mexc-641819", "Lookonchain, 2026-02-01 and 02-04", "https://www.mexc.cl/news/641819"),
    ("blockbeats-331100", "EmberCN, 2026-02-04", "https://www.theblockbeats.info/flash/331100"),
    ("blockbeats-331270", "EmberCN, 2026-02-05", "https://www.theblockbeats.info/flash/331270"),
    ("blockbeats-331492", "Ai Yi, 2026-02-06", "https://www.theblockbeats.info/flash/331492"),
    ("blockbeats-331545", "Ai Yi, 2026-02-06", "https://www.theblockbeats.info/flash/331545"),
    ("gdgz-515203", "EmberCN, 2026-02-05", "https://gdgz.link/en/article/515203"),
    ("gdgz-515561", "Arkham, Lookonchain, 2026-02-06", "https://gdgz.link/en/article/515561"),
    ("odaily-467627", "Yu Jin (EmberCN), 2026-02-06", "https://www.odaily.news/en/newsflash/467627"),
    ("alibtc-301979", "Lookonchain, 2026-02-07", "https://www.alibtc.com/zixun/jzb/301979.html"),
    (
        "coinalert-0207",
        "EmberCN, Lookonchain, 2026-02-07",
        "https://coinalertnews.com/news/2026/02/07/trend-research-ethereum-liquidation-loss",
    ),
    ("dzilla-22997", "Lookonchain, 2026-02-08", "https://dzilla.com/?p=22997"),
    ("coinpost-86801", "Ai Yi, 2026-02-08", "https://coinpost.ai/en/topics/86801"),
    (
        "chaos-24018",
        "Chaos Labs, 2026-02-07",
        "https://governance.aave.com/t/chaos-labs-risk-stewards-adjust-weth-interest-rate-curve-on-aave-v3-07-02-26/24018",
    ),
)
NOTES = (
    (
        "Trend Research's loan in Aave v3 Ethereum, WETH against dollar stablecoins, and how it was unwound. "
        "Dated: holdings, debts and prices, as published (sources below); where reports contradict each "
        "other, the one that the others can be reckoned from."
    ),
    (
        "The wallets' addresses are stand-ins that we made up, all in one; so is the exchange's. The debt is "
        "in USDT alone. Revision, LTV, bonus and both rates are assumed; the threshold, 83 %, is not."
    ),
    (
        "Tranches between dated points are our filling (interpolated): equal and evenly spaced, so that "
        "every dated state comes out at its time. Published times are mostly known to some hours only."
    ),
    (
        "The second wallet is nobody's: what the same loan would have been, had nothing been sold or repaid. "
        "Nobody liquidates it here."
    ),
)


@dataclass(frozen=True)
class Step:
    """What was held and owed at a time, as published (`debt` in millions, None: not published and filled)."""

    at: str
    held: str
    debt: float | None
    filled: float
    source: str
    tranches: tuple[str, ...]
    """Times of the withdrawals that lead there."""


def spaced(first: str, last: str, count: int) -> tuple[str, ...]:
    """Evenly spaced times of one month as texts, minutes only."""
    begin, end = seconds(first), seconds(last)
    times = [begin + (end - begin) * i // max(count - 1, 1) // 60 * 60 for i in range(count)]
    return tuple(_text(one) for one in times)


def _text(at: int) -> str:
    return time_text(at).replace("T", " ")[:16]


STEPS = (
    Step(
        "2026-02-01 12:00",
        "618245.96",
        939.0,
        0,
        "mexc-641819",
        spaced("2026-02-01 06:00", "2026-02-01 10:00", 3),
    ),
    Step(
        "2026-02-04 04:00",
        "498000",
        743.0,
        0,
        "blockbeats-331100",
        spaced("2026-02-01 20:00", "2026-02-04 02:00", 7),
    ),
    Step("2026-02-04 16:00", "488172", None, 722.0, "mexc-641819", ("2026-02-04 14:00",)),
    Step(
        "2026-02-05 02:00",
        "463000",
        625.0,
        0,
        "blockbeats-331270",
        spaced("2026-02-04 18:00", "2026-02-05 00:00", 3),
    ),
    Step(
        "2026-02-06 02:00",
        "396000",
        526.0,
        0,
        "odaily-467627",
        (*spaced("2026-02-05 17:00", "2026-02-05 20:00", 2), "2026-02-05 22:30"),
    ),
    Step(
        "2026-02-06 06:00",
        "356150",
        None,
        476.0,
        "gdgz-515561",
        spaced("2026-02-06 02:30", "2026-02-06 04:00", 2),
    ),
    Step(
        "2026-02-06 11:00",
        "247272.51",
        None,
        314.0,
        "blockbeats-331545",
        spaced("2026-02-06 06:30", "2026-02-06 09:30", 4),
    ),
    Step(
        "2026-02-07 08:00",
        "39301",
        None,
        0,
        "alibtc-301979",
        spaced("2026-02-06 13:00", "2026-02-07 06:00", 16),
    ),
    Step("2026-02-07 12:00", "21301", None, 0, "coinalert-0207", ("2026-02-07 10:30",)),
    Step("2026-02-08 02:48", "531", None, 0, "aicoin-515788", ("2026-02-08 02:30",)),
    Step("2026-02-08 03:00", "0.165", None, 0, "aicoin-515791", ("2026-02-08 02:49",)),
)
OPENING_WETH = "651834.96"
"""618,245.96 after 33,589 were sent: both published (mexc-641819, aicoin-514541)."""
OPENING_DEBT = 1_016.5
"""939 after 77.5 were repaid: both published."""


class Filling:
    """Makes the lines between dated states, doing each in the books so that the next knows what is left."""

    def __init__(self, base: list[Record]) -> None:
        self._episode = Episode.of(base)
        self._books = Books(self._episode)
        self._place = 0

    def play(self, lines: Iterable[Timed]) -> None:
        for line in sorted(lines, key=lambda one: one.at):
            self._place += 1
            block = BlockRef(self._place, "", line.at)
            self._books.play(Moment(block, line.at, (MARKET,), lines=((self._place, line),)))

    def at(self, when: int) -> tuple[int, int]:
        """WETH held and USDT owed, raw, at a time."""
        market = self._books.markets[MARKET]
        rules, held = rules_of(market.revision), self._books.account(MARKET, TREND).holdings
        by_index = {one.reserve: one for one in held}
        had = supplied_amount(by_index[0], market.reserves[0], when, rules)
        owes = owed_amount(by_index[1], market.reserves[1], when, rules) if 1 in by_index else 0
        return had, owes


def opening(weth: int, usdt: int) -> list[Timed]:
    """Both wallets as the episode begins, raw amounts."""
    start = Opening(
        at=STARTS,
        certainty=Certainty.DERIVED,
        source="mexc-641819",
        market=MARKET,
        account=TREND,
        supplied=(("WETH", Amount.of(weth, 18)),),
        owed=(("USDT", Amount.of(usdt, 6)),),
    )
    return [start, replace(start, account=UNSOLD), dollar(STARTS, "USDT", Certainty.INTERPOLATED)]


def tranche(at: int, weth: int, usdt: int | None, certainty: Certainty, source: str) -> Iterator[Timed]:
    """Withdraw, send to the exchange, and repay with what it brings; None repays everything there is."""
    common = {"certainty": certainty, "within_s": SIX_HOURS, "source": source}
    act = {"market": MARKET, "account": TREND, **common}
    raw = Amount.of(weth, 18)
    yield Action(at=at, act=Act.WITHDRAW, asset="WETH", amount=raw, **act)
    yield Sending(at=at + SETTLES_S, asset="ETH", amount=raw, sender=TREND, receiver=BINANCE, **common)
    if usdt == 0:
        return
    paid = ALL if usdt is None else Amount.of(usdt, 6)
    if usdt is not None:
        yield Sending(
            at=at + SALE_S - SETTLES_S,
            asset="USDT",
            amount=paid,
            sender=BINANCE,
            receiver=TREND,
            channel=Channel.TOKEN,
            **common,
        )
    yield Action(at=at + SALE_S, act=Act.REPAY, asset="USDT", amount=paid, **act)


def unwinding(filling: Filling) -> Iterator[Timed]:
    for step in STEPS:
        when = seconds(step.at)
        dated = len(step.tranches) == 1
        certainty = Certainty.DERIVED if dated else Certainty.INTERPOLATED
        target = amount(step.held).raw(18)
        for left, text in zip(range(len(step.tranches), 0, -1), step.tranches, strict=True):
            at = seconds(text)
            had, _ = filling.at(at if left > 1 else when)
            _, owes = filling.at(at + SALE_S)
            weth = (had - target) // left // 10**14 * 10**14
            debt = round((step.debt or step.filled) * 1_000_000) * 10**6
            usdt: int | None = max(owes - debt, 0) // left // 10**6 * 10**6
            if not debt and left == 1 and owes:
                usdt = None
            lines = list(tranche(at, weth, usdt, certainty, step.source))
            filling.play(line for line in lines if isinstance(line, Action))
            yield from lines


def captions() -> Iterator[Timed]:
    told = (
        (
            "2026-01-28 00:00",
            "Trend Research holds 651,835 WETH in Aave against $1,016.5M of stablecoins. ETH costs $3,027.",
        ),
        ("2026-01-31 18:00", "ETH falls to $2,250 within hours."),
        ("2026-02-01 06:00", "The unwinding begins: WETH is withdrawn and sent to Binance, the debt repaid."),
        ("2026-02-06 00:00", "ETH trades at $1,747.80, the low of these days."),
        ("2026-02-08 03:00", "Nothing is left: 651,757 ETH were sent to Binance in eight days."),
    )
    for at, text in told:
        yield Caption(at=seconds(at), certainty=Certainty.DATED, text=text)


def trend_research(prices: list[Price]) -> Episode:
    """All of it, with the price path given."""
    head = Head(
        version=1,
        name="trend-research",
        title="Trend Research, 28 January to 10 February 2026",
        kind=Truth.DATED,
        starts=STARTS,
        ends=ENDS,
        first_block=24_330_000,
    )
    wallets = [
        Wallet(
            address=TREND,
            label="Trend Research",
            owner="Trend Research",
            standing=Standing.STAND_IN,
            watched=True,
        ),
        Wallet(address=UNSOLD, label="Had nobody sold", standing=Standing.HYPOTHETICAL, watched=True),
    ]
    base: list[Record] = [
        head,
        *(Note(text=text) for text in NOTES),
        *(Source(id=key, text=text, url=url) for key, text, url in SOURCES),
        *market(
            fed(0, "WETH", (8_050, 8_300, 10_500), supply_rate=amount("0.017")),
            reserve(1, "USDT", terms=(7_500, 7_800, 10_450), debt_rate=amount("0.04")),
        ),
        *wallets,
        *binance(),
        *figures(),
    ]
    # A price at which nothing is refused: whether the real ones allow it shows when the episode is played.
    high = replace(dollar(STARTS, "WETH", Certainty.SYNTHETIC), price=amount(1_000_000))
    # What was published stood there just before the first withdrawal; until then interest had accrued.
    weth, usdt = amount(OPENING_WETH).raw(18), round(OPENING_DEBT * 10) * 10**11
    accrued = Filling(base)
    accrued.play([high, *opening(weth, usdt)])
    had, owed = accrued.at(seconds(STEPS[0].tranches[0]))
    start = opening(weth * weth // had // 10**14 * 10**14, usdt * usdt // owed // 10**6 * 10**6)
    filling = Filling(base)
    filling.play([high, *start])
    return Episode.of([*base, *start, *prices, *captions(), *unwinding(filling)])


def figures() -> Iterator[Figure]:
    for key, at, what, unit, derived, source, value, because in FIGURES:
        low, _, high = value.partition("..")
        spread = {"low": amount(low), "high": amount(high)} if high else {"value": amount(low)}
        yield Figure(
            id=key,
            at=seconds(at),
            what=what,
            unit=unit,
            derived=derived,
            source=source,
            because=because,
            **spread,
        )
