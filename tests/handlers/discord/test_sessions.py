"""Sessions that break off, events that cannot be read, tokens that are refused, outages."""

import asyncio
import logging
from collections.abc import Callable

import aiohttp
import pytest
import structlog
from yarl import URL

from bot.errors import SettingsError
from bot.subscriptions import Destination
from handlers.discord.client import discord_line
from handlers.discord.gateway import DiscordGateway
from tests.chat.discord.gateway import Gateway
from tests.chat.discord.interactions import State
from tests.contract.discord_stand import COMMANDS, DiscordStand
from tests.contract.stands import CARD
from tests.handlers.discord.conftest import Desk, at_work


async def _at_once(_: float) -> None:
    await asyncio.sleep(0)


async def test_a_press_during_a_lost_connection_is_replayed_and_done_once(stand: DiscordStand) -> None:
    card = await stand.sender.send(stand.place, CARD)
    async with at_work(desk := Desk(stand, flash="Snoozed")):
        stand.peer.line.drop()
        pressed = stand.ann.press(int(card), "Snooze")
        assert (await stand.peer.answer(pressed)).text == "Snoozed"
        stand.peer.line.dispatch("INTERACTION_CREATE", pressed.payload)
        again = stand.ann.press(int(card), "Ack")
        await stand.peer.answer(again)
    assert stand.peer.line.resumed == 1
    assert [one.press for one in desk.requests] == ["1|snooze|i1", "1|ack|i1"]


@pytest.mark.parametrize("proxied", [False, True])
async def test_a_session_is_resumed_where_discord_says_unless_a_proxy_is_set(
    stand: DiscordStand, *, proxied: bool
) -> None:
    stand.line.gateway = stand.peer.gateway if proxied else ""
    asked: list[str] = []
    connect = stand.line.connect

    async def noted(url: str) -> aiohttp.ClientWebSocketResponse:
        asked.append(URL(url).path)
        return await connect(url)

    stand.line.connect = noted  # type: ignore[method-assign]
    async with at_work(Desk(stand)):
        stand.peer.line.drop()
        await stand.peer.until(lambda: stand.peer.line.resumed)
    assert asked == ["/gateway", "/gateway" if proxied else "/resume"]
    assert ("GET /gateway/bot" in [one.route for one in stand.peer.ledger.calls]) is not proxied


async def test_a_press_replayed_too_late_is_done_and_told_in_private(stand: DiscordStand) -> None:
    card = await stand.sender.send(Destination("discord", "c5001"), CARD)
    async with at_work(desk := Desk(stand, flash="Snoozed")):
        stand.peer.line.drop()
        pressed = stand.ann.press(int(card), "Snooze")
        stand.peer.advance(4)
        await stand.peer.until(stand.screen)
    assert stand.screen() == ["Snoozed"]
    assert stand.peer.answers(pressed) == []
    assert len(desk.requests) == 1


BREAKS: list[Callable[[Gateway], object]] = [
    lambda line: line.reconnect(),
    lambda line: line.invalidate(resumable=True),
    lambda line: line.invalidate(resumable=False),
    lambda line: line.close(4000),
    lambda line: line.close(4009),
    lambda line: line.say("{"),
    lambda line: line.say([1]),
    lambda line: line.dispatch("READY", {}),
]
MALFORMED: list[tuple[str, object]] = [
    ("GUILD_CREATE", {"id": "x"}),
    ("INTERACTION_CREATE", {"id": "1"}),
    ("INTERACTION_CREATE", []),
    ("CHANNEL_UPDATE", None),
    ("GUILD_DELETE", {}),
    ("NEVER_HEARD_OF", {}),
]


@pytest.mark.parametrize("upset", BREAKS)
async def test_a_session_that_ends_is_followed_by_another(
    stand: DiscordStand, upset: Callable[[Gateway], object]
) -> None:
    line = stand.peer.line
    async with at_work(desk := Desk(stand), pause=_at_once):
        before = line.identified + line.resumed
        upset(line)
        await stand.peer.until(lambda: line.live and line.identified + line.resumed > before)
        stand.ann.slash(stand.general, "status")
        await desk.heard()


@pytest.mark.parametrize(("kind", "data"), MALFORMED)
async def test_an_event_that_cannot_be_read_is_skipped(stand: DiscordStand, kind: str, data: object) -> None:
    async with at_work(desk := Desk(stand)):
        stand.peer.line.dispatch(kind, data)
        stand.ann.slash(stand.general, "status")
        await desk.heard()
    assert stand.peer.line.identified == 1


async def test_a_revoked_token_ends_it_and_is_nowhere_told(
    stand: DiscordStand, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    token = stand.peer.token
    async with at_work(Desk(stand)) as task:
        asked = stand.ann.slash(stand.general, "status")
        await stand.peer.until(lambda: asked.state is State.THINKING)
        stand.peer.revoke("another.token.thatIsAlsoLongEnoughToBeOne")
        with pytest.raises(SettingsError) as met:
            await asyncio.wait_for(asyncio.shield(task), 10)
    said = caplog.text + "".join(capsys.readouterr()) + str(met.value) + repr(met.value)
    assert token not in said
    assert asked.token not in said


async def test_a_token_that_never_worked_ends_it(stand: DiscordStand) -> None:
    async with discord_line("x" * 60, api=stand.peer.api) as line:
        gateway = DiscordGateway(line, COMMANDS, steward=Desk(stand).steward)
        with pytest.raises(SettingsError):
            await asyncio.wait_for(gateway.run(Desk(stand)), 10)


@pytest.mark.parametrize("code", [4010, 4011, 4012, 4013, 4014])
async def test_what_only_the_owner_can_cure_ends_it(stand: DiscordStand, code: int) -> None:
    async with at_work(Desk(stand)) as task:
        stand.peer.line.close(code)
        with pytest.raises(SettingsError):
            await asyncio.wait_for(asyncio.shield(task), 10)


async def test_an_outage_is_logged_when_it_begins_and_ends(stand: DiscordStand) -> None:
    with structlog.testing.capture_logs() as logs:
        waits: list[float] = []

        async def pause(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 5:
                stand.peer.line.is_down = False
            await asyncio.sleep(0)

        async with at_work(desk := Desk(stand), pause=pause):
            stand.peer.line.is_down = True
            stand.peer.line.drop()
            await stand.peer.until(lambda: len(waits) >= 5)
            await stand.peer.ready()
            stand.ann.slash(stand.general, "status")
            await desk.heard()
    assert waits[:5] == sorted(waits[:5])
    told = [one["event"] for one in logs]
    assert told.count("discord_unreachable") == 1
    assert told.count("discord_reachable_again") == 1
