"""The first hello: nobody may speak until somebody sends the code that only the terminal showed."""

import re

from tests.walk.stage import ACCOUNT, stage


async def test_the_code_from_the_terminal_makes_its_sender_the_operator_once(tmp_path):
    async with stage(tmp_path, {"UNDERKEEL_ALLOW": ""}) as here:
        here.bot.start()
        refused = await here.say("/watch " + ACCOUNT, "")
        assert "Watching" not in refused.text
        code = re.search(r"/start ([0-9a-f]{8})", here.bot.text())
        assert code
        await here.say("/start 00000000", "")
        await here.say(f"/start {code[1]}", "operator")
        await here.say("/watch " + ACCOUNT, "Watching")
        eve = here.peer.user(666, "Eve")
        after = len(here.peer.ledger.entries)
        eve.say(f"/start {code[1]}")
        told = await here.hear(lambda one: one.chat_id == 666, after=after)
        assert "operator now" not in told.text
        # It is remembered, so the next start asks for no code.
        assert await here.bot.stop() == 0
        here.bot.start()
        await here.say("/wallets", "#1")
        assert here.bot.text().count("Nobody may speak") == 1
