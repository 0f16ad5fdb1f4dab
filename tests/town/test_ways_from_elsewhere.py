"""In another's name, through a machine, from where the bot is not, from a corner, and too often."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.store import keys
from handlers.commands.access import FloodGate
from tests.chat.discord.people import Person as DiscordPerson
from tests.town.chain import EMPTY
from tests.town.guarding import STRANGERS, Guard, chosen, stored, watched
from tests.town.sides import EVERYONE, FORGET, PLATFORMS, WATCH, tries

# ---- in another's name --------------------------------------------------------------------------------


async def test_speaking_as_a_channel_or_group_that_is_not_this_one(guarded: Guard) -> None:
    side, places = guarded.telegram, guarded.here.telegram
    places.group.link(places.channel)
    side.join(side.stranger)
    foreign = places.peer.channel(-1009, "Treasury", side.stranger)
    for room in (foreign, places.other):
        deed = partial(side.typed, side.stranger, "/settings target 1.7", as_channel=room)
        await guarded.refuses_here(side, side.stranger, deed, person=f"telegram/{room.id}")
    hidden = partial(side.typed, places.hidden, "/settings target 1.6", anonymous=True)
    await guarded.lets(hidden, chosen(side.home))
    linked = partial(side.typed, side.owner, "/settings target 1.7", as_channel=places.channel)
    await guarded.lets(linked, chosen(side.home))


async def test_a_hidden_admin_of_another_group_is_nobody_here(guarded: Guard) -> None:
    """In the other group it is the group itself that speaks; here its person has a name and no right."""
    side = guarded.telegram
    side.join(side.stranger)
    there: dict[str, Any] = {"at": side.elsewhere, "anonymous": True}
    deed = partial(side.typed, side.stranger, "/settings target 1.7", **there)
    await guarded.lets(deed, chosen(side.other_home))
    await guarded.refuses_here(
        side, side.stranger, partial(side.typed, side.stranger, "/settings target 1.7")
    )


async def test_words_that_another_wrote_are_not_the_admins_own(guarded: Guard) -> None:
    """An inline bot puts them in, or somebody wrote them for an admin to pass on."""
    side, places = guarded.telegram, guarded.here.telegram
    bot = {"id": 7_000_000_099, "is_bot": True, "first_name": "Cats", "username": "cats_bot"}
    origin = {"type": "user", "date": 1, "sender_user": {"id": 1006, "is_bot": False, "first_name": "Zoe"}}
    for mark in ({"via_bot": bot}, {"forward_origin": origin}):
        for text, what in (("/forget everything", "/forget"), (f"/watch {EMPTY}", "/watch")):

            async def deed(text: str = text, mark: dict[str, Any] = mark) -> str:
                return await side.quoted(side.admin, text, mark)

            await guarded.refuses_here(side, side.admin, deed, what=what, needs="words of their own",
                says=("was written by somebody else; type it yourself",),
            )  # fmt: skip
    assert places.peer.faults == []
    await guarded.lets(
        partial(side.typed, side.admin, f"/watch {EMPTY}"), watched(side.home), keys.watches_of(side.home)
    )


async def test_a_machine_is_not_heard_even_as_an_administrator(guarded: Guard) -> None:
    side, places = guarded.telegram, guarded.here.telegram
    robot = places.peer.user(7_000_000_099, "Robot")
    robot.user["is_bot"] = True
    places.group.chat.join(robot.user, "administrator")

    async def deed() -> str:
        robot.send(places.group, "/settings target 1.7")
        await side.heard()
        return ""

    await guarded.refuses_here(side, robot, deed, what="command", needs="a person", says=())
    await guarded.lets(partial(side.typed, side.admin, "/settings target 1.7"), chosen(side.home))


# ---- from where I am not ------------------------------------------------------------------------------


async def test_where_i_was_brought_along_only_ones_own_list_is_there(visited: Guard) -> None:
    side, peer = visited.discord, visited.here.discord.peer
    lord = peer.user(2020, "Lord", installed=True)
    member: DiscordPerson = side.member
    member.install()
    foreign = peer.server(9003, "Foreign", lord, member, bot=False)
    hall = foreign.channel(5201, "hall")
    mine = side.id_of(lord)
    deed = tries(side, lord, EVERYONE, at=hall)
    await visited.refuses_here(side, lord, deed, home=mine, at=(mine, f"discord/c{hall.id}"), says=STRANGERS)
    own = side.id_of(member)
    await visited.lets(tries(side, member, WATCH, at=hall), watched(own), keys.watches_of(own))
    assert await visited.watches("discord/s9003") == ()


async def test_a_server_that_threw_me_out_is_not_ruled_from_outside(guarded: Guard) -> None:
    """Its owner has me for themselves: what is kept of the server is then out of reach, until I am back."""
    side, places = guarded.discord, guarded.here.discord
    side.owner.install()
    places.server.remove_bot()
    await guarded.until_muted(side.place)
    mine = side.id_of(side.owner)
    await guarded.until_lost_is_told(mine)
    for command, what in ((EVERYONE, "/settings"), (FORGET, "/forget")):
        deed = tries(side, side.owner, command)
        await guarded.refuses_here(
            side, side.owner, deed, home=mine, at=(mine, side.place), what=what, says=STRANGERS
        )
    places.server.add_bot()
    await guarded.until_muted(side.place, muted=False)
    side.owner.uninstall()
    await guarded.lets(tries(side, side.owner, EVERYONE), chosen(side.home))


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_topic_thread_or_post_has_the_rights_of_its_home(guarded: Guard, platform: str) -> None:
    side = guarded.on(platform)
    for corner, place in side.corners():
        # An answer there makes it one of the home's places; that is nobody's wrong.
        await side.command(side.owner, "wallets", **corner)
        for command, what, needs in ((EVERYONE, "/settings", "admin"), (WATCH, "/watch", "editor")):
            deed = tries(side, side.member, command, **corner)
            await guarded.refuses_here(side, side.member, deed, what=what, needs=needs, at=(place,))
        await guarded.lets(
            tries(side, side.admin, ("settings", "alerts", {"where": "here"}), **corner),
            chosen(side.home),
            keys.sent_to(side.home),
        )
        assert (await guarded.settings(side.home)).routes == (("all", place),)


# ---- too often ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_two_hundred_tries_are_refused_and_answered_once(guarded: Guard, platform: str) -> None:
    side = guarded.on(platform)
    guarded.here.desk._gate = FloodGate()
    await guarded.settled()
    before = await stored(guarded.here.client, (side.place,))
    with capture_logs() as logs:
        words = await side.flood(side.member, 200, guarded.settled)
    assert await stored(guarded.here.client, (side.place,)) == before
    refused = [one["what"] for one in logs if one["event"] == "refused"]
    assert refused == ["/settings"] * 20 + ["flood"]
    assert len([one for one in words if "Only admins" in one]) == 20
    told = [one for one in words if "That is a lot at once" in one]
    # On Discord everybody who waits for an answer is seen to wait, so each gets the same few words.
    assert len(told) == (1 if platform == "telegram" else 180)
    assert len(logs) < 40
    guarded.assert_no_secret(logs)
    await guarded.lets(tries(side, side.admin, EVERYONE), chosen(side.home))
