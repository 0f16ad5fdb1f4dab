"""The two bitmaps of Aave v3: a reserve's configuration and an account's.

Bit positions: ReserveConfiguration.sol and UserConfiguration.sol (v3.0.2 and v3.6); what later ones gave up
is a hole there. Amounts are in the unit that the function's name or docstring says.
"""

from bot.domain.units import Bps


def _bits(word: int, start: int, width: int) -> int:
    return word >> start & ((1 << width) - 1)


def ltv(configuration: int) -> Bps:
    return Bps(_bits(configuration, 0, 16))


def threshold(configuration: int) -> Bps:
    return Bps(_bits(configuration, 16, 16))


def bonus(configuration: int) -> Bps:
    """What a liquidator receives, 100 % included; 0 for a reserve that is no collateral."""
    return Bps(_bits(configuration, 32, 16))


def decimals(configuration: int) -> int:
    return _bits(configuration, 48, 8)


def is_active(configuration: int) -> bool:
    return bool(_bits(configuration, 56, 1))


def is_frozen(configuration: int) -> bool:
    return bool(_bits(configuration, 57, 1))


def is_borrowable(configuration: int) -> bool:
    return bool(_bits(configuration, 58, 1))


def is_paused(configuration: int) -> bool:
    return bool(_bits(configuration, 60, 1))


def is_borrowable_in_isolation(configuration: int) -> bool:
    """May be owed by an account in isolation mode (removed in 3.7)."""
    return bool(_bits(configuration, 61, 1))


def is_siloed(configuration: int) -> bool:
    """Whoever owes it may owe nothing else (removed in 3.7)."""
    return bool(_bits(configuration, 62, 1))


def reserve_factor(configuration: int) -> Bps:
    return Bps(_bits(configuration, 64, 16))


def borrow_cap_tokens(configuration: int) -> int:
    """Whole tokens; 0 = no cap."""
    return _bits(configuration, 80, 36)


def supply_cap_tokens(configuration: int) -> int:
    """Whole tokens; 0 = no cap."""
    return _bits(configuration, 116, 36)


def protocol_fee(configuration: int) -> Bps:
    """The protocol's share of the liquidation bonus."""
    return Bps(_bits(configuration, 152, 16))


def emode_category(configuration: int) -> int:
    """The one category of the asset, 0 = none (3.0-3.1; a stale hole later)."""
    return _bits(configuration, 168, 8)


def debt_ceiling_cents(configuration: int) -> int:
    """Isolation mode's ceiling in hundredths of the base currency; 0 = not isolated (removed in 3.7)."""
    return _bits(configuration, 212, 40)


def with_terms(configuration: int, ltv_bps: int, threshold_bps: int, bonus_bps: int) -> int:
    """The configuration with other LTV, threshold and bonus, all else as it is."""
    return configuration >> 48 << 48 | bonus_bps << 32 | threshold_bps << 16 | ltv_bps


def is_borrowing(account_configuration: int, reserve_index: int) -> bool:
    """Bit 2i. The contract's own comment names the bits the other way round; its code is right."""
    return bool(_bits(account_configuration, 2 * reserve_index, 1))


def is_collateral(account_configuration: int, reserve_index: int) -> bool:
    return bool(_bits(account_configuration, 2 * reserve_index + 1, 1))


def with_borrowing(account_configuration: int, reserve_index: int, *, on: bool) -> int:
    bit = 1 << 2 * reserve_index
    return account_configuration | bit if on else account_configuration & ~bit


def with_collateral(account_configuration: int, reserve_index: int, *, on: bool) -> int:
    bit = 1 << 2 * reserve_index + 1
    return account_configuration | bit if on else account_configuration & ~bit


def in_bitmap(bitmap: int, reserve_index: int) -> bool:
    """An eMode's bitmap: one bit a reserve."""
    return bool(_bits(bitmap, reserve_index, 1))
