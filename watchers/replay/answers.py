"""What a replay answers to commands, at its own time: the ports that `watchers.aave` fits for live chains."""

from collections.abc import Collection
from dataclasses import replace

from bot.domain.aave_state import AccountState, MarketState
from bot.domain.aave_v3 import UnreadError
from bot.domain.observations import PriceSeen
from bot.domain.positions import Position
from bot.domain.units import Address, BlockRef
from bot.domain.whatif.hypothetical import NOBODY
from bot.errors import SourceError
from bot.ports import AccountSeen, FlowHealth, SourceHealth, WalletSeen
from watchers.aave.readings import Lens
from watchers.replay.happenings import Coded
from watchers.replay.replay import Replay, Snapshot, prices_of


class ReplayAnswers:
    """Fits `PositionQuery`, `PriceQuery`, `NameQuery`, `StateQuery`, `ChainQuery` and `Eyes`."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        episode = replay.episode
        told = (one for line in episode.happens if isinstance(line, Coded) for one in line.accounts)
        self._coded = frozenset((*(one.address for one in episode.wallets if one.contract), *told))
        self._titles = {one.key: one.title for one in replay.episode.markets}

    def _market(self, key: str) -> MarketState:
        if key not in self._titles:
            raise SourceError(f"{key}: is not in this episode")
        if self._replay.block is None:
            raise SourceError(f"{key}: the episode has not begun")
        return self._replay.books.markets[key]

    def _markets(self, key: str) -> tuple[MarketState, ...]:
        return tuple(self._market(one) for one in self._titles if not key or one == key)

    async def wallet(self, address: Address, market: str = "") -> WalletSeen:
        found, unread = [], []
        for state in self._markets(market):
            account = self._replay.books.account(state.market, address)
            try:
                found.append(Lens(state).position(account))
            except UnreadError:
                unread.append(self._titles[state.market])
        return WalletSeen(tuple(one for one in found if not one.is_empty), unread=tuple(unread))

    async def prices(self, symbol: str, market: str = "") -> tuple[PriceSeen, ...]:
        wanted = symbol.casefold()
        return tuple(
            price
            for state in self._markets(market)
            for price in prices_of(state).values()
            if wanted in {price.asset.symbol.casefold(), price.asset.address.casefold()}
        )

    def symbols(self) -> tuple[str, ...]:
        states = self._replay.books.markets.values()
        return tuple(
            dict.fromkeys(reserve.asset.symbol for state in states for reserve in state.reserves.values())
        )

    async def resolve(self, name: str) -> Address | None:
        """By what the episode calls a wallet; it knows no ENS."""
        wanted = name.casefold()
        wallets = self._replay.episode.wallets
        return next((one.address for one in wallets if one.label.casefold() == wanted), None)

    async def name_of(self, address: Address) -> str:  # noqa: ARG002  the port's
        return ""

    async def account(self, address: Address, market: str) -> AccountSeen:
        """Without liquidity, which no episode has: what-ifs say which checks were left out."""
        state = self._market(market)
        nobody = AccountState(NOBODY, 0, 0, ())
        return AccountSeen(state, self._replay.books.account(market, address) if address else nobody, {})

    async def contracts(self, chain_id: int, addresses: Collection[Address]) -> frozenset[Address]:  # noqa: ARG002
        return self._coded & frozenset(addresses)

    async def loans(
        self, chain_id: int, accounts: Collection[Address], at: BlockRef | None = None
    ) -> tuple[tuple[Position, ...], tuple[str, ...]]:
        found, unread = [], []
        for key in self._titles:
            if at is not None and self._replay.episode.chain_of(key) != chain_id:
                continue
            snapshot = self._snapshot(key, chain_id, at)
            if snapshot is None:
                unread.append(self._titles[key])
                continue
            state = replace(snapshot.markets[key], as_of=at or snapshot.markets[key].as_of)
            owing = [held for one in sorted(set(accounts)) if (held := snapshot.accounts.get((key, one)))]
            try:
                found += [one for account in owing if (one := Lens(state).position(account)).has_debt]
            except UnreadError:
                unread.append(self._titles[key])
        return tuple(found), tuple(unread)

    def _snapshot(self, market: str, chain_id: int, at: BlockRef | None) -> Snapshot | None:
        if at is not None and chain_id in self._replay.recorded_chains:
            return self._replay.words_at(market, at)
        return self._replay.at(at or self._replay.block or BlockRef(0, "", 0))

    def flow_health(self) -> tuple[FlowHealth, ...]:
        """An episode tells every transfer that is in it."""
        replay = self._replay
        title = f"episode {replay.episode.head.name}"
        return tuple(
            FlowHealth(chain_id, title, replay.block, replay.clock(), endpoint=title)
            for chain_id in replay.episode.chains
        )

    def health(self) -> tuple[SourceHealth, ...]:
        name = self._replay.episode.head.name
        return tuple(
            SourceHealth(
                market=key,
                title=title,
                head=self._replay.block,
                seen_at=self._replay.clock(),
                endpoint=f"episode {name}",
                accounts=sum(market == key for market, _ in self._replay.books.accounts),
                basis="computed",
            )
            for key, title in self._titles.items()
        )
