"""What each released Aave v3 computes differently, as one table keyed by `POOL_REVISION()`.

Read by `aave_v3` (health factor) and `liquidation` (close factor); a new release is a new row.
"""

from dataclasses import dataclass, replace
from typing import Final

from bot.domain.positions import Rounding


@dataclass(frozen=True, slots=True)
class Rules:
    """The switches of one release. Defaults are 3.0's."""

    release: str
    rounding: Rounding = Rounding.HALF_UP
    """Also decides how the health factor is divided: see `aave_v3.health_factor`."""
    stable_debt: bool = True
    emode_bitmaps: bool = False
    """3.2: categories name their assets in a bitmap. Before: the asset names its one category (bits 168-175),
    and the category may have its own price."""
    virtual_balance: bool = False
    """3.1: the pool itself counts what can be taken out; before, it is what the aToken has."""
    close_factor_whole: bool = False
    """3.3: 50 % of the whole debt, small positions at once; before, 50 % of the debt asset."""
    taylor: bool = False
    """3.4: debt grows by e^x instead of the binomial."""
    emode_decoupled: bool = False
    """3.6: inside an eMode the reserve's own LTV and threshold no longer matter (`ltvzero_bitmap` instead),
    and a collateral of threshold 0 is still summed into the collateral."""
    isolated_emode: bool = False
    """3.7: an isolated eMode takes the LTV, not the threshold, of assets outside it. Seizing rounds down."""


_V30: Final = Rules("3.0")
_V31: Final = replace(_V30, release="3.1", virtual_balance=True)
_V32: Final = replace(_V31, release="3.2", stable_debt=False, emode_bitmaps=True)
_V33: Final = replace(_V32, release="3.3", close_factor_whole=True)
_V34: Final = replace(_V33, release="3.4", taylor=True)
_V35: Final = replace(_V34, release="3.5", rounding=Rounding.PROTOCOL)
_V36: Final = replace(_V35, release="3.6", emode_decoupled=True)
_V37: Final = replace(_V36, release="3.7", isolated_emode=True)

# POOL_REVISION is a constant of the code: 1 in core-v3 1.19.3 (3.0.2; live 3.0.x pools counted 1-3), 7 in
# docs/3.4 ("from 6"), 9 in the 3.5 and 10 in the 3.6 PoolInstance, 11 in docs/3.7 (aave-v3-origin).
_BY_REVISION: Final = {
    **dict.fromkeys((1, 2, 3), _V30),
    4: _V31,
    5: _V32,
    6: _V33,
    **dict.fromkeys((7, 8), _V34),
    9: _V35,
    10: _V36,
    11: _V37,
}
PROVEN_REVISIONS: Final = frozenset({1, 10})
"""Revisions whose arithmetic our tests run against the real contracts."""


def is_known(revision: int) -> bool:
    """False for a release newer than this table: `rules_of` then guesses the newest rules."""
    return revision in _BY_REVISION


def rules_of(revision: int) -> Rules:
    """The rules of a deployed pool; an unknown (newer) revision gets the newest ones, to be cross-checked."""
    return _BY_REVISION.get(revision, _V37)


def rounding_of(revision: int) -> Rounding:
    return rules_of(revision).rounding
