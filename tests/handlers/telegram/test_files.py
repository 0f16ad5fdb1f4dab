"""Files on both ways: documents under or behind their words, and lists that people hand to us."""

import logging
from contextlib import suppress

import pytest

from bot.errors import DestinationGone, RateLimited, Rejected, SourceError, Transient, UserError
from bot.messages.model import Button, File, Message, Press, Span
from bot.subscriptions import Destination
from handlers.telegram.sender import TelegramSender
from tests.chat.telegram.ledger import Entry
from tests.chat.telegram.trouble import Kind
from tests.contract.stands import words
from tests.contract.telegram_stand import TelegramStand
from tests.handlers.telegram.ears import Ears, at_work
from tests.pictures import PICTURE

LIST = File("list.csv", "0x1,treasury\n0x2,market maker\n")
LONG = "x" * 1025


def sent(stand: TelegramStand) -> list[Entry]:
    return stand.peer.ledger.sent()


async def test_words_that_fit_are_the_caption(stand: TelegramStand) -> None:
    card = words("x" * 1024, file=LIST, silent=False, buttons=((Button("Ack", Press("ack")),),))
    answered = await stand.sender.send(stand.place, words("HF"))
    await stand.sender.send(stand.place, card, reply_to=answered)
    [_, one] = sent(stand)
    assert (len(one.text), one.labels, one.silent, one.reply_to) == (1024, ["Ack"], False, int(answered))
    assert one.file is not None
    assert (one.file.name, one.file.text) == ("list.csv", LIST.text)


async def test_longer_words_go_first_and_the_document_answers_them(stand: TelegramStand) -> None:
    card = words(LONG, file=LIST, silent=False, buttons=((Button("Ack", Press("ack")),),))
    shown = await stand.sender.send(stand.place, card)
    text, document = sent(stand)
    assert (text.text, text.labels, text.silent) == (LONG, ["Ack"], False)
    assert (str(text.message_id), document.reply_to) == (shown, text.message_id)
    assert (document.text, document.labels, document.silent) == ("", [], True)
    await stand.sender.edit(stand.place, shown, words("Short now"))
    assert stand.screen() == ["Short now", ""]


async def test_a_document_tried_again_does_not_bring_its_words_again(stand: TelegramStand) -> None:
    card = words(LONG, file=LIST)
    for _ in range(2):
        stand.peer.trouble(Kind.THROTTLE, method="sendDocument")
        with pytest.raises(RateLimited):
            await stand.sender.send(stand.place, card, key="answer:1")
    await stand.sender.send(stand.place, card, key="answer:1")
    await stand.sender.send(stand.place, card, key="answer:1")
    assert [one.text for one in sent(stand)] == [LONG, "", LONG, ""], "what was sent whole is begun no more"


async def test_without_a_key_or_after_a_restart_the_words_come_again(stand: TelegramStand) -> None:
    for key, sender in (("", stand.sender), ("answer:1", stand.sender)):
        stand.peer.trouble(Kind.SERVER_ERROR, method="sendDocument")
        with pytest.raises(Transient):
            await sender.send(stand.place, words(LONG, file=LIST), key=key)
    await stand.sender.send(stand.place, words(LONG, file=LIST))
    await TelegramSender(stand.bot).send(stand.place, words(LONG, file=LIST), key="answer:1")
    assert [one.text for one in sent(stand)] == [LONG, LONG, LONG, "", LONG, ""]


@pytest.mark.parametrize("text", ["Your list", LONG])
async def test_where_no_documents_may_be_sent_what_is_in_them_is_said(
    stand: TelegramStand, text: str
) -> None:
    room = stand.peer.supergroup(-1001, "Strict", stand.ann)
    room.forbid_members("can_send_documents")
    await stand.sender.send(Destination("telegram", "-1001"), words(text, file=LIST))
    said = "\n".join(one.text for one in sent(stand))
    assert said == f"{text}\n{LIST.text.strip()}"


async def test_a_document_is_refused_as_any_message_is(stand: TelegramStand) -> None:
    stand.ann.block()
    with pytest.raises(DestinationGone):
        await stand.sender.send(stand.place, words("Your list", file=LIST))


async def test_a_file_with_no_words_needs_none(stand: TelegramStand) -> None:
    await stand.sender.send(stand.place, Message((), file=LIST))
    assert stand.files() == [("list.csv", LIST.text)]


async def test_edited_captions_keep_to_their_room_and_buttons(stand: TelegramStand) -> None:
    shown = await stand.sender.send(stand.place, words("Your list", file=LIST))
    lines = tuple((Span(f"line {number} " + "y" * 90),) for number in range(30))
    await stand.sender.edit(stand.place, shown, Message(lines, buttons=((Button("Ack", Press("ack")),),)))
    edited = stand.peer.ledger.entries[-1]
    assert (edited.deed, edited.text[-1], edited.labels) == ("edited", "…", ["Ack"])
    assert 900 < len(edited.text) <= 1024


# From people to us


async def test_a_command_may_answer_the_message_with_the_file(stand: TelegramStand) -> None:
    room = stand.peer.supergroup(-1001, "Desk", stand.ann)
    bob = stand.peer.user(1002, "Bob")
    room.chat.join(bob.user)
    bobs = bob.send_document(room, "../our list?.csv", b"0x1\n")
    async with at_work(stand, Ears()) as ears:
        stand.ann.send(room, "/import", reply_to=bobs)
        stand.ann.send_document(room, "mine.csv", b"0x2\n", "@peers_bot import")
        stand.ann.send_document(room, "holiday.csv", b"0x3\n", "look at this")
        stand.ann.send(room, "/status")
        first, second, third = await ears.heard(3)
        assert (first.text, second.text, third.text) == ("/import", "import", "/status")
        assert first.file is not None
        assert second.file is not None
        assert (first.file.name, await first.file.fetch()) == ("our_list_.csv", "0x1\n")
        assert (second.file.name, await second.file.fetch()) == ("mine.csv", "0x2\n")
        assert third.file is None


async def test_what_is_not_asked_for_is_not_fetched(stand: TelegramStand) -> None:
    async with at_work(stand, Ears()) as ears:
        stand.hand_over("/status", "list.csv", b"0x1\n")
        await ears.heard(1)
    assert not list(stand.peer.ledger.called("getFile"))


@pytest.mark.parametrize(("size", "asks"), [(200_000, 1), (200_001, 0)])
async def test_a_file_too_large_is_not_even_asked_for(stand: TelegramStand, size: int, asks: int) -> None:
    async with at_work(stand, Ears()) as ears:
        stand.hand_over("/import", "list.csv", b"x" * size)
        [request] = await ears.heard(1)
        assert request.file is not None
        with suppress(UserError):
            assert len(await request.file.fetch()) == size
    assert len(list(stand.peer.ledger.called("getFile"))) == asks


async def test_in_private_a_file_may_come_without_words(stand: TelegramStand) -> None:
    room = stand.peer.supergroup(-1001, "Desk", stand.ann, bot="administrator")
    async with at_work(stand, Ears()) as ears:
        stand.ann.send_document(room, "list.csv", b"0x1\n")
        stand.hand_over("", "list.csv", b"0x1\n")
        [request] = await ears.heard(1)
        assert request.file is not None
    assert (request.text, request.private, await request.file.fetch()) == ("", True, "0x1\n")


@pytest.mark.parametrize("kind", [Kind.SERVER_ERROR, Kind.BAD_GATEWAY, Kind.DROP_BEFORE, Kind.THROTTLE])
@pytest.mark.parametrize("step", ["getFile", "download"])
async def test_a_file_that_does_not_come_is_telegrams_fault_and_no_secret_gets_out(
    stand: TelegramStand, kind: Kind, step: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with at_work(stand, Ears()) as ears:
        stand.hand_over("/import", "list.csv", b"0x1\n")
        [request] = await ears.heard(1)
        assert request.file is not None
        stand.peer.trouble(kind, method=step)
        with pytest.raises(SourceError) as met:
            await request.file.fetch()
        assert met.value.__suppress_context__
        assert stand.peer.token not in f"{met.value!r}{caplog.text}"
        assert await request.file.fetch() == "0x1\n"


async def test_a_file_that_telegram_forgot_is_its_fault_too(stand: TelegramStand) -> None:
    async with at_work(stand, Ears()) as ears:
        stand.hand_over("/import", "list.csv", b"0x1\n")
        [request] = await ears.heard(1)
        assert request.file is not None
        stand.peer.tg.files.kept.clear()
        with pytest.raises(SourceError):
            await request.file.fetch()


async def test_words_that_fit_stand_under_the_picture(stand: TelegramStand) -> None:
    answered = await stand.sender.send(stand.place, words("HF"))
    shown = await stand.sender.send(
        stand.place, words("x" * 1024, silent=False), reply_to=answered, picture=PICTURE
    )
    [_, one] = sent(stand)
    assert one.file is not None
    assert (one.file.data, one.file.name, len(one.text)) == (PICTURE.png, "chart.png", 1024)
    assert (str(one.message_id), one.reply_to, one.silent) == (shown, int(answered), False)


async def test_longer_words_go_first_and_the_picture_answers_them(stand: TelegramStand) -> None:
    stand.peer.trouble(Kind.THROTTLE, method="sendPhoto")
    with pytest.raises(RateLimited):
        await stand.sender.send(stand.place, words(LONG), key="answer:1", picture=PICTURE)
    shown = await stand.sender.send(stand.place, words(LONG), key="answer:1", picture=PICTURE)
    text, picture = sent(stand)
    assert (text.text, str(text.message_id), picture.text) == (LONG, shown, "")
    assert (picture.reply_to, picture.silent) == (text.message_id, True)


async def test_where_no_pictures_may_be_sent_words_still_may(stand: TelegramStand) -> None:
    stand.peer.supergroup(-1001, "Strict", stand.ann).forbid_members("can_send_photos")
    strict = Destination("telegram", "-1001")
    with pytest.raises(Rejected):
        await stand.sender.send(strict, words("HF"), picture=PICTURE)
    await stand.sender.send(strict, words(LONG), picture=PICTURE)
    assert [one.text for one in sent(stand)] == [LONG], "and no words twice"
