"""The walk on Discord alone: a server lets the bot in, the price falls on chain, its people are warned."""

import pytest

from tests.chat.discord.interactions import State
from tests.chat.discord.trouble import Kind
from tests.contract.discord_stand import read
from tests.walk.both import Both, Treasury, both, is_alert
from tests.walk.stage import ACCOUNT, WAD, is_marked

pytestmark = pytest.mark.chain

ALONE = {"UNDERKEEL_TELEGRAM_TOKEN": ""}
FALL = (145, 120, 108, 104, 99)
"""Health factors in percent, one below each level of the default ladder."""
OTHER = "0x" + "cd" * 20


async def head_seen(here: Both, who: Treasury) -> None:
    """Ask /status until the bot has read the newest block: the chain is quiet meanwhile."""
    number = await here.on_chain(here.lab.anvil.block_number)

    while f"{number:,}" not in await here.reply(who.eve.slash(who.general, "status")):
        pass


async def test_the_walk(tmp_path, chain):
    async with both(tmp_path, chain, ALONE) as here:
        town = here.treasury(bot=False)
        here.bot.start()
        await here.on_discord()
        town.server.add_bot()
        greeting = await here.told(lambda one: "Nobody has let me in" in one.text)
        assert greeting.channel_id == town.general.id
        await _let_in(here, town)
        await _watch(here, town)
        for percent in FALL:
            after = here.so_far
            await here.fall_to(percent * WAD // 100)
            heard = await here.told(is_alert, after)
            health = await here.health()
            assert f"HF {health // 10**16 / 100:.2f}" in read(heard.text)
            if percent == 108:
                await _acknowledge(here, town, heard)
        after = here.so_far
        await here.fall_to(3 * WAD)
        await head_seen(here, town)
        await here.blocks(8)
        await here.told(lambda one: is_alert(one) and "RESOLVED" in one.text, after)
        _judge(here, town)
        # It stops within its bound whatever hangs: code 1 would be the last resort.
        hanging = here.discord.trouble(Kind.HANG, route="POST /channels/")
        await here.fall_to(140 * WAD // 100)
        await here.discord.until(lambda: hanging.met, 30)
        assert await here.bot.stop() == 0


async def _let_in(here: Both, town: Treasury) -> None:
    """Nobody may speak before the operator, not even whoever manages the server."""
    refused = await here.reply(town.bob.slash(town.general, "watch", "wallet", address=ACCOUNT))
    assert "Watching" not in refused
    code = await here.code("Discord")
    await here.slash(town.eve, town.eve.dm, "start", code=code, wanted="You are my operator")
    await here.slash(town.eve, town.general, "start", wanted="I listen here from now on")


async def _watch(here: Both, town: Treasury) -> None:
    """By slash, in the channel where the alerts shall come; what is typed is completed."""
    assets = await here.discord.choices(
        town.bob.autocomplete(town.alerts, "watch", "price", focused="asset", asset="we")
    )
    assert "WETH" in " ".join(assets)
    await here.slash(
        town.bob, town.alerts, "watch", "wallet", address=ACCOUNT, label="treasury", wanted="Watching"
    )
    labels = await here.discord.choices(
        town.bob.autocomplete(town.alerts, "rules", "health", focused="watch", watch="tre")
    )
    assert "treasury" in " ".join(labels)
    await here.slash(
        town.bob, town.general, "settings", "ping", role=f"<@&{town.role.id}>", wanted=str(town.role.id)
    )
    members = await here.reply(town.bob.slash(town.general, "wallets"))
    assert "treasury" in members


async def _acknowledge(here: Both, town: Treasury, heard: object) -> None:
    after = here.so_far
    assert "Bob" in await here.reply(town.bob.press(heard, "Ack"))
    edited = await here.told(lambda one: one.deed == "edited" and one.interaction is None, after)
    assert "Bob" in edited.text


def _judge(here: Both, town: Treasury) -> None:
    alerts = [one for one in here.discord.ledger.entries if is_alert(one)]
    words = [read(one.text).split(" · ")[0].split(" ")[1] for one in alerts]
    assert words == ["NOTICE", "WARNING", "CRITICAL", "CRITICAL", "CRITICAL", "RESOLVED"]
    assert all("treasury" in one.text.split("\n")[0] for one in alerts)
    assert {one.channel_id for one in alerts} == {town.alerts.id}
    # The incident is one thread; only what is critical rings, and calls the role once.
    assert [one.reply_to for one in alerts[1:]] == [alerts[0].message_id] * 5
    assert [one.silent for one in alerts] == [True, True, False, False, False, True]
    rung = [one.pings for one in alerts]
    assert rung == [(), (), (f"role {town.role.id}",), (), (), ()]


async def test_a_kill_loses_nothing_and_what_comes_twice_is_shown_once(tmp_path, chain):
    async with both(tmp_path, chain, ALONE | {"UNDERKEEL_ALLOW": "discord:s9001"}) as here:
        town = here.treasury()
        here.bot.start()
        await here.on_discord()
        hello = await here.slash(town.bob, town.general, "start", wanted="I watch Aave positions")
        await here.slash(
            town.bob, town.alerts, "watch", "wallet", address=ACCOUNT, label="treasury", wanted="Watching"
        )
        await here.fall_to(108 * WAD // 100)
        first = await here.told(is_alert)
        opened = town.bob.press(hello, "Watch a wallet")
        await here.discord.modal(opened)
        # Killed when Discord has the next alert and the bot does not know it yet.
        killed = _kill_at_acceptance(here)
        after = here.so_far
        await here.fall_to(104 * WAD // 100)
        await here.told(is_alert, after)
        assert killed
        await here.bot.gone()
        here.bot.start()
        await here.on_discord()
        await here.discord.until(lambda: here.discord.ledger.repeats, 30)
        worse = [one for one in here.discord.visible(town.alerts) if "HF 1.04" in read(one.text)]
        assert len(worse) == 1
        # What was opened and what was sent before the kill still works.
        form = town.bob.submit(opened, {"address": OTHER, "label": "spare"})
        assert "Watching" in await here.reply(form)
        acked = town.bob.press(first, "Ack")
        assert "Bob" in await here.reply(acked)
        assert acked.state is State.ANSWERED
        after = here.so_far
        await here.fall_to(99 * WAD // 100)
        last = await here.told(is_alert, after)
        assert "HF 0.99" in read(last.text)
        assert last.reply_to == first.message_id
        assert [is_marked(one) for one in here.discord.ledger.sent(town.alerts.id)] == [False] * 3
        assert await here.bot.stop() == 0


def _kill_at_acceptance(here: Both) -> list[int]:
    """Filled with the message at which it was done."""
    killed: list[int] = []
    listeners = here.discord.ledger.on_accept

    def kill(entry: object) -> None:
        if is_alert(entry):
            here.bot.kill()
            listeners.remove(kill)
            killed.append(entry.message_id)

    listeners.append(kill)
    return killed
