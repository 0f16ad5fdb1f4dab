"""Closed doors, limits, misfortune and the peer's bookkeeping, as a bot of bare aiohttp sees them."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from tests.chat.discord.client import Rest
from tests.chat.discord.conftest import Treasury
from tests.chat.discord.rights import Right
from tests.chat.discord.server import DiscordPeer
from tests.chat.discord.trouble import Kind
from tests.chat.discord.world import BOT_ID, Json, Role


async def codes(*asked: Any) -> list[tuple[int, int]]:
    got = [await one for one in asked]
    return [(one.status, one.code) for one in got]


async def test_closed_doors(peer: DiscordPeer, treasury: Treasury, rest: Rest) -> None:
    forum = treasury.server.forum(5003, "Incidents")
    locked = treasury.general.thread("Old", 6001)
    locked.archive(locked=True)
    hidden = treasury.server.channel(5004, "hidden")
    hidden.hide_from_bot()
    quiet = treasury.server.channel(5005, "quiet")
    quiet.mute_bot()
    gone = treasury.server.channel(5006, "gone")
    gone.delete()
    assert await codes(*(rest.say(one) for one in (9, 5006, 5004, 5005, forum.id, locked.id))) == [
        *((404, 10003), (404, 10003), (403, 50001), (403, 50013), (400, 50008), (400, 50083)),
    ]
    quiet.unmute_bot()
    treasury.general.thread("New", 6002).archive()
    assert [(await rest.say(one)).status for one in (5005, 6002, forum.thread("Today", 6003).id)] == [200] * 3
    treasury.general.deny(treasury.server.everyone, Right.EMBED_LINKS)
    treasury.server.take(peer.world.users[BOT_ID], _bot_role(treasury))
    assert await codes(rest.say(5001, embeds=[{"title": "x"}])) == [(403, 50013)]
    treasury.server.remove_bot()
    assert await codes(rest.say(5001), rest.ask("GET", "/guilds/9001")) == [(403, 50001)] * 2


def _bot_role(treasury: Treasury) -> Role:
    return treasury.server.guild.roles[treasury.server.id + 1]


async def test_private_channels(peer: DiscordPeer, treasury: Treasury, rest: Rest) -> None:
    opened = await rest.ask("POST", "/users/@me/channels", {"recipient_id": "1001"})
    assert opened.json["id"] == str(treasury.ann.dm.id)
    assert (await rest.say(treasury.ann.dm.id)).status == 200
    treasury.ann.close_dms()
    stranger = peer.user(1009, "Stranger")
    assert await codes(rest.say(treasury.ann.dm.id), rest.say(stranger.dm.id)) == [(403, 50007)] * 2
    stranger.install()
    treasury.ann.open_dms()
    assert [(await rest.say(one.dm.id)).status for one in (stranger, treasury.ann)] == [200, 200]
    assert await codes(rest.ask("POST", "/users/@me/channels", {"recipient_id": 5})) == [(404, 10013)]


async def test_messages_of_others_and_messages_gone(
    peer: DiscordPeer, treasury: Treasury, rest: Rest
) -> None:
    asked = treasury.ann.send(treasury.general, "hello")
    path = f"/channels/5001/messages/{asked}"
    assert await codes(
        rest.ask("PATCH", path, {"content": "mine"}),
        rest.ask("DELETE", path),
        rest.ask("PATCH", "/channels/5001/messages/5", {"content": "Hi"}),
        rest.say(5001, message_reference={"message_id": 5}),
    ) == [(403, 50005), (403, 50013), (404, 10008), (400, 50035)]
    tolerant = await rest.say(5001, message_reference={"message_id": 5, "fail_if_not_exists": False})
    assert "message_reference" not in tolerant.json
    quiet = {"parse": [], "replied_user": False}
    reply = await rest.say(5001, "re", message_reference={"message_id": asked}, allowed_mentions=quiet)
    assert (reply.json["type"], peer.ledger.entries[-1].reply_to) == (19, asked)
    assert peer.ledger.entries[-1].pings == ()
    gone = await rest.ask("DELETE", f"/channels/5001/messages/{reply.json['id']}")
    assert gone.status == 204
    empty = await rest.ask("PATCH", f"/channels/5001/messages/{tolerant.json['id']}", {"content": None})
    assert (empty.status, empty.code) == (400, 50006)
    assert [one.kind for one in peer.faults] == ["empty message"]
    peer.faults.clear()


async def test_an_enforced_nonce_gives_the_message_that_is_there(
    peer: DiscordPeer, treasury: Treasury, rest: Rest
) -> None:
    first = await rest.say(5001, nonce="d1", enforce_nonce=True)
    again = await rest.say(5001, "other words", nonce="d1", enforce_nonce=True)
    assert again.json == first.json
    assert (await rest.say(5001, nonce="d1")).json["id"] != first.json["id"]
    peer.advance(301)
    assert (await rest.say(5001, nonce="d1", enforce_nonce=True)).json["id"] != first.json["id"]
    assert (len(peer.ledger.sent()), peer.ledger.repeats) == (3, 1)


async def test_pings_are_recorded_and_must_be_named(
    peer: DiscordPeer, treasury: Treasury, rest: Rest
) -> None:
    treasury.server.role(77, "Keepers", mentionable=True)
    treasury.server.role(78, "Silent")
    text = "<@&77> <@&78> <@1002> @everyone `<@1001>`"
    none: Json = {"parse": []}
    named: Json = {"parse": [], "roles": ["77", "78"]}
    for allowed in (none, named):
        await rest.say(5001, text, allowed_mentions=allowed, flags=4096)
    assert [one.pings for one in peer.ledger.sent()] == [(), ("role 77",)]
    assert all(one.silent for one in peer.ledger.sent())
    assert peer.faults == []
    await rest.say(5001, text)
    assert peer.ledger.sent()[-1].pings == ("user 1002", "role 77")
    assert [one.kind for one in peer.faults] == ["ping not allowed"] * 2
    peer.faults.clear()


async def test_five_messages_in_five_seconds_and_their_headers(
    peer: DiscordPeer, treasury: Treasury, rest: Rest
) -> None:
    treasury.server.channel(5002, "other")
    got = [await rest.say(5001) for _ in range(6)]
    assert [one.status for one in got] == [200] * 5 + [429]
    assert [one.headers["X-RateLimit-Remaining"] for one in got] == ["4", "3", "2", "1", "0", "0"]
    assert len({one.headers["X-RateLimit-Bucket"] for one in got}) == 1
    refused = got[-1]
    assert (refused.json["global"], refused.headers["X-RateLimit-Scope"]) == (False, "user")
    assert 0 < refused.json["retry_after"] <= int(refused.headers["Retry-After"])
    assert "Via" in refused.headers
    assert (await rest.say(5002)).status == 200
    peer.advance(5)
    assert (await rest.say(5001)).status == 200
    assert (peer.ledger.answered(429), peer.ledger.answered(429, "user")) == (1, 1)
    assert len(peer.limits.invalid) == 1


async def test_fifty_requests_a_second_and_interactions_beside_them() -> None:
    at = [1_800_000_000.0]
    async with DiscordPeer(now=lambda: at[0]) as peer, Rest(peer) as rest:
        got = [await rest.ask("GET", "/users/@me") for _ in range(51)]
        assert [one.status for one in got] == [200] * 50 + [429]
        assert (got[-1].json["global"], got[-1].headers["X-RateLimit-Global"]) == (True, "true")
        answer = await rest.ask("POST", "/interactions/1/x/callback", {"type": 5})
        assert (answer.status, answer.code) == (404, 10062)
        at[0] += 1
        assert (await rest.ask("GET", "/users/@me")).status == 200
        assert peer.ledger.answered(429, "global") == 1


async def test_too_many_invalid_requests_are_a_ban(peer: DiscordPeer, rest: Rest) -> None:
    peer.limits.invalid_most = 3
    for _ in range(3):
        assert (await rest.ask("GET", "/users/@me", token="wrong")).status == 401
    banned = await rest.ask("GET", "/users/@me")
    assert (banned.status, "Via" in banned.headers) == (429, False)
    peer.advance(601)
    assert (await rest.ask("GET", "/users/@me")).status == 200


@pytest.mark.parametrize("scope", ["user", "shared", "global"])
async def test_throttling_by_channel_and_for_all(
    peer: DiscordPeer, treasury: Treasury, rest: Rest, scope: str
) -> None:
    treasury.server.channel(5002, "other")
    trouble = peer.throttle(7.5, times=2, channel=5001, scope=scope)
    assert (await rest.say(5002)).status == 200
    for _ in range(2):
        got = await rest.say(5001)
        assert (got.status, got.json["retry_after"], got.headers["Retry-After"]) == (429, 7.5, "8")
        assert got.headers["X-RateLimit-Scope"] == scope
    assert (await rest.say(5001)).status == 200
    assert (trouble.met, len(peer.ledger.sent())) == (2, 2)
    assert len(peer.limits.invalid) == (0 if scope == "shared" else 2)


@pytest.mark.parametrize(
    ("kind", "status", "accepted"),
    [
        (Kind.DROP_BEFORE, 0, 0),
        (Kind.DROP_AFTER, 0, 1),
        (Kind.SERVER_ERROR, 500, 0),
        (Kind.UNAVAILABLE, 503, 0),
        (Kind.BAD_GATEWAY, 502, 0),
        (Kind.BANNED, 429, 0),
    ],
)
async def test_a_send_that_fails_is_accepted_or_not(
    peer: DiscordPeer, treasury: Treasury, rest: Rest, kind: Kind, status: int, accepted: int
) -> None:
    peer.trouble(kind, route="POST /channels")
    if status:
        assert (await rest.say(5001)).status == status
    else:
        with pytest.raises(aiohttp.ClientError):
            await rest.say(5001)
    await peer.until(lambda: peer.ledger.calls)
    assert (peer.ledger.calls[0].status, len(peer.ledger.sent())) == (status, accepted)
    assert (await rest.say(5001)).status == 200


async def test_a_hanging_request_is_not_accepted(peer: DiscordPeer, treasury: Treasury, rest: Rest) -> None:
    hang = peer.trouble(Kind.HANG, channel=treasury.general)
    with pytest.raises(TimeoutError):
        await rest.ask("GET", "/channels/5001/messages", timeout=aiohttp.ClientTimeout(total=0.2))
    assert hang.met == 1
    hang.release()
    assert (await rest.ask("GET", "/channels/5001/messages")).json == []


async def against_the_api(body: Any) -> None:
    async with DiscordPeer() as peer, Rest(peer) as rest:
        peer.server(9001, "Treasury", peer.user(1001, "Ann")).channel(5001, "general")
        got = await rest.ask("POST", "/channels/5001/messages", body)
        assert (got.status, got.code, peer.ledger.entries) == (400, 50035, [])
        assert got.json["errors"]


async def test_a_request_against_the_api_is_answered_400_and_fails_the_test_that_made_it() -> None:
    with pytest.raises(AssertionError, match="too long at"):
        await against_the_api({"content": "x" * 2001})


async def off_the_map(method: str, path: str) -> None:
    async with DiscordPeer() as peer, Rest(peer) as rest:
        got = await rest.ask(method, path)
        assert (got.status, got.json["message"]) == (404, "404: Not Found")


async def test_a_route_that_the_peer_does_not_play_is_no_success() -> None:
    with pytest.raises(AssertionError, match="not played at GET /voice/regions"):
        await off_the_map("GET", "/voice/regions")
    with pytest.raises(AssertionError, match="at GET /channel/5"):
        await off_the_map("GET", "/channel/5")


async def test_unreadable_bodies_are_faults(peer: DiscordPeer, treasury: Treasury, rest: Rest) -> None:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("content", "Hi", content_type="text/plain")
    for data in ("content=Hi", b"{", form):
        assert (await rest.ask("POST", "/channels/5001/messages", data=data)).status == 400
    assert [one.kind for one in peer.faults] == ["unreadable body"] * 3
    peer.faults.clear()


async def test_half_an_answer(peer: DiscordPeer, rest: Rest) -> None:
    peer.trouble(Kind.NOT_JSON)
    with pytest.raises(ValueError, match="Unterminated"):
        await rest.ask("GET", "/users/@me")


async def test_an_outage_ends_on_the_same_port_with_the_ledger_kept(
    peer: DiscordPeer, treasury: Treasury, rest: Rest
) -> None:
    await rest.say(5001, "before")
    port = peer.port
    await peer.stop()
    with pytest.raises(aiohttp.ClientError):
        await rest.say(5001, "during")
    await peer.start(port)
    await rest.say(5001, "after")
    assert [one.text for one in peer.ledger.sent()] == ["before", "after"]


async def test_the_rate_is_the_fullest_window(peer: DiscordPeer) -> None:
    times = iter([0, 400, 999, 1000, 1998, 5000])
    peer.ledger.clock_ms = lambda: next(times)
    for at in range(6):
        peer.ledger.accept("sent", {"channel_id": "5001", "id": str(at)})
    assert peer.ledger.busiest(1000) == 3
    assert peer.ledger.busiest(60_000, 5001) == 6
    assert peer.ledger.busiest(1000, 5) == 0


async def test_waiting_in_vain_says_what_was_seen(peer: DiscordPeer, treasury: Treasury, rest: Rest) -> None:
    heard: list[str] = []
    peer.ledger.on_accept.append(lambda entry: heard.append(entry.text))
    await rest.say(5001, "something else")
    with pytest.raises(TimeoutError, match="something else"):
        await peer.wait_for(lambda one: one.text == "Hello", within=0.01)
    assert heard == ["something else"]
