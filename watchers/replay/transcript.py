"""What crossed the observers, as lines of an episode: each says only what is other than it was. Pure.

Nothing of chats comes near it: it is given blocks, and the wallets that are read from the chain.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.domain.aave_state import AccountState, EModeCategory, MarketState, ReserveState
from bot.domain.observations import BlockSeen, PositionSeen
from bot.domain.positions import Basis
from bot.domain.units import Address, Asset, BaseAmount
from watchers.replay.amounts import Amount
from watchers.replay.happenings import (
    AccountWords,
    BlockLine,
    LiquidationLine,
    Moved,
    Oracle,
    ReserveWords,
)
from watchers.replay.setting import (
    RATE_PLACES,
    Certainty,
    EModeLine,
    MarketLine,
    Record,
    ReserveLine,
    Token,
    Wallet,
)

RECORDED = Certainty.RECORDED


class UntellableError(Exception):
    """An episode has no words for what happened; the text says for what."""


@dataclass(slots=True)
class _Market:
    """What a reader of the file knows of one market."""

    state: MarketState
    reserves: dict[int, ReserveState] = field(default_factory=dict)
    prices: dict[int, BaseAmount] = field(default_factory=dict)
    accounts: dict[Address, AccountState] = field(default_factory=dict)


class Transcript:
    """Of one file. `titles` are the markets', by key."""

    def __init__(self, titles: dict[str, str]) -> None:
        self._titles = titles
        self._markets: dict[str, _Market] = {}
        self._assets: set[tuple[int, Address]] = set()
        self._wallets: set[Address] = set()

    def knows(self, market: str) -> bool:
        """Whether a block of it was written."""
        return market in self._markets

    def fits(self, state: MarketState) -> bool:
        """False where what holds throughout a file is another: a new one must begin."""
        known = self._markets.get(state.market)
        return known is None or (
            (known.state.revision, known.state.base_unit, known.state.emodes)
            == (state.revision, state.base_unit, state.emodes)
            and all(
                index in state.reserves and _listed(state.reserves[index]) == _listed(one)
                for index, one in known.reserves.items()
            )
        )

    def block(self, seen: BlockSeen, followed: Collection[Address], now: int) -> list[Record]:
        """A market's block, decided at `now`. Raises UntellableError; it is then not known any more what the
        reader knows.
        """
        state = seen.words
        if state is None:
            raise UntellableError("the block came without the market's words")
        lines: list[Record] = [*self._market(state)]
        known = self._markets[state.market]
        known.state = state
        lines += _prices(known, now)
        moved = [one for one in seen.positions if one.position.account in followed]
        told = [line for one in moved for line in self._account(known, one, now)]
        for glance in seen.glances:
            if glance.account in followed and glance.account not in known.accounts:
                told += self._account(known, glance.look(), now)
        for gone in known.accounts.keys() - set(followed):
            del known.accounts[gone]
        lines += [*_words(known, now), *told]
        at = seen.as_of
        lines.append(
            BlockLine(
                at=now,
                certainty=RECORDED,
                market=state.market,
                number=at.number,
                hash=at.hash,
                timestamp=at.timestamp,
                unread=tuple(one for one in seen.unread if one in followed),
            )
        )
        return lines

    def asset(self, chain_id: int, address: Address, symbol: str, decimals: int) -> Iterator[Record]:
        """Its line, unless it was written before."""
        if (chain_id, address) not in self._assets:
            self._assets.add((chain_id, address))
            yield Token(symbol=symbol[:128], address=address, decimals=decimals, chain_id=chain_id)

    # ---- inside ---------------------------------------------------------------------------------------

    def _market(self, state: MarketState) -> Iterator[Record]:
        """What holds throughout, once; reserves that are listed later, when they are."""
        new = state.market not in self._markets
        known = self._markets.setdefault(state.market, _Market(state))
        added = [one for index, one in sorted(state.reserves.items()) if index not in known.reserves]
        if new:
            places = len(str(state.base_unit)) - 1
            if state.base_unit != 10**places or not state.reserves:
                raise UntellableError(f"{state.market} has a currency of another kind")
            yield MarketLine(
                key=state.market,
                title=self._titles.get(state.market, state.market)[:100],
                revision=state.revision,
                chain_id=next(iter(state.reserves.values())).asset.chain_id,
                base_places=places,
            )
        for one in added:
            known.reserves[one.index] = one
            asset = one.asset
            yield from self.asset(asset.chain_id, asset.address, asset.symbol, asset.decimals)
            yield reserve_line(state.market, one)
        for emode in state.emodes.values() if new else ():
            yield emode_line(state, emode)

    def _account(self, known: _Market, seen: PositionSeen, now: int) -> Iterator[Record]:
        position, market = seen.position, known.state.market
        if position.basis is Basis.CONTRACT or position.origin is None:
            raise UntellableError(f"in {market} the contract's word counts, not our reckoning")
        account = position.origin.account
        if any(held.stable for held in account.holdings):
            raise UntellableError(f"in {market} somebody has stable debt")
        if account.account not in self._wallets:
            self._wallets.add(account.account)
            yield Wallet(address=account.account, watched=True)
        if seen.gap or known.accounts.get(account.account) != account:
            known.accounts[account.account] = account
            assets = {index: one.asset for index, one in known.state.reserves.items()}
            yield account_line(market, assets, account, now, gap=seen.gap)
        for move in seen.moves:
            yield Moved(
                at=now,
                certainty=RECORDED,
                market=market,
                account=account.account,
                kind=move.kind,
                tx=move.tx,
                asset=str(move.asset.address) if move.asset else "",
                amount=Amount.of(move.amount, move.asset.decimals) if move.asset else Amount(0),
                emode=move.emode,
            )
        for one in seen.liquidations:
            yield LiquidationLine(
                at=now,
                certainty=RECORDED,
                market=market,
                account=account.account,
                collateral=str(one.collateral.address),
                seized=Amount.of(one.seized, one.collateral.decimals),
                debt=str(one.debt.address),
                repaid=Amount.of(one.repaid, one.debt.decimals),
                liquidator=one.liquidator,
                tx=one.tx,
                told=True,
            )


def _listed(one: ReserveState) -> tuple[object, ...]:
    return one.asset, one.a_token, one.variable_debt_token


def _rates(one: ReserveState) -> dict[str, Any]:
    return {
        "supply_index": Amount.of(one.liquidity_index, RATE_PLACES),
        "supply_rate": Amount.of(one.liquidity_rate, RATE_PLACES),
        "debt_index": Amount.of(one.variable_borrow_index, RATE_PLACES),
        "debt_rate": Amount.of(one.variable_borrow_rate, RATE_PLACES),
    }


def reserve_line(market: str, one: ReserveState) -> ReserveLine:
    """A reserve as it is stored."""
    return ReserveLine(
        market=market,
        asset=str(one.asset.address),
        index=one.index,
        a_token=one.a_token,
        debt_token=one.variable_debt_token,
        configuration=one.configuration,
        updated=one.last_update,
        **_rates(one),
    )


def emode_line(state: MarketState, one: EModeCategory) -> EModeLine:
    """An eMode category. Raises UntellableError."""
    if one.price:
        raise UntellableError(f"in {state.market} an eMode has a price of its own")

    def assets(bitmap: int) -> tuple[str, ...]:
        return tuple(
            str(reserve.asset.address)
            for index, reserve in sorted(state.reserves.items())
            if bitmap >> index & 1
        )

    return EModeLine(
        market=state.market,
        id=one.id,
        label=one.label[:128],
        ltv_bps=one.ltv_bps,
        threshold_bps=one.threshold_bps,
        bonus_bps=one.bonus_bps,
        collateral=assets(one.collateral_bitmap),
        borrowable=assets(one.borrowable_bitmap),
        ltv_zero=assets(one.ltvzero_bitmap),
        isolated=one.isolated,
    )


def _prices(known: _Market, now: int) -> Iterator[Record]:
    state, places = known.state, len(str(known.state.base_unit)) - 1
    for index, reserve in sorted(state.reserves.items()):
        price = state.prices.get(index, BaseAmount(0))
        if price != known.prices.get(index, 0):
            known.prices[index] = price
            yield Oracle(
                at=now,
                certainty=RECORDED,
                market=state.market,
                asset=str(reserve.asset.address),
                price=Amount.of(price, places),
            )


def _words(known: _Market, now: int) -> Iterator[Record]:
    """Of the reserves that the recorded accounts have to do with; nothing hangs on the others."""
    held: set[int] = set()
    for account in known.accounts.values():
        held |= {one.reserve for one in account.holdings}
        pairs = range((account.configuration.bit_length() + 1) // 2)
        held |= {index for index in pairs if account.configuration >> 2 * index & 0b11}
    for index in sorted(held & known.state.reserves.keys()):
        one = known.state.reserves[index]
        if one == known.reserves[index]:
            continue
        known.reserves[index] = one
        yield ReserveWords(
            at=now,
            certainty=RECORDED,
            market=known.state.market,
            asset=str(one.asset.address),
            configuration=one.configuration,
            updated=one.last_update,
            **_rates(one),
        )


def account_line(
    market: str, assets: Mapping[int, Asset], account: AccountState, now: int, *, gap: bool = False
) -> AccountWords:
    """An account as it is stored; `assets` by reserve index."""

    def amounts(scaled: dict[int, int]) -> tuple[tuple[str, Amount], ...]:
        return tuple(
            (str(assets[index].address), Amount.of(raw, assets[index].decimals))
            for index, raw in sorted(scaled.items())
            if raw
        )

    return AccountWords(
        at=now,
        certainty=RECORDED,
        market=market,
        account=account.account,
        configuration=account.configuration,
        supplied=amounts({one.reserve: one.scaled_supply for one in account.holdings}),
        owed=amounts({one.reserve: one.scaled_debt for one in account.holdings}),
        emode=account.emode,
        gap=gap,
    )
