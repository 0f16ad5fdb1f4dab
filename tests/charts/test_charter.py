"""The one who draws: real pictures from a real process, whatever happens to it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.charts import ProcessCharter
from bot.domain.units import WAD
from bot.messages.model import Chart, Mark

USD = 10**8
CHART = Chart(
    title="treasury.eth · ETH",
    alt="ETH $2,190",
    price=tuple((1_767_225_600 + 600 * number, (2_400 - number) * USD) for number in range(100)),
    unit=USD,
    price_label="ETH",
    health=tuple((1_767_225_600 + 600 * number, WAD * (200 - number) // 100) for number in range(100)),
    health_label="health factor",
    liquidation=2_042 * USD,
    liquidation_label="Liquidation at $2,042 for ETH (with wstETH at $2,500)",
    levels=(("HF 1.10", 2_246 * USD), ("HF 1.05", 2_144 * USD)),
    timezone="Europe/Berlin",
)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("charts")


@pytest.fixture
async def charter(cache: Path) -> AsyncIterator[ProcessCharter]:
    async with ProcessCharter(cache) as charter:
        yield charter


async def drawn(charter: ProcessCharter, chart: Chart = CHART) -> bytes:
    picture = await charter.draw(chart)
    assert picture is not None
    assert picture.alt == chart.alt
    assert picture.png[:8] == b"\x89PNG\r\n\x1a\n"
    assert [int.from_bytes(picture.png[at : at + 4], "big") for at in (16, 20)] == [1000, 560]
    return picture.png


async def test_bars_go_up_and_down(charter: ProcessCharter) -> None:
    """What flows in and out by the hour, in place of a price."""
    bars = tuple((1_767_225_600 + 3_600 * hour, hour * 10**15, (24 - hour) * 10**14) for hour in range(24))
    labels = ("into exchanges", "out of exchanges")
    chart = Chart(title="ETH", alt="in and out", price=(), unit=10**14, bars=bars, bars_labels=labels)
    assert await drawn(charter, chart) != await drawn(charter, replace(chart, bars=bars[:12]))
    nothing_out = tuple((at, into, 0) for at, into, _out in bars)
    await drawn(charter, replace(chart, bars=nothing_out))
    await drawn(charter, replace(chart, bars=((1_767_225_600, 0, 0),)))


def is_there(worker: int) -> bool:
    try:
        os.kill(worker, 0)
    except ProcessLookupError:
        return False
    return True


async def until_gone(worker: int) -> None:
    async with asyncio.timeout(20):
        while is_there(worker):  # noqa: ASYNC110  nobody tells of a process that ends
            await asyncio.sleep(0.01)


async def test_a_chart_becomes_a_picture_that_is_the_same_each_time(charter: ProcessCharter) -> None:
    assert charter.worker is None, "nothing runs before there is something to draw"
    assert await drawn(charter) == await drawn(charter)
    assert await drawn(charter) != await drawn(charter, replace(CHART, liquidation=0))


async def test_odd_charts_are_drawn(charter: ProcessCharter) -> None:
    flat = tuple((at, 5) for at, _value in CHART.price)
    for odd in (
        replace(CHART, title="$x^$ \\frac{ \n\u202e 金庫 😀 " + "x" * 500, liquidation_label="$" * 200),
        replace(CHART, price=flat, liquidation=0, levels=()),
        replace(CHART, price=CHART.price[:1], health=()),
        replace(CHART, price=(), price_label="", liquidation=0, levels=()),
        replace(CHART, liquidation=2 * USD, levels=(("HF 1.05", 3 * USD),)),
        replace(CHART, liquidation=2_600 * USD),
        replace(CHART, price=tuple((at, value * 10**30) for at, value in CHART.price)),
        replace(CHART, health=tuple((at, 2**256 - 1) for at, _value in CHART.health)),
        replace(CHART, levels=tuple((f"HF {number}", 2_100 * USD + number) for number in range(4))),
        replace(CHART, price=tuple((CHART.price[0][0] + at * 86_400, 5 + at) for at in range(400))),
        *(replace(CHART, timezone=name) for name in ("Nowhere/Land", "../etc/passwd", "", "UTC")),
    ):
        await drawn(charter, odd)


async def test_what_cannot_be_drawn_costs_itself_only(charter: ProcessCharter) -> None:
    await drawn(charter)
    worker = charter.worker
    for impossible in (
        replace(CHART, unit=0),
        replace(CHART, price=(), health=()),
        replace(CHART, price=((0, 10**400), (1, 1))),
    ):
        assert await charter.draw(impossible) is None
    await drawn(charter)
    assert charter.worker == worker


async def test_a_worker_that_was_killed_is_replaced(charter: ProcessCharter) -> None:
    await drawn(charter)
    worker = charter.worker
    assert worker is not None
    os.kill(worker, signal.SIGKILL)
    await until_gone(worker)
    await drawn(charter)
    assert charter.worker not in (worker, None)


async def test_a_worker_that_hangs_is_ended_and_replaced(cache: Path) -> None:
    async with ProcessCharter(cache, within_s=3) as charter:
        await drawn(charter)
        worker = charter.worker
        assert worker is not None
        os.kill(worker, signal.SIGSTOP)
        assert await charter.draw(CHART) is None
        await until_gone(worker)
        await drawn(charter)


async def test_who_stops_waiting_does_not_disturb_the_next(charter: ProcessCharter) -> None:
    waiting = asyncio.create_task(charter.draw(replace(CHART, title="first")))
    await asyncio.sleep(0)
    waiting.cancel()
    alone = await drawn(charter)
    assert alone == await drawn(charter)


async def test_it_ends_when_idle_and_starts_again(cache: Path) -> None:
    async with ProcessCharter(cache, idle_s=0) as charter:
        for _ in range(2):
            await drawn(charter)
            async with asyncio.timeout(20):
                while charter.worker is not None:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)


async def test_closing_ends_it_and_draws_no_more(cache: Path) -> None:
    async with ProcessCharter(cache) as charter:
        await drawn(charter)
        worker = charter.worker
        assert worker is not None
    await until_gone(worker)
    assert await charter.draw(CHART) is None


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs Linux to look into a process")
async def test_the_worker_is_told_no_secret(charter: ProcessCharter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERKEEL_TELEGRAM_TOKEN", "7000000001:secret")
    await drawn(charter)
    assert b"secret" not in Path(f"/proc/{charter.worker}/environ").read_bytes()  # noqa: ASYNC240


async def test_marks_are_drawn_on_the_line_and_only_where_there_are_any(charter: ProcessCharter) -> None:
    bare = replace(CHART, health=(), liquidation=0, levels=())
    marks = tuple(
        Mark(sign, sign, ((CHART.price[at][0], CHART.price[at][1]),))
        for at, sign in enumerate(("build", "sell", "borrow", "repay", "liquidated"), 10)
    )
    pictures = [await drawn(charter, replace(bare, marks=marks[:count])) for count in range(6)]
    assert len(set(pictures)) == 6, "each kind is seen"
    assert pictures[0] == await drawn(charter, bare)
    strange = (Mark("moon", "moon", ((1, 1),)), Mark("build", "", ()))
    assert await drawn(charter, replace(bare, marks=strange)) == pictures[0]
