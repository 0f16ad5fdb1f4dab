# ruff: noqa: ARG001
"""What the transfers of a block mean: which are flows, and which deposit addresses they teach us."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.deposits import DepositAddress, Learner
from bot.domain.flows import Flow
from bot.domain.labels import Labels
from bot.domain.transfers import TransfersSeen
from bot.domain.units import Address


@dataclass(frozen=True, slots=True)
class Classified:
    """One block, decided. The learner holds it already; `Learner.undo` takes it back."""

    flows: tuple[Flow, ...] = ()
    """In the block's order."""
    records: Mapping[Address, str] = field(default_factory=dict)
    """The learner's changed records as text; empty text = forget it."""
    learned: tuple[DepositAddress, ...] = ()
    """New, or with more evidence."""
    barred: tuple[Address, ...] = ()
    """Learned before, and not any more: they did what no deposit address does."""


def candidates(seen: TransfersSeen, labels: Labels, learner: Learner) -> frozenset[Address]:
    """Addresses that this block would teach us if they have no code: ask the chain. Changes nothing."""
    return frozenset()


def classify(
    seen: TransfersSeen, labels: Labels, learner: Learner, contracts: frozenset[Address]
) -> Classified:
    """Decide a block; `contracts` are those of its candidates that have code."""
    return Classified()
