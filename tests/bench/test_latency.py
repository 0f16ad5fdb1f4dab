"""From a mined block to the send calls, 1,000 wallets: our whole road against three rivals, in one run."""

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from bot.domain.units import Address
from tests.bench.crowd import BORN_AT, EVERYONE, Crowd, crowd
from tests.bench.house import House, NotingSender, open_house, place
from tests.bench.rivals import Chunked, Gathered, OneByOne, Rival
from tests.bench.table import percentile, show
from tests.chain.abi import call_data, ints

pytestmark = [pytest.mark.bench, pytest.mark.chain, pytest.mark.timeout(1800)]

CROSSING = (1, 100, EVERYONE)
BOUT = (1.45, 1.2, 1.08, 1.03, 0.98)
"""Health factors of those who cross, one below each level of the default ladder: a round each."""
BOUTS = {1: 4, 100: 4, EVERYONE: 2}
SLOW_ROUNDS = 3
"""Those who take seconds a round take part in these first rounds only."""
OURS = "underkeel"


@dataclass(slots=True)
class Times:
    """Milliseconds of every contender: of each send call since the head, and of each whole round."""

    sends: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    rounds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    stages: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


async def timed(
    name: str,
    look: Callable[[], Awaitable[Mapping[Address, int]]],
    sender: NotingSender,
    times: Times,
) -> Mapping[Address, int]:
    """One contender's round: the block is there to be asked for when it begins."""
    sender.clear()
    began = time.perf_counter()
    found = await look()
    times.rounds[name].append((time.perf_counter() - began) * 1000)
    times.sends[name] += [(at - began) * 1000 for _, at in sender.calls]
    return found


async def our_round(house: House, number: int, crossing: int, times: Times) -> Mapping[Address, int]:
    house.stages.seconds.clear()
    began = time.perf_counter()
    found = await timed(OURS, lambda: house.look(number, crossing), house.sender, times)
    await house.settled()
    watcher, spent = house.watcher, house.stages.seconds
    times.stages["read and compute"].append(watcher.read_at - began)
    times.stages["judge"].append(watcher.saved_at - watcher.read_at - spent["save"])
    times.stages["save"].append(spent["save"])
    times.stages["first send"].append(house.sender.calls[0][1] - watcher.saved_at)
    for stage in ("claim", "chat settings", "compose", "acknowledge"):
        times.stages[stage].append(spent[stage])
    return found


def contract_says(opened: Crowd) -> dict[Address, int]:
    """Everybody's health factor by the contract itself at the newest block."""
    pool = opened.lab.market.pool
    calls = [
        ("eth_call", ({"to": pool, "data": call_data("getUserAccountData(address)", user)}, "latest"))
        for user in opened.users
    ]
    answers = opened.lab.anvil.batch(calls)
    return {user: ints(answer)[5] for user, answer in zip(opened.users, answers, strict=True)}


async def recover(opened: Crowd, house: House, crossing: int) -> None:
    """Back to where everyone was born, and long enough there to hear RESOLVED."""
    for make in (partial(opened.fall, crossing, BORN_AT), partial(opened.lab.anvil.warp, 61)):
        make()
        house.sender.clear()
        await house.look(opened.lab.anvil.block_number(), 0)
    await house.sender.until(crossing)
    await house.settled()


@pytest.mark.parametrize("crossing", CROSSING)
async def test_from_head_to_send(crossing: int, tmp_path: Path) -> None:
    times = Times()
    with crowd() as opened:
        async with AsyncExitStack() as stack:
            house = await stack.enter_async_context(open_house(opened, tmp_path))
            expected = sorted(place(user) for user in opened.users[:crossing])
            for bout in range(BOUTS[crossing]):
                sender = NotingSender()
                rivals: list[Rival] = [
                    await stack.enter_async_context(kind(opened.lab, opened.users, sender))
                    for kind in ((Chunked, OneByOne, Gathered) if bout == 0 else (Chunked,))
                ]
                for turn, health in enumerate(BOUT):
                    opened.fall(crossing, health)
                    number = opened.lab.anvil.block_number()
                    truth = contract_says(opened)
                    assert await our_round(house, number, crossing, times) == truth
                    assert sorted(to for to, _ in house.sender.calls) == expected
                    for rival in rivals if turn < SLOW_ROUNDS else rivals[:1]:
                        assert await timed(rival.name, rival.look, sender, times) == truth
                        assert sorted(to for to, _ in sender.calls) == expected
                await recover(opened, house, crossing)
    _print(crossing, times)


def _print(crossing: int, times: Times) -> None:
    best = min(percentile(spent, 50) for name, spent in times.sends.items() if name != OURS)
    best99 = min(percentile(spent, 99) for name, spent in times.sends.items() if name != OURS)
    rows = [
        (
            name,
            len(times.rounds[name]),
            f"{percentile(spent, 50):,.1f}",
            f"{percentile(spent, 99):,.1f}",
            f"{percentile(spent, 50) / best:.2f}",
            f"{percentile(spent, 99) / best99:.2f}",
        )
        for name, spent in times.sends.items()
    ]
    show(
        f"From head to send call, {EVERYONE:,} wallets, {crossing:,} crossing",
        ["", "rounds", "p50 ms", "p99 ms", "p50 : best rival", "p99 : best rival"],
        rows,
    )
    print(
        "\nour stages, median ms a round: "
        + ", ".join(f"{stage} {percentile(spent, 50) * 1000:.1f}" for stage, spent in times.stages.items())
    )
