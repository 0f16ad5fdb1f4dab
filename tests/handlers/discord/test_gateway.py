"""Discord's own ways: deadlines, ephemeral answers, forms, suggestions, commands that are published."""

import asyncio

import pytest

from bot.errors import StoreError
from bot.messages.model import Ask, Button
from bot.ports import Request, Standing, Suggestion
from bot.subscriptions import Destination
from handlers.commands.command import Form, Kind, Option
from tests.chat.discord.interactions import State
from tests.chat.discord.rights import Right
from tests.chat.discord.trouble import Kind as Trouble
from tests.contract.discord_stand import COMMANDS, DiscordStand, command
from tests.contract.stands import CARD, words
from tests.handlers.discord.conftest import Desk, at_work

LISTED = "GET /applications/{application_id}/commands"
FORMS = (
    Form(
        "wallet",
        "Watch a wallet",
        (
            Option("address", "Address or ENS name of the wallet", sample="0x19"),
            Option("label", "What you call it", required=False),
        ),
    ),
    Form("price", "Watch a price", (Option("asset", "An asset", source="asset"),)),
    Form("list", "Watch a list", (Option("lines", "One a line", required=False, kind=Kind.LINES),)),
)
WITH_FORMS = (*(one for one in COMMANDS if one.name != "watch"), command("watch", forms=FORMS))


async def test_in_a_server_answers_are_for_the_person_alone_unless_shared(stand: DiscordStand) -> None:
    async with at_work(Desk(stand, answers="HF 1.07")):
        alone = stand.ann.slash(stand.general, "status")
        shared = stand.ann.slash(stand.general, "status", share=True)
        private = stand.ann.slash(stand.ann.dm, "status")
        told = [await stand.peer.answer(one) for one in (alone, shared, private)]
    assert [(one.text, one.ephemeral) for one in told] == [
        ("HF 1.07", True),
        ("HF 1.07", False),
        ("HF 1.07", False),
    ]


async def test_a_request_tells_place_server_person_and_standing(stand: DiscordStand) -> None:
    stand.server.give(stand.bob, stand.server.role(7001, "Editors"))
    thread = stand.general.thread("Alerts", 5002)
    async with at_work(desk := Desk(stand)):
        stand.bob.slash(thread, "status")
        [request] = await desk.heard()
    assert (request.place.id, request.home.id) == ("discord/c5002", "discord/s9001")
    assert (request.person.id, request.person.name, request.private) == ("discord/1002", "Bob", False)
    assert await request.standing() == Standing(roles=frozenset({"discord/@7001"}))


@pytest.mark.parametrize("right", [Right.ADMINISTRATOR, Right.MANAGE_GUILD])
async def test_who_manages_the_server_is_its_admin_at_that_moment(stand: DiscordStand, right: Right) -> None:
    role = stand.server.role(7001, "Keepers", right)
    async with at_work(desk := Desk(stand)):
        stand.server.give(stand.bob, role)
        stand.bob.slash(stand.general, "status")
        stand.server.take(stand.bob, role)
        stand.bob.slash(stand.general, "status")
        requests = await desk.heard(2)
    assert [(await one.standing()).is_admin for one in requests] == [True, False]


async def test_where_the_bot_is_no_member_it_is_the_persons_own_affair(stand: DiscordStand) -> None:
    eve = stand.peer.user(1003, "Eve", installed=True)
    elsewhere = stand.peer.server(9002, "Elsewhere", eve, bot=False).channel(5009, "lobby")
    async with at_work(desk := Desk(stand, answers="HF 1.07")):
        answer = await stand.peer.answer(eve.slash(elsewhere, "status"))
        [request] = desk.requests
    assert (request.home.id, request.place.id, request.private) == ("discord/1003", "discord/1003", True)
    assert answer.ephemeral


# ---- deadlines ------------------------------------------------------------------------------------


async def test_a_slow_desk_delays_no_acknowledgement_and_no_other_place(stand: DiscordStand) -> None:
    class Slow(Desk):
        async def handle(self, request: Request) -> None:
            await super().handle(request)
            if request.text == "/one":
                await asyncio.Event().wait()

    async with at_work(desk := Slow(stand, answers="here")):
        stuck = stand.ann.slash(stand.general, "one")
        await desk.heard()
        behind = stand.bob.slash(stand.general, "two")
        elsewhere = stand.ann.slash(stand.ann.dm, "status")
        await stand.peer.answer(elsewhere)
        await stand.peer.until(lambda: behind.state is State.THINKING)
        assert stuck.state is State.ANSWERED
    assert [one.text for one in desk.requests] == ["/one", "/status"]


async def test_what_is_acknowledged_too_late_is_done_and_told_in_private(stand: DiscordStand) -> None:
    stand.peer.trouble(Trouble.SERVER_ERROR, route="POST /interactions")

    async def pause(_: float) -> None:
        stand.peer.advance(4)

    async with at_work(desk := Desk(stand, answers="Watched"), pause=pause):
        stand.ann.slash(stand.general, "watch", words="treasury.eth")
        [request] = await desk.heard()
        await stand.peer.until(stand.screen)
    assert request.place.id == "discord/c5001", "alerts of the new watch still belong there"
    assert stand.screen() == ["Watched"]
    assert stand.peer.visible(stand.general) == []


async def test_an_acknowledgement_that_got_through_unseen_is_taken_as_one(stand: DiscordStand) -> None:
    stand.peer.trouble(Trouble.DROP_AFTER, route="POST /interactions")
    async with at_work(Desk(stand, answers="Watched")):
        asked = stand.ann.slash(stand.general, "watch")
        assert (await stand.peer.answer(asked)).text == "Watched"
    assert [one.status for one in stand.peer.ledger.calls if "callback" in one.route] == [0, 400]


async def test_while_the_store_is_away_people_wait_and_are_answered_then(stand: DiscordStand) -> None:
    desk = Desk(stand, flash="Acknowledged")
    desk.fault = StoreError("away")

    async def back(_: float) -> None:
        desk.fault = None

    card = await stand.sender.send(stand.place, CARD)
    async with at_work(desk, pause=back):
        pressed = stand.ann.press(int(card), "Ack")
        assert (await stand.peer.answer(pressed)).text == "Acknowledged"
    first, second = desk.requests
    assert first == second


async def test_after_a_bug_nobody_is_left_with_a_bot_that_thinks(stand: DiscordStand) -> None:
    desk = Desk(stand)
    desk.fault = ZeroDivisionError()
    async with at_work(desk):
        asked = stand.ann.slash(stand.general, "status")
        await stand.peer.until(lambda: asked.original and not stand.peer.answers(asked))
    assert desk.requests


# ---- buttons, forms, suggestions ------------------------------------------------------------------


async def test_a_press_is_answered_for_its_person_alone(stand: DiscordStand) -> None:
    card = await stand.sender.send(Destination("discord", "c5001"), CARD)
    async with at_work(desk := Desk(stand, flash="Bob took it up")):
        answer = await stand.peer.answer(stand.bob.press(int(card), "Ack"))
    assert (answer.text, answer.ephemeral) == ("Bob took it up", True)
    assert (desk.requests[0].message_id, desk.requests[0].place.id) == (card, "discord/c5001")


async def test_forms_open_from_buttons_and_say_what_one_would_type_after_a_restart(
    stand: DiscordStand,
) -> None:
    card = await stand.sender.send(
        stand.place, words("Begin", buttons=((Button("Watch a wallet", Ask("watch.wallet")),),))
    )
    desk = Desk(stand, answers="Watched")
    async with at_work(desk, commands=WITH_FORMS):
        opened = stand.ann.press(int(card), "Watch a wallet")
        form = await stand.peer.modal(opened)
    async with at_work(desk, commands=WITH_FORMS):
        sent = stand.ann.submit(opened, {"address": "treasury.eth", "label": "my  funds"})
        assert (await stand.peer.answer(sent)).text == "Watched"
    assert form["title"] == "Watch a wallet"
    assert [one.text for one in desk.requests] == ["/watch treasury.eth my  funds"]


async def test_a_form_that_is_no_more_is_for_the_desk_to_explain(stand: DiscordStand) -> None:
    card = await stand.sender.send(
        stand.place, words("Begin", buttons=((Button("Old", Ask("watch.wallet")),),))
    )
    async with at_work(desk := Desk(stand, flash="Type /watch"), commands=WITH_FORMS):
        opened = stand.ann.press(int(card), "Old")
        await stand.peer.modal(opened)
    async with at_work(desk):
        sent = stand.ann.submit(opened, {"address": "treasury.eth"})
        assert (await stand.peer.answer(sent)).text == "Type /watch"
    assert [one.press for one in desk.requests] == ["1|ask|watch.wallet"]


async def test_a_command_of_several_lines_opens_its_form_at_once(stand: DiscordStand) -> None:
    async with at_work(desk := Desk(stand), commands=WITH_FORMS):
        opened = stand.ann.slash(stand.general, "watch", "list")
        await stand.peer.modal(opened)
        stand.ann.submit(opened, {"lines": "0x19 a\n0x20 b"})
        [request] = await desk.heard()
    assert request.text == "/watch 0x19 a\n0x20 b"


async def test_suggestions_that_come_late_are_none(stand: DiscordStand) -> None:
    class Suggesting(Desk):
        async def suggest(self, request: Request, source: str, typed: str) -> tuple[Suggestion, ...]:
            if typed == "slow":
                await asyncio.Event().wait()
            return (
                Suggestion(f"{source} {typed}", "WETH"),
                Suggestion("x" * 200, "y"),
                Suggestion("z", "v" * 101),
            )

    async with at_work(Suggesting(stand), commands=WITH_FORMS):
        quick = stand.ann.autocomplete(stand.general, "watch", "price", focused="asset", asset="we")
        slow = stand.ann.autocomplete(stand.general, "watch", "price", focused="asset", asset="slow")
        assert await stand.peer.choices(quick) == ["asset we", "x" * 99 + "…"]
        assert await stand.peer.choices(slow) == []


async def test_commands_are_published_only_when_they_differ(stand: DiscordStand) -> None:
    for commands, syncs in ((COMMANDS, 1), (COMMANDS, 1), (WITH_FORMS, 2), (WITH_FORMS, 2)):
        asked = [one.route for one in stand.peer.ledger.calls].count(LISTED)
        async with at_work(Desk(stand), commands=commands):
            await stand.peer.until(
                lambda: (
                    [one.route for one in stand.peer.ledger.calls].count(LISTED) > asked  # noqa: B023
                    and stand.peer.dc.syncs >= syncs  # noqa: B023
                )
            )
    assert stand.peer.dc.syncs == 2
