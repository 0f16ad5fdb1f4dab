"""What it takes to look at one market: its chain's pool and heads, its readers, its trust in our arithmetic.

Shared by the market's watcher and by the questions people ask in between.
"""

from dataclasses import dataclass

from bot.domain.markets import Market
from watchers.aave.account_reader import AccountReader
from watchers.aave.crosscheck import CrossCheck
from watchers.aave.market_reader import MarketReader
from watchers.evm.heads import Heads
from watchers.evm.logs import LogReader
from watchers.evm.multicall import Multicall
from watchers.evm.rpc import RpcPool


@dataclass(frozen=True, slots=True)
class MarketEye:
    """The tools for one market, none of them open before use."""

    market: Market
    pool: RpcPool
    heads: Heads
    reader: MarketReader
    accounts: AccountReader
    logs: LogReader
    check: CrossCheck
    multicall: Multicall


def market_eye(
    market: Market, pool: RpcPool, heads: Heads, multicall: Multicall, check: CrossCheck | None = None
) -> MarketEye:
    return MarketEye(
        market=market,
        pool=pool,
        heads=heads,
        reader=MarketReader(market, multicall),
        accounts=AccountReader(multicall),
        logs=LogReader(pool),
        check=check or CrossCheck(market.key),
        multicall=multicall,
    )
