"""What is to be said, built from a decision: alerts with stable ids, and their place in the outbox.

Called by `bot.monitor` only; pure.
"""

import hashlib

from bot.domain.alerts import Alert, Reason, Severity, Unseen
from bot.domain.evaluate import Decision
from bot.domain.observations import PositionSeen, PriceSeen
from bot.domain.rules import Rule
from bot.domain.sight import SIGHT_RULE
from bot.ports import Delivery, Lane, Operation
from bot.subscriptions import Watch


def incident_id(watch: str, rule: str, subject: str, incident: int) -> str:
    """Short enough for callback data: `watch.rule.subject.count`, the price rules' keys shortened."""
    return f"{watch}.{rule}.{subject[:6]}.{incident}"


def alert_of(
    watch: Watch, rule: Rule, subject: str, seen: PositionSeen | PriceSeen, decision: Decision, now: int
) -> Alert:
    incident = incident_id(watch.id, rule.key, subject, decision.state.incident)
    return Alert(
        id=f"{incident}.{decision.state.said}.{_transition(seen, decision)}",
        incident=incident,
        destination=watch.destination,
        subject=subject,
        reason=decision.reason,
        severity=decision.severity,
        decided_at=now,
        seen=seen,
        watch=watch.ref(),
        rule=rule,
        level=decision.level,
        before=decision.before,
        hush_ended=decision.hush_ended,
    )


def _transition(seen: PositionSeen | PriceSeen, decision: Decision) -> str:
    """What happened, as a short digest. After a reorganisation the counters run again: the same transition
    must have the same identity, so that it is not said twice, and a different one a different identity.
    """
    txs: set[str] = set()
    if decision.reason in (Reason.CHANGED, Reason.LIQUIDATED) and isinstance(seen, PositionSeen):
        txs = {call.tx for call in seen.liquidations} | {move.tx for move in seen.moves}
    what = (decision.reason.value, str(decision.level), *sorted(txs))
    return hashlib.blake2b("\0".join(what).encode(), digest_size=3).hexdigest()


def sight_alert(destination: str, subject: str, decision: Decision, seen: Unseen, now: int) -> Alert:
    """Sight lost or regained in one market: one word for all that a destination watches there."""
    incident = f"{subject}.{SIGHT_RULE}.{decision.state.incident}"
    return Alert(
        # With the time: this memory goes when a chat watches nothing, and then the counters begin anew.
        id=f"{incident}.{decision.state.said}.{now}",
        incident=incident,
        destination=destination,
        subject=subject,
        reason=decision.reason,
        severity=decision.severity,
        decided_at=now,
        seen=seen,
    )


def delivery_of(alert: Alert) -> Delivery:
    first = alert.reason in (Reason.FIRST, Reason.STALE)
    return Delivery(
        id=f"{alert.id}@{alert.destination}",
        destination=alert.destination,
        subject=alert.subject,
        lane=Lane.CRITICAL if alert.severity is Severity.CRITICAL else Lane.REST,
        operation=Operation.SEND if first else Operation.REPLY,
        payload=alert,
        incident=alert.incident,
        created_at=alert.decided_at,
    )
