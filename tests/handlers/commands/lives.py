"""A life as logs tell it, for desks that are told of one: bought, supplied, borrowed, liquidated, sold."""

from dataclasses import replace

from bot.domain.story.events import Event, EventKind, Priced
from bot.domain.story.past import Past, PriceThen, Reach
from bot.domain.units import WAD, Asset, BaseAmount, RawAmount
from tests.handlers.commands.stand import SAVER
from tests.messages.samples import BLOCK, NOW, USD, USDC, WALLET, WETH, WSTETH

BORN = NOW - 30 * 86_400
WHOLE = Reach(("Aave v3 Ethereum",), BLOCK)
PART = Reach(("Aave v3 Ethereum",), BLOCK, 24_000_000, BORN - 86_400)


def event(
    kind: EventKind, day: int, amount: int, price: int | None, asset: Asset = WETH, **more: object
) -> Event:
    """`price` in whole dollars."""
    traded = kind in (EventKind.FROM_EXCHANGE, EventKind.TO_EXCHANGE)
    value = None if price is None else BaseAmount(amount * price * USD // asset.unit)
    made = Event(
        kind, BORN + day * 86_400, 24_000_000 + 7_200 * day, day, f"0x{day:064x}", WALLET, asset,
        RawAmount(amount), "eth" if asset in (WETH, WSTETH) else "usd",
        amount * 10 ** (18 - asset.decimals) if asset != WSTETH else None, value,
        market="" if traded else "ethereum", exchange="Binance" if traded else "",
        priced=Priced.UNKNOWN if price is None else Priced.ORACLE, source="defillama" if traded else "",
        certainty="sure" if traded else "",
    )  # fmt: skip
    return replace(made, **more)


LIFE = (
    event(EventKind.FROM_EXCHANGE, 1, 100 * WAD, 3_000),
    event(EventKind.SUPPLY, 1, 100 * WAD, 3_000),
    event(EventKind.BORROW, 2, 150_000 * 10**6, 1, USDC),
    event(EventKind.LIQUIDATED, 10, 11 * WAD, 2_000, debt=USDC, repaid=RawAmount(20_000 * 10**6),
          repaid_value=BaseAmount(20_000 * USD), other=SAVER),
    event(EventKind.REPAY, 11, 131_000 * 10**6, 1, USDC),
    event(EventKind.WITHDRAW, 11, 80 * WAD, 2_100),
    event(EventKind.TO_EXCHANGE, 12, 80 * WAD, 2_100),
)  # fmt: skip
PRICES = tuple(
    PriceThen("eth", BORN + day * 86_400, BaseAmount(price * USD))
    for day, price in ((1, 3_000), (2, 3_050), (10, 2_000), (11, 2_100), (12, 2_100))
)
PAST = Past(LIFE, (WHOLE,), (), PRICES)
