"""What the lab's markets list: reserves of every shape a position can take, and their eModes. Data only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asset:
    """One reserve's settings: price in base units (8 decimals), `ceiling` in cents, the rest in bps."""

    symbol: str
    decimals: int
    price: int
    ltv: int
    threshold: int
    bonus: int
    base_rate: int = 0
    slope1: int = 400
    slope2: int = 6000
    reserve_factor: int = 1000
    ceiling: int = 0
    siloed: bool = False
    in_isolation: bool = False  # may be borrowed against an isolated asset
    stable_rate: bool = False  # v3.0.2 only
    emode_302: int = 0


@dataclass(frozen=True, slots=True)
class EMode:
    """A v3.6 category; bitmaps are given as symbols."""

    category: int
    label: str
    ltv: int
    threshold: int
    bonus: int
    collateral: tuple[str, ...]
    borrowable: tuple[str, ...]
    ltvzero: tuple[str, ...] = ()


DOLLAR = 10**8

ASSETS = (
    Asset(
        "WETH",
        18,
        3_012_34567890,
        8050,
        8300,
        10500,
        slope1=270,
        slope2=8000,
        reserve_factor=1500,
        emode_302=1,
    ),
    Asset(
        "wstETH", 18, 3_641_98765432, 7850, 8100, 10600, base_rate=25, slope1=450, slope2=8000, emode_302=1
    ),
    Asset("WBTC", 8, 64_321_12345678, 7300, 7800, 10500, slope2=30000, reserve_factor=2000),
    Asset("USDC", 6, 99_987_654, 7500, 7800, 10450, slope1=900, in_isolation=True, emode_302=2),
    Asset(
        "USDT",
        6,
        100_012_345,
        7500,
        7800,
        10450,
        slope1=550,
        in_isolation=True,
        stable_rate=True,
        emode_302=2,
    ),
    Asset("DAI", 18, 100_003_210, 6300, 7700, 10500, slope1=550, in_isolation=True, emode_302=2),
    Asset("GUSD", 2, 99_876_543, 5000, 6500, 10700, base_rate=100, slope1=700),
    Asset("LINK", 18, 14_87654321, 6600, 7100, 10700, slope1=700, slope2=30000),
    Asset("SNX", 18, 3_21098765, 4900, 6500, 10850, base_rate=300, slope1=1500, ceiling=5_000_000_00),
    Asset("TUSD", 18, 99_765_432, 6000, 6800, 10600, slope1=700, siloed=True),
    # No collateral by itself; on v3.6 it counts inside its eMode, as Pendle's tokens do on mainnet.
    Asset("PT", 18, 97_654_321, 0, 0, 0),
)

EMODES_302 = (
    EMode(1, "ETH correlated", 9000, 9300, 10100, (), ()),
    EMode(2, "Stablecoins", 9300, 9500, 10100, (), ()),
)
# v3.0.2 lets a category replace its assets' prices by one of its own: category 2 does, under this name.
EMODE_PRICE_302 = ("EMODE2", 2, 100_000_000)

EMODES_36 = (
    EMode(1, "ETH correlated", 9300, 9500, 10100, ("WETH", "wstETH"), ("WETH", "wstETH")),
    EMode(2, "Stablecoins", 9000, 9300, 10200, ("USDC", "USDT", "DAI"), ("USDC", "USDT", "DAI", "GUSD")),
    EMode(3, "wstETH and WETH / USDC", 8300, 8600, 10400, ("WETH", "wstETH"), ("USDC",), ("wstETH",)),
    EMode(4, "PT / stablecoins", 8800, 9100, 10300, ("PT", "USDC"), ("USDC", "USDT")),
)

BY_SYMBOL = {asset.symbol: asset for asset in ASSETS}
