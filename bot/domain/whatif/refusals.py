"""Why a market would refuse: the contract's own reasons, and the words in which each release says them.

Source: Errors.sol of v3.0.2 (numbers) and v3.6 (named errors, since 3.4). Raised inside this room as
`Refusal`, handed out by `engine.apply` as a value.
"""

from enum import StrEnum
from typing import Final

from bot.domain.aave_revisions import rules_of
from bot.domain.units import Address


class Reason(StrEnum):
    """Named as the contract's errors are."""

    INVALID_AMOUNT = "InvalidAmount"
    """Nothing, or (3.2 and later) a borrow of more than was ever supplied."""
    INVALID_MINT_AMOUNT = "InvalidMintAmount"
    INVALID_BURN_AMOUNT = "InvalidBurnAmount"
    """So little that its scaled amount rounds to nothing."""
    RESERVE_INACTIVE = "ReserveInactive"
    RESERVE_FROZEN = "ReserveFrozen"
    RESERVE_PAUSED = "ReservePaused"
    BORROWING_NOT_ENABLED = "BorrowingNotEnabled"
    NOT_ENOUGH_AVAILABLE_USER_BALANCE = "NotEnoughAvailableUserBalance"
    NOT_ENOUGH_LIQUIDITY = "Panic(17)"
    """The pool does not have it. The contract has no error of its own for this: its subtraction fails."""
    COLLATERAL_BALANCE_IS_ZERO = "CollateralBalanceIsZero"
    HEALTH_FACTOR_TOO_LOW = "HealthFactorLowerThanLiquidationThreshold"
    COLLATERAL_CANNOT_COVER_NEW_BORROW = "CollateralCannotCoverNewBorrow"
    NO_DEBT = "NoDebtOfSelectedType"
    UNDERLYING_BALANCE_ZERO = "UnderlyingBalanceZero"
    BORROW_CAP_EXCEEDED = "BorrowCapExceeded"
    SUPPLY_CAP_EXCEEDED = "SupplyCapExceeded"
    DEBT_CEILING_EXCEEDED = "DebtCeilingExceeded"
    LTV_VALIDATION_FAILED = "LtvValidationFailed"
    """No LTV at all; or collateral of LTV 0 must be withdrawn or switched off before any other."""
    INCONSISTENT_EMODE = "InconsistentEModeCategory"
    NOT_BORROWABLE_IN_EMODE = "NotBorrowableInEMode"
    INVALID_COLLATERAL_IN_EMODE = "InvalidCollateralInEmode"
    INVALID_DEBT_IN_EMODE = "InvalidDebtInEmode"
    NOT_BORROWABLE_IN_ISOLATION = "AssetNotBorrowableInIsolation"
    ISOLATED_OR_LTV_ZERO = "UserInIsolationModeOrLtvZero"
    SILOED_BORROWING = "SiloedBorrowingViolation"


_NUMBERS: Final = {
    Reason.INVALID_MINT_AMOUNT: "24",
    Reason.INVALID_BURN_AMOUNT: "25",
    Reason.INVALID_AMOUNT: "26",
    Reason.RESERVE_INACTIVE: "27",
    Reason.RESERVE_FROZEN: "28",
    Reason.RESERVE_PAUSED: "29",
    Reason.BORROWING_NOT_ENABLED: "30",
    Reason.NOT_ENOUGH_AVAILABLE_USER_BALANCE: "32",
    Reason.COLLATERAL_BALANCE_IS_ZERO: "34",
    Reason.HEALTH_FACTOR_TOO_LOW: "35",
    Reason.COLLATERAL_CANNOT_COVER_NEW_BORROW: "36",
    Reason.NO_DEBT: "39",
    Reason.UNDERLYING_BALANCE_ZERO: "43",
    Reason.BORROW_CAP_EXCEEDED: "50",
    Reason.SUPPLY_CAP_EXCEEDED: "51",
    Reason.DEBT_CEILING_EXCEEDED: "53",
    Reason.LTV_VALIDATION_FAILED: "57",
    Reason.INCONSISTENT_EMODE: "58",
    Reason.NOT_BORROWABLE_IN_ISOLATION: "60",
    Reason.ISOLATED_OR_LTV_ZERO: "62",
    Reason.SILOED_BORROWING: "89",
    Reason.NOT_BORROWABLE_IN_EMODE: "100",
}


def contract_word(reason: Reason, revision: int) -> str:
    """What the pool of this revision reverts with: a number as text until 3.3, an error's name since 3.4."""
    rules = rules_of(revision)
    if rules.isolated_emode and reason is Reason.ISOLATED_OR_LTV_ZERO:
        return "UserHasAssetWithZeroLtv"
    return str(reason) if rules.taylor else _NUMBERS.get(reason, str(reason))


class Refusal(Exception):
    """A step that the contract would refuse; `asset` is the culprit where it is not the one acted on."""

    def __init__(self, reason: Reason, asset: Address | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.asset = asset


def require(condition: bool, reason: Reason, asset: Address | None = None) -> None:  # noqa: FBT001
    """Raise the refusal unless `condition` holds."""
    if not condition:
        raise Refusal(reason, asset)
