"""A market's indexes brought to its block once. Pure, and light: replays use it without the readers."""

from dataclasses import replace

from bot.domain.aave_revisions import rules_of
from bot.domain.aave_state import MarketState
from bot.domain.aave_v3 import normalized_debt, normalized_income


def accrued(state: MarketState) -> MarketState:
    """The same market with its indexes brought to the block's time once, instead of once an account.

    Positions of it are the same to the wei: an index updated "now" is used as it is.
    """
    now, rules = state.as_of.timestamp, rules_of(state.revision)
    reserves = {
        index: replace(
            reserve,
            liquidity_index=normalized_income(reserve, now),
            variable_borrow_index=normalized_debt(reserve, now, rules),
            last_update=now,
        )
        for index, reserve in state.reserves.items()
    }
    return replace(state, reserves=reserves)
