"""What one account did within a block, before it is told. Light: replays use it without the readers."""

from dataclasses import dataclass, field

from bot.domain.observations import Liquidation, Move


@dataclass(slots=True)
class Happened:
    """What one account did and suffered, oldest first."""

    moves: list[Move] = field(default_factory=list)
    liquidations: list[Liquidation] = field(default_factory=list)
