"""Call data by hand: static arguments as 32-byte words, the rest through eth-abi. Used by the lab only.

The product's own encoder is what the lab's users test, so the lab does not borrow it.
"""

from functools import lru_cache
from typing import Any

from eth_abi.abi import encode as abi_encode
from eth_utils.crypto import keccak

MAX_UINT = 2**256 - 1


@lru_cache(maxsize=512)
def selector(signature: str) -> str:
    """First four bytes of the hash of `name(type,...)`, as 0x and 8 digits."""
    return "0x" + keccak(text=signature)[:4].hex()


@lru_cache(maxsize=512)
def topic(signature: str) -> str:
    """An event's first topic."""
    return "0x" + keccak(text=signature).hex()


def word(value: int | str) -> str:
    """One static argument as 64 hex digits; an address is given as its 0x text, a negative int wraps."""
    number = int(value, 16) if isinstance(value, str) else int(value)
    return f"{number & MAX_UINT:064x}"


def call_data(signature: str, *arguments: int | str) -> str:
    """Call data of a function whose arguments are all static."""
    return selector(signature) + "".join(word(argument) for argument in arguments)


def dynamic_call_data(name: str, types: list[str], arguments: list[Any]) -> str:
    """Call data where an argument is a string, bytes, an array or a struct (a tuple type in brackets)."""
    return selector(f"{name}({','.join(types)})") + abi_encode(types, arguments).hex()


def ints(data: str) -> tuple[int, ...]:
    """A static answer's 32-byte words as unsigned integers."""
    raw = bytes.fromhex(data[2:])
    return tuple(int.from_bytes(raw[i : i + 32], "big") for i in range(0, len(raw), 32))


def address(number: int) -> str:
    """The low 160 bits as lower-case hex."""
    return f"0x{number & (2**160 - 1):040x}"
