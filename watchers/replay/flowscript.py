"""A chain's transfers as lines of an episode, as `transcript` does it for markets. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from bot.domain.labels import Labels
from bot.domain.transfers import TransfersSeen
from bot.domain.units import Address, BaseAmount
from watchers.replay.amounts import Amount
from watchers.replay.happenings import ChainBlock, Coded, LoanLine, Sending
from watchers.replay.setting import Certainty, LabelLine, Record
from watchers.replay.transcript import Transcript

RECORDED = Certainty.RECORDED
USD_PLACES = 8


class Flowscript:
    """Of one file, beside its transcript."""

    def __init__(self, beside: Transcript) -> None:
        self._beside = beside
        self._prices: dict[int, dict[Address, BaseAmount]] = defaultdict(dict)
        self._labelled: set[tuple[int, Address]] = set()
        self._coded: set[tuple[int, Address]] = set()

    def block(
        self, seen: TransfersSeen, coded: Iterable[Address], labels: Labels, now: int
    ) -> Iterator[Record]:
        """A block decided at `now` with these labels; `coded` are accounts that were found to have code."""
        yield from self._named(seen, labels)
        new = sorted({one for one in coded if (seen.chain_id, one) not in self._coded})
        self._coded |= {(seen.chain_id, one) for one in new}
        for first in range(0, len(new), 1_000):
            some = tuple(new[first : first + 1_000])
            yield Coded(at=now, certainty=RECORDED, chain_id=seen.chain_id, accounts=some)
        for asset in (*(one.asset for one in seen.transfers), *(one.asset for one in seen.loans)):
            yield from self._beside.asset(asset.chain_id, asset.address, asset.symbol, asset.decimals)
        for move in seen.transfers:
            yield Sending(
                at=now,
                certainty=RECORDED,
                asset=str(move.asset.address),
                amount=Amount.of(move.amount, move.asset.decimals),
                sender=move.sender,
                receiver=move.receiver,
                channel=move.channel,
                origin=move.origin,
                tx=move.tx,
                index=move.index,
                chain_id=seen.chain_id,
            )
        for loan in seen.loans:
            yield LoanLine(
                at=now,
                certainty=RECORDED,
                chain_id=seen.chain_id,
                pool=loan.market,
                kind=loan.kind,
                account=loan.account,
                other=loan.other,
                asset=str(loan.asset.address),
                amount=Amount.of(loan.amount, loan.asset.decimals),
                tx=loan.tx,
                index=loan.index,
            )
        priced = seen.priced_at
        yield ChainBlock(
            at=now,
            certainty=RECORDED,
            chain_id=seen.chain_id,
            number=seen.as_of.number,
            hash=seen.as_of.hash,
            timestamp=seen.as_of.timestamp,
            prices=self._changed(seen),
            priced_number=priced.number if priced else 0,
            priced_hash=priced.hash if priced else "",
            priced_timestamp=priced.timestamp if priced else 0,
            wrapper=seen.wrapper or Address(""),
            traced=seen.traced,
            missed=seen.missed,
        )

    def _named(self, seen: TransfersSeen, labels: Labels) -> Iterator[Record]:
        """Whose the addresses are that take part, as we knew it when they first did; without any note."""
        for address in (end for move in seen.transfers for end in (move.sender, move.receiver)):
            place = seen.chain_id, address
            label = labels.get(*place)
            if label is None or place in self._labelled:
                continue
            self._labelled.add(place)
            yield LabelLine(
                address=address,
                exchange=label.exchange[:64],
                kind=label.kind,
                confidence=label.confidence,
                sources=label.sources[:8],
                seen=label.seen,
                chain_id=seen.chain_id,
            )

    def _changed(self, seen: TransfersSeen) -> tuple[tuple[Address, Amount], ...]:
        known = self._prices[seen.chain_id]
        gone = {one: BaseAmount(0) for one in known if one not in seen.prices}
        found = {**gone, **{one: price for one, price in seen.prices.items() if known.get(one) != price}}
        self._prices[seen.chain_id] = dict(seen.prices)
        return tuple((one, Amount.of(price, USD_PLACES)) for one, price in sorted(found.items()))
