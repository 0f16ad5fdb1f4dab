"""The words the chain lab's files share: well-known addresses, a listed reserve, a transaction to be sent."""

from dataclasses import dataclass
from typing import Any

MULTICALL3 = "0xcA11bde05977b3631167028862bE2a173976CA11"
ZERO = "0x" + "0" * 40
# Anvil's first development account owns the market and holds every role.
OWNER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
# Supplies the liquidity that others borrow; its own supplies are not collateral that any test should touch.
BANK = "0x00000000000000000000000000000000000Ba4c5"
TREASURY = "0x0000000000000000000000000000000000073Ea5"
# One transaction's limit: enough for a deployment; the most expensive liquidation needs less than a tenth.
TX_GAS = 15_000_000
GAS_PRICE = 10**11

STABLE, VARIABLE = 1, 2

Receipt = dict[str, Any]


class RevertedError(AssertionError):
    """A transaction that a test meant to succeed was refused by the contract."""


@dataclass(frozen=True, slots=True)
class Reserve:
    """A listed asset. `source` is its settable price feed; `stoken` (stable debt) exists on v3.0.2 only."""

    symbol: str
    id: int
    address: str
    decimals: int
    atoken: str
    vtoken: str
    stoken: str | None
    source: str

    @property
    def unit(self) -> int:
        return int(10**self.decimals)


@dataclass(frozen=True, slots=True)
class Tx:
    """A transaction to be sent; `label` names it when it is refused."""

    sender: str
    to: str
    data: str
    label: str = ""

    def fields(self) -> dict[str, str]:
        """As eth_sendTransaction takes it, without a nonce."""
        sent = {"from": self.sender, "to": self.to, "data": self.data}
        return {**sent, "gas": hex(TX_GAS), "gasPrice": hex(GAS_PRICE)}
