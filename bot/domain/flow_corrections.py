"""What is left of a flow incident when its blocks are no more, and the word that is then owed. Pure."""

from dataclasses import replace

from bot.domain.alerts import Reason
from bot.domain.flow_rules import FlowDecision
from bot.domain.flows import FlowMemory
from bot.domain.rules import RuleState


def taken_back(now: RuleState | None, before: RuleState | None) -> RuleState | None:
    """A state whose block was reorganised away: sums go back, what people heard stays, a word is owed.

    `before` is the state at the last block that is left. What was told of a loan is told anew when only that
    is no more. Hours and days (`unusual`, `digest`) carry no
    transfers of their own: they stay told.
    """
    if now is None or now.flow is None:
        return now
    same = before is not None and before.incident == now.incident
    old = before.flow if before is not None and same and before.flow else FlowMemory()
    if not now.flow.flows or (old.count, old.value) == (now.flow.count, now.flow.value):
        retold = before is not None and same and before.said < now.said and bool(now.flow.loans)
        flow = replace(now.flow, loans_due=now.flow.loans_due or retold)
        return replace(now, flow=flow, as_of=before.as_of if before else None)
    left = {flow.id for flow in old.flows}
    gone = (flow.tx for flow in now.flow.flows if flow.id not in left)
    memory = replace(
        old,
        opened=old.opened or now.flow.opened,
        last=old.last or now.flow.last,
        rang=now.flow.rang,
        rang_count=now.flow.rang_count,
        severity=now.flow.severity,
        chain_id=now.flow.chain_id,
        kind=now.flow.kind,
        who=now.flow.who,
        retracted=tuple(dict.fromkeys((*now.flow.retracted, *gone))),
        owing=True,
    )
    return replace(now, flow=memory, as_of=before.as_of if before else None)


def corrected(state: RuleState, now: int) -> FlowDecision:
    """The word that is owed after `taken_back`, as the message brought up to date."""
    if state.flow is None or not state.flow.owing:
        return FlowDecision(state)
    settled = replace(state.flow, owing=False, retracted=())
    return FlowDecision(
        replace(state, flow=settled, said=state.said + 1, told_at=now), Reason.CORRECTED, rings=False
    )
