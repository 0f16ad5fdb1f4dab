"""Where an alert goes, with which others, when, as what, and who else hears of it."""

from dataclasses import dataclass, field, replace

import pytest

from bot.domain.alerts import Alert, AlertGroup, Reason, Severity
from bot.domain.observations import BlockSeen, Liquidation, PositionSeen
from bot.domain.rules import DEFAULT_RULES, HealthRule, Hush, LiquidatedRule, PriceRule
from bot.domain.units import WAD, Address, Wad
from bot.monitor import Monitor
from bot.monitor.posting import GROUP_MOST
from bot.ports import ChartOf, Delivery, Lane, Operation
from bot.subscriptions import ChatSettings, Pace, PriceTarget, Quiet, WalletTarget, Watch, subject_id
from tests.fakes import FakeBook, FakeJudgements
from tests.monitor.test_monitor import T0, WALLET, WETH, at, seen

ANN, GROUP, TOPIC = "telegram/1", "telegram/-100", "telegram/-100/5"
SERVER, CHANNEL, OTHER = "discord/s9", "discord/c1", "discord/c2"
NIGHT = Quiet(0, 24 * 60)
ENDS = T0 - T0 % 86_400 + 86_400
"""Of the day that is T0's in UTC."""
CALL = Liquidation("0x9", WETH, 1, 1, WETH, 1, 1, WALLET)


def wallet(number: int) -> Address:
    return Address(f"0x{number:040x}")


def of(address: Address, percent: int, number: int) -> PositionSeen:
    reading = seen(percent, number)
    return replace(reading, position=replace(reading.position, account=address))


@dataclass
class Tower:
    """A monitor without I/O; `said()` takes what it has appended since."""

    book: FakeBook = field(default_factory=FakeBook)
    kept: FakeJudgements = field(default_factory=FakeJudgements)
    now: float = T0

    def __post_init__(self) -> None:
        self.monitor = Monitor(self.book, self.kept, clock=lambda: self.now, stale_after_s=300)

    async def watch(self, home=ANN, place="", address=WALLET, rules=DEFAULT_RULES) -> Watch:
        return await self.book.add(Watch("", 0, home, WalletTarget(address), tuple(rules), place=place))

    async def choose(self, home: str, **chosen: object) -> None:
        await self.book.put_settings(home, ChatSettings(**chosen))

    async def block(self, number: int, *positions: PositionSeen, prices=()) -> list[Delivery]:
        self.now = T0 + 12 * number
        priced = {one.asset.address: one for one in prices}
        await self.monitor.block(BlockSeen("ethereum", at(number), priced, positions))
        return self.said()

    async def health(self, *percents: int) -> list[Delivery]:
        """The deliveries of the last of these blocks."""
        said: list[Delivery] = []
        for number, percent in enumerate(percents, start=len(self.kept.cursors) and self.next):
            said = await self.block(number, seen(percent, number))
        return said

    @property
    def next(self) -> int:
        return self.kept.cursors["ethereum"].number + 1

    def said(self) -> list[Delivery]:
        """Words; `pictures` are what was appended beside them."""
        found, self.kept.deliveries = self.kept.deliveries, []
        self.pictures = [one for one in found if isinstance(one.payload, ChartOf)]
        return [one for one in found if not isinstance(one.payload, ChartOf)]


@pytest.fixture
def tower() -> Tower:
    return Tower()


# ---- where -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("home", "place", "routes", "percent", "where"),
    [
        pytest.param(ANN, "", (), 140, ANN, id="home"),
        pytest.param(GROUP, TOPIC, (), 140, TOPIC, id="where it was added"),
        pytest.param(GROUP, TOPIC, (("all", GROUP),), 140, GROUP, id="one route"),
        pytest.param(GROUP, "", (("critical", TOPIC),), 140, GROUP, id="a route for others"),
        pytest.param(GROUP, "", (("critical", TOPIC),), 104, TOPIC, id="a severity's own"),
        pytest.param(GROUP, "", (("all", ANN), ("notice", TOPIC)), 140, TOPIC, id="its own before all"),
        pytest.param(SERVER, CHANNEL, (), 140, CHANNEL, id="a server's channel"),
        pytest.param(SERVER, CHANNEL, (("all", SERVER),), 140, CHANNEL, id="never the server itself"),
    ],
)
async def test_where_an_alert_goes(tower, home, place, routes, percent, where):
    await tower.watch(home, place)
    await tower.choose(home, routes=routes)
    (said,) = await tower.health(percent)
    assert (said.destination, said.payload.destination) == (where, where)
    assert (said.home, said.payload.home) == (home, home)


async def test_a_watch_of_a_server_without_a_place_borrows_one_and_without_any_says_nothing(tower):
    await tower.watch(SERVER)
    assert await tower.health(140) == []
    await tower.watch(SERVER, OTHER, wallet(1))
    (said,) = await tower.health(104)
    assert said.destination == OTHER


async def test_the_end_is_told_where_the_loudest_was(tower):
    await tower.watch(GROUP)
    await tower.choose(GROUP, routes=(("critical", TOPIC),))
    places = []
    for percents in ((140,), (104,), (140,), *[(200,)] * 12):
        places += [(one.payload.reason, one.destination) for one in await tower.health(*percents)]
    assert places == [(Reason.FIRST, GROUP), (Reason.WORSENED, TOPIC), (Reason.RESOLVED, TOPIC)]


async def test_blindness_is_told_where_somebody_watches_and_never_to_a_server(tower):
    rule = PriceRule(WETH, 1, above=False, base_unit=10**8)
    arbitrum = Watch("", 0, SERVER, PriceTarget("arbitrum", WETH), (rule,), place=OTHER)
    await tower.book.add(arbitrum)
    await tower.watch(SERVER, CHANNEL)
    await tower.watch(SERVER, CHANNEL, wallet(2))
    await tower.health(200)
    tower.now += 400
    await tower.monitor.tick(["ethereum"])
    (stale,) = tower.said()
    assert (stale.payload.reason, stale.destination, stale.home) == (Reason.STALE, CHANNEL, SERVER)
    await tower.choose(SERVER, routes=(("warning", "discord/c3"), ("notice", "discord/c4")))
    (back,) = await tower.block(40, seen(200, 40))
    assert (back.payload.reason, back.destination) == (Reason.RESOLVED, "discord/c3")


# ---- together --------------------------------------------------------------------------------------


async def test_alerts_of_one_block_for_one_place_are_one_message_the_worst_first(tower):
    for number in range(1, 4):
        await tower.watch(GROUP, TOPIC, wallet(number))
    await tower.watch(GROUP, GROUP, wallet(1))
    said = await tower.block(1, of(wallet(1), 140, 1), of(wallet(2), 104, 1), of(wallet(3), 101, 1))
    group, alone = sorted(said, key=lambda one: -len(one.destination))
    assert isinstance(group.payload, AlertGroup)
    assert [one.seen.position.account for one in group.payload.alerts] == [wallet(3), wallet(2), wallet(1)]
    assert (group.lane, group.operation, group.destination) == (Lane.CRITICAL, Operation.SEND, TOPIC)
    assert group.incident == group.payload.id
    assert set(group.subject.split()) == {subject_id("ethereum", wallet(number)) for number in (1, 2, 3)}
    assert isinstance(alone.payload, Alert)
    assert alone.subject == subject_id("ethereum", wallet(1))


async def test_the_same_alerts_make_the_same_group_and_others_another(tower):
    async def group_of(*numbers: int) -> str:
        tower = Tower()
        for number in (1, 2, 3):
            await tower.watch(GROUP, address=wallet(number))
        (said,) = await tower.block(1, *(of(wallet(number), 140, 1) for number in numbers))
        return said.id

    assert await group_of(1, 2) == await group_of(2, 1)
    assert await group_of(1, 2) != await group_of(1, 3)


async def test_a_chat_that_wants_them_one_by_one_gets_them_so(tower):
    for number in (1, 2):
        await tower.watch(GROUP, address=wallet(number))
    await tower.choose(GROUP, grouping=False)
    said = await tower.block(1, *(of(wallet(number), 140, 1) for number in (1, 2)))
    assert [type(one.payload) for one in said] == [Alert, Alert]


async def test_very_many_alerts_are_several_messages_and_none_is_missing(tower):
    count = GROUP_MOST + 1
    for number in range(count):
        await tower.watch(GROUP, address=wallet(number))
    group, rest = await tower.block(1, *(of(wallet(number), 140, 1) for number in range(count)))
    told = [*group.payload.alerts, rest.payload]
    assert {one.seen.position.account for one in told} == {wallet(number) for number in range(count)}


async def test_two_homes_that_send_to_one_place_are_not_mixed(tower):
    await tower.watch(GROUP, address=wallet(1))
    await tower.watch(ANN, address=wallet(2))
    await tower.choose(ANN, routes=(("all", GROUP),))
    said = await tower.block(1, *(of(wallet(number), 140, 1) for number in (1, 2)))
    assert {one.home: one.destination for one in said} == {ANN: GROUP, GROUP: GROUP}


# ---- as what ---------------------------------------------------------------------------------------


async def test_what_gets_worse_quietly_edits_the_first_message_and_what_gets_louder_speaks(tower):
    levels = tuple(Wad(percent * WAD // 100) for percent in (160, 150, 120, 115, 105, 101))
    await tower.watch(rules=[HealthRule(levels=levels)])
    operations = []
    for percent in (159, 149, 119, 114, 104, 100):
        (said,) = await tower.health(percent)
        operations.append((said.payload.severity, said.operation))
    assert operations == [
        (Severity.NOTICE, Operation.SEND),
        (Severity.NOTICE, Operation.EDIT),
        (Severity.WARNING, Operation.REPLY),
        (Severity.WARNING, Operation.EDIT),
        (Severity.CRITICAL, Operation.REPLY),
        (Severity.CRITICAL, Operation.REPLY),
    ]


async def test_what_ends_an_ack_is_no_quiet_edit(tower):
    levels = tuple(Wad(percent * WAD // 100) for percent in (160, 150))
    watch = await tower.watch(rules=[HealthRule(levels=levels)])
    (first,) = await tower.health(159)
    hush = Hush(0, 1, 1, "Ann", T0)
    await tower.book.put(replace(watch, hushes=((f"health@{first.payload.subject}", hush),)))
    (worse,) = await tower.health(149)
    assert (worse.payload.hush_ended, worse.operation) == (True, Operation.REPLY)


# ---- when ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("percent", "passes", "waits"), [(140, True, True), (104, True, False), (104, False, True)]
)
async def test_in_quiet_hours_all_waits_but_what_is_critical_unless_that_shall_too(
    tower, percent, passes, waits
):
    await tower.watch()
    await tower.choose(ANN, quiet=replace(NIGHT, critical_passes=passes))
    (said,) = await tower.health(percent)
    assert said.not_before == (ENDS if waits else 0)


async def test_what_waits_is_not_in_one_message_with_what_does_not(tower):
    for number in (1, 2, 3):
        await tower.watch(address=wallet(number))
    await tower.choose(ANN, quiet=NIGHT)
    said = await tower.block(1, of(wallet(1), 140, 1), of(wallet(2), 104, 1), of(wallet(3), 139, 1))
    assert {one.not_before: type(one.payload) for one in said} == {ENDS: AlertGroup, 0: Alert}


@pytest.mark.parametrize(("pace", "blocks"), [(Pace.FAST, 150), (Pace.NORMAL, 300), (Pace.SLOW, 600)])
async def test_the_pace_of_reminders(tower, pace, blocks):
    await tower.watch()
    await tower.choose(ANN, pace=pace)
    await tower.block(1, seen(104, 1))
    assert await tower.block(blocks, seen(104, blocks)) == []
    (said,) = await tower.block(blocks + 1, seen(104, blocks + 1))
    assert said.payload.reason is Reason.REMINDER


@pytest.mark.parametrize("off", [{"pace": Pace.OFF}, {"reminders": False, "pace": Pace.FAST}])
async def test_reminders_that_are_off_never_come(tower, off):
    await tower.watch()
    await tower.choose(ANN, **off)
    await tower.block(1, seen(104, 1))
    assert await tower.block(100_000, seen(104, 100_000)) == []


# ---- who else --------------------------------------------------------------------------------------


def escalations(said: list[Delivery]) -> list[Delivery]:
    return [one for one in said if one.destination == CHANNEL]


@pytest.fixture
async def guarded(tower) -> Tower:
    """Critical alerts of Ann go to a channel after ten minutes."""
    await tower.watch()
    await tower.choose(ANN, escalate_to=CHANNEL, escalate_after_s=600)
    return tower


async def test_a_critical_alert_goes_to_the_second_chat_later_and_on_a_condition(guarded):
    told, escalated = await guarded.health(104)
    assert told.destination == ANN
    assert (escalated.destination, escalated.home, escalated.lane) == (CHANNEL, ANN, Lane.CRITICAL)
    assert (escalated.not_before, escalated.if_unattended) == (int(guarded.now) + 600, True)
    assert escalated.payload == replace(told.payload, destination=CHANNEL)
    assert escalated.subject not in told.subject.split()
    assert escalated.id.startswith("esc:")


async def test_each_worsening_is_an_escalation_of_its_own_beneath_the_first(guarded):
    first, worse = [escalations(await guarded.health(percent))[0] for percent in (109, 104)]
    assert first.id != worse.id
    assert first.subject == worse.subject
    assert (first.operation, worse.operation) == (Operation.SEND, Operation.REPLY)
    assert (worse.incident, worse.if_unattended) == (first.incident, True)


@pytest.mark.parametrize("percents", [(140,), (140, 124)], ids=["notice", "warning"])
async def test_what_is_not_critical_stays_where_it_is(guarded, percents):
    assert escalations(await guarded.health(*percents)) == []


async def test_a_reminder_is_not_escalated_again(guarded):
    await guarded.block(1, seen(104, 1))
    (reminder,) = await guarded.block(301, seen(104, 301))
    assert (reminder.payload.reason, reminder.destination) == (Reason.REMINDER, ANN)


async def test_the_end_follows_where_the_alert_may_have_gone(guarded):
    await guarded.health(104)
    said = [one for _ in range(8) for one in await guarded.health(200)]
    (over,) = escalations(said)
    assert (over.payload.reason, over.if_unattended, over.not_before) == (Reason.RESOLVED, True, 0)
    await guarded.health(140)
    said = [one for _ in range(8) for one in await guarded.health(200)]
    assert [one.payload.reason for one in said] == [Reason.RESOLVED]
    assert escalations(said) == []


async def test_a_liquidation_is_told_to_both_at_once(tower):
    await tower.watch(rules=[LiquidatedRule()])
    await tower.choose(ANN, escalate_to=CHANNEL)
    told, escalated = await tower.block(1, replace(seen(98, 1), liquidations=(CALL,)))
    assert (escalated.destination, escalated.not_before, escalated.if_unattended) == (CHANNEL, 0, False)
    assert (told.destination, escalated.payload.reason) == (ANN, Reason.LIQUIDATED)


async def test_what_waits_for_the_morning_is_escalated_after_it(guarded):
    chosen = await guarded.book.settings(ANN)
    await guarded.book.put_settings(ANN, replace(chosen, quiet=replace(NIGHT, critical_passes=False)))
    told, escalated = await guarded.health(104)
    assert (told.not_before, escalated.not_before) == (ENDS, ENDS + 600)


async def test_nobody_escalates_to_where_it_was_told(tower):
    await tower.watch(GROUP)
    await tower.choose(GROUP, escalate_to=TOPIC, routes=(("critical", TOPIC),))
    (said,) = await tower.health(104)
    assert said.destination == TOPIC


# ---- pictures --------------------------------------------------------------------------------------


async def test_a_picture_follows_what_is_critical_as_a_reply_to_it(tower):
    await tower.watch()
    (said,) = await tower.health(200, 104)
    (picture,) = tower.pictures
    assert picture == Delivery(
        f"chart:{said.id}",
        ANN,
        said.subject,
        Lane.REST,
        Operation.REPLY,
        ChartOf(said.payload),
        said.incident,
        said.created_at,
        ANN,
    )
    await tower.health(101)
    assert [one.payload.alert.reason for one in tower.pictures] == []
    await tower.health(99)
    assert [one.payload.alert.reason for one in tower.pictures] == [Reason.WORSENED]


async def test_what_is_not_critical_or_no_fall_has_no_picture(tower):
    await tower.watch(rules=[*DEFAULT_RULES])
    await tower.health(140)
    assert tower.pictures == []
    await tower.health(104)
    assert len(tower.pictures) == 1
    await tower.health(*[200] * 20)
    assert tower.pictures == []
    await tower.block(tower.next, replace(seen(98, tower.next), liquidations=(CALL,)))
    assert [one.payload.alert.reason for one in tower.pictures] == [Reason.FIRST]


async def test_a_home_that_wants_no_pictures_gets_none(tower):
    await tower.watch()
    await tower.choose(ANN, charts=False)
    assert len(await tower.health(104)) == 1
    assert tower.pictures == []


async def test_what_waits_for_the_morning_has_no_picture(tower):
    await tower.watch()
    await tower.choose(ANN, quiet=replace(NIGHT, critical_passes=False))
    (said,) = await tower.health(104)
    assert said.not_before
    assert tower.pictures == []


async def test_one_picture_a_message_of_the_worst(tower):
    for number in (1, 2, 3):
        await tower.watch(address=wallet(number))
    readings = [of(wallet(1), 106, 1), of(wallet(2), 104, 1), of(wallet(3), 140, 1)]
    (group,) = await tower.block(1, *readings)
    (picture,) = tower.pictures
    assert picture.payload.alert == group.payload.alerts[0]
    assert picture.payload.alert.seen.position.account == wallet(2)


async def test_the_second_chat_gets_no_picture(tower):
    await tower.watch()
    await tower.choose(ANN, escalate_to=GROUP)
    assert len(await tower.health(104)) == 2
    assert [one.destination for one in tower.pictures] == [ANN]
