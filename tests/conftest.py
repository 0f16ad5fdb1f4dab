"""How the suite is dealt out to its workers: file by file, for module fixtures, the longest first."""

import pytest

LONGEST = (
    "tests/walk/test_kills.py",
    "tests/flows/test_stories.py",
    "tests/chain/test_exactness.py",
    "tests/chain/test_whatif.py",
    "tests/chain/test_cures.py",
    "tests/chain/test_liquidation_prices.py",
    "tests/walk/test_two_platforms.py",
    "tests/town/test_parity.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
