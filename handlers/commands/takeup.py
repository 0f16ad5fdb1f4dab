"""Taking incidents up: an ack or a snooze of one alert, or of all that one message told.

What was told at the place of the press is all that a press there can reach. Called by `presses`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.alerts import Alert, AlertGroup, Reason
from bot.domain.rules import DistanceRule, HealthRule, Hush, PriceRule, SumRule, TransferRule
from bot.messages.alerts import Handled
from bot.subscriptions import Watch
from handlers.commands.command import Call

HUSHES_AT_MOST: Final = 50
"""Per watch; the oldest go first. One incident needs one."""


@dataclass(frozen=True, slots=True)
class Card:
    """A message of ours that is to show who took up what it told. `home` is whose settings shape it."""

    place: str
    home: str
    subject: str
    incident: str
    told: Alert | AlertGroup
    handled: Handled


@dataclass(frozen=True, slots=True)
class TakenUp:
    """`done` counts the incidents that are silent since now; `before`: who had silenced the rest."""

    done: int
    before: Handled | None = None
    cards: tuple[Card, ...] = ()


async def told_here(call: Call, id_: str) -> Alert | AlertGroup | None:
    """What a message at the place of the press told, by an incident's id or that of a common message."""
    book = call.services.book
    if not id_:
        return None  # what the store keeps under no id is the newest of all
    told = await book.alert(call.place, id_) or await book.alert_group(call.place, id_)
    if told is None:
        return None
    home = _home(call, told.alerts[0] if isinstance(told, AlertGroup) else told)
    if home == call.home:
        return told
    # Told for another home, that sent it here: as long as it still sends here.
    settings = await book.settings(home)
    sent_to = {settings.escalate_to, *dict(settings.routes).values()}
    return told if call.place in sent_to else None


async def take_up(call: Call, told: Alert | AlertGroup, for_s: int) -> TakenUp:
    """Silence until it gets worse, it is over, or `for_s` seconds passed (0 = no such end)."""
    by = call.request.person.name or call.request.person.id
    handled = Handled(by, call.now, call.now + for_s if for_s else 0)
    done: list[Alert] = []
    before: Handled | None = None
    for alert in told.alerts if isinstance(told, AlertGroup) else (told,):
        held = await _silence(call, alert, handled)
        if held is handled:
            done.append(alert)
        before = held if held is not handled and held is not None else before
    cards = await _cards(call, told, done, handled) if done else ()
    return TakenUp(len(done), before, cards)


async def _silence(call: Call, alert: Alert, handled: Handled) -> Handled | None:
    """`handled` if that silences it now, who did so before if that holds on, None if there is nothing to."""
    watch = await _watch_of(call, alert)
    step, count = _step(alert), _count(alert.incident)
    if watch is None or alert.rule is None or alert.reason is Reason.RESOLVED or 0 in {step, count}:
        return None
    held = watch.hush(alert.rule.key, alert.subject)
    if held is not None and _still_holds(held, step, count, call.now) and (held.until == 0 or handled.until):
        return Handled(held.by, held.at, held.until)  # only an ack goes over a snooze
    key = f"{alert.rule.key}@{alert.subject}"
    kept = tuple(one for one in watch.hushes if one[0] != key)[-(HUSHES_AT_MOST - 1) :]
    hush = Hush(handled.until, step, count, handled.by, handled.at, call.request.person.id)
    await call.services.book.put(replace(watch, hushes=(*kept, (key, hush))))
    return handled


def _still_holds(hush: Hush, step: int, count: int, now: int) -> bool:
    return hush.incident == count and hush.step >= step and (hush.until == 0 or now < hush.until)


async def _cards(
    call: Call, told: Alert | AlertGroup, done: Sequence[Alert], handled: Handled
) -> tuple[Card, ...]:
    """The message that was pressed, and those that told the same before an escalation, or by one."""
    home = _home(call, done[0])
    if isinstance(told, AlertGroup):
        here = Card(call.place, home, told.id, told.id, told, handled)
    else:
        here = Card(call.place, home, told.subject, told.incident, told, handled)
    cards = [here]
    for alert in done:
        for place in sorted(await _other_places(call, alert)):
            there = await call.services.book.alert(place, alert.incident)
            if there is not None:
                cards.append(Card(place, home, there.subject, there.incident, there, handled))
    return tuple(cards)


async def _other_places(call: Call, alert: Alert) -> set[str]:
    """Where else its home may have told of it."""
    home = _home(call, alert)
    settings = await call.services.book.settings(home)
    watch = await _watch_of(call, alert)
    known = {alert.destination, settings.escalate_to, settings.route(alert.severity.name.lower())}
    known |= {watch.place or home} if watch is not None else set()
    return known - {"", call.place}


async def _watch_of(call: Call, alert: Alert) -> Watch | None:
    """Of the alert's own home: an escalated one is pressed in another."""
    if alert.watch is None:
        return None
    wanted = alert.watch.id
    watches = await call.services.book.of(_home(call, alert))
    return next((watch for watch in watches if watch.id == wanted), None)


def _home(call: Call, alert: Alert) -> str:
    """Alerts that were stored before homes were have none: they were told at home."""
    return alert.home or call.home


def _step(alert: Alert) -> int:
    """How many levels of its ladder the alert was below; 0 = no ladder, so nothing to silence."""
    match alert.rule:
        case HealthRule(levels=levels):
            return sum(1 for level in levels if alert.level <= level)
        case DistanceRule(levels_bps=levels):
            return sum(1 for level in levels if alert.level <= level)
        case PriceRule() | TransferRule() | SumRule():
            return 1
        case _:
            return 0


def _count(incident: str) -> int:
    """An incident id ends in the count of bouts that `RuleState.incident` keeps."""
    last = incident.rpartition(".")[2]
    return int(last) if last.isdecimal() else 0
