"""/privacy says what is kept, /forget what would go before it goes: of a person, a chat and a server."""

from dataclasses import replace

import pytest

from bot.domain.rules import DEFAULT_RULES, Hush
from bot.messages.model import Message
from bot.messages.rich import text_of
from bot.ports import Person, Request
from bot.subscriptions import ChatSettings, Destination, Shown, WalletTarget, Watch
from handlers.commands.access import Policy
from tests.handlers.commands.stand import CHAT, SAVER, Stand, as_standing, presses
from tests.messages.samples import WALLET, alert, treasury

GROUP = Destination("telegram", "-100")
CHANNEL = Destination("discord", "c55")
SERVER = Destination("discord", "s9")
BOB = Person("telegram/8", "Bob")
LET_IN = Policy(allowed=frozenset({GROUP.id, SERVER.id}), operators=frozenset({"telegram/7"}))


def in_group(stand: Stand, text: str, *, admin: bool = True) -> Request:
    return stand.request(text, person=BOB, place=GROUP, private=False, standing=as_standing(is_admin=admin))


def in_server(stand: Stand, text: str) -> Request:
    return stand.request(
        text,
        person=Person("discord/8", "Bob"),
        place=CHANNEL,
        server=SERVER.chat,
        private=False,
        standing=as_standing(is_admin=True),
    )


async def told(stand: Stand, request: Request) -> tuple[str, Message]:
    message = await stand.message(request)
    assert message is not None
    return text_of(message.lines), message


def watch(home: Destination, by: str = "", *hushes: tuple[str, Hush]) -> Watch:
    return Watch("", 0, home.id, WalletTarget(WALLET), DEFAULT_RULES, created_by=by, hushes=hushes)


# ---- /privacy -----------------------------------------------------------------------------------------


async def test_what_is_kept_of_a_person(stand: Stand) -> None:
    text, message = await told(stand, stand.request("/privacy"))
    titles = [line.split(":")[0] for line in text.split("\n")[:-1]]
    assert titles == ["Kept", "Of people", "How long", "Not kept", "Who sees it"]
    for fact in (
        "your id and name with each incident",
        "30 days",
        "7 days",
        "whoever hosts me",
        "Telegram carries",
    ):
        assert fact in text
    assert "hidden" not in text
    assert presses(message) == {"Export": "1|export|", "Forget": "1|forget|"}


@pytest.mark.parametrize("shown", [Shown.AUTO, Shown.OFF, Shown.ON])
async def test_what_is_kept_of_a_group(shown: Shown) -> None:
    stand = Stand(policy=LET_IN)
    await stand.book.put_settings(GROUP.id, ChatSettings(amounts=shown))
    text, _message = await told(stand, in_group(stand, "/privacy", admin=False))
    assert "topics" in text
    assert "everybody here sees what is watched" in text
    assert ("amounts are shown here" in text) is (shown is Shown.ON)
    assert ("amounts are hidden here" in text) is (shown is not Shown.ON)


async def test_what_is_kept_of_a_server() -> None:
    stand = Stand(policy=LET_IN)
    text, _message = await told(stand, in_server(stand, "/privacy"))
    assert "this server and of the channels" in text
    assert "Discord carries" in text


# ---- /forget ------------------------------------------------------------------------------------------


async def test_a_person_hears_first_what_would_go(stand: Stand) -> None:
    await stand.book.add(watch(CHAT))
    await stand.book.add(watch(GROUP, "telegram/7"))
    text, message = await told(stand, stand.request("/forget"))
    assert text.split("\n") == [
        (
            "I would forget 1 watch and its rules, your settings, and every stored alert and message of"
            " this chat."
        ),
        "Your id and name would also go from 1 record of another chat.",
        "To keep the list, take /export list first.",
        "Nothing is forgotten yet.",
    ]
    assert presses(message) == {"Forget everything": "1|forget|everything"}
    assert len(stand.book.watches) == 2


async def test_a_person_is_forgotten_elsewhere_too(stand: Stand) -> None:
    await stand.book.add(watch(CHAT))
    hush = ("health@s1", Hush(0, 1, 1, "Ada", 5, "telegram/7"))
    await stand.book.add(watch(GROUP, "telegram/7", hush))
    await stand.book.put_settings(GROUP.id, ChatSettings(named_editors=("telegram/7", "telegram/8")))
    stand.book.alerts.append(alert(treasury()))
    flash, messages = await stand.press("1|forget|everything")
    assert flash == ""
    assert messages[0].split("\n") == [
        "Forgotten, 1 watch with it.",
        "2 records of other chats no longer name you.",
        "I know nothing of this chat any more.",
    ]
    (left,) = stand.book.watches
    assert left.home == GROUP.id
    assert "telegram/7" not in repr(left)
    assert "Ada" not in repr(left)
    assert (await stand.book.settings(GROUP.id)).named_editors == ("telegram/8",)
    assert stand.book.alerts == []


async def test_a_group_is_forgotten_with_its_topics_and_nobody_elsewhere() -> None:
    stand = Stand(policy=LET_IN)
    await stand.book.add(watch(GROUP, BOB.id))
    await stand.book.add(watch(CHAT, BOB.id))
    await stand.book.add_place(GROUP.id, f"{GROUP.id}/4")
    text, _message = await told(stand, in_group(stand, "/forget"))
    assert "the settings, and every stored alert and message of this place" in text
    assert "It is about 2 places" in text
    assert "Your id" not in text
    text, _message = await told(stand, in_group(stand, "/forget everything"))
    assert text == "Forgotten, 1 watch with it.\nI know nothing of this place any more."
    assert [(one.home, one.created_by) for one in stand.book.watches] == [(CHAT.id, BOB.id)]
    assert await stand.book.places(GROUP.id) == {GROUP.id}


async def test_rights_are_kept_and_said() -> None:
    stand = Stand()
    await stand.book.admit(GROUP.id)
    text, _message = await told(stand, in_group(stand, "/forget everything"))
    assert text.endswith("I know nothing of this place any more but that I was let in.")
    await stand.book.add_operator("telegram/7")
    text, _message = await told(stand, stand.request("/forget everything"))
    assert text.endswith("I know nothing of this chat any more but that you are my operator.")


async def test_a_server_is_forgotten() -> None:
    stand = Stand(policy=LET_IN)
    await stand.book.add(watch(SERVER))
    text, _message = await told(stand, in_server(stand, "/forget everything"))
    assert text.startswith("Forgotten, 1 watch with it.")
    assert stand.book.watches == []


@pytest.mark.parametrize("line", ["/forget", "/forget everything", "/export", "/import " + SAVER])
async def test_who_may_only_look_changes_nothing(line: str) -> None:
    stand = Stand(policy=LET_IN)
    await stand.book.add(watch(GROUP))
    before = await stand.book.version()
    message = await stand.message(in_group(stand, line, admin=False))
    assert message is not None
    assert message.file is None
    assert await stand.book.version() == before


async def test_who_may_look_takes_the_list() -> None:
    stand = Stand(policy=LET_IN)
    await stand.book.add(watch(GROUP))
    _text, message = await told(stand, in_group(stand, "/export list", admin=False))
    assert message.file is not None
    assert WALLET in message.file.text


async def test_the_file_of_a_group_has_no_amounts_while_they_are_hidden() -> None:
    stand = Stand(policy=LET_IN)
    stand.book.alerts.append(replace(alert(treasury()), destination=GROUP.id, home=GROUP.id))
    text, message = await told(stand, in_group(stand, "/export"))
    assert message.file is not None
    assert '"health_factor"' in message.file.text
    assert "412000" not in message.file.text
    assert "Amounts are left out" in text
    await stand.book.put_settings(GROUP.id, ChatSettings(amounts=Shown.ON))
    text, message = await told(stand, in_group(stand, "/export"))
    assert message.file is not None
    assert "412000" in message.file.text
    assert "left out" not in text


@pytest.mark.parametrize("line", ["/forget something", "/forget everything now", "/privacy please"])
async def test_words_too_many(stand: Stand, line: str) -> None:
    assert "I have no use for" in await stand.ask(line)
