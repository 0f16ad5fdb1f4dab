"""kill -9 of the bot and of the store at every moment of a save and a send: nothing lost, repeats marked.

Each round makes exactly one thing worth saying and kills somebody around it; the platform's ledger judges.
"""

import asyncio
import os
import random
import signal
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import pytest

from tests.chat.telegram.ledger import Entry
from tests.walk.stage import ACCOUNT, WAD, Stage, is_alert, is_marked, stage
from tests.walk.store import ValkeyServer
from tests.walk.tap import Moment, StoreTap

pytestmark = [pytest.mark.chain, pytest.mark.timeout(600)]

SEED = 20260208
ROUNDS = 36
BOUT = (140, 120, 108, 103, 98)
"""Health factors in percent: each a new level of the default ladder; then the bout ends."""


class Death(StrEnum):
    """Who is killed, and when."""

    BEFORE_SAVE = "bot, before the save"
    AFTER_SAVE = "bot, after the save"
    ACCEPTED = "bot, accepted but not acknowledged"
    STORE_WRITING = "store, while it writes the save"
    BOTH_WRITING = "bot and store, while it writes the save"
    ANY_TIME = "bot, at any time"


@dataclass(slots=True)
class Killing:
    """The stage with a store of its own behind a tap, and the book of what was to be said."""

    here: Stage
    store: ValkeyServer
    tap: StoreTap
    rng: random.Random
    expected: list[str] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)

    async def round(self, death: Death, percent: int) -> None:
        after = len(self.here.peer.ledger.entries)
        killed = self.arm(death)
        if percent:
            await self.here.fall_to(percent * WAD // 100)
        else:
            await self.here.blocks(8)
        if death is Death.ANY_TIME:
            await asyncio.sleep(self.rng.uniform(0, 0.6))  # the moment itself is what is tried
            self.here.bot.kill()
            killed.set()
        async with asyncio.timeout(60):
            await killed.wait()
        if death is Death.STORE_WRITING:
            await asyncio.to_thread(self.store.start)
        else:
            await self.here.bot.gone()
            if death is Death.BOTH_WRITING:
                await asyncio.to_thread(self.store.start)
            self.here.bot.start()
        word = "RESOLVED" if not percent else f"HF {percent / 100:.2f}"
        await self.here.hear(lambda one: is_alert(one) and word in one.text.split("\n")[0], after=after)
        self.expected.append(word)
        self.tally[death] += 1

    def arm(self, death: Death) -> asyncio.Event:
        """Set the trap; the event is set at the kill."""
        match death:
            case Death.BEFORE_SAVE:
                return self.tap.arm(Moment.BEFORE, self.here.bot.kill)
            case Death.AFTER_SAVE:
                return self.tap.arm(Moment.AFTER, self.here.bot.kill)
            case Death.STORE_WRITING:
                return self.tap.arm(Moment.WRITING, self.store.kill)
            case Death.BOTH_WRITING:
                return self.tap.arm(Moment.WRITING, self.kill_both)
            case Death.ACCEPTED:
                return self.kill_at_acceptance()
            case Death.ANY_TIME:
                return asyncio.Event()

    def kill_both(self) -> None:
        self.here.bot.kill()
        self.store.kill()

    def kill_at_acceptance(self) -> asyncio.Event:
        done = asyncio.Event()
        listeners = self.here.peer.ledger.on_accept

        def kill(entry: Entry) -> None:
            if is_alert(entry):
                self.here.bot.kill()
                listeners.remove(kill)
                done.set()

        listeners.append(kill)
        return done


async def test_kills_lose_nothing_and_repeat_only_what_was_in_flight(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    deaths = [death for death in Death for _ in range(ROUNDS // len(Death))]
    rng.shuffle(deaths)
    with ValkeyServer(tmp_path / "valkey") as store:
        async with (
            StoreTap(store.socket) as tap,
            stage(tmp_path, {"UNDERKEEL_REDIS_URL": tap.url}) as here,
        ):
            here.bot.start()
            await here.say(f"/watch {ACCOUNT} treasury", "Watching")
            play = Killing(here, store, tap, rng)
            for number, death in enumerate(deaths):
                percent = (*BOUT, 0)[number % (len(BOUT) + 1)]
                if not percent:
                    await here.fall_to(3 * WAD)
                    await here.head_seen()
                await play.round(death, percent)
            await here.blocks(3)
            await here.head_seen()
            _judge_by_the_ledger(here, play)


def _judge_by_the_ledger(here: Stage, play: Killing) -> None:
    alerts = [one for one in here.peer.ledger.entries if is_alert(one)]
    said = [one for one in alerts if not is_marked(one)]
    marked = [one for one in alerts if is_marked(one)]
    print(f"\n{len(play.expected)} alerts, {len(marked)} repeated and marked; kills: {dict(play.tally)}")
    assert sum(play.tally.values()) >= 30
    # In order, each once; a marked one repeats the one before it, and only after a kill in flight.
    assert len(said) + len(marked) >= len(play.expected)
    words = [_word(one) for one in alerts]
    once = [word for at, word in enumerate(words) if at == 0 or word != words[at - 1]]
    assert once == play.expected
    for at, entry in enumerate(alerts[1:], start=1):
        if words[at] == words[at - 1]:
            assert is_marked(entry), f"{words[at]} was said twice without a mark"
    assert (
        len(marked)
        <= play.tally[Death.ACCEPTED]
        + play.tally[Death.ANY_TIME]
        + play.tally[Death.STORE_WRITING]
        + play.tally[Death.BOTH_WRITING]
    )


def _word(entry: Entry) -> str:
    first = entry.text.split("\n")[0]
    if "RESOLVED" in first:
        return "RESOLVED"
    return next(part for part in first.split(" · ") if part.startswith("HF "))[:7]


async def test_the_embedded_store_survives_its_own_kills_and_the_bots(tmp_path: Path) -> None:
    rng = random.Random(SEED + 1)
    async with stage(tmp_path) as here:
        here.bot.start()
        await here.say(f"/watch {ACCOUNT} treasury", "Watching")
        heard = 0
        for percent in BOUT:
            after = len(here.peer.ledger.entries)
            await here.fall_to(percent * WAD // 100)
            await asyncio.sleep(rng.uniform(0, 0.4))  # the moment itself is what is tried
            if rng.random() < 0.5:
                here.bot.kill()
                await here.bot.gone()
                here.bot.start()
            else:
                os.kill(_embedded_server(tmp_path), signal.SIGKILL)
            word = f"HF {percent / 100:.2f}"
            found = await here.hear(lambda one, w=word: is_alert(one) and w in one.text, after=after)
            heard += not is_marked(found)
        wallets = await here.say("/wallets", "treasury")
        assert "HF 0.98" in wallets.text or "HF 0.97" in wallets.text


def _embedded_server(folder: Path) -> int:
    """The server that runs on this folder, by its command line."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if b"valkey" in words and str(folder).encode() in words:
            return int(process.name)
    raise AssertionError("no embedded server runs")
