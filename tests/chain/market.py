"""A deployed Aave market and everything a test does to it; `deployment.deploy` makes one.

Every action is a transaction of the real contracts, sent by an impersonated account and mined in a block
of its own, except in `send_many`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chain import assets
from tests.chain.abi import MAX_UINT, call_data, ints
from tests.chain.node import BLOCK_GAS, Anvil
from tests.chain.parts import OWNER, STABLE, TX_GAS, VARIABLE, Receipt, Reserve, RevertedError, Tx
from tests.chain.rpc import RpcError


@dataclass(frozen=True, slots=True)
class Market:
    """Addresses of one market (in lower case) and the actions on it. Amounts are raw."""

    anvil: Anvil = field(repr=False, compare=False)
    version: str
    provider: str
    pool: str
    configurator: str
    oracle: str
    data_provider: str
    acl: str
    reserves: dict[str, Reserve]
    emode_sources: dict[str, str]

    # --- reading ---

    def call(self, to: str, data: str, block: int | str = "latest") -> str:
        tag = hex(block) if isinstance(block, int) else block
        answer: str = self.anvil.rpc("eth_call", {"to": to, "data": data}, tag)
        return answer

    def account_data(self, user: str, block: int | str = "latest") -> tuple[int, int, int, int, int, int]:
        """Collateral, debt, available borrows (base units), threshold, LTV (bps), HF (wad)."""
        a, b, c, d, e, f = ints(self.call(self.pool, call_data("getUserAccountData(address)", user), block))
        return a, b, c, d, e, f

    def health_factor(self, user: str, block: int | str = "latest") -> int:
        return self.account_data(user, block)[5]

    def price(self, symbol: str, block: int | str = "latest") -> int:
        """The oracle's price of one whole token, base units."""
        asset = self.reserves[symbol].address
        return ints(self.call(self.oracle, call_data("getAssetPrice(address)", asset), block))[0]

    def balance(self, token: str, user: str, block: int | str = "latest") -> int:
        return ints(self.call(token, call_data("balanceOf(address)", user), block))[0]

    def amount(self, symbol: str, dollars: int) -> int:
        """Raw amount worth about `dollars` at the price the market was born with."""
        asset = assets.BY_SYMBOL[symbol]
        return dollars * assets.DOLLAR * self.reserves[symbol].unit // asset.price

    # --- acting ---

    def send(self, tx: Tx) -> Receipt:
        """Mine one transaction. Raises RevertedError with the contract's reason."""
        self.anvil.set_balance(tx.sender)
        receipt = self.anvil.mined(tx.fields())
        if receipt["status"] != "0x1":
            raise RevertedError(f"{tx.label or tx.data[:10]}: {self._reason(tx)}")
        return receipt

    def _reason(self, tx: Tx) -> str:
        try:
            self.anvil.rpc("eth_call", {"from": tx.sender, "to": tx.to, "data": tx.data}, "latest")
        except RpcError as error:
            return str(error)
        return "reverted, but would pass now"

    def mint(self, symbol: str, to: str, amount: int) -> Receipt:
        return self.send(
            Tx(OWNER, self.reserves[symbol].address, call_data("mint(address,uint256)", to, amount))
        )

    def fund(self, symbol: str, user: str, amount: int) -> None:
        """Mint `amount` to `user` and let the pool take any amount from it."""
        self.mint(symbol, user, amount)
        self.send(self.approval(symbol, user))

    def approval(self, symbol: str, user: str) -> Tx:
        data = call_data("approve(address,uint256)", self.pool, MAX_UINT)
        return Tx(user, self.reserves[symbol].address, data, f"approve {symbol}")

    def supply(self, user: str, symbol: str, amount: int) -> Receipt:
        """Mints what is supplied, so the user needs no balance."""
        self.fund(symbol, user, amount)
        return self.send(self.supply_tx(user, symbol, amount))

    def supply_tx(self, sender: str, symbol: str, amount: int, on_behalf_of: str | None = None) -> Tx:
        asset = self.reserves[symbol].address
        data = call_data("supply(address,uint256,address,uint16)", asset, amount, on_behalf_of or sender, 0)
        return Tx(sender, self.pool, data, f"supply {symbol}")

    def withdraw(self, user: str, symbol: str, amount: int = MAX_UINT) -> Receipt:
        data = call_data("withdraw(address,uint256,address)", self.reserves[symbol].address, amount, user)
        return self.send(Tx(user, self.pool, data, f"withdraw {symbol}"))

    def borrow(self, user: str, symbol: str, amount: int, rate_mode: int = VARIABLE) -> Receipt:
        return self.send(self.borrow_tx(user, symbol, amount, rate_mode))

    def borrow_tx(self, user: str, symbol: str, amount: int, rate_mode: int = VARIABLE) -> Tx:
        asset = self.reserves[symbol].address
        data = call_data("borrow(address,uint256,uint256,uint16,address)", asset, amount, rate_mode, 0, user)
        return Tx(user, self.pool, data, f"borrow {symbol}")

    def repay(self, user: str, symbol: str, amount: int = MAX_UINT, rate_mode: int = VARIABLE) -> Receipt:
        """Mints what is repaid (twice the debt for the whole of it, since it grows until the block)."""
        reserve = self.reserves[symbol]
        token = reserve.stoken if rate_mode == STABLE else reserve.vtoken
        needed = amount if amount != MAX_UINT else 2 * self.balance(str(token), user)
        self.fund(symbol, user, needed)
        data = call_data("repay(address,uint256,uint256,address)", reserve.address, amount, rate_mode, user)
        return self.send(Tx(user, self.pool, data, f"repay {symbol}"))

    def set_collateral(self, user: str, symbol: str, *, on: bool) -> Receipt:
        return self.send(self.collateral_tx(user, symbol, on=on))

    def collateral_tx(self, user: str, symbol: str, *, on: bool) -> Tx:
        asset = self.reserves[symbol].address
        data = call_data("setUserUseReserveAsCollateral(address,bool)", asset, on)
        return Tx(user, self.pool, data, f"collateral {symbol} {on}")

    def set_emode(self, user: str, category: int) -> Receipt:
        return self.send(self.emode_tx(user, category))

    def emode_tx(self, user: str, category: int) -> Tx:
        return Tx(user, self.pool, call_data("setUserEMode(uint8)", category), f"eMode {category}")

    def transfer_atoken(self, user: str, to: str, symbol: str, amount: int) -> Receipt:
        data = call_data("transfer(address,uint256)", to, amount)
        return self.send(Tx(user, self.reserves[symbol].atoken, data, f"transfer a{symbol}"))

    def liquidate(
        self,
        liquidator: str,
        collateral: str,
        debt: str,
        user: str,
        amount: int = MAX_UINT,
        *,
        atoken: bool = False,
    ) -> Receipt:
        """Repay up to `amount` raw of the variable `debt`, seizing `collateral` (its aTokens if `atoken`)."""
        owed = self.balance(self.reserves[debt].vtoken, user)
        self.fund(debt, liquidator, 2 * min(owed, amount))
        seized, repaid = self.reserves[collateral].address, self.reserves[debt].address
        signature = "liquidationCall(address,address,address,uint256,bool)"
        data = call_data(signature, seized, repaid, user, amount, atoken)
        return self.send(Tx(liquidator, self.pool, data, f"liquidate {collateral} for {debt}"))

    def set_price(self, symbol: str, base_units: int) -> Receipt:
        """Set an asset's oracle price, 8 decimals of a dollar (also the v3.0.2 eMode price, by its name)."""
        source = self.reserves[symbol].source if symbol in self.reserves else self.emode_sources[symbol]
        return self.send(Tx(OWNER, source, call_data("set(int256)", base_units), f"price {symbol}"))

    def scale_price(self, symbol: str, bps: int) -> int:
        """Multiply an oracle price by `bps` / 10000, rounding down; returns the new price."""
        price = self.price(symbol) * bps // 10_000
        self.set_price(symbol, price)
        return price

    def configure(self, signature: str, *arguments: int | str) -> Receipt:
        """A governance action with static arguments, by the owner on the PoolConfigurator."""
        return self.send(Tx(OWNER, self.configurator, call_data(signature, *arguments), signature))

    # --- many at once ---

    def send_many(self, txs: Sequence[Tx], per_block: int = 150) -> list[Tx]:
        """Mine transactions in blocks of `per_block`, in order; returns those that the contracts refused."""
        refused: list[Tx] = []
        self.anvil.rpc("evm_setAutomine", False)
        # The node packs by gas limit, not by use, and orders by arrival only within one sender.
        self.anvil.rpc("evm_setBlockGasLimit", hex(TX_GAS * (per_block + 1)))
        try:
            senders = list(dict.fromkeys(tx.sender for tx in txs))
            self.anvil.batch(("anvil_setBalance", (sender, hex(10**24))) for sender in senders)
            counts = self.anvil.batch(("eth_getTransactionCount", (sender, "latest")) for sender in senders)
            nonces = {sender: int(count, 16) for sender, count in zip(senders, counts, strict=True)}
            for start in range(0, len(txs), per_block):
                refused += self._send_block(txs[start : start + per_block], nonces)
        finally:
            self.anvil.rpc("evm_setBlockGasLimit", hex(BLOCK_GAS))
            self.anvil.rpc("evm_setAutomine", True)
        return refused

    def _send_block(self, txs: Sequence[Tx], nonces: dict[str, int]) -> list[Tx]:
        calls = []
        for tx in txs:
            calls.append(("eth_sendTransaction", ({**tx.fields(), "nonce": hex(nonces[tx.sender])},)))
            nonces[tx.sender] += 1
        hashes = self.anvil.batch(calls)
        self.anvil.rpc("evm_mine")
        receipts = self.anvil.rpc("eth_getBlockReceipts", "latest")
        status = {receipt["transactionHash"]: receipt["status"] for receipt in receipts}
        if missing := [tx for tx, sent in zip(txs, hashes, strict=True) if sent not in status]:
            raise RuntimeError(f"{len(missing)} transactions were not mined, first {missing[0].label}")
        return [tx for tx, sent in zip(txs, hashes, strict=True) if status[sent] != "0x1"]
