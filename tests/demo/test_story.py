"""The words around an episode, and what the keys say to its player."""

import asyncio

import pytest

from bot.demo.onlooker import Course
from bot.demo.player import Player
from bot.demo.story import dated
from bot.domain.alerts import Alert, Reason, Severity, WatchRef
from bot.domain.observations import PriceSeen
from bot.domain.rules import ChangedRule, HealthRule, LiquidatedRule
from bot.domain.transfers import USD_UNIT
from bot.domain.units import HF_NO_DEBT, WAD, BlockRef
from bot.messages import demo
from bot.messages.atlas import Atlas
from bot.messages.numbers import Figures
from bot.messages.rich import text_of
from bot.messages.voice import Voice
from bot.subscriptions import ChatSettings
from tests.domain.aave import ALICE, WETH
from watchers.replay import load_episode

NOW = 1_770_336_000
VOICE = Voice.of(Atlas.of([], []), ChatSettings(), NOW)
GAP = load_episode("gap")


def now(**more) -> str:
    given = {
        "at": NOW,
        "asset": WETH,
        "price": 2_000 * USD_UNIT,
        "base_unit": USD_UNIT,
        "filled": False,
        "readings": (demo.Reading("Fund", 5 * WAD // 4),),
    }
    return demo.now_line(Figures(), demo.EpisodeNow(**given | more), "ETH")


def test_the_live_line():
    assert now() == "6 Feb 2026, 00:00 UTC · ETH $2,000 · Fund: HF 1.25, 20 % left"
    assert "ETH ≈ $2,000" in now(filled=True)
    assert now(made_up=True, paused=True).startswith("paused · SYNTHETIC · ")
    assert "liquidatable" in now(readings=(demo.Reading("Fund", WAD - 1),))
    assert "0.9999" in now(readings=(demo.Reading("Fund", WAD - 1),))
    assert "Fund: no debt" in now(readings=(demo.Reading("Fund", HF_NO_DEBT),))
    assert "\x1b" not in now(readings=(demo.Reading("\x1b[31mFund", 2 * WAD),))
    assert now(asset=None, readings=()) == "6 Feb 2026, 00:00 UTC"


def end(*warned: demo.Warned, **more) -> str:
    given = {
        "title": "A week",
        "made_up": False,
        "asset": WETH,
        "turn": 1_747 * USD_UNIT,
        "turn_at": NOW,
        "is_high": False,
        "base_unit": USD_UNIT,
        "warned": warned,
        "messages": 1,
        "edits": 0,
    }
    return text_of(demo.ends(VOICE, demo.EpisodeEnds(**given | more)).lines)


def warned(**more) -> demo.Warned:
    given = {
        "title": "Fund",
        "first_at": NOW - 10 * 3_600,
        "first_health": 3 * WAD // 2,
        "warnings": 2,
        "worst_at": NOW,
        "worst_health": WAD,
    }
    return demo.Warned(**given | more)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (warned(), "at HF 1.50, 10 hours before the lowest price"),
        (warned(first_at=NOW - 90), "1 minute before the lowest price"),
        (warned(first_at=NOW + 1), "after the lowest price"),
        (warned(first_at=0), "Fund: nothing to warn of"),
        (warned(under_at=NOW - 3_600), "That was 9 hours before it could be liquidated."),
        (warned(under_at=NOW - 3_600, liquidated_at=NOW), "That was 10 hours before it was liquidated."),
    ],
)
def test_what_was_warned_of(given, said):
    assert said in end(given)


def test_the_end_of_a_rise_and_the_way_to_a_live_bot():
    said = end(warned(), is_high=True, messages=3, edits=2)
    assert "Highest price" in said
    assert "before the highest price" in said
    assert "3 messages · 2 edits" in said
    assert [line[0] for line in said.splitlines()[-3:]] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("01-02", "2026-01-02T00:00:00Z"),
        ("2026-1-2", "2026-01-02T00:00:00Z"),
        ("01-01 02:30", "2026-01-01T02:30:00Z"),
        ("01-01T2", "2026-01-01T02:00:00Z"),
    ],
)
def test_a_date_to_jump_to(text, when):
    from watchers.replay.forms import time_text

    found = dated(text, GAP)
    assert found is not None
    assert time_text(found) == when


@pytest.mark.parametrize("text", ["", "02", "02-30", "13-01", "01-01 25:00", "yesterday", "１-１"])
def test_what_is_no_date(text):
    assert dated(text, GAP) is None


class Blocks:
    """A replay, monitor and show in one that count."""

    def __init__(self, player_at=None) -> None:
        self.replay, self.onlooker, self.flows, self.said = self, None, None, self
        self.episode, self.block, self.new, self.edits = GAP, None, 0, 0
        self.left = [
            type("Moment", (), {"block": type("B", (), {"timestamp": at})})() for at in range(100, 600, 100)
        ]
        self.played: list[int] = []

    @property
    def upcoming(self):
        return self.left[0] if self.left else None

    async def step(self, *_observers) -> None:
        self.block = self.left.pop(0).block
        self.played.append(self.block.timestamp)

    async def before(self, _moment) -> bool:
        return False

    async def after(self) -> None:
        await asyncio.sleep(0)


async def test_pause_step_and_jump():
    blocks = Blocks()
    player = Player(blocks, blocks, 1.0)
    player.pause()
    task = asyncio.create_task(player.run())
    for _ in range(20):
        await asyncio.sleep(0)
    assert blocks.played == []
    for count in (1, 2):
        player.step()
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(blocks.played) == count
    player.jump(500)
    for _ in range(40):
        await asyncio.sleep(0)
    assert blocks.played == [100, 200, 300, 400]
    player.pause()
    player.jump(10_000)
    await asyncio.wait_for(task, 10)
    assert blocks.played == [100, 200, 300, 400, 500]


def alert(reason: Reason, *, rule=None, at: int = NOW) -> Alert:
    watch = WatchRef("w1", 1, "Fund", ALICE)
    seen = PriceSeen("lab", WETH, 1, 1, BlockRef(1, "0x", at))
    return Alert(
        "a", "i", "console/local", "s", reason, Severity.NOTICE, at, seen, watch, rule or HealthRule()
    )


def test_what_is_counted_as_a_warning():
    course = Course("Fund")
    course.saw(3 * WAD // 2, NOW - 60)
    course.saw(5 * WAD // 4, NOW)
    course.heard(alert(Reason.RESOLVED), course.health)
    course.heard(alert(Reason.FIRST, rule=ChangedRule()), course.health)
    assert course.warned().first_at == 0
    course.heard(alert(Reason.FIRST), course.health)
    course.saw(WAD - 1, NOW + 60)
    course.heard(alert(Reason.WORSENED, at=NOW + 60), course.health)
    course.heard(alert(Reason.LIQUIDATED, rule=LiquidatedRule(), at=NOW + 120), course.health)
    course.saw(2 * WAD, NOW + 180)
    assert course.warned() == demo.Warned(
        title="Fund",
        first_at=NOW,
        first_health=5 * WAD // 4,
        warnings=2,
        worst_at=NOW + 60,
        worst_health=WAD - 1,
        under_at=NOW + 60,
        liquidated_at=NOW + 120,
    )
