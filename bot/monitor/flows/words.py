"""What is to be said of flows: facts of an alert, its ids, how it is said. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.alerts import Alert, Reason, Severity
from bot.domain.flow_rules import FlowDecision, named, severity_of
from bot.domain.flow_rules import told as with_severity
from bot.domain.flows import FlowKind, FlowSeen, LoanBehind
from bot.domain.rules import Rule
from bot.domain.units import Address
from bot.monitor.posting import Spoken
from bot.monitor.saying import incident_id
from bot.ports import Operation
from bot.subscriptions import StateKey, Watch, subject_id

ALL = "all"


@dataclass(frozen=True, slots=True)
class Said:
    """One thing to say, before the loans behind it are known."""

    watch: Watch
    rule: Rule
    key: StateKey
    decision: FlowDecision
    seen: FlowSeen

    @property
    def person(self) -> Address | None:
        """Whose loans to look for: who brings coins to an exchange, for whatever reason that is told."""
        return self.seen.sender if self.seen.kind is FlowKind.INFLOW and self.seen.count else None


def subject_of(chain_id: int, kind: FlowKind, whom: str) -> str:
    """Whom an incident is about: an address, an owner, or all. Inflows go by it alone."""
    about = whom if kind is FlowKind.INFLOW else f"{kind}:{whom}"
    return subject_id(f"flows:{chain_id}", about)


def seen_of(said: FlowSeen, loans: Sequence[LoanBehind], unread: Sequence[str]) -> FlowSeen:
    """With what stands behind it."""
    if not loans and not unread:
        return said
    return replace(said, loans=tuple(loans), loans_unread=tuple(unread))


def finished(said: Said, loans: Sequence[LoanBehind]) -> tuple[FlowDecision, Severity]:
    """The decision with its severity: a correction is no louder than what it corrects, and never wakes.

    Nor is a loan that has changed told any louder than the incident was: only further tranches ring.
    """
    if said.decision.reason is Reason.CORRECTED:
        return said.decision, Severity.NOTICE
    severity = severity_of(loans)
    if said.decision.reason is Reason.CHANGED:
        severity = min(severity, Severity(max(said.decision.memory.severity, Severity.NOTICE)))
        return named(said.decision, loans), severity
    return with_severity(named(said.decision, loans), severity), severity


def spoken(
    said: Said, decision: FlowDecision, severity: Severity, seen: FlowSeen, place: str, now: int
) -> Spoken:
    """An alert with a stable id: by the count of what was said in its incident, undone by nothing."""
    state = decision.state
    incident = incident_id(said.watch.id, said.rule.key, said.key.subject, state.incident)
    alert = Alert(
        id=f"{incident}.{state.said}.{decision.reason}",
        incident=incident,
        destination=place,
        subject=said.key.subject,
        reason=decision.reason,
        severity=severity,
        decided_at=now,
        seen=seen,
        watch=said.watch.ref(),
        rule=said.rule,
        hush_ended=decision.hush_ended,
        home=said.watch.home,
    )
    return Spoken(alert, _operation(decision), Severity(max(severity, decision.memory.severity)))


def _operation(decision: FlowDecision) -> Operation:
    if decision.reason is Reason.FIRST:
        return Operation.SEND
    return Operation.REPLY if decision.rings else Operation.EDIT
