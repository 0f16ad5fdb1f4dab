"""The project's table of exchange addresses, and what is never an exchange's wallet however lists call it.

`labels.json` is made by scripts/make_labels.py, `exchange_tokens.json` is kept by hand. docs/LABELS.md.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from bot.domain.labels import DEFILLAMA, EXPLORER, PROOF, Confidence, Label, LabelKind
from bot.domain.transfers import NATIVE
from bot.domain.units import Address
from watchers.aave.baskets import load_baskets
from watchers.aave.markets import load_chains, load_elsewhere, load_markets

_HERE = Path(__file__).parent
_LABELS = _HERE / "labels.json"
_TOKENS = _HERE / "exchange_tokens.json"

FAMILY_LETTERS: Final = {"P": PROOF, "D": DEFILLAMA, "E": EXPLORER}
"""How a row of `labels.json` names the families that say so."""
ZERO: Final = Address("0x" + 40 * "0")


@cache
def load_labels() -> tuple[Label, ...]:
    """Every row, by exchange, chain id and address."""
    return tuple(
        Label(
            int(chain_id),
            Address(address),
            exchange,
            LabelKind(kind),
            Confidence(confidence),
            tuple(FAMILY_LETTERS[letter] for letter in letters),
            seen,
            note,
        )
        for exchange, chains in _read(_LABELS)["exchanges"].items()
        for chain_id, rows in chains.items()
        for address, kind, letters, seen, confidence, note in rows
    )


@cache
def labels_as_of() -> str:
    """The month that the table was made, YYYY-MM: what its confidences are reckoned from."""
    as_of: str = _read(_LABELS)["as_of"]
    return as_of


@cache
def known_contracts() -> frozenset[Address]:
    """Tokens and contracts of protocols that our tables know, of all chains together.

    A label on one of them is wrong on every chain: the same address elsewhere is a copy of the contract, or
    somebody who hopes to be mistaken for it.
    """
    found: set[Address | None] = {ZERO, NATIVE, *(chain.multicall3 for chain in load_chains())}
    for market in load_markets():
        found |= {
            market.addresses_provider,
            market.pool,
            market.oracle,
            market.pool_configurator,
            market.protocol_data_provider,
            market.ui_pool_data_provider,
            market.weth_gateway,
        }
        for reserve in market.reserves:
            found |= {reserve.underlying, reserve.a_token, reserve.v_token}
    found |= {member.address for basket in load_baskets() for member in basket.members}
    found |= {probe.contract for probe in load_elsewhere()}
    found |= {Address(row[0]) for rows in _read(_TOKENS)["tokens"].values() for row in rows}
    return frozenset(address for address in found if address is not None)


def _read(path: Path) -> dict[str, Any]:
    table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return table
