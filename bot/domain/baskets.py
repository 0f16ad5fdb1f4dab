"""Assets that move together, and the price of a basket's lead at which a position crosses health factor 1.

Which assets do is data (`watchers.aave.baskets`); the arithmetic is here, called by rules, queries and cards.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from bot.domain.aave_state import MarketState
from bot.domain.aave_totals import owed_value, supplied_value
from bot.domain.aave_v3 import with_prices
from bot.domain.crossing import RAGGED_AT_MOST, Open, first_doubled
from bot.domain.liquidation import LIQUIDATABLE_BELOW
from bot.domain.positions import Owed, Position, Rounding, Supplied
from bot.domain.units import BPS, Address, Asset, BaseAmount


@dataclass(frozen=True, slots=True)
class Member:
    """One contract of a basket. `symbol` is for display only; `source` says why it belongs."""

    chain_id: int
    address: Address
    symbol: str
    source: str
    lead: bool = False
    """The asset whose price people name: WETH for ether. One a chain at most."""


@dataclass(frozen=True, slots=True)
class Basket:
    """Assets that are taken to move by one factor. It is an assumption: a peg that breaks is not in it."""

    key: str
    title: str
    members: tuple[Member, ...] = field(repr=False)

    def has(self, asset: Asset) -> bool:
        return any(
            member.chain_id == asset.chain_id and member.address == asset.address for member in self.members
        )

    def lead(self, chain_id: int) -> Address | None:
        """The contract of the lead asset on a chain."""
        return next(
            (member.address for member in self.members if member.lead and member.chain_id == chain_id), None
        )


@dataclass(frozen=True, slots=True)
class Lead:
    """The asset by whose price a basket is spoken of, and that price now (base units a whole token)."""

    asset: Asset
    price: BaseAmount


@dataclass(frozen=True, slots=True)
class BasketPrice:
    """Where a position crosses: the price of the lead, every other member's in the same proportion."""

    basket: Basket
    lead: Lead
    price: BaseAmount
    """Of the lead, in base units; at it the health factor is at least 1, one unit beyond it is below."""
    upper: bool
    """True when liquidation lies above: the basket is owed more than it carries."""

    @property
    def factor(self) -> Fraction:
        """What all prices of the basket are multiplied by."""
        return Fraction(self.price, self.lead.price)

    @property
    def move(self) -> Fraction:
        """`factor` - 1: -0.066 is a fall of 6.6 %."""
        return self.factor - 1


def basket_of(asset: Asset, baskets: Iterable[Basket]) -> Basket | None:
    return next((basket for basket in baskets if basket.has(asset)), None)


def lead_in(market: MarketState, basket: Basket) -> Lead | None:
    """The basket's lead where the market lists it at a price; it need not be held."""
    for index, reserve in market.reserves.items():
        if reserve.asset.address == basket.lead(reserve.asset.chain_id) and market.prices.get(index):
            return Lead(reserve.asset, market.prices[index])
    return None


def lead_held(position: Position, basket: Basket) -> Lead | None:
    """The lead if it is held, else the largest supply or debt of the basket; None if nothing of it is."""
    parts: list[Supplied | Owed] = [*_carrying(position, basket), *_owing(position, basket)]
    if not parts:
        return None
    best = max(parts, key=lambda part: (part.asset.address == basket.lead(part.asset.chain_id), part.value))
    return Lead(best.asset, best.price)


def prices_at(position: Position, basket: Basket, lead: Lead, price: int) -> Mapping[Address, BaseAmount]:
    """Prices of the basket's members in the position when the lead costs `price`, rounded down to base units.

    They are what the oracle would have to say, so the contract can be asked at exactly these.
    """
    parts: list[Supplied | Owed] = [*position.supplied, *position.owed]
    return {
        part.asset.address: BaseAmount(part.price * price // lead.price)
        for part in parts
        if basket.has(part.asset)
    }


def at_price(position: Position, basket: Basket, lead: Lead, price: int) -> Position:
    """The position with the whole basket moved until its lead costs `price`."""
    return with_prices(position, prices_at(position, basket, lead, price))


def basket_price(position: Position, basket: Basket, lead: Lead | None = None) -> BasketPrice | None:
    """The lead's price at which the position crosses health factor 1 when the whole basket moves as one.

    Both sides move. If the basket carries more than is owed in it (thresholds counted) that is the lowest
    price from which upwards the health factor is at least 1; if it is owed more, the highest one up to which
    it is. To one base unit, in the contract's own rounding: members' prices are whole base units too.

    None when no price decides: nothing is owed, the basket is not in the position, the position is healthy
    (or not) whatever the basket costs, or all that counts is in the basket, as in a wstETH/ETH loop. There
    the factor cancels; the exchange rate and time decide (`bot.domain.lifetime`).

    `lead` is the one to speak of, usually `lead_in(market, basket)`; without it `lead_held`.
    """
    spoken = lead or lead_held(position, basket)
    if spoken is None or _is_all(position, basket):
        return None
    at = _opened(position, basket, spoken)
    slope = _slope(position, basket, spoken)
    if slope == 0:
        return None
    failing = _failing_below(at, spoken.price) if slope > 0 else _failing_above(at, spoken.price)
    if failing is None:
        return None
    price = failing + 1 if slope > 0 else failing - 1
    return BasketPrice(basket, spoken, BaseAmount(price), upper=slope < 0)


def _failing_below(at: "_OpenBasket", start: int) -> int | None:
    high = first_doubled(at.surely, start) or first_doubled(at.holds, start)
    return None if high is None else at.last_failing(0, 2 * high + at.ragged)


def _failing_above(at: "_OpenBasket", start: int) -> int | None:
    high = first_doubled(lambda price: not at.holds(price), start)
    failing = None if high is None else at.mirrored().last_failing(-high, 0)
    return None if failing is None else -failing


def _is_all(position: Position, basket: Basket) -> bool:
    """Everything with a threshold and everything owed is in the basket."""
    carrying = [part.asset for part in position.supplied if part.counts and part.threshold_bps]
    owing = [part.asset for part in position.owed if part.counts]
    return all(basket.has(asset) for asset in (*carrying, *owing))


def _slope(position: Position, basket: Basket, lead: Lead) -> Fraction:
    """Base units x bps by which the margin grows with a base unit of the lead's price; its sign decides."""
    helps = sum(part.threshold_bps * _per_factor(part) for part in _carrying(position, basket))
    hurts = sum(_per_factor(part) for part in _owing(position, basket))
    return Fraction(helps - hurts * BPS) / lead.price


def _per_factor(part: Supplied | Owed) -> Fraction:
    return Fraction(part.amount * part.price, part.asset.unit)


def _carrying(position: Position, basket: Basket) -> list[Supplied]:
    return [part for part in position.supplied if part.counts and basket.has(part.asset)]


def _owing(position: Position, basket: Basket) -> list[Owed]:
    return [part for part in position.owed if part.counts and basket.has(part.asset)]


@dataclass(frozen=True, slots=True)
class _OpenBasket(Open):
    """Several assets move with the open number, each with a threshold of its own."""

    weighted: Callable[[int], int] = lambda _: 0
    """Their values x thresholds."""

    def _sums(self, x: int) -> tuple[int, int, int]:
        return (
            self.collateral + self.supplied(x),
            self.weighted_threshold + self.weighted(x),
            self.debt + self.owed(x),
        )

    def mirrored(self) -> "_OpenBasket":
        return replace(
            self,
            supplied=lambda x: self.supplied(-x),
            owed=lambda x: self.owed(-x),
            weighted=lambda x: self.weighted(-x),
        )


def _opened(position: Position, basket: Basket, lead: Lead) -> _OpenBasket:
    """The position with the lead's price left open."""
    supplied, owed = _carrying(position, basket), _owing(position, basket)
    still = [part for part in position.supplied if part.counts and not basket.has(part.asset)]

    def value(part: Supplied, price: int) -> int:
        return supplied_value(part.amount, part.price * price // lead.price, part.asset.unit)

    def debt(part: Owed, price: int) -> int:
        moved = part.price * price // lead.price
        return owed_value(part.amount, moved, part.asset.unit, position.rounding)

    return _OpenBasket(
        rounding=position.rounding,
        target=LIQUIDATABLE_BELOW,
        collateral=sum(part.value for part in still),
        weighted_threshold=sum(part.value * part.threshold_bps for part in still),
        debt=sum(part.value for part in position.owed if part.counts and not basket.has(part.asset)),
        threshold=0,
        supplied=lambda price: sum(value(part, price) for part in supplied),
        owed=lambda price: sum(debt(part, price) for part in owed),
        weighted=lambda price: sum(value(part, price) * part.threshold_bps for part in supplied),
        ragged=_ragged(position, basket, lead),
    )


def _ragged(position: Position, basket: Basket, lead: Lead) -> int:
    """How many prices lie between those at which rounding alone can decide."""
    slope = abs(_slope(position, basket, lead))
    supplied, owed = _carrying(position, basket), _owing(position, basket)
    several = len({part.asset.address for part in supplied}) > 1 and position.rounding is Rounding.HALF_UP
    if not slope or not (owed or several):
        return 0
    # each price is off by less than one base unit a token, each value by less than one
    noise = Fraction(0)
    noise += sum((Fraction(part.amount, part.asset.unit) + 2) * part.threshold_bps for part in supplied)
    noise += sum((Fraction(part.amount, part.asset.unit) + 2) * BPS for part in owed)
    return min(int(noise / slope) + 1, RAGGED_AT_MOST)
