"""The table of assets that move together, from baskets.json beside the code (scripts/make_baskets.py)."""

import json
from functools import cache
from pathlib import Path

from bot.domain.baskets import Basket, Member
from bot.domain.units import Address

_BASKETS = Path(__file__).parent / "baskets.json"


@cache
def load_baskets() -> tuple[Basket, ...]:
    """Every basket, ether first. No contract is in two of them."""
    rows = json.loads(_BASKETS.read_text(encoding="utf-8"))["baskets"]
    return tuple(
        Basket(
            row["key"],
            row["title"],
            tuple(
                Member(
                    place["chain_id"],
                    Address(place["address"]),
                    token["symbol"],
                    f"{token['is']} ({token['source']})",
                    place.get("lead", False),
                )
                for token in row["tokens"]
                for place in token["contracts"]
            ),
        )
        for row in rows
    )
