"""Small contracts for coins on the move, as bytes by hand: what each does is in its comment, op by op.

They need no compiler, so they may change without the lab's whole market being compiled anew.
"""

from tests.chain.abi import topic
from tests.chain.node import Anvil

_TRANSFER = topic("Transfer(address,address,uint256)").removeprefix("0x")
_DEPOSIT = topic("Deposit(address,uint256)").removeprefix("0x")
_WITHDRAWAL = topic("Withdrawal(address,uint256)").removeprefix("0x")

FORWARDER = (
    "5f5f5f5f"  # PUSH0 x4: no output, no input
    "34"  # CALLVALUE
    "5f35"  # CALLDATALOAD(0): to whom
    "5a"  # GAS
    "f1"  # CALL
    "00"  # STOP
)
"""Sends all it is sent to the address in the first word of its call data."""

REVERTING_FORWARDER = FORWARDER.removesuffix("00") + "5f5ffd"  # PUSH0 PUSH0 REVERT
"""Sends on, and then takes all of it back."""

# (target, payee) in the call data: call the target with the payee as its data, whatever comes of it, and then
# send half of the value to the payee itself.
TRIER = (
    "6020" "35" "5f" "52"  # MSTORE(0, CALLDATALOAD(32))
    "5f5f6020" "5f" "6002" "34" "04"  # out 0 0, in size 32, in offset 0, value = CALLVALUE / 2
    "5f35" "5a" "f1" "50"  # CALL(gas, target, ...), POP
    "5f5f5f5f" "6002" "34" "04" "6020" "35" "5a" "f1" "00"  # CALL(gas, payee, CALLVALUE / 2), STOP
)  # fmt: skip
"""Half of what it is sent goes through another contract, which may fail; the other half goes to the payee."""

SUICIDE = "5f35ff"  # SELFDESTRUCT(CALLDATALOAD(0))

CREATOR = (
    "5f" "5f" "34" "f0" "00"  # CREATE(CALLVALUE, 0, 0), STOP
)  # fmt: skip
"""Makes an empty contract with all that it is sent."""

DELEGATOR = (
    "5f" "35" "5f" "52"  # MSTORE(0, CALLDATALOAD(0)): the payee
    "5f5f" "6020" "5f" "6020" "35" "5a" "f4" "00"  # DELEGATECALL(gas, CALLDATALOAD(32), 0, 32), STOP
)  # fmt: skip
"""Runs another's code with its own value: what moves moves from here."""

LIAR = (
    "6040" "35" "5f" "52"  # MSTORE(0, CALLDATALOAD(64)): the amount
    "6020" "35" "5f" "35" "7f" + _TRANSFER + "6020" "5f" "a3" "00"  # LOG3(0, 32, Transfer, from, to)
)  # fmt: skip
"""Tells a Transfer of whatever it is told to, and moves nothing."""

FOUR_TOPICS = (
    "6040" "35" "6020" "35" "5f" "35" "7f" + _TRANSFER + "5f" "5f" "a4" "00"  # LOG4(0, 0, Transfer, ...)
)  # fmt: skip
"""A Transfer as of an NFT: its number is a topic, and there is no data."""


def _wrapped(which: str, size: str = "6020") -> str:
    return "6020355f525f357f" + which + size + "5fa200"  # LOG2


DEPOSITED = _wrapped(_DEPOSIT)
"""Tells a Deposit (who, how much) of call data; a stand-in for the wrapped coin."""
WITHDRAWN = _wrapped(_WITHDRAWAL)


def put(anvil: Anvil, address: str, code: str) -> str:
    """Set the code at an address; the address."""
    anvil.rpc("anvil_setCode", address, "0x" + code)
    return address
