"""A filter of flows as people type it, in any order: `ETH from trend.eth 1m`, `USDT Binance 50m in 24h`.

Read by /inflows and by lists. Pure: who is meant by a name, the command finds out.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from bot.domain.flows import FlowKind
from bot.domain.markets import fold
from bot.errors import UserError
from bot.messages.parsing import parse_duration
from bot.messages.typed.flowamounts import Typed, amount_of, is_amount
from bot.messages.typed.flowreading import EXAMPLE, FAMILY_WORDS, FlowAsked, Lexicon, Reading
from bot.messages.typed.flowrule import DAY_S, rule_of
from bot.messages.typed.near import nearest
from bot.messages.typed.tokens import SEPARATORS, Reader, Word

WORDS_AT_MOST: Final = 20
WINDOWS_S: Final = (3_600, 7 * 86_400)

_DIRECTIONS: Final[dict[str, tuple[FlowKind, ...]]] = {
    **dict.fromkeys(("out", "outflow", "outflows", "withdrawals", "leaving"), (FlowKind.OUTFLOW,)),
    **dict.fromkeys(("inflow", "inflows", "deposits"), (FlowKind.INFLOW,)),
    "both": (FlowKind.INFLOW, FlowKind.OUTFLOW),
    "between": (FlowKind.BETWEEN,),
}
_NOISE: Final = SEPARATORS | {
    "any", "all", "of", "to", "into", "exchange", "exchanges", "transfer", "transfers", "over", "above",
    "least", "at", "more", "than", "or", "single", "worth", ">", ">=", "the",
}  # fmt: skip
_DOLLARS: Final = frozenset({"dollar", "dollars", "usd", "$"})
_EACH: Final = frozenset({"each", "sender", "senders"})
_EVERY: Final = {
    **dict.fromkeys(("hourly", "hour", "1h"), 3_600),
    **dict.fromkeys(("daily", "day", "24h", "1d"), DAY_S),
}
_BARE_TIME: Final = re.compile(r"\d{1,3}[hdw]", re.IGNORECASE)
"""A time that nobody takes for an amount; `30m` may be either, so that needs `in`."""
KEYWORDS: Final = ("from", "to", "out", "both", "between", "in", "on", "each", "unusual", "digest", "off")


def read_flows(words: Sequence[Word], lexicon: Lexicon, *, comma_is_point: bool = False) -> FlowAsked:
    """The filter with its rule. UserError with the word that is wrong and an example that works."""
    reading, reader = Reading(lexicon, comma_is_point), Reader(words)
    while reader.more():
        _one(reading, reader)
    asked = reading.asked
    for kind in (asked.assets, asked.exchanges, asked.senders, asked.receivers):
        kind[:] = dict.fromkeys(kind)
    reading.asked.rule = rule_of(reading)
    return reading.asked


def _one(reading: Reading, reader: Reader) -> None:
    word = reader.take()
    match word.key:
        case "from":
            reading.asked.senders.append(_next(reader, word))
        case "to":
            _to(reading, reader, word)
        case "on":
            chain = _next(reader, word)
            if fold(chain) not in reading.lexicon.chains:
                near = nearest(chain, tuple(reading.lexicon.chains))
                raise UserError("unknown_chain", chain, "/inflows ETH $20m", near)
            reading.asked.chains.append(reading.lexicon.chains[fold(chain)])
        case "in" | "within" | "per" | "by" | "every":
            _within(reading, reader, word)
        case "unusual":
            reading.unusual = word.text
        case "digest":
            every = _EVERY.get(reader.peek().key, 0)
            if not every and reader.peek().key in {"weekly", "monthly", "minutely", "yearly"}:
                raise UserError("digest_how_often", reader.peek().text, "/inflows digest daily")
            reading.digest = (every or DAY_S, word.text)
            if every:
                reader.take()
        case key if key in _EACH:
            reading.each = True
        case key if key in _DIRECTIONS:
            reading.asked.directions = _DIRECTIONS[key]
        case key if key in _NOISE:
            pass
        case _:
            _value(reading, reader, word)


def _next(reader: Reader, word: Word) -> str:
    if not reader.more():
        raise UserError("missing_flow_word", word.text, EXAMPLE)
    return reader.take().text


def _to(reading: Reading, reader: Reader, word: Word) -> None:
    """An exchange behind it is one; anybody else receives."""
    if not reader.more():
        raise UserError("missing_flow_word", word.text, EXAMPLE)
    if reader.peek().key in _NOISE or _exchange(reading, reader):
        return
    reading.asked.receivers.append(reader.take().text)
    if reading.asked.directions == (FlowKind.INFLOW,):
        reading.asked.directions = (FlowKind.OUTFLOW,)  # only what leaves an exchange is received by a person


def _within(reading: Reading, reader: Reader, word: Word) -> None:
    """A time; `in` alone is the direction, `by sender` what is summed."""
    key = reader.peek().key
    if key in _EACH:
        return
    try:
        seconds = parse_duration(reader.peek().text)
    except ValueError:
        if word.key == "in":
            return
        raise UserError(
            "not_a_duration" if reader.more() else "missing_flow_word",
            reader.peek().text or word.text,
            "/inflows USDT $50m in 24h",
        ) from None
    text = reader.take().text
    if not WINDOWS_S[0] <= seconds <= WINDOWS_S[1]:
        raise UserError("flow_window", text, "/inflows USDT $50m in 24h")
    reading.window = (seconds, text)


def _value(reading: Reading, reader: Reader, word: Word) -> None:
    """An amount, an asset or an exchange, each by what it is."""
    if word.text.startswith(("-", "+")) and is_amount(word.text[1:], reading.comma_is_point):
        raise UserError("negative_flow", word.text, "/inflows ETH out $20m")
    if _BARE_TIME.fullmatch(word.text):
        reader.at -= 1
        _within(reading, reader, word)
        return
    if not word.quoted and (found := amount_of(word.text, reading.comma_is_point)) is not None:
        if reading.amount is not None:
            raise UserError("two_amounts", word.text, EXAMPLE)
        if reader.peek().key in _DOLLARS:
            found = Typed(found.amount, found.text, dollars=True)
            reader.take()
        reading.amount = found
        if found.asset:
            _asset(reading, found.asset, word)
        return
    if _named_asset(reading, word.text):
        return
    reader.at -= 1
    if _exchange(reading, reader):
        return
    reader.take()
    _unknown(reading, word)


def _asset(reading: Reading, name: str, word: Word) -> None:
    if not _named_asset(reading, name):
        _unknown(reading, Word(name, quoted=word.quoted))


def _named_asset(reading: Reading, name: str) -> bool:
    """By its symbol, its family's, or as `chain_id/contract`."""
    found: tuple[str, ...] = ()
    chain, slash, contract = name.partition("/")
    if name.casefold() in FAMILY_WORDS:
        found = (FAMILY_WORDS[name.casefold()],)
    elif slash and chain.isdecimal() and contract[:2].casefold() == "0x":
        every = (key for keys in reading.lexicon.assets.values() for key in keys)
        found = tuple(key for key in every if key.casefold() == name.casefold())[:1]
    else:
        found = reading.lexicon.assets.get(fold(name), ())
    if found:
        reading.named.append(fold(name))
        _bounded(reading.named, name)
        reading.asked.assets.extend(found)
    return bool(found)


def _exchange(reading: Reading, reader: Reader) -> bool:
    """The longest name of an exchange that begins here, taken."""
    for count in (3, 2, 1):
        words = [reader.peek(ahead).text for ahead in range(count)]
        name = reading.lexicon.exchanges.get(fold(" ".join(words)))
        if name and all(words):
            for _taken in words:
                reader.take()
            reading.asked.exchanges.append(name)
            _bounded(reading.asked.exchanges, words[0])
            return True
    return False


def _bounded(named: Sequence[str], word: str) -> None:
    if len(named) > WORDS_AT_MOST:
        raise UserError("too_many_flow_words", word, EXAMPLE)


def _unknown(reading: Reading, word: Word) -> None:
    if word.text[:2].casefold() == "0x" or (word.text.count(".") and word.text.endswith(".eth")):
        raise UserError("loose_wallet", word.text, f"/inflows from {word.text}")
    if word.text[:1].isdecimal() or word.text[:1] == "$":
        raise UserError("not_an_amount", word.text, EXAMPLE)
    lexicon = reading.lexicon
    near = nearest(word.text, (*lexicon.symbols, *lexicon.exchanges.values()))
    meant = get_close_matches(word.text.casefold(), KEYWORDS, n=1, cutoff=0.75)
    raise UserError("unknown_flow_word", word.text, EXAMPLE, (*meant, *near)[:3])
