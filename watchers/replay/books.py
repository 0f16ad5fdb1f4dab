"""The markets and accounts of an episode as a chain would store them, brought forward line by line.

Acts are done by the contract's own bookkeeping (`bot.domain.whatif`), so interest accrues, amounts round and
what the contract would refuse is refused: then the episode is wrong, and EpisodeError says at which line.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from bot.domain.aave_state import AccountState, MarketState, ReserveState
from bot.domain.aave_v3 import UnreadError
from bot.domain.observations import Liquidation, Move, MoveKind
from bot.domain.units import Address, Asset, BaseAmount, BlockRef, RawAmount
from bot.domain.whatif.changes import (
    EVERYTHING,
    Borrow,
    Change,
    Repay,
    SetCollateral,
    Supply,
    Withdraw,
)
from bot.domain.whatif.engine import Refused, apply
from bot.domain.whatif.hypothetical import hypothetical
from bot.errors import EpisodeError
from watchers.aave.happened import Happened
from watchers.replay.amounts import ALL, Amount
from watchers.replay.episode import Episode
from watchers.replay.happenings import (
    AccountWords,
    Act,
    Action,
    LiquidationLine,
    Moved,
    Opening,
    Oracle,
    ReserveWords,
    Timed,
)
from watchers.replay.schedule import Moment
from watchers.replay.stored import account_of, everything, market_of, rewritten, without

Key = tuple[str, Address]
"""A market and an account in it."""

_MOVES = {
    Act.SUPPLY: MoveKind.SUPPLY,
    Act.WITHDRAW: MoveKind.WITHDRAW,
    Act.BORROW: MoveKind.BORROW,
    Act.REPAY: MoveKind.REPAY,
    Act.COLLATERAL_ON: MoveKind.COLLATERAL_ON,
    Act.COLLATERAL_OFF: MoveKind.COLLATERAL_OFF,
}


@dataclass(frozen=True, slots=True)
class Acted:
    """One act that moved an asset between somebody and a market."""

    market: str
    account: Address
    other: Address
    kind: MoveKind
    reserve: ReserveState
    amount: RawAmount
    tx: str


@dataclass(slots=True)
class Changes:
    """What one moment changed, by market and account."""

    happened: dict[Key, Happened] = field(default_factory=dict)
    touched: set[Key] = field(default_factory=set)
    gaps: set[Key] = field(default_factory=set)
    acted: list[Acted] = field(default_factory=list)

    def of(self, key: Key) -> Happened:
        self.touched.add(key)
        return self.happened.setdefault(key, Happened())


def tx_of(episode: Episode, place: int, given: str = "") -> str:
    """A transaction's hash: the line's own, or one made of its place in the episode."""
    made = blake2b(f"{episode.head.name}#{place}".encode(), digest_size=32).hexdigest()
    return given or f"0x{made}"


class Books:
    """Everything stored. Values are immutable and replaced, so old ones may be kept by whoever needs them."""

    def __init__(self, episode: Episode) -> None:
        self._episode = episode
        start = BlockRef(episode.head.first_block, "", episode.head.starts)
        self.markets: dict[str, MarketState] = {
            one.key: market_of(episode, one, start) for one in episode.markets
        }
        self.accounts: dict[Key, AccountState] = {}

    def play(self, moment: Moment) -> Changes:
        """Bring everything to a moment's block."""
        for key in moment.markets:
            self.markets[key] = replace(self.markets[key], as_of=moment.block)
        for report in moment.reports:
            self._price(report.market, report.index, report.price)
        changes = Changes()
        for place, line in moment.lines:
            try:
                self._do(place, line, changes)
            except (UnreadError, ValueError) as error:
                raise self._fault(line, str(error)) from None
        return changes

    def account(self, market: str, account: Address) -> AccountState:
        """As stored; one that is not there has nothing."""
        return self.accounts.get((market, account)) or AccountState(account, 0, 0, ())

    def reserve(self, market: str, ref: str) -> ReserveState:
        """By symbol or address. Raises ValueError."""
        asset = self._episode.asset(self._episode.chain_of(market) or 0, ref)
        for one in self.markets[market].reserves.values():
            if one.asset == asset:
                return one
        raise ValueError(f'"{ref}" is no reserve of {market}')

    # ---- inside ---------------------------------------------------------------------------------------

    def _fault(self, line: Timed, why: str) -> EpisodeError:
        return EpisodeError(self._episode.head.name, [f"line {line.line}: {why}"])

    def _price(self, market: str, index: int, price: int) -> None:
        state = self.markets[market]
        prices = {**state.prices, index: BaseAmount(price)}
        if not price:
            del prices[index]  # a source that says 0 says nothing
        self.markets[market] = replace(state, prices=prices)

    def _do(self, place: int, line: Timed, changes: Changes) -> None:
        match line:
            case Oracle():
                places = self._places(line.market)
                price = line.price.digits * 10**places // 10**line.price.places
                self._price(line.market, self.reserve(line.market, line.asset).index, price)
            case Opening():
                self._open(line, changes)
            case Action():
                self._act(place, line, changes)
            case LiquidationLine():
                self._liquidate(place, line, changes)
            case ReserveWords():
                self._store_reserve(line)
            case AccountWords():
                self._store_account(line, changes)
            case Moved():
                self._tell(line, changes)

    def _places(self, market: str) -> int:
        return next(one.base_places for one in self._episode.markets if one.key == market)

    def _value(self, market: str, reserve: ReserveState, amount: int) -> BaseAmount | None:
        price = self.markets[market].prices.get(reserve.index)
        return None if price is None else BaseAmount(amount * price // reserve.asset.unit)

    def _raw(
        self, line: Opening | AccountWords, pairs: tuple[tuple[str, Amount], ...]
    ) -> Mapping[Asset, int]:
        found = {}
        for ref, amount in pairs:
            asset = self.reserve(line.market, ref).asset
            found[asset] = amount.raw(asset.decimals)
        return found

    def _open(self, line: Opening, changes: Changes) -> None:
        made = hypothetical(
            self.markets[line.market],
            {asset.address: RawAmount(raw) for asset, raw in self._raw(line, line.supplied).items() if raw},
            {asset.address: RawAmount(raw) for asset, raw in self._raw(line, line.owed).items() if raw},
            line.emode,
            line.account,
        )
        if isinstance(made, Refused):
            raise self._fault(line, f"no account can have this position: {made.reason}")
        self.accounts[line.market, line.account] = made
        changes.touched.add((line.market, line.account))

    def _act(self, place: int, line: Action, changes: Changes) -> None:
        before, key = self.account(line.market, line.account), (line.market, line.account)
        reserve, market = self.reserve(line.market, line.asset), self.markets[line.market]
        amount = EVERYTHING if line.amount == ALL else RawAmount(line.amount.raw(reserve.asset.decimals))
        done = apply(market, before, [_change(line.act, reserve.asset.address, amount)])
        if isinstance(done, Refused):
            raise self._fault(line, f"the contract would refuse to {line.act}: {done.reason}")
        if line.amount == ALL:
            amount = everything(market, before, reserve.index, line.act)
        self.markets[line.market], self.accounts[key] = done.market, done.account
        kind, tx = _MOVES[line.act], tx_of(self._episode, place, line.tx)
        value = self._value(line.market, reserve, amount)
        changes.of(key).moves.append(Move(kind, tx, reserve.asset, amount, value))
        if line.act not in {Act.COLLATERAL_ON, Act.COLLATERAL_OFF}:
            other = line.other or line.account
            changes.acted.append(Acted(line.market, line.account, other, kind, reserve, amount, tx))

    def _liquidate(self, place: int, line: LiquidationLine, changes: Changes) -> None:
        key = line.market, line.account
        collateral, debt = (self.reserve(line.market, ref) for ref in (line.collateral, line.debt))
        seized, repaid = line.seized.raw(collateral.asset.decimals), line.repaid.raw(debt.asset.decimals)
        if not line.told:
            account = self.account(*key)
            done = apply(self.markets[line.market], account, [Repay(debt.asset.address, RawAmount(repaid))])
            if isinstance(done, Refused):
                raise self._fault(line, f"the contract would refuse the repayment: {done.reason}")
            self.markets[line.market] = done.market
            self.accounts[key] = without(done.market, done.account, collateral.index, seized)
        tx = tx_of(self._episode, place, line.tx)
        changes.of(key).liquidations.append(
            Liquidation(
                tx=tx,
                collateral=collateral.asset,
                seized=RawAmount(seized),
                seized_value=self._value(line.market, collateral, seized) or BaseAmount(0),
                debt=debt.asset,
                repaid=RawAmount(repaid),
                repaid_value=self._value(line.market, debt, repaid) or BaseAmount(0),
                liquidator=line.liquidator,
            )
        )
        changes.acted.append(Acted(*key, line.liquidator, MoveKind.REPAY, debt, RawAmount(repaid), tx))

    def _store_reserve(self, line: ReserveWords) -> None:
        market, reserve = self.markets[line.market], self.reserve(line.market, line.asset)
        reserves = {**market.reserves, reserve.index: rewritten(reserve, line)}
        self.markets[line.market] = replace(market, reserves=reserves)

    def _store_account(self, line: AccountWords, changes: Changes) -> None:
        refs = {ref for ref, _ in (*line.supplied, *line.owed)}
        reserves = {ref: self.reserve(line.market, ref) for ref in refs}
        key = line.market, line.account
        self.accounts[key] = account_of(line, reserves)
        changes.touched.add(key)
        if line.gap:
            changes.gaps.add(key)

    def _tell(self, line: Moved, changes: Changes) -> None:
        told = changes.of((line.market, line.account)).moves
        if not line.asset:
            told.append(Move(line.kind, line.tx, emode=line.emode))
            return
        reserve = self.reserve(line.market, line.asset)
        amount = RawAmount(line.amount.raw(reserve.asset.decimals))
        told.append(
            Move(line.kind, line.tx, reserve.asset, amount, self._value(line.market, reserve, amount))
        )


def _change(act: Act, asset: Address, amount: RawAmount) -> Change:
    match act:
        case Act.SUPPLY:
            return Supply(asset, amount)
        case Act.WITHDRAW:
            return Withdraw(asset, amount)
        case Act.BORROW:
            return Borrow(asset, amount)
        case Act.REPAY:
            return Repay(asset, amount)
        case Act.COLLATERAL_ON | Act.COLLATERAL_OFF:
            return SetCollateral(asset, on=act is Act.COLLATERAL_ON)
