"""What waits for its time and what is said together: one promise a test, on a real server."""

import time
from dataclasses import replace

import pytest

from bot.ports import Lane, Operation
from bot.store import keys
from bot.store.envelopes import QUEUE_MOST
from bot.store.outbox import StoredOutbox
from bot.store.pacing import PlatformPace
from bot.store.watchbook import StoredWatchBook
from tests.store.samples import CHAT, GROUP, alert, delivery, group
from tests.store.test_outbox import HOUR, balanced, drain

CRITICAL, REST, ANSWER = Lane.CRITICAL, Lane.REST, Lane.ANSWER


@pytest.fixture
def outbox(client):
    return StoredOutbox(client, pacing={"telegram": PlatformPace()})


@pytest.fixture
def book(client):
    return StoredWatchBook(client)


def later(id_: str, *, hours: int = 1, **other):
    return delivery(id_, not_before=int(time.time()) + hours * HOUR, **other)


async def time_comes(client, *ids: str, to: str = CHAT) -> None:
    """Let the moment of these (or of all) be now."""
    for key in keys.of_destination(to)[15:17]:
        for id_ in ids or await client.zrange(key, 0, -1):
            await client.zadd(key, {id_: 1}, xx=True)
    for lane in keys.of_platform("telegram")[1:]:
        await client.zadd(lane, {to: 1}, xx=True)


async def test_it_waits_and_what_comes_after_does_not(outbox, client):
    await outbox.append([later("morning", subject="s1"), delivery("now", subject="s2")])
    assert await drain(outbox) == ["now"]
    assert 3590 < await outbox.next_due("telegram") <= HOUR
    assert (await balanced(outbox, 2))["waiting"] == 1
    await time_comes(client)
    assert await outbox.next_due("telegram") == 0
    assert await drain(outbox) == ["morning"]
    assert await outbox.next_due("telegram") is None


async def test_of_several_the_first_is_due_first(outbox, client):
    await outbox.append([later("b", hours=3, subject="s1"), later("a", hours=1, subject="s2")])
    assert 3590 < await outbox.next_due("telegram") <= HOUR
    await time_comes(client, "a")
    assert await drain(outbox) == ["a"]
    assert await outbox.next_due("telegram") > 2 * HOUR


async def test_news_of_the_same_subject_take_along_what_waits(outbox):
    await outbox.append([later("old"), later("other", subject="s2"), delivery("new", lane=CRITICAL)])
    assert await drain(outbox) == ["old", "new"]


async def test_a_later_moment_behind_an_earlier_one_of_the_same_subject_stays(outbox, client):
    await outbox.append([later("first", hours=1), later("second", hours=3)])
    await time_comes(client, "first")
    assert await drain(outbox) == ["first"]


async def test_a_later_moment_before_an_earlier_one_of_the_same_subject_comes_along_with_it(outbox, client):
    await outbox.append([later("first", hours=3), later("second", hours=1)])
    await time_comes(client, "second")
    assert await drain(outbox) == ["first", "second"]


async def test_when_its_time_comes_a_critical_one_passes_others_and_takes_its_own_along(outbox, client):
    await outbox.append([delivery("mine", subject="s1"), delivery("other", subject="s2")])
    claim = await outbox.claim("telegram")  # keeps the chat busy
    await outbox.append([delivery("third", subject="s3"), later("urgent", subject="s2", lane=CRITICAL)])
    await time_comes(client, "urgent")
    assert await outbox.done(claim)
    assert await drain(outbox) == ["other", "urgent", "third"]


async def test_a_critical_one_that_falls_due_goes_before_the_rest_of_chats_that_waited_longer(outbox, client):
    await outbox.append([delivery("rest", CHAT), delivery("rest 2", "telegram/2")])
    await outbox.append([delivery("rest 3", GROUP, subject="s1")])
    await outbox.append([later("urgent", to=GROUP, subject="s2", lane=CRITICAL)])
    await client.zadd(keys.of_destination(GROUP)[15], {"urgent": 1}, xx=True)
    await client.zadd(keys.of_platform("telegram")[2], {GROUP: 1}, xx=True)
    assert (await outbox.claim("telegram")).delivery.id == "urgent"


async def test_a_critical_one_brought_forward_does_not_overtake_its_own_subject(outbox):
    await outbox.append([delivery("first"), later("critical", lane=CRITICAL), delivery("last")])
    assert await drain(outbox) == ["first", "critical", "last"]


async def test_an_answer_never_waits(outbox):
    await outbox.append([later("answer", lane=ANSWER)])
    assert await drain(outbox) == ["answer"]


async def test_it_is_not_appended_twice(outbox):
    one = later("d")
    assert await outbox.append([one, one]) == 1
    assert await outbox.append([replace(one, not_before=0)]) == 0


async def test_nobody_there_buries_what_waits_too(outbox):
    await outbox.append([later("a"), later("b", lane=CRITICAL), delivery("c", subject="s3")])
    assert await outbox.gone(CHAT, "blocked") == 3
    assert (await balanced(outbox, 3))["dead"] == 3
    assert await outbox.next_due("telegram") is None


async def test_what_waits_moves_with_its_chat_and_keeps_its_moment(outbox, client):
    new = "telegram/-1009"
    await outbox.append([later("a", to=GROUP, lane=CRITICAL), later("b", to=GROUP, subject="s2")])
    await outbox.moved(GROUP, new)
    assert await outbox.claim("telegram") is None
    assert 3590 < await outbox.next_due("telegram") <= HOUR
    await time_comes(client, to=new)
    claims = [await outbox.claim("telegram")]
    await outbox.done(claims[0])
    claims.append(await outbox.claim("telegram"))
    assert [(one.delivery.id, one.delivery.destination) for one in claims] == [("a", new), ("b", new)]
    await outbox.done(claims[1])
    await balanced(outbox, 2)


async def test_what_waits_is_forgotten_with_its_chat(outbox, book, client):
    await outbox.append([later("a"), later("b", lane=CRITICAL)])
    await book.forget(CHAT)
    assert [key async for key in client.scan_iter() if CHAT in key] == []
    counts = await outbox.counts()
    assert (counts["waiting"], counts["forgotten"]) == (0, 2)
    assert await outbox.next_due("telegram") is None


async def test_what_waits_counts_in_a_full_queue_and_is_the_first_to_go(outbox):
    await outbox.append([later("a", subject="s2")])
    await outbox.append([delivery(f"r{n}", lane=CRITICAL) for n in range(QUEUE_MOST)])
    assert [letter.id for letter in await outbox.dead_letters(CHAT)] == ["a"]
    await balanced(outbox, QUEUE_MOST + 1)


async def test_the_state_of_a_chat_stays_while_something_waits(outbox, client):
    await outbox.append([later("a")])
    assert await client.ttl(keys.of_destination(CHAT)[6]) == -1


async def test_a_dead_owner_leaves_what_waits_alone(outbox):
    await outbox.append([later("a"), delivery("b", subject="s2")])
    await outbox.claim("telegram")
    assert await outbox.adopt_leases() == 1
    assert await drain(outbox) == ["b"]


# ---- groups ----------------------------------------------------------------------------------------

A, B = alert("a", "i1", subject="s1"), alert("b", "i2", subject="s2")


async def test_a_group_is_kept_for_its_buttons_and_so_is_each_of_its_alerts(outbox, book):
    sent = group("g1", A, B)
    await outbox.append([sent])
    claim = await outbox.claim("telegram")
    assert (claim.delivery, claim.shared) == (sent, False)
    assert await book.alert_group(CHAT, "g1") is None
    await outbox.done(claim, "50")
    assert await book.alert_group(CHAT, "g1") == sent.payload
    assert await book.alert_group(CHAT, "i1") is None
    assert (await book.alert(CHAT, "i1"), await book.alert(CHAT, "i2")) == (A, B)
    assert await book.alert(CHAT, "g1") is None
    assert await book.last_alert(CHAT) == A


async def test_what_follows_a_group_replies_to_the_common_message(outbox):
    await outbox.append([group("g1", A, B)])
    await outbox.done(await outbox.claim("telegram"), "50")
    for incident, shared in (("i1", True), ("i2", True), ("g1", False)):
        assert await outbox.message_id(CHAT, incident) == "50"
        await outbox.append([delivery(incident, incident=incident, operation=Operation.EDIT)])
        claim = await outbox.claim("telegram")
        assert (claim.message_id, claim.shared) == ("50", shared)
        await outbox.done(claim)


async def test_an_edit_that_became_a_message_of_its_own_is_the_one_to_edit_from_then_on(outbox):
    await outbox.append([group("g1", A, B)])
    await outbox.done(await outbox.claim("telegram"), "50")
    for id_, sent, expected in (("e1", "51", ("50", True)), ("e2", "", ("51", False))):
        await outbox.append([delivery(id_, incident="i1", operation=Operation.EDIT)])
        claim = await outbox.claim("telegram")
        assert (claim.message_id, claim.shared) == expected
        await outbox.done(claim, sent)


async def test_an_incident_keeps_its_own_first_message_when_it_is_told_in_a_group_later(outbox):
    await outbox.append([delivery("d1", payload=A, incident="i1")])
    await outbox.done(await outbox.claim("telegram"), "40")
    await outbox.append([group("g1", alert("a2", "i1"), B)])
    await outbox.done(await outbox.claim("telegram"), "50")
    await outbox.append([delivery("d2", incident="i1", operation=Operation.EDIT)])
    claim = await outbox.claim("telegram")
    assert (claim.message_id, claim.shared) == ("40", False)


async def test_a_critical_one_takes_along_a_group_that_names_its_subject_and_all_before_that(outbox):
    await outbox.append(
        [
            delivery("other", subject="s3"),
            delivery("before", subject="s2"),
            group("g1", A, B),
            delivery("after", subject="s2"),
            delivery("critical", subject="s1", lane=CRITICAL),
        ]
    )
    assert await drain(outbox) == ["before", f"g1@{CHAT}", "critical", "other", "after"]


async def test_a_group_takes_along_what_waits_for_any_of_its_subjects(outbox):
    await outbox.append([later("w1", subject="s1"), later("w2", subject="s2"), later("w3", subject="s3")])
    await outbox.append([group("g1", A, B)])
    assert await drain(outbox) == ["w1", "w2", f"g1@{CHAT}"]


async def test_an_alert_that_was_appended_alone_is_not_said_again_in_a_group(outbox):
    await outbox.append([delivery(A.told_as, payload=A, incident="i1")])
    assert await outbox.append([group("g1", A, B)]) == 1
    await outbox.done(await outbox.claim("telegram"), "1")
    rest = (await outbox.claim("telegram")).delivery
    assert (rest.id, rest.payload, rest.incident, rest.subject) == (B.told_as, B, "i2", "s2")


async def test_an_alert_that_was_in_a_group_is_said_neither_alone_nor_in_another(outbox):
    c = alert("c", "i3", subject="s3")
    await outbox.append([group("g1", A, B)])
    assert await outbox.append([delivery(A.told_as, payload=A)]) == 0
    assert await outbox.append([group("g2", B, A)]) == 0
    assert await outbox.append([group("g3", A, B, c, alert("d", "i4", subject="s4"))]) == 1
    await outbox.done(await outbox.claim("telegram"), "1")
    left = (await outbox.claim("telegram")).delivery
    assert [one.id for one in left.payload.alerts] == ["c", "d"]


async def test_a_group_moves_with_its_chat(outbox, book):
    new = "telegram/-1009"
    sent = group("g1", alert("a", "i1", GROUP), alert("b", "i2", GROUP), home=GROUP)
    await outbox.append([sent])
    await outbox.done(await outbox.claim("telegram"), "50")
    await outbox.append([group("g2", alert("c", "i3", GROUP), alert("d", "i4", GROUP), home=GROUP)])
    await outbox.moved(GROUP, new)
    assert (await book.alert_group(new, "g1")).id == "g1"
    assert await outbox.message_id(new, "i1") == "50"
    moved = (await outbox.claim("telegram")).delivery
    assert (moved.destination, moved.home) == (new, new)
    assert {one.destination for one in moved.payload.alerts} == {new}


# ---- detours ---------------------------------------------------------------------------------------

TOPIC = f"{GROUP}/5"


async def test_what_is_for_a_lost_place_goes_elsewhere_until_it_speaks_again(outbox):
    await outbox.append([delivery("d1", TOPIC)])
    await outbox.redirect(TOPIC, GROUP)
    await outbox.append([delivery("d2", TOPIC)])
    seen = []
    while claim := await outbox.claim("telegram"):
        seen.append((claim.delivery.id, claim.delivery.destination))
        await outbox.done(claim)
    assert seen == [("d1", GROUP), ("d2", GROUP)]
    await outbox.append([delivery("d3", TOPIC, lane=ANSWER), delivery("d4", TOPIC, subject="s2")])
    for expected in ("d3", "d4"):
        claim = await outbox.claim("telegram")
        assert (claim.delivery.id, claim.delivery.destination) == (expected, TOPIC)
        await outbox.done(claim)
    await balanced(outbox, 4)


async def test_a_place_that_is_back_is_spoken_to_itself(outbox):
    await outbox.redirect(TOPIC, GROUP)
    await outbox.unmute(TOPIC)
    await outbox.append([delivery("d1", TOPIC)])
    assert (await outbox.claim("telegram")).delivery.destination == TOPIC


async def test_a_detour_forgets_no_rest_that_its_chat_was_told_to_take(outbox):
    await outbox.append([delivery("d1", TOPIC)])
    await outbox.release(await outbox.claim("telegram"), HOUR, everything=False, maybe_sent=False)
    await outbox.redirect(TOPIC, GROUP)
    assert await outbox.claim("telegram") is None
    assert 3590 < await outbox.next_due("telegram") <= HOUR
