"""What the logs of a life say, before dollars are known: moves in one chain's markets, coins to and from
labelled exchanges. Pure; called by `story`. Logs of another shape are another's and are dropped.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.domain.aave_revisions import rounding_of
from bot.domain.fixed_point import ray_mul, ray_mul_floor
from bot.domain.labels import Label, Labels
from bot.domain.positions import Rounding
from bot.domain.story.events import EventKind
from bot.domain.units import Address
from watchers.aave import abi
from watchers.aave.structure import Listed, Structure
from watchers.evm.logs import Log
from watchers.evm.words import ADDRESS_MASK, checksummed
from watchers.flows.abi import TRANSFER

_SHAPES: Final = {
    abi.SUPPLY: (4, 2),
    abi.WITHDRAW: (4, 1),
    abi.BORROW: (4, 2),
    abi.REPAY: (4, 2),
    abi.LIQUIDATION: (4, 3),
    abi.BALANCE_TRANSFER: (3, 2),
    TRANSFER: (3, 1),
}
_MOVES: Final = {
    abi.SUPPLY: EventKind.SUPPLY,
    abi.WITHDRAW: EventKind.WITHDRAW,
    abi.BORROW: EventKind.BORROW,
    abi.REPAY: EventKind.REPAY,
}


@dataclass(frozen=True, slots=True)
class Told:
    """One move as the logs have it. `debt` and `repaid` are of liquidations."""

    kind: EventKind
    log: Log
    place: "Place"
    account: Address
    listed: Listed
    amount: int
    other: Address | None = None
    in_kind: bool = False
    debt: Listed | None = None
    repaid: int = 0
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """One market's contracts, by number."""

    market: str
    chain_id: int
    structure: Structure
    gateway: Address | None
    """Through it people withdraw the chain's own coin: aTokens that it gets are a withdrawal."""
    assets: Mapping[int, Listed] = field(default_factory=dict)
    tokens: Mapping[int, Listed] = field(default_factory=dict)

    @classmethod
    def of(cls, market: str, chain_id: int, structure: Structure, gateway: Address | None) -> "Place":
        return cls(
            market,
            chain_id,
            structure,
            gateway,
            {int(one.asset.address, 16): one for one in structure.reserves},
            {int(one.a_token, 16): one for one in structure.reserves},
        )


def told(
    logs: Sequence[Log], places: Sequence[Place], accounts: Collection[Address], labels: Labels
) -> list[Told]:
    """Everything that happened to the accounts, in the logs' order."""
    mine = {int(account, 16): account for account in accounts}
    pools = {int(place.structure.pool, 16): place for place in places}
    tokens = {number: place for place in places for number in place.tokens}
    coins = {number: place for place in reversed(places) for number in place.assets}
    found: list[Told] = []
    for log in (one for one in logs if _whole(one)):
        if log.address in pools and log.topics[0] == abi.LIQUIDATION:
            found = _liquidated(found, log, pools[log.address], mine)
        elif log.address in pools:
            found.extend(_moved(log, pools[log.address], mine))
        elif log.address in tokens and log.topics[0] == abi.BALANCE_TRANSFER:
            found.extend(_handed_on(log, tokens[log.address], mine))
        elif log.address in coins and log.topics[0] == TRANSFER:
            found.extend(_transferred(log, coins[log.address], mine, labels))
    return [one for one in found if one.amount > 0]


def _whole(log: Log) -> bool:
    topics, words = _SHAPES.get(log.topics[0], (-1, 0)) if log.topics else (-1, 0)
    named = log.topics[1:]
    return len(named) + 1 == topics and len(log.words) >= words and all(one <= ADDRESS_MASK for one in named)


def _moved(log: Log, place: Place, mine: Mapping[int, Address]) -> Iterator[Told]:
    kind, listed, account = (
        _MOVES.get(log.topics[0]),
        place.assets.get(log.topics[1]),
        mine.get(log.topics[2]),
    )
    if kind is None or listed is None or account is None:
        return
    if kind in (EventKind.SUPPLY, EventKind.BORROW):
        other, amount = log.words[0] & ADDRESS_MASK, log.words[1]
    else:
        other, amount = log.topics[3], log.words[0]
    in_kind = kind is EventKind.REPAY and bool(log.words[1])
    yield Told(kind, log, place, account, listed, amount, checksummed(other), in_kind)


def _liquidated(found: list[Told], log: Log, place: Place, mine: Mapping[int, Address]) -> list[Told]:
    """Receipts (aTokens) that left just before, for the liquidator or as the protocol's fee, are no
    sending of its own; the event's amount is without the fee, which the account lost as well.
    """
    collateral, debt = place.assets.get(log.topics[1]), place.assets.get(log.topics[2])
    account = mine.get(log.topics[3])
    if collateral is None or debt is None or account is None:
        return found
    repaid, seized, number = log.words[:3]
    liquidator = checksummed(number & ADDRESS_MASK)
    taken = [
        one
        for one in found
        if one.kind is EventKind.SENT
        and (one.log.tx, one.account, one.listed, one.place) == (log.tx, account, collateral, place)
    ]
    seized += sum(one.amount for one in taken if one.other != liquidator)
    rest = [one for one in found if one not in taken]
    loss = Told(
        EventKind.LIQUIDATED, log, place, account, collateral, seized, liquidator, debt=debt, repaid=repaid
    )
    return [*rest, loss]


def _handed_on(log: Log, place: Place, mine: Mapping[int, Address]) -> Iterator[Told]:
    """BalanceTransfer carries the scaled amount and the index, in every release."""
    giver, taker = log.topics[1:]
    if giver == taker:
        return
    listed = place.tokens[log.address]
    half_up = rounding_of(place.structure.revision) is Rounding.HALF_UP
    amount = (ray_mul if half_up else ray_mul_floor)(log.words[0], log.words[1])
    if giver in mine:
        other = checksummed(taker)
        kind = EventKind.WITHDRAW if other == place.gateway else EventKind.SENT
        yield Told(kind, log, place, mine[giver], listed, amount, other)
    if taker in mine:
        yield Told(EventKind.RECEIVED, log, place, mine[taker], listed, amount, checksummed(giver))


def _transferred(log: Log, place: Place, mine: Mapping[int, Address], labels: Labels) -> Iterable[Told]:
    """A coin between an account and an exchange; nobody else is known."""
    giver, taker = log.topics[1:]
    listed, amount = place.assets[log.address], log.words[0]
    if (giver in mine) == (taker in mine):
        return
    account, other = (mine[giver], checksummed(taker)) if giver in mine else (mine[taker], checksummed(giver))
    label = labels.get(place.chain_id, other)
    if label is None or (giver in mine and not label.kind.takes_deposits):
        return
    kind = EventKind.TO_EXCHANGE if giver in mine else EventKind.FROM_EXCHANGE
    yield Told(kind, log, place, account, listed, amount, other, label=label)
