"""The outbox on a real server: what each method promises, one promise a test."""

import asyncio

import pytest

from bot.errors import StoreError
from bot.ports import Lane, Operation
from bot.store import connect, keys
from bot.store.envelopes import QUEUE_MOST
from bot.store.outbox import StoredOutbox
from bot.store.pacing import Pace, PlatformPace
from tests.store.samples import CHAT, GROUP, alert, delivery, text_of

FREE = {"telegram": PlatformPace(), "console": PlatformPace()}
HOUR = 3600


@pytest.fixture
def outbox(client):
    return StoredOutbox(client, pacing=FREE)


async def drain(outbox, platform="telegram"):
    """The ids in the order they come, each acknowledged."""
    order = []
    while claim := await outbox.claim(platform):
        order.append(claim.delivery.id)
        assert await outbox.done(claim)
    return order


async def due_again(client, destination=CHAT):
    """Let the lease or the freeze of a chat run out, by taking the hours out of what is stored."""
    for lane in keys.of_platform("telegram")[1:]:
        await client.zadd(lane, {destination: 0}, xx=True)
    every = keys.of_destination(destination)
    await client.hset(every[6], "until", 0)
    await client.hset(every[14], mapping={"frozen": 0, "next": 0})


async def balanced(outbox, appended):
    counts = await outbox.counts()
    assert counts["waiting"] + counts["dead"] + counts["acked"] == appended
    return counts


async def test_a_delivery_comes_out_as_it_went_in(outbox):
    sent = delivery("d1", payload=alert(), incident="i", lane=Lane.CRITICAL, created_at=9)
    assert await outbox.append([sent]) == 1
    claim = await outbox.claim("telegram")
    assert claim.delivery == sent
    assert (claim.attempts, claim.repeated, claim.message_id) == (1, False, "")


async def test_an_id_is_taken_once_even_after_it_was_acknowledged(outbox):
    assert await outbox.append([delivery("d1"), delivery("d1")]) == 1
    assert await outbox.append([delivery("d1"), delivery("d2")]) == 1
    assert await drain(outbox) == ["d1", "d2"]
    assert await outbox.append([delivery("d1")]) == 0
    assert await outbox.claim("telegram") is None


async def test_nothing_is_due_when_nothing_waits(outbox):
    assert await outbox.claim("telegram") is None
    assert await outbox.next_due("telegram") is None


async def test_answers_go_before_critical_before_the_rest(outbox):
    await outbox.append([delivery("rest", "telegram/1"), delivery("rest2", "telegram/9", subject="x")])
    await outbox.append([delivery("critical", "telegram/2", lane=Lane.CRITICAL)])
    await outbox.append([delivery("answer", "telegram/3", lane=Lane.ANSWER)])
    assert await drain(outbox) == ["answer", "critical", "rest", "rest2"]


async def test_a_critical_one_passes_other_subjects_and_takes_its_own_along(outbox):
    await outbox.append(
        [
            delivery("other", subject="s2"),
            delivery("mine 1", subject="s1"),
            delivery("mine 2", subject="s1"),
            delivery("critical", subject="s1", lane=Lane.CRITICAL),
            delivery("mine 3", subject="s1"),
        ]
    )
    assert await drain(outbox) == ["mine 1", "mine 2", "critical", "other", "mine 3"]


async def test_chats_take_turns(outbox):
    await outbox.append([delivery(f"{chat}{n}", f"telegram/{chat}") for chat in "ab" for n in range(3)])
    assert await drain(outbox) == ["a0", "b0", "a1", "b1", "a2", "b2"]


async def test_a_chat_has_one_delivery_under_way(outbox):
    await outbox.append([delivery("d1"), delivery("d2")])
    assert (await outbox.claim("telegram")).delivery.id == "d1"
    assert await outbox.claim("telegram") is None
    assert 0 < await outbox.next_due("telegram") <= 15


async def test_a_lease_that_ran_out_is_claimed_again_with_a_mark(outbox, client):
    await outbox.append([delivery("d1")])
    first = await outbox.claim("telegram")
    await due_again(client)
    second = await outbox.claim("telegram")
    assert second.delivery.id == "d1"
    assert second.repeated
    assert second.attempts == 2
    assert second.token > first.token


async def test_the_mark_stays_with_its_delivery_when_another_has_overtaken_it(outbox, client):
    await outbox.append([delivery("slow", subject="s1")])
    await outbox.claim("telegram")
    await outbox.append([delivery("urgent", subject="s2", lane=Lane.CRITICAL)])
    await due_again(client)
    urgent = await outbox.claim("telegram")
    assert (urgent.delivery.id, urgent.repeated) == ("urgent", False)
    await outbox.done(urgent)
    slow = await outbox.claim("telegram")
    assert (slow.delivery.id, slow.repeated) == ("slow", True)


@pytest.mark.parametrize("answer", ["done", "release", "bury"])
async def test_who_lost_the_lease_changes_nothing(outbox, client, answer):
    await outbox.append([delivery("d1")])
    late = await outbox.claim("telegram")
    await due_again(client)
    now = await outbox.claim("telegram")
    match answer:
        case "done":
            assert not await outbox.done(late, "77")
        case "release":
            assert not await outbox.release(late, HOUR, everything=True, maybe_sent=False)
        case _:
            assert not await outbox.bury(late, "no")
    assert (await balanced(outbox, 1))["waiting"] == 1
    assert await outbox.done(now)


async def test_a_released_one_comes_back_first_after_its_wait(outbox, client):
    await outbox.append([delivery("d1"), delivery("d2")])
    claim = await outbox.claim("telegram")
    assert await outbox.release(claim, HOUR, everything=False, maybe_sent=False)
    assert await outbox.claim("telegram") is None
    assert 3590 < await outbox.next_due("telegram") <= HOUR
    await outbox.append([delivery("d3", "telegram/2")])
    assert (await outbox.claim("telegram")).delivery.id == "d3"
    await due_again(client)
    again = await outbox.claim("telegram")
    assert (again.delivery.id, again.repeated, again.attempts) == ("d1", False, 2)


async def test_a_frozen_chat_stays_frozen_for_what_comes_later(outbox):
    await outbox.append([delivery("d1")])
    await outbox.release(await outbox.claim("telegram"), HOUR, everything=False, maybe_sent=False)
    await outbox.append([delivery("answer", lane=Lane.ANSWER)])
    assert await outbox.claim("telegram") is None


async def test_a_platform_told_to_wait_is_silent_and_others_speak(outbox):
    await outbox.append([delivery("d1"), delivery("d2", "telegram/2"), delivery("c", "console/me")])
    await outbox.release(await outbox.claim("telegram"), HOUR, everything=True, maybe_sent=False)
    assert await outbox.claim("telegram") is None
    assert 3590 < await outbox.next_due("telegram") <= HOUR
    assert (await outbox.claim("console")).delivery.id == "c"


async def test_a_release_that_may_have_been_sent_is_marked(outbox):
    await outbox.append([delivery("d1")])
    await outbox.release(await outbox.claim("telegram"), 0, everything=False, maybe_sent=True)
    assert (await outbox.claim("telegram")).repeated


async def test_leases_of_a_dead_owner_end_at_once_and_it_can_answer_no_more(outbox):
    await outbox.append([delivery("d1"), delivery("d2", "telegram/2")])
    dead = await outbox.claim("telegram")
    assert await outbox.adopt_leases() == 1
    assert not await outbox.done(dead)
    claims = [await outbox.claim("telegram"), await outbox.claim("telegram")]
    assert {claim.delivery.id: claim.repeated for claim in claims} == {"d1": True, "d2": False}


async def test_the_first_message_id_of_an_incident_is_kept(outbox):
    await outbox.append([delivery(f"d{n}", incident="i") for n in range(2)])
    await outbox.done(await outbox.claim("telegram"), "100")
    second = await outbox.claim("telegram")
    assert second.message_id == "100"
    await outbox.done(second, "101")
    assert await outbox.message_id(CHAT, "i") == "100"
    assert await outbox.message_id(CHAT, "j") == ""
    await outbox.append([delivery("d3", incident="i", operation=Operation.DELETE)])
    await outbox.done(await outbox.claim("telegram"))
    assert await outbox.message_id(CHAT, "i") == ""


async def test_a_lease_and_its_message_id_are_one_step_so_that_no_fault_comes_between(outbox, monkeypatch):
    await outbox.append([delivery(f"d{n}", incident="i") for n in range(2)])
    await outbox.done(await outbox.claim("telegram"), "100")

    async def away(*_command):
        raise StoreError("away")

    monkeypatch.setattr(outbox._link, "call", away)
    claim = await outbox.claim("telegram")
    assert (claim.message_id, claim.repeated, claim.attempts) == ("100", False, 1)


async def test_a_buried_one_is_kept_with_its_reason(outbox):
    await outbox.append([delivery("d1"), delivery("d2")])
    await outbox.bury(await outbox.claim("telegram"), "it is wrong")
    letter, *none = await outbox.dead_letters(CHAT)
    assert (letter.id, letter.why, none) == ("d1", "it is wrong", [])
    assert letter.at > 0
    assert await drain(outbox) == ["d2"]
    assert await balanced(outbox, 2) == {
        "waiting": 0, "dead": 1, "acked": 1, "refused": 0, "forgotten": 0, "muted": 0,
    }  # fmt: skip


async def test_nobody_there_mutes_until_somebody_speaks_again(outbox):
    await outbox.append([delivery("d1"), delivery("d2")])
    claim = await outbox.claim("telegram")
    assert await outbox.gone(CHAT, "blocked") == 2
    assert not await outbox.done(claim)
    assert await outbox.append([delivery("d3")]) == 0
    counts = await balanced(outbox, 2)
    assert (counts["dead"], counts["muted"], counts["refused"]) == (2, 1, 1)
    await outbox.append([delivery("hello", lane=Lane.ANSWER), delivery("d3")])
    assert await drain(outbox) == ["hello", "d3"]
    assert (await outbox.counts())["muted"] == 0


async def test_unmute_lets_alerts_through_again(outbox):
    await outbox.gone(CHAT, "blocked")
    assert await outbox.unmute(CHAT)
    assert not await outbox.unmute(CHAT)
    assert await outbox.append([delivery("d1")]) == 1


async def test_a_full_queue_drops_the_oldest_of_the_least_lane_but_not_the_one_under_way(outbox):
    critical = [delivery(f"c{n}", subject="c", lane=Lane.CRITICAL) for n in range(2)]
    rest = [delivery(f"r{n}", subject="r") for n in range(QUEUE_MOST)]
    await outbox.append(rest[:1])
    under_way = await outbox.claim("telegram")
    await outbox.append([*rest[1:-2], *critical])
    assert (await outbox.counts())["dead"] == 0
    await outbox.append([delivery("new", subject="n")])
    await outbox.append([delivery("last", subject="n")])
    assert [letter.id for letter in await outbox.dead_letters(CHAT)] == ["r2", "r1"]
    assert await outbox.done(under_way)
    for expected in ("c0", "c1", "r3"):
        claim = await outbox.claim("telegram")
        assert claim.delivery.id == expected
        assert await outbox.done(claim)
    await balanced(outbox, QUEUE_MOST + 2)


async def test_a_moved_chat_takes_all_along_and_keeps_the_order(outbox, client):
    new = "telegram/-1009"
    await outbox.append([delivery("d1", GROUP, incident="i", payload=alert(to=GROUP)), delivery("d2", GROUP)])
    await outbox.done(await outbox.claim("telegram"), "55")
    await outbox.append([delivery("d0", new), delivery("d3", GROUP, incident="i", payload=alert(to=GROUP))])
    under_way = await outbox.claim("telegram")
    assert under_way.delivery.id == "d2"
    await outbox.moved(GROUP, new)
    await outbox.append([delivery("d4", GROUP)])  # by somebody who has not heard of it
    seen = []
    while claim := await outbox.claim("telegram"):
        seen.append((claim.delivery.id, claim.delivery.destination))
        if claim.delivery.id == "d3":
            assert claim.message_id == "55"
            assert claim.delivery.payload.destination == new
        await outbox.done(claim)
    assert [to for _, to in seen] == [new] * 4
    order = [id_ for id_, _ in seen]
    assert sorted(order) == ["d0", "d2", "d3", "d4"]
    assert order.index("d2") < order.index("d3") < order.index("d4")
    assert await outbox.append([delivery("d1", new)]) == 0
    await balanced(outbox, 5)
    left = [key async for key in client.scan_iter(match=f"*{GROUP}")]
    assert left == [keys.of_destination(GROUP)[6]]


async def test_a_chat_that_moves_back_is_found(outbox):
    await outbox.append([delivery("d1", "telegram/-1")])
    await outbox.moved("telegram/-1", "telegram/-2")
    await outbox.moved("telegram/-2", "telegram/-1")
    assert (await outbox.claim("telegram")).delivery.destination == "telegram/-1"


async def test_an_unreadable_delivery_is_kept_as_a_dead_letter_and_stops_nobody(outbox, client):
    await outbox.append([delivery("d1"), delivery("d2")])
    await client.hset(keys.of_destination(CHAT)[5], "d1", '{"v":99,"kind":"delivery","is":{}}')
    assert await drain(outbox) == ["d2"]
    (letter,) = await outbox.dead_letters(CHAT)
    assert "newer version" in letter.why
    assert letter.body == '{"v":99,"kind":"delivery","is":{}}'
    await balanced(outbox, 2)


async def test_append_wakes_the_platforms_worker(outbox):
    event = outbox.changed("telegram")
    assert not event.is_set()
    await outbox.append([delivery("d1")])
    assert event.is_set()
    assert not outbox.changed("console").is_set()


async def test_the_scripts_come_back_after_the_server_lost_them(outbox, client):
    await outbox.append([delivery("d1")])
    await client.script_flush()
    assert text_of((await outbox.claim("telegram")).delivery.payload) == "d1"


async def test_two_workers_never_hold_the_same_chat(client):
    outboxes = [StoredOutbox(client, pacing=FREE) for _ in range(4)]
    await outboxes[0].append([delivery(f"d{n}", f"telegram/{n % 7}") for n in range(70)])
    holding: set[str] = set()
    order: list[str] = []

    async def work(outbox):
        while len(order) < 70:
            claim = await outbox.claim("telegram")
            if claim is None:
                await asyncio.sleep(0)
                continue
            assert claim.delivery.destination not in holding
            holding.add(claim.delivery.destination)
            await asyncio.sleep(0)
            holding.remove(claim.delivery.destination)
            order.append(claim.delivery.id)
            assert await outbox.done(claim)

    await asyncio.gather(*[work(outbox) for outbox in outboxes])
    assert len(order) == len(set(order)) == 70


async def test_pace_of_a_platform_a_chat_and_its_threads(client):
    pace = PlatformPace(private=Pace(HOUR * 1_000_000), group=Pace(HOUR * 1_000_000, burst=2))
    outbox = StoredOutbox(client, pacing={"telegram": pace})
    await outbox.append([delivery("p1"), delivery("p2")])
    await outbox.append([delivery(f"g{n}", f"{GROUP}/{n}") for n in range(3)])
    assert sorted(await drain(outbox)) == ["g0", "g1", "p1"]
    assert 3590 < await outbox.next_due("telegram") <= HOUR


async def test_answers_go_ahead_of_their_chats_pace_and_the_rest_waits_for_longer(client):
    hour = HOUR * 1_000_000
    outbox = StoredOutbox(client, pacing={"telegram": PlatformPace(group=Pace(hour, burst=2, ahead=1))})
    await outbox.append([delivery(f"d{n}", GROUP) for n in range(3)])
    assert await drain(outbox) == ["d0", "d1"]
    assert 3590 < await outbox.next_due("telegram") <= HOUR
    await outbox.append([delivery(f"a{n}", f"{GROUP}/{n}", lane=Lane.ANSWER) for n in range(2)])
    assert len(await drain(outbox)) == 1
    assert 3590 < await outbox.next_due("telegram") <= HOUR
    await due_again(client, GROUP)
    assert await drain(outbox) == ["d2"]


@pytest.mark.parametrize("topic", ["", "/5"], ids=["same place", "another topic"])
async def test_answers_one_after_another_let_a_critical_alert_pass(client, topic):
    pace = PlatformPace(group=Pace(40_000, gap_us=40_000))
    outbox = StoredOutbox(client, pacing={"telegram": pace})
    await outbox.append([delivery(f"a{n}", GROUP, lane=Lane.ANSWER) for n in range(4)])
    await outbox.append([delivery("critical", GROUP + topic, subject="s2", lane=Lane.CRITICAL)])
    await outbox.append([delivery("rest", GROUP + topic, subject="s3")])
    order = []
    while (wait := await outbox.next_due("telegram")) is not None:
        await asyncio.sleep(wait)
        order += await drain(outbox)
    assert order == ["a0", "critical", "a1", "a2", "a3", "rest"]


async def test_two_messages_of_a_chat_are_a_gap_apart_answers_too(client):
    pace = Pace(1, burst=5, ahead=5, gap_us=HOUR * 1_000_000)
    outbox = StoredOutbox(client, pacing={"telegram": PlatformPace(group=pace)})
    await outbox.append([delivery(f"d{n}", f"{GROUP}/{n}") for n in range(2)])
    await outbox.append([delivery("a", GROUP, lane=Lane.ANSWER)])
    assert await drain(outbox) == ["a"]
    assert 3590 < await outbox.next_due("telegram") <= HOUR
    await outbox.append([delivery("b", GROUP, lane=Lane.ANSWER)])
    assert await drain(outbox) == []


async def test_pace_of_everything(client):
    outbox = StoredOutbox(client, pacing={"telegram": PlatformPace(Pace(HOUR * 1_000_000))})
    await outbox.append([delivery(f"d{n}", f"telegram/{n}") for n in range(4)])
    assert len(await drain(outbox)) == 2  # the second makes up for the idle time before; no more than one
    assert 3590 < await outbox.next_due("telegram") <= HOUR


async def test_a_store_that_is_away_is_a_store_error(monkeypatch):
    monkeypatch.setattr(connect, "RETRIES", 0)
    client = connect.open_client("unix:///nowhere/v.sock")
    with pytest.raises(StoreError, match="does not answer") as error:
        await StoredOutbox(client).append([delivery("secret words")])
    assert "secret" not in str(error.value)
    await connect.close_client(client)
