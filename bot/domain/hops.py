# ruff: noqa: ARG002
"""Who funded whom in the last 24 hours, and who took coins out of a market: the way back from a deposit."""

from collections.abc import Callable

from bot.domain.transfers import LoanMove, TransfersSeen
from bot.domain.units import Address, BaseAmount


class Trail:
    """Memory of this run only; blocks in rising order."""

    def __init__(self, never: Callable[[Address], bool] = lambda _: False) -> None:
        """`never`: labelled exchanges, pools, whatever is nobody's account; asked at every question."""
        self._never = never

    def note(self, seen: TransfersSeen) -> None:
        """Remember a block."""

    def undo(self, to_block: int) -> None:
        """Forget blocks above."""

    def behind(self, sender: Address, at: int, value: BaseAmount) -> tuple[tuple[Address, ...], ...]:
        """Paths (account ... sender) of one or two hops that end at `sender`, the most funded first."""
        return ()

    def moves(self, account: Address, since: int) -> tuple[LoanMove, ...]:
        """What the account did in markets from `since` (unix seconds) on, oldest first, of 24 hours."""
        return ()

    def first_move(self, account: Address, since: int) -> int:
        """Unix seconds of the first of `moves`; 0 = there are none."""
        return 0
