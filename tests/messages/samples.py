"""Positions and alerts for the tests of words, built from amounts and prices by our own arithmetic."""

from bot.domain.aave_totals import owed_value, supplied_value, totals
from bot.domain.alerts import Alert, Reason, Severity, WatchRef
from bot.domain.markets import Chain, Market, ReserveTokens
from bot.domain.observations import PositionSeen, PriceSeen
from bot.domain.positions import Owed, Position, Rounding, Supplied
from bot.domain.rules import HealthRule, Rule
from bot.domain.units import WAD, Address, Asset, BaseAmount, BlockRef, Bps, RawAmount
from bot.messages.atlas import Atlas

USD = 10**8
NOW = 1_790_000_009
BLOCK = BlockRef(24_100_233, "0x" + "ab" * 32, NOW - 9)
WALLET = Address("0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045")

WETH = Asset(1, Address("0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"), "WETH", 18)
WSTETH = Asset(1, Address("0x7f39C581F595B53c5cb19bD0b3f8dA6c935E2Ca0"), "wstETH", 18)
USDC = Asset(1, Address("0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"), "USDC", 6)
WBTC = Asset(1, Address("0x2260FAC5E5542a773Aa44fBCfeDf7C193bc2C599"), "WBTC", 8)
STRANGE = Asset(1, Address("0x1111111111111111111111111111111111111111"), "USDC", 18)

MARKET = Market(
    key="ethereum",
    title="Aave v3 Ethereum",
    chain="ethereum",
    chain_id=1,
    addresses_provider=Address("0x2f39d218133AFaB8F2B819B1066c7E434Ad94E9e"),
    app_market_name="proto_mainnet_v3",
    defi_saver=True,
    aliases=("core",),
    reserves=tuple(
        ReserveTokens(asset.symbol, asset.address, asset.decimals, asset.address, asset.address)
        for asset in (WETH, WSTETH, USDC, WBTC)
    ),
)
CHAIN = Chain("ethereum", 1, "Ethereum", "ETH", "https://etherscan.io")
ATLAS = Atlas.of((MARKET,), (CHAIN,))

PRICES = {"WETH": 3040 * USD, "wstETH": 3700 * USD, "USDC": USD, "WBTC": 100_000 * USD}


def supplied(
    asset: Asset, amount: int, price: int, *, threshold: int = 8300, bonus: int = 10_500, counts: bool = True
) -> Supplied:
    value = supplied_value(amount, price, asset.unit)
    return Supplied(
        asset,
        RawAmount(amount),
        BaseAmount(price),
        value,
        collateral=counts,
        counts=counts,
        ltv_bps=Bps(max(0, threshold - 250)),
        threshold_bps=Bps(threshold),
        bonus_bps=Bps(bonus),
    )


def owed(asset: Asset, amount: int, price: int) -> Owed:
    value = owed_value(amount, price, asset.unit, Rounding.PROTOCOL)
    return Owed(asset, RawAmount(amount), BaseAmount(price), value)


def position(
    *parts: Supplied | Owed,
    emode: int = 0,
    label: str = "",
    block: BlockRef = BLOCK,
    account: Address = WALLET,
) -> Position:
    has = tuple(part for part in parts if isinstance(part, Supplied))
    owes = tuple(part for part in parts if isinstance(part, Owed))
    return Position(
        market="ethereum",
        account=account,
        as_of=block,
        revision=10,
        rounding=Rounding.PROTOCOL,
        base_unit=USD,
        emode=emode,
        emode_label=label,
        supplied=has,
        owed=owes,
        totals=totals(has, owes, Rounding.PROTOCOL),
    )


def treasury(eth_price: int = 3040 * USD) -> Position:
    """174.79 WETH against 412,000 USDC: HF 1.0704 at $3,040."""
    return position(supplied(WETH, 174_790_000_000_000_000_000, eth_price), owed(USDC, 412_000 * 10**6, USD))


def alert(
    seen: Position | PositionSeen | PriceSeen,
    reason: Reason = Reason.WORSENED,
    severity: Severity = Severity.CRITICAL,
    *,
    rule: Rule | None = None,
    title: str = "treasury.eth",
    level: int = 110 * WAD // 100,
    before: int = 112 * WAD // 100,
    hush_ended: bool = False,
) -> Alert:
    return Alert(
        id="w1.health.s12345.3.2",
        incident="w1.health.s12345.3",
        destination="telegram/7",
        subject="s123456789abc",
        reason=reason,
        severity=severity,
        decided_at=NOW - 8,
        seen=PositionSeen(seen) if isinstance(seen, Position) else seen,
        watch=WatchRef("w1", 1, title, WALLET),
        rule=rule or HealthRule(),
        level=level,
        before=before,
        hush_ended=hush_ended,
    )


def price(asset: Asset = WETH, at: int = 3040 * USD, market: str = "ethereum") -> PriceSeen:
    return PriceSeen(market, asset, BaseAmount(at), USD, BLOCK)
