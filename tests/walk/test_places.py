"""Places that go away under the running program: what waits is said elsewhere, and people hear of it."""

import pytest

from tests.chat.discord.places import Place
from tests.chat.telegram.ledger import Entry as TelegramEntry
from tests.chat.telegram.rooms import Room
from tests.chat.telegram.world import BOT
from tests.contract.discord_stand import read
from tests.walk.both import HURRIED, Both, Treasury, both, is_alert
from tests.walk.stage import ACCOUNT, WAD
from tests.walk.stage import is_alert as is_alert_there

pytestmark = pytest.mark.chain

KNOWN = {"UNDERKEEL_ALLOW": "telegram:1001,discord:2001,discord:s9001"}


async def test_a_server_whose_channels_go_and_that_throws_us_out(tmp_path, chain):
    async with both(tmp_path, chain, KNOWN, module=HURRIED) as here:
        town = here.treasury()
        await here.begin()
        await here.slash(town.bob, town.alerts, "watch", "wallet", address=ACCOUNT, wanted="Watching")
        await here.slash(town.bob, town.general, "wallets", wanted="#1")
        await _muted(here, town)
        await _channel_deleted(here, town)
        await _removed(here, town)
        assert await here.bot.stop() == 0


async def _muted(here: Both, town: Treasury) -> None:
    """While we may not write in a channel, its alerts come in another; afterwards in their own again."""
    after = here.so_far
    town.alerts.mute_bot()
    for place in (town.general, town.bob.dm):
        await _hears(here, place, f"may no longer write in discord/c{town.alerts.id}", after)
    await here.fall_to(145 * WAD // 100)
    assert (await here.told(is_alert, after)).channel_id == town.general.id
    town.alerts.unmute_bot()
    await _settled(here, town)
    after = here.so_far
    await here.fall_to(120 * WAD // 100)
    assert (await here.told(is_alert, after)).channel_id == town.alerts.id


async def _settled(here: Both, town: Treasury) -> None:
    """What the gateway told before this answer, the steward has heard: they go in order for each server."""
    await here.slash(town.bob, town.general, "wallets", wanted="#1")
    await here.slash(town.bob, town.general, "wallets", wanted="#1")


async def _channel_deleted(here: Both, town: Treasury) -> None:
    """An alert waits for a channel that Discord is slow about; then the channel is deleted."""
    after = here.so_far
    slow = here.discord.throttle(3600, channel=town.alerts)
    await here.fall_to(108 * WAD // 100)
    await here.discord.until(lambda: slow.met, 30)
    town.alerts.delete()
    alert = await here.told(is_alert, after)
    assert alert.channel_id == town.general.id
    assert "HF 1.08" in read(alert.text)
    for place in (town.general, town.bob.dm):
        await _hears(here, place, f"can no longer write in discord/c{town.alerts.id}", after)


async def _hears(here: Both, place: Place, words: str, after: int) -> None:
    await here.told(
        lambda one: one.channel_id == place.id and words in read(one.text).replace("`", ""), after
    )


async def _removed(here: Both, town: Treasury) -> None:
    """Nobody there can be told; the operator on Telegram is. Invited again, we go on in every channel."""
    desk = town.server.channel(5003, "desk")
    await here.slash(town.bob, desk, "settings", "alerts", where="here", wanted="alerts here")
    after, there = here.so_far, len(here.peer.ledger.entries)
    town.server.remove_bot()
    lost = await here.hear(lambda one: "can no longer write in" in one.text, after=there)
    assert "s9001" in lost.text
    assert lost.chat_id == here.ann.id
    town.server.add_bot()
    await here.told(lambda one: "Thank you for letting me in" in read(one.text), after)
    await here.fall_to(104 * WAD // 100)
    alert = await here.told(is_alert, after)
    assert alert.channel_id == desk.id
    assert "HF 1.04" in read(alert.text)


async def test_a_group_that_moves_mutes_us_and_loses_a_topic(tmp_path, chain):
    settings = KNOWN | {"UNDERKEEL_DISCORD_TOKEN": ""}
    async with both(tmp_path, chain, settings, module=HURRIED) as here:
        group = here.peer.group(-500, "Keepers", here.ann)
        here.bot.start()
        await here.say("/start", "I watch")
        await _ask(here, group, "/start", "I listen here")
        await _ask(here, group, f"/watch {ACCOUNT}", "Watching")
        moved = await _moved(here, group)
        await _silenced(here, moved)
        await _topic_deleted(here)
        assert await here.bot.stop() == 0


async def _ask(here: Both, room: Room, text: str, wanted: str, thread: int | None = None) -> TelegramEntry:
    after = len(here.peer.ledger.entries)
    here.ann.send(room, text, thread=thread)
    return await here.hear(lambda one: one.chat_id == room.id and wanted in one.text, after=after)


async def _moved(here: Both, group: Room) -> Room:
    """The alert that waits follows the group, and so do all later ones."""
    after = len(here.peer.ledger.entries)
    slow = here.peer.throttle(3600, chat=group)
    await here.fall_to(145 * WAD // 100)
    await here.peer.until(lambda: slow.met, 30)
    moved = group.migrate(-100500, here.ann)
    alert = await here.hear(is_alert_there, after=after)
    assert alert.chat_id == moved.id
    await _ask(here, moved, "/wallets", "#1")
    return moved


async def _silenced(here: Both, room: Room) -> None:
    """Nowhere else to go: who can act hears it, and the group, later, that something is missing."""
    after = len(here.peer.ledger.entries)
    room.mute_bot(here.ann)
    told = await here.hear(lambda one: "may no longer write in" in one.text, after=after)
    assert told.chat_id == here.ann.id
    await here.fall_to(120 * WAD // 100)
    await here.blocks(2)
    await here.head_seen()
    assert not [one for one in here.peer.ledger.entries[after:] if is_alert_there(one)]
    room.set_member(BOT, "member", here.ann.user)
    back = await here.hear(lambda one: "I can write here again" in one.text, after=after)
    assert back.chat_id == room.id
    await here.fall_to(108 * WAD // 100)
    alert = await here.hear(is_alert_there, after=after)
    assert "HF 1.08" in alert.text
    assert alert.chat_id == room.id


async def _topic_deleted(here: Both) -> None:
    """No update tells of it: the alert that finds it out is said in the group itself."""
    forum = here.peer.supergroup(-100700, "Forum", here.ann, topics=(7,))
    await _ask(here, forum, "/start", "I listen here", thread=7)
    await _ask(here, forum, f"/watch {ACCOUNT}", "Watching", thread=7)
    await here.blocks(1)
    await here.hear(lambda one: one.thread_id == 7 and is_alert_there(one))
    after = len(here.peer.ledger.entries)
    forum.delete_topic(7)
    await here.fall_to(104 * WAD // 100)
    alert = await here.hear(lambda one: one.chat_id == forum.id and is_alert_there(one), after=after)
    assert alert.thread_id is None
    for place in (forum.id, here.ann.id):
        await here.hear(
            lambda one, to=place: one.chat_id == to and "can no longer write in" in one.text, after=after
        )
    after = len(here.peer.ledger.entries)
    await here.fall_to(99 * WAD // 100)
    await here.hear(lambda one: one.chat_id == forum.id and is_alert_there(one), after=after)
