"""What may be wrong with a filter of flows, a label or a question about flows, in words: a part of
`faults.PROBLEMS`.
"""

from collections.abc import Mapping
from typing import Final


def _n(text: str) -> str:
    """Marks a text for the catalogue without translating it yet."""
    return text


FLOWS: Final[Mapping[str, str]] = {
    # filters
    "unknown_flow_word": _n("{wrong} is no asset, exchange or word of a filter that I know."),
    "unknown_chain": _n("I know no chain {wrong}."),
    "missing_flow_word": _n("After {wrong} something is missing: a wallet, an exchange, a chain or a time."),
    "loose_wallet": _n("{wrong}: who sends, or who receives? Put from or to before it."),
    "two_amounts": _n("{wrong} is a second amount: one is enough."),
    "negative_flow": _n("{wrong} is less than nothing: for what leaves exchanges write out."),
    "unclear_amount": _n("{wrong} of what? With several assets write dollars, like $5m."),
    "flow_too_small": _n(
        "{wrong} is too little: of everybody's transfers I tell from $10,000 or one coin on, of one wallet's"
        " from $1."
    ),
    "flow_too_large": _n("{wrong} is more than there is: I take up to a trillion."),
    "sum_in_coins": _n("Sums are judged in dollars, and {wrong} is an amount of coins."),
    "flow_window": _n("{wrong} is no window: I sum up over 1 h to 7 d."),
    "two_rules": _n(
        "{wrong} does not go with the rest: a filter is single transfers, a sum, unusual or a digest."
    ),
    "digest_how_often": _n("{wrong} is no rhythm of a digest: it is hourly or daily."),
    "digest_amount": _n("A digest tells all there was, so I have no use for {wrong}."),
    "too_many_flow_words": _n("{wrong} is one too many: 20 of a kind in one filter."),
    "not_a_flow_rule": _n("{wrong} does not fit that rule."),
    "flow_has_no_position": _n("{wrong} is about transfers: it has no position and no price."),
    "too_many_filters": _n("{wrong} is one filter too many: 100 in one list. Send it in another."),
    # labels
    "missing_label": _n("Whose address is it? An exchange is missing after {wrong}."),
    "not_a_label_kind": _n("{wrong} is no kind of address: it is hot, cold, main or deposit."),
    "exchange_too_long": _n("The name {wrong} is longer than 32 characters."),
    "exchange_invisible": _n("The name of the exchange has no visible letter."),
    "no_such_label": _n("Nobody here has set a label for {wrong}."),
    "label_is_token": _n("{wrong} is the contract of a token: nobody's wallet."),
}
