"""What a running bot recorded on a real chain leads to the same decisions, wherever it is played."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app.decisions import decisions
from bot.app.rehearsal import SETTINGS, Rehearsal
from bot.domain.alerts import Reason
from bot.store.codec import encode
from bot.subscriptions import Watch
from tests.chain.lab import Lab
from tests.replay.live import ANNA, BERT, HOT, living
from tests.replay.test_recorder import files
from tests.watchers.flows.rig import pay
from watchers.replay import Replay, load_episode

pytestmark = pytest.mark.chain

ROOT = Path(__file__).parents[2]
LIQUIDATOR = "0x0000000000000000000000000000000000011904"
WAD = 10**18


@dataclass(frozen=True)
class Recorded:
    """One run: its file, the watches it had, and its decisions as lines."""

    file: Path
    watches: Path
    watched: tuple[Watch, ...]
    decided: list[str]

    def play(self, pause_ms: int = 0, dies_at: int = 0, **environ: str) -> tuple[int, list[str]]:
        """In a process of its own: its exit code, its decisions."""
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.replay.play",
                str(self.file),
                str(self.watches),
                str(pause_ms),
                str(dies_at),
            ],
            cwd=ROOT,
            env=os.environ | environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode in {0, -signal.SIGKILL}, done.stderr
        return done.returncode, done.stdout.splitlines()


def streams(lines: list[str]) -> tuple[list[str], list[str]]:
    """Of loans and of flows: two monitors, which wait for each other only where the store does."""
    flows = [line for line in lines if '"rule": "transfer"' in line]
    return [line for line in lines if line not in flows], flows


async def falls(lab: Lab, live) -> None:
    """Prices fall and rise, loans move, one is liquidated, coins go to an exchange, two blocks are undone."""
    market, anvil = lab.market, lab.anvil
    await live.reached()
    for bps in (9_000, 9_000, 10_500):
        market.scale_price("WETH", bps)
        anvil.warp(3_600)
        await live.reached()
    pay(anvil, ANNA, HOT, 400 * WAD)
    await live.reached()
    market.repay(ANNA, "USDC", 500 * 10**6)
    market.supply(BERT, "WETH", WAD)
    await live.reached()
    for payer, coins in ((BERT, 300), (ANNA, 500)):
        pay(anvil, payer, HOT, coins * WAD)
        await live.reached()  # the loan behind it is read at the head
    market.scale_price("WETH", 8_000)
    await live.reached()
    anvil.reorg(3)
    anvil.mine()
    await live.reached()
    await live.when(
        lambda: any(
            one.payload.reason is Reason.CORRECTED for one in live.said if hasattr(one.payload, "reason")
        )
    )
    market.scale_price("WETH", 6_000)
    await live.reached()
    market.liquidate(LIQUIDATOR, "WETH", "USDC", ANNA, 5_000 * 10**6)
    await live.reached()
    anvil.warp(7 * 3_600)
    await live.reached()
    for _ in range(2):
        market.scale_price("WETH", 20_000)
        anvil.warp(3_600)
        await live.reached()


async def recorded(lab: Lab, client, folder: Path) -> Recorded:
    market = lab.market
    market.supply(ANNA, "WETH", 10 * WAD)
    market.borrow(ANNA, "USDC", 16_000 * 10**6)
    market.supply(BERT, "WETH", 10 * WAD)
    market.borrow(BERT, "USDC", 9_000 * 10**6)
    async with living(lab, client, folder / "recordings") as live:
        await falls(lab, live)
        assert live.recorder.recording().ended == ""
        watched = await live.book.all()
    [file] = files(folder / "recordings")
    told = folder / "watches.json"
    told.write_text(json.dumps([encode(one) for one in watched]))
    return Recorded(file, told, watched, list(decisions(live.said, SETTINGS)))


async def test_a_recording_leads_to_the_decisions_of_the_live_run(lab_v36: Lab, client, tmp_path) -> None:
    """Price falls, a liquidation, a reorganisation and flows; in other processes, at other speeds, killed."""
    run = await recorded(lab_v36, client, tmp_path)
    rows = [json.loads(line) for line in run.decided]
    reasons = {alert["reason"] for row in rows for alert in row["alerts"]}
    assert reasons >= {"first", "worsened", "changed", "liquidated", "corrected", "resolved"}, reasons
    for environ, pause_ms in (
        ({"PYTHONHASHSEED": "0", "TZ": "UTC"}, 0),
        ({"PYTHONHASHSEED": "4711", "TZ": "Pacific/Chatham", "LC_ALL": "C"}, 3),
    ):
        code, played = run.play(pause_ms, **environ)
        assert (code, streams(played)) == (0, streams(run.decided))
    code, before = run.play(dies_at=9)
    assert code == -signal.SIGKILL
    assert before == played[: len(before)] != played, "killed in the middle; played anew it ends as above"

    text = run.file.read_text()
    assert not any(word in text for word in ("secret", "replay/0", "telegram"))
    cut = tmp_path / "cut.episode.jsonl"
    cut.write_bytes(run.file.read_bytes()[:-30])
    shorter = Rehearsal(Replay(load_episode(cut)), run.watched)
    lines = list(decisions(await shorter.run(), SETTINGS))
    assert lines == played[: len(lines)], "a torn last line is dropped"
