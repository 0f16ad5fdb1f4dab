"""What is said around an episode that is played: what it is, the line that moves with it, and its end.

Called by `bot.demo`; the alerts between are composed like all others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.units import BPS, HF_NO_DEBT, WAD, Asset
from bot.messages.catalogue import _, plural
from bot.messages.hostile import clean
from bot.messages.model import Line, Message
from bot.messages.numbers import Figures
from bot.messages.rich import bold, code, faint, joined, say
from bot.messages.voice import Voice

TITLE_CAP: Final = 100
NOTE_CAP: Final = 500


@dataclass(frozen=True, slots=True)
class EpisodeBegins:
    """`made_up`: no part of it happened. `notes` are the episode's own words: hostile text."""

    title: str
    made_up: bool
    recorded: bool
    starts: int
    ends: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One followed position now."""

    title: str
    """Its label: hostile text."""
    health: int


@dataclass(frozen=True, slots=True)
class EpisodeNow:
    """Where a replay is. `filled`: the price lies between two that are in the episode."""

    at: int
    asset: Asset | None
    price: int
    base_unit: int
    filled: bool
    readings: tuple[Reading, ...]
    made_up: bool = False
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Warned:
    """What one followed position was told, and how near it came."""

    title: str
    first_at: int
    """0 = it was never warned of."""
    first_health: int
    warnings: int
    worst_at: int
    """0 = it never owed anything."""
    worst_health: int
    under_at: int = 0
    """When it first stood below 1; 0 = never."""
    liquidated_at: int = 0


@dataclass(frozen=True, slots=True)
class EpisodeEnds:
    """The whole of it. `messages` were sent, `edits` changed some of them."""

    title: str
    made_up: bool
    asset: Asset | None
    turn: int
    """The price on the market that was worst for them: the lowest, or the highest where `is_high`."""
    turn_at: int
    is_high: bool
    base_unit: int
    warned: tuple[Warned, ...]
    messages: int
    edits: int


def begins(voice: Voice, told: EpisodeBegins) -> Message:
    """The opening card."""
    title = bold(clean(told.title, TITLE_CAP, unlink=False).text)
    figures = voice.figures
    lines: list[Line] = [
        say(_("SYNTHETIC: {title}. Made up, nothing of it happened."), title=title)
        if told.made_up
        else say("{title}", title=title),
        faint(say(_("{begin} to {end}"), begin=figures.moment(told.starts), end=figures.moment(told.ends))),
    ]
    if not told.made_up and not told.recorded:
        filled = _("Retold from dated figures; what lies between them is filled in. Prices with ≈ are.")
        lines.append(say(filled))
    lines.append(
        faint(say(_("Reminders are off here, and no picture is drawn; all else is as it would be live.")))
    )
    return Message(
        tuple(lines),
        details=tuple(
            faint(say("{note}", note=clean(note, NOTE_CAP, unlink=False).text)) for note in told.notes
        ),
    )


def now_line(figures: Figures, now: EpisodeNow, symbol: str) -> str:
    """Time, price, health factor and distance, as short as they go."""
    parts = [figures.moment(now.at)]
    if now.asset is not None and now.price:
        parts.append(f"{symbol} {'≈ ' if now.filled else ''}{figures.price(now.price, now.base_unit)}")
    parts += [_reading(figures, one) for one in now.readings]
    if now.made_up:
        parts.insert(0, _("SYNTHETIC"))
    if now.paused:
        parts.insert(0, _("paused"))
    return " · ".join(parts)


def _reading(figures: Figures, one: Reading) -> str:
    title = clean(one.title).text
    if one.health >= HF_NO_DEBT:
        return _("{title}: no debt").format(title=title)
    health = figures.health(one.health)
    if one.health < WAD:
        return _("{title}: HF {health}, liquidatable").format(title=title, health=health)
    left = figures.percent(BPS - BPS * WAD // one.health)
    return _("{title}: HF {health}, {left} left").format(title=title, health=health, left=left)


def caption(text: str) -> str:
    """A sentence of the episode's own: hostile text."""
    return f"— {clean(text, NOTE_CAP, unlink=False).text}"


def ends(voice: Voice, told: EpisodeEnds) -> Message:
    """What was warned of when, how long before the worst, and how one gets from here to a live bot."""
    figures = voice.figures
    title = bold(clean(told.title, TITLE_CAP, unlink=False).text)
    lines: list[Line] = [say(_("The end of {title}"), title=title)]
    if told.asset is not None and told.turn_at:
        lines.append(
            say(
                _("Highest price: {symbol} {price}, {when}")
                if told.is_high
                else _("Lowest price: {symbol} {price}, {when}"),
                symbol=voice.atlas.coin(told.asset),
                price=figures.exact_price(told.turn, told.base_unit),
                when=figures.moment(told.turn_at),
            )
        )
    for one in told.warned:
        lines += _warned(figures, one, told)
    sent = say(plural("{n} message", "{n} messages", told.messages), n=told.messages)
    edits = say(plural("{n} of them edited", "{n} edits", told.edits), n=told.edits) if told.edits else ()
    lines.append(joined([sent, edits]))
    return Message((*lines, *_next_steps()))


def _warned(figures: Figures, one: Warned, told: EpisodeEnds) -> Sequence[Line]:
    title = bold(clean(one.title).text)
    if not one.first_at:
        return [say(_("{title}: nothing to warn of"), title=title)]
    turn = _("the highest price") if told.is_high else _("the lowest price")
    found = [
        say(
            _("{title}: first warned {when} at HF {health}, {before}"),
            title=title,
            when=figures.moment(one.first_at),
            health=figures.health(one.first_health),
            before=_before(one.first_at, told.turn_at, turn),
        )
    ]
    worst = say(
        _("nearest at HF {health}, {when}"),
        health=figures.health(one.worst_health),
        when=figures.moment(one.worst_at),
    )
    count = say(plural("{n} warning", "{n} warnings", one.warnings), n=one.warnings)
    found.append(faint(joined([worst, count])))
    below = one.liquidated_at or one.under_at
    if below:
        what = _("it was liquidated") if one.liquidated_at else _("it could be liquidated")
        found.append(say(_("That was {before}."), before=_before(one.first_at, below, what)))
    return found


def _before(first: int, then: int, what: str) -> str:
    hours = (then - first) // 3_600
    if then < first:
        return _("after {what}").format(what=what)
    if not hours:
        minutes = (then - first) // 60
        return plural("{n} minute before {what}", "{n} minutes before {what}", minutes).format(
            n=minutes, what=what
        )
    return plural("{n} hour before {what}", "{n} hours before {what}", hours).format(n=hours, what=what)


def _next_steps() -> Sequence[Line]:
    return [
        (),
        say(_("From here to a live bot:")),
        say(_("1. ask @BotFather in Telegram for a token (or take one from Discord's developer portal)")),
        say(
            _("2. put it into a file named .env:  {token}"),
            token=code("UNDERKEEL_TELEGRAM_TOKEN=123456789:..."),
        ),
        say(
            _("3. {run}, and send the bot the /start code that it prints; {here} talks here, live"),
            run=code("make run"),
            here=code("underkeel run"),
        ),
    ]
