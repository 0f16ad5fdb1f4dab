"""The questions that several steps ask before or after they act. Source: ValidationLogic.sol."""

from bot.domain import aave_config as config
from bot.domain.aave_state import ReserveState
from bot.domain.aave_v3 import position, terms_of
from bot.domain.units import WAD
from bot.domain.whatif.draft import Draft
from bot.domain.whatif.refusals import Reason, require


def open_for_action(reserve: ReserveState) -> None:
    word = reserve.configuration
    require(config.is_active(word), Reason.RESERVE_INACTIVE)
    require(not config.is_paused(word), Reason.RESERVE_PAUSED)


def open_for_more(reserve: ReserveState) -> None:
    """For what makes a position larger."""
    open_for_action(reserve)
    require(not config.is_frozen(reserve.configuration), Reason.RESERVE_FROZEN)


def has_ltv(draft: Draft, reserve: ReserveState) -> bool:
    """Whether new debt may rest on it; before 3.6 a reserve of LTV 0 stays so inside an eMode."""
    return terms_of(reserve, draft.category, draft.rules).ltv != 0


def healthy(draft: Draft) -> None:
    """As validateHealthFactor."""
    factor = position(draft.market, draft.account).health_factor
    require(factor >= WAD, Reason.HEALTH_FACTOR_TOO_LOW)


def healthy_after_less(draft: Draft, reserve: ReserveState) -> None:
    """As validateHFAndLtv (3.6: validateHFAndLtvzero): collateral of LTV 0 goes before any other."""
    healthy(draft)
    rules, category = draft.rules, draft.category
    terms = [terms_of(one, category, rules) for one in draft.collateral]
    if any(one.sums and one.ltv == 0 for one in terms):
        require(not has_ltv(draft, reserve), Reason.LTV_VALIDATION_FAILED)


def isolated_by(draft: Draft) -> ReserveState | None:
    """The only collateral, if it has a debt ceiling (getIsolationModeState; no such mode since 3.7)."""
    collateral = draft.collateral
    if draft.rules.isolated_emode or len(collateral) != 1:
        return None
    only = collateral[0]
    return only if config.debt_ceiling_cents(only.configuration) else None


def may_be_collateral(draft: Draft, reserve: ReserveState) -> bool:
    """As validateUseAsCollateral."""
    if not has_ltv(draft, reserve):
        return False
    if draft.rules.isolated_emode or not draft.collateral:
        return True
    return isolated_by(draft) is None and not config.debt_ceiling_cents(reserve.configuration)


def becomes_collateral(draft: Draft, reserve: ReserveState) -> bool:
    """Whether a first supply switches it on: never what has a debt ceiling.

    As validateAutomaticUseAsCollateral; the role that 3.0 lets do so for others is not known here.
    """
    ceiling = 0 if draft.rules.isolated_emode else config.debt_ceiling_cents(reserve.configuration)
    return not ceiling and may_be_collateral(draft, reserve)


def siloed_alone(draft: Draft, reserve: ReserveState) -> None:
    """The siloed part of validateBorrow."""
    borrowed = draft.borrowed
    if draft.rules.isolated_emode or not borrowed:
        return
    if len(borrowed) == 1 and config.is_siloed(borrowed[0].configuration):
        require(borrowed[0].index == reserve.index, Reason.SILOED_BORROWING, borrowed[0].asset.address)
    else:
        require(not config.is_siloed(reserve.configuration), Reason.SILOED_BORROWING)


def borrowable_in_emode(draft: Draft, reserve: ReserveState) -> None:
    """The eMode's part of validateBorrow; 0 allows everything."""
    category = draft.category
    if category is None:
        return
    if draft.rules.emode_bitmaps:
        named = config.in_bitmap(category.borrowable_bitmap, reserve.index)
        require(named, Reason.NOT_BORROWABLE_IN_EMODE)
    else:
        own = config.emode_category(reserve.configuration)
        require(own == category.id, Reason.INCONSISTENT_EMODE)


def borrowable_in_isolation(draft: Draft, reserve: ReserveState) -> None:
    if isolated_by(draft) is not None:
        allowed = config.is_borrowable_in_isolation(reserve.configuration)
        require(allowed, Reason.NOT_BORROWABLE_IN_ISOLATION)
