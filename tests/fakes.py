"""Hand-written fakes of the ports, in memory: what the real adapters promise, without their I/O."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from bot.domain.aave_state import AccountState, MarketState
from bot.domain.alerts import Alert, AlertGroup
from bot.domain.labels import Label, Labels
from bot.domain.observations import PriceSeen
from bot.domain.positions import Position
from bot.domain.rules import RuleState
from bot.domain.story.past import Past
from bot.domain.units import Address, BlockRef
from bot.domain.whatif.liquidity import Liquidity
from bot.errors import SourceError, StoreError, UserError
from bot.messages.model import Message
from bot.ports import (
    AccountSeen,
    Claim,
    Delivery,
    FlowHealth,
    Keep,
    Lane,
    Point,
    SourceHealth,
    Verdicts,
    WalletSeen,
    as_before,
)
from bot.store.people import is_unattended, settings_without_person, without_person
from bot.subscriptions import ChatSettings, Destination, StateKey, Watch


class FakeBook:
    """`bot.ports.WatchBook` in dictionaries; `tests/contract/test_book.py` holds it to the stored one."""

    def __init__(self) -> None:
        self.watches: list[Watch] = []
        self.chosen: dict[str, ChatSettings] = {}
        self.alerts: list[Alert] = []
        self.groups: list[tuple[str, AlertGroup]] = []
        """(destination, group), as acknowledged."""
        self.states: dict[StateKey, RuleState] = {}
        self.made_operators: set[str] = set()
        self.moves: dict[str, frozenset[str]] = {}
        self.places_of: dict[str, set[str]] = {}
        self.let_in: set[str] = set()
        self.offered: dict[str, tuple[str, str, float]] = {}
        self.pinged: dict[tuple[str, str], tuple[str, float]] = {}
        self.drafts: dict[str, dict[str, Watch]] = defaultdict(dict)
        self.now = 1_000_000.0
        self.changes = 0

    async def version(self) -> int:
        return self.changes

    async def all(self) -> tuple[Watch, ...]:
        return tuple(self.watches)

    async def of(self, home: str) -> tuple[Watch, ...]:
        mine = (watch for watch in self.watches if watch.home == home)
        return tuple(sorted(mine, key=lambda watch: watch.number))

    async def add(self, watch: Watch) -> Watch:
        (stored,) = await self.add_many((watch,))
        return stored

    async def add_many(self, watches: Sequence[Watch]) -> tuple[Watch, ...]:
        if not watches:
            return ()
        (home,) = {watch.home for watch in watches}
        taken = {one.number for one in await self.of(home)}
        free = (number for number in count(1) if number not in taken)
        self.changes += 1
        stored = tuple(
            replace(watch, id=f"w{self.changes}x{index}".removesuffix("x0"), number=next(free))
            for index, watch in enumerate(watches)
        )
        self.watches.extend(stored)
        return stored

    async def put(self, watch: Watch) -> None:
        self.watches = [watch if one.id == watch.id else one for one in self.watches]
        self.changes += 1

    async def remove(self, watch: Watch) -> None:
        self.watches = [one for one in self.watches if one.id != watch.id]
        self.changes += 1

    async def settings(self, home: str) -> ChatSettings:
        return self.chosen.get(home, ChatSettings())

    async def settings_of(self, homes: Collection[str]) -> dict[str, ChatSettings]:
        return {to: await self.settings(to) for to in homes}

    async def put_settings(self, home: str, settings: ChatSettings) -> None:
        self.chosen[home] = settings
        self.changes += 1

    async def last_alert(self, destination: str) -> Alert | None:
        return next((one for one in reversed(self.alerts) if one.destination == destination), None)

    async def alert(self, destination: str, incident: str) -> Alert | None:
        said = (one for one in reversed(self.alerts) if one.destination == destination)
        return next((one for one in said if one.incident == incident), None)

    async def alert_group(self, destination: str, group: str) -> AlertGroup | None:
        said = (one for place, one in reversed(self.groups) if place == destination)
        return next((one for one in said if one.id == group), None)

    async def unattended(self, alert: Alert) -> bool:
        if alert.watch is None or alert.rule is None:
            return False
        id_ = alert.watch.id
        watch = next((one for one in self.watches if one.id == id_), None)
        state = self.states.get(StateKey(id_, alert.rule.key, alert.subject))
        if watch is None or state is None:
            return False
        settings = await self.settings(watch.home)
        return is_unattended(alert, watch, settings, state, int(self.now))

    async def may_ping(self, home: str, incident: str, delivery: str) -> bool:
        holder, until = self.pinged.get((home, incident), ("", 0.0))
        if until > self.now:
            return holder == delivery
        self.pinged[home, incident] = (delivery, self.now + 1800)
        return True

    async def places(self, home: str) -> frozenset[str]:
        return frozenset({home} | self.places_of.get(home, set()))

    async def add_place(self, home: str, place: str) -> None:
        if place != home:
            self.places_of.setdefault(home, set()).add(place)

    async def drop_place(self, home: str, place: str) -> None:
        self.places_of.get(home, set()).discard(place)

    async def home_of(self, place: str) -> str:
        to = Destination.parse(place)
        if not to.is_channel:
            return to.whole.id
        servers = (home for home in self.places_of if Destination.parse(home).is_server)
        return next((home for home in servers if place in self.places_of[home]), to.whole.id)

    async def admit(self, home: str) -> None:
        self.let_in.add(home)

    async def admitted(self, home: str) -> bool:
        return home in self.let_in

    async def expel(self, home: str) -> None:
        self.let_in.discard(home)

    async def offer_place(self, code: str, place: str, home: str, for_s: int) -> None:
        await self.add_place(home, place)
        self.offered[code] = (place, home, self.now + for_s)

    async def take_place(self, code: str) -> tuple[str, str] | None:
        place, home, until = self.offered.pop(code, ("", "", 0.0))
        return (place, home) if until > self.now else None

    async def keep_draft(self, home: str, draft: str, watch: Watch) -> None:
        kept = self.drafts[home]
        kept.pop(draft, None)
        for oldest in list(kept)[: max(0, len(kept) - 49)]:
            del kept[oldest]
        kept[draft] = replace(watch, created_by="")

    async def draft(self, home: str, draft: str) -> Watch | None:
        return self.drafts[home].get(draft)

    async def forget(self, home: str) -> int:
        gone = {one.id for one in await self.of(home)}
        mine = {one for one in await self.places(home) if await self.home_of(one) == home}
        self.watches = [one for one in self.watches if one.home != home]
        self.alerts = [one for one in self.alerts if one.destination not in mine and one.home != home]
        self.groups = [(to, one) for to, one in self.groups if to not in mine and one.alerts[0].home != home]
        self.states = {key: state for key, state in self.states.items() if key.watch not in gone}
        self.offered = {code: offer for code, offer in self.offered.items() if offer[1] != home}
        self.pinged = {key: ping for key, ping in self.pinged.items() if key[0] != home}
        self.chosen.pop(home, None)
        self.places_of.pop(home, None)
        self.drafts.pop(home, None)
        self.changes += 1
        return len(gone)

    async def forget_person(self, person: str) -> int:
        named = 0
        for index, watch in enumerate(self.watches):
            self.watches[index] = without_person(watch, person)
            named += self.watches[index] != watch
        for home, settings in self.chosen.items():
            self.chosen[home] = settings_without_person(settings, person)
            named += self.chosen[home] != settings
        self.changes += bool(named)
        return named

    async def operators(self) -> frozenset[str]:
        return frozenset(self.made_operators)

    async def add_operator(self, person: str) -> None:
        self.made_operators.add(person)
        self.changes += 1

    async def former(self, chat: str) -> frozenset[str]:
        return self.moves.get(chat, frozenset())


class FakeOutbox:
    """`bot.ports.Outbox` as far as commands and the steward use it: appends by id, mutes, follows, counts."""

    def __init__(self) -> None:
        self.deliveries: dict[str, Delivery] = {}
        self.muted: dict[str, str] = {}
        """Destination -> why."""
        self.followed: dict[str, str] = {}
        """Moved or redirected destinations."""

    async def append(self, deliveries: Sequence[Delivery]) -> int:
        before = len(self.deliveries)
        for one in deliveries:
            if one.lane is Lane.ANSWER:
                self.muted.pop(one.destination, None)
            if one.destination not in self.muted:
                self.deliveries.setdefault(one.id, one)
        return len(self.deliveries) - before

    @property
    def messages(self) -> list[Message]:
        return [one.payload for one in self.deliveries.values() if isinstance(one.payload, Message)]

    async def counts(self) -> Mapping[str, int]:
        return {"waiting": len(self.deliveries), "dead": 0, "acked": 0, "muted": len(self.muted)}

    async def gone(self, destination: str, why: str) -> int:
        lost = [one.id for one in self.deliveries.values() if one.destination == destination]
        self.deliveries = {id_: one for id_, one in self.deliveries.items() if id_ not in lost}
        self.muted[destination] = why
        return len(lost)

    async def unmute(self, destination: str) -> bool:
        return self.muted.pop(destination, None) is not None

    async def moved(self, old: str, new: str) -> None:
        self.followed[old] = new

    async def redirect(self, old: str, new: str) -> None:
        self.followed[old] = new

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

    async def message_id(self, destination: str, incident: str) -> str:
        raise NotImplementedError


class FakeJudgements:
    """`bot.ports.Judgements` in dictionaries, as far as a monitor that meets no reorganisation uses it."""

    def __init__(self) -> None:
        self.states: dict[StateKey, RuleState] = {}
        self.cursors: dict[str, BlockRef] = {}
        self.deliveries: list[Delivery] = []

    async def load(self) -> dict[StateKey, RuleState]:
        return dict(self.states)

    async def save(self, verdicts: Verdicts) -> None:
        self.states.update(verdicts.states)
        self.deliveries.extend(verdicts.deliveries)
        if verdicts.as_of is not None:
            self.cursors[verdicts.market] = verdicts.as_of

    async def cursor(self, market: str) -> BlockRef | None:
        return self.cursors.get(market)

    async def roll_back(
        self, market: str, to: int, keep: Keep = as_before
    ) -> dict[StateKey, RuleState | None]:
        raise NotImplementedError

    async def drop(self, gone: Collection[StateKey]) -> None:
        for key in gone:
            self.states.pop(key, None)


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
class FakeStates:
    """`bot.ports.StateQuery`: markets and accounts as put here; `away` = nothing can be read.

    An account that nobody put here has nothing, but for a market that nobody did: SourceError.
    """

    markets: dict[str, MarketState] = field(default_factory=dict)
    accounts: dict[tuple[str, Address], AccountState] = field(default_factory=dict)
    """By (market, address)."""
    liquidity: dict[str, Mapping[int, Liquidity]] = field(default_factory=dict)
    """By market is not known, so the checks that need it are not made."""
    away: bool = False

    async def account(self, address: Address, market: str) -> AccountSeen:
        if self.away or market not in self.markets:
            raise SourceError("rpc.example: no answer")
        nothing = AccountState(address, 0, 0, ())
        found = self.accounts.get((market, address), nothing)
        return AccountSeen(self.markets[market], found, self.liquidity.get(market, {}))


@dataclass
class FakeHistory:
    """`bot.ports.History` that keeps all; `away` = the store does not answer."""

    points: dict[str, list[Point]] = field(default_factory=lambda: defaultdict(list))
    away: bool = False

    async def add(self, points: Mapping[str, Point]) -> None:
        if self.away:
            raise StoreError("the store does not answer")
        for subject, point in points.items():
            self.points[subject].append(point)

    async def series(self, subject: str, since: int) -> tuple[Point, ...]:
        if self.away:
            raise StoreError("the store does not answer")
        return tuple(point for point in self.points.get(subject, ()) if point.at >= since)


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
    flows: tuple[FlowHealth, ...] = ()

    def health(self) -> tuple[SourceHealth, ...]:
        return self.findings

    def flow_health(self) -> tuple[FlowHealth, ...]:
        return self.flows


class FakeLabels:
    """`bot.ports.LabelBook` in dictionaries; `tests/contract/test_label_book.py` holds it to account."""

    def __init__(self, table: Sequence[Label] = (), *, most: int = 1_000) -> None:
        self._table = tuple(table)
        self._most = most
        self.layers: dict[str, dict[tuple[int, Address], Label]] = defaultdict(dict)
        self.changes = 0

    async def version(self) -> int:
        return self.changes

    async def all(self, home: str = "") -> tuple[Label, ...]:
        return tuple(sorted(self.layers[home].values(), key=lambda one: (one.chain_id, one.address.lower())))

    def table(self) -> Sequence[Label]:
        return self._table

    async def of(self, address: Address, home: str = "") -> tuple[Label, ...]:
        layers = [await self.all(home)] if home else []
        known = (one for layer in (*layers, await self.all(), self._table) for one in layer)
        return tuple(one for one in known if one.address == address)

    async def put(self, labels: Sequence[Label], home: str = "") -> int:
        new = {(one.chain_id, one.address): one for one in labels}
        before = len(self.layers[home])
        after = self.layers[home] | new
        if len(after) > max(before, self._most if home else 100 * self._most):
            raise UserError("too_many_labels", labels[0].address)
        self.layers[home] = after
        self.changes += bool(labels)
        return len(after) - before

    async def remove(self, address: Address, home: str = "") -> int:
        gone = [place for place in self.layers[home] if place[1] == address]
        for place in gone:
            del self.layers[home][place]
        self.changes += bool(gone)
        return len(gone)


@dataclass
class FakeChain:
    """`bot.ports.ChainQuery`: who has code, and loans as put here; `away` = the chain is silent.

    `then` are the positions at an earlier block, by its number. All of them are in markets of `chain_id`.
    `tests/contract/test_chain_query.py` holds it to the real one.
    """

    code: set[Address] = field(default_factory=set)
    positions: list[Position] = field(default_factory=list)
    then: dict[int, list[Position]] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    away: bool = False
    asked: list[tuple[Collection[Address], BlockRef | None]] = field(default_factory=list)
    """Of loans."""
    chain_id: int = 1

    async def contracts(self, chain_id: int, addresses: Collection[Address]) -> frozenset[Address]:
        if self.away:
            raise SourceError(f"chain {chain_id}: no answer")
        return frozenset(self.code & set(addresses))

    async def loans(
        self, chain_id: int, accounts: Collection[Address], at: BlockRef | None = None
    ) -> tuple[tuple[Position, ...], tuple[str, ...]]:
        self.asked.append((tuple(accounts), at))
        if self.away:
            raise SourceError(f"chain {chain_id}: no answer")
        if not accounts or (at is not None and chain_id != self.chain_id):
            return (), ()
        known = self.positions if at is None else self.then.get(at.number, [])
        return tuple(one for one in known if one.account in accounts and one.has_debt), self.unread


class FakeStories:
    """`bot.ports.StoryQuery` from what a test says happened."""

    def __init__(self, known: Past | None = None) -> None:
        self.known = known or Past()
        self.asked: list[tuple[tuple[Address, ...], Labels]] = []
        self.silent = False

    async def past(self, accounts: Collection[Address], labels: Labels) -> Past:
        self.asked.append((tuple(accounts), labels))
        if self.silent:
            raise SourceError("no market's past could be read")
        events = tuple(one for one in self.known.events if one.account in accounts)
        return replace(self.known, events=events)
