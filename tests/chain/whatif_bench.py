"""What the proofs of what-ifs do on the node: read a market and its liquidity, mine a block in a given order.

Used by `test_whatif`; the predictions themselves are there.
"""

from collections.abc import Iterator, Sequence

from bot.domain.aave_state import StableDebt
from bot.domain.units import RawAmount, Ray
from bot.domain.whatif.liquidity import Liquidity
from tests.chain.abi import call_data, ints, selector
from tests.chain.keeper import Keeper
from tests.chain.market import Market
from tests.chain.parts import OWNER, Reserve, Tx

_GAS = 1_500_000
_NAMED = {  # errors with arguments; all others have none
    "InvalidCollateralInEmode": "InvalidCollateralInEmode(address,uint256)",
    "InvalidDebtInEmode": "InvalidDebtInEmode(address,uint256)",
}


class Bench:
    """A market and some accounts, read at the latest block."""

    def __init__(self, market: Market, users: Sequence[str]) -> None:
        self.market, self.users = market, users
        self.keeper = Keeper(market, users)
        self.look()

    def look(self) -> None:
        self.keeper.see(self.market.anvil.block_number())
        self.liquidity = self._liquidity()

    def _liquidity(self) -> dict[int, Liquidity]:
        calls = [call for one in self.market.reserves.values() for call in self._calls(one)]
        asked = [("eth_call", ({"to": to, "data": data}, "latest")) for to, data in calls]
        answers = map(ints, self.market.anvil.batch(asked))
        found = {}
        for one in self.market.reserves.values():
            supply, debt, available = next(answers)[0], next(answers)[0], next(answers)[0]
            stored = next(answers)
            stable = None
            if one.stoken:
                principal, _, rate, since = next(answers)
                stable = StableDebt(RawAmount(principal), Ray(rate), since)
            found[one.id] = Liquidity(supply, debt, stored[12], RawAmount(available), stored[14], stable)
        return found

    def _calls(self, one: Reserve) -> Iterator[tuple[str, str]]:
        yield one.atoken, call_data("scaledTotalSupply()")
        yield one.vtoken, call_data("scaledTotalSupply()")
        if self.market.version == "3.0.2":
            yield one.address, call_data("balanceOf(address)", one.atoken)
        else:
            yield self.market.pool, call_data("getVirtualUnderlyingBalance(address)", one.address)
        yield self.market.pool, call_data("getReserveData(address)", one.address)
        if one.stoken:
            yield one.stoken, call_data("getSupplyData()")


def fill_wallets(market: Market, users: Sequence[str]) -> None:
    """So much of everything that no supply or repayment of a test meets the bottom."""
    txs = []
    for user in users:
        for symbol, reserve in market.reserves.items():
            data = call_data("mint(address,uint256)", user, 10**18 * reserve.unit)
            txs += [Tx(OWNER, reserve.address, data), market.approval(symbol, user)]
    assert not market.send_many(txs)


def mine(market: Market, txs: Sequence[Tx], timestamp: int) -> list[str | None]:
    """One block of these transactions in this order; the contract's word for each that it reverted."""
    anvil = market.anvil
    anvil.rpc("evm_setAutomine", False)
    anvil.rpc("evm_setBlockGasLimit", hex(_GAS * (len(txs) + 1)))
    senders = list(dict.fromkeys(tx.sender for tx in txs))
    anvil.batch(("anvil_setBalance", (sender, hex(10**24))) for sender in senders)
    counts = anvil.batch(("eth_getTransactionCount", (sender, "latest")) for sender in senders)
    nonces = {sender: int(count, 16) for sender, count in zip(senders, counts, strict=True)}
    sent = []
    for place, tx in enumerate(txs):
        # The node packs by price first: falling prices keep the order.
        price = 10**12 - place * 10**9
        fields = {**tx.fields(), "nonce": hex(nonces[tx.sender]), "gas": hex(_GAS), "gasPrice": hex(price)}
        nonces[tx.sender] += 1
        sent.append(("eth_sendTransaction", (fields,)))
    hashes = anvil.batch(sent)
    anvil.rpc("evm_setNextBlockTimestamp", timestamp)
    anvil.rpc("evm_mine")
    anvil.rpc("evm_setAutomine", True)
    assert anvil.now() == timestamp
    receipts = anvil.rpc("eth_getBlockReceipts", "latest")
    assert [one["transactionHash"] for one in receipts] == hashes
    failed = [one["transactionHash"] for one in receipts if one["status"] != "0x1"]
    errors = anvil.batch(("ots_getTransactionError", (hash_,)) for hash_ in failed)
    said = dict(zip(failed, map(_word_of, errors), strict=True))
    return [said.get(hash_) for hash_ in hashes]


def _word_of(error: str) -> str:
    """Revert data in short: the text of Error(string), a panic's code, or another error's selector."""
    if error.startswith(selector("Error(string)")):
        return bytes.fromhex(error[2 + 8 + 128 :]).rstrip(b"\0").decode()
    if error.startswith(selector("Panic(uint256)")):
        return f"Panic({int(error[10:], 16)})"
    return error[:10]


def as_reverted(word: str | None) -> str | None:
    """A predicted contract word in the form that `mine` answers."""
    if word is None or word.isdigit() or word.startswith("Panic"):
        return word
    return selector(_NAMED.get(word, f"{word}()"))
