"""Time and chance in words: how long interest alone takes to HF 1, and how likely a price is touched.

Called by cards and what-ifs. A chance is told only where past prices are at hand, and never without saying
that it is not calibrated.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from bot.domain.aave_v3 import UnreadError
from bot.domain.fixed_point import SECONDS_PER_YEAR
from bot.domain.lifetime import HORIZON_SECONDS, seconds_until_liquidation
from bot.domain.passage import CALIBRATED, DAY_SECONDS, WEEK_SECONDS, touch_probability
from bot.domain.positions import Position
from bot.domain.units import WAD, Wad
from bot.messages.catalogue import _, plural
from bot.messages.imagined import Restless
from bot.messages.model import Line
from bot.messages.numbers import Side, rounded
from bot.messages.outlook import Lever, is_liquidatable, levers
from bot.messages.rich import bold, say
from bot.messages.voice import Voice

WORTH_SAYING_S: Final = 2 * SECONDS_PER_YEAR
"""Beyond two years prices will have decided."""
_REMEMBERED: Final = 512


def seconds_left(position: Position) -> int | None:
    """Until interest alone brings liquidation; None when not within ten years or when it cannot be known."""
    if position.origin is None or not position.has_debt or is_liquidatable(position):
        return None
    return _seconds_left(position, id(position.origin))


@lru_cache(maxsize=_REMEMBERED)
def _seconds_left(position: Position, _behind: int) -> int | None:
    """`_behind`: positions are equal whatever the words behind them are."""
    assert position.origin is not None
    try:
        return seconds_until_liquidation(position.origin.market, position.origin.account)
    except UnreadError:
        return None


def lifetime(voice: Voice, position: Position) -> tuple[Line, ...]:
    """At flat prices interest alone brings liquidation in 412 days; nothing where that is far off."""
    left = seconds_left(position)
    if left is None or left >= WORTH_SAYING_S:
        return ()
    template = _("At flat prices and today's rates, interest alone brings liquidation in {time}")
    return (say(template, time=bold(time_left(voice, left))),)


def loop_lifetime(voice: Voice, position: Position) -> tuple[Line, ...]:
    """Of a loop within one basket time decides: said however long it is."""
    if position.origin is None:
        return ()
    left = seconds_left(position)
    if left is not None:
        template = _("At today's rates interest alone brings liquidation in {time}")
        return (say(template, time=bold(time_left(voice, left))),)
    years = HORIZON_SECONDS // SECONDS_PER_YEAR
    return (say(_("At today's rates interest alone brings no liquidation within {n} years"), n=years),)


def time_left(voice: Voice, seconds: int) -> str:
    """Days, floored: 412 days; hours and minutes below two days, years and days from two years on."""
    days = seconds // DAY_SECONDS
    if days < 2:
        return voice.figures.duration(seconds)
    if seconds >= WORTH_SAYING_S:
        years = seconds // SECONDS_PER_YEAR
        return plural("{n} year", "{n} years", years).format(n=years)
    return plural("{n} day", "{n} days", days).format(n=voice.figures.whole(days))


# ---- chance -------------------------------------------------------------------------------------------


def chance(voice: Voice, position: Position, restless: Sequence[Restless]) -> tuple[Line, ...]:
    """Chance that ETH touches $2,840: 3 % within 24 h, 21 % within 7 d (not calibrated)."""
    found = _chances(voice, position, restless)
    if found is None:
        return ()
    lever, known = found
    annual = known.volatility.annual
    day = touch_probability(lever.now, lever.target, annual, DAY_SECONDS)
    week = touch_probability(lever.now, lever.target, annual, WEEK_SECONDS)
    side = Side.DOWN if lever.rises else Side.UP
    template = _("Chance that {coin} touches {price}: {day} within 24 h, {week} within 7 d")
    line = say(
        template,
        coin=voice.atlas.coin(lever.asset),
        price=voice.figures.price(lever.target, position.base_unit, side),
        day=bold(share(voice, day)),
        week=bold(share(voice, week)),
    )
    return (line if CALIBRATED else line + say(_(" (not calibrated)")),)


def chance_details(voice: Voice, position: Position, restless: Sequence[Restless]) -> tuple[Line, ...]:
    """By what method, from which window, and what it leaves out."""
    found = _chances(voice, position, restless)
    if found is None:
        return ()
    volatility = found[1].volatility
    told = [
        say(
            _(
                "Chance: first passage of a random walk without trend, at {volatility} volatility a year from"
                " {n} price moves over {window}"
            ),
            volatility=voice.figures.percent(volatility.annual * 10_000 // WAD),
            n=voice.figures.whole(volatility.returns),
            window=voice.figures.duration(volatility.window_seconds),
        ),
        say(_("It knows no jumps, and after calm days it is too low: no promise")),
    ]
    if not CALIBRATED:
        told.append(say(_("Not calibrated: never held against a year of prices")))
    return tuple(told)


def _chances(voice: Voice, position: Position, restless: Sequence[Restless]) -> tuple[Lever, Restless] | None:
    """The nearest lever whose past is known."""
    known = {one.asset: one for one in restless if one.market == position.market}
    if not known:
        return None
    found = levers(position, voice.atlas, voice.baskets)
    return next(((one, known[one.asset.address]) for one in found if one.asset.address in known), None)


def share(voice: Voice, probability: Wad | int) -> str:
    """A chance: rounded up, never to certainty or to nothing."""
    bps = rounded(probability, WAD, 4, Side.UP)
    if bps <= 10:
        return _("under {percent}").format(percent=voice.figures.exact_percent(10))
    if bps >= 9_900:
        return _("over {percent}").format(percent=voice.figures.exact_percent(9_900))
    whole = -(-bps // 100) * 100 if bps >= 1_000 else -(-bps // 10) * 10
    return voice.figures.exact_percent(min(whole, 9_900))
