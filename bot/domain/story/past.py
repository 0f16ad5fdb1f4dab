"""The past of some accounts as it was read, and how far back. Made by `StoryQuery` adapters."""

from dataclasses import dataclass

from bot.domain.story.events import Event
from bot.domain.units import BaseAmount, BlockRef


@dataclass(frozen=True, slots=True)
class Reach:
    """How far back one chain's logs were read."""

    titles: tuple[str, ...]
    """Of the markets that were read there."""
    until: BlockRef
    block: int = 0
    """The first block that was read."""
    at: int = 0
    """Its unix seconds; 0 when it is the chain's first."""

    @property
    def whole(self) -> bool:
        """True when nothing can have come before."""
        return self.block == 0


@dataclass(frozen=True, slots=True)
class PriceThen:
    """A family's price (dollars a coin of its lead) at one moment of the past."""

    family: str
    at: int
    price: BaseAmount


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of some accounts' past, in order."""

    events: tuple[Event, ...] = ()
    reach: tuple[Reach, ...] = ()
    unread: tuple[str, ...] = ()
    """Titles of markets whose logs could not be read."""
    prices: tuple[PriceThen, ...] = ()
    episode: str = ""
    """The title of the recorded episode that it is from; empty = the chains themselves."""

    @property
    def whole(self) -> bool:
        return not self.unread and all(one.whole for one in self.reach)
