"""A memory that lives as long as one replay: judgements, flows and watches without a server.

`Judgements` and `FlowLog` keep the same promises as the stored ones; the same tests run on both.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from bot.domain.deposits import DepositAddress
from bot.domain.flows import Flow, FlowSums
from bot.domain.labels import Label
from bot.domain.rules import RuleState
from bot.domain.units import Address, BlockRef
from bot.ports import Delivery, FlowChange, Keep, LoansBefore, Verdicts, as_before
from bot.subscriptions import ChatSettings, StateKey, Watch

K = TypeVar("K", bound=str)
KEPT_BLOCKS: Final = 256
"""Blocks that can be rolled back, as in the store."""
KEPT_S: Final = 7 * 86_400
"""Flows are kept one by one for a week, as there."""
FLOWS: Final = "flows:"


@dataclass(frozen=True, slots=True)
class FixedWatches:
    """Fits `Watches`: the same from begin to end."""

    watches: tuple[Watch, ...]
    settings: ChatSettings

    async def version(self) -> int:
        return 1

    async def all(self) -> tuple[Watch, ...]:
        return self.watches

    async def settings_of(self, homes: Collection[str]) -> dict[str, ChatSettings]:
        return dict.fromkeys(homes, self.settings)


@dataclass(frozen=True, slots=True)
class FixedLabels:
    """Fits `LabelBook` for reading: the project's table, or an episode's own."""

    known: Sequence[Label]

    async def version(self) -> int:
        return 1

    async def all(self, home: str = "") -> tuple[Label, ...]:  # noqa: ARG002  the port's
        return ()

    def table(self) -> Sequence[Label]:
        return self.known

    async def of(self, address: Address, home: str = "") -> tuple[Label, ...]:  # noqa: ARG002  the port's
        return tuple(one for one in self.known if one.address == address)

    async def put(self, labels: Sequence[Label], home: str = "") -> int:  # noqa: ARG002  the port's
        return 0

    async def remove(self, address: Address, home: str = "") -> int:  # noqa: ARG002  the port's
        return 0


@dataclass(frozen=True, slots=True)
class _Undo:
    """What a block overwrote."""

    block: int
    cursor: BlockRef | None
    states: Mapping[StateKey, RuleState | None]
    flows: "_Before | None" = None


@dataclass(frozen=True, slots=True)
class _Before:
    """Fields of a chain's flow log before a block; None = there was none."""

    tallies: Mapping[str, str | None]
    accounts: Mapping[Address, str | None]
    learned: tuple[Address, ...]


@dataclass(slots=True)
class _Chain:
    tallies: dict[str, str] = field(default_factory=dict)
    accounts: dict[Address, str] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    learned: dict[Address, DepositAddress] = field(default_factory=dict)
    trail: dict[int, str] = field(default_factory=dict)
    before: dict[int, tuple[LoansBefore, ...]] = field(default_factory=dict)
    """Both by block."""


class MemoryFlows:
    """Fits `FlowLog`; filled by `MemoryJudgements`."""

    def __init__(self) -> None:
        self._chains: dict[int, _Chain] = defaultdict(_Chain)

    async def load(
        self, chain_id: int, *, since: int = 0
    ) -> tuple[dict[str, str], dict[Address, str], tuple[Flow, ...]]:
        chain = self._chains[chain_id]
        flows = tuple(one for one in chain.flows if one.at >= since)
        return dict(chain.tallies), dict(chain.accounts), flows

    async def flows(
        self, *, since: int, senders: Collection[Address] = (), assets: Collection[str] = ()
    ) -> tuple[Flow, ...]:
        found = [one for chain in self._chains.values() for one in chain.flows if one.at >= since]
        wanted = (
            one
            for one in found
            if (not senders or one.sender in senders)
            and (not assets or f"{one.asset.chain_id}/{one.asset.address}" in assets)
        )
        return tuple(sorted(wanted, key=lambda one: -one.at))

    async def sums(
        self,
        *,
        since: int,
        until: int,
        assets: Collection[str] = (),  # noqa: ARG002  the port's
        exchanges: Collection[str] = (),  # noqa: ARG002  the port's
    ) -> FlowSums:
        """A replay is not asked for them."""
        return FlowSums(since, until, known_since=until)

    async def trail(self, chain_id: int) -> tuple[str, ...]:
        return tuple(text for _, text in sorted(self._chains[chain_id].trail.items()))

    async def loans_before(self, chain_id: int) -> tuple[LoansBefore, ...]:
        return tuple(one for _, some in sorted(self._chains[chain_id].before.items()) for one in some)

    async def deposit(self, chain_id: int, address: Address) -> DepositAddress | None:
        return self._chains[chain_id].learned.get(address)

    def change(self, change: FlowChange) -> _Before:
        """Write a block's; what it overwrites."""
        chain = self._chains[change.chain_id]
        before = _Before(
            {name: chain.tallies.get(name) for name in change.tallies},
            {name: chain.accounts.get(name) for name in change.accounts},
            tuple(one.address for one in change.learned if one.address not in chain.learned),
        )
        _put(chain.tallies, change.tallies)
        _put(chain.accounts, change.accounts)
        known = {one.id for one in chain.flows if one.block == change.block}
        if change.flows:
            oldest = change.flows[-1].at - KEPT_S
            if chain.flows and chain.flows[0].at < oldest:
                chain.flows = [one for one in chain.flows if one.at >= oldest]
        if change.trail:
            chain.trail[change.block] = change.trail
            chain.trail = {at: text for at, text in chain.trail.items() if at >= change.trail_since}
        if change.before:
            chain.before[change.block] = tuple(sorted(change.before, key=lambda one: one.account))
            chain.before = {at: some for at, some in chain.before.items() if at >= change.before_since}
        chain.flows += [one for one in change.flows if one.id not in known]
        chain.learned |= {one.address: one for one in change.learned}
        return before

    def undo(self, chain_id: int, before: _Before) -> None:
        chain = self._chains[chain_id]
        _put(chain.tallies, {name: text or "" for name, text in before.tallies.items()})
        _put(chain.accounts, {name: text or "" for name, text in before.accounts.items()})
        for gone in before.learned:
            chain.learned.pop(gone, None)

    def cut(self, chain_id: int, to: int) -> None:
        """Flows above `to` never were."""
        chain = self._chains[chain_id]
        chain.flows = [one for one in chain.flows if one.block <= to]
        chain.trail = {at: text for at, text in chain.trail.items() if at <= to}
        chain.before = {at: some for at, some in chain.before.items() if at <= to}


class MemoryJudgements:
    """Fits `Judgements`. `say` is given what is to be said, once for each id."""

    def __init__(self, say: Callable[[Sequence[Delivery]], None], flows: MemoryFlows | None = None) -> None:
        self._say = say
        self._flows = flows or MemoryFlows()
        self._states: dict[StateKey, RuleState] = {}
        self._cursors: dict[str, BlockRef] = {}
        self._journals: dict[str, list[_Undo]] = defaultdict(list)
        self._said: set[str] = set()

    async def load(self) -> dict[StateKey, RuleState]:
        return dict(self._states)

    async def save(self, verdicts: Verdicts) -> None:
        market, cursor = verdicts.market, self._cursors.get(verdicts.market)
        flows = self._flows.change(verdicts.flows) if verdicts.flows else None
        if verdicts.as_of is not None or verdicts.states or flows:
            block = (verdicts.as_of or cursor or BlockRef(0, "", 0)).number
            before = {key: self._states.get(key) for key in verdicts.states}
            journal = self._journals[market]
            journal.append(_Undo(block, cursor, before, flows))
            while journal[0].block < block - KEPT_BLOCKS:
                del journal[0]
        self._states |= verdicts.states
        if verdicts.as_of is not None:
            self._cursors[market] = verdicts.as_of
        new = [one for one in verdicts.deliveries if one.id not in self._said]
        self._said |= {one.id for one in new}
        if new:
            self._say(new)

    async def cursor(self, market: str) -> BlockRef | None:
        return self._cursors.get(market)

    async def roll_back(
        self, market: str, to: int, keep: Keep = as_before
    ) -> dict[StateKey, RuleState | None]:
        journal = self._journals[market]
        gone = [one for one in journal if one.block > to]
        if not gone:
            return {}
        self._journals[market] = [one for one in journal if one.block <= to]
        before: dict[StateKey, RuleState | None] = {}
        chain = market.removeprefix(FLOWS)
        for undo in reversed(gone):
            before |= undo.states
            if undo.flows:
                self._flows.undo(int(chain), undo.flows)
        if chain != market:
            self._flows.cut(int(chain), to)
        cursor = gone[0].cursor
        if cursor is None:
            self._cursors.pop(market, None)
        else:
            self._cursors[market] = cursor
        left = {key: keep(self._states.get(key), old) for key, old in before.items()}
        for key, state in left.items():
            if state is None:
                self._states.pop(key, None)
            else:
                self._states[key] = state
        return left

    async def drop(self, gone: Collection[StateKey]) -> None:
        for key in gone:
            self._states.pop(key, None)


def _put(table: dict[K, str], change: Mapping[K, str]) -> None:
    """Empty text = forget it."""
    for name, text in change.items():
        if text:
            table[name] = text
        else:
            table.pop(name, None)
