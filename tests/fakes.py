"""Hand-written fakes of the ports, in memory: what the real adapters promise, without their I/O."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.domain.alerts import Alert
from bot.domain.observations import PriceSeen
from bot.domain.units import Address
from bot.errors import SourceError
from bot.messages.model import Message
from bot.ports import Claim, Delivery, SourceHealth, WalletSeen
from bot.subscriptions import ChatSettings, Watch


class FakeBook:
    """`bot.ports.WatchBook` in dictionaries."""

    def __init__(self) -> None:
        self.watches: list[Watch] = []
        self.chosen: dict[str, ChatSettings] = {}
        self.alerts: list[Alert] = []
        self.made_operators: set[str] = set()
        self.moves: dict[str, frozenset[str]] = {}
        self.changes = 0

    async def version(self) -> int:
        return self.changes

    async def all(self) -> tuple[Watch, ...]:
        return tuple(self.watches)

    async def of(self, destination: str) -> tuple[Watch, ...]:
        mine = (watch for watch in self.watches if watch.destination == destination)
        return tuple(sorted(mine, key=lambda watch: watch.number))

    async def add(self, watch: Watch) -> Watch:
        taken = {one.number for one in await self.of(watch.destination)}
        number = next(n for n in range(1, len(taken) + 2) if n not in taken)
        self.changes += 1
        stored = replace(watch, id=f"w{self.changes}", number=number)
        self.watches.append(stored)
        return stored

    async def put(self, watch: Watch) -> None:
        index = next(i for i, one in enumerate(self.watches) if one.id == watch.id)
        self.watches[index] = watch
        self.changes += 1

    async def remove(self, watch: Watch) -> None:
        self.watches = [one for one in self.watches if one.id != watch.id]
        self.changes += 1

    async def settings(self, destination: str) -> ChatSettings:
        return self.chosen.get(destination, ChatSettings())

    async def settings_of(self, destinations: Collection[str]) -> dict[str, ChatSettings]:
        return {to: await self.settings(to) for to in destinations}

    async def put_settings(self, destination: str, settings: ChatSettings) -> None:
        self.chosen[destination] = settings
        self.changes += 1

    async def last_alert(self, destination: str) -> Alert | None:
        return next((one for one in reversed(self.alerts) if one.destination == destination), None)

    async def alert(self, destination: str, incident: str) -> Alert | None:
        return next(
            (
                one
                for one in reversed(self.alerts)
                if one.destination == destination and one.incident == incident
            ),
            None,
        )

    async def forget(self, destination: str) -> int:
        gone = await self.of(destination)
        self.watches = [one for one in self.watches if one.destination != destination]
        self.alerts = [one for one in self.alerts if one.destination != destination]
        self.chosen.pop(destination, None)
        self.changes += 1
        return len(gone)

    async def operators(self) -> frozenset[str]:
        return frozenset(self.made_operators)

    async def add_operator(self, person: str) -> None:
        self.made_operators.add(person)

    async def former(self, chat: str) -> frozenset[str]:
        return self.moves.get(chat, frozenset())


class FakeOutbox:
    """`bot.ports.Outbox` as far as commands use it: appends by id, counts."""

    def __init__(self) -> None:
        self.deliveries: dict[str, Delivery] = {}

    async def append(self, deliveries: Sequence[Delivery]) -> int:
        new = [one for one in deliveries if one.id not in self.deliveries]
        self.deliveries.update({one.id: one for one in new})
        return len(new)

    @property
    def messages(self) -> list[Message]:
        return [one.payload for one in self.deliveries.values() if isinstance(one.payload, Message)]

    async def counts(self) -> Mapping[str, int]:
        return {"waiting": len(self.deliveries), "dead": 0, "acked": 0, "muted": 0}

    async def claim(self, platform: str) -> Claim | None:
        raise NotImplementedError

    async def next_due(self, platform: str) -> float | None:
        raise NotImplementedError

    async def done(self, claim: Claim, message_id: str = "") -> bool:
        raise NotImplementedError

    async def release(self, claim: Claim, wait_s: float, *, everything: bool, maybe_sent: bool) -> bool:
        raise NotImplementedError

    async def bury(self, claim: Claim, why: str) -> bool:
        raise NotImplementedError

    async def gone(self, destination: str, why: str) -> int:
        raise NotImplementedError

    async def moved(self, old: str, new: str) -> None:
        raise NotImplementedError

    async def message_id(self, destination: str, incident: str) -> str:
        raise NotImplementedError


@dataclass
class FakePositions:
    """`bot.ports.PositionQuery`: a wallet nobody put here has nothing; `away` = nothing can be read."""

    wallets: dict[Address, WalletSeen] = field(default_factory=dict)
    away: bool = False

    async def wallet(self, address: Address, market: str = "") -> WalletSeen:
        if self.away:
            raise SourceError("rpc.example: no answer")
        seen = self.wallets.get(address, WalletSeen(()))
        kept = tuple(one for one in seen.positions if market in {"", one.market})
        return replace(seen, positions=kept)


@dataclass
class FakePrices:
    """`bot.ports.PriceQuery` over a fixed list."""

    known: tuple[PriceSeen, ...] = ()

    async def prices(self, symbol: str, market: str = "") -> tuple[PriceSeen, ...]:
        wanted = symbol.casefold()
        return tuple(
            one
            for one in self.known
            if wanted in {one.asset.symbol.casefold(), one.asset.address.casefold()}
            and market in {"", one.market}
        )

    def symbols(self) -> tuple[str, ...]:
        return tuple(sorted({one.asset.symbol for one in self.known}))


@dataclass
class FakeNames:
    """`bot.ports.NameQuery` over a fixed table."""

    table: dict[str, Address] = field(default_factory=dict)

    async def resolve(self, name: str) -> Address | None:
        return self.table.get(name.casefold())

    async def name_of(self, address: Address) -> str:
        return next((name for name, one in self.table.items() if one == address), "")


@dataclass
class FakeEyes:
    """`bot.ports.Eyes` with fixed findings."""

    findings: tuple[SourceHealth, ...] = ()

    def health(self) -> tuple[SourceHealth, ...]:
        return self.findings
