"""`underkeel ask`: what a script gets is what the contract says, alone and beside a running bot."""

import asyncio
import json
import subprocess
import sys

import pytest

from tests.walk.stage import ACCOUNT, Stage, stage

pytestmark = pytest.mark.chain


async def ask(here: Stage, *words: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "bot", *words],
        cwd=here.folder,
        env=here.bot.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_the_position_as_data_is_the_contracts(tmp_path):
    async with stage(tmp_path) as here:
        answer = await ask(here, "ask", f"position {ACCOUNT}", "--json")
        assert answer.returncode == 0, answer.stderr
        (position,) = json.loads(answer.stdout)["wallet"]["positions"]
        words = await here.on_chain(lambda: here.lab.market.account_data(ACCOUNT))
        assert position["health_factor"]["wad"] == str(words[5])
        assert position["account"] == ACCOUNT
        plain = await ask(here, "ask", f"position {ACCOUNT}")
        assert f"HF {words[5] // 10**16 / 100:.2f}" in plain.stdout
        wrong = await ask(here, "ask", "position 0x123", "--json")
        assert wrong.returncode == 1
        assert json.loads(wrong.stdout)["answer"] == "fault"


async def test_beside_a_running_bot_it_shares_the_memory_and_sees_the_eyes(tmp_path):
    async with stage(tmp_path) as here:
        nobody = await ask(here, "healthcheck")
        assert (nobody.returncode, nobody.stdout) == (1, "No bot runs on this data folder.\n")
        here.bot.start()
        await here.say("/start", "I watch Aave positions")
        assert "#1 treasury" in (await ask(here, "ask", f"watch {ACCOUNT} treasury")).stdout
        assert "treasury" in (await ask(here, "ask", "wallets")).stdout
        await here.head_seen()
        async with asyncio.timeout(30):
            while (well := await ask(here, "healthcheck")).returncode:
                assert "Traceback" not in well.stderr
        status = json.loads((await ask(here, "ask", "status", "--json")).stdout)
        assert status["markets"]
        assert await here.bot.stop() == 0
        assert (await ask(here, "healthcheck")).returncode == 1
