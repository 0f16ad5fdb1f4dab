"""/flows: what went into and out of exchanges within an hour, a day or a week, with its picture."""

from collections.abc import Sequence
from typing import Final

from bot.domain.markets import fold
from bot.errors import UserError
from bot.messages.answers import Answer
from bot.messages.catalogue import _
from bot.messages.flowanswers import FlowsShown
from bot.messages.parsing import parse_duration
from bot.messages.typed.flowreading import FAMILY_WORDS
from bot.messages.typed.tokens import SEPARATORS, Reader, cut
from bot.ports import TrackedAsset
from handlers.commands.arguments import nearest
from handlers.commands.command import Call, Command, Form, Option
from handlers.commands.flownames import asset_key, exchange_names, known_assets

EXAMPLE: Final = "/flows ETH 24h"
DAY_S: Final = 86_400
WINDOWS_S: Final = (3_600, 7 * DAY_S)
_NOISE: Final = SEPARATORS | {"of", "at", "on", "in", "to", "last", "the", "all"}


async def run(call: Call) -> Answer:
    tracked = known_assets(call)
    exchanges = {fold(one): one for one in await exchange_names(call)}
    reader = Reader(cut(" ".join(call.args)))
    window, assets, names, venue = 0, list[TrackedAsset](), list[str](), list[str]()
    while reader.more():
        word = reader.peek()
        if word.key in _NOISE:
            reader.take()
        elif (seconds := _window(word.text)) is not None:
            if window or not WINDOWS_S[0] <= seconds <= WINDOWS_S[1]:
                raise UserError("extra_words" if window else "flow_window", word.text, EXAMPLE)
            window = seconds
            reader.take()
        elif found := _assets(tracked, word.text):
            assets.extend(found)
            names.append(word.text)
            reader.take()
        elif name := _exchange(reader, exchanges):
            venue.append(name)
        else:
            known = (*_symbols(tracked), *exchanges.values())
            raise UserError("unknown_flow_word", word.text, EXAMPLE, nearest(word.text, known))
    window = window or DAY_S
    keys = tuple(dict.fromkeys(asset_key(one.asset) for one in assets))
    sums = await call.services.flows.sums(
        since=call.now - window, until=call.now, assets=keys, exchanges=tuple(venue)
    )
    of = tuple(one.asset for one in (assets or tracked))
    blind = tuple(one.chain_id for one in call.services.eyes.flow_health() if one.head and not one.traced)
    return FlowsShown(sums, window, ", ".join(names), ", ".join(venue), of, blind)


def _window(word: str) -> int | None:
    try:
        return parse_duration(word)
    except ValueError:
        return None


def _symbols(tracked: Sequence[TrackedAsset]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.asset.symbol for one in tracked))


def _assets(tracked: Sequence[TrackedAsset], word: str) -> list[TrackedAsset]:
    """Those of a family, or of that symbol on every chain."""
    family = FAMILY_WORDS.get(word.casefold())
    if family is not None:
        return [one for one in tracked if one.family == family]
    return [one for one in tracked if fold(one.asset.symbol) == fold(word)]


def _exchange(reader: Reader, exchanges: dict[str, str]) -> str:
    """The longest name that begins here, taken; empty for none."""
    for count in (3, 2, 1):
        words = [reader.peek(ahead).text for ahead in range(count)]
        name = exchanges.get(fold(" ".join(words)), "") if all(words) else ""
        if name:
            reader.at += count
            return name
    return ""


COMMAND = Command(
    name="flows",
    usage=_("[asset] [exchange] [1h, 24h or 7d]"),
    summary=_("What went into and out of exchanges"),
    run=run,
    examples=(EXAMPLE, "/flows", "/flows USDT Binance 7d", "/flows 1h"),
    notes=(
        _("ETH, BTC and USD stand for all that moves with them; other symbols for that token alone."),
        _("Net above nothing: more went in than out. Dollars are those of the time of each transfer."),
    ),
    forms=(
        Form(
            "",
            _("What went into and out of exchanges"),
            (
                Option(
                    "asset",
                    _("ETH, BTC, USD or a symbol; without it all"),
                    required=False,
                    source="flow_asset",
                    sample="ETH",
                ),
                Option(
                    "window",
                    _("How far back, without it 24 h"),
                    required=False,
                    choices=("1h", "24h", "7d"),
                    sample="24h",
                ),
                Option("exchange", _("Of one exchange only"), required=False, source="exchange"),
            ),
        ),
    ),
)
