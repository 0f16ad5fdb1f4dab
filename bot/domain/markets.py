"""Chains, Aave markets and the places we only look into: names and addresses, nothing that a chain decides.

Filled by `watchers.aave.markets` from data files; read by everything that names a market or links to one.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.units import Address

MULTICALL3 = Address("0xcA11bde05977b3631167028862bE2a173976CA11")
"""Where Multicall3 lies on nearly every chain (https://www.multicall3.com/deployments)."""

DEFI_SAVER = "https://app.defisaver.com/aave"
"""DeFi Saver takes the chain from the connected wallet, so one link serves all."""


def fold(name: str) -> str:
    """A name as it is compared: "Aave v3 Ethereum Prime", "ethereum-prime" and "Ethereum_Prime" meet.

    Only letters and digits count, in lower case; a leading "aave v3" is dropped.
    """
    return re.sub(r"[^a-z0-9]", "", name.casefold()).removeprefix("aavev3")


@dataclass(frozen=True, slots=True)
class PublicRpc:
    """A keyless endpoint that others run: free, limited, and gone one day.

    `logs_range` is the most blocks one eth_getLogs may span, 0 when it serves no logs at all; `logs_depth`
    how far behind the head it serves them; `batch` the most calls in one request. None: not known.
    """

    url: str
    ws: str | None = None
    logs_range: int | None = None
    logs_depth: int | None = None
    batch: int | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """One network. `block_ms` is a hint of the time between blocks in milliseconds, never a promise.

    `multicall3` of a chain we have no table for is the usual address: ask for its code before use.
    """

    key: str
    chain_id: int
    title: str
    native_symbol: str
    explorer: str | None = None
    block_ms: int = 2_000
    multicall3: Address = MULTICALL3
    rpcs: tuple[PublicRpc, ...] = ()
    aliases: tuple[str, ...] = ()

    @property
    def rpc_urls(self) -> tuple[str, ...]:
        return tuple(rpc.url for rpc in self.rpcs)

    def address_url(self, address: Address) -> str | None:
        return f"{self.explorer}/address/{address}" if self.explorer else None

    def transaction_url(self, tx_hash: str) -> str | None:
        return f"{self.explorer}/tx/{tx_hash}" if self.explorer else None

    def block_url(self, number: int) -> str | None:
        return f"{self.explorer}/block/{number}" if self.explorer else None


@dataclass(frozen=True, slots=True)
class ReserveTokens:
    """One reserve's tokens, for symbol tables before a chain was read; what the chain says wins."""

    symbol: str
    underlying: Address
    decimals: int
    a_token: Address
    v_token: Address


@dataclass(frozen=True, slots=True)
class Market:
    """One Aave v3 deployment. Only `addresses_provider` is sure: governance may replace what it points to.

    The optional addresses are what the table knew when it was made; a custom market has none.
    `app_market_name` is the interface's own name for it, None where no interface shows it.
    """

    key: str
    title: str
    chain: str
    chain_id: int
    addresses_provider: Address
    pool: Address | None = None
    oracle: Address | None = None
    pool_configurator: Address | None = None
    protocol_data_provider: Address | None = None
    ui_pool_data_provider: Address | None = None
    weth_gateway: Address | None = None
    app_market_name: str | None = None
    app_base: str = "https://app.aave.com"
    defi_saver: bool = False
    aliases: tuple[str, ...] = ()
    reserves: tuple[ReserveTokens, ...] = field(default=(), repr=False)

    @property
    def app_url(self) -> str | None:
        """The dashboard of this market in its own interface."""
        return (
            f"{self.app_base}/dashboard/?marketName={self.app_market_name}" if self.app_market_name else None
        )

    @property
    def defi_saver_url(self) -> str | None:
        return DEFI_SAVER if self.defi_saver else None


class ElsewhereProtocol(StrEnum):
    """Versions that answer `getUserAccountData(address)` (0xbf92857c) each in their own words."""

    AAVE_V2 = "aave-v2"
    AAVE_V4 = "aave-v4"


@dataclass(frozen=True, slots=True)
class AccountWords:
    """Which 32-byte words of an answer carry what; `count` is how many there must be."""

    collateral: int
    debt: int
    health_factor: int
    count: int


ACCOUNT_WORDS = {
    # ILendingPool: collateral, debt, available borrows, liquidation threshold, LTV, health factor
    ElsewhereProtocol.AAVE_V2: AccountWords(collateral=0, debt=1, health_factor=5, count=6),
    # ISpoke.UserAccountData: risk premium, collateral factor, health factor, collateral value,
    # debt value in ray, active collaterals, borrows
    ElsewhereProtocol.AAVE_V4: AccountWords(collateral=3, debt=4, health_factor=2, count=7),
}
"""Units differ too (v2: the oracle's currency, often ETH; v4: dollars x 1e26): compare only with zero."""


@dataclass(frozen=True, slots=True)
class ElsewhereProbe:
    """A v2 pool or v4 spoke that we do not watch but ask, so that no one is told "nothing" in error."""

    key: str
    title: str
    protocol: ElsewhereProtocol
    chain: str
    chain_id: int
    contract: Address
    app_market_name: str | None = None

    @property
    def words(self) -> AccountWords:
        return ACCOUNT_WORDS[self.protocol]
