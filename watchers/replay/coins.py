"""Coins that move in an episode, as a chain would show them: its transfers, and what its acts move.

Used by `replay` only.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.domain.observations import MoveKind
from bot.domain.transfers import NATIVE, USD_UNIT, Channel, LoanMove, Transfer, TransfersSeen
from bot.domain.units import Address, BaseAmount, BlockRef, RawAmount
from bot.ports import TrackedAsset
from watchers.replay.books import Acted, Books, Changes, tx_of
from watchers.replay.episode import Episode
from watchers.replay.happenings import ChainBlock, LoanLine, Sending
from watchers.replay.schedule import Moment

_INTO: Final = frozenset({MoveKind.SUPPLY, MoveKind.REPAY})
"""Acts that bring coins into a market."""
_USD_PLACES: Final = 8
_WRAPPERS: Final = {"ETH": "WETH"}
"""Whose price a chain's own coin has."""


class Coins:
    """Makes one `TransfersSeen` a block and chain."""

    def __init__(self, episode: Episode) -> None:
        self._episode = episode
        self._prices: dict[int, dict[Address, BaseAmount]] = defaultdict(dict)
        """Recorded ones as they stand, by chain."""

    def recorded(self, line: ChainBlock, moment: Moment) -> TransfersSeen:
        """A block as a recorder wrote it down. Call for each in turn: prices are told when they change."""
        prices = self._prices[line.chain_id]
        for address, price in line.prices:
            prices[address] = BaseAmount(price.raw(_USD_PLACES))
            if not price.digits:
                del prices[address]
        lines = moment.lines
        return TransfersSeen(
            line.chain_id,
            moment.block,
            tuple(
                replace(self._sent(place, one), origin=one.origin)
                for place, one in lines
                if isinstance(one, Sending)
            ),
            tuple(self._lent(one) for _, one in lines if isinstance(one, LoanLine)),
            dict(prices),
            BlockRef(line.priced_number, line.priced_hash, line.priced_timestamp)
            if line.priced_hash
            else None,
            line.wrapper or None,
            line.traced,
            line.missed,
        )

    def seen(self, chain_id: int, moment: Moment, changes: Changes, books: Books) -> TransfersSeen:
        """What moved on a chain within a moment: transfers first, then what acts moved, each in its order."""
        found, loans = [], []
        for place, line in moment.lines:
            if isinstance(line, Sending) and line.chain_id == chain_id:
                found.append(self._sent(place, line))
        for acted in changes.acted:
            if self._episode.chain_of(acted.market) == chain_id:
                index = len(found)
                found.append(_moved(acted, index))
                loans.append(_loan(acted, index))
        return TransfersSeen(chain_id, moment.block, tuple(found), tuple(loans), self.prices(chain_id, books))

    def prices(self, chain_id: int, books: Books) -> Mapping[Address, BaseAmount]:
        """Dollars a whole token of everything that has a price, aTokens and the chain's coin among them."""
        found: dict[Address, BaseAmount] = {}
        for key, state in books.markets.items():
            if self._episode.chain_of(key) != chain_id:
                continue
            for index, reserve in state.reserves.items():
                if index in state.prices:
                    price = BaseAmount(state.prices[index] * USD_UNIT // state.base_unit)
                    found.setdefault(reserve.asset.address, price)
                    found.setdefault(reserve.a_token, price)
        for coin, wrapper in _WRAPPERS.items():
            if (
                (one := self._episode.asset(chain_id, coin))
                and (wrapped := self._episode.asset(chain_id, wrapper))
                and wrapped.address in found
            ):
                found[one.address] = found[wrapped.address]
        return found

    def _lent(self, line: LoanLine) -> LoanMove:
        asset = self._episode.asset(line.chain_id, line.asset)
        assert asset is not None  # checked when it was read
        amount = RawAmount(line.amount.raw(asset.decimals))
        return LoanMove(line.pool, line.kind, line.account, line.other, asset, amount, line.tx, line.index)

    def _sent(self, place: int, line: Sending) -> Transfer:
        asset = self._episode.asset(line.chain_id, line.asset)
        assert asset is not None  # checked when it was read
        native = asset.address == NATIVE
        channel = line.channel if native or line.channel is Channel.TOKEN else Channel.TOKEN
        return Transfer(
            asset=asset,
            sender=line.sender,
            receiver=line.receiver,
            amount=RawAmount(line.amount.raw(asset.decimals)),
            tx=tx_of(self._episode, place, line.tx),
            index=line.index,
            channel=channel,
            origin=line.origin or line.sender,
        )


def _moved(acted: Acted, index: int) -> Transfer:
    pool = acted.reserve.a_token
    sender, receiver = (acted.other, pool) if acted.kind in _INTO else (pool, acted.other)
    return Transfer(
        acted.reserve.asset, sender, receiver, acted.amount, acted.tx, index, Channel.TOKEN, acted.account
    )


def _loan(acted: Acted, index: int) -> LoanMove:
    return LoanMove(
        acted.market,
        acted.kind,
        acted.account,
        acted.other,
        acted.reserve.asset,
        acted.amount,
        acted.tx,
        index,
    )


def tracked(episode: Episode) -> tuple[TrackedAsset, ...]:
    """Every asset of an episode whose transfers it tells, by our own names."""
    found = []
    for one in episode.assets:
        asset = episode.asset(one.chain_id, str(one.address))
        wrapper = episode.asset(one.chain_id, _WRAPPERS.get(one.symbol, one.symbol))
        if asset is not None:
            priced = wrapper.address if wrapper else asset.address
            found.append(TrackedAsset(asset, _family(one.symbol), priced))
    return tuple(found)


def _family(symbol: str) -> str:
    name = symbol.casefold()
    if name.endswith("eth"):
        return "eth"
    if name.endswith("btc"):
        return "btc"
    return "usd" if "usd" in name or name == "dai" else name
