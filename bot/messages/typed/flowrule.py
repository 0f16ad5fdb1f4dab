"""The rule of a filter of flows: by dollars or by coins, single or summed up, unusual, or a digest."""

from typing import Final

from bot.domain.rules import DigestRule, FlowRule, SumRule, TransferRule, UnusualRule
from bot.errors import UserError
from bot.messages.typed.flowamounts import whole_dollars
from bot.messages.typed.flowreading import EXAMPLE, FAMILY_WORDS, Reading

DAY_S: Final = 86_400
OF_EVERYBODY_USD: Final = 10_000_000
"""Dollars from which a single transfer is told where no amount was typed."""
LEAST_USD: Final = 10_000
"""Of everybody's transfers; below it a chat would drown."""
MOST_USD: Final = 10**12


def rule_of(reading: Reading) -> FlowRule:
    amount, window = reading.amount, reading.window
    if reading.digest is not None:
        if amount is not None:
            raise UserError("digest_amount", amount.text, "/inflows digest daily")
        if reading.unusual or window or reading.each:
            raise UserError("two_rules", reading.digest[1], "/inflows digest daily")
        return DigestRule(reading.digest[0])
    dollars, coins = _judged_by(reading)
    if reading.unusual:
        if window or reading.each or coins:
            raise UserError("two_rules", reading.unusual, "/inflows ETH unusual")
        return UnusualRule(min_usd=dollars) if dollars else UnusualRule()
    if window or reading.each:
        if coins and amount is not None:
            raise UserError("sum_in_coins", amount.text, "/inflows ETH $50m in 24h")
        seconds = window[0] if window else DAY_S
        return SumRule(dollars or OF_EVERYBODY_USD, seconds, by_sender=reading.each)
    if amount is None and (reading.asked.senders or reading.asked.receivers):
        return TransferRule(1)
    return TransferRule(0 if coins else dollars or OF_EVERYBODY_USD, coins)


def _judged_by(reading: Reading) -> tuple[int, int]:
    """(whole dollars, whole coins) of the amount; one of them is 0, both where none was typed."""
    amount = reading.amount
    if amount is None:
        return 0, 0
    of_one = bool(reading.asked.senders or reading.asked.receivers)
    coins_fit = [name for name in reading.named if not _is_dollars(reading, name)]
    dollars = amount.dollars or not coins_fit
    if not dollars and amount.amount >= whole_dollars(reading.named):
        dollars = True
    if not dollars and len(set(reading.named)) > 1:
        raise UserError("unclear_amount", amount.text, "/inflows ETH WBTC $5m")
    least = 1 if of_one or not dollars else LEAST_USD
    if amount.amount < least:
        raise UserError("flow_too_small", amount.text, EXAMPLE)
    if amount.amount > MOST_USD:
        raise UserError("flow_too_large", amount.text, EXAMPLE)
    whole = int(amount.amount)
    return (whole, 0) if dollars else (0, whole)


def _is_dollars(reading: Reading, name: str) -> bool:
    return name in reading.lexicon.dollar_assets or FAMILY_WORDS.get(name) == "usd"
