"""Flows as the store keeps them one by one: a JSON list of about 350 letters, its sender first.

A quarter of a million of them are kept a chain, so names of fields are left out. Used by
`bot.store.flows` and its writer.
"""

import json
from functools import lru_cache
from sys import intern
from typing import Any

from bot.domain.flows import Flow, FlowKind
from bot.domain.labels import Confidence
from bot.domain.units import Address, Asset, BaseAmount, RawAmount
from bot.errors import StoreError

AT, VALUE = 1, 2
"""Where the time and the dollars stand."""


def flow_text(flow: Flow) -> str:
    """ASCII only: lone surrogates in hostile symbols survive as escapes."""
    asset = [flow.asset.address, flow.asset.symbol, flow.asset.decimals]
    return json.dumps(
        [
            flow.sender,
            flow.at,
            flow.value,
            flow.kind.value,
            flow.id.removeprefix(flow.tx),
            flow.tx,
            asset,
            str(flow.amount),
            flow.receiver,
            flow.exchange,
            flow.confidence.value,
            flow.source,
            flow.seen,
            flow.block,
            flow.other,
            flow.via or "",
            int(flow.at_sweep),
        ],
        separators=(",", ":"),
    )


def plain_flow(text: str, key: str) -> list[Any]:
    """The list alone, for looking at many; StoreError names `key`."""
    try:
        found = json.loads(text)
        if isinstance(found, list) and len(found) > VALUE:
            return found
    except ValueError:
        pass
    raise StoreError(f"cannot read the record {key}: it is no flow")


def read_flow(chain_id: int, text: str, key: str) -> Flow:
    """The inverse of `flow_text`."""
    plain = plain_flow(text, key)
    try:
        sender, at, value, kind, rest, tx, asset, amount, receiver, exchange, confidence, *more = plain
        source, seen, block, other, via, at_sweep = more
        return Flow(
            id=tx + rest,
            kind=FlowKind(kind),
            chain_id=chain_id,
            asset=_asset(chain_id, asset[0], asset[1], asset[2]),
            amount=RawAmount(int(amount)),
            value=None if value is None else BaseAmount(value),
            sender=Address(sender),
            receiver=Address(intern(receiver)),
            exchange=intern(exchange),
            confidence=Confidence(confidence),
            source=intern(source),
            seen=intern(seen),
            tx=tx,
            block=block,
            at=at,
            other=intern(other),
            via=Address(via) if via else None,
            at_sweep=bool(at_sweep),
        )
    except (ValueError, TypeError, IndexError) as error:
        raise StoreError(f"cannot read the record {key}: {type(error).__name__} while reading it") from error


@lru_cache(maxsize=4096)
def _asset(chain_id: int, contract: str, symbol: str, decimals: int) -> Asset:
    """A hundred thousand flows are of some dozens of assets (and wallets, and exchanges): one object each."""
    return Asset(chain_id, Address(contract), symbol, decimals)
