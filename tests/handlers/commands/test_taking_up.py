"""Acks and snoozes by several people: of common messages, of escalated alerts, by buttons not theirs."""

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from bot.domain.alerts import AlertGroup, Reason
from bot.domain.rules import HealthRule
from bot.messages.answers import Acked, AlreadyHandled, GroupDetails, TooLate
from bot.messages.model import Message
from bot.messages.rich import text_of
from bot.ports import Operation, Person, Request
from bot.subscriptions import ChatSettings, Destination, Editors
from handlers.commands.access import Policy
from handlers.commands.presses import SNOOZE_S
from tests.handlers.commands.stand import SAVER, Stand, as_standing
from tests.messages.samples import NOW, WALLET, alert, treasury

GROUP = Destination("telegram", "-100", "5")
CHANNEL = Destination("discord", "c5")
INCIDENT = "w1.health.s12345.3"
OTHER = "w2.health.s99999.1"
EVERYONE = ChatSettings(editors=Editors.EVERYONE)


@pytest.fixture
async def stand() -> Stand:
    """A group that watches two wallets, both alerting in one message, and a server to escalate to."""
    made = Stand(
        policy=Policy(allowed=frozenset({"telegram/-100", "discord/s1"}), operators=frozenset({"telegram/7"}))
    )
    for wallet in (WALLET, SAVER):
        await made.desk.handle(made.request(f"/watch {wallet}", place=GROUP, private=False))
    made.outbox.deliveries.clear()
    made.book.chosen = {
        "telegram/-100": replace(EVERYONE, escalate_to=CHANNEL.id, routes=(("all", GROUP.id),)),
        "discord/s1": EVERYONE,
    }
    first = replace(alert(treasury()), destination=GROUP.id, home="telegram/-100")
    ref = replace(first.watch, id="w2", number=2)  # type: ignore[type-var]
    second = replace(first, incident=OTHER, subject="s99999", watch=ref, rule=HealthRule())
    made.book.alerts = [first, second]
    made.book.groups = [(GROUP.id, AlertGroup("g7", (first, second)))]
    return made


def escalate(stand: Stand) -> None:
    """The first alert is told in the server's channel too."""
    stand.book.alerts.append(replace(stand.book.alerts[0], destination=CHANNEL.id))


def in_group(stand: Stand, press: str, name: str = "Bob") -> Request:
    return stand.request(press=press, person=Person("telegram/50", name), place=GROUP, private=False)


def in_channel(stand: Stand, press: str, name: str = "Cleo", place: Destination = CHANNEL) -> Request:
    return stand.request(
        press=press,
        person=Person("discord/60", name),
        place=place,
        private=False,
        server="s1",
        answer_to="interaction",
    )


def edits(stand: Stand) -> dict[tuple[str, str], str]:
    """(place, incident or group) -> the words that its card gets."""
    found = {}
    for one in stand.outbox.deliveries.values():
        if one.operation is Operation.EDIT:
            assert isinstance(one.payload, Message)
            assert (one.home, one.answer_to) == ("telegram/-100", "")
            found[one.destination, one.incident] = text_of(one.payload.lines)
    return found


def hushed(stand: Stand) -> list[tuple[str, int, str]]:
    return [(watch.id, hush.until, hush.by) for watch in stand.book.watches for _, hush in watch.hushes]


async def test_one_press_takes_all_of_a_common_message_up(stand: Stand) -> None:
    answer = await stand.hears(in_group(stand, "1|ack|g7"))
    assert answer == Acked(0, "Bob", 2)
    assert hushed(stand) == [("w1", 0, "Bob"), ("w2", 0, "Bob")]
    ((where, words),) = edits(stand).items()
    assert where == (GROUP.id, "g7")
    assert "Bob" in words
    assert isinstance(await stand.hears(in_group(stand, "1|details|g7")), GroupDetails)


async def test_what_one_person_took_up_is_left_to_them(stand: Stand) -> None:
    await stand.hears(in_group(stand, f"1|ack|{INCIDENT}"))
    stand.now += 60
    before = hushed(stand)
    for verb in ("ack", "snooze"):
        flash, _ = await stand.press("", in_group(stand, f"1|{verb}|{INCIDENT}", "Dora"))
        assert flash.startswith("Bob has acknowledged it at")
    assert hushed(stand) == before
    stand.outbox.deliveries.clear()
    answer = await stand.hears(in_group(stand, "1|ack|g7", "Dora"))
    assert answer == Acked(0, "Dora", 1), "the rest of the message was nobody's"
    assert hushed(stand) == [("w1", 0, "Bob"), ("w2", 0, "Dora")]


async def test_a_snooze_that_runs_is_said_and_an_ack_goes_over_it(stand: Stand) -> None:
    await stand.hears(in_group(stand, f"1|snooze|{INCIDENT}"))
    answer = await stand.hears(in_group(stand, f"1|snooze|{INCIDENT}", "Dora"))
    assert answer == AlreadyHandled("Bob", NOW, NOW + SNOOZE_S)
    assert isinstance(await stand.hears(in_group(stand, f"1|ack|{INCIDENT}", "Dora")), Acked)
    assert hushed(stand) == [("w1", 0, "Dora")]
    (watch, *_) = stand.book.watches
    assert watch.hushes[0][1].person == "telegram/50"


async def test_a_snooze_that_ended_or_got_worse_holds_nobody_back(stand: Stand) -> None:
    await stand.hears(in_group(stand, f"1|snooze|{INCIDENT}"))
    stand.now += SNOOZE_S
    assert isinstance(await stand.hears(in_group(stand, f"1|snooze|{INCIDENT}", "Dora")), Acked)
    worse = replace(stand.book.alerts[0], level=HealthRule().levels[-1])
    stand.book.alerts.append(worse)
    assert isinstance(await stand.hears(in_group(stand, f"1|snooze|{INCIDENT}", "Emil")), Acked)
    assert hushed(stand) == [("w1", NOW + 2 * SNOOZE_S, "Emil")]


async def test_an_escalated_alert_is_taken_up_where_it_came_to_and_shown_at_both_places(stand: Stand) -> None:
    escalate(stand)
    with capture_logs() as logs:
        answer = await stand.hears(in_channel(stand, f"1|ack|{INCIDENT}"))
    assert answer == Acked(0, "Cleo")
    assert logs == []
    assert hushed(stand) == [("w1", 0, "Cleo")]
    found = edits(stand)
    assert set(found) == {(CHANNEL.id, INCIDENT), (GROUP.id, INCIDENT)}
    assert all("Acknowledged by Cleo" in words for words in found.values())


async def test_an_ack_at_home_is_shown_where_it_was_escalated_to(stand: Stand) -> None:
    escalate(stand)
    await stand.hears(in_group(stand, "1|ack|g7"))
    assert set(edits(stand)) == {(GROUP.id, "g7"), (CHANNEL.id, INCIDENT)}


async def test_the_right_at_the_place_of_the_press_counts(stand: Stand) -> None:
    escalate(stand)
    stand.book.chosen["discord/s1"] = ChatSettings()
    flash, _ = await stand.press("", in_channel(stand, f"1|ack|{INCIDENT}"))
    assert flash.startswith("Only editors may do that here.")
    admin = replace(in_channel(stand, f"1|ack|{INCIDENT}"), standing=as_standing(is_admin=True))
    assert isinstance(await stand.hears(admin), Acked)


BORROWED = [
    f"1|ack|{INCIDENT}",
    f"1|snooze|{INCIDENT}",
    f"1|details|{INCIDENT}",
    "1|ack|g7",
    "1|details|g7",
    "1|ack|w9.health.s0.1",
    "1|ask|no.form",
]


@pytest.mark.parametrize("press", BORROWED)
async def test_a_button_of_another_place_finds_nothing_and_is_logged(stand: Stand, press: str) -> None:
    with capture_logs() as logs:
        assert await stand.hears(in_channel(stand, press)) == TooLate(known=False)
    assert [(one["event"], one["person"], one["home"]) for one in logs] == [
        ("refused", "discord/60", "discord/s1")
    ]
    assert hushed(stand) == []
    assert stand.outbox.deliveries == {}


async def test_an_old_button_of_a_chat_that_alerts_no_longer_go_to_finds_nothing(stand: Stand) -> None:
    escalate(stand)
    stand.book.chosen["telegram/-100"] = EVERYONE
    assert await stand.hears(in_channel(stand, f"1|ack|{INCIDENT}")) == TooLate(known=False)
    assert hushed(stand) == []


async def test_of_a_common_message_only_what_still_runs_is_taken_up(stand: Stand) -> None:
    first, second = stand.book.alerts
    over = AlertGroup("g8", (replace(first, reason=Reason.RESOLVED), second))
    stand.book.groups.append((GROUP.id, over))
    assert await stand.hears(in_group(stand, "1|ack|g8")) == Acked(0, "Bob", 1)
    assert hushed(stand) == [("w2", 0, "Bob")]
    gone = AlertGroup("g9", (replace(first, reason=Reason.RESOLVED),) * 2)
    stand.book.groups.append((GROUP.id, gone))
    assert await stand.hears(in_group(stand, "1|ack|g9")) == TooLate()
