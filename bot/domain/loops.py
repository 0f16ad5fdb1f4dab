"""Loops: deposit, borrow, swap, deposit again, until a leverage, an LTV or a number of rounds is reached.

Each round goes through `whatif.engine`, so amounts, health factor and refusals are the contract's own, all
in the market's block. The swap is at oracle prices less the fee and slippage given; what it would really cost
is not known here.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Final

from bot.domain.aave_state import AccountState, MarketState
from bot.domain.aave_v3 import position, price_of, with_prices
from bot.domain.carry import carry
from bot.domain.fixed_point import mul_div_floor
from bot.domain.liquidation import liquidation_price
from bot.domain.loop_model import MOST_ROUNDS, Fall, Loop, Looped, LoopRefused, Round, Rounds, Step
from bot.domain.positions import Owed, Position, Supplied
from bot.domain.units import BPS, Address, Asset, BaseAmount, RawAmount
from bot.domain.whatif.changes import Borrow, Change, SetEMode, Supply
from bot.domain.whatif.draft import Draft
from bot.domain.whatif.engine import Outcome, Refused, apply
from bot.domain.whatif.hypothetical import NOBODY
from bot.domain.whatif.liquidity import Liquidity
from bot.domain.whatif.refusals import Reason

FALLS_BPS: Final = (1_000, 2_000, 3_000)
_TOO_MUCH: Final = frozenset({Reason.COLLATERAL_CANNOT_COVER_NEW_BORROW, Reason.HEALTH_FACTOR_TOO_LOW})


def loop(
    market: MarketState,
    wanted: Loop,
    account: AccountState | None = None,
    liquidity: Mapping[int, Liquidity] | None = None,
) -> Looped | LoopRefused:
    """Go round at the market's block, from `account` (an empty one by default).

    Borrows the most that the market lends in each round until the goal is near; the last round borrows what
    is missing. A goal that `MOST_ROUNDS` do not reach is refused as too high an LTV. Raises `UnreadReserve`,
    `UnreadPrice` or `UnreadEMode` when the market state lacks what is needed.
    """
    start = Outcome(market, account or AccountState(NOBODY, 0, 0, ()), liquidity or {})
    now, rounds = start, tuple[Round, ...]()
    opening: list[tuple[Step, Change]] = [(Step.DEPOSIT, Supply(wanted.collateral, wanted.amount))]
    if wanted.emode is not None:
        opening.insert(0, (Step.EMODE, SetEMode(wanted.emode)))
    for step, change in opening:
        done = _after(now, change)
        if isinstance(done, Refused):
            return _refused(done, step, now, rounds, wanted, first=True)
        now = done
    last = False
    while not last:
        amount, last = _next(now, wanted, len(rounds))
        if amount == 0:
            break
        borrowed = amount if isinstance(amount, Refused) else _after(now, Borrow(wanted.debt, amount))
        if isinstance(borrowed, Refused):
            return _refused(borrowed, Step.BORROW, now, rounds, wanted)
        assert not isinstance(amount, Refused)
        out = swapped(market, borrowed.account, wanted, amount)
        deposited = _after(borrowed, Supply(wanted.collateral, out))
        if isinstance(deposited, Refused):
            return _refused(deposited, Step.DEPOSIT, now, rounds, wanted)
        now = deposited
        rounds += (Round(amount, out, position(now.market, now.account).health_factor),)
    return _looped(now, rounds, wanted)


def _after(now: Outcome, change: Change) -> Outcome | Refused:
    done = apply(now.market, now.account, [change], now.liquidity)
    return done if isinstance(done, Refused) else replace(done, unchecked=now.unchecked | done.unchecked)


def _priced(market: MarketState, account: AccountState, asset: Address) -> tuple[Asset, BaseAmount]:
    draft = Draft(market, account)
    reserve = draft.reserve(asset)
    return reserve.asset, price_of(market, reserve, draft.category, draft.rules)


def swapped(market: MarketState, account: AccountState, wanted: Loop, amount: RawAmount) -> RawAmount:
    """What `amount` of the debt asset buys of the collateral: oracle prices less the costs, rounded down."""
    sold, price = _priced(market, account, wanted.debt)
    bought, cost = _priced(market, account, wanted.collateral)
    kept = wanted.kept
    return RawAmount(
        mul_div_floor(amount * price * bought.unit, kept.numerator, cost * sold.unit * kept.denominator)
    )


def _next(now: Outcome, wanted: Loop, done: int) -> tuple[RawAmount | Refused, bool]:
    """What the next round borrows, 0 for nothing, and whether it is the last."""
    goal = wanted.goal
    if isinstance(goal, Rounds):
        if done == goal.count:
            return RawAmount(0), True
        most = most_borrowable(now.market, now.account, wanted.debt)
        share = most if isinstance(most, Refused) else RawAmount(most * goal.share_bps // BPS)
        return share, done + 1 == goal.count
    missing = _missing(now, wanted, goal.ltv)
    counts = position(now.market, now.account).totals.collateral_base > 0
    if missing == 0 and (counts or goal.ltv == 0):
        return missing, True
    most = most_borrowable(now.market, now.account, wanted.debt)
    if isinstance(most, Refused) or most >= missing:
        return (most if isinstance(most, Refused) else missing), True
    if done < MOST_ROUNDS - 1:
        return most, False
    # what the market says to one who asks for more than its LTV
    more = apply(now.market, now.account, [Borrow(wanted.debt, RawAmount(most + 1))])
    assert isinstance(more, Refused)
    return more, True


def _missing(now: Outcome, wanted: Loop, ltv: Fraction) -> RawAmount:
    """Raw debt that brings debt / collateral to `ltv` once its proceeds are deposited: never over it.

    (D + x) / (C + k x) = l, so x = (l C - D) / (1 - l k), k being what a swap keeps.
    """
    words = position(now.market, now.account).totals
    gap = ltv * words.collateral_base - words.debt_base
    asset, price = _priced(now.market, now.account, wanted.debt)
    # a base unit may be lost to rounding on each side
    value = (gap - 2) / (1 - ltv * wanted.kept)
    return RawAmount(max(value * asset.unit / price, Fraction(0)).__floor__())


def most_borrowable(market: MarketState, account: AccountState, asset: Address) -> RawAmount | Refused:
    """The most raw units that the account's LTV lets it borrow now; caps and liquidity are not asked.

    Refused when the market would lend not even one.
    """

    def lends(raw: int) -> bool:
        return not isinstance(apply(market, account, [Borrow(asset, RawAmount(raw))]), Refused)

    words = position(market, account).totals
    token, price = _priced(market, account, asset)
    near = words.available_borrows_base * token.unit // price
    # with nothing left, whatever is worth a few base units is asked for: the reason counts
    asked = apply(market, account, [Borrow(asset, RawAmount(near or 4 * token.unit // price + 4))])
    if isinstance(asked, Refused) and (not near or asked.reason not in _TOO_MUCH):
        return asked
    return RawAmount(_last(lends, near))


def _last(holds: Callable[[int], bool], near: int) -> int:
    """The largest number at which it holds, 0 if none: it stops holding once, not far from `near`."""
    step, low, high = 1, near, near
    if holds(near):
        while holds(low + step):
            low, step = low + step, 2 * step
        high = low + step
    else:
        while (low := max(high - step, 0)) > 0 and not holds(low):
            high, step = low, 2 * step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def fallen(at: Position, assets: Collection[Address], bps: int) -> Position:
    """The position with these assets `bps` lower, their prices rounded down; what is owed of them too."""
    parts: list[Supplied | Owed] = [*at.supplied, *at.owed]
    lower = {part.asset.address: BaseAmount(part.price * (BPS - bps) // BPS) for part in parts}
    return with_prices(at, {asset: lower[asset] for asset in assets if asset in lower})


def _looped(now: Outcome, rounds: tuple[Round, ...], wanted: Loop) -> Looped:
    at = position(now.market, now.account)
    words = at.totals
    equity = words.collateral_base - words.debt_base
    falling = {wanted.collateral, *wanted.falling}
    return Looped(
        outcome=now,
        position=at,
        rounds=rounds,
        leverage=Fraction(words.collateral_base, equity) if equity > 0 else None,
        liquidation_price=liquidation_price(at, wanted.collateral),
        carry=carry(now.market, now.account, wanted.own_yield),
        falls=tuple(Fall(bps, fallen(at, falling, bps)) for bps in FALLS_BPS),
    )


def _refused(
    refused: Refused,
    step: Step,
    now: Outcome,
    rounds: tuple[Round, ...],
    wanted: Loop,
    *,
    first: bool = False,
) -> LoopRefused:
    number = 0 if first else len(rounds) + 1
    reached = _looped(now, rounds, wanted)
    return LoopRefused(refused.reason, step, number, refused.change, refused.asset, reached)
