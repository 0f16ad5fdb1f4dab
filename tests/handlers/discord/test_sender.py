"""Discord's own about sending: nonces, silence, rings, private channels, rights that are missing, answers."""

import pytest

from bot.errors import DestinationGone, RateLimited, Rejected, SettingsError, Transient
from bot.messages.model import File, Message, Picture, Span
from bot.subscriptions import Destination
from handlers.discord.client import discord_line
from handlers.discord.handle import Direct, Handle, made_at, read_handle
from handlers.discord.sender import DiscordSender
from tests.chat.discord.rights import Right
from tests.chat.discord.trouble import Kind as Trouble
from tests.contract.discord_stand import DiscordStand
from tests.contract.stands import CARD, words
from tests.handlers.discord.conftest import Desk, at_work
from tests.pictures import PICTURE

GENERAL = Destination("discord", "c5001")
RICH = Message(((Span("HF 1.07"),),), ((Span("per asset"),),), severity="critical")


async def test_the_same_delivery_stands_there_once(stand: DiscordStand) -> None:
    stand.peer.trouble(Trouble.DROP_AFTER, channel=stand.general)
    with pytest.raises(Transient) as met:
        await stand.sender.send(GENERAL, words("HF 1.07"), key="alert:1:" + "x" * 100)
    assert met.value.maybe_sent
    first = await stand.sender.send(GENERAL, words("HF 1.07"), key="alert:1:" + "x" * 100)
    second = await stand.sender.send(GENERAL, words("HF 1.07"), key="alert:2:" + "x" * 100)
    assert [one.message_id for one in stand.peer.visible(stand.general)] == [int(first), int(second)]


async def test_only_what_is_silent_is_sent_silently(stand: DiscordStand) -> None:
    await stand.sender.send(GENERAL, words("warning", silent=True))
    await stand.sender.send(GENERAL, words("critical", silent=False))
    assert [one.silent for one in stand.peer.visible(stand.general)] == [True, False]


async def test_threads_posts_and_announcements_are_channels(stand: DiscordStand) -> None:
    for place in (
        stand.general.thread("Alerts", 5010),
        stand.server.forum(5020, "forum").thread("Post", 5021),
        stand.server.announcements(5030, "news"),
    ):
        await stand.sender.send(Destination("discord", f"c{place.id}"), words("HF 1.07"))
        assert [one.text for one in stand.peer.visible(place)] == ["HF 1.07"]


async def test_a_private_channel_is_opened_once(stand: DiscordStand) -> None:
    for _ in range(2):
        await stand.sender.send(stand.place, words("HF 1.07"))
    assert [one.route for one in stand.peer.ledger.calls].count("POST /users/@me/channels") == 1


async def test_a_person_who_takes_no_messages_is_gone(stand: DiscordStand) -> None:
    stand.ann.user.takes_dms = False
    with pytest.raises(DestinationGone):
        await stand.sender.send(stand.place, words("HF 1.07"))


@pytest.mark.parametrize("chat", ["s9001", "c", "cx", "", "c1/2", "-5", "c-5", "٣", "c" + "9" * 30])
async def test_nothing_is_sent_to_what_is_no_channel_or_person(stand: DiscordStand, chat: str) -> None:
    with pytest.raises(Rejected):
        await stand.sender.send(Destination("discord", chat), words("HF 1.07"))
    assert stand.peer.ledger.calls == []


async def test_without_the_right_to_embed_the_next_try_says_it_plainly(stand: DiscordStand) -> None:
    stand.general.deny(stand.server.guild.roles[9002], Right.EMBED_LINKS)
    with pytest.raises(Transient) as met:
        await stand.sender.send(GENERAL, RICH)
    assert not met.value.maybe_sent
    for _ in range(2):
        await stand.sender.send(GENERAL, RICH)
    assert [one.text for one in stand.peer.visible(stand.general)] == ["HF 1.07\nper asset"] * 2
    assert [one.status for one in stand.peer.ledger.calls] == [403, 200, 200]


async def test_without_the_right_to_read_the_next_try_is_no_reply(stand: DiscordStand) -> None:
    first = await stand.sender.send(GENERAL, words("CRITICAL"))
    stand.general.deny(stand.server.guild.roles[9002], Right.READ_MESSAGE_HISTORY)
    with pytest.raises(Transient):
        await stand.sender.send(GENERAL, words("RESOLVED"), reply_to=first)
    await stand.sender.send(GENERAL, words("RESOLVED"), reply_to=first)
    assert [one.reply_to for one in stand.peer.visible(stand.general)] == [None, None]


async def test_without_the_right_to_attach_only_the_file_is_refused(stand: DiscordStand) -> None:
    stand.general.deny(stand.server.guild.roles[9002], Right.ATTACH_FILES)
    with pytest.raises(Rejected):
        await stand.sender.send(GENERAL, words("List", file=File("a.csv", "x")))


async def test_a_global_429_and_a_ban_are_everybodys(stand: DiscordStand) -> None:
    stand.peer.throttle(9, scope="global")
    with pytest.raises(RateLimited) as met:
        await stand.sender.send(GENERAL, words("HF 1.07"))
    assert (met.value.retry_after, met.value.everything) == (9, True)
    with pytest.raises(RateLimited):
        await stand.sender.send(GENERAL, words("HF 1.07"))
    assert len(stand.peer.ledger.calls) == 1, "what would be refused is not sent"


async def test_a_bucket_that_is_used_up_is_not_asked_again(stand: DiscordStand) -> None:
    met: list[RateLimited] = []
    while not met:
        try:
            await stand.sender.send(GENERAL, words("HF 1.07"))
        except RateLimited as error:
            met.append(error)
    assert not met[0].everything
    assert met[0].retry_after > 0
    assert 429 not in [one.status for one in stand.peer.ledger.calls]
    assert await stand.sender.send(stand.place, words("elsewhere goes on"))


async def test_a_refused_token_is_a_matter_of_settings(stand: DiscordStand) -> None:
    stand.peer.revoke("another.token.thatIsAlsoLongEnoughToBeOne")
    with pytest.raises(SettingsError):
        await stand.sender.send(GENERAL, words("HF 1.07"))


@pytest.mark.parametrize("token", ["", " ", "a b", "töken", "a\nb"])
async def test_a_token_that_no_header_carries_is_refused_at_once(token: str) -> None:
    with pytest.raises(SettingsError):
        async with discord_line(token):
            pytest.fail("opened")


# ---- answers to interactions ----------------------------------------------------------------------


async def test_an_answer_after_its_quarter_of_an_hour_is_rejected_unasked(stand: DiscordStand) -> None:
    async with at_work(desk := Desk(stand)):
        stand.ann.slash(stand.general, "status")
        [request] = await desk.heard()
    handle = read_handle(request.answer_to)
    assert isinstance(handle, Handle)
    late = DiscordSender(stand.line, clock=lambda: made_at(handle.interaction) + 900)
    asked = len(stand.peer.ledger.calls)
    with pytest.raises(Rejected):
        await late.send(request.place, words("HF 1.07"), answer_to=request.answer_to)
    assert len(stand.peer.ledger.calls) == asked
    assert await stand.sender.send(request.place, words("HF 1.07"), answer_to=request.answer_to)


async def test_an_answer_changed_too_often_holds_up_no_other(stand: DiscordStand) -> None:
    async with at_work(desk := Desk(stand)):
        stand.ann.slash(stand.general, "one")
        stand.ann.slash(stand.general, "two")
        first, second = await desk.heard(2)

    async def change_it_again_and_again() -> None:
        while True:
            await stand.sender.send(first.place, words("HF 1.07"), answer_to=first.answer_to)

    with pytest.raises(RateLimited):
        await change_it_again_and_again()
    assert await stand.sender.send(second.place, words("HF 1.07"), answer_to=second.answer_to)
    assert 429 not in [one.status for one in stand.peer.ledger.calls]


async def test_an_answer_that_discord_no_longer_knows_is_rejected(stand: DiscordStand) -> None:
    unknown = Handle("800000000000000001", str(stand.peer.world.new_id()), "t" * 60)
    with pytest.raises(Rejected) as met:
        await stand.sender.send(GENERAL, words("HF 1.07"), answer_to=str(unknown))
    assert "t" * 20 not in str(met.value)
    assert stand.peer.visible(stand.general) == []


async def test_an_answer_carries_buttons_details_and_files(stand: DiscordStand) -> None:
    async with at_work(desk := Desk(stand)):
        asked = stand.ann.slash(stand.general, "status")
        [request] = await desk.heard()
        message = Message(CARD.lines, ((Span("details"),),), CARD.buttons, file=File("a.csv", "x"))
        await stand.sender.send(request.place, message, answer_to=request.answer_to)
        answer = await stand.peer.answer(asked)
    assert (answer.text, answer.rows, answer.files) == ("HF 1.07\ndetails", (("Snooze", "Ack"),), ("a.csv",))


@pytest.mark.parametrize("text", ["", "x", "a:b:c", "1:x:t", "1:2:", "dm:x", "dm:"])
def test_what_is_no_handle_is_none(text: str) -> None:
    assert read_handle(text) is None


@pytest.mark.parametrize("handle", [Handle("1", "2", "a:b"), Direct("42")])
def test_a_handle_is_read_as_it_was_written(handle: Handle | Direct) -> None:
    assert read_handle(str(handle)) == handle
    assert "a:b" not in repr(handle)


async def test_a_picture_goes_with_its_alternative_text(stand: DiscordStand) -> None:
    first = await stand.sender.send(GENERAL, RICH)
    long = Picture(PICTURE.png, "ETH 😀 " * 500)
    await stand.sender.send(GENERAL, RICH, first, picture=PICTURE)
    await stand.sender.send(GENERAL, RICH, picture=long)
    _, answer, other = stand.peer.ledger.sent()
    assert answer.files == (("chart.png", PICTURE.png),)
    [attached] = answer.message["attachments"]
    assert (attached["filename"], attached["description"]) == ("chart.png", PICTURE.alt)
    [attached] = other.message["attachments"]
    assert 800 < len(attached["description"]) < 1024, "counted in UTF-16"
