"""Pictures on their way out: after the words of an alert, beside those of an answer, in nobody's way."""

import asyncio
import random
from dataclasses import dataclass, field, replace

import pytest

from bot.delivery import DeliveryWorker
from bot.delivery import pictures as pictures_module
from bot.delivery.pictures import DRAWN_AT_ONCE, FRESH_S, Pictures
from bot.domain.alerts import Alert, Reason, Severity
from bot.domain.observations import PositionSeen
from bot.errors import DestinationGone, RateLimited, Rejected, Transient
from bot.messages.model import Chart, Message, Picture
from bot.ports import ChartOf, Delivery, Lane, Operation, Point
from bot.subscriptions import ChatSettings, subject_id
from tests.domain.aave import USDT, WETH, owed, position, supplied
from tests.fakes import FakeHistory
from tests.store.fixtures import client, store_url
from tests.store.samples import CHAT, GROUP, alert, delivery, words
from tests.test_delivery import NOW, House, until

__all__ = ["client", "store_url"]

HELD = position([supplied(WETH, 10**18, 3000 * 10**8)], [owed(USDT, 10**9, 10**8)])


def chart(title: str = "") -> Chart:
    return Chart(title, f"alt of {title}", ((1, 2), (3, 4)), 10**8)


@dataclass
class Hand:
    """A charter: draws what it is given, unless something is wrong with it or it is held up."""

    bug: bool = False
    unable: bool = False
    held_up: asyncio.Event | None = None
    drawn: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def draw(self, chart: Chart) -> Picture | None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.held_up:
                await self.held_up.wait()
            if self.bug:
                raise ZeroDivisionError
            self.drawn.append(chart.title)
            return None if self.unable else Picture(chart.title.encode(), chart.alt)
        finally:
            self.at_once -= 1


class Words:
    """The composer's part in it."""

    def __init__(self) -> None:
        self.seen: list[tuple[Alert, tuple[Point, ...], ChatSettings, bool, int]] = []
        self.has_chart = True

    def charted(self, alert):
        return WETH if isinstance(alert.seen, PositionSeen) else None

    def chart(self, alert, points, settings, *, private, now):
        self.seen.append((alert, tuple(points), settings, private, now))
        shown = chart(alert.id) if self.has_chart else None
        return replace(words(f"chart of {alert.id}"), chart=shown) if points else None


def compose(payload, settings, *, repeated, private, escalated):
    return payload if isinstance(payload, Message) else words(payload.id)


class Studio(House):
    def __init__(self, client) -> None:
        super().__init__(client)
        self.hand, self.words, self.history = Hand(), Words(), FakeHistory()
        self.pictures = Pictures(self.history, self.book, self.words, self.hand, clock=lambda: self.now)
        self.history.points["s1"].append(Point(NOW - 60, health=5))
        self.history.points[subject_id("lab", WETH.address)].append(Point(NOW - 60, price=7))

    def worker(self, outbox=None, book=None, *, pictures=True, **options) -> DeliveryWorker:
        return DeliveryWorker(
            self.outbox,
            self.book,
            self.platform,
            compose,
            changed=self.outbox.changed("telegram"),
            clock=lambda: self.now,
            rng=random.Random(1),
            pictures=self.pictures if pictures else None,
            **options,
        )

    @property
    def shown(self) -> list[tuple[str, bytes | None]]:
        return [(call.text, call.picture and call.picture.png) for call in self.platform.calls]

    async def alert(self, id_: str = "a", to: str = CHAT) -> Delivery:
        """An alert and its picture, as the monitor appends them; the picture's delivery."""
        told = critical(id_, to)
        picture = of_chart(told)
        await self.outbox.append([delivery(id_, to, payload=told, incident=told.incident), picture])
        return picture


def critical(id_: str = "a", to: str = CHAT) -> Alert:
    told = alert(id_, f"i{id_}", to)
    return replace(
        told, reason=Reason.FIRST, severity=Severity.CRITICAL, seen=PositionSeen(HELD), decided_at=NOW - 5
    )


def of_chart(told: Alert) -> Delivery:
    return delivery(
        f"chart:{told.told_as}",
        told.destination,
        operation=Operation.REPLY,
        payload=ChartOf(told),
        incident=told.incident,
    )


@pytest.fixture
def house(client) -> Studio:
    return Studio(client)


@pytest.fixture
def patient(monkeypatch) -> None:
    """Who draws is held up by the test, not by the clock."""
    monkeypatch.setattr(pictures_module, "DRAW_WITHIN_S", 60)


# ---- after an alert --------------------------------------------------------------------------------


async def test_a_picture_follows_the_words_as_a_reply_to_them(house):
    await house.alert()
    async with house.working():
        await house.settled(waiting=0, acked=3)
    said, shown = house.platform.calls
    assert (said.text, said.picture) == ("a", None)
    assert (shown.text, shown.picture) == ("chart of a", Picture(b"a", "alt of a"))
    assert shown.message_id == "101"
    assert await house.outbox.message_id(CHAT, "ia") == "101"
    ((told, points, settings, private, now),) = house.words.seen
    assert told == critical()
    assert points == (Point(NOW - 60, health=5), Point(NOW - 60, price=7))
    assert (settings, private, now) == (ChatSettings(), True, NOW)
    assert (await house.book.last_alert(CHAT)).id == "a"


async def test_in_a_group_it_is_made_for_a_group(house):
    await house.alert(to=GROUP)
    async with house.working():
        await house.settled(waiting=0, acked=3)
    assert house.words.seen[0][3] is False


def no_points(house: Studio) -> None:
    house.history.points.clear()


def no_chart(house: Studio) -> None:
    house.words.has_chart = False


def unable(house: Studio) -> None:
    house.hand.unable = True


def bug(house: Studio) -> None:
    house.hand.bug = True


def bug_in_words(house: Studio) -> None:
    house.words.seen = None


def away(house: Studio) -> None:
    house.history.away = True


def late(house: Studio) -> None:
    house.now = NOW - 5 + FRESH_S + 1


@pytest.mark.parametrize(
    "trouble", [no_points, no_chart, unable, bug, bug_in_words, away, late], ids=lambda one: one.__name__
)
async def test_a_picture_that_fails_costs_only_itself(house, trouble):
    trouble(house)
    await house.alert()
    async with house.working():
        await house.settled(waiting=0, acked=2)
    assert house.shown == [("a", None)]
    assert (await house.outbox.counts())["dead"] == 0


async def test_a_home_that_wants_none_gets_none(house):
    await house.alert()
    await house.book.put_settings(CHAT, ChatSettings(charts=False))
    async with house.working():
        await house.settled(waiting=0, acked=2)
    assert house.shown == [("a", None)]


async def test_without_anybody_who_draws_words_are_all_there_is(house):
    await house.alert()
    async with house.working(house.worker(pictures=False)):
        await house.settled(waiting=0, acked=2)
    assert house.shown == [("a", None)]


async def test_one_that_is_not_drawn_in_time_is_let_go(house, monkeypatch):
    monkeypatch.setattr(pictures_module, "DRAW_WITHIN_S", 0.05)
    house.hand.held_up = asyncio.Event()
    await house.alert()
    async with house.working():
        await house.settled(waiting=0, acked=2)
    assert house.shown == [("a", None)]


async def test_nobodys_words_wait_while_it_is_drawn_not_even_in_its_own_chat(house, patient):
    house.hand.held_up = asyncio.Event()
    for n in range(20):
        await house.alert(f"a{n}", f"telegram/{n + 1}")
    async with house.working(house.worker(sends_at_once=1)):
        await house.settled(waiting=0, acked=40)
        await house.outbox.append([delivery("late words", "telegram/1"), delivery("others", "telegram/99")])
        await house.settled(waiting=0, acked=42)
        assert not any(picture for _, picture in house.shown)
        house.hand.held_up.set()
        await house.settled(waiting=0, acked=62)
    assert sorted(picture for _, picture in house.shown if picture) == sorted(
        f"a{n}".encode() for n in range(20)
    )
    assert house.hand.most_at_once == DRAWN_AT_ONCE


async def test_a_platform_that_refuses_the_picture_has_its_words(house):
    await house.alert()
    house.platform.answers = [never, Rejected("no photos here")]
    async with house.working():
        await house.settled(waiting=0, acked=3)
    assert house.shown == [("a", None)]
    assert (await house.outbox.counts())["dead"] == 0


async def never() -> None:
    return None


@pytest.mark.parametrize("error", [RateLimited(0.01), Transient("away")], ids=["busy", "away"])
async def test_it_is_sent_again_without_being_drawn_again(house, error):
    await house.alert()
    house.platform.answers = [never, error]
    async with house.working():
        await house.settled(waiting=0, acked=3)
    assert house.shown == [("a", None), ("chart of a", b"a")]
    assert house.hand.drawn == ["a"]


async def test_one_that_came_too_late_by_waiting_is_let_go(house):
    async def later() -> None:
        house.now += FRESH_S
        raise Transient("away")

    await house.alert()
    house.platform.answers = [never, later]
    async with house.working():
        await house.settled(waiting=0, acked=3)
    assert house.shown == [("a", None)]


async def test_a_chat_that_is_gone_by_then_is_gone(house):
    await house.alert()
    house.platform.answers = [never, DestinationGone("kicked")]
    async with house.working():
        await house.settled(waiting=0, muted=1)
    assert house.shown == [("a", None)]


async def test_one_drawn_by_a_process_that_is_no_more_is_drawn_anew(house):
    told = critical()
    drawn = replace(of_chart(told), id=f"drawn:chart:{told.told_as}", operation=Operation.PICTURE)
    await house.outbox.append([drawn])
    async with house.working():
        await house.settled(waiting=0, acked=1)
    assert house.shown == [("chart of a", b"a")]
    # It stands for no incident: what comes later neither edits it nor is found by its buttons.
    assert await house.outbox.message_id(CHAT, "ia") == ""
    assert await house.book.last_alert(CHAT) is None


# ---- with an answer --------------------------------------------------------------------------------


async def answer(house: Studio, text: str = "x", to: str = CHAT, **more: object) -> None:
    message = replace(words(text), chart=chart(text))
    await house.outbox.append([delivery(text, to, payload=message, lane=Lane.ANSWER, **more)])


async def test_an_answer_is_sent_with_its_picture(house):
    await answer(house)
    await answer(house, "y", answer_to="handle")
    async with house.working():
        await house.settled(waiting=0, acked=2)
    assert house.shown == [("x", b"x"), ("y", b"y")]
    assert house.platform.calls[1].answer_to == "handle"


@pytest.mark.parametrize("trouble", [unable, bug], ids=["unable", "bug"])
async def test_an_answer_whose_picture_fails_is_sent_without(house, trouble):
    trouble(house)
    await answer(house)
    async with house.working():
        await house.settled(waiting=0, acked=1)
    assert house.shown == [("x", None)]


@pytest.mark.parametrize("handle", ["", "handle"])
@pytest.mark.parametrize("to", [CHAT, GROUP])
async def test_an_answer_whose_picture_is_refused_is_sent_without(house, handle, to):
    await answer(house, to=to, answer_to=handle)
    house.platform.answers = [Rejected("no photos here")]
    async with house.working():
        await house.settled(waiting=0, acked=1)
    assert house.shown == [("x", None)]
    assert house.platform.calls[0].answer_to == handle


async def test_an_answer_that_is_drawn_holds_up_no_other_chat(house, patient):
    house.hand.held_up = asyncio.Event()
    for n in range(5):
        await answer(house, f"x{n}", f"telegram/{n + 1}")
    async with house.working(house.worker(sends_at_once=1)):
        await until(lambda: drawing(house))
        await house.outbox.append([delivery("others", "telegram/99")])
        await until(lambda: said(house, "others"))
        house.hand.held_up.set()
        await house.settled(waiting=0, acked=6)
    assert sorted(house.shown)[1:] == [(f"x{n}", f"x{n}".encode()) for n in range(5)]


async def drawing(house: Studio) -> bool:
    return house.hand.at_once == DRAWN_AT_ONCE


async def said(house: Studio, text: str) -> bool:
    return text in house.texts
