"""Reads wallets and prices through the ports into facts for answers; shared by the commands."""

from collections.abc import Sequence

from bot.domain.markets import fold
from bot.domain.observations import PriceSeen
from bot.domain.units import Address
from bot.errors import SourceError, UserError
from bot.messages.answers import NoDebt, NothingThere, PositionShown, WalletFacts
from bot.subscriptions import WalletTarget, Watch
from handlers.commands.arguments import nearest
from handlers.commands.command import Call


async def read_wallet(call: Call, address: Address, market: str = "") -> WalletFacts:
    """SourceError when nothing at all could be read. An empty market is no position: it is left out."""
    seen = await call.services.positions.wallet(address, market)
    return WalletFacts(
        tuple(position for position in seen.positions if not position.is_empty),
        tuple((one.title, one.has_debt) for one in seen.elsewhere),
        seen.unread,
    )


async def read_if_possible(call: Call, address: Address) -> WalletFacts | None:
    """None when nothing could be read: the answer says so and goes on."""
    try:
        return await read_wallet(call, address)
    except SourceError:
        return None


async def price_now(call: Call, asset: Address, market: str) -> PriceSeen | None:
    try:
        return next(iter(await call.services.prices.prices(asset, market)), None)
    except SourceError:
        return None


def shown(
    address: Address, name: str, wallet: WalletFacts, watched: int
) -> PositionShown | NoDebt | NothingThere:
    """With debt, without debt, without anything: three different answers."""
    if wallet.indebted:
        return PositionShown(address, name, wallet, watched)
    if wallet.positions:
        return NoDebt(address, name, wallet, watched)
    return NothingThere(address, name, wallet, watched)


def watched_number(watches: Sequence[Watch], address: Address) -> int:
    """The number under which a wallet is watched here, 0 = not."""
    numbers = (
        watch.number
        for watch in watches
        if isinstance(watch.target, WalletTarget) and watch.target.address == address
    )
    return next(numbers, 0)


def _spellings(symbol: str) -> tuple[str, str]:
    """As typed, and as a wrapped coin: people say ETH for WETH."""
    return symbol, f"W{symbol}"


def is_asset(call: Call, symbol: str) -> bool:
    """Whether a market that was read has an asset of that symbol."""
    known = {one.casefold() for one in call.services.prices.symbols()}
    return any(spelling.casefold() in known for spelling in _spellings(symbol))


async def find_prices(call: Call, symbol: str, market: str, example: str) -> tuple[PriceSeen, ...]:
    """All assets of a symbol; ETH also finds WETH, as people mean it. UserError when there is none."""
    services = call.services
    key = market_key(call, market, example) if market else ""
    for spelling in _spellings(symbol):
        found = await services.prices.prices(spelling, key)
        if found:
            return found
    known = services.prices.symbols()
    if not known:
        raise SourceError("no market was read yet")
    raise UserError("unknown_asset", symbol, example, nearest(symbol, known))


def market_key(call: Call, name: str, example: str) -> str:
    """The key of a market by key, title or alias."""
    markets = call.services.atlas.markets.values()
    for market in markets:
        if fold(name) in map(fold, (market.key, market.title, *market.aliases)):
            return market.key
    raise UserError("unknown_market", name, example, nearest(name, tuple(market.key for market in markets)))
