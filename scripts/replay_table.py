"""Writes docs/REPLAY.md: what the episode trend-research gives when it is played, beside what was published.

    python -m scripts.replay_table

Every figure is marked: INPUT went into the episode (that it comes out again shows nothing but that the books
are kept), DERIVED comes out. tests/golden/test_replay.py holds that the table is as this script writes it.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from bot.domain.liquidation import liquidation_price
from bot.domain.observations import BlockSeen, ChainReorged, MoveKind
from bot.domain.positions import Position
from bot.domain.transfers import NATIVE, USD_UNIT, TransfersReorged, TransfersSeen
from bot.domain.units import BlockRef
from bot.ports import Following
from scripts import trend_figures as measures
from scripts.episode_parts import BINANCE, TREND
from watchers.aave.readings import Lens
from watchers.replay import Episode, Replay, load_episode
from watchers.replay.forms import time_text
from watchers.replay.setting import Figure

TABLE = Path(__file__).parents[1] / "docs" / "REPLAY.md"
WITHIN = Fraction(2, 100)
"""A figure that is no further from ours agrees."""
COSTS = {measures.LOSS_3180: Fraction(3_180), measures.LOSS_3104: Fraction("3104.36")}

HEAD = """# The week of Trend Research, replayed

Written by `python -m scripts.replay_table`; do not edit. The episode `trend-research` is played block by
block through the source that `underkeel demo` uses; ours are read off its positions and transfers at the time
of each figure.

**INPUT**: the figure went into the episode, so that it comes out again proves only the bookkeeping.
**DERIVED**: nobody put it in. Its parts are dated holdings, debts and prices, and between them equal tranches
that we filled in ([EPISODES.md](EPISODES.md)), so an average price or a loss rests on when we let them sell.
Times of most figures are known to some hours only. All six wallets are one here, with their debt in USDT;
published ranges are of single wallets.

Losses: realised over the episode, what was sent times (cost - price on the market when it was sent);
interest, fees and what was sold before or after are not in it. The two costs are the ones that the published
losses were reckoned with.

| time (UTC) | what | source | published | ours | difference | |
| --- | --- | --- | ---: | ---: | ---: | --- |
"""

AGAIN = """
## The same every time

Decisions and words depend on the episode alone. The same plain lines come out whatever the process, its time
zone, its hash seed and the speed, and a `kill -9` in the middle changes no decision: what is decided after
it, down to what a loan was before its first move, is what an undisturbed run decides. What may have arrived
before the kill is said again, marked. Known to begin anew at a restart, and not in this episode: sums over
time of flows that a chat's own labels alone make.

    python -m pytest tests/demo/test_unattended.py tests/demo/test_kills.py

By hand, with a store that stays (`decided` has a line for each alert, with everything it was decided on):

    until=$(date -ud 2026-02-10 +%s); mkdir whole broken
    python -m tests.demo.program whole trend-research $until
    python -m tests.demo.program broken trend-research $until & sleep 3; kill -9 $!; wait
    python -m tests.demo.program broken trend-research $until
    diff <(sort -u whole/decided) <(sort -u broken/decided) && echo the same
"""


@dataclass
class Seen:
    """The observer of the play: running sums of what it is told."""

    sent: int = 0
    """Raw ETH."""
    worth: int = 0
    """Of it at the market when it was sent, in dollars of 10^-8 times 10^18."""
    repaid: int = 0
    """Raw USDT."""
    low: int = 0
    market: dict[int, int] = field(default_factory=dict)

    async def block(self, seen: BlockSeen) -> None:
        for one in seen.positions:
            for move in one.moves:
                if one.position.account == TREND and move.kind is MoveKind.REPAY:
                    self.repaid += move.amount

    async def reorged(self, gone: ChainReorged) -> None:
        raise AssertionError(gone)

    async def following(self) -> Following:
        return Following(1, frozenset({TREND}))

    async def cursor(self, market: str) -> BlockRef | None:  # noqa: ARG002
        return None

    async def transfers(self, seen: TransfersSeen) -> None:
        for one in seen.transfers:
            if one.receiver == BINANCE and one.asset.address == NATIVE:
                self.sent += one.amount
                self.worth += one.amount * self.market[seen.as_of.timestamp]

    async def transfers_reorged(self, gone: TransfersReorged) -> None:
        raise AssertionError(gone)

    async def flow_cursor(self, chain_id: int) -> BlockRef | None:  # noqa: ARG002
        return None

    async def flows_wanted(self, chain_id: int) -> bool:  # noqa: ARG002
        return True


def ours(figure: Figure, replay: Replay, seen: Seen) -> Fraction:
    """In the figure's own unit, at the block the replay stands at."""
    held = _position(replay)
    weth = held.supplied[0].asset
    match figure.what:
        case measures.LIQUIDATION:
            return Fraction(liquidation_price(held, weth.address) or 0, held.base_unit)
        case measures.HELD:
            return Fraction(held.supplied[0].amount, weth.unit)
        case measures.DEBT:
            return Fraction(held.owed[0].amount, held.owed[0].asset.unit)
        case measures.SENT:
            return Fraction(seen.sent, 10**18)
        case measures.REPAID:
            return Fraction(seen.repaid, 10**6)
        case measures.LOW:
            return Fraction(seen.low, held.base_unit)
    price = Fraction(seen.worth, seen.sent * USD_UNIT)
    if figure.what == measures.EXIT:
        return price
    return Fraction(seen.sent, 10**18) * (COSTS[figure.what] - price)


def _position(replay: Replay) -> Position:
    market = replay.books.markets["ethereum"]
    return Lens(market).position(replay.books.account("ethereum", TREND))


async def measured(episode: Episode) -> list[tuple[Figure, Fraction]]:
    """Every figure with ours, in the order of time."""
    replay, seen = Replay(episode), Seen()
    (path,) = replay.paths.values()
    found = []
    for figure in sorted(episode.figures, key=lambda one: one.at):
        while (moment := replay.upcoming) and moment.block.timestamp <= figure.at:
            at = moment.block.timestamp
            seen.market[at] = path.at(at)
            await replay.step(seen, seen)
        seen.low = min(price for at, price in path.points if at <= figure.at)
        found.append((figure, ours(figure, replay, seen)))
    return found


def agrees(figure: Figure, value: Fraction) -> bool:
    """Within 2 % of what was published, or within its range."""
    if figure.high.digits:
        return _of(figure.low) <= value <= _of(figure.high)
    return abs(value / _of(figure.value) - 1) <= WITHIN


def _of(amount: object) -> Fraction:
    return Fraction(str(amount))


def _shown(value: Fraction, unit: str) -> str:
    """Whole from 10,000 on, millions as such."""
    if unit == "USD" and value >= 10**6:
        return f"${float(value / 10**6):,.1f}M".replace(".0M", "M")
    text = f"{float(value):,.2f}" if value < 10_000 else f"{float(value):,.0f}"
    return f"${text}" if unit == "USD" else f"{text} {unit}"


def rows(found: list[tuple[Figure, Fraction]], episode: Episode) -> Iterator[str]:
    urls = {one.id: one for one in episode.sources}
    for figure, value in found:
        source = urls[figure.source]
        where = f"[{source.text}]({source.url})" if source.url else source.text.partition(",")[0]
        if figure.high.digits:
            low, high = _of(figure.low), _of(figure.high)
            published = f"{_shown(low, figure.unit)} to {_shown(high, figure.unit)}"
            difference = "inside" if agrees(figure, value) else "outside"
        else:
            published = _shown(_of(figure.value), figure.unit)
            difference = f"{float((value / _of(figure.value) - 1) * 100):+.2f} %"
        mark = "DERIVED" if figure.derived else "INPUT"
        note = f". {figure.because}" if figure.because else ""
        what = f"{figure.what}{note}"
        yield (
            f"| {time_text(figure.at)[:16].replace('T', ' ')} | {what} | {where} | {published} "
            f"| {_shown(value, figure.unit)} | {difference} | {mark} |"
        )


async def page() -> str:
    episode = load_episode("trend-research")
    found = await measured(episode)
    derived = [(figure, value) for figure, value in found if figure.derived]
    near = sum(agrees(figure, value) for figure, value in derived)
    tail = (
        f"\n{near} of {len(derived)} DERIVED figures agree within {int(WITHIN * 100)} % or lie inside the "
        f"published range; each of the others says why it does not.\n"
    )
    return HEAD + "\n".join(rows(found, episode)) + "\n" + tail + AGAIN


def main() -> None:
    TABLE.write_text(asyncio.run(page()), encoding="utf-8")
    print(TABLE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
