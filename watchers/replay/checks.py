"""What must hold between the lines of an episode: names that are there, times within it, amounts that fit.

Called by `format` once every line is well formed; gives all faults, by line.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, Final

from bot.domain.aave_config import decimals
from bot.domain.aave_revisions import is_known
from watchers.replay.amounts import ALL, Amount
from watchers.replay.episode import Episode
from watchers.replay.happenings import (
    AccountWords,
    Act,
    Action,
    LiquidationLine,
    LoanLine,
    Moved,
    Opening,
    Oracle,
    Price,
    ReserveWords,
    Sending,
    Timed,
)
from watchers.replay.setting import RATE_PLACES, Record, ReserveLine

SPAN_AT_MOST_S: Final = 400 * 86_400
RATE_AT_MOST: Final = 100
"""A rate of 10,000 % a year; what is above is a slip."""
INDEX_AT_MOST: Final = 10**6


def faults_among(episode: Episode) -> Iterator[str]:
    """Complete sentences with line numbers."""
    head = episode.head
    if not head.starts < head.ends <= head.starts + SPAN_AT_MOST_S:
        yield f"line {head.line}: it must end after it starts, {SPAN_AT_MOST_S // 86_400} days later at most"
    yield from _doubles(episode)
    yield from _settings(episode)
    sources = {one.id for one in episode.sources}
    for figure in episode.figures:
        if figure.source not in sources:
            yield f'line {figure.line}: there is no source "{figure.source}"'
    for one in episode.happens:
        if not head.starts <= one.at <= head.ends:
            yield f"line {one.line}: its time is not within the episode"
        if one.source and one.source not in sources:
            yield f'line {one.line}: there is no source "{one.source}"'
        yield from _of_time(episode, one)
    yield from _fed(episode)


def _doubles(episode: Episode) -> Iterator[str]:
    groups: tuple[tuple[Iterable[Any], Callable[[Any], Hashable], str], ...] = (
        (episode.sources, lambda one: one.id, "source"),
        (episode.assets, lambda one: (one.chain_id, one.address), "asset"),
        (episode.markets, lambda one: one.key, "market"),
        (episode.reserves, lambda one: (one.market, one.index), "reserve with this index"),
        (episode.reserves, lambda one: (one.market, one.asset), "reserve of this asset"),
        (episode.emodes, lambda one: (one.market, one.id), "eMode"),
        (episode.wallets, lambda one: one.address, "wallet"),
        (episode.labels, lambda one: (one.chain_id, one.address), "label"),
        (episode.figures, lambda one: one.id, "figure"),
    )
    for group, key, what in groups:
        seen = set()
        for one in group:
            if key(one) in seen:
                yield f"line {one.line}: the same {what} a second time"
            seen.add(key(one))


def _settings(episode: Episode) -> Iterator[str]:
    for market in episode.markets:
        if not is_known(market.revision):
            yield f"line {market.line}: nothing is known of revision {market.revision}"
    for one in episode.reserves:
        yield from _in_market(episode, one, one.market, one.asset)
        yield from _stored(one)
        if one.configuration and (one.ltv_bps or one.threshold_bps or one.bonus_bps):
            yield f"line {one.line}: either its configuration or its terms, not both"
        asset = episode.asset(episode.chain_of(one.market) or 0, one.asset)
        if one.configuration and asset and decimals(one.configuration) != asset.decimals:
            yield f"line {one.line}: its configuration has {decimals(one.configuration)} decimals"
    for emode in episode.emodes:
        if episode.chain_of(emode.market) is None:
            yield f'line {emode.line}: there is no market "{emode.market}"'
        for ref in (*emode.collateral, *emode.borrowable, *emode.ltv_zero):
            if (emode.market, ref) not in episode.listed:
                yield f'line {emode.line}: "{ref}" is no reserve of its market'


def _stored(one: ReserveLine | ReserveWords) -> Iterator[str]:
    for name in ("supply_index", "debt_index", "supply_rate", "debt_rate"):
        value: Amount = getattr(one, name)
        limit = RATE_AT_MOST if name.endswith("rate") else INDEX_AT_MOST
        if value.places > RATE_PLACES or value.digits > limit * 10**value.places:
            yield f'line {one.line}: "{name}" is more than {limit} or has more than {RATE_PLACES} places'
        if name.endswith("index") and value.digits < 10**value.places:
            yield f'line {one.line}: "{name}" is less than 1'


def _in_market(episode: Episode, one: Record, market: str, *refs: str) -> Iterator[str]:
    chain_id = episode.chain_of(market)
    if chain_id is None:
        yield f'line {one.line}: there is no market "{market}"'
        return
    for ref in refs:
        if episode.asset(chain_id, ref) is None:
            yield f'line {one.line}: there is no one asset "{ref}" on chain {chain_id}'


def _of_time(episode: Episode, one: Timed) -> Iterator[str]:
    """Names and amounts of a line that happens."""
    market: str | None = getattr(one, "market", None)
    named: list[tuple[str, Amount | None]] = []
    match one:
        case Price():
            yield from _on_chain(episode, one, one.chain_id, one.asset)
            if not one.price.digits or one.price.places > RATE_PLACES:
                yield f"line {one.line}: a price is more than 0 and has at most {RATE_PLACES} places"
        case Oracle():
            named.append((one.asset, None))
        case Sending():
            yield from _on_chain(episode, one, one.chain_id, one.asset, one.amount)
        case LoanLine():
            yield from _on_chain(episode, one, one.chain_id, one.asset, one.amount)
        case Opening() | AccountWords():
            named += [*one.supplied, *one.owed]
        case Action():
            named.append((one.asset, one.amount))
            if one.amount == ALL and one.act not in {Act.WITHDRAW, Act.REPAY}:
                yield f'line {one.line}: nobody can {one.act} "all"'
        case LiquidationLine():
            named += [(one.collateral, one.seized), (one.debt, one.repaid)]
        case ReserveWords():
            named.append((one.asset, None))
            yield from _stored(one)
        case Moved(asset=asset) if asset:
            named.append((asset, one.amount))
    if market is None:
        return
    yield from _in_market(episode, one, market)
    chain_id = episode.chain_of(market) or 0
    for ref, amount in named:
        if (market, ref) not in episode.listed:
            yield f'line {one.line}: "{ref}" is no reserve of its market'
        yield from _fits(episode, one, chain_id, ref, amount)


def _on_chain(
    episode: Episode, one: Record, chain_id: int, ref: str, amount: Amount | None = None
) -> Iterator[str]:
    if episode.asset(chain_id, ref) is None:
        yield f'line {one.line}: there is no one asset "{ref}" on chain {chain_id}'
    yield from _fits(episode, one, chain_id, ref, amount)


def _fits(episode: Episode, one: Record, chain_id: int, ref: str, amount: Amount | None) -> Iterator[str]:
    asset = episode.asset(chain_id, ref)
    if asset and amount and amount != ALL and amount.places > asset.decimals:
        yield f'line {one.line}: {amount} has more places than the {asset.decimals} of "{ref}"'


def _fed(episode: Episode) -> Iterator[str]:
    """A feed needs a price from the start on."""
    first: dict[tuple[int, object], int] = {}
    for one in episode.happens:
        if isinstance(one, Price) and (asset := episode.asset(one.chain_id, one.asset)):
            first.setdefault((one.chain_id, asset), one.at)
    for reserve in episode.reserves:
        chain_id = episode.chain_of(reserve.market) or 0
        asset = episode.asset(chain_id, reserve.asset)
        if reserve.feed_bps and asset and first.get((chain_id, asset)) != episode.head.starts:
            yield f'line {reserve.line}: its feed has no price of "{reserve.asset}" at the start'
