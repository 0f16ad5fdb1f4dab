"""The picture of a life: the price of the coin it is about, with what was done as marks on it.

Called by `bot.messages.story`. Marks have no sizes, so nothing is to be hidden in a group.
"""

from bisect import bisect_right
from typing import Final

from bot.domain.story.events import EventKind
from bot.domain.story.steps import Step
from bot.domain.transfers import USD_UNIT
from bot.messages.atlas import short_address
from bot.messages.catalogue import _
from bot.messages.hostile import clean
from bot.messages.model import Chart, Mark
from bot.messages.storyfacts import StoryShown
from bot.messages.voice import Voice

LEAST_POINTS: Final = 3
MARKS_AT_MOST: Final = 200

_SIGNS: Final = {
    EventKind.FROM_EXCHANGE: "build",
    EventKind.SUPPLY: "build",
    EventKind.RECEIVED: "build",
    EventKind.TO_EXCHANGE: "sell",
    EventKind.BORROW: "borrow",
    EventKind.REPAY: "repay",
    EventKind.LIQUIDATED: "liquidated",
}


def story_chart(voice: Voice, answer: StoryShown) -> Chart | None:
    """None where too few prices are known to draw a line."""
    if not answer.story.books:
        return None
    family = answer.story.books[0].family
    price = tuple(sorted({one.at: int(one.price) for one in answer.prices if one.family == family}.items()))
    if len(price) < LEAST_POINTS:
        return None
    coin = answer.title(family)
    marks = _marks(answer, family, price)
    name = clean(answer.whose.name).text or (
        short_address(answer.story.accounts[0]) if len(answer.story.accounts) == 1 else ""
    )
    title = " · ".join(part for part in (name, _("story"), coin) if part)
    return Chart(
        title=title,
        alt=f"{title}: {_told(voice, price, marks)}",
        price=price,
        unit=USD_UNIT,
        price_label=coin,
        timezone=voice.figures.timezone,
        marks=marks,
    )


def _marks(answer: StoryShown, family: str, price: tuple[tuple[int, int], ...]) -> tuple[Mark, ...]:
    """One mark a step, at the price of its time. Money sent about is no building and no selling."""
    of_family = {event.asset for event in answer.story.events if event.family == family}
    points: dict[str, list[tuple[int, int]]] = {}
    for one in answer.story.steps:
        sign = _SIGNS.get(one.kind)
        if sign in ("build", "sell") and one.asset not in of_family:
            continue
        if sign is not None and price[0][0] <= one.since <= price[-1][0]:
            points.setdefault(sign, []).append((one.since, _at(price, one)))
    labels = {
        "build": _("built"),
        "sell": _("sold"),
        "borrow": _("borrowed"),
        "repay": _("repaid"),
        "liquidated": _("liquidated"),
    }
    return tuple(
        Mark(sign, label, tuple(points[sign][:MARKS_AT_MOST]))
        for sign, label in labels.items()
        if sign in points
    )


def _at(price: tuple[tuple[int, int], ...], one: Step) -> int:
    """The price on the line at that moment."""
    after = bisect_right(price, (one.since, 2**256))
    if after == len(price):
        return price[-1][1]
    (start, low), (end, high) = price[after - 1], price[after]
    return low + (high - low) * (one.since - start) // (end - start)


def _told(voice: Voice, price: tuple[tuple[int, int], ...], marks: tuple[Mark, ...]) -> str:
    values = [value for _moment, value in price]
    course = _("from {first} to {last}, between {low} and {high}").format(
        first=voice.figures.price(values[0], USD_UNIT),
        last=voice.figures.price(values[-1], USD_UNIT),
        low=voice.figures.price(min(values), USD_UNIT),
        high=voice.figures.price(max(values), USD_UNIT),
    )
    counted = ", ".join(f"{one.label} ×{len(one.points)}" for one in marks)
    return f"{course}. {counted}" if counted else course
