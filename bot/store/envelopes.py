"""Deliveries on their way into the store and out of it: as calls of the script that appends them, without
what was said before, and as of today's addresses. Pure; for `bot.store.outbox` and `bot.store.judgements`.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from bot.domain.alerts import Alert, AlertGroup
from bot.ports import ChartOf, Delivery, Lane
from bot.store import keys
from bot.store.codec import encode
from bot.store.link import Script
from bot.subscriptions import Destination

QUEUE_MOST: Final = 1000
"""Deliveries waiting for one destination. When full, the oldest of the least lane becomes a dead letter."""


def append_calls(deliveries: Sequence[Delivery]) -> list[Script]:
    """One script call a destination, in the order given; `Judgements.save` runs them in its transaction."""
    arguments: dict[str, list[str | int]] = {}
    for delivery in deliveries:
        to, payload = delivery.destination, delivery.payload
        # An answer is waited for by a person.
        wait_us = 0 if delivery.lane is Lane.ANSWER else delivery.not_before * 1_000_000
        also = [alert.told_as for alert in payload.alerts] if isinstance(payload, AlertGroup) else []
        arguments.setdefault(to, [to, QUEUE_MOST]).extend(
            (delivery.id, int(delivery.lane), delivery.subject, wait_us, json.dumps(also), encode(delivery))
        )
    return [Script("append", keys.of_destination(to), given) for to, given in arguments.items()]


def without(delivery: Delivery, group: AlertGroup, known: Collection[str]) -> list[Delivery]:
    """A group's delivery without the alerts that are known; one alert may be left of it, or nothing."""
    left = tuple(alert for alert in group.alerts if alert.told_as not in known)
    match left:
        case ():
            return []
        case (alert,):
            return [
                replace(
                    delivery, id=alert.told_as, subject=alert.subject, payload=alert, incident=alert.incident
                )
            ]
        case _:
            return [replace(delivery, payload=replace(group, alerts=left))]


def addressed(delivery: Delivery, destination: str) -> Delivery:
    """A stored delivery as of today: its chat may have a new id, and so may the home that it is."""
    if delivery.destination == destination:
        return delivery
    old, new = (Destination.parse(one).whole.id for one in (delivery.destination, destination))
    payload = delivery.payload
    if isinstance(payload, Alert):
        payload = replace(payload, destination=destination)
    elif isinstance(payload, ChartOf):
        payload = ChartOf(replace(payload.alert, destination=destination))
    elif isinstance(payload, AlertGroup):
        payload = replace(payload, alerts=tuple(replace(a, destination=destination) for a in payload.alerts))
    home = new if delivery.home == old else delivery.home
    return replace(delivery, destination=destination, payload=payload, home=home)
