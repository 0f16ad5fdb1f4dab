"""Buttons of alert cards: snooze, ack, details, test. Stateless: what they need is looked up when pressed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.alerts import Alert, Reason
from bot.domain.rules import DistanceRule, HealthRule, Hush, PriceRule
from bot.messages.alerts import Handled
from bot.messages.answers import Acked, AlertDetails, Answer, TestAlert, TooLate
from bot.subscriptions import WalletTarget, Watch
from handlers.commands.arguments import find_watch
from handlers.commands.command import Call
from handlers.commands.reading import read_if_possible

SNOOZE_S: Final = 3600
HUSHES_AT_MOST: Final = 50
"""Per watch; the oldest go first. One incident needs one."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a press led to: words to flash, an answer to send, a card to edit; each may be missing."""

    flash: Answer | None = None
    answer: Answer | None = None
    card: tuple[Alert, Handled] | None = None


Press = Callable[[Call], Awaitable[Pressed]]


async def _hush(call: Call, for_s: int) -> Pressed:
    """Silence an incident until it gets worse, it is over, or `for_s` seconds passed (0 = no such end)."""
    alert = await call.services.book.alert(call.place, _argument(call))
    watch = await _watch_of(call, alert)
    if alert is None or alert.rule is None or watch is None:
        return Pressed(flash=TooLate(known=alert is not None))
    step, count = _step(alert), _count(alert.incident)
    if alert.reason is Reason.RESOLVED or step == 0 or count == 0:
        return Pressed(flash=TooLate())
    until = call.now + for_s if for_s else 0
    by = call.request.person.name or call.request.person.id
    key = f"{alert.rule.key}@{alert.subject}"
    kept = tuple(one for one in watch.hushes if one[0] != key)[-(HUSHES_AT_MOST - 1) :]
    hushes = (*kept, (key, Hush(until, step, count, by, call.now)))
    await call.services.book.put(replace(watch, hushes=hushes))
    return Pressed(flash=Acked(until, by), card=(alert, Handled(by, call.now, until)))


async def _snooze(call: Call) -> Pressed:
    return await _hush(call, SNOOZE_S)


async def _ack(call: Call) -> Pressed:
    return await _hush(call, 0)


async def _details(call: Call) -> Pressed:
    alert = await call.services.book.alert(call.place, _argument(call))
    if alert is None:
        return Pressed(flash=TooLate(known=False))
    return Pressed(answer=AlertDetails(alert))


async def _test(call: Call) -> Pressed:
    watch = find_watch(await call.watches(), _argument(call), "rules")
    if not isinstance(watch.target, WalletTarget):
        return Pressed(answer=TestAlert(watch))
    seen = await read_if_possible(call, watch.target.address)
    return Pressed(answer=TestAlert(watch, next(iter(seen.indebted if seen else ()), None)))


async def _watch_of(call: Call, alert: Alert | None) -> Watch | None:
    if alert is None or alert.watch is None:
        return None
    wanted = alert.watch.id
    return next((watch for watch in await call.watches() if watch.id == wanted), None)


def _argument(call: Call) -> str:
    return call.args[0] if call.args else ""


def _step(alert: Alert) -> int:
    """How many levels of its ladder the alert was below; 0 = no ladder, so nothing to silence."""
    match alert.rule:
        case HealthRule(levels=levels):
            return sum(1 for level in levels if alert.level <= level)
        case DistanceRule(levels_bps=levels):
            return sum(1 for level in levels if alert.level <= level)
        case PriceRule():
            return 1
        case _:
            return 0


def _count(incident: str) -> int:
    """An incident id ends in the count of bouts that `RuleState.incident` keeps."""
    last = incident.rpartition(".")[2]
    return int(last) if last.isdecimal() else 0


PRESSES: Final[dict[str, Press]] = {"snooze": _snooze, "ack": _ack, "details": _details, "test": _test}
