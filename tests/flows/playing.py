"""Sends a script to the lab's node, block by block, and remembers which transaction each act became."""

from collections.abc import Sequence
from typing import Any

from eth_utils.crypto import keccak

from tests.chain.abi import call_data, word
from tests.chain.lab import Lab
from tests.chain.parts import BANK, OWNER, Tx
from tests.flows.compiled import create, place
from tests.flows.crowd import A_HOLDERS, LIARS
from tests.flows.script import Act, Script
from tests.flows.world import GAS_PRICE, World

_BALANCES = 4
"""The lab's Token keeps balances in the fifth slot."""
_PLENTY = 10**26


class Player:
    """`open` before anything else; `mine` gives one block's acts to the node."""

    def __init__(self, lab: Lab, world: World) -> None:
        self.anvil = lab.anvil
        self.market = lab.market
        self.world = world
        self.hashes: dict[Act, str] = {}
        self.mined: dict[Act, tuple[int, int]] = {}
        """Block and its time."""
        self.now = 0
        """Unix seconds of the newest block that was mined here."""
        self._nonces: dict[str, int] = {}
        self._ranks: dict[Act, int] = {}

    def liars(self) -> list[str]:
        types = ["string", "string", "uint8"]
        return [create(self.anvil, "Liar", types, [f"Fake {name}", name, dec]) for name, dec in LIARS]

    def open(self, script: Script) -> None:
        """Code, balances and loans, all before the first block that anybody watches."""
        # The node orders a block by price: an act has the same one, and so the same hash, on every branch.
        self._ranks = {act: rank for block in script.blocks for rank, act in enumerate(block)}
        weth = self.market.reserves["WETH"].address
        place(self.anvil, "Wrapped", weth)
        for kind in sorted(set(self.world.contracts.values())):
            like = next(at for at, contract in self.world.contracts.items() if contract == kind)
            place(self.anvil, kind, like)
            code = self.anvil.rpc("eth_getCode", like, "latest")
            same = [at for at, contract in self.world.contracts.items() if contract == kind]
            self.anvil.batch(("anvil_setCode", (at, code)) for at in same)
        holders = [*self.world.coins, weth, OWNER, BANK]
        self.anvil.batch(("anvil_setBalance", (holder, hex(_PLENTY))) for holder in holders)
        self.anvil.batch(
            ("anvil_setStorageAt", (self.world.token(symbol), _slot(holder), "0x" + word(amount)))
            for (symbol, holder), amount in self.world.tokens.items()
        )
        self._lend(script)
        self.anvil.rpc("evm_setAutomine", False)
        self.anvil.rpc("evm_setBlockGasLimit", hex(10**10))

    def _lend(self, script: Script) -> None:
        market = self.market
        for symbol in ("USDC", "USDT"):
            market.supply(BANK, symbol, market.amount(symbol, 4 * 10**9))
        for symbol in ("WETH", "USDC"):
            market.fund(symbol, BANK, market.amount(symbol, 10**9))
        txs = []
        for number in range(A_HOLDERS):
            person = self.world.address(f"person {number}")
            for symbol in ("WETH", "USDC"):
                txs.append(market.supply_tx(BANK, symbol, market.amount(symbol, 10**7), person))
        for loan in script.loans:
            token = market.reserves[loan.collateral].address
            txs.append(
                Tx(OWNER, token, call_data("mint(address,uint256)", loan.account, loan.supplied), "mint")
            )
            txs.append(market.approval(loan.collateral, loan.account))
        refused = market.send_many(txs, 100)
        txs = [market.supply_tx(loan.account, loan.collateral, loan.supplied) for loan in script.loans]
        refused += market.send_many(txs, 100)
        txs = [market.borrow_tx(loan.account, loan.debt, loan.borrowed) for loan in script.loans]
        refused += market.send_many(txs, 100)
        assert not refused, refused[:3]

    def checkpoint(self) -> tuple[str, dict[str, int], dict[Act, str]]:
        return self.anvil.snapshot(), dict(self._nonces), dict(self.hashes)

    def back_to(self, kept: tuple[str, dict[str, int], dict[Act, str]]) -> None:
        taken, self._nonces, self.hashes = kept
        self.anvil.revert(taken)
        self.anvil.rpc("anvil_setBlockTimestampInterval", 12)

    def mine(self, acts: Sequence[Act], prices: dict[str, int] | None = None) -> int:
        """One block of these acts in this order; its number. What was to fail failed, nothing else did."""
        senders = [act.sender for act in acts if act.sender not in self._nonces]
        senders += [OWNER] if OWNER not in self._nonces else []
        counts = self.anvil.batch(("eth_getTransactionCount", (sender, "latest")) for sender in senders)
        self._nonces |= {sender: int(count, 16) for sender, count in zip(senders, counts, strict=True)}
        calls = [
            self._fields(act, GAS_PRICE + 10**5 - self._ranks.get(act, 10**4 + rank))
            for rank, act in enumerate(acts)
        ]
        for symbol, price in (prices or {}).items():
            feed = Act(
                OWNER, self.market.reserves[symbol].source, 0, call_data("set(int256)", price), 200_000
            )
            calls.append(self._fields(feed, GAS_PRICE))
        sent = self.anvil.batch(("eth_sendTransaction", (fields,)) for fields in calls)
        self.anvil.rpc("evm_mine")
        block = self.anvil.block()
        assert block["transactions"] == sent, "the node mined them in another order"
        number, at = int(block["number"], 16), int(block["timestamp"], 16)
        self.now = at
        receipts = self.anvil.rpc("eth_getBlockReceipts", hex(number))
        for act, tx, receipt in zip(acts, sent, receipts, strict=False):
            assert (receipt["status"] == "0x0") == act.fails, (act, self._why(act))
            self.hashes[act] = tx
            self.mined[act] = (number, at)
        return number

    def empty(self) -> None:
        self.mine(())

    def _fields(self, act: Act, price: int) -> dict[str, Any]:
        nonce = self._nonces[act.sender]
        self._nonces[act.sender] += 1
        return {
            "from": act.sender, "to": act.to, "value": hex(act.value), "data": act.data,
            "gas": hex(act.gas), "gasPrice": hex(price), "nonce": hex(nonce),
        }  # fmt: skip

    def _why(self, act: Act) -> object:
        try:
            fields = {"from": act.sender, "to": act.to, "value": hex(act.value), "data": act.data}
            return self.anvil.rpc("eth_call", fields, "latest")
        except RuntimeError as error:
            return error


def _slot(holder: str) -> str:
    return "0x" + keccak(bytes.fromhex(word(holder) + word(_BALANCES))).hex()
