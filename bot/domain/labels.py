"""Whose an address is, as far as we claim to know: exchange labels with source, date and confidence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bot.domain.units import Address


class LabelKind(StrEnum):
    """What an exchange uses an address for."""

    HOT = "hot"
    COLD = "cold"
    MAIN = "main"
    """A wallet of the exchange; which kind is not known."""
    DEPOSIT = "deposit"
    """One customer's address, swept into a hot wallet."""
    CONTRACT = "contract"
    STAKING = "staking"

    @property
    def takes_deposits(self) -> bool:
        """False: what arrives there is never an inflow (it is still the exchange's own when it pays out)."""
        return self not in (LabelKind.CONTRACT, LabelKind.STAKING)


class Confidence(StrEnum):
    """How sure we are that an address is an exchange's."""

    SURE = "sure"
    """The exchange's own proof of reserve, or two source families of which one is younger than 12 months."""
    LIKELY = "likely"
    PROBABLE = "probable"
    """A deposit address that we learned from the chain itself."""
    SAID = "said"
    """Somebody of this bot set it by hand."""


CONFIDENCE_RANK: Final = {
    Confidence.SURE: 3,
    Confidence.SAID: 2,
    Confidence.LIKELY: 1,
    Confidence.PROBABLE: 0,
}


@dataclass(frozen=True, slots=True)
class Label:
    """Our claim about one address on one chain. `exchange` is a display name such as "Binance"."""

    chain_id: int
    address: Address
    exchange: str
    kind: LabelKind
    confidence: Confidence
    sources: tuple[str, ...]
    """Source families: `exchange-proof-of-reserve`, `defillama`, `explorer-derived`, `by-hand`, `learned`."""
    seen: str
    """When the newest source said so, YYYY-MM or YYYY-MM-DD."""
    note: str = ""
    """What the source calls it ("Binance 14"): hostile text."""


@dataclass(frozen=True, slots=True)
class Labels:
    """A table of labels to look into; later layers (a person's own) win over earlier ones."""

    by_place: Mapping[tuple[int, Address], Label] = field(default_factory=dict)

    @classmethod
    def of(cls, *layers: Iterable[Label]) -> "Labels":
        return cls({(one.chain_id, one.address): one for layer in layers for one in layer})

    def get(self, chain_id: int, address: Address) -> Label | None:
        return self.by_place.get((chain_id, address))
