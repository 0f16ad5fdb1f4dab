"""Buttons that outlived a right, that no message carries, or that belong to somebody else's message."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from bot.store import keys
from tests.messages.samples import WALLET
from tests.town.chain import EMPTY as OTHER
from tests.town.guarding import OLD_BUTTON, Guard, chosen, watched
from tests.town.sides import PLATFORMS, Side, data_of

TOO_LATE = ("I no longer know that alert",)


async def alarm(guarded: Guard) -> None:
    """A critical alert at every home."""
    await guarded.here.feed.health(200)
    await guarded.here.feed.health(104)


async def refuses_press(guarded: Guard, side: Side, person: Any, data: str, **expected: Any) -> None:
    """Each press is of the alert in the square, unless `of` says otherwise."""
    card = expected.pop("of", None) or await side.alert()
    at = expected.pop("at", None)
    deed = partial(side.press, person, card, data, at=at)
    await guarded.refuses(
        deed, **{"person": side.id_of(person), "home": side.home, "at": (side.place,)} | expected
    )


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("verb", ["ack", "snooze"])
async def test_an_admin_of_yesterday_presses_todays_button(guarded: Guard, platform: str, verb: str) -> None:
    side = guarded.on(platform)
    await alarm(guarded)
    card = await side.alert()
    side.demote(side.admin)
    await refuses_press(guarded, side, side.admin, data_of(card, verb), what=verb, needs="editor")
    assert (await guarded.watches(side.home))[0].hushes == ()

    await guarded.lets(partial(side.press, side.owner, card, data_of(card, verb)), watched(side.home))
    ((_, hush),) = (await guarded.watches(side.home))[0].hushes
    assert hush.person == side.id_of(side.owner)


COMMANDS = {
    "1|settings|editors everyone": ("/settings", "admin"),
    "1|forget|everything": ("/forget", "admin"),
    "1|connect|": ("/connect", "admin"),
    f"1|watch|{OTHER} bait": ("/watch", "editor"),
    "1|unwatch|1": ("/unwatch", "editor"),
    "1|mute|all 8h": ("/mute", "editor"),
    "1|rules|1 hf off": ("/rules", "editor"),
    "1|test|1": ("test", "editor"),
}
"""Data that no button here carries, and the right that it needs."""


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_commands_forged_into_a_button_need_what_they_always_need(
    guarded: Guard, platform: str
) -> None:
    side = guarded.on(platform)
    await alarm(guarded)
    for data, (what, needs) in COMMANDS.items():
        await refuses_press(guarded, side, side.member, data, what=what, needs=needs)

    card = await side.alert()
    changes = {
        "1|settings|editors everyone": (chosen(side.home),),
        "1|connect|": (keys.CODES,),
        f"1|watch|{OTHER} bait": (watched(side.home), keys.watches_of(side.home)),
        "1|mute|all 8h": (chosen(side.home), watched(side.home)),
        "1|rules|1 hf off": (watched(side.home),),
        "1|unwatch|2": (watched(side.home), keys.watches_of(side.home)),
    }
    for data, keys_changed in changes.items():
        await guarded.lets(partial(side.press, side.admin, card, data), *keys_changed)
    await side.press(side.admin, card, "1|forget|everything")
    assert await guarded.watches(side.home) == ()


FORGED = {
    "": "1|ack|",
    "of another incident": "1|ack|w9-sfeedbeefcafe-health.7",
    "of another verb": "1|promote|me",
    "of another version": "2|settings|editors everyone",
    "of the first version": "settings editors everyone",
    "as long as can be": "1|ack|" + "A" * 58,
    "with more in it": "1|ack|1|settings|editors everyone",
    "of a key": "1|ack|uk:{core}:settings",
}


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_forged_data_does_nothing_even_for_an_admin(guarded: Guard, platform: str) -> None:
    """There is no right to be had: who may acknowledge, may acknowledge what was told here."""
    side = guarded.on(platform)
    await alarm(guarded)
    for data in FORGED.values():
        is_ack = data.startswith("1|ack|")
        await refuses_press(
            guarded,
            side,
            side.admin,
            data,
            what="ack" if is_ack else "press",
            needs="an alert told here" if is_ack else "a button of mine",
            says=("alert",) if is_ack else OLD_BUTTON,
        )
    card = await side.alert()
    await guarded.lets(partial(side.press, side.admin, card, data_of(card, "ack")), watched(side.home))


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_button_of_another_home_is_worth_nothing_here(guarded: Guard, platform: str) -> None:
    """Its owner, who is a plain member here, replays it here; a member of both presses it in either."""
    side = guarded.on(platform)
    await alarm(guarded)
    theirs = await side.alert(at=side.elsewhere)
    side.join(side.stranger)
    for verb in ("ack", "snooze"):
        data = data_of(theirs, verb)
        await refuses_press(guarded, side, side.stranger, data, what=verb, needs="editor")
        # With the right here, it still tells of nothing that was told here.
        await refuses_press(
            guarded, side, side.owner, data, what=verb, needs="an alert told here", says=("alert",)
        )
    ours = data_of(await side.alert(), "ack")
    await refuses_press(
        guarded,
        side,
        side.stranger,
        ours,
        of=theirs,
        at=side.elsewhere,
        home=side.other_home,
        what="ack",
        needs="an alert told here",
        says=("alert",),
    )

    press = partial(side.press, side.stranger, theirs, data_of(theirs, "ack"), at=side.elsewhere)
    await guarded.lets(press, watched(side.other_home))
    assert (await guarded.watches(side.home))[0].hushes == ()
    assert (await guarded.watches(side.other_home))[0].hushes != ()


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_button_of_this_home_is_worth_nothing_in_private(guarded: Guard, platform: str) -> None:
    """Its data, sent from a chat with me that is allowed: there its person is admin, of that chat."""
    side = guarded.on(platform)
    await alarm(guarded)
    card = await side.alert()
    operator = side.operator
    mine = side.id_of(operator)
    hello = await side.greeting(operator)
    for data, what, needs, says in (
        (data_of(card, "ack"), "ack", "an alert told here", ("alert",)),
        (data_of(card, "snooze"), "snooze", "an alert told here", ("alert",)),
    ):
        await refuses_press(
            guarded, side, operator, data, of=hello, at=side.private(operator), home=mine, what=what,
            needs=needs, says=says,
        )  # fmt: skip
    # What needs no message changes the private chat, and nothing else.
    deed = partial(side.press, operator, hello, f"1|watch|{WALLET}", at=side.private(operator))
    await guarded.lets(deed, watched(mine), keys.watches_of(mine))
    assert len(await guarded.watches(side.home)) == 1
