"""What can be wrong with a node's answer, told apart by its text because the codes mean nothing.

`RpcPool` decides by the kind whether to ask the next endpoint; readers decide by it
whether to ask for less at once.
"""

import re
from enum import StrEnum
from typing import Final

from bot.errors import SourceError


class Kind(StrEnum):
    """Kinds of trouble, each with its own cure."""

    REVERT = "revert"
    """The contract refused: an answer of the chain, the same everywhere."""
    GAS = "gas"
    """The call needs more gas than this node gives: ask for less at once."""
    RANGE = "range"
    """Too many blocks or logs in one question: never repeat it unchanged."""
    ARCHIVE = "archive"
    """The node has forgotten that block's state."""
    UNKNOWN_BLOCK = "unknown block"
    """The node has not that block (yet), or no longer on its chain."""
    BATCH = "batch refused"
    """Too many questions in one request, or several at all: ask fewer at once."""
    HASHES = "hashes refused"
    """The node takes no block hash where a number was usual (EIP-1898)."""
    RATE = "rate limit"
    AUTH = "not allowed"
    UNSUPPORTED = "not supported"
    BROKEN = "broken"
    """Anything else: no connection, a timeout, no JSON, an error nobody knows."""


ANSWERS: Final = frozenset({Kind.REVERT, Kind.GAS, Kind.RANGE, Kind.BATCH})
"""Kinds that another endpoint would repeat, or that asking for less cures: raised at once."""


class RpcFault(SourceError):
    """One endpoint's failure. The text has its host at most, never its URL nor its own words."""

    def __init__(
        self, kind: Kind, host: str, *, code: int = 0, data: bytes = b"", retry_after: float = 0.0
    ) -> None:
        self.kind = kind
        self.host = host
        self.code = code
        self.data = data
        """Of a revert: what the contract returned."""
        self.retry_after = retry_after
        super().__init__(f"{host}: {kind}" + (f" ({code})" if code else ""))


class NoEndpoint(SourceError):
    """Every endpoint of a chain failed; the text lists each with its reason."""

    def __init__(self, faults: list[RpcFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, faults)) or "no endpoint is configured")

    @property
    def kinds(self) -> frozenset[Kind]:
        return frozenset(fault.kind for fault in self.faults)


# First match wins, so the order carries meaning: "archive ... token" is about the archive, "block range"
# beats "limit", and a revert's own words must not be taken for the node's. Texts as sent in 2026.
_TEXTS: Final = {
    Kind.REVERT: r"execution reverted|vm exception.*revert|^reverted|transaction reverted",
    Kind.BATCH: r"\bbatch",
    Kind.GAS: r"out of gas|gas (limit|required|uint64).*(exceed|overflow|high)|exceeds? .*gas|gas cap",
    Kind.ARCHIVE: r"archive|missing trie node|historical state|prun|state .*not available|state histor",
    Kind.UNKNOWN_BLOCK: (
        r"unknown block|header (for hash )?not found|block not found|resource not found|outofrange|"
        r"not currently canonical|could not find block|cannot find block|block .*not found|"
        r"beyond (current|the) head|after last accepted|not yet available|nonexistent block"
    ),
    Kind.RANGE: (
        r"block.?range|blocks? distance|ranges? .*(exceed|over|limit|too|large|wide)|response size|"
        r"more than [\d,]+ (results|logs)|too many (results|logs|blocks)|query (timeout|returned)|"
        r"(limited|restricted|up) to (a |an )?[\d,]+ blocks?|exceeds? .*(range|blocks|results)|"
        r"logs? .*(limit|size)|[\d,]+ blocks? (limit|max)|max(imum)? .*(blocks|range)"
    ),
    Kind.RATE: (
        r"rate.?limit|too many requests|throttl|quota|compute units|credits|capacity|"
        r"request (count|limit)|(requests|calls) per|daily limit|limit exceeded|1015"
    ),
    Kind.AUTH: (
        r"api.?key|unauthori[sz]ed|authenticat|forbidden|access denied|token|not (allowed|permitted)"
    ),
    Kind.HASHES: (
        r"(cannot|can't|failed to) (unmarshal|deserialize|parse).*(block|number|tag)|"
        r"invalid (type: map|argument 1)|data did not match any variant.*block"
    ),
    Kind.UNSUPPORTED: r"method .*not|not (supported|implemented|available)|unsupported|does not exist",
}
_PATTERNS: Final = tuple((kind, re.compile(text, re.IGNORECASE)) for kind, text in _TEXTS.items())
_STATUS: Final = {401: Kind.AUTH, 403: Kind.AUTH, 402: Kind.RATE, 429: Kind.RATE, 413: Kind.RANGE}
_CODES: Final = {3: Kind.REVERT, -32005: Kind.RATE, -32601: Kind.UNSUPPORTED, -32029: Kind.RATE}


def kind_of(text: str, *, code: int = 0, status: int = 200) -> Kind:
    """Tell what is wrong from a node's words, its JSON-RPC code and the HTTP status, in that order."""
    for kind, pattern in _PATTERNS:
        if pattern.search(text):
            return kind
    return _CODES.get(code) or _STATUS.get(status) or Kind.BROKEN
