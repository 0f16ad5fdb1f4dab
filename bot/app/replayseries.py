"""Episodes made for one replay: of a series of prices, and with a position put into one. Pure.

A series moves prices alone. Positions stand as they are, without interest, so that what comes out hangs on
nothing but the prices that were given.
"""

from dataclasses import replace
from typing import Final

from bot.domain.aave_revisions import rules_of
from bot.domain.aave_state import AccountState, MarketState
from bot.domain.aave_v3 import normalized_debt, normalized_income
from bot.domain.units import Address, BaseAmount, Ray
from bot.errors import EpisodeError
from bot.ports.rehearsals import ReplayAsked
from watchers.replay import Episode
from watchers.replay.amounts import Amount
from watchers.replay.happenings import Oracle, Timed
from watchers.replay.setting import (
    VERSION,
    Certainty,
    Head,
    MarketLine,
    Record,
    Standing,
    Token,
    Truth,
    Wallet,
)
from watchers.replay.transcript import UntellableError, account_line, emode_line, reserve_line

SOMEBODY: Final = Address("0x00000000000000000000000000000000005eA5e1")
"""Stands for whoever has the position that is tried."""
KNOWN: Final = Certainty.INTERPOLATED


def episode_of(asked: ReplayAsked) -> Episode:
    """From the first to the last price of the series. EpisodeError for a market that no episode can tell."""
    market = asked.market
    assert market is not None
    times = sorted({at for points in asked.series.values() for at, _ in points})
    starts, ends = times[0], max(times[-1], times[0] + 1)
    indexes = {one.asset.address: one.index for one in market.reserves.values()}
    wanted = _touched(asked.account) if asked.account else set()
    wanted |= {indexes[address] for address in asked.series if address in indexes}
    state = _still(market, wanted)
    name = asked.kind or "series"
    try:
        lines = [*_setting(state, name, starts, ends), *_prices(state, asked, starts)]
    except UntellableError as error:
        raise EpisodeError(name, [str(error)]) from error
    return Episode.of(lines)


def with_position(episode: Episode, market: MarketState | None, account: AccountState) -> Episode:
    """With an account that stands there from the first block on, and is the only one watched."""
    starts = episode.head.starts
    if market is None:
        index_of = {one.index: one.asset for one in episode.reserves if one.market == episode.markets[0].key}
        key, chain = episode.markets[0].key, episode.markets[0].chain_id
        assets = {
            index: asset
            for index, ref in index_of.items()
            if (asset := episode.asset(chain, ref)) is not None
        }
    else:
        key = market.market
        assets = {index: one.asset for index, one in market.reserves.items()}
    line = account_line(key, assets, replace(account, account=SOMEBODY), starts)
    others = [replace(one, watched=False) for one in episode.wallets if one.address != SOMEBODY]
    mine = Wallet(address=SOMEBODY, standing=Standing.HYPOTHETICAL, watched=True)
    return replace(episode, wallets=(*others, mine), happens=(line, *episode.happens))


def _touched(account: AccountState) -> set[int]:
    pairs = range((account.configuration.bit_length() + 1) // 2)
    flagged = {index for index in pairs if account.configuration >> 2 * index & 0b11}
    return flagged | {one.reserve for one in account.holdings}


def _still(market: MarketState, wanted: set[int]) -> MarketState:
    """Its indexes as they are at its block, and no interest from then on."""
    at = market.as_of.timestamp
    reserves = {
        index: replace(
            one,
            liquidity_index=normalized_income(one, at),
            variable_borrow_index=normalized_debt(one, at, rules_of(market.revision)),
            liquidity_rate=Ray(0),
            variable_borrow_rate=Ray(0),
        )
        for index, one in market.reserves.items()
        if index in wanted
    }
    return replace(market, reserves=reserves)


def _setting(state: MarketState, name: str, starts: int, ends: int) -> list[Record]:
    asset = next(iter(state.reserves.values())).asset
    lines: list[Record] = [
        Head(version=VERSION, name=name, title=name, kind=Truth.DATED, starts=starts, ends=ends),
        MarketLine(
            key=state.market,
            title=state.market,
            revision=state.revision,
            chain_id=asset.chain_id,
            base_places=len(str(state.base_unit)) - 1,
        ),
    ]
    for one in state.reserves.values():
        token = one.asset
        lines += [
            Token(
                symbol=token.symbol,
                address=token.address,
                decimals=token.decimals,
                chain_id=token.chain_id,
            ),
            replace(reserve_line(state.market, one), updated=0),
        ]
    lines += [emode_line(state, one) for one in state.emodes.values()]
    return lines


def _prices(state: MarketState, asked: ReplayAsked, starts: int) -> list[Timed]:
    """Those of the series, and of everything else what it is now."""
    places = len(str(state.base_unit)) - 1
    lines: list[Timed] = []
    for index, one in state.reserves.items():
        now = (starts, state.prices.get(index, BaseAmount(0)))
        for at, price in (now, *asked.series.get(one.asset.address, ())):
            lines.append(
                Oracle(
                    at=at,
                    certainty=KNOWN,
                    market=state.market,
                    asset=str(one.asset.address),
                    price=Amount.of(price, places),
                )
            )
    return lines
