"""From what is to be said to deliveries: what waits, what goes together, and who hears it when nobody reacts.

Called by `bot.monitor` with all that one block led to; pure.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from bot.domain.alerts import Alert, AlertGroup, Reason, Severity
from bot.domain.flows import FlowSeen
from bot.domain.observations import PositionSeen
from bot.monitor.quiet import quiet_until
from bot.ports import ChartOf, Delivery, Lane, Operation
from bot.subscriptions import ChatSettings

GROUP_MOST: Final = 50
"""Alerts in one message; more than that become a second one."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """An alert and how it is said. `loudest` is the highest severity its incident ever had."""

    alert: Alert
    operation: Operation
    loudest: Severity


def deliveries(spoken: Sequence[Spoken], settings: Mapping[str, ChatSettings], now: int) -> list[Delivery]:
    """Everything of one sitting; `settings` by home."""
    together: dict[tuple[str, str, int, str], dict[str, Spoken]] = defaultdict(dict)
    escalated: list[Delivery] = []
    for one in spoken:
        alert, chosen = one.alert, settings[one.alert.home]
        not_before = _waits(alert, chosen, now)
        # By id: what two watches have to say in the same words is said once.
        key = (alert.destination, alert.home, not_before, _alone(alert))
        together[key].setdefault(alert.told_as, one)
        escalated += _escalation(one, chosen, not_before, now)
    told: list[Delivery] = []
    for (_, home, not_before, _), found in together.items():
        some = sorted(found.values(), key=_worst_first)
        most = GROUP_MOST if settings[home].grouping else 1
        for part in (some[first : first + most] for first in range(0, len(some), most)):
            told.append(_delivery(part, not_before))
            if settings[home].charts and not not_before:
                told += _picture([one.alert for one in part])
    return [*told, *escalated]


def operation_of(reason: Reason, severity: Severity, *, louder: bool) -> Operation:
    """A new message, one beneath the first, or the first itself brought up to date without a sound."""
    if reason in (Reason.FIRST, Reason.STALE):
        return Operation.SEND
    if reason is Reason.WORSENED and not louder and severity is not Severity.CRITICAL:
        return Operation.EDIT
    return Operation.REPLY


def _alone(alert: Alert) -> str:
    """What keeps an alert out of common messages: one of flows is brought up to date with each tranche, and a
    message that speaks of others too cannot be.
    """
    return alert.id if isinstance(alert.seen, FlowSeen) else ""


def _waits(alert: Alert, settings: ChatSettings, now: int) -> int:
    """Until when it has to wait, 0 = not at all."""
    quiet = settings.quiet
    if quiet is None or (alert.severity is Severity.CRITICAL and quiet.critical_passes):
        return 0
    return quiet_until(quiet, settings.timezone, now)


def _delivery(spoken: Sequence[Spoken], not_before: int) -> Delivery:
    alert = spoken[0].alert
    lane = Lane.CRITICAL if alert.severity is Severity.CRITICAL else Lane.REST
    alone = Delivery(
        id=alert.told_as,
        destination=alert.destination,
        subject=alert.subject,
        lane=lane,
        operation=spoken[0].operation,
        payload=alert,
        incident=alert.incident,
        created_at=alert.decided_at,
        home=alert.home,
        not_before=not_before,
    )
    if len(spoken) == 1:
        return alone
    group = _group([one.alert for one in spoken])
    return replace(
        alone,
        id=f"{group.id}@{alert.destination}",
        subject=" ".join(sorted({one.subject for one in group.alerts})),
        lane=Lane.CRITICAL if group.severity is Severity.CRITICAL else Lane.REST,
        operation=Operation.SEND,
        payload=group,
        incident=group.id,
    )


def _picture(alerts: Sequence[Alert]) -> Iterator[Delivery]:
    """One a message: of the first that is critical and says that something got worse."""
    worse = (Reason.FIRST, Reason.WORSENED)
    critical = (one for one in alerts if one.severity is Severity.CRITICAL and one.reason in worse)
    for alert in islice((one for one in critical if isinstance(one.seen, PositionSeen)), 1):
        yield Delivery(
            id=f"chart:{alert.told_as}",
            destination=alert.destination,
            subject=alert.subject,
            lane=Lane.REST,
            operation=Operation.REPLY,
            payload=ChartOf(alert),
            incident=alert.incident,
            created_at=alert.decided_at,
            home=alert.home,
        )


def _group(alerts: Sequence[Alert]) -> AlertGroup:
    names = "\0".join(sorted(alert.told_as for alert in alerts))
    return AlertGroup("g" + hashlib.blake2b(names.encode(), digest_size=8).hexdigest(), tuple(alerts))


def _worst_first(one: Spoken) -> tuple[bool, bool, int, int]:
    alert = one.alert
    health = alert.seen.health_factor if isinstance(alert.seen, PositionSeen) else 0
    over, liquidated = alert.reason is Reason.RESOLVED, alert.reason is Reason.LIQUIDATED
    return (over, not liquidated, -alert.severity, health)


def _escalation(one: Spoken, settings: ChatSettings, not_before: int, now: int) -> Iterator[Delivery]:
    """What a second chat is to hear, later and only if by then nobody took the incident up.

    A liquidation cannot be taken up, so it goes there at once. Where an incident was told, so is its end.
    """
    alert, to = one.alert, settings.escalate_to
    if not to or to == alert.destination or one.loudest is not Severity.CRITICAL:
        return
    wait, name = not_before, f"{alert.incident}.over"
    if alert.reason in (Reason.FIRST, Reason.WORSENED):
        # Counted from when it is told first, be that after quiet hours.
        wait = max(now, not_before) + settings.escalate_after_s
        name = f"{alert.incident}.{alert.level}"
    elif alert.reason is Reason.LIQUIDATED:
        name = alert.id
    elif alert.reason is not Reason.RESOLVED:
        return
    first = alert.reason in (Reason.FIRST, Reason.LIQUIDATED)
    yield Delivery(
        id=f"esc:{name}@{to}",
        destination=to,
        # Not the alert's: what else is told there of the same wallet must not bring it forward.
        subject=f"esc:{alert.incident}",
        lane=Lane.CRITICAL if alert.severity is Severity.CRITICAL else Lane.REST,
        operation=Operation.SEND if first else Operation.REPLY,
        payload=replace(alert, destination=to),
        incident=alert.incident,
        created_at=alert.decided_at,
        home=alert.home,
        not_before=wait,
        if_unattended=alert.reason is not Reason.LIQUIDATED,
    )
