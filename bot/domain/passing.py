"""Amounts that only passed through somebody within one transaction, told from payer to end.

Called by `bot.domain.classify` and `bot.domain.hops`, block by block. Who passes through: an address that
ends a transaction with as much of every tracked asset as it began it, is nobody we know and did not sign it.
What it got and what it sent are matched first in, first out. The coin and its wrapped form count as one where
the wrapping itself is in the transaction. Everybody's balances change as they did, to the last unit.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.transfers import NATIVE, Transfer, TransfersSeen
from bot.domain.units import Address, RawAmount

NOBODY: Final = Address("0x0000000000000000000000000000000000000000")
"""Where tokens are minted from and burned to."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A transfer with the one who is behind it; `transfer.amount` is his part of it."""

    transfer: Transfer
    sender: Address
    via: Address | None = None
    """The last one that it passed through."""
    part: int = 0
    """Above 0 where one transfer carried several payers' amounts: which of them this is."""

    @property
    def id(self) -> str:
        return f"{self.transfer.id}#{self.part}" if self.part else self.transfer.id


def wrapper_of(seen: TransfersSeen) -> Address | None:
    """The contract that wraps the chain's coin: as told, else by our table's symbols (ETH and WETH)."""
    if seen.wrapper is not None:
        return seen.wrapper
    assets = {one.asset.address: one.asset.symbol for one in seen.transfers}
    wanted = f"W{assets.get(NATIVE, '')}"
    return next((address for address, symbol in assets.items() if symbol == wanted), None)


def is_wrapping(one: Transfer, wrapper: Address | None) -> bool:
    """One of the two legs of wrapping or unwrapping the coin (a deposit or withdrawal is a leg too)."""
    return (
        wrapper is not None
        and wrapper in (one.sender, one.receiver)
        and one.asset.address in (NATIVE, wrapper)
    )


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
    by_tx: dict[str, list[Transfer]] = {}
    for one in sorted(transfers, key=lambda transfer: transfer.index):
        by_tx.setdefault(one.tx, []).append(one)
    found: list[Passed] = []
    for group in by_tx.values():
        if len(group) > 1:
            receivers = {one.receiver for one in group}
            # nobody in between, and no shares of a vault burned: most of a block
            if NOBODY in receivers or not receivers.isdisjoint([one.sender for one in group]):
                found += _behind(_Netting(group, ours, wrapper, stops).parts(), ours)
                continue
        found += [Passed(one, one.sender) for one in group]
    found.sort(key=lambda passed: (passed.transfer.index, passed.part))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Edge:
    """An amount on its way: `transfer` is its last leg."""

    payer: Address
    transfer: Transfer
    amount: int
    via: Address | None = None

    @property
    def receiver(self) -> Address:
        return self.transfer.receiver


class _Netting:
    """One transaction."""

    def __init__(
        self,
        group: Sequence[Transfer],
        ours: Callable[[Address], bool],
        wrapper: Address | None,
        stops: Collection[Address],
    ) -> None:
        self._group = group
        self._ours = ours
        self._stops = stops
        self._wrapper = wrapper
        turned = self._turned()
        self._one_coin = bool(turned)
        # Wrapped for somebody else it is a payment, if both of its legs are seen; else it changes no holder.
        self._through_wrapper = any(turned.values()) and not sum(turned.values())

    def parts(self) -> list[Passed]:
        passing = self._passing()
        if passing:
            return _parts(self._edges(passing))
        return [Passed(one, one.sender) for one in self._group]

    def _edges(self, passing: Collection[Address]) -> list[_Edge]:
        coins: dict[Address, list[_Edge]] = {}
        kept: list[_Edge] = []
        for one in self._group:
            edge = _Edge(one.sender, one, one.amount)
            if self._moves(one):
                coins.setdefault(self._coin(one), []).append(edge)
            elif one.sender not in passing and one.receiver not in passing:
                kept.append(edge)
        for edges in coins.values():
            left = edges
            for address in passing:
                left = _without(address, left)
            kept += left
        return kept

    def _turned(self) -> dict[Address, int]:
        """What everybody got from the wrapper, of either form, less what he gave it."""
        turned: dict[Address, int] = {}
        for one in self._group:
            if is_wrapping(one, self._wrapper):
                if one.sender == self._wrapper:
                    turned[one.receiver] = turned.get(one.receiver, 0) + one.amount
                else:
                    turned[one.sender] = turned.get(one.sender, 0) - one.amount
        return turned

    def _passing(self) -> list[Address]:
        """In the order in which they appear."""
        givers = {one.sender for one in self._group} - {NOBODY, self._group[0].origin}
        between = {one.receiver: dict[Address, int]() for one in self._group if one.receiver in givers}
        for one in self._group:
            if self._moves(one):
                coin = self._coin(one)
                for address, change in ((one.sender, -one.amount), (one.receiver, one.amount)):
                    held = between.get(address)
                    if held is not None:
                        held[coin] = held.get(coin, 0) + change
        return [
            address
            for address, held in between.items()
            if held
            and not any(held.values())
            and address not in self._stops
            and not self._ours(address)
            and (address != self._wrapper or self._through_wrapper)
        ]

    def _coin(self, one: Transfer) -> Address:
        if self._one_coin and self._wrapper is not None and one.asset.address == NATIVE:
            return self._wrapper
        return one.asset.address

    def _moves(self, one: Transfer) -> bool:
        """It changes who holds it, and not only its form."""
        return self._through_wrapper or not is_wrapping(one, self._wrapper)


def _without(address: Address, edges: list[_Edge]) -> list[_Edge]:
    """What it got is what it sent: its payers pay its receivers."""
    came = [edge for edge in edges if edge.receiver == address]
    left: list[_Edge] = []
    at, used = 0, 0
    for edge in edges:
        if edge.receiver == address:
            continue
        if edge.payer != address:
            left.append(edge)
            continue
        owed = edge.amount
        while owed:
            source = came[at]
            part = min(owed, source.amount - used)
            owed -= part
            used += part
            if used == source.amount:
                at, used = at + 1, 0
            if source.payer != edge.receiver:
                left.append(_Edge(source.payer, edge.transfer, part, edge.via or address))
    return left


def _parts(edges: Iterable[_Edge]) -> list[Passed]:
    """Edges with one last leg and one payer are one part of it."""
    legs: dict[str, dict[Address, _Edge]] = {}
    for edge in edges:
        payers = legs.setdefault(edge.transfer.id, {})
        known = payers.get(edge.payer)
        payers[edge.payer] = replace(known, amount=known.amount + edge.amount) if known else edge
    return [
        Passed(_of(edge), edge.payer, edge.via, number if len(payers) > 1 else 0)
        for payers in legs.values()
        for number, edge in enumerate(payers.values(), start=1)
    ]


def _of(edge: _Edge) -> Transfer:
    if edge.amount == edge.transfer.amount:
        return edge.transfer
    return replace(edge.transfer, amount=RawAmount(edge.amount))


def _behind(parts: list[Passed], ours: Callable[[Address], bool]) -> list[Passed]:
    """Nobody deposits from a market's vault or a trading pool: who gave them something for it did.

    A vault: the one whose shares (its own token) were burned. A pool: whoever signed, if he paid it.
    """
    burned: dict[Address, set[Address]] = {}
    paid: dict[tuple[Address, Address], Address] = {}
    for part in parts:
        one = part.transfer
        paid[part.sender, one.receiver] = one.asset.address
        if one.receiver == NOBODY:
            burned.setdefault(one.asset.address, set()).add(part.sender)

    def known(part: Passed) -> Passed:
        one, giver = part.transfer, part.sender
        burners = burned.get(giver, set())
        if len(burners) == 1 and one.receiver not in burners:
            return replace(part, sender=next(iter(burners)))
        gave = paid.get((one.origin, giver))
        if gave in (None, one.asset.address) or ours(giver) or one.origin in (giver, one.receiver):
            return part
        return replace(part, sender=one.origin, via=part.via or giver)

    takers = {part.transfer.receiver for part in parts}
    return [known(part) if part.sender in burned or part.sender in takers else part for part in parts]
