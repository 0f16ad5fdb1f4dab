"""A contract that answers each exact call data with given bytes: any interface at all, on a real node."""

from eth_utils.crypto import keccak

from tests.chain.node import Anvil

# Copies its call data to memory, loads storage[keccak(call data)], which is an account, and returns that
# account's code; without one the answer is empty.
_CODE = "0x365f5f37365f2054803b805f5f843c5ff3"
# The same, but it reverts with the answer.
_REFUSING = _CODE[:-2] + "fd"


class AnswerBook:
    """Lies at `address`; `refusing` makes its answers reverts."""

    def __init__(self, anvil: Anvil, address: str, *, refusing: bool = False) -> None:
        self._anvil = anvil
        self.address = address
        anvil.rpc("anvil_setCode", address, _REFUSING if refusing else _CODE)

    def put(self, call_data: bytes, answer: bytes) -> None:
        key = keccak(call_data)
        page = "0x" + keccak(self.address.encode() + key)[:20].hex()
        self._anvil.rpc("anvil_setCode", page, "0x" + answer.hex())
        self._anvil.rpc("anvil_setStorageAt", self.address, "0x" + key.hex(), "0x" + page[2:].rjust(64, "0"))
