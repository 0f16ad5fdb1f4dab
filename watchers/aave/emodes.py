"""The eMode categories of a pool in both shapes: one struct until 3.1, getters with bitmaps since 3.2.

Read with the structure and again after any event of the configurator.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.aave_revisions import rules_of
from bot.domain.aave_state import EModeCategory
from bot.domain.units import Address, BaseAmount, BlockRef, Bps
from watchers.aave import abi
from watchers.evm.multicall import Call, Multicall
from watchers.evm.words import call_data, checksummed, dynamic, text, unsigned, unsigned_all

_IDS: Final = range(1, 256)  # uint8; 0 is "no eMode"
_LONGEST_LABEL: Final = 128


@dataclass(frozen=True, slots=True)
class EModes:
    """Categories by id, and for 3.0-3.1 the assets whose oracle price replaces those of a category."""

    categories: Mapping[int, EModeCategory]
    price_assets: Mapping[int, Address]

    def priced(self, prices: Mapping[int, int]) -> Mapping[int, EModeCategory]:
        """The categories at a block; one whose own price was not read is missing, so nobody values by it."""
        if not self.price_assets:
            return self.categories
        return {
            id_: replace(category, price=BaseAmount(prices[id_])) if id_ in prices else category
            for id_, category in self.categories.items()
            if id_ in prices or id_ not in self.price_assets
        }


async def read_emodes(multicall: Multicall, pool: Address, revision: int, at: BlockRef) -> EModes:
    """All categories that are set up; raises SourceError."""
    if rules_of(revision).emode_bitmaps:
        return EModes(await _by_getters(multicall, pool, at), {})
    return await _by_struct(multicall, pool, at)


async def _by_struct(multicall: Multicall, pool: Address, at: BlockRef) -> EModes:
    calls = [Call(pool, call_data(abi.GET_EMODE, id_), gas=30_000) for id_ in _IDS]
    categories, price_assets = {}, {}
    for id_, answer in zip(_IDS, await multicall.read(calls, at), strict=True):
        if answer is None:
            continue
        base = unsigned(answer)  # the struct holds a string, so it is behind an offset
        ltv, threshold, bonus, price_asset = unsigned_all(answer[base:], 4)
        if not threshold:
            continue
        label = dynamic(answer[base:], 4).decode("utf-8", errors="replace")[:_LONGEST_LABEL]
        categories[id_] = EModeCategory(id_, Bps(ltv), Bps(threshold), Bps(bonus), label)
        if price_asset:
            price_assets[id_] = checksummed(price_asset)
    return EModes(categories, price_assets)


_GETTERS: Final = (
    abi.GET_EMODE_LABEL,
    abi.GET_EMODE_COLLATERAL_BITMAP,
    abi.GET_EMODE_BORROWABLE_BITMAP,
    abi.GET_EMODE_LTVZERO_BITMAP,
    abi.GET_EMODE_ISOLATED,
)


async def _by_getters(multicall: Multicall, pool: Address, at: BlockRef) -> dict[int, EModeCategory]:
    calls = [Call(pool, call_data(abi.GET_EMODE_COLLATERAL, id_)) for id_ in _IDS]
    configs = {
        id_: unsigned_all(answer, 3)
        for id_, answer in zip(_IDS, await multicall.read(calls, at), strict=True)
        if answer is not None
    }
    used = {id_: config for id_, config in configs.items() if config[1]}
    calls = [Call(pool, call_data(getter, id_)) for id_ in used for getter in _GETTERS]
    answers = iter(await multicall.read(calls, at) if calls else [])
    categories = {}
    for id_, (ltv, threshold, bonus) in used.items():
        label, collateral, borrowable, ltvzero, isolated = (next(answers) for _ in _GETTERS)
        categories[id_] = EModeCategory(
            id=id_,
            ltv_bps=Bps(ltv),
            threshold_bps=Bps(threshold),
            bonus_bps=Bps(bonus),
            label=text(label, _LONGEST_LABEL) if label else "",
            collateral_bitmap=unsigned(collateral) if collateral else 0,
            borrowable_bitmap=unsigned(borrowable) if borrowable else 0,
            ltvzero_bitmap=unsigned(ltvzero) if ltvzero else 0,  # no such getter before 3.6
            isolated=bool(isolated and unsigned(isolated)),  # nor this one before 3.7
        )
    return categories
