"""Everything that Telegram can do, Discord can do: each command, button and alert, on both, compared.

What the wire peers saw becomes docs/PARITY.md: the last test of this file compares it with the one committed,
or writes it with PARITY_WRITE=1. One file, so one worker has the whole table.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.chat.discord.trouble import Kind as DiscordTrouble
from tests.chat.telegram.trouble import Kind as TelegramTrouble
from tests.messages.samples import WALLET
from tests.town.cases import (
    ALERT,
    ASKING,
    BUTTON_CASES,
    COMMAND_CASES,
    COPY,
    GROUP,
    LINKS,
    MANY,
    TYPED_ONLY,
    WATCHED,
)
from tests.town.happenings import FALL, STORIES
from tests.town.occasions import OCCASIONS, outage
from tests.town.parity import (
    AFTER_SNOOZE,
    DOCUMENT,
    ESCALATED,
    ESCALATION_OVER,
    PLATFORMS,
    REPEATED,
    SPECIAL,
    TAKEN_UP,
    TOGETHER,
    Row,
    Table,
    alert_rows,
    all_rows,
    button_rows,
    command_rows,
    notice_rows,
    other_alert_rows,
)
from tests.town.seeing import read_markdown
from tests.town.steps import Couple, alike, allowed
from tests.town.town import Town, town

pytestmark = pytest.mark.asyncio(loop_scope="module")
TABLE = Table()
OUTAGE = (("Notices", "Platform away"), ("Notices", "Platform back"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory, store_url: str) -> AsyncIterator[Town]:
    async with town(tmp_path_factory.mktemp("town"), store_url, allow=allowed()) as here:
        here.clock.hold()
        yield here


@pytest_asyncio.fixture(loop_scope="module")
async def couple(here: Town) -> AsyncIterator[Couple]:
    couple = Couple.come(here)
    yield couple
    await couple.leave()


@pytest.mark.parametrize("row", command_rows(), ids="".join)
async def test_command(couple: Couple, row: Row) -> None:
    name = row[1].strip("`")
    assert name in COMMAND_CASES, "say in tests/town/cases.py what shows that it works"
    case = COMMAND_CASES[name]
    telegram, discord = await couple.go(*case.before, name)
    for seen in (telegram, discord):
        assert case.says in seen.text
    alike(telegram, discord)
    TABLE.saw(row, telegram, discord)


PRESSED = [row for row in button_rows() if row[1] not in {COPY, *ASKING, *LINKS, *TYPED_ONLY}]


@pytest.mark.parametrize("row", PRESSED, ids="".join)
async def test_button(couple: Couple, row: Row) -> None:
    assert row[1] in BUTTON_CASES, "say in tests/town/cases.py where it stands and what it does"
    case = BUTTON_CASES[row[1]]
    await couple.go(*case.on)
    telegram, discord = await couple.press(row[1].partition(" (")[0])
    for seen in (telegram, discord):
        assert case.says in seen.text
    alike(telegram, discord)
    TABLE.saw(row, telegram, discord)


@pytest.mark.parametrize("row", [row for row in button_rows() if row[1] in ASKING], ids="".join)
async def test_button_that_asks(couple: Couple, row: Row) -> None:
    """Discord opens a form, Telegram says what to type; what is filled in or typed does the same."""
    step, command = ASKING[row[1]]
    await couple.go(*step)
    telegram, discord = await couple.press(row[1].partition(" (")[0])
    assert discord.how == "form"
    assert telegram.text.startswith(discord.text)
    TABLE.note(row, telegram, "yes: says what to type")
    TABLE.note(row, discord, "yes: opens a form")
    _, form = command_rows()[("Commands", f"`{command}`")]
    values = {one.name: one.sample for one in form.options}
    one, other = couple.hands
    line = telegram.text.splitlines()[-1].partition("/")[2]
    alike(await one.say(f"/{line}"), await other.fill_in(discord, values))


@pytest.mark.parametrize("row", [row for row in button_rows() if row[1] in LINKS], ids="".join)
async def test_button_that_opens(couple: Couple, row: Row) -> None:
    telegram, discord = await couple.go(*LINKS[row[1]])
    label = row[1].partition(" (")[0]
    for seen in (telegram, discord):
        assert any(one.label == label and one.target.startswith("https://") for one in seen.buttons)
    alike(telegram, discord)
    TABLE.saw(row, telegram, discord)


async def test_button_that_copies(couple: Couple) -> None:
    """Discord has none, so what would be copied must be in the words there."""
    telegram, discord = await couple.go(*WATCHED, ALERT)
    (copied,) = [one for one in telegram.buttons if one.kind == "copy"]
    assert copied.label == f"Copy {copied.target}"
    assert copied.target in discord.text.replace(",", "")
    TABLE.note(("Buttons", COPY), telegram, "yes")
    TABLE.note(("Buttons", COPY), discord, "no such button there: the amount is in the text")


@pytest.mark.parametrize("row", [row for row in button_rows() if row[1] in TYPED_ONLY], ids="".join)
async def test_button_below_an_address_that_is_typed_alone(couple: Couple, row: Row) -> None:
    """Discord hands no typed words to a bot without a privileged intent: a command does the same."""
    one, other = couple.hands
    if row[1].startswith("Position"):
        await couple.watch()
    offered = await one.say(WALLET)
    before = other.mark()
    other.person.say(WALLET)
    telegram = await one.press(offered, row[1].partition(" (")[0])
    (_, discord) = await couple.go("/position")
    assert not [entry for entry in other.peer.ledger.entries[before:] if entry.interaction is None]
    alike(telegram, discord)
    TABLE.note(row, telegram, "yes")
    TABLE.note(row, discord, "no: no bot is told what is typed; `/position` shows the same")


STORIED = [row for row in (*alert_rows(), *other_alert_rows()) if row[1] not in SPECIAL]


@pytest.mark.parametrize("row", STORIED, ids="".join)
async def test_alert(couple: Couple, row: Row) -> None:
    assert row[1] in STORIES, "say in tests/town/happenings.py what leads to it"
    story = STORIES[row[1]]
    await couple.watch(story.rule)
    telegram, discord = await couple.live(story)
    alike(telegram, discord)
    TABLE.saw(row, telegram, discord)


async def test_alert_after_a_snooze(couple: Couple) -> None:
    await couple.go(*WATCHED, ALERT)
    await couple.press("Snooze 1h")
    with couple.listening() as hear:
        await couple.here.feed.health(104)
        telegram, discord = await hear(lambda seen: "it got worse" in seen.text and seen.how == "message")
    alike(telegram, discord)
    TABLE.saw(("Alerts", AFTER_SNOOZE), telegram, discord)


async def test_several_alerts_in_one_message(couple: Couple) -> None:
    telegram, discord = await couple.go(*MANY, GROUP)
    for seen in (telegram, discord):
        assert "2 alerts" in seen.text
    alike(telegram, discord)
    TABLE.saw(("Alerts", TOGETHER), telegram, discord)


async def test_an_alert_shows_who_took_it_up(couple: Couple) -> None:
    await couple.go(*WATCHED, ALERT)
    with couple.listening() as hear:
        await couple.press("Ack")
        telegram, discord = await hear(lambda seen: seen.how == "edit" and "Ann" in seen.text)
    alike(telegram, discord)
    TABLE.saw(("Alerts", TAKEN_UP), telegram, discord)


async def test_an_alert_that_nobody_takes_up_and_its_end(couple: Couple) -> None:
    """Each escalates to the other platform, where the label tells whose it is."""
    await couple.settle(escalate_to=lambda _mine, theirs: theirs)
    await couple.watch(label="of {}")
    with couple.listening() as hear:
        for deed in FALL:
            await deed(couple.here.feed)
        telegram, discord = await hear(lambda seen: "Nobody took this up" in seen.text)
    assert ("of Discord" in telegram.text, "of Telegram" in discord.text) == (True, True)
    alike(telegram, discord)
    TABLE.saw(("Alerts", ESCALATED), telegram, discord)
    with couple.listening() as hear:
        await couple.here.feed.health(200)
        await couple.here.feed.health(200, gap_s=100)
        telegram, discord = await hear(
            lambda seen: "RESOLVED" in seen.text and f"of {seen.platform}" not in seen.text
        )
    alike(telegram, discord)
    TABLE.saw(("Alerts", ESCALATION_OVER), telegram, discord)


async def test_an_alert_whose_acknowledgement_is_lost(couple: Couple) -> None:
    """Telegram cannot tell a repetition, so it is marked; Discord shows it once, by the nonce."""
    one, other = couple.hands
    await couple.watch()
    await couple.here.feed.health(200)
    one.peer.trouble(TelegramTrouble.DROP_AFTER, chat=one.person.id, method="sendMessage")
    other.peer.trouble(DiscordTrouble.DROP_AFTER, channel=other.person.dm, route="POST /channels/")
    repeats = other.peer.ledger.repeats
    with couple.listening() as hear:
        await couple.here.feed.health(109)
        (first, discord) = await hear(lambda seen: "CRITICAL" in seen.text)
    marked = await one.hear(0, lambda seen: "repeated" in seen.text)
    assert [line for line in marked.text.splitlines() if "repeated" not in line] == first.text.splitlines()
    TABLE.note(("Alerts", REPEATED), marked, "yes: says that it is repeated")
    await other.peer.until(lambda: other.peer.ledger.repeats > repeats)
    (stands,) = other.peer.visible(other.person.dm)
    assert read_markdown(stands.text) == discord.text
    TABLE.note(("Alerts", REPEATED), discord, "not needed: the repetition is known and not shown")


async def test_notices_of_a_platform_that_is_away_and_back(here: Town) -> None:
    for row, both in zip(OUTAGE, await outage(here), strict=True):
        alike(*both)
        TABLE.saw(row, *both)


# A platform that refused us is asked again after a minute: whatever follows would wait for it.
NOTICED = sorted(notice_rows().keys() - OUTAGE, key=lambda row: (row[1] == "Platform refused", row))


@pytest.mark.parametrize("row", NOTICED, ids="".join)
async def test_notice(here: Town, row: Row) -> None:
    assert row[1] in OCCASIONS, "say in tests/town/occasions.py what leads to it"
    occasion = OCCASIONS[row[1]]
    telegram, discord = await occasion(here)
    alike(telegram, discord)
    TABLE.saw(row, telegram, discord)


async def test_the_table_is_the_one_in_the_docs() -> None:
    """Last in this file: by now every row was shown."""
    missing = [row for row in all_rows() if any((row, one) not in TABLE.cells for one in PLATFORMS)]
    assert not missing
    if os.environ.get("PARITY_WRITE"):
        DOCUMENT.write_text(TABLE.markdown())
    assert TABLE.markdown() == DOCUMENT.read_text(), "PARITY_WRITE=1 writes it anew"
