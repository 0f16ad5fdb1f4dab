"""A market with stored words for the tests of imagined things, and positions that rest on it."""

from collections.abc import Mapping
from dataclasses import replace

from bot.domain.aave_state import AccountState, EModeCategory, MarketState, ReserveState
from bot.domain.aave_v3 import position
from bot.domain.baskets import Basket, Member
from bot.domain.passage import Volatility
from bot.domain.positions import Origin, Position
from bot.domain.rules import DEFAULT_RULES
from bot.domain.units import RAY, WAD, Address, Asset, BaseAmount, Bps, RawAmount, Ray, Wad
from bot.domain.whatif.engine import Refused
from bot.domain.whatif.hypothetical import hypothetical
from bot.messages.compose import Composer
from bot.messages.imagined import Restless
from bot.subscriptions import ImaginedTarget, MirrorTarget, Watch
from tests.messages.samples import ATLAS, BLOCK, USD, USDC, WALLET, WBTC, WETH, WSTETH

ASSETS = (WETH, WSTETH, USDC, WBTC)
PRICES = {WETH: 3_040 * USD, WSTETH: 3_700 * USD, USDC: USD, WBTC: 100_000 * USD}
_RATES = {WETH: (1, 25), WSTETH: (0, 5), USDC: (40, 55), WBTC: (0, 10)}
"""Supply and debt, in thousandths a year."""
_TERMS = {WETH: (8050, 8300), WSTETH: (7850, 8100), USDC: (7500, 7800), WBTC: (7300, 7800)}

BASKETS = (
    Basket(
        "eth",
        "ETH",
        (
            Member(1, WETH.address, "WETH", "the test", lead=True),
            Member(1, WSTETH.address, "wstETH", "the test"),
        ),
    ),
    Basket("btc", "BTC", (Member(1, WBTC.address, "WBTC", "the test", lead=True),)),
    Basket("usd", "USD", (Member(1, USDC.address, "USDC", "the test", lead=True),)),
)
COMPOSER = Composer(ATLAS, BASKETS)


def _word(asset: Asset, *, frozen: bool = False, borrowing: bool = True, caps: int = 0) -> int:
    ltv, threshold = _TERMS[asset]
    flags = 1 << 56 | frozen << 57 | borrowing << 58
    return ltv | threshold << 16 | 10_500 << 32 | asset.decimals << 48 | flags | caps << 80 | caps << 116


def market(
    *, frozen: Asset | None = None, caps: int = 0, prices: Mapping[Asset, int] = PRICES
) -> MarketState:
    """Ethereum at its block; eMode 1 is of WETH and wstETH, LTV 93 %, threshold 95 %."""
    reserves = {}
    for index, asset in enumerate(ASSETS):
        supply, debt = _RATES[asset]
        reserves[index] = ReserveState(
            index=index,
            asset=asset,
            configuration=_word(asset, frozen=asset == frozen, caps=caps),
            liquidity_index=Ray(RAY),
            liquidity_rate=Ray(supply * RAY // 1_000),
            variable_borrow_index=Ray(RAY),
            variable_borrow_rate=Ray(debt * RAY // 1_000),
            last_update=BLOCK.timestamp,
            a_token=Address("0xa"),
            variable_debt_token=Address("0xd"),
            stable_debt_token=None,
        )
    emode = EModeCategory(1, Bps(9300), Bps(9500), Bps(10_100), "ETH correlated", 0b11, 0b11)
    named = {index: BaseAmount(prices[asset]) for index, asset in enumerate(ASSETS)}
    return MarketState("ethereum", BLOCK, 10, USD, reserves, {1: emode}, named)


def account(
    supplied: Mapping[Asset, int],
    owed: Mapping[Asset, int],
    *,
    emode: int = 0,
    of: Address = WALLET,
    at: MarketState | None = None,
) -> AccountState:
    """Amounts are raw."""
    made = hypothetical(
        at or market(),
        {asset.address: RawAmount(amount) for asset, amount in supplied.items()},
        {asset.address: RawAmount(amount) for asset, amount in owed.items()},
        emode,
        of,
    )
    assert not isinstance(made, Refused), made
    return made


def held(
    supplied: Mapping[Asset, int],
    owed: Mapping[Asset, int],
    *,
    emode: int = 0,
    of: Address = WALLET,
    at: MarketState | None = None,
) -> Position:
    """A position with its stored words."""
    state = at or market()
    who = account(supplied, owed, emode=emode, of=of, at=state)
    return replace(position(state, who), origin=Origin(state, who))


def treasury() -> Position:
    """174.79 WETH against 412,000 USDC, as `samples.treasury`: HF 1.0704."""
    return held({WETH: 174_790 * 10**15}, {USDC: 412_000 * 10**6})


def ether() -> Position:
    """100 WETH and 60 wstETH against 300,000 USDC."""
    return held({WETH: 100 * 10**18, WSTETH: 60 * 10**18}, {USDC: 300_000 * 10**6})


def staked_loop() -> Position:
    """100 wstETH against 110 WETH in eMode 1."""
    return held({WSTETH: 100 * 10**18}, {WETH: 110 * 10**18}, emode=1)


RESTLESS = (
    Restless("ethereum", WETH.address, Volatility(Wad(62 * WAD // 100), 30 * 86_400, 720)),
    Restless("ethereum", WBTC.address, Volatility(Wad(45 * WAD // 100), 30 * 86_400, 720)),
)
IMAGINED = Watch(
    "w3",
    3,
    "telegram/7",
    ImaginedTarget(
        "ethereum",
        account({WETH: 651 * 10**18}, {USDC: 958_000 * 10**6}, of=Address("imagined:w3")),
        said="651 WETH vs 958000 USDC on ethereum",
    ),
    DEFAULT_RULES,
)
MIRROR = Watch("w4", 4, "telegram/7", MirrorTarget("ethereum", WALLET, 1, 1_000), DEFAULT_RULES)
