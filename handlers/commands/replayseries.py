"""Prices to replay over: those that the bot kept, or lines that somebody sends."""

from collections.abc import Mapping
from fractions import Fraction

from bot.domain.aave_state import MarketState
from bot.domain.baskets import basket_of
from bot.domain.units import Address, Asset, BaseAmount
from bot.errors import UserError
from bot.messages.chart import charted_asset
from bot.messages.replayfacts import SeriesRefused
from bot.messages.typed.priceseries import read_series
from handlers.commands.command import Call
from handlers.commands.past import series
from handlers.commands.replayed import Subject
from handlers.commands.states import position_of

LEAST_POINTS = 2

Points = tuple[tuple[int, int], ...]


def _assets(subject: Subject, market: MarketState) -> list[Asset]:
    if subject.asset is not None:
        return [subject.asset]
    held = subject.account.holdings if subject.account else ()
    return [market.reserves[one.reserve].asset for one in held if one.reserve in market.reserves]


def _price(market: MarketState, address: Address) -> int:
    """Now; 0 = not known."""
    index = next((one.index for one in market.reserves.values() if one.asset.address == address), None)
    return 0 if index is None else market.prices.get(index, BaseAmount(0))


async def kept_prices(
    call: Call, subject: Subject, since: int, until: int, example: str
) -> Mapping[Address, Points]:
    """Of each asset that was kept; one whose basket's lead was kept goes with that."""
    market = subject.market
    assert market is not None
    found: dict[Address, Points] = {}
    for asset in _assets(subject, market):
        for lead in _leads(call, asset):
            kept = await series(call, market.market, lead, since)
            points = tuple((one.at, one.price) for one in kept if one.price > 0 and since <= one.at <= until)
            if len(points) >= LEAST_POINTS:
                found[asset.address] = _scaled(points, _ratio(market, asset.address, lead))
                break
    if not found:
        raise UserError("no_past_to_replay", "", example)
    return found


def _leads(call: Call, asset: Asset) -> list[Address]:
    """The asset itself, then what leads its basket."""
    basket = basket_of(asset, call.services.baskets)
    lead = basket.lead(asset.chain_id) if basket else None
    return [asset.address, *([lead] if lead and lead != asset.address else [])]


def _ratio(market: MarketState, address: Address, lead: Address) -> Fraction:
    mine, its = _price(market, address), _price(market, lead)
    return Fraction(mine, its) if mine and its and address != lead else Fraction(1)


def _scaled(points: Points, ratio: Fraction) -> Points:
    return tuple((at, max(price * ratio.numerator // ratio.denominator, 1)) for at, price in points)


async def file_prices(call: Call, subject: Subject, example: str) -> Mapping[Address, Points] | SeriesRefused:
    """Of the asset that decides; what is in its basket goes with it."""
    market, file = subject.market, call.request.file
    assert market is not None
    if file is None:
        raise UserError("replay_needs_file", "csv", example)
    lead = subject.asset or _decides(call, subject, market)
    if lead is None:
        raise UserError("nothing_to_try", "csv", example)
    found = read_series(await file.fetch(), market.base_unit)
    if isinstance(found, SeriesRefused):
        return found
    basket = basket_of(lead, call.services.baskets)
    together = [one for one in _assets(subject, market) if one == lead or (basket and basket.has(one))]
    return {
        one.address: _scaled(found, _ratio(market, one.address, lead.address)) for one in together or [lead]
    }


def _decides(call: Call, subject: Subject, market: MarketState) -> Asset | None:
    if subject.account is None:
        return None
    return charted_asset(position_of(market, subject.account), call.services.atlas, call.services.baskets)
