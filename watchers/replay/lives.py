"""What happened in an episode as dated events of its accounts, with the line each is known from.

Used by `stories` only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.observations import Liquidation, Move, MoveKind
from bot.domain.story.events import Event, EventKind, Families, Priced
from bot.domain.transfers import Transfer
from bot.domain.units import Address, Asset, BaseAmount, BlockRef, RawAmount
from watchers.replay.happenings import Timed
from watchers.replay.setting import Source

Prices = Mapping[Address, BaseAmount]
"""Dollars a whole token, by contract."""

_NOTHING = RawAmount(0)
_KINDS = {
    MoveKind.SUPPLY: EventKind.SUPPLY,
    MoveKind.WITHDRAW: EventKind.WITHDRAW,
    MoveKind.BORROW: EventKind.BORROW,
    MoveKind.REPAY: EventKind.REPAY,
    MoveKind.RECEIVED: EventKind.RECEIVED,
    MoveKind.SENT: EventKind.SENT,
}


@dataclass(frozen=True, slots=True)
class Telling:
    """One block, and what its events need to be told."""

    families: Families
    sources: Mapping[str, Source]
    block: BlockRef
    prices: Prices
    lines: Mapping[str, Timed]
    """By transaction."""

    def moved(self, done: Move, account: Address, market: str, index: int) -> Event | None:
        """None for switches and eModes, which no story tells."""
        kind = _KINDS.get(done.kind)
        if kind is None or done.asset is None or not done.amount:
            return None
        return self._event(kind, done.asset, done.amount, account, done.tx, index, market=market)

    def liquidated(self, done: Liquidation, account: Address, market: str, index: int) -> Event | None:
        if not done.seized:
            return None
        return self._event(
            EventKind.LIQUIDATED,
            done.collateral,
            done.seized,
            account,
            done.tx,
            index,
            market=market,
            other=done.liquidator,
            debt=done.debt,
            repaid=done.repaid,
        )

    def traded(self, one: Transfer, index: int, *, outward: bool) -> Event:
        """One side of a transfer, as if the other were an exchange."""
        account, other = (one.sender, one.receiver) if outward else (one.receiver, one.sender)
        kind = EventKind.TO_EXCHANGE if outward else EventKind.FROM_EXCHANGE
        return self._event(kind, one.asset, one.amount, account, one.tx, index, other=other)

    def _event(
        self,
        kind: EventKind,
        asset: Asset,
        amount: RawAmount,
        account: Address,
        tx: str,
        index: int,
        *,
        market: str = "",
        other: Address | None = None,
        debt: Asset | None = None,
        repaid: RawAmount = _NOTHING,
    ) -> Event:
        line, lead = self.lines.get(tx), self.families.lead(asset)
        price = self.prices.get(asset.address)
        source = self.sources.get(line.source) if line else None
        return Event(
            kind,
            self.block.timestamp,
            self.block.number,
            index,
            # Transactions that nobody recorded are made up, and no explorer has them.
            tx if getattr(line, "tx", "") else "",
            account,
            asset,
            amount,
            self.families.key(asset),
            self.families.quantity(asset, amount, price, self.prices.get(lead) if lead else None),
            _value(asset, amount, price),
            market=market,
            other=other,
            debt=debt,
            repaid=repaid,
            repaid_value=_value(debt, repaid, self.prices.get(debt.address)) if debt else None,
            priced=Priced.UNKNOWN if price is None else Priced.ORACLE,
            source=source.text if source else "",
            link=source.url if source else "",
            certainty=line.certainty.value if line else "",
        )


def _value(asset: Asset, amount: int, price: int | None) -> BaseAmount | None:
    return None if price is None else BaseAmount(amount * price // asset.unit)
