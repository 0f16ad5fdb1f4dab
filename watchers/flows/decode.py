"""Raw logs turned into transfers and loan moves, by hand: a block has a thousand of them.

Pure; called by `reader`. A log of the wrong shape is another's event and dropped; one that is no log at all
is a fault of the node.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.domain.observations import MoveKind
from bot.domain.transfers import Channel, LoanMove, Transfer
from bot.domain.units import Address, Asset, RawAmount
from bot.errors import SourceError
from watchers.aave import abi as aave
from watchers.evm.words import checksummed
from watchers.flows import abi
from watchers.flows.tokens import AllowList

PLACES: Final = 2**20
"""Places within one transaction: 0 is its own value, then its logs, then the coin sent by contracts. Which of
the last two came first no `trace_block` tells.
"""
ZERO: Final = checksummed(0)
_WORD: Final = 66  # "0x" and 64 digits


def _hex(topic: int) -> str:
    return f"0x{topic:064x}"


_TRANSFER: Final = _hex(abi.TRANSFER)
_DEPOSIT: Final = _hex(abi.DEPOSIT)
_WITHDRAWAL: Final = _hex(abi.WITHDRAWAL)
_LOANS: Final = {
    _hex(topic): topic for topic in (aave.SUPPLY, aave.WITHDRAW, aave.BORROW, aave.REPAY, aave.LIQUIDATION)
}


def place(transaction: int, within: int) -> int:
    """An `index` of a transfer or loan move."""
    return transaction * PLACES + within


@dataclass(frozen=True, slots=True)
class Told:
    """What one block's logs say, in their order."""

    transfers: tuple[Transfer, ...]
    loans: tuple[LoanMove, ...]


class LogDecoder:
    """Made once for an allow-list."""

    def __init__(self, allowed: AllowList) -> None:
        self._assets = {asset.address.lower(): asset for asset in allowed.by_number.values()}
        self._by_number = allowed.by_number
        self._pools = {pool.address.lower(): pool.market for pool in allowed.pools}
        self._wrapper = allowed.wrapper.lower() if allowed.wrapper else ""

    def block(self, raws: Iterable[Any], block_hash: str, origins: Mapping[str, Address]) -> Told:
        """Of one block; `origins` are the signers by transaction. Raises SourceError for what is no log."""
        transfers: list[Transfer] = []
        wraps: list[Transfer] = []
        loans: list[LoanMove] = []
        try:
            for raw in raws:
                if raw["blockHash"] != block_hash:
                    raise SourceError("logs of another block were answered")
                contract, topics = raw["address"].lower(), raw["topics"]
                asset = self._assets.get(contract)
                if asset is not None:
                    if (found := self._transfer(raw, topics, asset, origins)) is not None:
                        (transfers if topics[0] == _TRANSFER else wraps).append(found)
                elif contract in self._pools and topics and topics[0] in _LOANS:
                    move = self._loan(raw, topics, self._pools[contract])
                    if move is not None:
                        loans.append(move)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise SourceError("a log lacks a field") from None
        if wraps:
            transfers += _not_minted(wraps, transfers)
        transfers.sort(key=lambda one: one.index)
        loans.sort(key=lambda one: one.index)
        return Told(tuple(transfers), tuple(loans))

    def _transfer(
        self, raw: Any, topics: Sequence[str], asset: Asset, origins: Mapping[str, Address]
    ) -> Transfer | None:
        data = raw["data"]
        if len(data) != _WORD or len(topics) not in {2, 3}:
            return None
        if topics[0] == _TRANSFER and len(topics) == 3:
            sender, receiver = checksummed(topics[1]), checksummed(topics[2])
            if (
                asset.address.lower() == self._wrapper
            ):  # some wrappers mint and burn: the same by another name
                sender = asset.address if sender == ZERO else sender
                receiver = asset.address if receiver == ZERO else receiver
        elif asset.address.lower() == self._wrapper and len(topics) == 2:
            who = checksummed(topics[1])
            if topics[0] == _DEPOSIT:
                sender, receiver = asset.address, who
            elif topics[0] == _WITHDRAWAL:
                sender, receiver = who, asset.address
            else:
                return None
        else:
            return None
        amount = int(data, 16)
        if not amount or sender == receiver:
            return None
        tx = raw["transactionHash"].lower()
        return Transfer(
            asset=asset,
            sender=sender,
            receiver=receiver,
            amount=RawAmount(amount),
            tx=tx,
            index=_index(raw),
            channel=Channel.TOKEN,
            origin=origins.get(tx, Address("")),
        )

    def _loan(self, raw: Any, topics: Sequence[str], market: str) -> LoanMove | None:
        """Whose position, who else, which asset and how much: each event has them elsewhere."""
        data = raw["data"]
        words = [int(data[at : at + 64], 16) for at in range(2, len(data) - 63, 64)]
        if len(topics) != 4:
            return None
        topic = _LOANS[topics[0]]
        reserve, account = topics[1], topics[2]
        if topic in {aave.SUPPLY, aave.BORROW} and len(words) >= 2:
            kind = MoveKind.SUPPLY if topic == aave.SUPPLY else MoveKind.BORROW
            other, amount = words[0], words[1]
        elif topic in {aave.WITHDRAW, aave.REPAY} and words:
            kind = MoveKind.WITHDRAW if topic == aave.WITHDRAW else MoveKind.REPAY
            other, amount = int(topics[3], 16), words[0]
        elif topic == aave.LIQUIDATION and len(words) >= 3:
            kind, reserve, account = MoveKind.REPAY, topics[2], topics[3]
            amount, other = words[0], words[2]
        else:
            return None
        asset = self._by_number.get(int(reserve, 16))
        if asset is None:
            return None  # listed since we looked
        return LoanMove(
            market=market,
            kind=kind,
            account=checksummed(account),
            other=checksummed(other),
            asset=asset,
            amount=RawAmount(amount),
            tx=raw["transactionHash"].lower(),
            index=_index(raw),
        )


def _index(raw: Any) -> int:
    return place(int(raw["transactionIndex"], 16), 1 + int(raw["logIndex"], 16))


def _not_minted(wraps: Sequence[Transfer], transfers: Sequence[Transfer]) -> list[Transfer]:
    """Deposits and withdrawals of the wrapper that no Transfer of the same tells already."""

    def what(one: Transfer) -> tuple[Any, ...]:
        return one.tx, one.asset.address, one.sender, one.receiver, one.amount

    told = Counter(map(what, transfers))
    left = []
    for one in wraps:
        if told[what(one)]:
            told[what(one)] -= 1
        else:
            left.append(one)
    return left
