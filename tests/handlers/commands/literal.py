"""A small market, word for word, that every imagined position of these tests lives in.

WETH at $3,040, wstETH at $3,700, WBTC at $100,000 and three dollars; eMode 1 is for ether, borrowing WETH
only; DAI is frozen.
"""

from dataclasses import replace
from typing import Final

from bot.domain.aave_state import AccountState, EModeCategory, Holding, MarketState, ReserveState
from bot.domain.baskets import Basket, Member
from bot.domain.markets import ReserveTokens
from bot.domain.units import RAY, Address, Asset, BaseAmount, Bps, RawAmount, Ray
from bot.domain.whatif.liquidity import Liquidity
from bot.messages.atlas import Atlas
from tests.domain.aave import configuration
from tests.messages.samples import BLOCK, CHAIN, MARKET, USD, USDC, WALLET, WBTC, WETH, WSTETH

USDT: Final = Asset(1, Address("0xdAC17F958D2ee523a2206206994597C13D831ec7"), "USDT", 6)
DAI: Final = Asset(1, Address("0x6B175474E89094C44Da98b954EedeAC495271d0F"), "DAI", 18)
FROZEN: Final = 1 << 57

ASSETS: Final = (WETH, WSTETH, WBTC, USDC, USDT, DAI)
PRICES: Final = (3_040 * USD, 3_700 * USD, 100_000 * USD, USD, USD, 99_980_000)
TERMS: Final = ((8050, 8300), (7850, 8100), (7300, 7800), (7500, 7800), (7500, 7800), (6300, 7700))
ETHER: Final = EModeCategory(1, Bps(9300), Bps(9500), Bps(10_100), "ETH correlated", 0b11, 0b01)


def _reserve(index: int) -> ReserveState:
    """Supply has earned a tenth since it was listed, debt has cost an eighth; 2 % and 4 % a year."""
    asset, (ltv, threshold) = ASSETS[index], TERMS[index]
    return ReserveState(
        index,
        asset,
        configuration(ltv=ltv, threshold=threshold, decimals=asset.decimals)
        | (FROZEN if asset is DAI else 0),
        Ray(RAY * 11 // 10 + 7),
        Ray(RAY * 2 // 100),
        Ray(RAY * 9 // 8 + 3),
        Ray(RAY * 4 // 100),
        BLOCK.timestamp - 12,
        Address("0xa"),
        Address("0xd"),
        None,
    )


MARKET_NOW: Final = MarketState(
    "ethereum",
    BLOCK,
    10,
    USD,
    {index: _reserve(index) for index in range(len(ASSETS))},
    {1: ETHER},
    {index: BaseAmount(price) for index, price in enumerate(PRICES)},
)
LIQUIDITY: Final = {
    index: Liquidity(10**10 * asset.unit, 5 * 10**9 * asset.unit, 0, RawAmount(5 * 10**9 * asset.unit))
    for index, asset in enumerate(ASSETS)
}
BASKETS: Final = (
    Basket(
        "eth",
        "ETH",
        (
            Member(1, WETH.address, "WETH", "ether, wrapped", lead=True),
            Member(1, WSTETH.address, "wstETH", "staked ether"),
        ),
    ),
    Basket(
        "usd",
        "USD",
        (
            Member(1, USDC.address, "USDC", "dollars", lead=True),
            Member(1, USDT.address, "USDT", "dollars"),
            Member(1, DAI.address, "DAI", "dollars"),
        ),
    ),
)


def wallet_now() -> AccountState:
    """174.79 WETH against 412,000 USDC, nearly as `samples.treasury` has it."""
    return AccountState(
        WALLET,
        1 << 1 | 1 << 6,
        0,
        (
            Holding(0, scaled_supply=158_900_000_000_000_000_000),
            Holding(3, scaled_debt=366_222 * 10**6),
        ),
    )


ATLAS: Final = Atlas.of(
    (
        replace(
            MARKET,
            reserves=tuple(
                ReserveTokens(one.symbol, one.address, one.decimals, one.address, one.address)
                for one in ASSETS
            ),
        ),
    ),
    (CHAIN,),
)
