"""What flow rules would say, put where it is said: into the outbox, for every flow watch with that rule.

What they decide is tested where they are judged; here it is how it arrives.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from bot.domain.alerts import Alert, Reason, Severity
from bot.domain.flows import FlowSeen
from bot.domain.rules import FlowRule
from bot.ports import Delivery, Lane, Operation
from bot.subscriptions import FlowTarget, Watch, subject_id
from tests.messages.flows import SENDER

if TYPE_CHECKING:
    from tests.town.feeding import Feed

Deed = Callable[["Feed"], Awaitable[object]]


def told(
    seen: FlowSeen,
    rule: FlowRule,
    reason: Reason = Reason.FIRST,
    severity: Severity = Severity.WARNING,
    *,
    edits: bool = False,
) -> Deed:
    """The alert that a flow rule would make of it; `edits` what was said before."""

    async def deed(feed: Feed) -> None:
        feed.number += 1
        for watch in await feed.book.all():
            if isinstance(watch.target, FlowTarget) and any(one.key == rule.key for one in watch.rules):
                operation = Operation.EDIT if edits else Operation.REPLY
                if reason is Reason.FIRST:
                    operation = Operation.SEND
                await feed.outbox.append([_delivery(feed, watch, seen, rule, reason, severity, operation)])

    return deed


def _delivery(
    feed: Feed,
    watch: Watch,
    seen: FlowSeen,
    rule: FlowRule,
    reason: Reason,
    severity: Severity,
    operation: Operation,
) -> Delivery:
    subject = subject_id(f"flows:{seen.chain_id}", seen.sender or "all")
    incident = f"{watch.id}.{rule.key}.{subject}.1"
    now = int(feed.clock())
    alert = Alert(
        f"{incident}.{feed.number}", incident, watch.place or watch.home, subject, reason, severity, now,
        seen, watch.ref(), rule, home=watch.home,
    )  # fmt: skip
    return Delivery(
        alert.told_as, alert.destination, subject, Lane.REST, operation, alert, incident, now, watch.home
    )


__all__ = ["SENDER", "Deed", "told"]
