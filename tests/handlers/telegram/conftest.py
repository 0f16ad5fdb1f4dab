"""The stand that every test of this folder works on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.telegram_stand import TelegramStand, telegram_stand


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[TelegramStand]:
    async with telegram_stand(tmp_path) as stand:
        assert isinstance(stand, TelegramStand)
        yield stand
