"""Two platforms in one program: whatever happens to one, the other goes on and says so to who can act."""

import re

import pytest

from tests.chat.discord.interactions import Interaction, State
from tests.contract.discord_stand import read
from tests.walk.both import HURRIED, WITHIN, Both, Treasury, both, is_alert
from tests.walk.stage import ACCOUNT, WAD
from tests.walk.stage import is_alert as is_alert_there

pytestmark = pytest.mark.chain

KNOWN = {"UNDERKEEL_ALLOW": "telegram:1001,discord:2001,discord:s9001"}
GROUP = -500


async def test_a_token_refused_from_the_start_leaves_the_other_platform_alone(tmp_path, chain):
    async with both(tmp_path, chain, KNOWN, module=HURRIED) as here:
        town, right = here.treasury(), here.discord.token
        here.discord.revoke()
        here.bot.start()
        told = await here.hear(lambda one: "Discord refuses me" in one.text)
        assert told.chat_id == here.ann.id
        await here.say("/wallets", "")
        # Nobody need start the program again when the token is good once more.
        after = len(here.peer.ledger.entries)
        here.discord.revoke(right)
        await here.on_discord()
        await here.hear(lambda one: "Discord is back" in one.text, after=after)
        await here.slash(town.bob, town.general, "wallets", wanted="")
        assert await here.bot.stop() == 0


async def test_each_platform_has_its_code_and_outlives_the_others_token(tmp_path, chain):
    async with both(tmp_path, chain, module=HURRIED) as here:
        town = here.treasury()
        await here.begin()
        codes = {name: await here.code(name) for name in ("Telegram", "Discord")}
        await _make_operators(here, town, codes)
        await here.say(f"/watch {ACCOUNT} treasury", "Watching")
        await here.slash(town.bob, town.bob.dm, "watch", "wallet", address=ACCOUNT, wanted="Watching")
        # Telegram's token is revoked under way: Discord's operator hears it, and the alert.
        right, after, there = here.peer.token, here.so_far, len(here.peer.ledger.entries)
        here.peer.revoke()
        refused = await here.told(lambda one: "Telegram refuses me" in read(one.text), after)
        assert refused.channel_id == town.bob.dm.id
        await here.fall_to(108 * WAD // 100)
        await here.told(is_alert, after)
        await here.slash(town.bob, town.bob.dm, "wallets", wanted="#1")
        # It comes back by itself, with what waited.
        here.peer.revoke(right)
        await here.hear(is_alert_there, after=there)
        await here.say("/wallets", "treasury")
        await here.told(lambda one: "Telegram is back" in read(one.text), after)
        assert len([one for one in here.peer.ledger.entries if is_alert_there(one)]) == 1
        assert await here.bot.stop() == 0


async def _make_operators(here: Both, town: Treasury, codes: dict[str, str]) -> None:
    """The code of one platform is worth nothing on the other."""
    wrong = await here.reply(town.bob.slash(town.bob.dm, "start", code=codes["Telegram"]))
    assert "operator now" not in wrong
    await here.say(f"/start {codes['Discord']}", "")
    assert not [one for one in here.peer.ledger.entries if "operator now" in one.text]
    await here.say(f"/start {codes['Telegram']}", "operator now")
    await here.slash(town.bob, town.bob.dm, "start", code=codes["Discord"], wanted="operator now")


async def test_discords_line_breaks_in_every_way_and_no_press_is_lost(tmp_path, chain):
    settings = KNOWN | {"UNDERKEEL_DISCORD_GATEWAY": ""}
    async with both(tmp_path, chain, settings, module=HURRIED) as here:
        town, line = here.treasury(), here.discord.line
        await here.begin()
        hello = await here.slash(town.bob, town.general, "start", wanted="I watch")
        presses = []
        for broken in (line.drop, line.reconnect, lambda: line.invalidate(resumable=True)):
            resumed = line.resumed
            broken()
            presses.append(town.bob.press(hello, "Help"))
            await here.discord.until(lambda n=resumed: line.resumed > n and line.live, WITHIN)
            await _well(here, town, presses)
        for broken in (lambda: line.invalidate(resumable=False), lambda: line.close(4000)):
            starts = line.identified + line.resumed
            broken()
            await here.discord.until(
                lambda n=starts: line.identified + line.resumed > n and line.live, WITHIN
            )
            presses.append(town.bob.press(hello, "Help"))
            await _well(here, town, presses)
        for kind, data in _NONSENSE:
            line.dispatch(kind, data)
            await _well(here, town, presses)
        line.say("this is not JSON")
        presses.append(town.bob.press(hello, "Help"))
        await _well(here, town, presses)
        await _away_for_long(here, town)
        assert "telegram_unreachable" not in here.bot.text()
        assert await here.bot.stop() == 0


_NONSENSE = (
    ("GUILD_CREATE", {"id": "nonsense"}),
    ("CHANNEL_UPDATE", [1, 2]),
    ("INTERACTION_CREATE", {"id": None, "type": 2, "data": {}}),
    ("NOT_YET_INVENTED", None),
)


async def _well(here: Both, town: Treasury, presses: list[Interaction]) -> None:
    """Every press was handled, once; both platforms answer."""
    for press in presses:
        await here.discord.until(lambda one=press: one.state is State.ANSWERED, WITHIN)
        assert len(here.discord.answers(press)) == 1
        calls = [one for one in here.discord.ledger.calls if press.token in one.path]
        assert [one.route.split()[0] for one in calls] == ["POST", "PATCH"]
    await here.slash(town.bob, town.general, "wallets", wanted="")
    await here.say("/wallets", "")


async def _away_for_long(here: Both, town: Treasury) -> None:
    after = len(here.peer.ledger.entries)
    here.discord.line.is_down = True
    here.discord.line.drop()
    away = await here.hear(lambda one: "Discord cannot be reached" in one.text, after=after)
    assert away.chat_id == here.ann.id
    here.discord.line.is_down = False
    await here.hear(lambda one: "Discord is back" in one.text, after=after)
    await here.slash(town.bob, town.general, "wallets", wanted="")


async def test_what_nobody_takes_up_on_discord_reaches_the_group_on_telegram(tmp_path, chain):
    async with both(tmp_path, chain, KNOWN, module=HURRIED) as here:
        town = here.treasury()
        group = here.peer.supergroup(GROUP, "Keepers", here.ann)
        await here.begin()
        await here.slash(
            town.bob, town.alerts, "watch", "wallet", address=ACCOUNT, label="treasury", wanted="Watching"
        )
        code = await _connect(here, group)
        await here.slash(
            town.bob, town.general, "settings", "escalate", where=code, after="2s", wanted="telegram"
        )
        after = here.so_far
        await here.fall_to(108 * WAD // 100)
        first = await here.told(is_alert, after)
        assert "Bob" in await here.reply(town.bob.press(first, "Ack"))
        await here.logged(r"not said.*esc:")
        assert not [one for one in here.peer.ledger.sent(GROUP) if is_alert_there(one)]
        # Worse than what was acknowledged, and nobody reacts.
        after = here.so_far
        await here.fall_to(104 * WAD // 100)
        await here.told(is_alert, after)
        escalated = await here.hear(is_alert_there)
        assert escalated.chat_id == GROUP
        assert "HF 1.04" in escalated.text
        assert "Debt" not in escalated.text, "a group is not told amounts"
        # Taken up there it is taken up: both messages say so.
        after, there = here.so_far, len(here.peer.ledger.entries)
        here.ann.press(group, escalated.message_id, "Ack")
        await here.hear(lambda one: one.deed == "edited" and "Ann" in one.text, after=there)
        await here.told(lambda one: one.deed == "edited" and "Ann" in one.text, after)
        assert await here.bot.stop() == 0


async def _connect(here: Both, group) -> str:
    after = len(here.peer.ledger.entries)
    here.ann.send(group, "/start")
    await here.hear(lambda one: "I listen here" in one.text, after=after)
    here.ann.send(group, "/connect")
    offered = await here.hear(lambda one: "/settings" in one.text and one.order > after, after=after + 1)
    found = re.search(r"\b[A-HJ-NP-Z2-9]{10}\b", offered.text)
    assert found, offered.text
    return found[0]
