"""One desk a test."""

import pytest

from tests.handlers.commands.stand import Stand


@pytest.fixture
def stand() -> Stand:
    return Stand()
