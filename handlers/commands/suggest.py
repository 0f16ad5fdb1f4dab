"""What is offered while somebody fills in an option: `Option.source` names one of SOURCES.

Called by `FrontDesk.suggest`; which values are near to what is typed is decided here once for all sources.
"""

from collections.abc import Awaitable, Callable, Iterable
from functools import cache
from typing import Final
from zoneinfo import available_timezones

from babel import Locale
from babel.localedata import locale_identifiers
from rapidfuzz import fuzz, process

from bot.messages.atlas import person_made, short_address
from bot.messages.flowfilter import filter_words
from bot.messages.hostile import clean
from bot.ports import Suggestion
from bot.subscriptions import FlowTarget, ImaginedTarget, MirrorTarget, PriceTarget, WalletTarget, Watch
from handlers.commands.command import Call
from handlers.commands.flownames import exchange_names, known_assets
from handlers.commands.owners import owners_of
from handlers.commands.rules import RULE_NAMES

AT_MOST: Final = 25
LONGEST: Final = 100
"""Characters of a label or a value: Discord's limits on both counts."""
_NEAR_ENOUGH: Final = 55
_PASTS: Final = ("1d", "7d", "30d")
_DURATIONS: Final = ("10m", "30m", "1h", "2h", "4h", "8h", "12h", "1d", "3d", "1w")

Source = Callable[[Call], Awaitable[Iterable[Suggestion]]]


async def suggestions(call: Call, source: str, typed: str) -> tuple[Suggestion, ...]:
    """The nearest first; in the source's own order while nothing is typed. Unknown sources are empty."""
    read = SOURCES.get(source)
    if read is None:
        return ()
    known = [one for one in await read(call) if 0 < len(one.value) <= LONGEST]
    wanted = typed.strip().casefold()[:LONGEST]
    return tuple(
        Suggestion(clean(one.label, cap=LONGEST, unlink=False).text or one.value, one.value)
        for one in (_nearest(known, wanted) if wanted else known)[:AT_MOST]
    )


def _nearest(known: list[Suggestion], wanted: str) -> list[Suggestion]:
    """Beginnings of a word before the rest, then by likeness."""
    texts = [f"{one.label} {one.value}".casefold() for one in known]
    begun = [
        index
        for index, text in enumerate(texts)
        if text.startswith(wanted) or f" {wanted}" in text or f"/{wanted}" in text
    ]
    like = process.extract(
        wanted, texts, scorer=fuzz.WRatio, limit=AT_MOST + len(begun), score_cutoff=_NEAR_ENOUGH
    )
    order = dict.fromkeys((*begun, *(index for _text, _score, index in like)))
    return [known[index] for index in order]


# ---- sources --------------------------------------------------------------------------------------------


async def _watches(call: Call) -> list[Suggestion]:
    return [Suggestion(_watch_label(one), str(one.number)) for one in await call.watches()]


async def _watches_or_all(call: Call) -> list[Suggestion]:
    return [Suggestion("all", "all"), *await _watches(call)]


def _watch_label(watch: Watch) -> str:
    match watch.target:
        case WalletTarget(address, name):
            who = person_made(watch.label or name) if watch.label or name else ""
            return f"#{watch.number} {who} {short_address(address)}".replace("  ", " ")
        case PriceTarget(market, asset):
            return f"#{watch.number} {clean(watch.label or asset.symbol).text} {market}"
        case MirrorTarget(address=address, name=name):
            who = person_made(watch.label or name) if watch.label or name else ""
            return f"#{watch.number} {who} mirror {short_address(address)}".replace("  ", " ")
        case ImaginedTarget(said=said):
            return f"#{watch.number} {clean(watch.label).text} {clean(said, cap=LONGEST).text}".replace(
                "  ", " "
            )
        case FlowTarget() as target:
            said = clean(f"{watch.label} inflows {filter_words(target)}", cap=LONGEST, unlink=False).text
            return f"#{watch.number} {said}"


async def _holders(call: Call) -> list[Suggestion]:
    """Whatever has positions: watches, then owners, then all."""
    watches = await call.watches()
    held = [one for one in watches if not isinstance(one.target, PriceTarget | FlowTarget)]
    owners = [Suggestion(clean(name).text, name) for name in owners_of(watches)]
    return [*(Suggestion(_watch_label(one), str(one.number)) for one in held), *owners, *_plain(("all",))]


async def _charted(call: Call) -> list[Suggestion]:
    return [*await _watches(call), *await _assets(call)]


async def _pasts(call: Call) -> list[Suggestion]:
    """What rules can be tried on: episodes, and times that were kept."""
    return [Suggestion(one, one) for one in (*call.services.replays.episodes(), *_PASTS)]


async def _storied(call: Call) -> list[Suggestion]:
    """Whoever has wallets: watches of one, then owners."""
    watches = await call.watches()
    wallets = (one for one in watches if isinstance(one.target, WalletTarget))
    owners = [Suggestion(clean(name).text, name) for name in owners_of(watches)]
    return [*(Suggestion(_watch_label(one), str(one.number)) for one in wallets), *owners]


async def _owners(call: Call) -> list[Suggestion]:
    return [Suggestion(clean(name).text, name) for name in owners_of(await call.watches())]


async def _assets(call: Call) -> list[Suggestion]:
    return _plain(call.services.prices.symbols())


async def _markets(call: Call) -> list[Suggestion]:
    return [Suggestion(one.title, one.key) for one in call.services.atlas.markets.values()]


async def _chains(call: Call) -> list[Suggestion]:
    return [Suggestion(one.title, one.key) for one in call.services.atlas.chains.values()]


async def _commands(call: Call) -> list[Suggestion]:
    return [Suggestion(f"/{one.name} {one.summary}", one.name) for one in call.commands]


async def _rules(_call: Call) -> list[Suggestion]:
    return _plain(RULE_NAMES)


async def _timezones(_call: Call) -> list[Suggestion]:
    return list(_all_timezones())


async def _locales(_call: Call) -> list[Suggestion]:
    return list(_all_locales())


async def _durations(_call: Call) -> list[Suggestion]:
    return _plain(_DURATIONS)


async def _exchanges(call: Call) -> list[Suggestion]:
    return _plain(await exchange_names(call))


async def _flow_assets(call: Call) -> list[Suggestion]:
    """Families before single tokens."""
    return _plain(dict.fromkeys(("ETH", "BTC", "USD", *(one.asset.symbol for one in known_assets(call)))))


def _plain(values: Iterable[str]) -> list[Suggestion]:
    return [Suggestion(value, value) for value in values]


@cache
def _all_timezones() -> tuple[Suggestion, ...]:
    """UTC and the places people name, before abbreviations."""
    zones = sorted(available_timezones(), key=lambda zone: (zone != "UTC", "/" not in zone, zone))
    return tuple(_plain(zones))


@cache
def _all_locales() -> tuple[Suggestion, ...]:
    """Languages before their regions; half a second of reading, once."""
    known = sorted(locale_identifiers(), key=lambda one: ("_" in one, one))
    return tuple(Suggestion(f"{one} {Locale.parse(one).english_name or ''}".strip(), one) for one in known)


SOURCES: Final[dict[str, Source]] = {
    "watch": _watches,
    "watch_or_all": _watches_or_all,
    "holder": _holders,
    "charted": _charted,
    "storied": _storied,
    "past": _pasts,
    "owner": _owners,
    "asset": _assets,
    "market": _markets,
    "chain": _chains,
    "command": _commands,
    "rule": _rules,
    "timezone": _timezones,
    "locale": _locales,
    "duration": _durations,
    "exchange": _exchanges,
    "flow_asset": _flow_assets,
}
