"""A plain member types or fills in what changes the list or the settings, in every form that there is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from bot.store import keys
from bot.subscriptions import ChatSettings, Editors, Pace, Quiet, Shown
from handlers.commands.command import Command, Form, Option
from handlers.commands.table import COMMANDS
from tests.messages.samples import WALLET
from tests.town.guarding import Guard, chosen, watched
from tests.town.sides import PLATFORMS, Side

OTHER = "0x00000000219ab540356cBB839Cbe05303d7705Fa"
THIRD = "0x52908400098527886E0F7030069857D2E4169EE7"

GIVEN: dict[tuple[str, str], dict[str, Any]] = {
    ("watch", "wallet"): {"address": OTHER, "label": "bait"},
    ("watch", "price"): {"asset": "ETH", "direction": "below", "price": "1500"},
    ("rules", "above"): {"watch": "2", "price": "9000"},
    ("rules", "below"): {"watch": "2", "price": "1200"},
    ("rules", "moves"): {"watch": "2", "percent": "7%"},
    ("settings", "reminders"): {"pace": "slow"},
    ("settings", "editors"): {"who": "everyone"},
    ("settings", "ping"): {"role": "9102"},
    ("import", "file"): {"file": f"{THIRD},filed".encode()},
    ("import", "text"): {"list": "0x8617E340B3D01FA5F11F306F4090FD50E238070D, listed"},
}
"""Words other than the samples, where those change nothing here."""


READS = {
    *("start", "help", "wallets", "position", "price", "status", "why", "privacy"),
    *("board", "whatif", "loop", "chart", "flows", "who", "story", "replay"),
}
IMAGINING = {"simulate", "mirror", "edit", "clone", "owner"}
"""Editors' too, but what they make stays in no table of ours: they have a test of their own."""
READING_FORMS = {
    ("rules", "show"),
    ("inflows", "show"),
    ("label", "list"),
    ("settings", "show"),
    ("export", "list"),
}
FOR_ADMINS = {"settings", "connect", "export", "forget"}
"""Written down here and not asked of the commands: a command that asks for too little is to be found out."""


def forms(*, for_editors: bool = True) -> Iterator[tuple[Command, Form]]:
    """Every form that is not for everybody, what removes things last."""
    found = [
        (command, form)
        for command in COMMANDS
        if command.name not in READS | IMAGINING and (for_editors or command.name in FOR_ADMINS)
        for form in command.forms or (Form("", command.summary),)
        if (command.name, form.name) not in READING_FORMS
    ]
    yield from sorted(found, key=lambda one: one[0].name == "unwatch")


def values(command: Command, form: Form) -> dict[str, Any]:
    """What is filled in; of choices the last, which is never the usual one."""
    return GIVEN.get((command.name, form.name)) or {
        one.name: _value(one) for one in form.options if one.required or one.sample
    }


def _value(option: Option) -> str:
    return option.choices[-1] if option.choices and option.name != "action" else option.sample


def changed_by(side: Side, command: Command, form: Form) -> set[str]:
    """Which keys of the store the command is there to change."""
    match command.name, form.name:
        case "settings", "alerts":
            return {chosen(side.home), keys.sent_to(side.home)}
        case "settings", "ping" if side.platform == "telegram":
            return set()
        case "settings", _:
            return {chosen(side.home)}
        case "connect", _:
            return {keys.CODES}
        case "watch", ("price" | "moves"):
            return {watched(side.home)}  # one more rule of a price that is watched already
        case "label", "remove":
            return {keys.labels(side.home), keys.LABELS_VERSION}
        case "label", _:
            return {keys.labels(side.home), keys.LABELS_VERSION, keys.LABEL_CHAINS}
        case (("watch" | "unwatch" | "import" | "inflows"), _):
            return {watched(side.home), keys.watches_of(side.home)}
        case (("rules" | "mute" | "unmute"), _):
            return {watched(side.home)}
    return set()


async def refused(guarded: Guard, side: Side, person: Any, *, for_editors: bool) -> None:
    for command, form in forms(for_editors=for_editors):
        await guarded.refuses_here(
            side,
            person,
            partial(side.command, person, command.name, form.name, values(command, form)),
            what=f"/{command.name}",
            needs="admin" if command.name in FOR_ADMINS else "editor",
        )


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_member_changes_nothing_and_an_admin_all_of_it(guarded: Guard, platform: str) -> None:
    side = guarded.on(platform)
    await side.command(side.owner, "watch", "price", {"asset": "ETH", "direction": "below", "price": "900"})
    await refused(guarded, side, side.member, for_editors=True)
    for command, form in forms():
        deed = partial(side.command, side.admin, command.name, form.name, values(command, form))
        await guarded.lets(deed, *changed_by(side, command, form))
    assert await guarded.settings(side.home) == all_chosen(side)
    labels = [one.label for one in await guarded.watches(side.home)]
    assert labels == ["", "bait", "filed", "listed"]


IMAGINED: dict[tuple[str, str], dict[str, Any]] = {
    ("simulate", ""): {"collateral": "10 ETH", "debt": "5k USDC", "terms": "as dream"},
    ("mirror", ""): {"wallet": str(WALLET), "scale": "x0.1", "label": "as small"},
    ("edit", ""): {"watch": "1", "changes": "as renamed"},
    ("clone", ""): {"watch": "1", "changes": "as double"},
    ("owner", "add"): {"name": "fund", "wallets": "1"},
    ("owner", "remove"): {"name": "fund"},
}


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_member_imagines_nothing_to_be_watched_and_an_editor_does(
    guarded: Guard, platform: str
) -> None:
    side = guarded.on(platform)
    made = {(one.name, form.name) for one in COMMANDS if one.name in IMAGINING for form in one.forms}
    assert made - IMAGINED.keys() == {("owner", "show")}
    for (name, form), given in IMAGINED.items():
        deed = partial(side.command, side.member, name, form, given)
        await guarded.refuses_here(side, side.member, deed, what=f"/{name}", needs="editor")
    both, one = (watched(side.home), keys.watches_of(side.home)), (watched(side.home),)
    for (name, form), given in IMAGINED.items():
        deed = partial(side.command, side.admin, name, form, given)
        await guarded.lets(deed, *(both if name in {"simulate", "mirror", "clone"} else one))


def all_chosen(side: Side) -> ChatSettings:
    """What the admin has chosen at last."""
    return ChatSettings(
        locale="de",
        timezone="Europe/Berlin",
        target_hf_percent=160,
        editors=Editors.EVERYONE,
        named_editors=(f"{side.platform}/42",),
        routes=(("all", side.place),),
        amounts=Shown.OFF,
        pace=Pace.SLOW,
        quiet=Quiet(22 * 60, 7 * 60, critical_passes=False),
        ping="" if side.platform == "telegram" else "9102",
        escalate_to=side.place,
        grouping=False,
    )


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_an_editor_changes_the_list_and_no_setting(guarded: Guard, platform: str) -> None:
    side = guarded.on(platform)
    who = {"action": "add", "who": side.id_of(side.member)}
    await side.command(side.owner, "settings", "editor", who)
    await refused(guarded, side, side.member, for_editors=False)
    deed = partial(side.command, side.member, "unwatch", "", {"watch": "1"})
    await guarded.lets(deed, watched(side.home), keys.watches_of(side.home))
    assert await guarded.watches(side.home) == ()
