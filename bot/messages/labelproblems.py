"""What is wrong with a label of an address, in words; a part of `bot.messages.faults.PROBLEMS`."""

from collections.abc import Mapping
from typing import Final


def _n(text: str) -> str:
    """Marks a text for the catalogue; translated where it is used."""
    return text


LABEL_PROBLEMS: Final[Mapping[str, str]] = {
    "too_many_labels": _n("I keep as many address labels here as I may, so I cannot add {wrong}."),
    "label_line_short": _n("{wrong} is no label: it takes at least a chain, an address and an exchange."),
    "label_chain": _n("I know no chain {wrong}."),
    "label_is_contract": _n("{wrong} is a token or a contract of Aave, and no exchange's wallet."),
    "label_exchange": _n("{wrong} is no name for an exchange: it needs 1 to 32 visible characters."),
    "label_kind": _n("{wrong} is no kind of address: hot, cold, main, deposit, contract or staking."),
    "label_source": _n(
        "{wrong} is no source: by-hand, exchange-proof-of-reserve, defillama or explorer-derived,"
        " with + between them."
    ),
    "label_date": _n("{wrong} is no day or month that is past: 2026-11 or 2026-11-30."),
    "label_exchange_unknown": _n("{wrong} is no exchange whose proof of reserve I can read."),
    "label_file": _n("{wrong} cannot be read as a text file of at most 32 MB."),
}
"""`{wrong}` stands quoted."""
