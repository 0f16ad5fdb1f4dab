"""What happened in a position's life, dated: moves in lending markets, and coins to and from exchanges.

Made by whoever read a past (`watchers.aave.story`, an episode); `bot.domain.story.told` makes a story of it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.baskets import Basket
from bot.domain.flows import Flow, FlowKind
from bot.domain.transfers import NATIVE
from bot.domain.units import Address, Asset, BaseAmount, RawAmount

WHOLE: Final = 10**18
"""One whole coin in every quantity."""


class EventKind(StrEnum):
    """What was done, or was done to the account."""

    SUPPLY = "supply"
    WITHDRAW = "withdraw"
    BORROW = "borrow"
    REPAY = "repay"
    RECEIVED = "received"
    """Supplied coins came from another account, as aTokens."""
    SENT = "sent"
    """Supplied coins went to another account."""
    LIQUIDATED = "liquidated"
    FROM_EXCHANGE = "from_exchange"
    TO_EXCHANGE = "to_exchange"


class Priced(StrEnum):
    """Where an event's dollars are from."""

    ORACLE = "oracle"
    """The market's oracle at the event's block."""
    KEPT = "kept"
    """A price that we kept ourselves, from about that time."""
    TOLD = "told"
    """By whoever reported the event."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `value` is in dollars (`bot.domain.transfers.USD_UNIT`), None = not known."""

    kind: EventKind
    at: int
    """Unix seconds of the block."""
    block: int
    index: int
    """Its place in the block."""
    tx: str
    account: Address
    asset: Asset
    """Of LIQUIDATED what was seized."""
    amount: RawAmount
    family: str
    """What people mean by the asset: `Families.key`."""
    quantity: int | None
    """Coins of the family's lead that this is worth, `WHOLE` to the coin; None = cannot be known."""
    value: BaseAmount | None
    market: str = ""
    exchange: str = ""
    other: Address | None = None
    """Who paid, received or liquidated, where known."""
    in_kind: bool = False
    """Of REPAY: with what was supplied, no coin came from outside."""
    debt: Asset | None = None
    repaid: RawAmount = RawAmount(0)
    repaid_value: BaseAmount | None = None
    """Of LIQUIDATED: what the liquidator repaid."""
    priced: Priced = Priced.UNKNOWN
    source: str = ""
    """Where it is known from when not from the chain's own logs: a label's source family, a report."""
    link: str = ""
    """Where that source can be read."""
    certainty: str = ""
    """Of that source; empty = the chain's own word."""

    @property
    def penalty(self) -> int | None:
        """Seized less repaid, at the block's prices; None = not known or no liquidation."""
        if self.debt is None or self.value is None or self.repaid_value is None:
            return None
        return self.value - self.repaid_value

    @property
    def order(self) -> tuple[int, int, int, str, str, str, int]:
        """As it happened; events without a place stand in an order of their own, always the same."""
        return (self.at, self.block, self.index, self.tx, self.kind, self.asset.address, self.amount)


@dataclass(frozen=True, slots=True)
class Families:
    """Which assets are spoken of as one: the members of a basket, and a chain's own coin with its wrapper."""

    baskets: tuple[Basket, ...] = ()

    def basket(self, asset: Asset) -> Basket | None:
        if asset.address == NATIVE:
            return next((one for one in self.baskets if _wraps(one, asset)), None)
        return next((one for one in self.baskets if one.has(asset)), None)

    def key(self, asset: Asset) -> str:
        basket = self.basket(asset)
        return basket.key if basket else f"{asset.chain_id}/{asset.address}"

    def lead(self, asset: Asset) -> Address | None:
        """The contract of its family's lead on its chain; None where it stands alone."""
        basket = self.basket(asset)
        return basket.lead(asset.chain_id) if basket else None

    def quantity(self, asset: Asset, amount: int, price: int | None, lead_price: int | None) -> int | None:
        """In coins of the lead: one to one for the lead and the chain's coin, others by price, rounded down.

        Prices are those of the same block; None where one is needed and not known.
        """
        basket = self.basket(asset)
        plain = amount * WHOLE // asset.unit
        if basket is None or asset.address in (NATIVE, basket.lead(asset.chain_id)):
            return plain
        if not price or not lead_price:
            return None
        return amount * WHOLE * price // (asset.unit * lead_price)


def _wraps(basket: Basket, native: Asset) -> bool:
    """Whether the lead of a basket is the wrapper of a chain's coin."""
    wrapper = f"w{native.symbol}".casefold()
    return any(
        one.lead and one.chain_id == native.chain_id and one.symbol.casefold() == wrapper
        for one in basket.members
    )


def event_of(flow: Flow, accounts: Collection[Address], families: Families) -> Event | None:
    """A flow as an event of these accounts; None when it is none of theirs.

    What needs a price to be measured is not: a flow has its dollars, and no price of the family's lead.
    """
    if flow.kind is FlowKind.INFLOW and flow.sender in accounts:
        kind, account, other = EventKind.TO_EXCHANGE, flow.sender, flow.receiver
    elif flow.kind is FlowKind.OUTFLOW and flow.receiver in accounts:
        kind, account, other = EventKind.FROM_EXCHANGE, flow.receiver, flow.sender
    else:
        return None
    return Event(
        kind,
        flow.at,
        flow.block,
        _index(flow.id),
        flow.tx,
        account,
        flow.asset,
        flow.amount,
        families.key(flow.asset),
        families.quantity(flow.asset, flow.amount, None, None),
        flow.value,
        exchange=flow.exchange,
        other=other,
        priced=Priced.UNKNOWN if flow.value is None else Priced.ORACLE,
        source=flow.source,
        certainty=flow.confidence.value,
    )


def _index(flow_id: str) -> int:
    """The place in its block that a flow's id ends with; 0 where it has none."""
    last = flow_id.partition("#")[0].rpartition(":")[2]
    return int(last) if last.isdecimal() else 0
