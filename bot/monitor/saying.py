"""What is to be said, built from a decision: alerts with stable ids. Called by `bot.monitor` only; pure."""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final

from bot.domain.alerts import Alert, Reason, Severity, Unseen
from bot.domain.evaluate import Decision
from bot.domain.flows import Deposits
from bot.domain.observations import PositionSeen, PriceSeen
from bot.domain.rules import DistanceRule, HealthRule, Rule
from bot.domain.sight import SIGHT_RULE
from bot.domain.units import Address
from bot.monitor.posting import Spoken, operation_of
from bot.monitor.watched import Watched
from bot.subscriptions import WalletTarget, Watch

ORIGIN_MOST: Final = 12
"""Reserves whose stored words an alert takes along: so its record stays below 20 kB. Of a position in more of
them the words are left behind, and it is spoken of by its totals, as before there were any."""

IN_DANGER: Final = (Reason.FIRST, Reason.WORSENED, Reason.REMINDER)
DepositsOf = Callable[[Collection[Address]], Deposits | None]
"""What wallets sent to exchanges in the week before, None = nothing known."""


def incident_id(watch: str, rule: str, subject: str, incident: int) -> str:
    """`watch.rule.subject.count`, with the subject's first letters: buttons carry it in 64 bytes."""
    return f"{watch}.{rule}.{subject[:6]}.{incident}"


def loudest_of(decision: Decision) -> Severity:
    """The end of an incident is told where its loudest alert was."""
    return decision.loudest if decision.reason is Reason.RESOLVED else decision.severity


def spoken_of(
    watch: Watch,
    destination: str,
    rule: Rule,
    subject: str,
    seen: PositionSeen | PriceSeen,
    decision: Decision,
    now: int,
) -> Spoken:
    incident = incident_id(watch.id, rule.key, subject, decision.state.incident)
    alert = Alert(
        id=_identity(watch, rule, subject, incident, seen, decision),
        incident=incident,
        destination=destination,
        subject=subject,
        reason=decision.reason,
        severity=decision.severity,
        decided_at=now,
        seen=bounded(seen),
        watch=watch.ref(),
        rule=rule,
        level=decision.level,
        before=decision.before,
        hush_ended=decision.hush_ended,
        home=watch.home,
    )
    operation = operation_of(decision.reason, decision.severity, louder=decision.louder)
    return Spoken(alert, operation, loudest_of(decision))


def no_deposits(_wallets: Collection[Address]) -> Deposits | None:
    """Where no flows are read."""


def with_deposits(told: Spoken, watch: Watch, watched: Watched, deposits: DepositsOf) -> Spoken:
    """What the wallet and its owner's others sent to exchanges goes with the word of its loan in danger."""
    alert, target = told.alert, watch.target
    if not isinstance(alert.rule, HealthRule | DistanceRule) or alert.reason not in IN_DANGER:
        return told
    if not isinstance(target, WalletTarget):
        return told
    wallets = {target.address} | watched.owned(watch.home, watch.owner)
    return replace(told, alert=replace(alert, deposits=deposits(wallets)))


def bounded(seen: PositionSeen | PriceSeen) -> PositionSeen | PriceSeen:
    """The reading without the words behind its position, where those are many."""
    if isinstance(seen, PriceSeen) or seen.position.origin is None:
        return seen
    if len(seen.position.origin.market.reserves) <= ORIGIN_MOST:
        return seen
    return replace(seen, position=replace(seen.position, origin=None))


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


def sight_spoken(
    home: str,
    destination: str,
    subject: str,
    decision: Decision,
    seen: Unseen,
    now: int,
    watch: Watch | None = None,
) -> Spoken:
    """Sight lost or regained: of a market, one word for all that a home watches there; with `watch`, of one
    wallet that cannot be read in a market that can.
    """
    incident = f"{subject}.{SIGHT_RULE}.{decision.state.incident}"
    alert = Alert(
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
        home=home,
    )
    return Spoken(alert, operation_of(decision.reason, decision.severity, louder=False), loudest_of(decision))
