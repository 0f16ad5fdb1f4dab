"""Delivery in groups and servers: whose settings, what is needless by now, answers to requests, pings, and
who hears of what a platform would not take.
"""

from dataclasses import dataclass, field, replace

import pytest

from bot.delivery.attempt import HANDLE_LASTS_S
from bot.delivery.worker import REFUSED_S
from bot.domain.alerts import Alert, Reason, Severity
from bot.domain.rules import Hush, RuleState
from bot.errors import DestinationGone, RateLimited, Rejected, SettingsError, StoreError, Transient
from bot.ports import Lane, Operation, Verdicts
from bot.store.judgements import StoredJudgements
from bot.subscriptions import ChatSettings, StateKey
from tests.store.fixtures import client, store_url
from tests.store.samples import CHAT, GROUP, alert, block, delivery, group, watch
from tests.test_delivery import NOW, Call, House

__all__ = ["client", "store_url"]

TOPIC = f"{GROUP}/5"
SERVER, CHANNEL, PERSON = "discord/s9", "discord/c1", "discord/77"


@pytest.fixture
def house(client):
    return House(client)


@pytest.fixture
async def server(client):
    """A Discord server with one channel, whose critical alerts mention a role."""
    house = House(client, "discord")
    await house.book.add_place(SERVER, CHANNEL)
    await house.book.put_settings(SERVER, ChatSettings(ping="555"))
    return house


async def deliver(house, *deliveries, steward=None, **expected: int) -> list[Call]:
    """The calls made until the counts are these."""
    before = len(house.platform.calls)
    await house.outbox.append(deliveries)
    async with house.working(house.worker(steward=steward)):
        await house.settled(**expected or {"waiting": 0})
    return house.platform.calls[before:]


async def test_words_are_chosen_by_the_home_a_delivery_names_else_by_that_of_its_place(house):
    await house.book.put_settings(GROUP, ChatSettings(locale="de"))
    await house.book.put_settings(CHAT, ChatSettings(locale="fr"))
    calls = await deliver(house, delivery("a", TOPIC), delivery("b", TOPIC, home=CHAT))
    assert [call.text for call in calls] == ["ade", "bfr"]


async def test_the_home_of_a_channel_is_its_server(server):
    await server.book.put_settings(SERVER, ChatSettings(locale="de"))
    (call,) = await deliver(server, delivery("a", CHANNEL))
    assert call.text == "ade"


async def test_the_composer_knows_who_reads_it(house):
    calls = await deliver(house, delivery("1", payload=alert("a")), delivery("2", TOPIC, payload=alert("b")))
    assert sorted(call.text for call in calls) == ["a", "b to all"]


async def test_each_send_has_a_key_that_is_the_same_when_it_is_sent_again(house):
    house.platform.answers = [Transient("reset", maybe_sent=True)]
    await deliver(house, delivery("d1"), delivery("d2", operation=Operation.REPLY))
    assert house.platform.keys == ["d1", "d1", "d2"]


async def test_an_edit_of_a_common_message_is_a_reply_to_it_and_edits_itself_from_then_on(house):
    await deliver(house, group("g1", alert("a", "i1"), alert("b", "i2", subject="s2")))
    edits = [delivery(f"e{n}", incident="i1", operation=Operation.EDIT) for n in (1, 2)]
    calls = await deliver(house, *edits)
    assert calls == [Call("send", CHAT, "e1", "101"), Call("edit", CHAT, "e2", "102")]


async def test_a_common_message_is_not_deleted_for_one_of_its_incidents(house):
    await deliver(house, group("g1", alert("a", "i1"), alert("b", "i2", subject="s2")))
    assert await deliver(house, delivery("x", incident="i1", operation=Operation.DELETE)) == []


# ---- escalations -----------------------------------------------------------------------------------


async def running(house, client, **other) -> tuple[object, Alert]:
    """A watch of the group and the critical alert of it, as it would be told to Ann."""
    stored = await house.book.add(watch(GROUP))
    rule = stored.rules[0]
    told = replace(
        alert("a", f"{stored.id}.{rule.key}.s1.1", home=GROUP),
        reason=Reason.FIRST,
        watch=stored.ref(),
        rule=rule,
    )
    key = StateKey(stored.id, rule.key, "s1")
    states = {key: RuleState(step=1, incident=1)}
    await StoredJudgements(client, house.outbox).save(Verdicts("ethereum", block(1), states))
    return stored, replace(told, **other)


async def test_what_nobody_took_up_is_told_to_the_second_chat(house, client):
    _, told = await running(house, client)
    (call,) = await deliver(house, delivery("e", payload=told, incident=told.incident, if_unattended=True))
    assert call.text == "a escalated"
    assert (await house.book.alert(CHAT, told.incident)).id == "a"


async def test_what_somebody_took_up_is_not_said_and_not_kept(house, client):
    stored, told = await running(house, client)
    await house.book.put(replace(stored, hushes=((f"{told.rule.key}@s1", Hush(0, 1, 1)),)))
    escalation = delivery("e", payload=told, incident=told.incident, if_unattended=True)
    assert await deliver(house, escalation, acked=1, dead=0) == []
    assert await house.book.alert(CHAT, told.incident) is None
    assert await house.book.last_alert(CHAT) is None
    assert await house.outbox.message_id(CHAT, told.incident) == ""


@pytest.mark.parametrize("was_told", [True, False])
async def test_the_end_is_told_to_the_second_chat_if_the_incident_was(house, client, was_told):
    _, told = await running(house, client)
    over = replace(told, id="over", reason=Reason.RESOLVED, severity=Severity.NOTICE)
    first = delivery("e", payload=told, incident=told.incident, if_unattended=True)
    end = delivery("o", payload=over, incident=told.incident, if_unattended=True, operation=Operation.REPLY)
    calls = await deliver(house, *([first] if was_told else []), end)
    expected = [Call("send", CHAT, "a escalated"), Call("send", CHAT, "over", "101")]
    assert calls == (expected if was_told else [])


async def test_who_cannot_be_asked_is_asked_again(house, client):
    _, told = await running(house, client)
    asked = []
    unattended = house.book.unattended

    async def away_once(one):
        asked.append(one)
        if len(asked) == 1:
            raise StoreError("away")
        return await unattended(one)

    house.book.unattended = away_once
    calls = await deliver(house, delivery("e", payload=told, if_unattended=True))
    assert [call.text for call in calls] == ["a escalated"]


# ---- answers ---------------------------------------------------------------------------------------


def answer(to: str, **other):
    return delivery("r", to, lane=Lane.ANSWER, answer_to="handle", created_at=NOW, **other)


@pytest.mark.parametrize("to", [CHANNEL, PERSON])
async def test_an_answer_goes_out_under_the_handle_of_its_request(server, to):
    assert await deliver(server, answer(to)) == [Call("send", to, "r", answer_to="handle")]


@pytest.mark.parametrize("gone", [Rejected("unknown webhook"), DestinationGone("unknown interaction")])
async def test_without_the_handle_an_answer_is_told_in_private_and_nowhere_else(server, gone):
    server.platform.answers = [gone]
    assert await deliver(server, answer(PERSON)) == [Call("send", PERSON, "r")]
    server.platform.answers = [gone]
    other = replace(answer(CHANNEL), id="r2")
    assert await deliver(server, other, dead=1, muted=0) == []
    (letter,) = await server.outbox.dead_letters(CHANNEL)
    assert letter.why == str(gone)


@pytest.mark.parametrize(("to", "expected"), [(PERSON, [Call("send", PERSON, "r")]), (CHANNEL, [])])
async def test_a_late_answer_is_told_in_private_and_nowhere_else(server, to, expected):
    server.now = NOW + HANDLE_LASTS_S + 1
    assert await deliver(server, answer(to), acked=1, dead=0) == expected


async def test_an_answer_just_in_time_still_uses_its_handle(server):
    server.now = NOW + HANDLE_LASTS_S
    assert (await deliver(server, answer(CHANNEL)))[0].answer_to == "handle"


# ---- pings -----------------------------------------------------------------------------------------


def critical(id_: str, to: str = CHANNEL, incident: str = "i", **other):
    told = replace(alert(id_, incident, to, home=SERVER), **({"reason": Reason.FIRST} | other))
    return delivery(f"{id_}@{to}", to, payload=told, home=SERVER)


async def test_the_role_is_mentioned_once_an_incident_and_again_when_sent_again(server):
    server.platform.answers = [Transient("reset", maybe_sent=True)]
    calls = await deliver(server, critical("a"), critical("b"), critical("c", incident="j"))
    assert [(call.text.split()[0], call.ping) for call in calls] == [("a", "555"), ("b", ""), ("c", "555")]


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(critical("a", severity=Severity.WARNING), id="not critical"),
        pytest.param(critical("a", severity=Severity.NOTICE, reason=Reason.RESOLVED), id="over"),
        pytest.param(critical("a", to=PERSON), id="a person"),
        pytest.param(critical("a", to="discord/c2"), id="a channel of others"),
        pytest.param(replace(critical("a"), home=PERSON), id="of another home"),
        pytest.param(delivery("a", CHANNEL, home=SERVER), id="no alert"),
    ],
)
async def test_nobody_is_mentioned_elsewhere(server, one):
    (call,) = await deliver(server, one)
    assert call.ping == ""
    (later,) = await deliver(server, critical("b"))
    assert later.ping == "555"  # and nothing was used up


async def test_a_group_mentions_the_role_for_all_of_its_critical_incidents(server):
    one, two = (critical(id_, incident=id_).payload for id_ in "ab")
    calls = await deliver(server, group("g1", one, two, home=SERVER), critical("c", incident="b"))
    assert [call.ping for call in calls] == ["555", ""]


# ---- who hears of it -------------------------------------------------------------------------------


@dataclass
class Ears:
    """A caretaker that only listens; `deaf`: the store is away when it wants to pass it on."""

    heard: list[tuple] = field(default_factory=list)
    deaf: bool = False

    def hear(self, *what) -> None:
        self.heard.append(what)
        if self.deaf:
            raise StoreError("away")

    async def unreachable(self, destination, why):
        self.hear("gone", destination, why)

    async def told_to_wait(self, destination, wait_s, *, everything):
        self.hear("wait", destination, wait_s, everything)

    async def given_up(self, destination, why):
        self.hear("dead", destination, why)

    async def refused(self, platform, why):
        self.hear("refused", platform, why)


@pytest.mark.parametrize("deaf", [False, True])
async def test_a_caretaker_hears_of_dead_letters_and_waits(house, deaf):
    ears = Ears(deaf=deaf)
    house.platform.answers = [Rejected("bad entity"), RateLimited(0.01), Transient("502")]
    await deliver(house, delivery("d1"), delivery("d2", GROUP), steward=ears, acked=1, dead=1)
    assert sorted(ears.heard) == [("dead", CHAT, "bad entity"), ("wait", GROUP, 0.01, False)]


async def test_a_caretaker_decides_what_becomes_of_a_place_where_nobody_is(house):
    class Redirecting(Ears):
        async def unreachable(self, destination, why):
            self.hear("gone", destination, why)
            await house.outbox.redirect(destination, GROUP)

    ears = Redirecting()
    house.platform.answers = [DestinationGone("topic deleted")]
    calls = await deliver(house, delivery("d1", TOPIC), delivery("d2", TOPIC), steward=ears, acked=2)
    assert [(call.to, call.text) for call in calls] == [(GROUP, "d1"), (GROUP, "d2")]
    assert ears.heard == [("gone", TOPIC, "topic deleted")]


async def test_a_caretaker_hears_that_the_bot_itself_is_refused(house):
    ears = Ears()
    house.platform.answers = [SettingsError(("The token is refused.",))]
    await house.outbox.append([delivery("d1")])
    async with house.working(house.worker(steward=ears)):
        await house.answered()
    assert ears.heard[0][:2] == ("refused", "telegram")
    assert REFUSED_S - 5 < await house.outbox.next_due("telegram") <= REFUSED_S
