"""ENS names to addresses and back, read from the registry itself; a name for an address is verified forward.

The `NameQuery` port. Names that are answered off the chain (CCIP-Read) are refused: a resolver could then
make this program call any URL it likes.
"""

import asyncio
import sys
from collections.abc import Mapping
from typing import Final

from bot.domain.units import Address
from bot.errors import SourceError
from watchers.evm.faults import Kind, RpcFault
from watchers.evm.heads import Heads
from watchers.evm.multicall import Call, Multicall
from watchers.evm.words import (
    WORD,
    BadAnswer,
    call_data,
    checksummed,
    dynamic,
    keccak256,
    packed_bytes,
    text,
    unsigned,
)

REGISTRY: Final = Address("0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e")
_ETHEREUM: Final = 1
_RESOLVER: Final = "0178b8bf"  # resolver(bytes32)
_ADDR: Final = "3b3b57de"  # addr(bytes32)
_NAME: Final = "691f3431"  # name(bytes32)
_RESOLVE: Final = "9061b923"  # resolve(bytes,bytes) of ENSIP-10
_OFF_CHAIN: Final = bytes.fromhex("556f1830")  # OffchainLookup(address,string[],bytes,bytes4,bytes)
_LONGEST: Final = 255


class OffChain(SourceError):
    """The name's owner keeps its address with a gateway outside the chain."""


Place = tuple[Multicall, Heads, str]


def namehash(name: str) -> bytes:
    """Of a normalised name (EIP-137)."""
    node = bytes(WORD)
    for label in reversed(name.split(".")) if name else ():
        node = keccak256(node + keccak256(label.encode()))
    return node


def dns_encoded(name: str) -> bytes:
    """As ENSIP-10 resolvers take it. Raises ValueError for a label over 255 bytes."""
    return b"".join(bytes([len(raw)]) + raw for raw in map(str.encode, name.split("."))) + b"\0"


def normalised(name: str) -> str:
    """ENSIP-15; empty when it is no name that could exist. Call it in a thread: it loads for a second."""
    limit = sys.getrecursionlimit()
    from ens.exceptions import (  # type: ignore[import-untyped]  # noqa: PLC0415 - heavy, and few need it
        InvalidName,
    )
    from ens.utils import normalize_name  # type: ignore[import-untyped]  # noqa: PLC0415

    # py_ecc, which comes along, lifts the limit so far that deeply nested JSON would overflow the C stack.
    sys.setrecursionlimit(limit)
    try:
        return str(normalize_name(name))
    except (InvalidName, ValueError, TypeError):
        return ""


class EnsNames:
    """Asks the chain that has a registry: the one a setting names, else Ethereum; else it knows no name."""

    def __init__(self, chains: Mapping[int, Place]) -> None:
        set_up = [place for place in chains.values() if place[2]]
        place = set_up[0] if set_up else chains.get(_ETHEREUM)
        self._place = place
        self._registry = checksummed(place[2]) if place and place[2] else REGISTRY

    async def resolve(self, name: str) -> Address | None:
        """The address a name points at; None when it points nowhere.

        Raises SourceError when the registry cannot be asked, and for names kept off the chain.
        """
        if self._place is None:
            raise SourceError("names need Ethereum: no endpoint of it is set")
        clean = await asyncio.to_thread(normalised, name)
        if not clean or len(clean.encode()) > _LONGEST:
            return None
        return await self._addr(clean, *self._place[:2])

    async def name_of(self, address: Address) -> str:
        """The primary name if it resolves back to the address, else empty. Raises SourceError."""
        if self._place is None:
            return ""
        multicall, heads, _ = self._place
        at = (await heads.current()).ref
        reverse = namehash(f"{address[2:].lower()}.addr.reverse")
        [answer] = await multicall.read([self._resolver_call(reverse)], at)
        resolver = _address(answer)
        if resolver is None:
            return ""
        try:
            said = await multicall.single(Call(resolver, call_data(_NAME, int.from_bytes(reverse))), at)
            name = text(said, _LONGEST)
            # Unverified, anyone could call himself vitalik.eth.
            same = name == await asyncio.to_thread(normalised, name) and await self.resolve(name) == address
        except (RpcFault, OffChain):
            return ""
        return name if name and same else ""

    def _resolver_call(self, node: bytes) -> Call:
        return Call(self._registry, call_data(_RESOLVER, int.from_bytes(node)))

    async def _addr(self, name: str, multicall: Multicall, heads: Heads) -> Address | None:
        at = (await heads.current()).ref
        labels = name.split(".")
        parents = [".".join(labels[i:]) for i in range(len(labels))]
        answers = await multicall.read([self._resolver_call(namehash(parent)) for parent in parents], at)
        asked = call_data(_ADDR, int.from_bytes(namehash(name)))
        for parent, answer in zip(parents, answers, strict=True):
            resolver = _address(answer)
            if resolver is None:
                continue
            try:
                if parent == name:
                    return _address(await multicall.single(Call(resolver, asked), at))
                # A resolver of a parent answers for its children only the ENSIP-10 way.
                return _address(dynamic(await multicall.single(Call(resolver, _wildcard(name, asked)), at)))
            except BadAnswer:
                return None
            except RpcFault as fault:
                if fault.data.startswith(_OFF_CHAIN):
                    raise OffChain(f"{name} is kept off the chain, where we do not look") from None
                if fault.kind is not Kind.REVERT:
                    raise
                return None
        return None


def _wildcard(name: str, asked: bytes) -> bytes:
    """Call data of resolve(bytes,bytes)."""
    encoded = packed_bytes(dns_encoded(name))
    head = (2 * WORD).to_bytes(WORD) + (2 * WORD + len(encoded)).to_bytes(WORD)
    return bytes.fromhex(_RESOLVE) + head + encoded + packed_bytes(asked)


def _address(answer: bytes | None) -> Address | None:
    """None for no answer and for the zero address."""
    return checksummed(number) if answer and (number := unsigned(answer)) else None
