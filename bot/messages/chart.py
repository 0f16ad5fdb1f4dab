"""Charts in words and numbers: what `bot.charts` draws, and the same facts for who cannot see it.

Called by `bot.messages.compose`. Prices and health factors only, so nothing is to be hidden in a group.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.alerts import Alert
from bot.domain.baskets import Basket
from bot.domain.observations import PositionSeen, PriceSeen
from bot.domain.positions import Owed, Position, Supplied
from bot.domain.rules import HealthRule, PriceRule, Rule
from bot.domain.units import Asset, BaseAmount
from bot.messages.atlas import Atlas
from bot.messages.catalogue import _, plural
from bot.messages.imagined import ChartShown, Moment
from bot.messages.lines import lever_name
from bot.messages.model import Chart, Line, Message
from bot.messages.names import alert_name, whose
from bot.messages.numbers import Side
from bot.messages.outlook import Lever, collaterals, debts, levers, price_at_health, same_basket
from bot.messages.rich import line_text, plain, say
from bot.messages.voice import Voice

LEAST_POINTS: Final = 3
LEVELS_SHOWN: Final = 4

_Series = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What a chart is made of, whoever asks for it."""

    title: str
    asset: Asset
    base_unit: int
    price: _Series
    health: _Series
    lever: Lever | None
    levels: tuple[tuple[str, int], ...]


def charted_asset(position: Position, atlas: Atlas, baskets: tuple[Basket, ...]) -> Asset | None:
    """Whose price a position's chart shows: what decides first, else its largest collateral or debt."""
    if (lever := _lever(position, atlas, baskets)) is not None:
        return lever.asset
    parts: tuple[Supplied | Owed, ...] = (*collaterals(position), *debts(position))
    return parts[0].asset if parts else None


def charted(voice: Voice, alert: Alert) -> Asset | None:
    """The asset of an alert's chart; None for what has none."""
    match alert.seen:
        case PositionSeen(position=position):
            return charted_asset(position, voice.atlas, voice.baskets)
        case PriceSeen(asset=asset):
            return asset
        case _:
            return None


def alert_chart(voice: Voice, alert: Alert, points: Sequence[Moment]) -> Message | None:
    """The picture that follows an alert; None where too little is known to draw.

    `points` are those of its subject and of its asset's price, in any order.
    """
    asset, seen = charted(voice, alert), alert.seen
    if asset is None or not isinstance(seen, PositionSeen | PriceSeen):
        return None
    position = seen.position if isinstance(seen, PositionSeen) else None
    base_unit = position.base_unit if position else getattr(seen, "base_unit", 0)
    name = alert_name(voice, alert) if position else ""
    rules = (alert.rule,) if alert.rule else ()
    drawn = _drawn(voice, name, asset, base_unit, points, position, rules)
    return _message(voice, drawn) if drawn else None


def chart_shown(voice: Voice, answer: ChartShown) -> Message:
    """What /chart asked for, or that it is too early to draw."""
    position = answer.position
    name = line_text(whose(voice, answer.whose, position)) if position else ""
    drawn = _drawn(voice, name, answer.asset, answer.base_unit, answer.points, position, answer.rules)
    if drawn is not None:
        return _message(voice, drawn)
    count = len(answer.points)
    template = plural(
        "I have kept {n} moment of it so far: too few to draw. Ask again in a few minutes",
        "I have kept {n} moments of it so far: too few to draw. Ask again in a few minutes",
        count,
    )
    return Message((say(template, n=count),))


def _drawn(
    voice: Voice,
    name: str,
    asset: Asset,
    base_unit: int,
    points: Sequence[Moment],
    position: Position | None,
    rules: Sequence[Rule],
) -> _Drawn | None:
    price = _series([(one.at, one.price) for one in points])
    health = _series([(one.at, one.health) for one in points])
    price, health = (one if len(one) >= LEAST_POINTS else () for one in (price, health))
    if not price and not health:
        return None
    if position is not None:
        # What is told is newer than what was kept a minute ago, and it is what the picture is about.
        at = position.as_of.timestamp
        price = _ending(price, at, _price_in(position, asset))
        health = _ending(health, at, position.health_factor if position.has_debt else 0)
    coin = voice.atlas.coin(asset)
    lever = _lever(position, voice.atlas, voice.baskets, asset) if position else None
    title = " · ".join(part for part in (name, coin if price else _("health factor")) if part)
    return _Drawn(title, asset, base_unit, price, health, lever, _levels(voice, position, lever, rules))


def _ending(series: tuple[tuple[int, int], ...], at: int, value: int) -> tuple[tuple[int, int], ...]:
    """The series with its newest point; as it is when nothing is drawn, known or newer."""
    return (*series, (at, value)) if series and value and at > series[-1][0] else series


def _price_in(position: Position, asset: Asset) -> int:
    """The price of an asset by which a position was judged; 0 = it is neither held nor leads what is."""
    parts: tuple[Supplied | Owed, ...] = (*position.supplied, *position.owed)
    held = next((part.price for part in parts if part.asset.address == asset.address), 0)
    if held or position.origin is None:
        return held
    market = position.origin.market
    index = next((i for i, one in market.reserves.items() if one.asset.address == asset.address), -1)
    return market.prices.get(index, 0)


def _series(points: Sequence[tuple[int, int]]) -> _Series:
    """In rising time, one value a moment, what is not known left out."""
    return tuple(sorted({at: value for at, value in points if value > 0}.items()))


def _lever(
    position: Position, atlas: Atlas, baskets: tuple[Basket, ...], asset: Asset | None = None
) -> Lever | None:
    """What decides first; of one asset, if it decides."""
    if same_basket(position, baskets):
        return None
    found = levers(position, atlas, baskets)
    return next((one for one in found if asset is None or one.asset.address == asset.address), None)


def _levels(
    voice: Voice, position: Position | None, lever: Lever | None, rules: Sequence[Rule]
) -> tuple[tuple[str, int], ...]:
    """The alert levels ahead, as prices: those of the ladder that the position has not passed."""
    found: list[tuple[str, int]] = []
    for rule in rules:
        if isinstance(rule, PriceRule) and position is None:
            name = _("alert above") if rule.above else _("alert below")
            found.append((name, rule.level))
        elif isinstance(rule, HealthRule) and position is not None and lever is not None:
            for level in sorted(rule.levels, reverse=True):
                at = price_at_health(position, lever, level) if level < position.health_factor else None
                if at is not None:
                    found.append((_("HF {level}").format(level=voice.figures.level(level)), int(at)))
    return tuple(found[:LEVELS_SHOWN])


# ---- in words -----------------------------------------------------------------------------------------


def _message(voice: Voice, drawn: _Drawn) -> Message:
    told = _words(voice, drawn)
    text = ". ".join(line_text(line) for line in told)
    lever = drawn.lever
    chart = Chart(
        title=drawn.title,
        alt=f"{drawn.title}: {text}",
        price=drawn.price,
        unit=drawn.base_unit,
        price_label=voice.atlas.coin(drawn.asset) if drawn.price else "",
        health=drawn.health,
        health_label=_("health factor") if drawn.health else "",
        liquidation=int(lever.target) if lever and drawn.price else 0,
        liquidation_label=_liquidation(voice, drawn) if drawn.price else "",
        levels=drawn.levels if drawn.price else (),
        timezone=voice.figures.timezone,
    )
    return Message((plain(drawn.title), *told), chart=chart)


def _words(voice: Voice, drawn: _Drawn) -> tuple[Line, ...]:
    """The facts of the picture, one line each."""
    told: list[Line] = []
    if drawn.price:
        told.append(_course(voice, voice.atlas.coin(drawn.asset), drawn.price, drawn.base_unit))
        if label := _liquidation(voice, drawn):
            told.append(plain(label))
        if drawn.levels:
            named = (
                _("{name} at {price}").format(name=name, price=_price(voice, drawn, at))
                for name, at in drawn.levels
            )
            told.append(say(_("Alert levels ahead: {levels}"), levels=", ".join(named)))
    if drawn.health:
        told.append(_course(voice, _("HF"), drawn.health, 0))
    return tuple(told)


def _course(voice: Voice, name: str, series: _Series, base_unit: int) -> Line:
    """ETH $3,040, from $2,900, between $2,800 and $3,100 in 7 d"""

    def told(value: int) -> str:
        return voice.figures.price(value, base_unit) if base_unit else voice.figures.health(value)

    values = [value for _at, value in series]
    return say(
        _("{name} {now}, from {first}, between {low} and {high} in {time}"),
        name=name,
        now=told(values[-1]),
        first=told(values[0]),
        low=told(min(values)),
        high=told(max(values)),
        time=voice.figures.duration(series[-1][0] - series[0][0]),
    )


def _liquidation(voice: Voice, drawn: _Drawn) -> str:
    if drawn.lever is None:
        return ""
    side = Side.DOWN if drawn.lever.rises else Side.UP
    template = _("Liquidation at {price} for {coin}")
    return template.format(
        price=voice.figures.price(BaseAmount(drawn.lever.target), drawn.base_unit, side),
        coin=lever_name(voice, drawn.lever),
    )


def _price(voice: Voice, drawn: _Drawn, price: int) -> str:
    """A level, to the side on which it speaks early."""
    side = Side.DOWN if drawn.lever and drawn.lever.rises else Side.UP
    return voice.figures.price(price, drawn.base_unit, side)
