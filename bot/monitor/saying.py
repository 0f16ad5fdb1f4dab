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
    """`watch.rule.subject.count`, with the subject's first letters: buttons carry it in 64 bytes."""
    return f"{watch}.{rule}.{subject[:6]}.{incident}"


def alert_of(
    watch: Watch, rule: Rule, subject: str, seen: PositionSeen | PriceSeen, decision: Decision, now: int
) -> Alert:
    incident = incident_id(watch.id, rule.key, subject, decision.state.incident)
    return Alert(
        id=_identity(watch, rule, subject, incident, seen, decision),
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


def _identity(
    watch: Watch,
    rule: Rule,
    subject: str,
    incident: str,
    seen: PositionSeen | PriceSeen,
    decision: Decision,
) -> str:
    """What happened is the identity: the same is not said twice, another is not taken for it.

    An event on chain is its transactions, whichever block holds them after a reorganisation; any other
    transition is counted within its incident.
    """
    txs: set[str] = set()
    if decision.reason in (Reason.CHANGED, Reason.LIQUIDATED) and isinstance(seen, PositionSeen):
        txs = {call.tx for call in seen.liquidations} | {move.tx for move in seen.moves}
    if txs:
        digest = hashlib.blake2b("\0".join(sorted(txs)).encode(), digest_size=6).hexdigest()
        return f"{watch.id}.{rule.key}.{subject[:6]}.{digest}"
    return f"{incident}.{decision.state.said}.{decision.reason}.{decision.level}"


def sight_alert(
    destination: str, subject: str, decision: Decision, seen: Unseen, now: int, watch: Watch | None = None
) -> Alert:
    """Sight lost or regained: of a market, one word for all that a destination watches there; with `watch`,
    of one wallet that cannot be read in a market that can.
    """
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
        watch=watch.ref() if watch else None,
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
