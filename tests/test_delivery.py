"""The delivery worker with a hand-written sender against the real outbox and watch book."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from bot.delivery import DeliveryWorker
from bot.delivery import attempt as attempt_module
from bot.delivery import worker as worker_module
from bot.errors import (
    DestinationGone,
    DestinationMoved,
    RateLimited,
    Rejected,
    SettingsError,
    StoreError,
    Transient,
)
from bot.messages.model import Picture
from bot.ports import Lane, Operation
from bot.store import keys
from bot.store.outbox import StoredOutbox
from bot.store.pacing import PlatformPace
from bot.store.watchbook import StoredWatchBook
from bot.subscriptions import ChatSettings
from tests.store.fixtures import client, store_url
from tests.store.samples import CHAT, GROUP, alert, delivery, text_of, watch, words

__all__ = ["client", "store_url"]

NOW = 1_000_000


@dataclass
class Call:
    what: str
    to: str
    text: str = ""
    message_id: str = ""
    answer_to: str = ""
    ping: str = ""
    picture: Picture | None = None


class Platform:
    """Keeps what it accepted; `answers` are raised or awaited in turn before it accepts."""

    def __init__(self, platform: str) -> None:
        self.platform = platform
        self.calls: list[Call] = []
        self.keys: list[str] = []
        self.answers: list[Exception | Callable] = []
        self.accepted = asyncio.Event()
        self.at_once = self.most_at_once = 0

    async def take(self, call: Call) -> str:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            answer = self.answers.pop(0) if self.answers else None
            if isinstance(answer, Exception):
                raise answer
            if answer is not None:
                await answer()
            await asyncio.sleep(0)
            self.calls.append(call)
            self.accepted.set()
            return str(100 + len(self.calls))
        finally:
            self.at_once -= 1

    async def send(self, to, message, reply_to="", *, answer_to="", key="", picture=None):
        self.keys.append(key)
        call = Call("send", to.id, text_of(message), reply_to, answer_to, message.ping, picture)
        return await self.take(call)

    async def edit(self, to, message_id, message):
        await self.take(Call("edit", to.id, text_of(message), message_id))

    async def delete(self, to, message_id):
        await self.take(Call("delete", to.id, "", message_id))


def compose(payload, settings, *, repeated, private, escalated):
    text = payload.id if hasattr(payload, "id") else text_of(payload)
    if text == "bug":
        raise ZeroDivisionError
    text += " again" * repeated + " escalated" * escalated
    text += " to all" * (hasattr(payload, "id") and not private)
    return words(text + ("" if settings.locale == "en" else settings.locale))


class House:
    def __init__(self, client, platform: str = "telegram") -> None:
        self.now = NOW
        self.outbox = StoredOutbox(client, pacing={platform: PlatformPace()})
        self.book = StoredWatchBook(client, clock=lambda: self.now)
        self.platform = Platform(platform)

    @property
    def texts(self) -> list[str]:
        return [call.text for call in self.platform.calls]

    def worker(self, outbox=None, book=None, **options) -> DeliveryWorker:
        return DeliveryWorker(
            outbox or self.outbox,
            book or self.book,
            self.platform,
            compose,
            changed=self.outbox.changed(self.platform.platform),
            clock=lambda: self.now,
            rng=random.Random(1),
            **options,
        )

    @asynccontextmanager
    async def working(self, worker=None):
        task = asyncio.create_task((worker or self.worker()).run())
        try:
            yield task
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    async def settled(self, **expected: int) -> None:
        """Wait until the counts are these."""

        async def reached() -> bool:
            return expected.items() <= (await self.outbox.counts()).items()

        await until(reached)

    async def answered(self) -> None:
        """Wait until the platform has given all its prepared answers, and they are stored."""

        async def given() -> bool:
            return not self.platform.answers and not self.platform.at_once

        await until(given)


async def until(reached: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await reached():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


@pytest.fixture
def house(client, monkeypatch):
    monkeypatch.setattr(attempt_module, "BACKOFF_S", (0.001, 0.002))
    monkeypatch.setattr(attempt_module, "STORE_AWAY_S", 0.01)
    monkeypatch.setattr(worker_module, "STORE_AWAY_S", 0.01)
    return House(client)


async def test_what_is_appended_is_composed_sent_and_acknowledged(house):
    await house.book.put_settings(GROUP, ChatSettings(locale="de"))
    async with house.working():
        await house.outbox.append([delivery("a", payload=alert("a")), delivery("b", GROUP)])
        await house.settled(acked=2, waiting=0)
    assert sorted(house.texts) == ["a", "bde"]
    assert (await house.book.last_alert(CHAT)).id == "a"


async def test_operations_act_on_the_incidents_message(house):
    kinds = [
        Operation.SEND,
        Operation.REPLY,
        Operation.EDIT,
        Operation.PICTURE,
        Operation.DELETE,
        Operation.DELETE,
    ]
    await house.outbox.append(
        [delivery(f"d{n}", operation=kind, incident="i") for n, kind in enumerate(kinds)]
    )
    async with house.working():
        await house.settled(acked=len(kinds))
    assert house.platform.calls == [
        Call("send", CHAT, "d0"),
        Call("send", CHAT, "d1", "101"),
        Call("edit", CHAT, "d2", "101"),
        Call("send", CHAT, "d3", "101"),
        Call("delete", CHAT, "", "101"),
    ]


async def test_an_edit_without_a_message_is_sent_and_known_from_then_on(house):
    edits = [delivery(f"d{n}", operation=Operation.EDIT, incident="i") for n in range(2)]
    await house.outbox.append(edits)
    async with house.working():
        await house.settled(acked=2)
    assert house.platform.calls == [Call("send", CHAT, "d0"), Call("edit", CHAT, "d1", "101")]


async def test_an_edit_that_the_platform_refuses_is_sent_anew(house):
    await house.outbox.append([delivery("d0", incident="i")])
    async with house.working():
        await house.settled(acked=1)
        house.platform.answers = [Rejected("message to edit not found")]
        await house.outbox.append([delivery("d1", operation=Operation.EDIT, incident="i")])
        await house.settled(acked=2)
    assert house.platform.calls[1] == Call("send", CHAT, "d1")


async def test_told_to_wait_means_this_chat_or_everything(house):
    house.platform.answers = [RateLimited(3600)]
    await house.outbox.append([delivery("d0"), delivery("d1")])
    async with house.working():
        await house.answered()
        await house.outbox.append([delivery("d2", GROUP)])
        await house.settled(acked=1)
        house.platform.answers = [RateLimited(3600, everything=True)]
        await house.outbox.append([delivery("d3", "telegram/7")])
        await house.answered()
    assert house.texts == ["d2"]
    assert (await house.outbox.counts())["waiting"] == 3
    assert await house.outbox.next_due("telegram") > 3500


async def test_a_passing_fault_is_tried_again_and_only_a_maybe_is_marked(house):
    house.platform.answers = [Transient("502"), Transient("reset")]
    await house.outbox.append([delivery("d0")])
    async with house.working():
        await house.settled(acked=1)
        house.platform.answers = [Transient("timeout", maybe_sent=True), Transient("502")]
        await house.outbox.append([delivery("d1")])
        await house.settled(acked=2)
    assert house.texts == ["d0", "d1 again"]


async def test_after_a_day_a_message_is_given_up(house):
    house.platform.answers = [Transient("502")]
    await house.outbox.append(
        [delivery("d0", created_at=NOW - 24 * 3600 - 1), delivery("d1", created_at=NOW)]
    )
    async with house.working():
        await house.settled(acked=1, dead=1)
    assert house.texts == ["d1"]
    assert (await house.outbox.dead_letters(CHAT))[0].why == "given up after 1 attempts: 502"


async def test_an_outage_of_the_platform_gives_nothing_up(house):
    house.platform.answers = [Transient("502")] * 60
    await house.outbox.append([delivery("d0", created_at=NOW)])
    async with house.working():
        await house.settled(acked=1, dead=0)


async def test_a_message_that_fails_alone_is_given_up_in_the_end(house):
    async def take(call):
        if call.text.startswith("poison"):
            raise Transient("500")
        house.platform.calls.append(call)
        return "1"

    house.platform.take = take
    await house.outbox.append([delivery("poison")])
    async with house.working():
        count = 0
        while not (await house.outbox.counts())["dead"]:
            count += 1
            await house.outbox.append([delivery(f"d{count}", f"telegram/9{count}")])
            await house.settled(acked=count)
    (letter,) = await house.outbox.dead_letters(CHAT)
    assert letter.why.endswith("500")
    assert count >= attempt_module.ALONE_MOST


async def test_a_rejected_message_and_one_that_cannot_be_composed_are_buried_alone(house):
    house.platform.answers = [Rejected("bad entity")]
    await house.outbox.append([delivery("d0"), delivery("bug"), delivery("d2")])
    async with house.working():
        await house.settled(acked=1, dead=2)
    assert house.texts == ["d2"]
    whys = [letter.why for letter in await house.outbox.dead_letters(CHAT)]
    assert whys == ["bug: ZeroDivisionError", "bad entity"]


async def test_nobody_there_mutes_the_chat(house):
    house.platform.answers = [DestinationGone("blocked")]
    await house.outbox.append([delivery("d0"), delivery("d1")])
    async with house.working():
        await house.settled(dead=2, muted=1)
    assert house.texts == []


async def test_a_moved_chat_is_followed_with_its_watches(house):
    await house.book.add(watch(GROUP, place=f"{GROUP}/5"))
    house.platform.answers = [DestinationMoved("-1009")]
    await house.outbox.append([delivery("d0", f"{GROUP}/5"), delivery("d1", f"{GROUP}/5")])
    async with house.working():
        await house.settled(acked=2)
    assert [(call.to, call.text) for call in house.platform.calls] == [
        ("telegram/-1009/5", "d0"),
        ("telegram/-1009/5", "d1"),
    ]
    (moved,) = await house.book.of("telegram/-1009")
    assert moved.place == "telegram/-1009/5"


async def test_a_send_that_hangs_is_given_up_and_marked(house, monkeypatch):
    monkeypatch.setattr(attempt_module, "SEND_WITHIN_S", 0.05)
    house.platform.answers = [asyncio.Event().wait]
    await house.outbox.append([delivery("d0")])
    async with house.working():
        await house.settled(acked=1)
    assert house.texts == ["d0 again"]


class Flaky:
    """A real outbox whose named calls fail a few times, before or after they are done."""

    def __init__(self, inner, fails: dict[str, int], *, after: bool = False) -> None:
        self.inner, self.fails, self.after = inner, fails, after

    def __getattr__(self, name):
        real = getattr(self.inner, name)

        async def call(*args, **kwargs):
            if self.fails.get(name, 0) == 0:
                return await real(*args, **kwargs)
            self.fails[name] -= 1
            if self.after:
                await real(*args, **kwargs)
            raise StoreError("away")

        return call


@pytest.mark.parametrize("after", [False, True], ids=["unheard", "answer lost"])
async def test_a_store_that_is_away_stops_nothing_for_good_and_repeats_nothing(house, after):
    fails = {"next_due": 2, "done": 3} | ({} if after else {"claim": 3})
    await house.outbox.append([delivery(f"d{n}", f"telegram/{n}") for n in range(5)])
    async with house.working(house.worker(Flaky(house.outbox, fails, after=after))):
        await house.settled(acked=5)
    assert sorted(house.texts) == [f"d{n}" for n in range(5)]


async def test_a_platform_that_refuses_the_bot_itself_loses_nothing(house, client):
    house.platform.answers = [SettingsError(("The token is refused.",))]
    await house.outbox.append([delivery("d0"), delivery("d1", GROUP)])
    async with house.working(house.worker(sends_at_once=1)):
        await house.answered()
        await until(lambda: frozen(house))
        assert (await house.outbox.counts())["dead"] == 0
        assert 50 < await house.outbox.next_due("telegram") <= worker_module.REFUSED_S
        await client.hset(keys.of_platform("telegram")[0], "frozen", 0)
        await house.settled(acked=2, dead=0)
    assert sorted(house.texts) == ["d0", "d1"]


async def frozen(house) -> bool:
    return (await house.outbox.next_due("telegram") or 0) > 1


async def test_settings_that_hang_are_given_up_within_the_lease_and_nothing_is_marked(house, monkeypatch):
    monkeypatch.setattr(attempt_module, "SEND_WITHIN_S", 0.05)
    hung = []

    class Hanging(Flaky):
        async def settings(self, destination):
            if not hung:
                hung.append(destination)
                await asyncio.Event().wait()
            return await self.inner.settings(destination)

    await house.outbox.append([delivery("d0")])
    async with house.working(house.worker(book=Hanging(house.book, {}))):
        await house.settled(acked=1)
    assert hung == [CHAT]
    assert house.texts == ["d0"]


async def test_settings_that_cannot_be_read_delay_and_do_not_lose(house):
    await house.outbox.append([delivery("d0")])
    async with house.working(house.worker(book=Flaky(house.book, {"settings": 2}))):
        await house.settled(acked=1)
    assert house.texts == ["d0"]


async def test_cancelled_during_a_send_that_finishes_it_is_acknowledged(house):
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow():
        begun.set()
        await go_on.wait()

    house.platform.answers = [slow]
    await house.outbox.append([delivery("d0")])
    async with house.working() as task:
        await begun.wait()
        task.cancel()
        await asyncio.sleep(0)
        go_on.set()
    assert (await house.outbox.counts())["acked"] == 1


async def test_cancelled_during_a_send_that_hangs_it_is_given_back_with_a_mark(house, monkeypatch):
    monkeypatch.setattr(worker_module, "GRACE_S", 0.1)
    begun = asyncio.Event()

    async def hang():
        begun.set()
        await asyncio.Event().wait()

    house.platform.answers = [hang]
    await house.outbox.append([delivery("d0")])
    async with house.working():
        await begun.wait()
    claim = await house.outbox.claim("telegram")
    assert claim.repeated
    assert await house.outbox.release(claim, 0, everything=False, maybe_sent=False)


async def test_cancelled_during_a_claim_the_claim_is_given_back(house):
    claimed = asyncio.Event()

    class Slow(Flaky):
        async def claim(self, platform):
            claim = await self.inner.claim(platform)
            claimed.set()
            await asyncio.sleep(0.05)
            return claim

    await house.outbox.append([delivery("d0")])
    async with house.working(house.worker(Slow(house.outbox, {}))):
        await claimed.wait()
    claim = await house.outbox.claim("telegram")
    assert (claim.delivery.id, claim.repeated) == ("d0", False)


async def test_appends_of_another_process_are_seen(house, client):
    async with house.working():
        await house.settled(waiting=0)
        await StoredOutbox(client).append([delivery("d0")])
        await house.settled(acked=1)


async def test_many_chats_are_served_side_by_side_each_in_order(house):
    sent = [
        delivery(f"{chat}:{n}", f"telegram/{chat}", lane=Lane.REST) for n in range(5) for chat in range(40)
    ]
    await house.outbox.append(sent)
    await house.outbox.append([replace(sent[-1], id="last", lane=Lane.CRITICAL)])
    house.platform.answers = [asyncio.Barrier(8).wait] * 8  # passes only when eight are sent at once
    async with house.working():
        await house.settled(acked=201)
    for chat in range(39):
        own = [text for text in house.texts if text.startswith(f"{chat}:")]
        assert own == [f"{chat}:{n}" for n in range(5)]
    assert house.platform.most_at_once >= 8
