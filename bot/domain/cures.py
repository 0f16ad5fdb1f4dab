"""What to repay or to add, in two figures: `exact`, minimal at a block, and `suggested`, good for an hour.

Called by cards and alerts. `bot.domain.liquidation` has the amounts of a position; here they go through the
contract's own bookkeeping of a repayment or a supply, which may round a raw unit away.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.domain.aave_state import AccountState, MarketState
from bot.domain.aave_v3 import position
from bot.domain.lifetime import later
from bot.domain.liquidation import cure_add, cure_repay, round_up_significant
from bot.domain.positions import Position
from bot.domain.units import RAY, Address, RawAmount, Wad
from bot.domain.whatif.changes import Repay, Supply
from bot.domain.whatif.engine import Refused, apply

GOOD_FOR_SECONDS: Final = 3_600
SIGNIFICANT_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Cure:
    """Raw amounts of one asset that bring the health factor to a target."""

    asset: Address
    exact: RawAmount
    """Done in the market's block it reaches the target, and one raw unit less does not. 0: it is there."""
    suggested: RawAmount | None
    """`exact` with an hour of interest at today's rates, rounded up to four significant digits: until then it
    reaches the target at these prices. May be more than is owed, which repays all. None: in an hour nothing
    of this asset will do."""


def repayment(market: MarketState, account: AccountState, asset: Address, target: Wad) -> Cure | None:
    """What to repay of an owed `asset`, its stable debt (3.0-3.1) only if that is all it owes of it.

    None when the asset is not owed, when repaying all of it is not enough, or when the market takes nothing.
    Raises as `aave_v3.position` does.
    """
    stable = not any(
        held.scaled_debt and market.reserves[held.reserve].asset.address == asset for held in account.holdings
    )
    return _both(
        market,
        lambda then: _exact(then, account, asset, target, cure_repay, lambda raw: Repay(asset, raw, stable)),
        asset,
    )


def addition(market: MarketState, account: AccountState, asset: Address, target: Wad) -> Cure | None:
    """What to add of a collateral `asset`; caps are not asked.

    None when it is no collateral of the account or when the market takes none, as when it is frozen. Raises
    as `aave_v3.position` does.
    """
    return _both(
        market,
        lambda then: _exact(then, account, asset, target, cure_add, lambda raw: Supply(asset, raw)),
        asset,
    )


def _both(
    market: MarketState, exact: Callable[[MarketState], RawAmount | None], asset: Address
) -> Cure | None:
    now = exact(market)
    if now is None:
        return None
    # Debt compounds and supply does not, so what is enough now and in an hour is enough between.
    then = exact(later(market, GOOD_FOR_SECONDS))
    if then is None:
        return Cure(asset, now, None)
    return Cure(asset, now, RawAmount(round_up_significant(max(now, then), SIGNIFICANT_DIGITS)))


def _exact(
    market: MarketState,
    account: AccountState,
    asset: Address,
    target: Wad,
    about: Callable[[Position, Address, Wad], RawAmount | None],
    step: Callable[[RawAmount], Repay | Supply],
) -> RawAmount | None:
    guess = about(position(market, account), asset, target)
    if not guess:
        return guess

    def reaches(raw: int) -> bool:
        outcome = apply(market, account, [step(RawAmount(raw))])
        if isinstance(outcome, Refused):
            return False
        return position(outcome.market, outcome.account).health_factor >= target

    # A scaled balance holds whole raw units only to within its index, on both sides of the guess.
    indexes = (max(one.liquidity_index, one.variable_borrow_index) for one in market.reserves.values())
    width = 2 * (max(indexes) // RAY + 2)
    low, high = max(guess - width, 0), guess + width
    if not reaches(high):
        return None
    while low and reaches(low):
        width *= 2
        low = max(guess - width, 0)
    failing = (raw for raw in range(high - 1, low - 1, -1) if not raw or not reaches(raw))
    return RawAmount(next(failing, low) + 1)
