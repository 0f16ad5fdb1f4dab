"""The stored words behind a position, cut down to what it depends on: `Position.origin`.

Made by `watchers.aave` wherever a position is made, by one `Origins` a market and block.
"""

from collections.abc import Iterable

from bot.domain.aave_state import AccountState, MarketState
from bot.domain.baskets import Basket, basket_of, lead_in
from bot.domain.positions import Origin


class Origins:
    """Origins of many accounts of one market at one block.

    Positions, cures, baskets and time come out of an origin as out of the whole market.
    """

    __slots__ = ("_baskets", "_leads", "_market")

    def __init__(self, market: MarketState, baskets: Iterable[Basket]) -> None:
        self._market = market
        self._baskets = tuple(baskets)
        self._leads: dict[int, int | None] = {}

    def of(self, account: AccountState) -> Origin:
        """What the market lacks is lacking there too."""
        market = self._market
        kept = {held.reserve for held in account.holdings} | _flagged(account.configuration)
        kept |= {lead for held in account.holdings if (lead := self._lead(held.reserve)) is not None}
        indexes = sorted(kept)  # so that the same words are always the same record
        return Origin(
            MarketState(
                market=market.market,
                as_of=market.as_of,
                revision=market.revision,
                base_unit=market.base_unit,
                reserves={i: market.reserves[i] for i in indexes if i in market.reserves},
                emodes={id_: one for id_, one in market.emodes.items() if id_ == account.emode},
                prices={i: market.prices[i] for i in indexes if i in market.prices},
            ),
            account,
        )

    def _lead(self, index: int) -> int | None:
        """The reserve that leads this one's basket; the same for all accounts, hence remembered."""
        if index not in self._leads:
            self._leads[index] = self._find_lead(index)
        return self._leads[index]

    def _find_lead(self, index: int) -> int | None:
        reserves = self._market.reserves
        basket = basket_of(reserves[index].asset, self._baskets) if index in reserves else None
        lead = lead_in(self._market, basket) if basket else None
        return next((i for i, one in reserves.items() if lead and one.asset == lead.asset), None)


def _flagged(configuration: int) -> set[int]:
    """Reserves with either bit set: what may be done depends on those, held or not."""
    pairs = range((configuration.bit_length() + 1) // 2)
    return {index for index in pairs if configuration >> 2 * index & 0b11}
