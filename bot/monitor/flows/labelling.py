"""Labels as of one version of the book: those for everybody, and of each home that has its own."""

from collections import ChainMap
from collections.abc import Collection, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import cast

from bot.domain.labels import Label, Labels
from bot.domain.transfers import TransfersSeen
from bot.domain.units import Address
from bot.ports import LabelBook


@dataclass(frozen=True, slots=True)
class Known:
    """`common`: the project's table with the operator's layer over it."""

    common: Labels
    own: Mapping[str, Labels] = field(default_factory=dict)
    """Home -> common labels with the home's own over them; homes without own ones are not in it."""
    places: Mapping[str, frozenset[tuple[int, Address]]] = field(default_factory=dict)
    """Home -> what its own labels are about."""

    def touched(self, home: str, seen: TransfersSeen) -> TransfersSeen | None:
        """The block's transactions in which a home's own labels have a say; None when there are none.

        Whole transactions, since coins may pass through others within one.
        """
        places, chain = self.places.get(home, frozenset()), seen.chain_id
        txs = {
            one.tx
            for one in seen.transfers
            if (chain, one.sender) in places or (chain, one.receiver) in places
        }
        if not txs:
            return None
        return replace(
            seen,
            transfers=tuple(one for one in seen.transfers if one.tx in txs),
            loans=tuple(one for one in seen.loans if one.tx in txs),
        )


class Labelling:
    """Reads the book again only when its version grew or another home watches flows."""

    def __init__(self, book: LabelBook) -> None:
        self._book = book
        self._known: Known | None = None
        self._as_of: tuple[int, frozenset[str]] | None = None

    async def current(self, homes: Collection[str]) -> Known:
        """StoreError when the store is away."""
        as_of = (await self._book.version(), frozenset(homes))
        if self._known is None or self._as_of != as_of:
            common = Labels.of(self._book.table(), await self._book.all())
            layers = {home: await self._book.all(home) for home in sorted(homes)}
            self._known = Known(
                common,
                {home: _over(common, layer) for home, layer in layers.items() if layer},
                {home: frozenset((one.chain_id, one.address) for one in own) for home, own in layers.items()},
            )
            self._as_of = as_of
        return self._known


def _over(common: Labels, layer: Collection[Label]) -> Labels:
    """A home has a thousand labels at most; the table beneath is not copied for each."""
    own: MutableMapping[tuple[int, Address], Label] = {(one.chain_id, one.address): one for one in layer}
    beneath = cast("MutableMapping[tuple[int, Address], Label]", common.by_place)  # only ever read
    return Labels(ChainMap(own, beneath))
