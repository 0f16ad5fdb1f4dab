"""Questions to Telegram while somebody waits: answered soon or given up. Used beside the gateway."""

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

from bot.errors import Transient
from handlers.telegram.errors import ANYTHING, translate

ANSWER_S: Final = 5.0
"""A person who pressed a button waits no longer for what we look up."""

_T = TypeVar("_T")


async def asked(question: Awaitable[_T], within_s: float = ANSWER_S) -> _T:
    """Its answer, or one of `bot.errors`; no answer in time is Transient."""
    try:
        async with asyncio.timeout(within_s):
            return await question
    except ANYTHING as error:
        raise translate(error) from None
    except TimeoutError:
        raise Transient(f"no answer within {within_s:g} s") from None
