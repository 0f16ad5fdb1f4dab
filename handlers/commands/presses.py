"""Buttons that are no command: snooze, ack, details, test, ask. What they need is looked up when pressed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from bot.domain.alerts import AlertGroup
from bot.messages.answers import (
    Acked,
    AlertDetails,
    AlreadyHandled,
    Answer,
    FormAsked,
    GroupDetails,
    TestAlert,
    TooLate,
)
from bot.subscriptions import FlowTarget, PriceTarget
from handlers.commands.arguments import find_watch
from handlers.commands.command import Access, Call
from handlers.commands.drafts import keep_pressed
from handlers.commands.takeup import Card, take_up, told_here
from handlers.commands.watched import read_watch

SNOOZE_S: Final = 3600


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a press led to: words to flash, an answer to send, cards to edit; each may be missing."""

    flash: Answer | None = None
    answer: Answer | None = None
    cards: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class Verb:
    """What a button does, and the right that it needs at the time of the press."""

    run: Callable[[Call], Awaitable[Pressed]]
    access: Access


async def _hush(call: Call, for_s: int) -> Pressed:
    told = await told_here(call, _argument(call))
    if told is None:
        return Pressed(flash=TooLate(known=False))
    taken = await take_up(call, told, for_s)
    if taken.done:
        until = call.now + for_s if for_s else 0
        by = call.request.person.name or call.request.person.id
        return Pressed(flash=Acked(until, by, taken.done), cards=taken.cards)
    if taken.before is not None:
        return Pressed(flash=AlreadyHandled(taken.before.by, taken.before.at, taken.before.until))
    return Pressed(flash=TooLate())


async def _snooze(call: Call) -> Pressed:
    return await _hush(call, SNOOZE_S)


async def _ack(call: Call) -> Pressed:
    return await _hush(call, 0)


async def _details(call: Call) -> Pressed:
    told = await told_here(call, _argument(call))
    if told is None:
        return Pressed(flash=TooLate(known=False))
    return Pressed(answer=GroupDetails(told) if isinstance(told, AlertGroup) else AlertDetails(told))


async def _test(call: Call) -> Pressed:
    watch = find_watch(await call.watches(), _argument(call), "rules")
    if isinstance(watch.target, PriceTarget | FlowTarget):
        return Pressed(answer=TestAlert(watch))
    seen = await read_watch(call, watch)
    return Pressed(answer=TestAlert(watch, next(iter(seen.indebted if seen else ()), None)))


async def _keep(call: Call) -> Pressed:
    return Pressed(answer=await keep_pressed(call, _argument(call)))


async def _ask(call: Call) -> Pressed:
    """What one would type, where the platform has shown no fields to fill in."""
    name, _, wanted = _argument(call).partition(".")
    for command in call.commands:
        for form in command.forms:
            if (command.name, form.name) == (name, wanted):
                example = f"/{name} {form.sample()}".strip()
                return Pressed(answer=FormAsked(form.summary, example))
    return Pressed(flash=TooLate(known=False))


def _argument(call: Call) -> str:
    return call.args[0] if call.args else ""


PRESSES: Final[dict[str, Verb]] = {
    "snooze": Verb(_snooze, Access.EDITOR),
    "ack": Verb(_ack, Access.EDITOR),
    "details": Verb(_details, Access.VIEWER),
    "test": Verb(_test, Access.EDITOR),
    "ask": Verb(_ask, Access.VIEWER),
    "keep": Verb(_keep, Access.EDITOR),
}
