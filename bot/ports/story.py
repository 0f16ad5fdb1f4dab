"""The past of accounts, read on request: what `/story` asks of the chains, or of an episode."""

from collections.abc import Collection
from typing import Protocol

from bot.domain.labels import Labels
from bot.domain.story.past import Past
from bot.domain.units import Address


class StoryQuery(Protocol):
    """Lives on request. SourceError only when nothing at all could be read."""

    async def past(self, accounts: Collection[Address], labels: Labels) -> Past:
        """What these accounts did in the watched markets, and what went to and from labelled exchanges."""
