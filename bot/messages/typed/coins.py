"""Which reserve of a market somebody means: by symbol in any case, by a coin's name, or by address."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain import aave_config as config
from bot.domain.aave_state import MarketState, ReserveState
from bot.domain.units import Asset, BaseAmount
from bot.errors import UserError
from bot.messages.typed.near import nearest


@dataclass(frozen=True, slots=True)
class Coins:
    """The reserves of one market. `known` are symbols of the tables by (chain, contract in small letters):
    several tokens of a chain may call themselves USDC.
    """

    market: MarketState
    known: Mapping[tuple[int, str], str]

    def find(self, word: str) -> ReserveState:
        """UserError `unknown_coin` or `ambiguous_coin`, with what is near. ETH finds WETH."""
        wanted = word.strip().lstrip("$#").casefold()
        reserves = self._live()
        if wanted.startswith("0x"):
            return self._by_address(wanted, word)
        for spelling in (wanted, f"w{wanted}"):
            listed = [one for one in reserves if self.symbol(one.asset).casefold() == spelling]
            own = [one for one in reserves if one.asset.symbol.casefold() == spelling]
            found = listed or own
            if len(found) > 1:
                raise UserError("ambiguous_coin", word, "", tuple(one.asset.address for one in found[:5]))
            if found:
                return found[0]
        raise UserError("unknown_coin", word, "", nearest(word, self.symbols()))

    def symbols(self) -> tuple[str, ...]:
        return tuple(self.symbol(one.asset) for one in self._live())

    def symbol(self, asset: Asset) -> str:
        """What the tables call it, else what it calls itself."""
        return self.known.get((asset.chain_id, asset.address.lower()), asset.symbol)

    def spoken(self, asset: Asset) -> str:
        """A word that finds this asset and no other: its symbol, else its address."""
        symbol = self.symbol(asset)
        try:
            plain = bool(symbol) and not set(symbol) & set(" ,;+=&\"'“”") and not symbol[0].isdigit()
            return symbol if plain and self.find(symbol).asset == asset else asset.address
        except UserError:
            return asset.address

    def price(self, reserve: ReserveState) -> BaseAmount:
        """UserError `no_price` where the oracle has none."""
        price = self.market.prices.get(reserve.index, 0)
        if price <= 0:
            raise UserError("no_price", self.symbol(reserve.asset))
        return BaseAmount(price)

    def pair(self) -> tuple[str, str]:
        """A collateral and an asset to borrow that this market has, for examples: WETH and USDC if it can."""
        live = self._live()
        collateral = [one for one in live if config.ltv(one.configuration)]
        debts = [one for one in live if config.is_borrowable(one.configuration)]
        return (
            self._first(collateral or live, ("WETH", "wstETH", "WBTC")),
            self._first(debts or live, ("USDC", "USDT", "DAI", "GHO", "WETH")),
        )

    def _first(self, among: list[ReserveState], wanted: tuple[str, ...]) -> str:
        symbols = [self.spoken(one.asset) for one in among]
        liked = next((one for one in wanted if one in symbols), next(iter(symbols), "WETH"))
        return "ETH" if liked == "WETH" and "ETH" not in symbols else liked

    def _by_address(self, wanted: str, word: str) -> ReserveState:
        for one in self.market.reserves.values():
            if one.asset.address.casefold() == wanted:
                return one
        raise UserError("unknown_coin", word)

    def _live(self) -> list[ReserveState]:
        """In their order; a dropped reserve is no longer active."""
        return [
            one for _index, one in sorted(self.market.reserves.items()) if config.is_active(one.configuration)
        ]


def find_emode(market: MarketState, word: str) -> int:
    """An eMode by number or label, 0 for off. UserError `unknown_emode` with the nearest labels."""
    wanted = word.strip().casefold()
    if wanted in {"off", "none", "no", "0", ""}:
        return 0
    usable = {one.id: one.label for one in market.emodes.values() if one.threshold_bps}
    if wanted.isdecimal() and len(wanted) < 4 and int(wanted) in usable:
        return int(wanted)
    named = [key for key, label in usable.items() if label.casefold() == wanted]
    if named:
        return named[0]
    near = nearest(word, tuple(usable.values()))
    known = near or tuple(f"{key}" for key in sorted(usable)[:3])
    raise UserError("unknown_emode", word, "", tuple(f"emode {one}" for one in known))
