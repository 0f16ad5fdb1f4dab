"""Whether we still see: silence of a market beyond a stated age is told once, and so is its end. Pure.

One verdict for a market and destination stands for all wallets there: the larger alert inhibits the smaller.
"""

from dataclasses import replace
from typing import Final

from bot.domain.alerts import Reason, Severity
from bot.domain.evaluate import Decision
from bot.domain.rules import RuleState

SIGHT_RULE: Final = "sight"


def judge_sight(
    silent_s: int, stale_after_s: int, state: RuleState, now: int, *, read: bool = True
) -> Decision:
    """`silent_s` seconds without a reading; `step` 1 = we have said that we see nothing.

    Without a reading since the start (`read` False) a short silence is no sight: only a block ends blindness.
    """
    if silent_s > stale_after_s and state.step == 0:
        told = replace(state, step=1, incident=state.incident + 1, said=1, told_at=now)
        return Decision(told, Reason.STALE, Severity.WARNING)
    if read and silent_s <= stale_after_s and state.step == 1:
        back = replace(state, step=0, said=state.said + 1, told_at=now)
        return Decision(back, Reason.RESOLVED, Severity.NOTICE, loudest=Severity.WARNING)
    return Decision(state)
