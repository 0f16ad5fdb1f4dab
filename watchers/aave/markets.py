"""The tables of chains, markets and probes, read from the JSON files beside the code, once, when first asked.

`markets.json` and `elsewhere.json` are made by scripts/make_markets.py; `evm/chains.json` is kept by hand.
"""

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from bot.domain.markets import (
    Chain,
    ElsewhereProbe,
    ElsewhereProtocol,
    Market,
    PublicRpc,
    ReserveTokens,
    fold,
)
from bot.domain.units import Address
from bot.errors import SettingsError

_HERE = Path(__file__).parent
_CHAINS = _HERE.parent / "evm" / "chains.json"
_MARKETS = _HERE / "markets.json"
_ELSEWHERE = _HERE / "elsewhere.json"


@cache
def load_chains() -> tuple[Chain, ...]:
    """Every chain with an Aave market or spoke, by chain id."""
    return tuple(
        Chain(
            **row
            | {"rpcs": tuple(PublicRpc(**rpc) for rpc in row["rpcs"]), "aliases": tuple(row["aliases"])},
        )
        for row in _rows(_CHAINS, "chains")
    )


@cache
def load_markets() -> tuple[Market, ...]:
    """All production Aave v3 deployments, by chain id, then key."""
    return tuple(
        Market(
            **row
            | {
                "aliases": tuple(row["aliases"]),
                "reserves": tuple(ReserveTokens(**reserve) for reserve in row["reserves"]),
            },
        )
        for row in _rows(_MARKETS, "markets")
    )


@cache
def load_elsewhere() -> tuple[ElsewhereProbe, ...]:
    """Aave v2 pools and v4 spokes, by chain id, then key."""
    return tuple(
        ElsewhereProbe(**row | {"protocol": ElsewhereProtocol(row["protocol"])})
        for row in _rows(_ELSEWHERE, "probes")
    )


def find_market(name: str, custom: Iterable[Market] = ()) -> Market | None:
    """The market of this key, title or alias, in any case and punctuation; `custom` ones come first."""
    wanted = fold(name)
    if not wanted:
        return None
    for market in (*custom, *load_markets()):
        if wanted in map(fold, (market.key, market.title, *market.aliases)):
            return market
    return None


def find_chain(name: str | int) -> Chain | None:
    """The chain of this key, title, alias or chain id."""
    wanted = fold(str(name))
    for chain in load_chains():
        if wanted in map(fold, (chain.key, chain.title, str(chain.chain_id), *chain.aliases)):
            return chain
    return None


def chain_of(chain_id: int) -> Chain:
    """The chain of the table, or a bare one without endpoints and explorer for a chain the table lacks."""
    known = find_chain(chain_id)
    return known or Chain(
        key=f"chain-{chain_id}", chain_id=chain_id, title=f"Chain {chain_id}", native_symbol="ETH"
    )


def custom_market(name: str, chain_id: int, addresses_provider: str) -> Market:
    """A market that the table lacks: an Aave fork, a test chain. The rest of it is resolved on chain.

    Raises SettingsError, with every fault, for a name that is empty or taken and for a wrong address.
    """
    faults = []
    taken = find_market(name)
    if not fold(name):
        faults.append(f"A market's name needs a letter or a digit; {name!r} has none. Example: my-fork")
    elif taken:
        faults.append(f"The market name {name!r} already means {taken.title}; choose another.")
    if chain_id < 1:
        faults.append(
            f"The market {name!r} has the chain id {chain_id}; a chain id is 1 or more. Example: 31337"
        )
    provider = _checksummed(addresses_provider)
    if provider is None:
        faults.append(
            f"The market {name!r} has the PoolAddressesProvider {addresses_provider!r}, which is no address "
            "or has a wrong letter (EIP-55). Example: 0x2f39d218133AFaB8F2B819B1066c7E434Ad94E9e"
        )
    if provider is None or faults:
        raise SettingsError(faults)
    return Market(
        key=re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-"),
        title=name,
        chain=chain_of(chain_id).key,
        chain_id=chain_id,
        addresses_provider=provider,
    )


def _checksummed(text: str) -> Address | None:
    """The address in its only stored form; None if it is none, or in mixed case that is not the checksum."""
    # Half a second of imports that only a custom market needs.
    from eth_utils.address import (  # noqa: PLC0415
        is_checksum_formatted_address,
        is_hex_address,
        to_checksum_address,
    )

    if not is_hex_address(text):
        return None
    checksummed = to_checksum_address(text)
    return None if is_checksum_formatted_address(text) and checksummed != text else Address(checksummed)


def _rows(path: Path, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))[name]
    return rows
