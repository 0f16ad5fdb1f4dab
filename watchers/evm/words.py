"""The few shapes of ABI data that the hot path meets, packed and unpacked by hand.

eth-abi spends milliseconds where `int.from_bytes` spends microseconds. Used by the readers.
"""

from functools import lru_cache
from typing import Any

from bot.domain.units import Address
from bot.errors import SourceError

WORD = 32
ADDRESS_MASK = (1 << 160) - 1
_FEW = 4  # bytes of a selector


class BadAnswer(SourceError):
    """A contract answered something that is not of the shape its interface promises."""


def word(value: int | str) -> str:
    """One static argument as 64 hex digits; an address or a hash is given as 0x text."""
    return f"{int(value, 16) if isinstance(value, str) else value:064x}"


def from_hex(text: Any) -> bytes:
    """0x hex as a node sends it; raises BadAnswer for anything else."""
    try:
        if isinstance(text, str) and text.startswith("0x"):
            return bytes.fromhex(text[2:])
    except ValueError:
        pass
    raise BadAnswer("an answer is no hex data")


def call_data(selector: str, *arguments: int | str) -> bytes:
    """Call data of a function whose arguments are all static; `selector` is 8 hex digits."""
    return bytes.fromhex(selector + "".join(map(word, arguments)))


def unsigned(data: bytes, index: int = 0) -> int:
    """The `index`-th word. Raises BadAnswer when it is not there."""
    chunk = data[index * WORD : index * WORD + WORD]
    if len(chunk) != WORD:
        raise BadAnswer(f"an answer of {len(data)} bytes has no word {index}")
    return int.from_bytes(chunk, "big")


def unsigned_all(data: bytes, count: int) -> tuple[int, ...]:
    """The first `count` words. Raises BadAnswer when there are fewer."""
    if len(data) < count * WORD:
        raise BadAnswer(f"an answer of {len(data)} bytes is short of {count} words")
    return tuple(int.from_bytes(data[i : i + WORD], "big") for i in range(0, count * WORD, WORD))


def addresses(data: bytes) -> tuple[Address, ...]:
    """An answer that is one `address[]`."""
    start = unsigned(data) // WORD
    count = unsigned(data, start)
    if count > len(data) // WORD:
        raise BadAnswer(f"a list of {count} addresses in {len(data)} bytes")
    return tuple(checksummed(unsigned(data, start + 1 + i)) for i in range(count))


def dynamic(data: bytes, index: int = 0, base: int = 0) -> bytes:
    """The bytes or string whose offset, from `base` bytes on, is the `index`-th word there."""
    offset = base + unsigned(data[base:], index)
    length = unsigned(data[offset:])
    found = data[offset + WORD : offset + WORD + length]
    if len(found) != length:
        raise BadAnswer(f"a string of {length} bytes in an answer of {len(data)}")
    return found


def text(data: bytes, longest: int) -> str:
    """An answer that is one string, or the bytes32 that old tokens give; cut after `longest` characters.

    What it says is hostile text: nothing is removed but the padding of a bytes32.
    """
    if len(data) == WORD:
        raw = data.rstrip(b"\0")
    else:
        try:
            raw = dynamic(data)
        except BadAnswer:
            raw = b""
    return raw[: 4 * longest].decode("utf-8", errors="replace")[:longest]


def packed_bytes(data: bytes) -> bytes:
    """A `bytes` argument's tail: its length and its content, padded to whole words."""
    return len(data).to_bytes(WORD, "big") + data + bytes(-len(data) % WORD)


@lru_cache(maxsize=65536)
def checksummed(value: int | str) -> Address:
    """EIP-55 form of the low 160 bits, or of an address text in any case."""
    from eth_hash.auto import keccak  # noqa: PLC0415 - not at the top: --help must not load it

    plain = f"{(int(value, 16) if isinstance(value, str) else value) & ADDRESS_MASK:040x}"
    digits = keccak(plain.encode()).hex()
    pairs = zip(plain, digits, strict=False)
    return Address("0x" + "".join(c.upper() if int(d, 16) >= 8 else c for c, d in pairs))


def keccak256(data: bytes) -> bytes:
    from eth_hash.auto import keccak  # noqa: PLC0415 - as above

    digest: bytes = keccak(data)
    return digest


def log_words(data: str) -> tuple[int, ...]:
    """A log's data field, 0x hex, as words; a rest shorter than a word is dropped."""
    digits = data[2:]
    return tuple(int(digits[i : i + 64], 16) for i in range(0, len(digits) - len(digits) % 64, 64))
