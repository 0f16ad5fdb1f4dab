"""Fixtures of the walks on two platforms: one chain for a module, put back for every test."""

from collections.abc import Iterator

import pytest

from tests.chain.lab import Lab, lab
from tests.walk.stage import open_position


@pytest.fixture(scope="module")
def _chain() -> Iterator[Lab]:
    with lab("3.6") as opened:
        yield opened


@pytest.fixture
def chain(_chain: Lab) -> Iterator[Lab]:
    """The market with one borrower, at wall-clock time."""
    taken = _chain.anvil.snapshot()
    open_position(_chain)
    _chain.anvil.disconnect()  # the test goes on from another thread
    yield _chain
    _chain.anvil.revert(taken)
