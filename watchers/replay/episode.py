"""An episode as a value: what holds throughout, and what happens, in the order of time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from bot.domain.labels import Label
from bot.domain.units import Address, Asset
from watchers.replay.happenings import Timed
from watchers.replay.setting import (
    EModeLine,
    Figure,
    Head,
    LabelLine,
    MarketLine,
    Note,
    Record,
    ReserveLine,
    Source,
    Token,
    Wallet,
)

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Episode:
    """Everything that is in an episode's file. `happens` is sorted by time, equal times as in the file."""

    head: Head
    notes: tuple[Note, ...] = ()
    sources: tuple[Source, ...] = ()
    assets: tuple[Token, ...] = ()
    markets: tuple[MarketLine, ...] = ()
    reserves: tuple[ReserveLine, ...] = ()
    emodes: tuple[EModeLine, ...] = ()
    wallets: tuple[Wallet, ...] = ()
    labels: tuple[LabelLine, ...] = ()
    figures: tuple[Figure, ...] = ()
    happens: tuple[Timed, ...] = ()

    @classmethod
    def of(cls, records: Iterable[Record]) -> "Episode":
        """From its lines in any order; the first head counts."""
        by_kind: dict[type[Record], list[Record]] = {}
        happens: list[Timed] = []
        for record in records:
            if isinstance(record, Timed):
                happens.append(record)
            else:
                by_kind.setdefault(type(record), []).append(record)

        def all_of(kind: type[R]) -> tuple[R, ...]:
            return tuple(one for one in by_kind.get(kind, ()) if isinstance(one, kind))

        happens.sort(key=lambda one: one.at)
        return cls(
            head=all_of(Head)[0],
            notes=all_of(Note),
            sources=all_of(Source),
            assets=all_of(Token),
            markets=all_of(MarketLine),
            reserves=all_of(ReserveLine),
            emodes=all_of(EModeLine),
            wallets=all_of(Wallet),
            labels=all_of(LabelLine),
            figures=all_of(Figure),
            happens=tuple(happens),
        )

    def records(self) -> Iterator[Record]:
        """Every line, in the order in which they are written."""
        yield self.head
        groups = (self.notes, self.sources, self.assets, self.markets, self.reserves, self.emodes)
        for group in (*groups, self.wallets, self.labels, self.figures, self.happens):
            yield from group

    # ---- what it names --------------------------------------------------------------------------------

    @cached_property
    def _assets(self) -> dict[tuple[int, str], Asset]:
        """By chain and by symbol or address; a symbol that two assets have names neither."""
        found: dict[tuple[int, str], Asset] = {}
        twice = set()
        for one in self.assets:
            asset = Asset(one.chain_id, one.address, one.symbol, one.decimals)
            found[one.chain_id, one.address] = asset
            key = one.chain_id, one.symbol
            if key in found:
                twice.add(key)
            found[key] = asset
        return {key: asset for key, asset in found.items() if key not in twice}

    def asset(self, chain_id: int, ref: str) -> Asset | None:
        """The asset that a line means by `ref`."""
        return self._assets.get((chain_id, ref))

    @cached_property
    def _chains(self) -> dict[str, int]:
        return {one.key: one.chain_id for one in self.markets}

    def chain_of(self, market: str) -> int | None:
        return self._chains.get(market)

    @cached_property
    def listed(self) -> frozenset[tuple[str, str]]:
        """(market, symbol or address) of every reserve."""
        found = set()
        for one in self.reserves:
            found.add((one.market, one.asset))
            asset = self.asset(self._chains.get(one.market, 0), one.asset)
            if asset:
                found |= {(one.market, asset.symbol), (one.market, str(asset.address))}
        return frozenset(found)

    @property
    def chains(self) -> tuple[int, ...]:
        """Every chain of its assets, in order."""
        return tuple(sorted({one.chain_id for one in self.assets}))

    @property
    def watched(self) -> tuple[Wallet, ...]:
        return tuple(one for one in self.wallets if one.watched)

    def named(self, address: Address) -> Wallet | None:
        return next((one for one in self.wallets if one.address == address), None)

    def exchange_labels(self) -> tuple[Label, ...]:
        """Its labels as the rest of the house knows them."""
        return tuple(
            Label(
                chain_id=one.chain_id,
                address=one.address,
                exchange=one.exchange,
                kind=one.kind,
                confidence=one.confidence,
                sources=one.sources,
                seen=one.seen,
                note=one.note,
            )
            for one in self.labels
        )
