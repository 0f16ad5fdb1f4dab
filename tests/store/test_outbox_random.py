"""Random lives of an outbox: workers that die, release, bury; deliveries that wait or name several
subjects; nothing lost, nothing out of order.
"""

import random
import time
from collections import Counter, defaultdict

import pytest

from bot.ports import Claim, Delivery, Lane
from bot.store import keys
from bot.store.outbox import StoredOutbox
from bot.store.pacing import PlatformPace
from tests.store.samples import delivery

CHATS = [f"telegram/{n}" for n in range(4)]
SUBJECTS = ["x", "y", "z"]


class Life:
    """Drives one outbox and remembers what it must keep."""

    def __init__(self, client, seed: int) -> None:
        self.client = client
        self.outbox = StoredOutbox(client, pacing={"telegram": PlatformPace()})
        self.rng = random.Random(seed)
        self.appended: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.acked: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.dead: set[str] = set()
        self.tainted: set[str] = set()
        """May have been sent without us knowing: must come back marked."""
        self.held: list = []
        self.count = 0
        self.done = 0

    async def append(self) -> None:
        lane = self.rng.choice(list(Lane))
        new = []
        for _ in range(self.rng.randint(1, 4)):
            subjects = self.rng.sample(SUBJECTS, self.rng.choice([1, 1, 1, 2, 3]))
            waits = self.rng.random() < 0.3
            new.append(
                delivery(
                    f"d{self.count}",
                    self.rng.choice(CHATS),
                    subject=" ".join(subjects),
                    lane=lane,
                    not_before=int(time.time()) + 3600 if waits else 0,
                )
            )
            self.count += 1
        assert await self.outbox.append(new) == len(new)
        again = self.rng.sample(new, self.rng.randint(0, len(new)))
        assert await self.outbox.append(again) == 0
        for one in new:
            for about in abouts(one):
                self.appended[about].append(one.id)

    async def time_comes(self) -> None:
        """For some of what waits in one chat."""
        to = self.rng.choice(CHATS)
        for key in keys.of_destination(to)[15:17]:
            for id_ in await self.client.zrange(key, 0, -1):
                if self.rng.random() < 0.5:
                    await self.client.zadd(key, {id_: 1})
        await self.look_again(to)

    async def look_again(self, to: str) -> None:
        """A crash would not be told from a lease that is over, so only where no lease runs."""
        if to not in {held.delivery.destination for held in self.held}:
            await run_out(self.client, to)

    async def claim(self) -> None:
        claim = await self.outbox.claim("telegram")
        if claim is None:
            assert await self.outbox.next_due("telegram") != 0
            return
        id_, to = claim.delivery.id, claim.delivery.destination
        assert to not in {held.delivery.destination for held in self.held}
        assert claim.repeated == (id_ in self.tainted)
        self.held.append(claim)

    async def answer(self) -> None:
        if not self.held:
            return
        claim = self.held.pop(self.rng.randrange(len(self.held)))
        match self.rng.choice(["done", "done", "done", "release", "maybe", "bury"]):
            case "done":
                assert await self.outbox.done(claim, "1")
                self.said(claim)
            case "bury":
                assert await self.outbox.bury(claim, "no")
                self.dead.add(claim.delivery.id)
            case how:
                maybe = how == "maybe"
                assert await self.outbox.release(claim, 0, everything=False, maybe_sent=maybe)
                if maybe:
                    self.tainted.add(claim.delivery.id)

    async def crash(self) -> None:
        """All workers die; their leases run out, or a new owner ends them."""
        self.tainted.update(claim.delivery.id for claim in self.held)
        if self.rng.random() < 0.5:
            assert await self.outbox.adopt_leases() >= len(self.held)
        else:
            for claim in self.held:
                await run_out(self.client, claim.delivery.destination)
        for claim in self.held if self.rng.random() < 0.3 else ():
            if await self.outbox.done(claim):  # dead for others, late for us: it still held its lease
                self.said(claim)
        self.held.clear()

    def said(self, claim: Claim) -> None:
        self.done += 1
        for about in abouts(claim.delivery):
            self.acked[about].append(claim.delivery.id)

    async def check(self) -> None:
        counts = await self.outbox.counts()
        assert counts["acked"] == self.done
        assert counts["dead"] == len(self.dead)
        assert counts["waiting"] == self.count - self.done - len(self.dead)
        every = [keys.of_destination(to) for to in CHATS]
        stored = sum([await self.client.zcard(one[at]) for one in every for at in (4, 15, 16)])
        assert counts["waiting"] == stored
        for about, ids in self.acked.items():
            expected = [id_ for id_ in self.appended[about] if id_ not in self.dead]
            assert ids == expected[: len(ids)]


def abouts(one: Delivery) -> list[tuple[str, str]]:
    return [(one.destination, subject) for subject in one.subject.split()]


async def run_out(client, destination: str) -> None:
    """Put the end of a chat's lease into the past."""
    await client.hset(keys.of_destination(destination)[6], "until", 0)
    for lane in keys.of_platform("telegram")[1:]:
        await client.zadd(lane, {destination: 0}, xx=True)


@pytest.mark.parametrize("seed", range(12))
async def test_appended_is_acknowledged_or_dead_or_waiting_and_in_order(client, seed):
    life = Life(client, seed)
    steps = Counter({life.append: 5, life.claim: 8, life.answer: 6, life.crash: 1, life.time_comes: 2})
    for _ in range(200):
        await life.rng.choices(list(steps), list(steps.values()))[0]()
    await life.check()
    await life.crash()
    while (await life.outbox.counts())["waiting"]:
        await life.time_comes()
        while claim := await life.outbox.claim("telegram"):
            assert claim.repeated == (claim.delivery.id in life.tainted)
            assert await life.outbox.done(claim)
            life.said(claim)
    await life.check()
    assert life.done + len(life.dead) == life.count
