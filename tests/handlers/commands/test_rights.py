"""Who may do what: every command and button, by everybody, in a group and in a server."""

from copy import deepcopy
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.messages.answers import Answer, Fault, NotAllowed
from bot.messages.model import Press
from bot.messages.rich import text_of
from bot.ports import Standing
from handlers.commands.presses import PRESSES
from handlers.commands.table import COMMANDS
from tests.handlers.commands.people import (
    BY_ROLE,
    GROUP,
    RANK,
    ROLES,
    SERVER,
    SILENT,
    WORLDS,
    Role,
    World,
    asked,
    stand_in,
)
from tests.handlers.commands.stand import SAVER, Stand
from tests.messages.samples import WALLET

LINES = {
    "/help": "anyone",
    "/wallets": "viewer",
    "/wallets 1": "viewer",
    f"/position {WALLET}": "viewer",
    "/price ETH": "viewer",
    "/status": "viewer",
    "/why": "viewer",
    "/privacy": "viewer",
    "/export list": "viewer",
    "/rules": "viewer",
    "/rules 1": "viewer",
    "/settings": "viewer",
    "/settings show": "viewer",
    "/board": "viewer",
    "/chart ETH": "viewer",
    "/story 1": "viewer",
    "/replay gap": "viewer",
    "/whatif 1 ETH -20%": "viewer",
    "/loop 10 ETH 2x": "viewer",
    "/owner": "viewer",
    "/inflows": "viewer",
    "/inflows show": "viewer",
    "/flows ETH 24h": "viewer",
    f"/who {WALLET}": "viewer",
    "/label list": "viewer",
    "/inflows on": "editor",
    "/inflows ETH 20000": "editor",
    "/inflows off": "editor",
    f"/label {SAVER} Binance hot": "editor",
    f"/owner fund {WALLET}": "editor",
    "/owner fund 1": "editor",
    "/simulate 10 ETH vs 5k USDC": "editor",
    f"/mirror {WALLET} x0.1": "editor",
    "/edit 1 as main": "editor",
    "/clone 1": "editor",
    f"/watch {SAVER}": "editor",
    "/watch ETH below 2500": "editor",
    "/unwatch 1": "editor",
    "/rules 1 hf 1.3": "editor",
    "/rules 1 changed": "editor",
    "/rules 1 liquidated off": "editor",
    "/mute 1 2h": "editor",
    "/mute all": "editor",
    "/unmute all": "editor",
    f"/import {SAVER}, cold": "editor",
    "/settings target 1.7": "admin",
    "/settings locale de": "admin",
    "/settings timezone Europe/Berlin": "admin",
    "/settings amounts on": "admin",
    "/settings quiet 22:00-07:00": "admin",
    "/settings reminders slow": "admin",
    "/settings grouping off": "admin",
    "/settings alerts here": "admin",
    "/settings escalate here 10m": "admin",
    "/settings ping off": "admin",
    "/settings editors everyone": "admin",
    "/settings editor add 66": "admin",
    "/connect": "admin",
    "/export": "admin",
    "/forget": "admin",
    "/forget everything": "admin",
}
BUTTONS = {
    "1|details|w1.health.s12345.3": "viewer",
    "1|details|g1": "viewer",
    "1|ask|watch.wallet": "viewer",
    "1|position|1": "viewer",
    "1|ack|w1.health.s12345.3": "editor",
    "1|snooze|w1.health.s12345.3": "editor",
    "1|ack|g1": "editor",
    "1|test|1": "editor",
    "1|keep|ABCD234567": "editor",
    "1|flows|ETH 24h": "viewer",
    f"1|who|{WALLET}": "viewer",
    "1|inflows|": "viewer",
    "1|inflows|on": "editor",
    f"1|watch|{SAVER}": "editor",
    "1|unwatch|1": "editor",
    "1|unmute|all": "editor",
    "1|settings|editors everyone": "admin",
    "1|forget|everything": "admin",
}


def stored(stand: Stand) -> dict[str, Any]:
    """Everything that a command could change; where it was spoken from is no change."""
    kept = {key: value for key, value in vars(stand.book).items() if key != "places_of"}
    return deepcopy(kept)


CASES = [
    pytest.param(world, role, id=f"{world.platform}-{role.name}")
    for world in WORLDS
    for role in ROLES
    if not (world is SERVER and role.user == "anonymous")
    and not (world is GROUP and role.settings is BY_ROLE)
]


@pytest.mark.parametrize(("world", "role"), CASES)
async def test_each_command_line_needs_its_right(world: World, role: Role) -> None:
    for line, needs in LINES.items():
        stand = await stand_in(world, role)
        before = stored(stand)
        with capture_logs() as logs:
            answer = await stand.hears(asked(stand, world, role, line))
        refused = [one for one in logs if one["event"] == "refused"]
        if RANK[role.has] >= RANK[needs]:
            assert answer is not None
            assert not isinstance(answer, NotAllowed | Fault), (line, answer)
            assert refused == [], line
            continue
        if role.has == "anyone" and world is GROUP:
            assert answer is None, line  # most slash commands in a group are for other bots
        else:
            assert_refused(answer, role, needs, line)
        assert stored(stand) == before, line
        assert len(refused) == (RANK[needs] > RANK["viewer"]), line
        for one in refused:
            assert one["person"] == role.person(world).id
            assert (one["home"], one["needs"]) == (world.home, needs)


def assert_refused(answer: Answer | None, role: Role, needs: str, what: str) -> None:
    assert isinstance(answer, NotAllowed), (what, answer)
    if role.has == "anyone":
        assert answer.needs == "viewer", what
    else:
        assert (answer.needs, answer.is_known) == (needs, role.is_known), what


@pytest.mark.parametrize(("world", "role"), CASES)
async def test_each_press_needs_its_right_at_that_moment(world: World, role: Role) -> None:
    for button, needs in BUTTONS.items():
        stand = await stand_in(world, role)
        before = stored(stand)
        with capture_logs() as logs:
            answer = await stand.hears(asked(stand, world, role, press=button))
        refused = [one for one in logs if one["event"] == "refused"]
        assert answer is not None, button
        if RANK[role.has] >= RANK[needs]:
            assert not isinstance(answer, NotAllowed | Fault), (button, answer)
            assert refused == [], button
            continue
        assert_refused(answer, role, needs, button)
        assert stored(stand) == before, button
        (line,) = refused
        assert (line["person"], line["home"]) == (role.person(world).id, world.home)
        assert line["needs"] == needs


def test_the_tables_name_every_command_and_every_button() -> None:
    commands = {line.split()[0] for line in LINES} | {"/start"}
    assert commands == {f"/{command.name}" for command in COMMANDS}
    verbs = {button.split("|")[1] for button in BUTTONS}
    assert set(PRESSES) <= verbs


async def test_a_right_lasts_as_long_as_the_platform_grants_it() -> None:
    """Asked anew each time: yesterday's admin is refused today, and today's is heard."""
    now = [Standing(is_admin=True)]

    async def ask() -> Standing:
        return now[0]

    role = Role("admin for a while", "admin", standing=ask)
    stand = await stand_in(GROUP, role)
    for standing, allowed in ((now[0], True), (Standing(), False), (Standing(is_admin=True), True)):
        now[0] = standing
        answer = await stand.hears(asked(stand, GROUP, role, "/settings target 1.7"))
        assert isinstance(answer, NotAllowed) is not allowed


async def test_looking_asks_the_platform_nothing() -> None:
    async def ask() -> Standing:
        raise AssertionError("asked")

    role = Role("member", "viewer", standing=ask)
    for line in ("/wallets", "/rules 1", "/settings", "/help"):
        stand = await stand_in(GROUP, role)
        assert not isinstance(await stand.hears(asked(stand, GROUP, role, line)), NotAllowed)


WORDS = [
    ("/watch 0x12", Role("member", "viewer"), "Only editors may do that here.", "/settings editor add"),
    ("/connect", Role("member", "viewer"), "Only admins of this chat or server may do that.", "Telegram"),
    (
        "/connect",
        Role("member of a silent platform", "viewer", standing=SILENT, is_known=False),
        "I cannot check your rights just now",
        "Nothing was changed",
    ),
]


@pytest.mark.parametrize(("line", "role", "first", "then"), WORDS)
async def test_a_refusal_says_what_is_needed_and_who_can_give_it(
    line: str, role: Role, first: str, then: str
) -> None:
    for world in WORLDS:
        stand = await stand_in(world, role)
        message = await stand.message(asked(stand, world, role, line))
        assert message is not None
        told = text_of(message.lines).split("\n")
        assert told[0].startswith(first)
        assert then in told[1]
        flash = await stand.desk.notice(
            asked(stand, world, role, press=Press(*line[1:].split(" ", 1)).data())
        )
        assert flash.startswith(first)


# ---- /help ----------------------------------------------------------------------------------------------


async def test_help_marks_whose_changes_they_are_and_reads_the_same_everywhere() -> None:
    read = []
    for world in WORLDS:
        stand = await stand_in(world, Role("member", "viewer"))
        message = await stand.message(asked(stand, world, Role("member", "viewer"), "/help"))
        assert message is not None
        read.append(text_of(message.lines))
    assert read[0] == read[1]
    by_name = {line.split(" ")[0]: line for line in read[0].split("\n")}
    for name, mark in {
        "/watch": "editors", "/mute": "editors", "/rules": "editors", "/unwatch": "editors",
        "/settings": "admins", "/connect": "admins", "/forget": "admins",
    }.items():  # fmt: skip
        assert by_name[name].endswith(f" · changes by {mark}"), name
    assert "changes by" not in "".join(by_name[name] for name in ("/wallets", "/position", "/status", "/why"))
    assert "changes by" not in await Stand().ask("/help")


async def test_help_of_one_command_says_who_may_change(stand: Stand) -> None:
    for name, words in (("watch", "Changes are for editors"), ("connect", "Changes are for admins")):
        shared = await stand_in(GROUP, Role("member", "viewer"))
        message = await shared.message(asked(shared, GROUP, Role("member", "viewer"), f"/help {name}"))
        assert message is not None
        assert words in text_of(message.lines)
        assert words not in await stand.ask(f"/help {name}")
