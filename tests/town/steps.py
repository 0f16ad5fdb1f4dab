"""The parity table's walk: two new people, one on each platform, doing the same, compared at each step."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from bot.domain.rules import DEFAULT_RULES, FlowRule, PriceMovedRule, PriceRule, Rule
from bot.subscriptions import FlowTarget, PriceTarget, Target, WalletTarget, Watch
from handlers.commands.command import CODE_LETTERS
from tests.messages.samples import MARKET, WALLET
from tests.town.cases import ALERT, COMMAND_CASES, FLOW, GROUP
from tests.town.hands import DiscordHand, TelegramHand
from tests.town.happenings import SENT, Story
from tests.town.parity import command_rows
from tests.town.seeing import Seen
from tests.town.town import Town

FIRST_USER, MOST = 10_001, 400
GROUP_LET_IN, SERVER_LET_IN = -1901, 9901
_COMMANDS = {name.strip("`"): found for (_, name), found in command_rows().items()}
_numbers = itertools.count(FIRST_USER)


def allowed() -> tuple[str, ...]:
    """Everybody who will come: each is admin of their own chat and nothing else. And a group and a server."""
    users = range(FIRST_USER, FIRST_USER + MOST)
    people = (f"{platform}/{user}" for user in users for platform in ("telegram", "discord"))
    return (*people, f"telegram/{GROUP_LET_IN}", f"discord/s{SERVER_LET_IN}")


Hear = Callable[[Callable[[Seen], object]], Awaitable[list[Seen]]]


@dataclass(frozen=True, slots=True, repr=False)
class Couple:
    """The same person on both platforms."""

    here: Town
    hands: tuple[TelegramHand, DiscordHand]
    last: list[Seen] = field(default_factory=list)
    """What the step before showed."""

    @classmethod
    def come(cls, here: Town) -> Couple:
        number = next(_numbers)
        ann = here.discord.peer.user(number, "Ann")
        here.discord.server.join(ann)
        telegram = TelegramHand(here.telegram.peer, here.telegram.peer.user(number, "Ann"))
        return cls(here, (telegram, DiscordHand(here.discord.peer, ann)))

    @classmethod
    def operators(cls, here: Town) -> Couple:
        """Those who hear of the program itself."""
        telegram = TelegramHand(here.telegram.peer, here.telegram.operator)
        return cls(here, (telegram, DiscordHand(here.discord.peer, here.discord.operator)))

    async def leave(self) -> None:
        for hand in self.hands:
            await self.here.book.forget(hand.home)

    async def go(self, *steps: str) -> list[Seen]:
        """Walk; what the last step showed on both."""
        for step in steps:
            self.last[:] = await self._step(step)
        return self.last

    async def watch(self, *rules: Rule, label: str = "treasury") -> None:
        """Both watch the wallet, or the price that rules are about; `{}` of a label is the platform."""
        asset = next((one.asset for one in rules if isinstance(one, PriceRule | PriceMovedRule)), None)
        target: Target = PriceTarget(MARKET.key, asset) if asset else WalletTarget(WALLET)
        if any(isinstance(one, FlowRule) for one in rules):
            target = FlowTarget()
        for hand in self.hands:
            name = label.format(hand.home.partition("/")[0].title())
            added = Watch("", 0, hand.home, target, rules or DEFAULT_RULES, name, created_by=hand.home)
            await self.here.book.add(added)

    async def settle(self, **chosen: Any) -> None:
        """Choose settings on both; those that are functions are asked with (own home, the other's)."""
        one, other = (hand.home for hand in self.hands)
        for mine, theirs in ((one, other), (other, one)):
            values = {
                name: value(mine, theirs) if callable(value) else value for name, value in chosen.items()
            }
            await self.here.book.put_settings(mine, replace(await self.here.book.settings(mine), **values))

    async def press(self, label: str) -> list[Seen]:
        """Press a button of what was last shown."""
        return [await hand.press(seen, label) for hand, seen in zip(self.hands, self.last, strict=True)]

    async def live(self, story: Story) -> list[Seen]:
        """Let it happen; what both heard of the last of it."""
        *before, last = story.deeds
        for deed in before:
            await deed(self.here.feed)
        with self.listening() as hear:
            await last(self.here.feed)
            return await hear(lambda seen: story.says in seen.text)

    @contextmanager
    def listening(self) -> Iterator[Hear]:
        """`await hear(wanted)` gives what both heard since the beginning of the block."""
        marks = [hand.mark() for hand in self.hands]

        async def hear(wanted: Callable[[Seen], object]) -> list[Seen]:
            self.last[:] = [
                await hand.hear(mark, wanted) for hand, mark in zip(self.hands, marks, strict=True)
            ]
            return self.last

        yield hear

    async def _step(self, step: str) -> list[Seen]:
        match step:
            case _ if step == ALERT:
                return await self._fall(109)
            case _ if step == FLOW:
                return await self._sent()
            case _ if step == GROUP:
                return await self._fall(0, 104, 107)
        name, _, extra = step.partition(" (")
        command, form = _COMMANDS[name]
        case = COMMAND_CASES.get(step, COMMAND_CASES[name])
        given = {one.name: one.sample for one in form.options} | dict(case.given)
        if extra == "2)":
            given = {"page": "2"}
        return [await hand.use(command, form, given) for hand in self.hands]

    async def _sent(self) -> list[Seen]:
        with self.listening() as hear:
            await SENT(self.here.feed)
            return await hear(lambda seen: "INFLOW" in seen.text)

    async def _fall(self, *percents: int) -> list[Seen]:
        await self.here.feed.health(*(200 for _ in percents))
        with self.listening() as hear:
            await self.here.feed.health(*percents)
            return await hear(lambda seen: "🔴" in seen.text)


def alike(telegram: Seen, discord: Seen) -> None:
    """The same words, buttons, files and loudness; only what copies stands on Telegram alone."""
    _same(_neutral(telegram.text), _neutral(discord.text))
    same_frame(telegram, discord)


def same_frame(telegram: Seen, discord: Seen) -> None:
    """All but the words."""
    offered = [(one.label, one.kind) for one in telegram.buttons if one.kind != "copy"]
    assert offered == [(one.label, one.kind) for one in discord.buttons]
    links = [one.target for one in telegram.buttons if one.kind == "open"]
    assert links == [one.target for one in discord.buttons if one.kind == "open"]
    _same(_file(telegram), _file(discord))
    if {telegram.how, discord.how} == {"message"}:
        assert (telegram.rings, telegram.replies) == (discord.rings, discord.replies)


def _same(telegram: str, discord: str) -> None:
    if telegram != discord:
        lines = difflib.unified_diff(telegram.splitlines(), discord.splitlines(), lineterm="", n=0)
        raise AssertionError("\n".join(("Telegram (-) and Discord (+) say:", *lines)))


_ID = re.compile(r"\b(?:telegram|discord)[:/][@cs-]?\d+(?:/\d+)?")
_PLATFORM = re.compile("Telegram|Discord")
_WATCH = re.compile(r'"w[0-9a-z]{1,6}"')
_CODE = re.compile(f"\\b[{CODE_LETTERS}]{{10}}\\b")


def _neutral(text: str) -> str:
    """Without what names the platform itself or is secret, and without the ends of lines."""
    for pattern, stands in ((_ID, "(id)"), (_PLATFORM, "(platform)"), (_WATCH, "(watch)"), (_CODE, "(code)")):
        text = pattern.sub(stands, text)
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def _file(seen: Seen) -> str:
    return _neutral("\n".join(seen.file or ()))
