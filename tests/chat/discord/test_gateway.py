"""The gateway on the wire: HELLO to READY, numbered events, RESUME, and every way it can go wrong."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import discord
import pytest
import yarl

from tests.chat.discord.client import Rest, Wire
from tests.chat.discord.conftest import Treasury
from tests.chat.discord.places import DM_MESSAGES, MESSAGES
from tests.chat.discord.server import DiscordPeer

STATUS = {"name": "status", "description": "How it stands", "type": 1}


async def test_hello_ready_and_the_servers(peer: DiscordPeer, treasury: Treasury) -> None:
    peer.server(9002, "Elsewhere", treasury.bob, bot=False)
    async with Wire(peer) as wire:
        hello = await wire.connect()
        assert (hello["op"], hello["d"]["heartbeat_interval"]) == (10, 41_250)
        ready = await wire.identify()
        assert [one["id"] for one in ready["guilds"]] == ["9001"]
        created = await wire.until("GUILD_CREATE")
        assert [one["name"] for one in created["channels"]] == ["general"]
        assert [one["user"]["id"] for one in created["members"]] == [ready["user"]["id"]]
        assert [event["s"] for event in wire.events] == [1, 2]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"token": "wrong"}, 4004),
        ({"intents": 1 << 1}, 4014),
        ({"intents": 1 << 8 | 1}, 4014),
        ({"intents": 1 << 15 | 1}, 4014),
        ({"intents": 1 << 40}, 4013),
        ({"intents": None}, 4013),
    ],
)
async def test_a_bad_identify_is_closed(peer: DiscordPeer, data: dict[str, object], code: int) -> None:
    async with Wire(peer) as wire:
        await wire.connect()
        await wire.say(2, {"token": peer.token, "intents": 1, "properties": {}} | data)
        assert await wire.closed() == code
    assert bool(peer.faults) is (code != 4004)
    peer.faults.clear()


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("no json", 4002),
        ("[]", 4002),
        (json.dumps({"op": 1, "d": "x" * 5000}), 4002),
        ('{"op": 99}', 4001),
        ('{"op": 3, "d": {}}', 4003),
        ('{"op": 2, "d": 5}', 4002),
    ],
)
async def test_a_broken_frame_is_closed(peer: DiscordPeer, frame: str, code: int) -> None:
    async with Wire(peer) as wire:
        await wire.connect()
        assert wire.ws is not None
        await wire.ws.send_str(frame)
        assert await wire.closed() == code


async def test_identifying_twice_and_saying_too_much_are_closed(peer: DiscordPeer) -> None:
    async with Wire(peer) as twice, Wire(peer) as chatty:
        await twice.connect()
        await twice.identify()
        await twice.say(2, {"token": peer.token})
        assert await twice.closed() == 4005
        await chatty.connect()
        for _ in range(121):
            await chatty.say(1, None)
        assert await chatty.closed() == 4008


async def test_heartbeats_are_answered_asked_for_and_missed() -> None:
    async with DiscordPeer(heartbeat_ms=100) as peer, Wire(peer) as wire:
        await wire.connect()
        await wire.say(1, None)
        assert (await wire.read())["op"] == 11
        peer.line.ask_heartbeat()
        assert (await wire.read())["op"] == 1
        assert [one.heartbeats for one in peer.line.lines] == [1]
        assert await wire.closed() == 4009


async def test_a_heartbeat_of_a_number_never_sent_is_a_fault(peer: DiscordPeer, wire: Wire) -> None:
    await wire.say(1, 1)
    await wire.say(1, 77)
    await peer.until(lambda: peer.faults)
    assert [one.kind for one in peer.faults] == ["bad sequence"]
    peer.faults.clear()


async def test_a_press_made_while_the_connection_was_down_is_played_again(
    peer: DiscordPeer, treasury: Treasury, rest: Rest
) -> None:
    await rest.register(STATUS)
    async with Wire(peer) as wire:
        await wire.connect()
        ready = await wire.identify()
        await wire.until("GUILD_CREATE")
        peer.line.drop()
        asked = treasury.ann.slash(treasury.general, "status")
        assert asked.delivered == 1
        assert await wire.closed() == 1006
        await wire.connect(ready["resume_gateway_url"])
        await wire.resume(ready, 2)
        again = await wire.until("INTERACTION_CREATE")
        assert again["id"] == str(asked.id)
        await wire.until("RESUMED")
        assert [one.path for one in peer.line.lines] == ["/resume"]
    assert (peer.line.resumed, peer.line.identified) == (1, 1)


async def test_resume_with_a_wrong_token_session_or_number(peer: DiscordPeer, wire: Wire) -> None:
    peer.line.drop()
    await wire.connect()
    await wire.resume({"session_id": "unknown"}, 1)
    assert await wire.read() == {"op": 9, "d": False}
    await wire.say(6, {"token": "wrong", "session_id": "x", "seq": 1})
    assert await wire.closed() == 4004
    session = next(iter(peer.line.sessions))
    await wire.connect()
    await wire.resume({"session_id": session}, 500)
    assert await wire.closed() == 4007
    assert peer.line.refused_resumes == 1


async def test_reconnect_and_both_kinds_of_invalid_session(peer: DiscordPeer, wire: Wire) -> None:
    peer.line.reconnect()
    assert (await wire.read())["op"] == 7
    peer.line.invalidate(resumable=True)
    assert await wire.read() == {"op": 9, "d": True}
    assert peer.line.live
    peer.line.invalidate(resumable=False)
    assert await wire.read() == {"op": 9, "d": False}
    assert not peer.line.live
    await wire.identify()
    assert peer.line.live


async def test_malformed_events_go_out_as_they_are(peer: DiscordPeer, wire: Wire) -> None:
    peer.line.dispatch("INTERACTION_CREATE", {"id": 5})
    peer.line.say("no json")
    assert (await wire.read())["d"] == {"id": 5}
    assert wire.ws is not None
    assert await wire.ws.receive_str() == "no json"


async def test_intents_decide_what_is_told(peer: DiscordPeer, treasury: Treasury) -> None:
    async with Wire(peer) as modest, Wire(peer) as curious:
        for wire, intents in ((modest, 1), (curious, 1 | MESSAGES | DM_MESSAGES)):
            await wire.connect()
            await wire.identify(intents=intents)
            await wire.until("GUILD_CREATE")
        treasury.ann.send(treasury.general, "small talk")
        treasury.ann.say("for the bot")
        treasury.server.give(treasury.bob, treasury.server.role(77, "Keepers"))
        treasury.general.delete()
        assert [(await modest.read())["t"] for _ in range(2)] == ["GUILD_ROLE_CREATE", "CHANNEL_DELETE"]
        told = [await curious.read() for _ in range(4)]
        assert [one["d"]["content"] for one in told[:2]] == ["", "for the bot"]


async def test_what_happens_to_the_bot_and_its_places_is_told(
    peer: DiscordPeer, treasury: Treasury, wire: Wire
) -> None:
    thread = treasury.general.thread("Incident")
    thread.archive()
    treasury.general.mute_bot()
    thread.delete()
    treasury.server.go_down()
    treasury.server.come_back()
    treasury.server.remove_bot()
    treasury.general.unmute_bot()
    treasury.server.add_bot()
    kinds = [(await wire.read())["t"] for _ in range(9)]
    assert kinds == [
        *("GUILD_CREATE", "THREAD_CREATE", "THREAD_UPDATE", "CHANNEL_UPDATE", "THREAD_DELETE"),
        *("GUILD_DELETE", "GUILD_CREATE", "GUILD_DELETE", "GUILD_CREATE"),
    ]


async def test_a_revoked_token_closes_the_line_and_the_doors(
    peer: DiscordPeer, wire: Wire, rest: Rest
) -> None:
    old = peer.token
    peer.revoke()
    assert await wire.closed() == 4004
    assert (await rest.ask("GET", "/users/@me", token=old)).status == 401
    assert (await rest.ask("GET", "/users/@me")).status == 200


async def test_a_gateway_that_is_down_takes_nobody(peer: DiscordPeer) -> None:
    peer.line.is_down = True
    async with Wire(peer) as wire:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await wire.connect()
        peer.line.is_down = False
        await wire.connect()


async def test_discord_py_connects_resumes_and_answers(
    peer: DiscordPeer, treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", peer.api)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(peer.gateway))
    client = discord.Client(intents=discord.Intents(guilds=True), guild_ready_timeout=0.05)
    tree = discord.app_commands.CommandTree(client)

    @tree.command(description="How it stands")
    async def status(asked: discord.Interaction) -> None:
        await asked.response.defer(ephemeral=True, thinking=True)
        view = discord.ui.View(timeout=None).add_item(discord.ui.Button(label="Ack", custom_id="1|ack"))
        await asked.edit_original_response(content="HF 1.07", view=view)

    @client.event
    async def on_interaction(asked: discord.Interaction) -> None:
        if asked.type is discord.InteractionType.component:
            await asked.response.edit_message(content=f"Acknowledged by {asked.user.mention}", view=None)

    async with client:
        await client.login(peer.token)
        await tree.sync()
        running = asyncio.create_task(client.connect())
        await peer.ready()
        shown = await peer.answer(treasury.bob.slash(treasury.general, "status"))
        assert (shown.text, shown.rows, shown.ephemeral) == ("HF 1.07", (("Ack",),), True)
        peer.line.drop()
        pressed = treasury.bob.press(shown, "Ack")
        assert (await peer.answer(pressed)).text == "Acknowledged by <@1002>"
        assert (peer.line.resumed, peer.line.identified) == (1, 1)
        assert peer.visible(treasury.general) == []
        assert len(peer.visible(treasury.general, to=treasury.bob)) == 1
    await running
