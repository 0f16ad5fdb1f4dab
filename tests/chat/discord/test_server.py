"""Commands, presses, forms and their answers, as a bot of bare aiohttp sees them on the wire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from tests.chat.discord.client import Rest, Wire
from tests.chat.discord.conftest import Treasury
from tests.chat.discord.interactions import State
from tests.chat.discord.rights import Right
from tests.chat.discord.server import DiscordPeer
from tests.chat.discord.world import APP_ID, Json

pytestmark = pytest.mark.usefixtures("wire")

ADDRESS = {"type": 3, "name": "address", "description": "Which", "required": True, "autocomplete": True}
CHAIN = {"type": 3, "name": "chain", "description": "Where", "choices": [{"name": "Base", "value": "8453"}]}
WATCH: Json = {
    "name": "watch",
    "description": "Watch something",
    "options": [{"type": 1, "name": "wallet", "description": "A wallet", "options": [ADDRESS, CHAIN]}],
}
STATUS: Json = {"name": "status", "description": "How it stands"}
FILE = {"type": 11, "name": "file", "description": "A list", "required": True}
KEYS = [{"type": 1, "components": [{"type": 2, "style": 1, "label": "Ack", "custom_id": "1|ack"}]}]


async def heard(wire: Wire) -> Any:
    return await wire.until("INTERACTION_CREATE")


async def test_a_command_reaches_the_bot_whole(treasury: Treasury, rest: Rest, wire: Wire) -> None:
    await rest.register(WATCH)
    keeper = treasury.server.role(77, "Keepers", Right.MANAGE_GUILD)
    treasury.server.give(treasury.bob, keeper)
    treasury.bob.slash(treasury.general, "watch", "wallet", address="0x1", chain="Base")
    told = await heard(wire)
    assert told["data"]["options"] == [
        {
            "type": 1,
            "name": "wallet",
            "options": [
                {"type": 3, "name": "address", "value": "0x1"},
                {"type": 3, "name": "chain", "value": "8453"},
            ],
        }
    ]
    assert (told["guild_id"], told["channel"]["id"], told["context"]) == ("9001", "5001", 0)
    assert told["member"]["roles"] == ["77"]
    assert int(told["member"]["permissions"]) & Right.MANAGE_GUILD
    assert not int(told["app_permissions"]) & Right.MANAGE_GUILD
    assert told["authorizing_integration_owners"] == {"0": "9001"}
    assert told["entitlements"] == []
    assert "user" not in told


async def test_what_a_client_would_not_offer_is_not_sent(treasury: Treasury, rest: Rest) -> None:
    hidden = STATUS | {"name": "hidden", "default_member_permissions": int(Right.MANAGE_GUILD)}
    served = STATUS | {"name": "served", "contexts": [0], "integration_types": [0]}
    await rest.register(WATCH, STATUS | {"options": [{**ADDRESS, "max_length": 3}]}, hidden, served)
    ann, bob, here = treasury.ann, treasury.bob, treasury.general
    refusals: list[Callable[[], object]] = [
        lambda: bob.slash(here, "unknown"),
        lambda: bob.slash(here, "watch"),
        lambda: bob.slash(here, "watch", "token"),
        lambda: bob.slash(here, "watch", "wallet"),
        lambda: bob.slash(here, "watch", "wallet", address=5),
        lambda: bob.slash(here, "watch", "wallet", address="0x1", colour="red"),
        lambda: bob.slash(here, "watch", "wallet", address="0x1", chain="Solana"),
        lambda: bob.slash(here, "status", address="0x12"),
        lambda: bob.slash(here, "hidden"),
        lambda: bob.slash(bob.dm, "served"),
        lambda: bob.slash(ann.dm, "watch", "wallet", address="0x1"),
        lambda: bob.autocomplete(here, "watch", "wallet", focused="chain", chain="B"),
    ]
    for refused in refusals:
        with pytest.raises(LookupError):
            refused()
    ann.slash(here, "hidden")
    bob.slash(here, "hidden", overridden=True)
    bob.slash(here, "served")
    bob.slash(bob.dm, "watch", "wallet", address="0x1")


async def test_thinking_then_an_answer_only_one_sees(
    peer: DiscordPeer, treasury: Treasury, rest: Rest
) -> None:
    await rest.register(STATUS)
    asked = treasury.bob.slash(treasury.general, "status")
    assert (await rest.first(asked, 5, {"flags": 64})).status == 204
    assert asked.state is State.THINKING
    [waiting] = peer.visible(treasury.general, to=treasury.bob)
    assert (waiting.thinking, waiting.ephemeral, waiting.text) == (True, True, "")
    assert (await rest.edit_first(asked, content="HF 1.07", components=KEYS)).status == 200
    assert str(await peer.answer(asked)) == "HF 1.07\n[Ack]"
    assert peer.visible(treasury.general, to=treasury.ann) == []
    with pytest.raises(LookupError, match="does not see"):
        treasury.ann.press(asked.original, "Ack")
    [entry] = peer.ledger.entries
    assert (entry.deed, entry.seen_by, entry.interaction) == ("sent", 1002, asked.id)
    assert peer.ledger.sent() == []
    unseen = await rest.ask("GET", f"/channels/5001/messages/{asked.original}")
    assert (unseen.status, unseen.code) == (404, 10008)


async def test_first_answers_too_late_or_twice(peer: DiscordPeer, treasury: Treasury, rest: Rest) -> None:
    await rest.register(STATUS)
    asked = treasury.bob.slash(treasury.general, "status")
    early = await rest.follow(asked, "before any answer")
    assert (early.status, early.code) == (404, 10015)
    assert (await rest.first(asked, 4, {"content": "Hi"})).status == 204
    again = await rest.first(asked, 4, {"content": "Hi"})
    assert (again.status, again.code) == (400, 40060)
    late = treasury.bob.slash(treasury.general, "status")
    peer.advance(3.1)
    told = await rest.first(late, 5)
    assert (told.status, told.code, late.state) == (404, 10062, State.WAITING)
    peer.advance(15 * 60)
    old = await rest.edit_first(asked, content="much later")
    assert (old.status, old.code) == (401, 50027)
    unknown = await rest.ask("POST", f"/interactions/{asked.id}/wrong/callback", {"type": 5})
    assert (unknown.status, unknown.code) == (404, 10062)


async def test_follow_ups_and_the_one_that_replaces_thinking(
    peer: DiscordPeer, treasury: Treasury, rest: Rest
) -> None:
    await rest.register(STATUS)
    asked = treasury.bob.slash(treasury.general, "status")
    await rest.first(asked, 5)
    first = await rest.follow(asked, "first")
    assert first.json["id"] == str(asked.original)
    second = await rest.follow(asked, "second", flags=64)
    assert [one.text for one in peer.answers(asked)] == ["first", "second"]
    assert [one.text for one in peer.visible(treasury.general)] == ["first"]
    path = f"/webhooks/{APP_ID}/{asked.token}/messages"
    changed = await rest.ask("PATCH", f"{path}/{second.json['id']}", {"content": "changed"})
    assert changed.json["content"] == "changed"
    assert (await rest.ask("GET", f"{path}/@original")).json["content"] == "first"
    assert (await rest.ask("DELETE", f"{path}/@original")).status == 204
    assert (await rest.ask("GET", f"{path}/@original")).code == 10008
    assert (await rest.ask("GET", f"{path}/5")).code == 10008
    assert (await rest.ask("GET", f"/webhooks/5/{asked.token}/messages/@original")).code == 10015
    assert [one.deed for one in peer.ledger.entries] == ["sent", "sent", "edited", "deleted"]


async def test_a_press_updates_its_message_in_place(
    peer: DiscordPeer, treasury: Treasury, rest: Rest, wire: Wire
) -> None:
    sent = await rest.say(5001, "HF 1.07", components=KEYS)
    entry = await peer.wait_for(lambda one: one.text == "HF 1.07")
    pressed = treasury.bob.press(entry, "Ack")
    told = await heard(wire)
    assert told["data"] == {"custom_id": "1|ack", "component_type": 2, "id": 2}
    assert told["message"]["id"] == sent.json["id"]
    tells = {"type": 7, "data": {"content": "Acknowledged", "components": []}}
    path = f"/interactions/{pressed.id}/{pressed.token}/callback?with_response=1"
    answer = await rest.ask("POST", path, tells)
    assert answer.json["resource"]["message"]["content"] == "Acknowledged"
    shown = await peer.answer(pressed)
    assert (shown.text, shown.rows, shown.edited) == ("Acknowledged", (), True)
    with pytest.raises(LookupError, match="0 are called 'Ack'"):
        treasury.bob.press(shown, "Ack")
    stale = treasury.bob.press(shown, "1|ack", stale=True)
    assert (await rest.first(stale, 6)).status == 204
    assert (await rest.edit_first(stale, content="Again")).status == 200
    assert [one.text for one in peer.visible(treasury.general)] == ["Again"]


async def test_disabled_and_link_buttons_send_nothing(
    peer: DiscordPeer, treasury: Treasury, rest: Rest
) -> None:
    off: Json = {"type": 2, "style": 1, "label": "Off", "custom_id": "x", "disabled": True}
    link = {"type": 2, "style": 5, "label": "Open", "url": "https://example.org/"}
    pick = {"type": 3, "custom_id": "pick", "options": [{"label": "A", "value": "a"}]}
    keys = [{"type": 1, "components": [off, link]}, {"type": 1, "components": [pick]}]
    await rest.say(5001, "Hi", components=keys)
    [entry] = peer.ledger.sent(5001)
    assert entry.labels == ["Off", "Open", ""]
    for name in ("Off", "Open"):
        with pytest.raises(LookupError):
            treasury.bob.press(entry, name)
    with pytest.raises(LookupError):
        treasury.bob.pick(entry, "pick", "b")
    assert treasury.bob.pick(entry, "pick", "a").payload["data"]["values"] == ["a"]


async def test_forged_presses(peer: DiscordPeer, treasury: Treasury, rest: Rest, wire: Wire) -> None:
    await rest.say(5001, "HF 1.07", components=KEYS)
    [entry] = peer.ledger.sent(5001)
    mallory = peer.user(1003, "Mallory")
    peer.server(9002, "Elsewhere", mallory).channel(5002, "lair")
    forged = mallory.forge(peer.world.channels[5002], "1|drop|everything", message=entry)
    told = await heard(wire)
    assert (told["guild_id"], told["channel_id"]) == ("9002", "5002")
    assert (told["message"]["id"], told["message"]["channel_id"]) == (str(entry.message_id), "5001")
    assert told["data"]["custom_id"] == "1|drop|everything"
    mallory.forge(mallory.dm, "1|ack")
    told = await heard(wire)
    assert (told["context"], told["user"]["id"], told["message"]["id"]) == (1, "1003", "1")
    assert (await rest.first(forged, 4, {"content": "No", "flags": 64})).status == 204


async def test_forms_are_opened_filled_in_and_checked(
    peer: DiscordPeer, treasury: Treasury, rest: Rest, wire: Wire
) -> None:
    await rest.register(STATUS)
    inputs = {"type": 4, "custom_id": "address", "style": 1, "min_length": 3}
    label = {"type": 18, "label": "Address", "component": inputs}
    named = {"type": 4, "custom_id": "label", "style": 1, "label": "Name", "required": False}
    modal = {
        "custom_id": "1|form",
        "title": "Watch",
        "components": [label, {"type": 1, "components": [named]}],
    }
    asked = treasury.bob.slash(treasury.general, "status")
    await rest.first(asked, 9, modal)
    assert (await peer.modal(asked))["title"] == "Watch"
    for wrong in ({}, {"Address": "0x"}, {"Address": "0x12", "Colour": "red"}):
        with pytest.raises(LookupError):
            treasury.bob.submit(asked, wrong)
    with pytest.raises(LookupError, match="no form"):
        treasury.ann.submit(asked, {"Address": "0x12"})
    await heard(wire)
    sent = treasury.bob.submit(asked, {"Address": "0x12"})
    told = await heard(wire)
    first, second = told["data"]["components"]
    assert (first["component"]["custom_id"], first["component"]["value"]) == ("address", "0x12")
    assert second["components"][0]["value"] == ""
    assert (told["type"], told["data"]["custom_id"]) == (5, "1|form")
    assert (await rest.first(sent, 4, {"content": "Watching", "flags": 64})).status == 204


async def test_autocomplete_suggests(peer: DiscordPeer, treasury: Treasury, rest: Rest, wire: Wire) -> None:
    await rest.register(WATCH)
    asked = treasury.bob.autocomplete(treasury.general, "watch", "wallet", focused="address", address="tre")
    [inner] = (await heard(wire))["data"]["options"][0]["options"]
    assert inner == {"type": 3, "name": "address", "value": "tre", "focused": True}
    await rest.first(asked, 8, {"choices": [{"name": "treasury.eth", "value": "0x1"}]})
    assert await peer.choices(asked) == ["treasury.eth"]


async def test_answers_that_do_not_fit_are_faults(peer: DiscordPeer, treasury: Treasury, rest: Rest) -> None:
    await rest.register(STATUS)
    asked = treasury.bob.slash(treasury.general, "status")
    for kind in (6, 7, 8):
        refused = await rest.first(asked, kind, {"choices": []} if kind == 8 else None)
        assert (refused.status, refused.code) == (400, 50035)
    assert [one.kind for one in peer.faults] == ["unfit answer"] * 3
    peer.faults.clear()


async def test_files_go_up_and_come_down(
    peer: DiscordPeer, treasury: Treasury, rest: Rest, wire: Wire
) -> None:
    await rest.register(STATUS | {"name": "import", "options": [FILE]})
    given = treasury.bob.attach("list.csv", b"0x1,treasury")
    asked = treasury.bob.slash(treasury.general, "import", file=given)
    data = (await heard(wire))["data"]
    resolved = data["resolved"]["attachments"][data["options"][0]["value"]]
    async with aiohttp.ClientSession() as session, session.get(resolved["url"]) as got:
        assert (await got.read(), resolved["size"]) == (b"0x1,treasury", 12)
    body = {"type": 4, "data": {"attachments": [{"id": 0, "filename": "out.csv", "description": "Yours"}]}}
    path = f"/interactions/{asked.id}/{asked.token}/callback"
    assert (await rest.upload("POST", path, body, ("out.csv", b"a,b"))).status == 204
    [entry] = peer.ledger.entries
    assert entry.files == (("out.csv", b"a,b"),)
    [attached] = entry.message["attachments"]
    assert (attached["filename"], attached["description"]) == ("out.csv", "Yours")
    chart = {"embeds": [{"title": "HF", "image": {"url": "attachment://hf.png"}}]}
    sent = await rest.upload("POST", "/channels/5001/messages", chart, ("hf.png", b"PNG"))
    async with aiohttp.ClientSession() as session:
        async with session.get(sent.json["embeds"][0]["image"]["url"]) as got:
            assert await got.read() == b"PNG"
        async with session.get(f"http://127.0.0.1:{peer.port}/attachments/1/1/no.png") as got:
            assert got.status == 404


async def test_a_file_too_large_is_refused(peer: DiscordPeer, rest: Rest) -> None:
    huge = await rest.upload("POST", "/channels/5001/messages", {}, ("a.txt", bytes((10 << 20) + 1)))
    assert (huge.status, huge.code) == (413, 40005)
    assert [one.kind for one in peer.faults] == ["too long"]
    peer.faults.clear()


async def test_a_user_installed_app_where_the_bot_is_not(
    peer: DiscordPeer, treasury: Treasury, rest: Rest, wire: Wire
) -> None:
    await rest.register(STATUS | {"integration_types": [0, 1], "contexts": [0, 1, 2]}, WATCH)
    foreign = peer.server(9002, "Elsewhere", treasury.ann, treasury.bob, bot=False)
    lobby = foreign.channel(5002, "lobby")
    with pytest.raises(LookupError, match="not offered"):
        treasury.bob.slash(lobby, "status")
    treasury.bob.install()
    with pytest.raises(LookupError, match="not offered"):
        treasury.bob.slash(lobby, "watch", "wallet", address="0x1")
    asked = treasury.bob.slash(lobby, "status")
    told = await heard(wire)
    assert (told["authorizing_integration_owners"], told["guild_id"]) == ({"1": "1002"}, "9002")
    await rest.first(asked, 4, {"content": "HF 1.07"})
    assert [(await rest.follow(asked, "more")).status for _ in range(5)] == [200] * 5
    peer.advance(3)
    over = await rest.follow(asked, "one too many")
    assert (over.status, over.code) == (403, 40094)
    assert (await rest.say(5002)).code == 50001
    lobby.deny(foreign.everyone, Right.USE_EXTERNAL_APPS)
    private = treasury.bob.slash(lobby, "status")
    await rest.first(private, 4, {"content": "HF 1.07"})
    assert (await peer.answer(private)).ephemeral


async def test_commands_keep_their_ids(peer: DiscordPeer, rest: Rest) -> None:
    first = await rest.register(STATUS, WATCH)
    second = await rest.register(STATUS | {"description": "Changed", "default_member_permissions": 32})
    assert second.json[0]["id"] == first.json[0]["id"]
    assert second.json[0]["default_member_permissions"] == "32"
    listed = await rest.ask("GET", f"/applications/{APP_ID}/commands")
    assert (listed.json, peer.dc.syncs) == (second.json, 2)
