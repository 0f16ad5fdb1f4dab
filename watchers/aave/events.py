"""What logs say about watched accounts: who moved, and what they did, valued at the block's prices.

Pure; called by `watcher`. An account counts as moved wherever its address appears in a log of the market,
so that an event nobody here knows still makes us read the account again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.domain.aave_revisions import rounding_of
from bot.domain.fixed_point import ray_mul, ray_mul_floor
from bot.domain.observations import Liquidation, Move, MoveKind
from bot.domain.positions import Rounding
from bot.domain.units import Address, BaseAmount, RawAmount
from watchers.aave import abi
from watchers.aave.happened import Happened
from watchers.aave.structure import Listed, Structure
from watchers.evm.logs import Log
from watchers.evm.words import checksummed

_SWITCHES: Final = frozenset({MoveKind.COLLATERAL_ON, MoveKind.COLLATERAL_OFF})
_BY_TOPIC: Final = {
    abi.SUPPLY: MoveKind.SUPPLY,
    abi.WITHDRAW: MoveKind.WITHDRAW,
    abi.BORROW: MoveKind.BORROW,
    abi.REPAY: MoveKind.REPAY,
    abi.COLLATERAL_ON: MoveKind.COLLATERAL_ON,
    abi.COLLATERAL_OFF: MoveKind.COLLATERAL_OFF,
}


_SHAPES: Final = {
    abi.SUPPLY: (4, 2),
    abi.WITHDRAW: (4, 1),
    abi.BORROW: (4, 2),
    abi.REPAY: (4, 1),
    abi.COLLATERAL_ON: (3, 0),
    abi.COLLATERAL_OFF: (3, 0),
    abi.EMODE_SET: (2, 1),
    abi.LIQUIDATION: (4, 3),
    abi.BALANCE_TRANSFER: (3, 2),
}
"""Topics, and words of data that are read, of each event; a log of another shape is another's."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Values raw amounts of a market's assets; `by_index` has the last price read of each reserve."""

    structure: Structure
    by_index: Mapping[int, int]

    def value(self, reserve: Listed, amount: int) -> BaseAmount | None:
        """In base units, rounded down; None when the price was never read."""
        price = self.by_index.get(reserve.index)
        return None if price is None else BaseAmount(amount * price // reserve.asset.unit)


def moved(logs: Iterable[Log], watched: Mapping[int, Address]) -> set[Address]:
    """Watched accounts, by number, that any topic or word of any log names."""
    named = (value for log in logs for value in (*log.topics[1:], *log.words))
    return {watched[value] for value in named if value in watched}


def settings_changed(logs: Iterable[Log], structure: Structure) -> bool:
    """True when the configurator spoke: eModes may be others now."""
    configurator = int(structure.configurator, 16)
    return any(log.address == configurator for log in logs)


def _whole(log: Log) -> bool:
    topics, words = _SHAPES.get(log.topics[0], (-1, 0)) if log.topics else (-1, 0)
    return len(log.topics) == topics and len(log.words) >= words


def happened(logs: Sequence[Log], watched: Mapping[int, Address], prices: Prices) -> dict[Address, Happened]:
    """Moves and liquidations of watched accounts, from logs in their order.

    A collateral switch that only came along with a supply, withdrawal, transfer or liquidation of the same
    asset in the same transaction is part of that, and not told apart.
    """
    structure = prices.structure
    pool = int(structure.pool, 16)
    assets = {int(listed.asset.address, 16): listed for listed in structure.reserves}
    tokens = {int(listed.a_token, 16): listed for listed in structure.reserves}
    stories: dict[int, _Story] = {}
    for log in logs:
        read: Iterable[_Told] = ()
        if not _whole(log):
            continue
        if log.address == pool and log.topics[0] == abi.LIQUIDATION:
            if log.topics[3] in watched:
                _liquidated(stories.setdefault(log.topics[3], _Story()), log, assets, prices)
        elif log.address == pool:
            read = _pool_move(log, assets, prices)
        elif log.address in tokens:
            read = _transfer(log, tokens[log.address], prices)
        for told in read:
            if told.account in watched:
                stories.setdefault(told.account, _Story()).told.append(told)
    found = {watched[account]: story.end() for account, story in stories.items()}
    return {address: what for address, what in found.items() if what.moves or what.liquidations}


@dataclass(frozen=True, slots=True)
class _Told:
    """One move of one account; `other` is the other side of a transfer."""

    account: int
    move: Move
    other: int = 0


@dataclass(slots=True)
class _Story:
    """One account's logs as they come."""

    told: list[_Told] = field(default_factory=list)
    liquidations: list[Liquidation] = field(default_factory=list)

    def end(self) -> Happened:
        moves = [told.move for told in self.told]
        acted = {(move.tx, move.asset) for move in moves if move.kind not in _SWITCHES}
        acted |= {(one.tx, one.collateral) for one in self.liquidations}
        kept = [m for m in moves if m.kind not in _SWITCHES or (m.tx, m.asset) not in acted]
        return Happened(kept, self.liquidations)


def _liquidated(story: _Story, log: Log, assets: Mapping[int, Listed], prices: Prices) -> None:
    collateral, debt = assets.get(log.topics[1]), assets.get(log.topics[2])
    if collateral is None or debt is None:
        return  # of a reserve that was dropped since
    repaid, seized, liquidator = log.words[:3]
    # aTokens taken for the liquidator or as the protocol's fee left the account just before, as transfers:
    # they are no sending of its own. The event's amount is without the fee, which the account lost as well.
    taken = [
        told
        for told in story.told
        if told.move.kind is MoveKind.SENT and (told.move.tx, told.move.asset) == (log.tx, collateral.asset)
    ]
    story.told = [told for told in story.told if told not in taken]
    seized += sum(told.move.amount for told in taken if told.other != liquidator)
    story.liquidations.append(
        Liquidation(
            tx=log.tx,
            collateral=collateral.asset,
            seized=RawAmount(seized),
            seized_value=prices.value(collateral, seized) or BaseAmount(0),
            debt=debt.asset,
            repaid=RawAmount(repaid),
            repaid_value=prices.value(debt, repaid) or BaseAmount(0),
            liquidator=checksummed(liquidator),
        )
    )


def _pool_move(log: Log, assets: Mapping[int, Listed], prices: Prices) -> Iterator[_Told]:
    if log.topics[0] == abi.EMODE_SET:
        yield _Told(log.topics[1], Move(MoveKind.EMODE, log.tx, emode=log.words[0]))
        return
    kind, listed = _BY_TOPIC.get(log.topics[0]), assets.get(log.topics[1])
    if kind is None or listed is None:
        return
    if kind in _SWITCHES:
        yield _Told(log.topics[2], Move(kind, log.tx, listed.asset))
        return
    # Supply and Borrow carry their caller in the data before the amount; whose position it is, is topic 2.
    amount = log.words[1 if kind in {MoveKind.SUPPLY, MoveKind.BORROW} else 0]
    value = prices.value(listed, amount)
    yield _Told(log.topics[2], Move(kind, log.tx, listed.asset, RawAmount(amount), value))


def _transfer(log: Log, listed: Listed, prices: Prices) -> Iterator[_Told]:
    """BalanceTransfer carries the scaled amount and the index, in every release."""
    if log.topics[0] != abi.BALANCE_TRANSFER or log.topics[1] == log.topics[2]:
        return
    half_up = rounding_of(prices.structure.revision) is Rounding.HALF_UP
    amount = RawAmount((ray_mul if half_up else ray_mul_floor)(log.words[0], log.words[1]))
    value = prices.value(listed, amount)
    giver, taker = log.topics[1:]
    yield _Told(giver, Move(MoveKind.SENT, log.tx, listed.asset, amount, value), taker)
    yield _Told(taker, Move(MoveKind.RECEIVED, log.tx, listed.asset, amount, value), giver)
