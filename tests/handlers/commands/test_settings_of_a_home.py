"""What a home chooses: each setting as people type it, what is then stored and shown."""

from dataclasses import replace

import pytest

from bot.messages.answers import Fault, NotAllowed, PlaceOffered, PlaceTakenBack, SettingsShown
from bot.messages.rich import text_of
from bot.ports import Person, Request
from bot.subscriptions import ChatSettings, Destination, Editors, Pace, Quiet, Shown, WalletTarget, Watch
from handlers.commands.access import Policy
from handlers.commands.command import CODE_LETTERS, fresh_code
from handlers.commands.connect import GOOD_FOR_S
from tests.handlers.commands.stand import CODE, Stand, as_standing
from tests.messages.samples import WALLET

HOURS = Quiet(22 * 60, 7 * 60)
TOPIC = Destination("telegram", "-100", "5")
CHANNEL = Destination("discord", "c5")
ADMIN = as_standing(is_admin=True)


@pytest.fixture
def shared() -> Stand:
    """A Telegram group and a Discord server, both let in."""
    return Stand(policy=Policy(allowed=frozenset({"telegram/-100", "discord/s1", "telegram/7"})))


def in_topic(stand: Stand, text: str) -> Request:
    return stand.request(text, person=Person("telegram/50"), place=TOPIC, private=False, standing=ADMIN)


def in_channel(stand: Stand, text: str) -> Request:
    return stand.request(
        text,
        person=Person("discord/50"),
        place=CHANNEL,
        private=False,
        server="s1",
        standing=ADMIN,
        answer_to="interaction",
    )


CHOICES = [
    ("target 1.6", {"target_hf_percent": 160}, "target 1.60: what Fix lines aim at"),
    ("locale de", {"locale": "de"}, "locale de: 1.234,56"),
    ("amounts on", {"amounts": Shown.ON}, "amounts on: shown here"),
    ("amounts OFF", {"amounts": Shown.OFF}, "amounts off: hidden here"),
    ("quiet 22:00-07:00", {"quiet": HOURS}, "quiet 22:00-07:00: critical alerts pass"),
    ("quiet 22 - 7", {"quiet": HOURS}, "quiet 22:00-07:00"),
    ("quiet 22:00–7:00", {"quiet": HOURS}, "quiet 22:00-07:00"),
    ("quiet 24:00-6.30", {"quiet": Quiet(0, 390)}, "quiet 00:00-06:30"),
    ("quiet off", {"quiet": None}, "quiet off: I speak at any hour"),
    ("reminders off", {"reminders": False, "pace": Pace.OFF}, "reminders off: none"),
    ("reminders on", {}, "reminders normal: after the usual wait"),
    ("reminders slow", {"pace": Pace.SLOW}, "reminders slow: after twice the usual wait"),
    ("reminders fast", {"pace": Pace.FAST}, "reminders fast: after half the usual wait"),
    ("grouping off", {"grouping": False}, "grouping off"),
    ("alerts here", {"routes": (("all", "telegram/-100/5"),)}, "alerts here"),
    ("alerts Critical here", {"routes": (("critical", "telegram/-100/5"),)}, "alerts critical here"),
    ("alerts here notice", {"routes": (("notice", "telegram/-100/5"),)}, "alerts notice here"),
    ("escalate here 15m", {"escalate_to": "telegram/-100/5", "escalate_after_s": 900}, "takes up for 15 min"),
    ("escalate off", {}, "escalate off"),
    ("editors everyone", {"editors": Editors.EVERYONE}, "everybody here changes what is watched"),
    ("editor add 42", {"named_editors": ("telegram/42",)}, "and by name: telegram/42"),
    ("editor add telegram/42", {"named_editors": ("telegram/42",)}, "and by name: telegram/42"),
]


@pytest.mark.parametrize(("words", "fields", "shown"), CHOICES, ids=[words for words, _, _ in CHOICES])
async def test_a_choice_is_stored_and_shown(
    shared: Stand, words: str, fields: dict[str, object], shown: str
) -> None:
    message = await shared.message(in_topic(shared, f"/settings {words}"))
    assert message is not None
    assert shown in text_of(message.lines)
    assert shared.book.chosen == {"telegram/-100": replace(ChatSettings(), **fields)}  # type: ignore[arg-type]


async def test_later_choices_leave_earlier_ones(shared: Stand) -> None:
    for words in (
        "quiet 22:00-07:00",
        "quiet critical off",
        "quiet 23:00-06:00",
        "alerts here",
        "alerts critical here",
        "alerts default",
        "editor add 42",
        "editor add 43",
        "editor add 42",
        "editor remove 43",
    ):
        assert isinstance(await shared.hears(in_topic(shared, f"/settings {words}")), SettingsShown), words
    chosen = shared.book.chosen["telegram/-100"]
    assert chosen.quiet == Quiet(23 * 60, 6 * 60, critical_passes=False)
    assert chosen.routes == (("critical", "telegram/-100/5"),)
    assert chosen.named_editors == ("telegram/42",)


async def test_topics_of_a_group_share_its_settings_and_a_persons_chat_shows_nobody_elses_rights(
    shared: Stand,
) -> None:
    await shared.hears(in_topic(shared, "/settings alerts here"))
    general = replace(in_topic(shared, "/settings"), place=TOPIC.whole)
    message = await shared.message(general)
    assert message is not None
    assert "alerts telegram/-100/5" in text_of(message.lines)
    assert "editors admins" in text_of(message.lines)
    assert "editors" not in await shared.ask("/settings")


WHO = [
    ("editor add <@42>", ("discord/42",)),
    ("editor add <@!42>", ("discord/42",)),
    ("editor add <@&9>", ("discord/@9",)),
    ("editor add discord/@9", ("discord/@9",)),
    ("editor add 42", ("discord/42",)),
]


@pytest.mark.parametrize(("words", "named"), WHO)
async def test_discord_knows_people_and_roles(shared: Stand, words: str, named: tuple[str, ...]) -> None:
    await shared.hears(in_channel(shared, f"/settings {words}"))
    assert shared.book.chosen["discord/s1"].named_editors == named


async def test_a_role_to_mention_is_one_of_a_server_and_never_everyone(shared: Stand) -> None:
    for word, role in (("<@&77>", "77"), ("78", "78"), ("off", "")):
        await shared.hears(in_channel(shared, f"/settings ping {word}"))
        assert shared.book.chosen["discord/s1"].ping == role
    for word, problem in (
        ("<@&1>", "everyone_is_no_role"),
        ("@everyone", "not_a_role"),
        ("<@5>", "not_a_role"),
    ):
        fault = await shared.hears(in_channel(shared, f"/settings ping {word}"))
        assert isinstance(fault, Fault)
        assert fault.problem == problem
        assert isinstance(await shared.hears(in_channel(shared, fault.example)), SettingsShown)
    wrong = await shared.hears(in_channel(shared, "/settings editor add @ada"))
    assert isinstance(wrong, Fault)
    assert wrong.problem == "not_a_person_or_role"


async def test_editors_by_name_are_bounded(shared: Stand) -> None:
    many = tuple(f"telegram/{number}" for number in range(1, 51))
    shared.book.chosen["telegram/-100"] = ChatSettings(named_editors=many)
    fault = await shared.hears(in_topic(shared, "/settings editor add 99"))
    assert isinstance(fault, Fault)
    assert fault.problem == "too_many_editors"
    assert isinstance(await shared.hears(in_topic(shared, fault.example)), SettingsShown)


# ---- another chat ---------------------------------------------------------------------------------------


async def test_alerts_go_to_another_chat_when_both_ends_say_so(shared: Stand) -> None:
    offered = await shared.hears(in_channel(shared, "/connect"))
    assert offered == PlaceOffered(CODE, GOOD_FOR_S)
    told = text_of(shared.outbox.messages[-1].lines)
    assert f"/settings alerts {CODE}" in told
    assert "15 min" in told
    await shared.hears(in_topic(shared, f"/settings alerts critical {CODE.lower()}"))
    assert shared.book.chosen["telegram/-100"].routes == (("critical", "discord/c5"),)
    again = await shared.hears(in_topic(shared, f"/settings escalate {CODE}"))
    assert isinstance(again, Fault), "a code is good once"
    assert again.problem == "not_here_or_code"
    assert shared.book.chosen["telegram/-100"].escalate_to == ""


async def test_a_critical_alert_escalates_to_a_persons_own_chat(shared: Stand) -> None:
    await shared.hears(shared.request("/connect"))
    await shared.hears(in_channel(shared, f"/settings escalate {CODE} 20m"))
    chosen = shared.book.chosen["discord/s1"]
    assert (chosen.escalate_to, chosen.escalate_after_s) == ("telegram/7", 1200)
    assert "escalate a private chat" in text_of(shared.outbox.messages[-1].lines)


async def test_a_code_is_not_spent_by_words_that_are_wrong_nor_by_somebody_without_the_right(
    shared: Stand,
) -> None:
    await shared.hears(in_channel(shared, "/connect"))
    for words in (f"escalate {CODE} soon", f"escalate {CODE} 5s", f"alerts {CODE} critical notice"):
        assert isinstance(await shared.hears(in_topic(shared, f"/settings {words}")), Fault), words
    member = replace(in_topic(shared, f"/settings alerts {CODE}"), standing=as_standing())
    assert isinstance(await shared.hears(member), NotAllowed)
    assert shared.book.chosen == {}
    await shared.hears(in_topic(shared, f"/settings alerts {CODE}"))
    assert shared.book.chosen["telegram/-100"].route("notice") == "discord/c5"


async def test_whoever_receives_can_end_what_others_send(shared: Stand) -> None:
    topic = "telegram/-100/5"
    await shared.hears(in_channel(shared, "/connect"))
    await shared.hears(in_topic(shared, f"/settings alerts {CODE}"))
    shared.book.watches.append(Watch("w1", 1, "telegram/-100", WalletTarget(WALLET), (), place=topic))
    member = replace(in_channel(shared, "/connect off"), standing=as_standing())
    assert isinstance(await shared.hears(member), NotAllowed)
    assert shared.book.chosen["telegram/-100"].routes == (("all", "discord/c5"),)
    assert await shared.hears(in_channel(shared, "/connect off")) == PlaceTakenBack(1)
    assert shared.book.chosen["telegram/-100"].routes == ()
    assert await shared.hears(in_channel(shared, "/connect off")) == PlaceTakenBack(0)
    wrong = await shared.hears(in_channel(shared, "/connect now"))
    assert isinstance(wrong, Fault)


async def test_a_code_ends_by_itself(shared: Stand) -> None:
    await shared.hears(in_channel(shared, "/connect"))
    shared.book.now += GOOD_FOR_S + 1
    assert isinstance(await shared.hears(in_topic(shared, f"/settings alerts {CODE}")), Fault)


def test_codes_are_many_and_easy_to_read() -> None:
    codes = {fresh_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert all(len(code) == 10 and set(code) <= set(CODE_LETTERS) for code in codes)
    assert not set("0O1IL") & set(CODE_LETTERS)
    assert all(code == code.upper() for code in codes)
