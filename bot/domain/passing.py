# ruff: noqa: ARG001
"""Amounts that only passed through somebody within one transaction, told as what they were: from payer to end.

Called by `bot.domain.classify` and `bot.domain.hops`, block by block.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from bot.domain.transfers import Transfer
from bot.domain.units import Address


@dataclass(frozen=True, slots=True)
class Passed:
    """A transfer with the one who is behind it; `transfer.amount` is his part of it."""

    transfer: Transfer
    sender: Address
    via: Address | None = None
    part: int = 0
    """Above 0 where one transfer carried several payers' amounts: which of them this is."""

    @property
    def id(self) -> str:
        return f"{self.transfer.id}#{self.part}" if self.part else self.transfer.id


def netted(
    transfers: Sequence[Transfer],
    *,
    ours: Callable[[Address], bool],
    wrapper: Address | None = None,
    stops: Collection[Address] = (),
) -> tuple[Passed, ...]:
    """The transfers of one block with same-transaction pass-throughs merged, in the block's order.

    `ours` (labelled, learned) and `stops` are never passed through; `wrapper` wraps the coin one to one.
    """
    return tuple(Passed(one, one.sender) for one in transfers)
