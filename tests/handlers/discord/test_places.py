"""Servers, channels and threads that come and go, and rights that do."""

import asyncio

from bot.errors import StoreError
from bot.ports import Place
from bot.subscriptions import Destination
from tests.chat.discord.rights import Right
from tests.chat.discord.world import BOT_ID
from tests.contract.discord_stand import DiscordStand
from tests.contract.stands import PlaceNotes
from tests.handlers.discord.conftest import Desk, at_work


async def _at_once(_: float) -> None:
    await asyncio.sleep(0)


async def test_servers_and_rooms_that_come_and_go_are_told(stand: DiscordStand) -> None:
    guild = stand.peer.server(9003, "New", stand.ann, bot=False)
    lobby = guild.channel(5031, "lobby")
    async with at_work(desk := Desk(stand)):
        guild.add_bot()
        await desk.told(1)
        lobby.mute_bot()
        await desk.told(2)
        lobby.unmute_bot()
        await desk.told(3)
        guild.go_down()
        guild.come_back()
        thread = lobby.thread("Alerts", 5032)
        thread.delete()
        await desk.told(4)
        lobby.delete()
        await desk.told(5)
        guild.remove_bot()
        happened = await desk.told(6)
    assert [one[:2] for one in happened] == [
        (Place.JOINED, "discord/c5031"),
        (Place.MUTED, "discord/c5031"),
        (Place.BACK, "discord/c5031"),
        (Place.GONE, "discord/c5032"),
        (Place.GONE, "discord/c5031"),
        (Place.GONE, "discord/s9003"),
    ]


async def test_rooms_lost_with_a_role_or_with_their_channel_are_told(stand: DiscordStand) -> None:
    secret = stand.server.channel(5041, "secret")
    role = stand.server.role(7009, "Writers")
    secret.deny(stand.server.everyone, Right.SEND_MESSAGES, Right.SEND_MESSAGES_IN_THREADS)
    secret.allow(role, Right.SEND_MESSAGES, Right.SEND_MESSAGES_IN_THREADS)
    secret.thread("Alerts", 5042)
    stand.server.guild.members[BOT_ID].add(role.id)
    async with at_work(desk := Desk(stand)):
        stand.server.take(stand.peer.world.users[BOT_ID], role)
        await desk.told(2)
        secret.delete()
        happened = await desk.told(4)
    assert [one[:2] for one in happened] == [
        (Place.MUTED, "discord/c5041"),
        (Place.MUTED, "discord/c5042"),
        (Place.GONE, "discord/c5041"),
        (Place.GONE, "discord/c5042"),
    ]


async def test_what_happened_to_servers_waits_for_the_store(stand: DiscordStand) -> None:
    desk = Desk(stand)
    refused: list[Place] = []

    class Forgetful(PlaceNotes):
        async def changed(self, place: Destination, what: Place, **more: str) -> None:
            if not refused:
                refused.append(what)
                raise StoreError("away")
            await super().changed(place, what, **more)

    desk.steward = Forgetful(wrote=stand.peer.ledger.change)
    async with at_work(desk, pause=_at_once):
        stand.general.delete()
        await desk.told()
    assert refused == [Place.GONE]


async def test_servers_left_between_two_sessions_are_told(stand: DiscordStand) -> None:
    other = stand.peer.server(9004, "Other", stand.ann)
    other.channel(5051, "lobby")
    async with at_work(desk := Desk(stand), pause=_at_once):
        stand.peer.line.forget()
        other.remove_bot()
        stand.peer.line.drop()
        [told] = await desk.told()
    assert told[:2] == (Place.GONE, "discord/s9004")
