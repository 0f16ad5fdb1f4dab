"""Whose an address is, as far as we claim to know: exchange labels with source, date and confidence."""

from collections.abc import Collection, Iterable, Mapping
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


PROOF: Final = "exchange-proof-of-reserve"
DEFILLAMA: Final = "defillama"
EXPLORER: Final = "explorer-derived"
"""Lists taken from block explorers: they copy each other, so all of them count once."""
BY_HAND: Final = "by-hand"
LEARNED: Final = "learned"
FRESH_MONTHS: Final = 12

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
    """Source families: PROOF, DEFILLAMA, EXPLORER, BY_HAND, LEARNED."""
    seen: str
    """When the newest source said so, YYYY-MM or YYYY-MM-DD."""
    note: str = ""
    """What the source calls it ("Binance 14"): hostile text."""


def confidence_of(sources: Collection[str], newest: str, as_of: str) -> Confidence:
    """The rule for *sure*. `newest` and `as_of` as YYYY-MM or YYYY-MM-DD; ValueError when they are neither.

    Only months count, so that "younger than 12 months" is never said of what is older.
    """
    age = _months(as_of) - _months(newest)
    families = set(sources)
    told = families - {BY_HAND, LEARNED}
    if PROOF in families or (len(told) > 1 and age < FRESH_MONTHS):
        return Confidence.SURE
    if told:
        return Confidence.LIKELY
    return Confidence.SAID if BY_HAND in families else Confidence.PROBABLE


def _months(date: str) -> int:
    year, month = date.split("-")[:2]
    if not 1 <= int(month) <= 12:
        raise ValueError(f"no month in {date!r}")
    return 12 * int(year) + int(month)


@dataclass(frozen=True, slots=True)
class Labels:
    """A table of labels to look into; later layers (a person's own) win over earlier ones."""

    by_place: Mapping[tuple[int, Address], Label] = field(default_factory=dict)

    @classmethod
    def of(cls, *layers: Iterable[Label]) -> "Labels":
        return cls({(one.chain_id, one.address): one for layer in layers for one in layer})

    def get(self, chain_id: int, address: Address) -> Label | None:
        return self.by_place.get((chain_id, address))
