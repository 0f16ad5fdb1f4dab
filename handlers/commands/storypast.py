"""What /story tells of: the past that a source reads, with the flows and prices that this bot kept."""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog

from bot.domain.labels import Labels
from bot.domain.story.events import Event, Families, Priced, event_of
from bot.domain.story.past import Past
from bot.domain.transfers import NATIVE
from bot.domain.units import Address, Asset, BaseAmount
from bot.errors import StoreError
from bot.ports import Point
from handlers.commands.command import Call
from handlers.commands.past import ASSETS_AT_MOST, series

log = structlog.get_logger()
NEAR_S: Final = 2 * 3_600
"""How far a kept price may be from an event that it values."""


@dataclass(frozen=True, slots=True)
class Found:
    """`own_coin`: flows of a chain's own coin are in it, from what this bot saw itself."""

    past: Past
    own_coin: bool = False


async def read_past(call: Call, accounts: Collection[Address]) -> Found:
    """Raises SourceError when nothing can be read."""
    labels = await _labels(call)
    past = await call.services.stories.past(accounts, labels)
    if past.episode:
        return Found(past)
    families = Families(call.services.baskets)
    flows = await _flows(call, past, accounts, families)
    events = sorted((*past.events, *flows), key=lambda one: one.order)
    valued = await _valued(call, events, families)
    return Found(replace(past, events=valued), any(one.asset.address == NATIVE for one in flows))


async def _labels(call: Call) -> Labels:
    """The project's, then the operator's, then this home's own."""
    book = call.services.labels
    try:
        return Labels.of(book.table(), await book.all(), await book.all(call.home))
    except StoreError as error:
        log.warning("no labels of our own", why=str(error))
        return Labels.of(book.table())


async def _flows(
    call: Call, past: Past, accounts: Collection[Address], families: Families
) -> tuple[Event, ...]:
    """Kept flows that no log told of: of the chain's own coin, and through deposit addresses."""
    try:
        kept = await call.services.flows.flows(since=0, senders=accounts)
    except StoreError as error:
        log.warning("no flows kept", why=str(error))
        return ()
    known = {(one.tx, one.asset.address) for one in past.events if one.exchange}
    found = (event_of(one, accounts, families) for one in kept if (one.tx, one.asset.address) not in known)
    return tuple(one for one in found if one is not None)


# ---- prices kept ----------------------------------------------------------------------------------------


async def _valued(call: Call, events: Sequence[Event], families: Families) -> tuple[Event, ...]:
    """Events without dollars get those of a price that was kept about then, where one was."""
    wanted = dict.fromkeys(
        asset
        for one in events
        if one.value is None or one.quantity is None
        for asset in (one.asset, one.debt)
        if asset is not None
    )
    if not wanted:
        return tuple(events)
    kept = {
        asset: await _kept(call, asset.chain_id, asset.address) for asset in list(wanted)[:ASSETS_AT_MOST]
    }
    leads = {}
    for asset in kept:
        lead = families.lead(asset)
        leads[asset] = () if lead is None else await _kept(call, asset.chain_id, lead)
    return tuple(_with_price(one, kept, leads, families) for one in events)


async def _kept(call: Call, chain_id: int, asset: Address) -> tuple[Point, ...]:
    """Of the first market of the chain in which its price was kept."""
    for key, market in call.services.atlas.markets.items():
        if market.chain_id == chain_id:
            points = await series(call, key, asset, 0)
            if priced := tuple(one for one in points if one.price > 0):
                return priced
    return ()


def _with_price(
    one: Event,
    kept: dict[Asset, tuple[Point, ...]],
    leads: dict[Asset, tuple[Point, ...]],
    families: Families,
) -> Event:
    price = _near(kept.get(one.asset, ()), one.at)
    if one.value is not None or price is None:
        return one
    debt_price = _near(kept.get(one.debt, ()), one.at) if one.debt else None
    quantity = families.quantity(one.asset, one.amount, price, _near(leads.get(one.asset, ()), one.at))
    repaid = None if debt_price is None or one.debt is None else one.repaid * debt_price // one.debt.unit
    return replace(
        one,
        value=BaseAmount(one.amount * price // one.asset.unit),
        quantity=one.quantity if one.quantity is not None else quantity,
        repaid_value=one.repaid_value if repaid is None else BaseAmount(repaid),
        priced=Priced.KEPT,
    )


def _near(points: Sequence[Point], at: int) -> int | None:
    """The kept price nearest to a moment, not farther than `NEAR_S`; dollars."""
    after = bisect_left(points, at, key=lambda one: one.at)
    around = points[max(0, after - 1) : after + 1]
    nearest = min(around, key=lambda one: abs(one.at - at), default=None)
    return nearest.price if nearest is not None and abs(nearest.at - at) <= NEAR_S else None
