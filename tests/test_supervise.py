"""The supervisor restarts with growing waits, gives up on what keeps crashing, stops in order; in no time."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest
from structlog.testing import capture_logs

from bot.errors import SettingsError, SourceError
from bot.supervise import Part, Patience, Supervisor, WhenDone, stop_on_signals


@pytest.fixture(autouse=True)
def logged():
    """What was logged, as data; structlog's own default would render each traceback with all its locals."""
    with capture_logs() as lines:
        yield lines


class Time:
    """A clock that moves only when somebody sleeps; after `limit` sleeps the program is asked to stop."""

    def __init__(self, limit=100):
        self.now = 0.0
        self.waits = []
        self.limit = limit
        self.stop = asyncio.Event()

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.waits.append(seconds)
        self.now += seconds
        if len(self.waits) >= self.limit:
            self.stop.set()
            await asyncio.Event().wait()


def supervisor(time, **kwargs):
    return Supervisor(clock=time, sleep=time.sleep, **kwargs)


def failing(error, times=10**6):
    left = [times]

    async def run():
        if left[0] > 0:
            left[0] -= 1
            raise error
        await asyncio.Event().wait()

    return run


async def forever():
    await asyncio.Event().wait()


async def test_a_crashing_part_is_restarted_then_given_up(logged):
    time, told = Time(), []
    error = RuntimeError("bug")
    code = await supervisor(time, on_crash=lambda part, error: told.append((part, error))).run(
        [Part("good", forever), Part("bad", failing(error))], time.stop
    )
    assert code == 1
    assert time.waits == [1, 2, 4, 8]
    assert told == [("bad", error)] * 5
    assert [line["log_level"] for line in logged] == ["error"] * 5 + ["critical"]
    assert all(line["exc_info"] for line in logged[:5])


async def test_what_is_not_vital_may_crash_for_ever_and_the_others_go_on():
    time = Time(limit=20)
    parts = [Part("good", forever), Part("bad", failing(RuntimeError("bug")), vital=False)]
    assert await supervisor(time).run(parts, time.stop) == 0
    assert len(time.waits) == 20
    assert max(time.waits) == 60


async def test_rare_crashes_are_forgiven():
    time = Time(limit=12)
    patience = Patience(window=5, first_wait=2, longest_wait=2)
    assert await supervisor(time, patience=patience).run([Part("bad", failing(KeyError()))], time.stop) == 0
    assert time.waits == [2] * 12


async def test_outages_are_waited_for_without_end(logged):
    time = Time(limit=9)
    assert await supervisor(time).run([Part("eyes", failing(SourceError("away")))], time.stop) == 0
    assert time.waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert [line["log_level"] for line in logged] == ["warning"] + ["debug"] * 8, "told once, on change"


async def test_after_a_steady_run_the_wait_is_short_again():
    time = Time(limit=4)
    runs = []

    async def run():
        runs.append(time.now)
        time.now += 500 if len(runs) == 3 else 0
        raise SourceError("away")

    await supervisor(time).run([Part("eyes", run)], time.stop)
    assert time.waits == [1, 2, 1, 2]


async def test_wrong_settings_of_a_part_end_the_program():
    time, ended = Time(), []

    async def other():
        try:
            await forever()
        finally:
            ended.append("other")

    with pytest.raises(SettingsError) as caught:
        await supervisor(time).run(
            [Part("other", other), Part("chat", failing(SettingsError(["The token is refused."])))], time.stop
        )
    assert caught.value.faults == ("The token is refused.",)
    assert time.waits == []
    assert ended == ["other"]


async def done():
    return


@pytest.mark.parametrize(
    ("when_done", "others", "code", "waits"),
    [
        (WhenDone.STOP, [Part("other", forever)], 0, []),
        (WhenDone.LEAVE, [], 0, []),
        (WhenDone.RESTART, [Part("other", forever)], 1, [1, 2, 4, 8]),
    ],
)
async def test_what_the_end_of_a_part_means(when_done, others, code, waits):
    time = Time()
    assert await supervisor(time).run([*others, Part("it", done, when_done)], time.stop) == code
    assert time.waits == waits


async def test_a_part_that_is_left_ends_alone():
    time = Time(limit=3)
    parts = [Part("done", done, WhenDone.LEAVE), Part("eyes", failing(SourceError("away")))]
    assert await supervisor(time).run(parts, time.stop) == 0
    assert len(time.waits) == 3, "the other part went on"


async def test_stopping_is_in_reverse_order_each_after_the_other():
    time, ended = Time(), []

    def part(name):
        async def run():
            try:
                await forever()
            finally:
                ended.append(f"{name} begins to stop")
                await asyncio.sleep(0)
                ended.append(name)

        return Part(name, run)

    asked = []
    boss = supervisor(time, last_resort=asked.append, patience=Patience(stop=7))
    running = asyncio.create_task(
        boss.run([part("store"), part("eyes"), part("chat")], stop := asyncio.Event())
    )
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    stop.set()
    assert await running == 0
    assert ended == [
        *("chat begins to stop", "chat"),
        *("eyes begins to stop", "eyes"),
        *("store begins to stop", "store"),
    ]
    assert asked == [14]


async def test_a_part_that_does_not_stop_is_left_behind():
    time, release, ended = Time(), asyncio.Event(), []

    async def stubborn():
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    async def good():
        try:
            await forever()
        finally:
            ended.append("good")

    boss = supervisor(time, patience=Patience(stop=0))
    running = asyncio.create_task(
        boss.run([Part("good", good), Part("stubborn", stubborn)], stop := asyncio.Event())
    )
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    stop.set()
    assert await running == 0
    release.set()
    await asyncio.gather(
        *(task for task in asyncio.all_tasks() if task.get_name() in {"good", "stubborn"}),
        return_exceptions=True,
    )
    assert ended == ["good"], "the parts before it were still asked to stop"


async def test_a_cancelled_supervisor_stops_its_parts():
    time, ended = Time(), []

    async def run():
        try:
            await forever()
        finally:
            ended.append("part")

    running = asyncio.create_task(supervisor(time).run([Part("part", run)], time.stop))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert ended == ["part"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_signals_ask_to_stop(number):
    stop = asyncio.Event()
    with stop_on_signals(stop):
        os.kill(os.getpid(), number)
        await asyncio.wait_for(stop.wait(), 10)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


STUCK = """
import asyncio, sys, time
from bot.supervise import Part, Patience, Supervisor, exit_after, stop_on_signals

async def blocks_the_loop():
    try:
        print("running", flush=True)
        await asyncio.Event().wait()
    finally:
        while True:
            time.sleep(1)

async def main():
    stop = asyncio.Event()
    with stop_on_signals(stop):
        boss = Supervisor(patience=Patience(stop=0.1), last_resort=exit_after)
        return await boss.run([Part("stuck", blocks_the_loop)], stop)

sys.exit(asyncio.run(main()))
"""


def test_even_a_blocked_loop_ends():
    with subprocess.Popen([sys.executable, "-c", STUCK], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"running\n"
        process.terminate()
        assert process.wait(60) == 1
