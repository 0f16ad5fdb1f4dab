"""What a market is made of, read once and whenever it changes: contracts, revision, reserves, eModes.

`StructureReader.read` resolves all of it from the PoolAddressesProvider at one block; `MarketReader` uses it.
"""

from dataclasses import dataclass
from typing import Final

from bot.domain.aave_config import decimals
from bot.domain.aave_revisions import rules_of
from bot.domain.markets import Market
from bot.domain.units import Address, Asset, BlockRef
from bot.errors import SourceError
from watchers.aave import abi
from watchers.aave.emodes import EModes, read_emodes
from watchers.evm.multicall import Answer, Call, Multicall
from watchers.evm.words import addresses, call_data, checksummed, text, unsigned, unsigned_all

LONGEST_SYMBOL: Final = 128
"""Characters kept of what a token calls itself; the composer cuts further."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One reserve and its tokens. `stable` only where the revision still has stable debt."""

    index: int
    asset: Asset
    a_token: Address
    debt_token: Address
    stable: Address | None


@dataclass(frozen=True, slots=True)
class Structure:
    """A market's contracts. `listing` is getReservesList as answered: another one is another structure."""

    provider: Address
    pool: Address
    oracle: Address
    configurator: Address
    revision: int
    base_unit: int
    listing: tuple[Address, ...]
    reserves: tuple[Listed, ...]
    emodes: EModes

    @property
    def contracts(self) -> tuple[Address, ...]:
        """Everything whose logs can concern an account or a setting."""
        tokens = [t for r in self.reserves for t in (r.a_token, r.debt_token, r.stable) if t]
        return (self.pool, self.configurator, self.oracle, self.provider, *tokens)


class StructureReader:
    """Reads one market's structure; SourceError when its contracts do not answer as Aave's do."""

    def __init__(self, market: Market, multicall: Multicall) -> None:
        self._market = market
        self._multicall = multicall

    async def read(self, at: BlockRef) -> Structure:
        provider = self._market.addresses_provider
        selectors = (abi.GET_POOL, abi.GET_ORACLE, abi.GET_CONFIGURATOR)
        found = await self._multicall.read([Call(provider, call_data(s)) for s in selectors], at)
        pool, oracle, configurator = (
            checksummed(unsigned(self._must(answer, "contracts"))) for answer in found
        )
        calls = [
            Call(pool, call_data(abi.POOL_REVISION)),
            Call(pool, call_data(abi.GET_RESERVES), gas=500_000),
            Call(oracle, call_data(abi.BASE_CURRENCY_UNIT)),
        ]
        revision_word, list_words, unit_word = await self._multicall.read(calls, at)
        revision = unsigned(self._must(revision_word, "POOL_REVISION"))
        listing = addresses(self._must(list_words, "getReservesList"))
        return Structure(
            provider=provider,
            pool=pool,
            oracle=oracle,
            configurator=configurator,
            revision=revision,
            base_unit=unsigned(self._must(unit_word, "BASE_CURRENCY_UNIT")),
            listing=listing,
            reserves=await self._reserves(pool, listing, revision, at),
            emodes=await read_emodes(self._multicall, pool, revision, at),
        )

    async def _reserves(
        self, pool: Address, listing: tuple[Address, ...], revision: int, at: BlockRef
    ) -> tuple[Listed, ...]:
        calls = [Call(pool, call_data(abi.GET_RESERVE, asset), gas=80_000) for asset in listing]
        calls += [Call(asset, call_data(abi.SYMBOL)) for asset in listing]
        found = await self._multicall.read(calls, at)
        reserves = []
        for asset, data, symbol in zip(listing, found, found[len(listing) :], strict=False):
            words = unsigned_all(self._must(data, f"getReserveData of {asset}"), abi.RESERVE_WORDS)
            stable = words[9] if rules_of(revision).stable_debt else 0
            reserves.append(
                Listed(
                    index=words[7],
                    asset=Asset(
                        chain_id=self._market.chain_id,
                        address=asset,
                        symbol=text(symbol, LONGEST_SYMBOL) if symbol else "",
                        decimals=decimals(words[0]),
                    ),
                    a_token=checksummed(words[8]),
                    debt_token=checksummed(words[10]),
                    stable=checksummed(stable) if stable else None,
                )
            )
        return tuple(reserves)

    def _must(self, answer: Answer, what: str) -> bytes:
        if answer is None:
            raise SourceError(f"{self._market.title}: no answer to {what}: wrong PoolAddressesProvider?")
        return answer
