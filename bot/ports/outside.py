"""Questions to the outside, and what watchers report: positions, prices, names, sight, blocks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.aave_state import AccountState, MarketState
from bot.domain.observations import BlockSeen, ChainReorged, PriceSeen
from bot.domain.positions import Position
from bot.domain.units import Address, BlockRef
from bot.domain.whatif.liquidity import Liquidity
from bot.subscriptions import ImaginedTarget, MirrorTarget


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


@dataclass(frozen=True, slots=True)
class FlowHealth:
    """How the eyes for a chain's transfers are. `endpoint` is a host without credentials."""

    chain_id: int
    title: str
    head: BlockRef | None
    """The last block decided; None while nobody wants this chain's flows, and before the first."""
    seen_at: float
    """Wall clock of the last good reading, 0 = none."""
    fault: str = ""
    traced: bool = True
    """False: the coin moved by contracts is not seen."""
    endpoint: str = ""


class Eyes(Protocol):
    """What /status asks of the watchers."""

    def health(self) -> tuple[SourceHealth, ...]: ...

    def flow_health(self) -> tuple[FlowHealth, ...]:
        """Of every chain whose transfers may be read; behind is not ill."""


@dataclass(frozen=True, slots=True)
class Following:
    """`wallets` are read from the chain, those that are mirrored among them. `imagined` is by the account
    that its readings go by (`Watch.account`).
    """

    version: int
    wallets: frozenset[Address]
    imagined: Mapping[Address, ImaginedTarget | MirrorTarget] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """The stored words of an account and its whole market at one block; `liquidity` by reserve index."""

    market: MarketState
    account: AccountState
    liquidity: Mapping[int, Liquidity]


class StateQuery(Protocol):
    """Stored words on request, for what-ifs. SourceError when they cannot be read."""

    async def account(self, address: Address, market: str) -> AccountSeen:
        """`address` empty: the market alone, with an account that has nothing."""


@dataclass(frozen=True, slots=True)
class Point:
    """One moment of a subject's past: `health` in wad (0 = not known), `price` in base units."""

    at: int
    health: int = 0
    price: int = 0


class History(Protocol):
    """Bounded, downsampled series of subjects and of prices; kept by the monitor, asked for charts and odds.

    StoreError when the store is away.
    """

    async def add(self, points: Mapping[str, Point]) -> None:
        """One point a subject (`subject_id`); the store thins old ones."""

    async def series(self, subject: str, since: int) -> tuple[Point, ...]:
        """Oldest first: full for two days, hourly for 30, daily for 400."""


class Observer(Protocol):
    """Where watchers put what they saw; returns when it is decided and saved."""

    async def block(self, seen: BlockSeen) -> None: ...

    async def reorged(self, gone: ChainReorged) -> None: ...

    async def following(self) -> Following:
        """What to follow; a watcher asks at each block, cheap when nothing changed."""

    async def cursor(self, market: str) -> BlockRef | None:
        """The last block decided and saved."""
