"""Questions to the outside, and what watchers report: positions, prices, names, sight, blocks."""

from dataclasses import dataclass
from typing import Protocol

from bot.domain.observations import BlockSeen, ChainReorged, PriceSeen
from bot.domain.positions import Position
from bot.domain.units import Address, BlockRef


class Clock(Protocol):
    """Wall-clock unix seconds."""

    def __call__(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A position in a protocol version that we do not watch yet."""

    title: str
    """As people know it, e.g. "Aave v2 Ethereum"."""
    has_debt: bool


@dataclass(frozen=True, slots=True)
class WalletSeen:
    """All that is known of a wallet. `unread`: titles of markets that gave no answer, never "nothing"."""

    positions: tuple[Position, ...]
    elsewhere: tuple[Elsewhere, ...] = ()
    unread: tuple[str, ...] = ()


class PositionQuery(Protocol):
    """Positions on request, of anyone. SourceError only when nothing at all could be read."""

    async def wallet(self, address: Address, market: str = "") -> WalletSeen:
        """All markets, or one by its key."""


class PriceQuery(Protocol):
    """Oracle prices on request."""

    async def prices(self, symbol: str, market: str = "") -> tuple[PriceSeen, ...]:
        """Every asset of that symbol (any case) or address in the watched markets; empty if unknown."""

    def symbols(self) -> tuple[str, ...]:
        """Known symbols, for suggestions."""


class NameQuery(Protocol):
    """ENS, verified forward."""

    async def resolve(self, name: str) -> Address | None:
        """The address a name points at; None when it points nowhere."""

    async def name_of(self, address: Address) -> str:
        """The primary name if it resolves back to the address, else empty."""


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a market's eyes are. `endpoint` is a host without credentials."""

    market: str
    title: str
    head: BlockRef | None
    seen_at: float
    """Wall clock of the last good reading, 0 = none yet."""
    endpoint: str
    fault: str = ""
    accounts: int = 0
    basis: str = ""
    checked: int = 0
    mismatches: int = 0


class Eyes(Protocol):
    """What /status asks of the watchers."""

    def health(self) -> tuple[SourceHealth, ...]: ...


class Observer(Protocol):
    """Where watchers put what they saw; returns when it is decided and saved."""

    async def block(self, seen: BlockSeen) -> None: ...

    async def reorged(self, gone: ChainReorged) -> None: ...

    async def wallets(self) -> tuple[int, frozenset[Address]]:
        """(version, accounts to follow); a watcher asks at each block, cheap when nothing changed."""

    async def cursor(self, market: str) -> BlockRef | None:
        """The last block decided and saved."""
