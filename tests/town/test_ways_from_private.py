"""From a private chat: as a member, by a link, as somebody let in for themselves, with a code of /connect."""

from __future__ import annotations

from typing import cast

import pytest
from structlog.testing import capture_logs

from bot.store import keys
from tests.town.guarding import STRANGERS, Guard, chosen, watched
from tests.town.sides import EVERYONE, FORGET, PLATFORMS, WATCH, Side, tries

# ---- from a private chat ------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_member_unknown_to_me_is_a_stranger_in_private(guarded: Guard, platform: str) -> None:
    side = guarded.on(platform)
    mine, room = side.id_of(side.member), side.private(side.member)
    of_mine = {"home": mine, "at": (mine,), "says": STRANGERS}
    for command, what, needs in (
        (EVERYONE, "/settings", "admin"),
        (WATCH, "/watch", "editor"),
        (FORGET, "/forget", "admin"),
    ):
        deed = tries(side, side.member, command, at=room)
        await guarded.refuses_here(side, side.member, deed, what=what, needs=needs, **of_mine)
    await guarded.lets(tries(side, side.owner, EVERYONE), chosen(side.home))


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_link_with_a_guessed_code_makes_nobody_operator(guarded: Guard, platform: str) -> None:
    """`t.me/bot?start=CODE` types `/start CODE`; the right one is for whoever reads my terminal."""
    side = guarded.on(platform)
    guarded.here.desk._policy.code.put_back(platform, "K7RN42QWXT")
    for code in ("K7RN42QWXZ", "treasury", f"-100{side.home[-4:]}"):
        deed = tries(side, side.member, ("start", "", {"code": code}), at=side.private(side.member))
        mine = side.id_of(side.member)
        await guarded.refuses_here(side, side.member, deed, home=mine, at=(mine,), what="/start",
            needs="the code from my terminal", says=("is not the one my terminal shows",),
            secrets=("K7RN42QWXT", code),
        )  # fmt: skip
    right = ("start", "", {"code": "K7RN42QWXT"})
    await guarded.lets(tries(side, side.member, right, at=side.private(side.member)), keys.OPERATORS)


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_whoever_is_let_in_rules_their_own_chat_alone(visited: Guard, platform: str) -> None:
    side = visited.on(platform)
    mine, room = side.id_of(side.member), side.private(side.member)
    await visited.lets(tries(side, side.member, EVERYONE, at=room), chosen(mine))
    await visited.lets(tries(side, side.member, WATCH, at=room), watched(mine), keys.watches_of(mine))
    await visited.lets(
        tries(side, side.member, ("unwatch", "", {"watch": "1"}), at=room),
        watched(mine),
        keys.watches_of(mine),
    )
    await visited.refuses_here(side, side.member, tries(side, side.member, EVERYONE))
    assert (await visited.settings(side.home)).editors == "admins"
    assert [one.label for one in await visited.watches(side.home)] == ["treasury"]


# ---- a code of /connect -------------------------------------------------------------------------------


async def code_of(guarded: Guard, side: Side) -> str:
    """Asked for by an admin, where everybody reads it."""
    said = (await side.command(side.admin, "connect")).replace("`", "").split()
    (found,) = {
        one.strip(".,:") for one in said if len(one.strip(".,:")) == 10 and one.strip(".,:").isupper()
    }
    return found


def route(code: str) -> tuple[str, str, dict[str, str]]:
    return ("settings", "alerts", {"where": code})


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_stolen_code_gives_no_right_over_either_end(visited: Guard, platform: str) -> None:
    side = visited.on(platform)
    other = visited.on("discord" if platform == "telegram" else "telegram")
    code = await code_of(visited, side)
    for end in (side, other):
        deed = tries(end, end.member, route(code))
        await visited.refuses_here(end, end.member, deed, secrets=(code,))
    mine = side.id_of(side.member)
    room = side.private(side.member)
    # In a chat of their own it leads that chat's alerts out; what is administered here stays as it is.
    await visited.lets(
        tries(side, side.member, route(code), at=room), chosen(mine), keys.CODES, keys.sent_to(mine)
    )
    assert (await visited.settings(side.home)).routes == ()

    code = await code_of(visited, side)
    await visited.lets(
        tries(other, other.admin, route(code)), chosen(other.home), keys.CODES, keys.sent_to(other.home)
    )
    assert (await visited.settings(other.home)).routes == (("all", side.place),)


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_code_is_good_once_and_for_minutes(guarded: Guard, platform: str) -> None:
    """An admin of elsewhere has the right there, and at this end only what a fresh code gives."""
    side = guarded.on(platform)
    here, at = {"home": side.other_home, "at": (side.other_place,)}, {"at": side.elsewhere}
    refused = {**here, "needs": "a code from /connect", "says": ("/connect",)}
    code = await code_of(guarded, side)
    changes = (chosen(side.other_home), keys.CODES, keys.sent_to(side.other_home))
    await guarded.lets(tries(side, side.stranger, route(code), **at), *changes)
    deed = tries(side, side.stranger, route(code), **at)
    await guarded.refuses_here(side, side.stranger, deed, **refused, secrets=(code,))

    code = await code_of(guarded, side)
    (record,) = cast("list[str]", await guarded.here.client.zrange(keys.CODES, 0, -1))
    await guarded.here.client.zadd(keys.CODES, {record: 1})  # its minutes are over
    deed = tries(side, side.stranger, ("settings", "escalate", {"where": code}), **at)
    before = (await guarded.settings(side.other_home)).escalate_to
    with capture_logs() as logs:
        assert "/connect" in await deed()
    assert (await guarded.settings(side.other_home)).escalate_to == before == ""
    assert [one["needs"] for one in logs if one["event"] == "refused"] == ["a code from /connect"]
    guarded.assert_no_secret(logs, (code,))
