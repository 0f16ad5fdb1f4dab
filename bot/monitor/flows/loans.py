"""The loans behind a flow: whose they may be, what they are now and were before.

A chain that is silent holds nothing up for longer than `WITHIN_S`: an alert then says that it was not asked.
"""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from bot.domain.flow_rules import FLOOR
from bot.domain.flows import LoanBehind, Relation
from bot.domain.hops import Trail
from bot.domain.observations import MoveKind
from bot.domain.positions import Owed, Position, Supplied
from bot.domain.transfers import USD_UNIT, LoanMove, TransfersSeen
from bot.domain.units import Address, Asset, BaseAmount, BlockRef, RawAmount
from bot.errors import SourceError
from bot.monitor.flows.people import Wallets
from bot.ports import ChainQuery, Clock, LoansBefore

log = structlog.get_logger()

WITHIN_S: Final = 4.0
"""For the answers that one block needs."""
AFTER_SILENCE_S: Final = 30.0
"""A chain that gave no answer is not asked again before; else each block of a pause would wait."""
ACCOUNTS_MOST: Final = 100
"""Asked of in one block: the flows worth most go first."""
LOANS_MOST: Final = 3
DAY_S: Final = 24 * 3600
LARGE: Final = 1_000_000 * USD_UNIT
"""A move in a market from which on the position before it is looked up."""
SNAPSHOTS_MOST: Final = 1_000
WORDS_MOST: Final = 4
"""Reserves whose stored words are kept with a position of before, so that it stays below 6 kB. They tell the
price of a basket's lead that is not held; of a position in more reserves that is left out.
"""


@dataclass(frozen=True, slots=True)
class Suspect:
    """An account that may be behind a flow."""

    account: Address
    relation: Relation
    path: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """What markets said of accounts at one block. `unread`: titles of those that did not answer."""

    positions: Mapping[Address, tuple[Position, ...]] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


class Loans:
    """Of one chain's flows. `titles` are those of all watched markets, for when none could be asked."""

    def __init__(self, query: ChainQuery, clock: Clock, titles: Sequence[str] = ()) -> None:
        self._query = query
        self._clock = clock
        self._titles = tuple(titles)
        self._silent_until = 0.0
        self._before: OrderedDict[Address, LoansBefore] = OrderedDict()
        self.noted: tuple[LoansBefore, ...] = ()
        """Of the block noted last."""

    @property
    def oldest(self) -> int:
        """Nothing is kept of blocks before this one; 0 = nothing at all."""
        return next((one.as_of.number for one in self._before.values()), 0)

    def restore(self, kept: Iterable[LoansBefore]) -> None:
        """What was `noted`, in the order of the blocks."""
        self._keep(kept)

    async def note(
        self, seen: TransfersSeen, parent: BlockRef | None, always: Collection[Address] = ()
    ) -> None:
        """Keep what large movers, and accounts in `always`, had at the block before; nothing when that is not
        known.
        """
        self.undo(seen.as_of.number - 1)  # what is decided anew
        self.noted = ()
        oldest = seen.as_of.timestamp - DAY_S
        while self._before and next(iter(self._before.values())).as_of.timestamp < oldest:
            self._before.popitem(last=False)
        movers = {
            move.account: None
            for move in seen.loans
            if move.account not in self._before
            and (move.account in always or (seen.value(move.asset, move.amount) or 0) >= LARGE)
        }
        if not movers or parent is None or seen.missed:
            return  # blocks come one after the other, so the one decided last is the one before
        asked = sorted(list(movers)[:ACCOUNTS_MOST])  # the order in which the store gives them back
        found = await self._ask(seen.chain_id, asked, parent)
        if found.unread and not found.positions:
            return
        self.noted = tuple(
            LoansBefore(one, seen.as_of, tuple(map(_lean, found.positions.get(one, ())))) for one in asked
        )
        self._keep(self.noted)

    def undo(self, to: int) -> None:
        """Forget what was looked up for blocks above `to`."""
        while self._before and next(reversed(self._before.values())).as_of.number > to:
            self._before.popitem()

    async def of(self, chain_id: int, accounts: Sequence[Address]) -> Answers:
        """Positions with debt now, in every watched market."""
        asked = list(dict.fromkeys(accounts))[:ACCOUNTS_MOST]
        return await self._ask(chain_id, asked, None) if asked else Answers()

    def behind(
        self, suspects: Sequence[Suspect], answers: Answers, trail: Trail, seen: TransfersSeen
    ) -> tuple[LoanBehind, ...]:
        """The nearest to liquidation first."""
        found = [
            self._behind(suspect, position, trail, seen)
            for suspect in suspects
            for position in answers.positions.get(suspect.account, ())
        ]
        found.sort(key=lambda loan: (loan.now.health_factor, loan.now.market))
        return tuple(found[:LOANS_MOST])

    # ---- inside ---------------------------------------------------------------------------------

    def _keep(self, more: Iterable[LoansBefore]) -> None:
        self._before |= {one.account: one for one in more}
        while len(self._before) > SNAPSHOTS_MOST:
            self._before.popitem(last=False)

    def _behind(self, suspect: Suspect, now: Position, trail: Trail, seen: TransfersSeen) -> LoanBehind:
        since = seen.as_of.timestamp - DAY_S
        moves = [one for one in trail.moves(suspect.account, since) if one.market == now.market]
        snapshot = self._before.get(suspect.account)
        before = snapshot.positions if snapshot else ()
        withdrawn: dict[Asset, int] = defaultdict(int)
        for move in moves:
            if move.kind is MoveKind.WITHDRAW:
                withdrawn[move.asset] += move.amount
        return LoanBehind(
            account=suspect.account,
            relation=suspect.relation,
            now=now,
            before=next((one for one in before if one.market == now.market), None) if moves else None,
            debt_change=BaseAmount(sum(_debt(move, now, seen) for move in moves)),
            withdrawn=tuple((asset, RawAmount(amount)) for asset, amount in withdrawn.items()),
            since=trail.first_move(suspect.account, since) if moves else 0,
            path=suspect.path,
        )

    async def _ask(self, chain_id: int, accounts: Sequence[Address], at: BlockRef | None) -> Answers:
        if self._clock() < self._silent_until:
            return Answers(unread=self._titles)
        try:
            async with asyncio.timeout(WITHIN_S):
                positions, unread = await self._query.loans(chain_id, accounts, at)
        except (SourceError, TimeoutError) as error:
            self._silent_until = self._clock() + AFTER_SILENCE_S
            log.warning("loans could not be asked", chain=chain_id, why=str(error) or "no answer in time")
            return Answers(unread=self._titles)
        by_account: dict[Address, list[Position]] = defaultdict(list)
        for one in positions:
            by_account[one.account].append(one)
        return Answers({account: tuple(some) for account, some in by_account.items()}, unread)


def suspects(
    person: Address, wallets: Wallets, trail: Trail, at: int, value: BaseAmount
) -> tuple[Suspect, ...]:
    """Who sent, the other wallets of its owner, and whose coins reached it; each account once."""
    found = {person: Suspect(person, Relation.SENDER)}
    for other in sorted(wallets.others(person)):
        found.setdefault(other, Suspect(other, Relation.OWNER))
    for path in trail.behind(person, at, value):
        found.setdefault(path[0], Suspect(path[0], Relation.FUNDED, path))
    return tuple(found.values())


def _lean(position: Position) -> Position:
    """Without the words behind it, where those are many."""
    many = position.origin is not None and len(position.origin.market.reserves) > WORDS_MOST
    return replace(position, origin=None) if many else position


def eased_in(seen: TransfersSeen) -> frozenset[Address]:
    """Accounts that repaid or put in more than dust in a block: what was told of their loans is not so any
    more. Dust is what anybody can repay for anybody at each block.
    """
    return frozenset(
        move.account
        for move in seen.loans
        if move.kind in (MoveKind.REPAY, MoveKind.SUPPLY)
        and (seen.value(move.asset, move.amount) or 0) >= FLOOR
    )


def _debt(move: LoanMove, position: Position, seen: TransfersSeen) -> int:
    """What a move added to the debt, in the market's base units at today's price."""
    if move.kind not in (MoveKind.BORROW, MoveKind.REPAY):
        return 0
    parts: list[Owed | Supplied] = [*position.owed, *position.supplied]
    price = next((part.price for part in parts if part.asset.address == move.asset.address), None)
    if price is None:
        dollars = seen.value(move.asset, move.amount)
        worth = 0 if dollars is None else dollars * position.base_unit // USD_UNIT
    else:
        worth = move.amount * price // move.asset.unit
    return worth if move.kind is MoveKind.BORROW else -worth
