"""Whoever had the right until a moment ago, as administrator, editor or everyone; or seems to have it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.store import keys
from handlers.telegram.standing import KEPT_S
from tests.chat.discord.interactions import Interaction
from tests.chat.telegram.trouble import Kind
from tests.town.chain import EMPTY
from tests.town.guarding import UNKNOWN, Guard, chosen, stored, watched
from tests.town.sides import ADMINS, EVERYONE, PLATFORMS, WATCH, Side, tries

TARGET = ("settings", "target", {"value": "1.7"})


async def lets_choose(guarded: Guard, side: Side, person: Any, percent: int = 180) -> None:
    command = ("settings", "target", {"value": f"{percent}%"})
    await guarded.lets(tries(side, person, command), chosen(side.home))
    assert (await guarded.settings(side.home)).target_hf_percent == percent


# ---- administrators -----------------------------------------------------------------------------------


async def test_telegram_tells_of_a_demotion_and_nothing_remembered_outlives_it(guarded: Guard) -> None:
    side = guarded.telegram
    side.side.group.add_bot(side.owner, administrator=True)  # only then it is told of others
    await lets_choose(guarded, side, side.admin, 160)
    side.demote(side.admin)
    await guarded.refuses_here(side, side.admin, tries(side, side.admin, TARGET))
    await lets_choose(guarded, side, side.owner)


async def test_an_untold_demotion_is_found_out_after_a_minute(
    guarded: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    side = guarded.telegram
    await lets_choose(guarded, side, side.admin, 160)
    side.demote(side.admin)
    (gateway,) = (one.gateway for one in guarded.here.lines if one.platform == "telegram")
    monkeypatch.setattr(gateway._standings, "_clock", lambda: time.monotonic() + KEPT_S)  # type: ignore[attr-defined]
    await guarded.refuses_here(side, side.admin, tries(side, side.admin, TARGET))
    await lets_choose(guarded, side, side.owner)


async def test_discord_says_with_each_deed_what_its_person_is(guarded: Guard) -> None:
    side = guarded.discord
    await lets_choose(guarded, side, side.admin, 160)
    side.demote(side.admin)
    await guarded.refuses_here(side, side.admin, tries(side, side.admin, TARGET))
    await lets_choose(guarded, side, side.owner)


@pytest.mark.parametrize("kind", [Kind.SERVER_ERROR, Kind.DROP_BEFORE, Kind.THROTTLE])
async def test_who_cannot_be_asked_about_changes_nothing(guarded: Guard, kind: Kind) -> None:
    side = guarded.telegram
    trouble = guarded.here.telegram.peer.trouble(kind, times=100, method="getChatMember")
    await guarded.refuses_here(side, side.admin, tries(side, side.admin, TARGET), says=UNKNOWN)
    assert trouble.met > 0
    trouble.release()
    await lets_choose(guarded, side, side.admin)


async def test_an_update_handed_out_again_is_judged_by_the_rights_of_now(guarded: Guard) -> None:
    """An admin of then opened the list; the owner closed it and took the right away; then we were killed."""
    side, updates = guarded.telegram, guarded.here.telegram.peer.tg.updates
    side.admin.send(side.square, "/settings editors everyone")
    (update,) = updates.pending
    await side.heard()
    await guarded.lets(tries(side, side.owner, ADMINS), chosen(side.home))
    side.demote(side.admin)

    async def again() -> str:
        await guarded.here.stop()
        updates.pending.append(update)
        await guarded.here.start()
        await side.heard()
        return ""

    await guarded.refuses_here(side, side.admin, again, says=())  # it was answered the first time
    assert (await guarded.settings(side.home)).editors == "admins"
    await guarded.lets(tries(side, side.owner, EVERYONE), chosen(side.home))


async def test_an_interaction_that_comes_again_is_done_once(guarded: Guard) -> None:
    """It says what its person was then, so it must not be heard a second time."""
    side, peer = guarded.discord, guarded.here.discord.peer
    asked = side.admin.slash(side.square, "settings", "editors", who="everyone")
    await side.said(asked)
    await guarded.lets(tries(side, side.owner, ADMINS), chosen(side.home))
    side.demote(side.admin)
    await guarded.settled()
    before = await stored(guarded.here.client, (side.place,))
    with capture_logs() as logs:
        peer.dc.gateway.dispatch("INTERACTION_CREATE", asked.payload)
        await side.command(side.owner, "wallets")  # what is said in one place is heard in order
    assert await stored(guarded.here.client, (side.place,)) == before
    repeated = [one for one in logs if one["event"] == "discord_interaction_repeated"]
    assert [one["interaction"] for one in repeated] == [str(asked.id)]
    guarded.assert_no_secret(logs)


async def test_a_form_opened_with_the_right_is_sent_off_without(guarded: Guard) -> None:
    side, peer = guarded.discord, guarded.here.discord.peer
    await guarded.here.feed.health(200)
    await guarded.here.feed.health(104)
    card = await side.alert()
    opened = [
        side.admin.forge(side.square, "1|ask|settings.target", message=card),
        side.admin.forge(side.square, "1|ask|watch.wallet", message=card),
        side.admin.slash(side.square, "import", "text"),
    ]
    filled = [
        ({"value": "1.7"}, "/settings", "admin"),
        ({"address": str(EMPTY), "label": "bait"}, "/watch", "editor"),
        ({"list": f"{EMPTY}, bait"}, "/import", "editor"),
    ]
    for one in opened:
        await peer.modal(one)
    side.demote(side.admin)
    for form, (values, what, needs) in zip(opened, filled, strict=True):

        async def send(form: Interaction = form, values: dict[str, str] = values) -> str:
            return await side.said(side.admin.submit(form, values))

        await guarded.refuses_here(side, side.admin, send, what=what, needs=needs)
    side.side.server.give(side.admin, side.side.keepers)
    await guarded.lets(lambda: side.said(side.admin.submit(opened[0], filled[0][0])), chosen(side.home))


# ---- editors ------------------------------------------------------------------------------------------


async def test_a_role_named_editor_is_taken_away_and_deleted(guarded: Guard) -> None:
    side, places = guarded.discord, guarded.here.discord
    role = places.watchers
    named = ("settings", "editor", {"action": "add", "who": f"<@&{role.id}>"})
    await guarded.lets(tries(side, side.owner, named), chosen(side.home))
    editor = {"what": "/watch", "needs": "editor"}
    await guarded.refuses_here(side, side.member, tries(side, side.member, WATCH), **editor)

    places.server.give(side.member, role)
    new = (watched(side.home), keys.watches_of(side.home))
    await guarded.lets(tries(side, side.member, WATCH), *new)
    places.server.take(side.member, role)
    gone = tries(side, side.member, ("unwatch", "", {"watch": "bait"}))
    await guarded.refuses_here(side, side.member, gone, what="/unwatch", needs="editor")
    places.server.give(side.member, role)
    await guarded.lets(gone, *new)
    places.server.delete_role(role)
    await guarded.refuses_here(side, side.member, tries(side, side.member, WATCH), **editor)
    assert len(await guarded.watches(side.home)) == 1


async def test_the_same_number_is_not_the_same_right(guarded: Guard) -> None:
    """A person whose id is the number of a role named editor; one who is an editor on the other platform."""
    side, places = guarded.discord, guarded.here.discord
    role = ("settings", "editor", {"action": "add", "who": f"discord/@{places.watchers.id}"})
    await guarded.lets(tries(side, side.owner, role), chosen(side.home))
    double = places.peer.user(places.watchers.id, "Double")
    places.server.join(double)
    editor = {"what": "/watch", "needs": "editor"}
    await guarded.refuses_here(side, double, tries(side, double, WATCH), **editor)

    person = ("settings", "editor", {"action": "add", "who": f"<@{double.id}>"})
    await guarded.lets(tries(side, side.owner, person), chosen(side.home))
    twin = guarded.here.telegram.peer.user(double.id, "Double")
    guarded.telegram.join(twin)
    await guarded.refuses_here(guarded.telegram, twin, tries(guarded.telegram, twin, WATCH), **editor)
    await guarded.lets(tries(side, double, WATCH), watched(side.home), keys.watches_of(side.home))


@pytest.mark.parametrize("spelt", ["9001", "<@&9001>", "<@&0009001>", "discord/@9001"])
async def test_everyone_is_neither_mentioned_nor_an_editor(guarded: Guard, spelt: str) -> None:
    """The role that everybody has bears the server's own number, and is in nobody's list of roles."""
    side = guarded.discord
    before = await stored(guarded.here.client, (side.place,))
    said = await side.command(side.owner, "settings", "ping", {"role": spelt})
    await guarded.settled()
    assert "I do not mention everyone" in said
    assert await stored(guarded.here.client, (side.place,)) == before

    await side.command(side.owner, "settings", "editor", {"action": "add", "who": spelt})
    deed = tries(side, side.member, WATCH)
    await guarded.refuses_here(side, side.member, deed, what="/watch", needs="editor")
    ping = ("settings", "ping", {"role": "<@&9102>"})
    await guarded.lets(tries(side, side.owner, ping), chosen(side.home))
    assert (await guarded.settings(side.home)).ping == "9102"


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_everyone_edits_only_while_an_admin_says_so(guarded: Guard, platform: str) -> None:
    side = guarded.on(platform)
    new = (watched(side.home), keys.watches_of(side.home))
    gone = tries(side, side.member, ("unwatch", "", {"watch": "bait"}))
    await guarded.lets(tries(side, side.admin, EVERYONE), chosen(side.home))
    await guarded.lets(tries(side, side.member, WATCH), *new)
    await guarded.refuses_here(side, side.member, tries(side, side.member, ADMINS))  # no right over rights
    await guarded.lets(tries(side, side.admin, ADMINS), chosen(side.home))
    await guarded.refuses_here(side, side.member, gone, what="/unwatch", needs="editor")
    await guarded.lets(tries(side, side.admin, EVERYONE), chosen(side.home))
    await guarded.lets(gone, *new)
