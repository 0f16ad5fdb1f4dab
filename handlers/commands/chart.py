"""/chart: the price that decides and the health factor, as far back as they were kept."""

from dataclasses import dataclass

from bot.domain.observations import PriceSeen
from bot.domain.positions import Position
from bot.errors import SourceError, UserError
from bot.messages.answers import Answer
from bot.messages.catalogue import _
from bot.messages.chart import charted_asset
from bot.messages.imagined import ChartShown, Whose
from bot.ports import Point
from bot.subscriptions import FlowTarget, PriceTarget, Watch
from handlers.commands.arguments import duration, find_watch, looks_like_wallet, named, no_more, wallet
from handlers.commands.command import Call, Command, Form, Option
from handlers.commands.past import series
from handlers.commands.reading import find_prices, is_asset
from handlers.commands.states import closest, held_by, held_by_wallet

WINDOWS = ("24h", "7d", "30d")


@dataclass(frozen=True, slots=True)
class _Of:
    whose: Whose
    position: Position | None = None
    price: PriceSeen | None = None


async def run(call: Call) -> Answer:
    watches = await call.watches()
    example = _example(call, watches)
    if not call.args:
        raise UserError("missing_chart", example=example)
    no_more(call.args, 2, f"/chart {call.args[0]}")
    window = duration(call.args[1] if len(call.args) > 1 else WINDOWS[0], f"{example} 7d")
    since = call.now - window
    shown = await _of(call, watches, call.args[0], example)
    rules = shown.whose.watch.rules if shown.whose.watch else ()
    if shown.price is not None:
        seen = shown.price
        points = await series(call, seen.market, seen.asset.address, since)
        return ChartShown(shown.whose, seen.market, seen.asset, seen.base_unit, points, since, rules=rules)
    at = shown.position
    assert at is not None
    asset = charted_asset(at, call.services.atlas, call.services.baskets)
    if asset is None:
        raise UserError("nothing_to_chart", call.args[0], f"/price {_symbol(call)}")
    prices = await series(call, at.market, asset.address, since)
    healths = await series(call, at.market, at.account, since)
    return ChartShown(
        shown.whose, at.market, asset, at.base_unit, _together(prices, healths), since, at, rules
    )


async def _of(call: Call, watches: tuple[Watch, ...], word: str, example: str) -> _Of:
    """A watch, an asset, or any wallet."""
    watch = named(watches, word)
    if watch is not None and isinstance(watch.target, PriceTarget):
        prices = await call.services.prices.prices(watch.target.asset.address, watch.target.market)
        if not prices:
            raise SourceError("the watched price cannot be read")
        return _Of(Whose(watch=watch), price=prices[0])
    if watch is None and is_asset(call, word):
        return _Of(Whose(), price=(await find_prices(call, word, "", example))[0])
    if watch is not None and isinstance(watch.target, FlowTarget):
        raise UserError("flow_has_no_position", word, "/flows 24h")
    if watch is not None:
        whose = Whose(watch=watch)
        held, _unread = await held_by(call, watch)
    elif looks_like_wallet(word):
        found = await wallet(call, word, example, watches)
        whose = Whose(name=found.name, address=found.address)
        held, _unread = await held_by_wallet(call, whose, found.address)
    else:
        find_watch(watches, word, "chart")
        raise UserError("missing_chart", word, example)
    nearest = closest(held)
    if nearest is None:
        raise UserError("nothing_to_chart", word, f"/price {_symbol(call)}")
    return _Of(whose, nearest.position)


def _together(prices: tuple[Point, ...], healths: tuple[Point, ...]) -> tuple[Point, ...]:
    """Both series as one, by moment."""
    found: dict[int, Point] = {one.at: Point(one.at, 0, one.price) for one in prices}
    for one in healths:
        known = found.get(one.at)
        found[one.at] = Point(one.at, one.health, known.price if known else 0)
    return tuple(point for _at, point in sorted(found.items()))


def _symbol(call: Call) -> str:
    return next(iter(call.services.prices.symbols()), "WETH")


def _example(call: Call, watches: tuple[Watch, ...]) -> str:
    return f"/chart {_symbol(call)}" if not watches else f"/chart {watches[0].number}"


COMMAND = Command(
    name="chart",
    usage=_("<watch, wallet or asset> [24h, 7d or 30d]"),
    summary=_("A picture of the price that decides, and of the health factor"),
    run=run,
    examples=("/chart ETH", "/chart 1", "/chart 1 7d"),
    notes=(_("I draw what I saw myself since I watch it; the same is said in words."),),
    forms=(
        Form(
            "",
            _("A picture of the price that decides, and of the health factor"),
            (
                Option("what", _("A watch, a wallet or an asset"), source="charted", sample="ETH"),
                Option("time", _("How far back"), required=False, choices=WINDOWS, sample="24h"),
            ),
        ),
    ),
)
