"""Lines of an episode as the words that a chain stores: markets, reserves, eModes, accounts. Pure.

Called by `books`; what they name was checked when the episode was read.
"""

from collections.abc import Mapping
from dataclasses import replace

from bot.domain import aave_config as config
from bot.domain.aave_revisions import rules_of
from bot.domain.aave_state import AccountState, EModeCategory, Holding, MarketState, ReserveState
from bot.domain.aave_v3 import normalized_income, owed_amount, supplied_amount
from bot.domain.fixed_point import ray_div_ceil
from bot.domain.units import BlockRef, Bps, RawAmount, Ray
from watchers.replay.amounts import Amount
from watchers.replay.episode import Episode
from watchers.replay.happenings import AccountWords, Act, ReserveWords
from watchers.replay.setting import RATE_PLACES, EModeLine, MarketLine, ReserveLine

_ACTIVE_AND_LENT = 1 << 56 | 1 << 58
"""Bits of a configuration: active, borrowing enabled."""


def ray(amount: Amount) -> Ray:
    return Ray(amount.raw(RATE_PLACES))


def market_of(episode: Episode, line: MarketLine, at: BlockRef) -> MarketState:
    """As it stands when the episode begins, without a price."""
    reserves = {one.index: _reserve(episode, one) for one in episode.reserves if one.market == line.key}
    return MarketState(
        market=line.key,
        as_of=at,
        revision=line.revision,
        base_unit=10**line.base_places,
        reserves=reserves,
        emodes={one.id: _emode(episode, one, reserves) for one in episode.emodes if one.market == line.key},
        prices={},
    )


def _reserve(episode: Episode, line: ReserveLine) -> ReserveState:
    asset = episode.asset(episode.chain_of(line.market) or 0, line.asset)
    assert asset is not None
    word = config.with_terms(
        _ACTIVE_AND_LENT | asset.decimals << 48, line.ltv_bps, line.threshold_bps, line.bonus_bps
    )
    return ReserveState(
        index=line.index,
        asset=asset,
        configuration=line.configuration or word,
        liquidity_index=ray(line.supply_index),
        liquidity_rate=ray(line.supply_rate),
        variable_borrow_index=ray(line.debt_index),
        variable_borrow_rate=ray(line.debt_rate),
        last_update=line.updated or episode.head.starts,
        a_token=line.a_token,
        variable_debt_token=line.debt_token,
        stable_debt_token=None,
    )


def _emode(episode: Episode, line: EModeLine, reserves: dict[int, ReserveState]) -> EModeCategory:
    chain_id = episode.chain_of(line.market) or 0
    indexes = {one.asset: one.index for one in reserves.values()}

    def bitmap(refs: tuple[str, ...]) -> int:
        found = (episode.asset(chain_id, ref) for ref in refs)
        return sum(1 << indexes[asset] for asset in {asset for asset in found if asset})

    return EModeCategory(
        id=line.id,
        ltv_bps=Bps(line.ltv_bps),
        threshold_bps=Bps(line.threshold_bps),
        bonus_bps=Bps(line.bonus_bps),
        label=line.label,
        collateral_bitmap=bitmap(line.collateral),
        borrowable_bitmap=bitmap(line.borrowable),
        ltvzero_bitmap=bitmap(line.ltv_zero),
        isolated=line.isolated,
    )


def rewritten(reserve: ReserveState, line: ReserveWords) -> ReserveState:
    """With the words that were read. Raises ValueError for another asset's."""
    if config.decimals(line.configuration) != reserve.asset.decimals:
        raise ValueError("its configuration has other decimals than its asset")
    return replace(
        reserve,
        configuration=line.configuration,
        liquidity_index=ray(line.supply_index),
        liquidity_rate=ray(line.supply_rate),
        variable_borrow_index=ray(line.debt_index),
        variable_borrow_rate=ray(line.debt_rate),
        last_update=line.updated,
    )


def account_of(line: AccountWords, reserves: dict[str, ReserveState]) -> AccountState:
    """From what was read; `reserves` by the names that the line uses."""
    supplied, owed = (_raw(pairs, reserves) for pairs in (line.supplied, line.owed))
    holdings = (
        Holding(index, supplied.get(index, 0), owed.get(index, 0)) for index in sorted({*supplied, *owed})
    )
    kept = tuple(one for one in holdings if one.scaled_supply or one.scaled_debt)
    return AccountState(line.account, line.configuration, line.emode, kept)


def _raw(pairs: tuple[tuple[str, Amount], ...], reserves: Mapping[str, ReserveState]) -> dict[int, int]:
    """By reserve index."""
    return {reserves[ref].index: amount.raw(reserves[ref].asset.decimals) for ref, amount in pairs}


def everything(market: MarketState, account: AccountState, index: int, act: Act) -> RawAmount:
    """What `all` of a reserve is at the market's block: what an account has there, or owes."""
    held = next((one for one in account.holdings if one.reserve == index), Holding(index))
    amount_of = supplied_amount if act is Act.WITHDRAW else owed_amount
    return amount_of(held, market.reserves[index], market.as_of.timestamp, rules_of(market.revision))


def without(market: MarketState, account: AccountState, index: int, seized: int) -> AccountState:
    """The account after a liquidator took this much of its collateral. ValueError for more than it has."""
    held = next((one for one in account.holdings if one.reserve == index), Holding(index))
    burned = ray_div_ceil(seized, normalized_income(market.reserves[index], market.as_of.timestamp))
    if burned > held.scaled_supply + 1:
        raise ValueError("more is seized than there is")
    left = replace(held, scaled_supply=max(held.scaled_supply - burned, 0))
    word = account.configuration
    if not left.scaled_supply:
        word = config.with_collateral(word, index, on=False)
    others = [one for one in account.holdings if one.reserve != index]
    kept = [left] if left.scaled_supply or left.scaled_debt else []
    holdings = tuple(sorted(others + kept, key=lambda one: one.reserve))
    return replace(account, configuration=word, holdings=holdings)
