"""Every WatchBook: the stored one, and the fake that tests of commands and of the monitor lean on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from redis.asyncio import Redis

from bot.domain.alerts import Alert, AlertGroup, Reason, Severity
from bot.domain.rules import Hush, RuleState
from bot.ports import Verdicts, WatchBook
from bot.store.judgements import StoredJudgements
from bot.store.outbox import StoredOutbox
from bot.store.pacing import PlatformPace
from bot.store.watchbook import StoredWatchBook
from bot.subscriptions import ChatSettings, Editors, StateKey, Watch
from tests.fakes import FakeBook
from tests.store.fixtures import client, store_url
from tests.store.samples import CHAT, GROUP, alert, block, delivery, group, imagined, mirror, watch

__all__ = ["client", "store_url"]

NOW = 1_000_000
TOPIC = f"{GROUP}/5"
SERVER, CHANNEL = "discord/s9", "discord/c1"
ANN, BOB = "telegram/1", "telegram/2"


@dataclass
class Stored:
    """The book with what others store beside it."""

    client: Redis

    def __post_init__(self) -> None:
        self.book: WatchBook = StoredWatchBook(self.client, clock=lambda: NOW)
        self.outbox = StoredOutbox(self.client, pacing={"telegram": PlatformPace()})
        self.judgements = StoredJudgements(self.client, self.outbox)

    async def told(self, *alerts: Alert) -> None:
        """One message, acknowledged."""
        one = delivery(alerts[0].id, alerts[0].destination, payload=alerts[0])
        await self.outbox.append([one if len(alerts) == 1 else group("g1", *alerts)])
        claim = await self.outbox.claim("telegram")
        assert claim
        await self.outbox.done(claim, "1")

    async def judged(self, key: StateKey, state: RuleState) -> None:
        await self.judgements.save(Verdicts("ethereum", block(1), {key: state}))


class Faked:
    def __init__(self) -> None:
        self.book = FakeBook()
        self.book.now = NOW

    async def told(self, *alerts: Alert) -> None:
        self.book.alerts.extend(reversed(alerts))
        if len(alerts) > 1:
            self.book.groups.append((alerts[0].destination, AlertGroup("g1", alerts)))

    async def judged(self, key: StateKey, state: RuleState) -> None:
        self.book.states[key] = state


@pytest.fixture(params=["stored", "faked"])
async def house(request: pytest.FixtureRequest, client: Redis) -> AsyncIterator[Stored | Faked]:
    return Stored(client) if request.param == "stored" else Faked()


@pytest.fixture
def book(house: Stored | Faked) -> WatchBook:
    return house.book


async def test_many_watches_are_added_in_one_step_with_the_free_numbers(book):
    one, two, three = [await book.add(watch(label=name)) for name in "abc"]
    await book.remove(two)
    before = await book.version()
    added = await book.add_many([watch(label="d"), watch(label="e")])
    assert await book.version() == before + 1
    assert [(w.number, w.label) for w in added] == [(2, "d"), (4, "e")]
    assert await book.of(CHAT) == (one, added[0], three, added[1])
    assert len({w.id for w in await book.all()}) == 4
    assert await book.add_many([]) == ()


async def test_a_thousand_at_once(book):
    added = await book.add_many([watch(label=str(n)) for n in range(1000)])
    assert [w.number for w in await book.of(CHAT)] == list(range(1, 1001))
    assert len({w.id for w in added}) == 1000


@pytest.mark.parametrize("make", [imagined, mirror], ids=["imagined", "mirror"])
async def test_what_is_imagined_is_kept_as_it_was(book, make):
    stored = await book.add(replace(make(), owner="Trend Research"))
    assert await book.of(CHAT) == (stored,)
    assert stored.target == make().target
    assert (stored.owner, stored.account) == ("Trend Research", f"imagined:{stored.id}")


async def test_put_replaces_and_never_brings_back_a_removed_one(book):
    stored = await book.add(watch())
    changed = replace(stored, label="x")
    await book.put(changed)
    assert await book.of(CHAT) == (changed,)
    await book.remove(changed)
    await book.put(stored)
    assert await book.all() == ()


async def test_the_version_grows_with_what_the_monitor_has_to_know(book):
    seen = [await book.version()]
    stored = await book.add(watch())
    for change in (
        book.put(replace(stored, label="x")),
        book.put_settings(CHAT, ChatSettings(locale="de")),
        book.remove(stored),
        book.add_operator(ANN),
        book.forget(CHAT),
    ):
        await change
        seen.append(await book.version())
    assert seen == sorted(set(seen))


async def test_alerts_and_groups_are_found_where_they_were_said(house, book):
    first, second = alert("a", "i1"), alert("b", "i2", subject="s2")
    await house.told(first, second)
    await house.told(alert("c", "i1"))
    assert (await book.alert(CHAT, "i1")).id == "c"
    assert await book.alert(CHAT, "i2") == second
    assert (await book.last_alert(CHAT)).id == "c"
    assert (await book.alert_group(CHAT, "g1")).alerts == (first, second)
    for missing in (book.alert(CHAT, "g1"), book.alert_group(CHAT, "i1"), book.alert(GROUP, "i1")):
        assert await missing is None


# ---- homes and places ------------------------------------------------------------------------------


async def test_a_home_knows_its_places_and_itself(book):
    assert await book.places(GROUP) == {GROUP}
    for place in (TOPIC, TOPIC, GROUP, "telegram/-100/6"):
        await book.add_place(GROUP, place)
    assert await book.places(GROUP) == {GROUP, TOPIC, "telegram/-100/6"}
    assert await book.places(CHAT) == {CHAT}


async def test_the_home_of_a_place(book):
    assert await book.home_of(TOPIC) == GROUP
    assert await book.home_of("discord/77") == "discord/77"
    assert await book.home_of(CHANNEL) == CHANNEL
    await book.add_place("discord/77", CHANNEL)  # a person who brought us along owns no channel
    assert await book.home_of(CHANNEL) == CHANNEL
    await book.add_place(SERVER, CHANNEL)
    await book.add_place("discord/s8", CHANNEL)  # another server sends there
    assert await book.home_of(CHANNEL) == SERVER
    await book.add_place(SERVER, TOPIC)  # and a server sends to a Telegram group
    assert await book.home_of(TOPIC) == GROUP


async def test_a_home_is_let_in_and_out_again(book):
    assert not await book.admitted(SERVER)
    await book.admit(SERVER)
    await book.admit(SERVER)
    assert await book.admitted(SERVER)
    assert not await book.admitted(GROUP)
    await book.expel(SERVER)
    assert not await book.admitted(SERVER)


async def test_a_code_leads_to_a_place_once(book):
    await book.offer_place("k1", CHANNEL, SERVER, 60)
    await book.offer_place("k2", TOPIC, GROUP, 60)
    assert await book.take_place("k3") is None
    assert await book.take_place("k1") == (CHANNEL, SERVER)
    assert await book.take_place("k1") is None
    assert await book.take_place("k2") == (TOPIC, GROUP)
    assert await book.home_of(CHANNEL) == SERVER


async def test_a_code_ends_and_its_newest_meaning_holds(book):
    await book.offer_place("old", CHANNEL, SERVER, 0)
    assert await book.take_place("old") is None
    await book.offer_place("k", CHANNEL, SERVER, 60)
    await book.offer_place("k", TOPIC, GROUP, 60)
    assert await book.take_place("k") == (TOPIC, GROUP)
    assert await book.take_place("k") is None


async def test_a_role_is_mentioned_once_an_incident_but_again_by_the_same_delivery(book):
    assert await book.may_ping(SERVER, "i1", "d1 with blanks")
    assert await book.may_ping(SERVER, "i1", "d1 with blanks")
    assert not await book.may_ping(SERVER, "i1", "d2")
    assert await book.may_ping(SERVER, "i2", "d2")
    assert await book.may_ping("discord/s8", "i1", "d2")
    assert await book.may_ping(SERVER, "i1", "d1 with blanks")


# ---- who took it up --------------------------------------------------------------------------------


async def running(house: Stored | Faked, **state: int) -> tuple[Watch, Alert]:
    """A watch and the alert of its third bout, which is at the second level of its ladder."""
    stored = await house.book.add(watch())
    rule = stored.rules[0]
    seen = alert("a", f"{stored.id}.{rule.key}.s1.3")
    told = replace(seen, watch=stored.ref(), rule=rule, reason=Reason.FIRST, severity=Severity.CRITICAL)
    await house.judged(StateKey(stored.id, rule.key, "s1"), RuleState(**({"step": 2, "incident": 3} | state)))
    return stored, told


HUSHES = {
    "none": (None, True),
    "acknowledged": (Hush(0, 2, 3), False),
    "snoozed": (Hush(NOW + 1, 2, 3), False),
    "snoozed for too short": (Hush(NOW, 2, 3), True),
    "acknowledged before it got worse": (Hush(0, 1, 3), True),
    "acknowledged another time": (Hush(0, 2, 2), True),
}


@pytest.mark.parametrize(("hush", "expected"), HUSHES.values(), ids=HUSHES)
async def test_an_incident_is_attended_to_while_a_hush_covers_it(house, book, hush, expected):
    stored, told = await running(house)
    if hush:
        await book.put(replace(stored, hushes=((f"{told.rule.key}@s1", hush),)))
    assert await book.unattended(told) == expected


@pytest.mark.parametrize("state", [{"step": 0}, {"incident": 4}], ids=["over", "another"])
async def test_what_no_longer_runs_needs_nobody(house, book, state):
    _, told = await running(house, **state)
    assert not await book.unattended(told)


async def test_what_is_muted_or_removed_needs_nobody(house, book):
    stored, told = await running(house)
    await book.put(replace(stored, muted_until=NOW + 1))
    assert not await book.unattended(told)
    await book.put(replace(stored, muted_until=NOW))
    assert await book.unattended(told)
    await book.put_settings(CHAT, ChatSettings(muted_until=NOW + 1))
    assert not await book.unattended(told)
    await book.put_settings(CHAT, ChatSettings())
    await book.remove(stored)
    assert not await book.unattended(told)
    assert not await book.unattended(replace(told, rule=None))


# ---- forgetting ------------------------------------------------------------------------------------


async def test_a_forgotten_home_leaves_nothing_but_its_right_to_be_there(house, book):
    kept = await book.add(watch(CHAT))
    await book.add(watch(GROUP, place=TOPIC))
    await book.add_place(GROUP, TOPIC)
    await book.put_settings(GROUP, ChatSettings(locale="de"))
    await book.offer_place("k", TOPIC, GROUP, 60)
    await book.may_ping(GROUP, "i", "d")
    await book.admit(GROUP)
    await house.told(alert("a", "i", TOPIC))
    assert await book.forget(GROUP) == 1
    assert await book.all() == (kept,)
    assert await book.settings(GROUP) == ChatSettings()
    assert await book.places(GROUP) == {GROUP}
    assert await book.take_place("k") is None
    assert await book.last_alert(TOPIC) is None
    assert await book.may_ping(GROUP, "i", "another")
    assert await book.admitted(GROUP)


async def test_a_home_takes_along_what_it_said_in_places_of_others_and_only_that(house, book):
    await book.put_settings(GROUP, ChatSettings(escalate_to=CHAT))
    await house.told(alert("mine", "i1", CHAT, home=GROUP), alert("mine 2", "i2", CHAT, home=GROUP))
    await house.told(alert("theirs", "i3", CHAT, home=CHAT))
    await book.forget(GROUP)
    assert await book.alert(CHAT, "i1") is None
    assert await book.alert_group(CHAT, "g1") is None
    assert (await book.last_alert(CHAT)).id == "theirs"
    assert await book.alert(CHAT, "i3") is not None


async def test_a_person_is_taken_out_of_what_others_keep(book):
    hushes = (
        ("health@s1", Hush(0, 1, 1, "Ann", 5, ANN)),
        ("health@s2", Hush(0, 1, 1, "Bob", 5, BOB)),
        ("health@s3", Hush(0, 1, 1, ANN, 5)),
    )
    mine = await book.add(replace(watch(GROUP), created_by=ANN, hushes=hushes))
    theirs = await book.add(replace(watch(GROUP), created_by=BOB))
    settings = ChatSettings(
        editors=Editors.ADMINS,
        named_editors=(ANN, BOB),
        routes=(("critical", ANN), ("notice", BOB)),
        escalate_to=ANN,
    )
    await book.put_settings(GROUP, settings)
    before = await book.version()
    assert await book.forget_person(ANN) == 2
    assert await book.version() > before
    without = (hushes[0][0], Hush(0, 1, 1, "", 5)), hushes[1], (hushes[2][0], Hush(0, 1, 1, "", 5))
    assert await book.of(GROUP) == (replace(mine, created_by="", hushes=without), theirs)
    left = await book.settings(GROUP)
    assert (left.named_editors, left.routes, left.escalate_to) == ((BOB,), (("notice", BOB),), "")
    assert await book.forget_person(ANN) == 0


# ---- what answers would become ---------------------------------------------------------------------


async def test_a_draft_is_what_was_kept_but_for_who_asked(book):
    before = await book.version()
    kept = replace(imagined(), created_by=ANN, label="a what-if")
    await book.keep_draft(GROUP, "d1", kept)
    assert await book.draft(GROUP, "d1") == replace(kept, created_by="")
    assert await book.draft(GROUP, "d2") is None
    assert await book.draft(CHAT, "d1") is None
    assert await book.all() == ()
    assert await book.version() == before


async def test_a_draft_kept_again_is_the_newest(book):
    for n in range(50):
        await book.keep_draft(GROUP, f"d{n}", watch(label=str(n)))
    await book.keep_draft(GROUP, "d0", watch(label="again"))
    await book.keep_draft(GROUP, "d50", watch())
    assert await book.draft(GROUP, "d1") is None
    assert (await book.draft(GROUP, "d0")).label == "again"
    left = [n for n in range(51) if await book.draft(GROUP, f"d{n}") is not None]
    assert left == [0, *range(2, 51)]


async def test_drafts_are_forgotten_with_their_home(book):
    await book.keep_draft(GROUP, "d1", watch())
    await book.keep_draft(CHAT, "d1", watch())
    await book.forget(GROUP)
    assert await book.draft(GROUP, "d1") is None
    assert await book.draft(CHAT, "d1") is not None
