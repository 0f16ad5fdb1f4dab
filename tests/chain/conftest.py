"""Fixtures of the chain lab. One node a version and a worker; every test gets the market as it was born."""

from collections.abc import Iterator

import pytest

from tests.chain.lab import Lab, lab
from tests.chain.node import Anvil


@pytest.fixture
def anvil() -> Iterator[Anvil]:
    """An empty chain of one's own."""
    with Anvil() as node:
        yield node


@pytest.fixture(scope="session")
def _session_v302() -> Iterator[Lab]:
    with lab("3.0.2") as opened:
        yield opened


@pytest.fixture(scope="session")
def _session_v36() -> Iterator[Lab]:
    with lab("3.6") as opened:
        yield opened


@pytest.fixture
def lab_v302(_session_v302: Lab) -> Iterator[Lab]:
    """A market of Aave v3.0.2, put back as it was after the test."""
    yield from _restored(_session_v302)


@pytest.fixture
def lab_v36(_session_v36: Lab) -> Iterator[Lab]:
    """A market of Aave v3.6, put back as it was after the test."""
    yield from _restored(_session_v36)


@pytest.fixture(params=["3.0.2", "3.6"])
def any_lab(request: pytest.FixtureRequest) -> Lab:
    """The test runs once on each version."""
    opened: Lab = request.getfixturevalue("lab_v302" if request.param == "3.0.2" else "lab_v36")
    return opened


def _restored(opened: Lab) -> Iterator[Lab]:
    taken = opened.anvil.snapshot()
    yield opened
    opened.anvil.revert(taken)
