"""A script from a seed: stories, decoys, a crowd and hostile ones, dealt out to blocks, with their ledger."""

import random
from dataclasses import dataclass

from tests.flows.crowd import Crowd
from tests.flows.decoys import Decoys
from tests.flows.script import Act, Script, Story
from tests.flows.stories import Teller, moved_between
from tests.flows.world import Pen, World

DOOMED_BLOCKS = 5


@dataclass(frozen=True, slots=True)
class Size:
    """How much of each there is."""

    blocks: int
    ordinary: int
    stories: int
    decoys: int
    hostile: int
    people: int


FULL = Size(blocks=260, ordinary=20_000, stories=200, decoys=110, hostile=500, people=3_000)
QUARTER = Size(blocks=130, ordinary=5_000, stories=50, decoys=33, hostile=125, people=200)


def generate(world: World, size: Size, liars: list[str]) -> Script:
    """`liars` are the fake tokens' addresses. Needs no node: amounts are all known beforehand."""
    rng = random.Random(world.seed)
    world.open_exchanges()
    crowd = Crowd(world, rng, size.people)
    teller, decoys = Teller(world, rng), Decoys(world, rng)
    stories = [teller.story(number) for number in range(size.stories)]
    doomed = [
        teller.story(number, ending, "doomed") for number, ending in enumerate(("hot", "hot", "deposit"))
    ]
    others = [decoys.story(number) for number in range(size.decoys)]
    others += [decoys.late(number) for number in range(6)]
    for number in range(8):
        pen = Pen(world, rng, "between", f"between {number}")
        moved_between(world, rng, pen)
        others.append(pen.story)
    blocks: list[list[Act]] = [[] for _ in range(size.blocks)]
    half = size.blocks // 2
    for number, story in enumerate((*stories, *others)):
        _deal(rng, blocks, story, half, after=number % 2 == 1)
    crowds = [*crowd.ordinary(size.ordinary), *crowd.hostile(size.hostile, liars)]
    rng.shuffle(crowds)
    for act in crowds:
        _insert(rng, rng.choice(blocks), act)
    fork = size.blocks // 3
    prices = {
        size.blocks // 4: 2_950_00000000,
        half + 7: 3_055_12345678,
    }
    told = [*stories, *others]
    first_seen = _doomed(rng, blocks[fork:], told, doomed)
    return Script(world.seed, blocks, half, fork, first_seen, told, doomed, teller.loans, prices)


def _deal(rng: random.Random, blocks: list[list[Act]], story: Story, half: int, *, after: bool) -> None:
    """The steps of a story into blocks on one side of the pause; a late one's last step on the other."""
    steps, gaps = story.steps, story.gaps
    first, end = (half, len(blocks)) if after else (1, half)
    if story.late:
        blocks[rng.randrange(half, len(blocks))] += steps[-1]
        first, end, steps = 1, half, steps[:-1]
    if sum(gaps[: len(steps)]) >= end - first:
        gaps = [1] * len(steps)
    start = rng.randint(first, end - 1 - sum(gaps[: len(steps)]))
    for step, gap in zip(steps, gaps, strict=False):
        start += gap
        blocks[start] += step


def _insert(rng: random.Random, block: list[Act], act: Act) -> None:
    block.insert(rng.randint(0, len(block)), act)


def _doomed(
    rng: random.Random, after: list[list[Act]], told: list[Story], doomed: list[Story]
) -> list[list[Act]]:
    """A good half of what will be mined in the end, and stories that never happened, told to their end."""
    story_of = {act: number for number, story in enumerate(told) for step in story.steps for act in step}
    left_out = {number for number in range(len(told)) if rng.random() < 0.4}
    blocks = [
        [act for act in block if (story_of[act] not in left_out if act in story_of else rng.random() < 0.6)]
        for block in after[:DOOMED_BLOCKS]
    ]
    for story in doomed:
        ahead = max(0, len(story.steps) - len(blocks))
        for number, step in enumerate(story.steps):
            blocks[max(0, number - ahead)] += step
    return blocks
