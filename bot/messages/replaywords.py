"""A replay in words: what was played, how low it went, and each set of rules in figures side by side.

Called by `dispatch`. Health factors, prices and times only: nothing in it tells an amount.
"""

from collections.abc import Callable, Mapping
from typing import Final

from bot.domain.alerts import Reason
from bot.domain.rules import DistanceRule, HealthRule, PriceMovedRule, PriceRule
from bot.domain.units import HF_NO_DEBT
from bot.messages.catalogue import _, plural
from bot.messages.hostile import clean
from bot.messages.model import Line, Message
from bot.messages.names import as_said, whose
from bot.messages.replayfacts import Fired, LadderPlayed, ReplayShown, SeriesFault, SeriesRefused
from bot.messages.rich import bold, code, faint, joined, plain, say
from bot.messages.ruleswords import rules_in_words
from bot.messages.voice import Voice

NAMES: Final = ("A", "B")
FIRED_SHOWN: Final = 12
"""Of each set of rules; the rest is counted."""


def replay_shown(voice: Voice, answer: ReplayShown) -> Message:
    """The whole answer; every alert by itself is in the details."""
    played = answer.played
    told = [_head(voice, answer), _span(voice, answer), *_warnings(answer)]
    told += [
        faint(say(_("{asset} is played as {other}"), asset=clean(asset).text, other=clean(other).text))
        for asset, other in answer.taken
    ]
    if played.course.lowest < HF_NO_DEBT:
        told.append(_lowest(voice, answer))
        told.append(_doom(voice, answer))
    two = len(played.ladders) > 1
    for name, ladder in zip(NAMES, played.ladders, strict=False):
        rules = plain(rules_in_words(ladder.rules))
        told.append((bold(f"{name}: " if two else _("Rules: ")), *rules))
    told += _figures(voice, answer)
    details: list[Line] = []
    for name, ladder in zip(NAMES, played.ladders, strict=False):
        details += _fired(voice, answer, ladder, name if two else "")
    return Message(tuple(told), tuple(details))


def _head(voice: Voice, answer: ReplayShown) -> Line:
    """Replay · #1 treasury · Trend Research, January and February 2026"""
    played = answer.played
    if answer.whose is not None:
        who = whose(voice, answer.whose)
    else:
        who = (bold(as_said(voice, answer.what)),) if answer.what else ()
    over = {"history": _("the prices that I kept"), "series": _("the prices of your file")}
    title = over.get(played.kind) or clean(played.title, cap=100).text
    return joined((say(_("Replay")), who, plain(title)))


def _span(voice: Voice, answer: ReplayShown) -> Line:
    played = answer.played
    return say(
        plural("{since} to {until}, {n} block", "{since} to {until}, {n} blocks", played.blocks),
        since=voice.moment(played.starts),
        until=voice.moment(played.ends),
        n=voice.figures.whole(played.blocks),
    )


def _warnings(answer: ReplayShown) -> list[Line]:
    """What this proves, where that is not all."""
    notes = {
        "synthetic": _("SYNTHETIC: made up, so it proves only which way rules go"),
        "dated": _("Retold from dated figures; what lies between them is filled in"),
        "history": _("Prices alone move: the position stands as it is now, without interest"),
        "series": _("Prices alone move: the position stands as it is now, without interest"),
    }
    note = notes.get(answer.played.kind)
    return [faint(plain(note))] if note else []


def _lowest(voice: Voice, answer: ReplayShown) -> Line:
    course = answer.played.course
    line = say(
        _("Lowest health factor {health} on {at}"),
        health=bold(voice.figures.health(course.lowest)),
        at=voice.moment(course.lowest_at),
    )
    who = plain(clean(course.who).text) if course.who and answer.whose is None and not answer.what else ()
    return joined((who, joined((line, _price(voice, answer, course.lowest_price)), ", ")))


def _price(voice: Voice, answer: ReplayShown, price: int) -> Line:
    """ETH $1,748"""
    played = answer.played
    if not price or played.asset is None:
        return ()
    return plain(f"{voice.atlas.coin(played.asset)} {voice.figures.price(price, played.base_unit)}")


def _doom(voice: Voice, answer: ReplayShown) -> Line:
    course = answer.played.course
    if course.liquidated_at:
        return say(_("Liquidated on {at}"), at=voice.moment(course.liquidated_at))
    if course.under_at:
        return say(_("It could be liquidated from {at} on"), at=voice.moment(course.under_at))
    return say(_("It could never be liquidated"))


# ---- figures --------------------------------------------------------------------------------------------


def _figures(voice: Voice, answer: ReplayShown) -> list[Line]:
    """Messages: A 5 · B 2, and so on; one set of rules stands alone."""
    played, course = answer.played, answer.played.course

    def ahead(ladder: LadderPlayed) -> str:
        seconds = course.ahead_s(ladder)
        return _("not before it") if seconds is None else voice.figures.duration(seconds)

    def first(ladder: LadderPlayed) -> str:
        found = ladder.first(course.who)
        return voice.figures.moment(found.at) if found else _("none")

    rows: list[tuple[str, Callable[[LadderPlayed], str]]] = [
        (_("Messages"), lambda ladder: voice.figures.whole(ladder.messages)),
        (_("Edits without a sound"), lambda ladder: voice.figures.whole(ladder.edits)),
        (_("First warning"), first),
    ]
    if course.doom_at:
        rows.append((_("Before liquidation"), ahead))
    return [_row(title, value, played.ladders) for title, value in rows]


def _row(title: str, value: Callable[[LadderPlayed], str], ladders: tuple[LadderPlayed, ...]) -> Line:
    if len(ladders) == 1:
        return say("{title}: {value}", title=title, value=bold(value(ladders[0])))
    cells = [
        say("{name} {value}", name=name, value=bold(value(ladder)))
        for name, ladder in zip(NAMES, ladders, strict=False)
    ]
    return say("{title}: ", title=title) + joined(cells)


def _fired(voice: Voice, answer: ReplayShown, ladder: LadderPlayed, name: str) -> list[Line]:
    """5 Feb 2026, 09:00 UTC · falls below 1.10 · HF 1.09 · ETH $2,480"""
    told = [joined(((bold(name),) if name else (), _event(voice, answer, one))) for one in _shown(ladder)]
    rest = len(ladder.fired) - len(told)
    if rest > 0:
        told.append(say(plural("and {n} more", "and {n} more", rest), n=voice.figures.whole(rest)))
    return told


def _shown(ladder: LadderPlayed) -> tuple[Fired, ...]:
    return ladder.fired[:FIRED_SHOWN]


def _event(voice: Voice, answer: ReplayShown, one: Fired) -> Line:
    health = say(_("HF {health}"), health=voice.figures.health(one.health)) if one.health else ()
    who = plain(clean(one.who).text) if one.who and answer.whose is None and not answer.what else ()
    price = _price(voice, answer, one.price)
    return joined(((voice.moment(one.at),), who, _reason(voice, one), health, price))


def _reason(voice: Voice, one: Fired) -> Line:
    match one.reason, one.rule:
        case ((Reason.FIRST | Reason.WORSENED), HealthRule()):
            return say(_("below {level}"), level=voice.figures.level(one.level))
        case ((Reason.FIRST | Reason.WORSENED), DistanceRule()):
            return say(_("nearer than {level}"), level=voice.figures.exact_percent(one.level))
        case Reason.FIRST, PriceRule(above=above):
            return say(_("risen to the level")) if above else say(_("fallen to the level"))
        case Reason.FIRST, PriceMovedRule():
            return say(_("moved"))
        case _:
            return plain(_words()[one.reason])


def _words() -> Mapping[Reason, str]:
    return {
        Reason.FIRST: _("first word"),
        Reason.WORSENED: _("more"),
        Reason.REMINDER: _("reminder"),
        Reason.RESOLVED: _("over"),
        Reason.CHANGED: _("moved"),
        Reason.LIQUIDATED: _("liquidated"),
        Reason.STALE: _("not seen"),
        Reason.CORRECTED: _("corrected"),
        Reason.NOTHING_NEW: "",
    }


# ---- a file of prices that cannot be read -----------------------------------------------------------------


def series_refused(answer: SeriesRefused) -> Message:
    """Line by line what is wrong, then how a line looks."""
    told: list[Line] = [(bold(_("I cannot read these prices")),)]
    told += [_fault(one) for one in answer.faults]
    rest = answer.count - len(answer.faults)
    if rest > 0:
        told.append(say(plural("and {n} more line", "and {n} more lines", rest), n=rest))
    told.append(say(_("A line looks like {example}"), example=code("2026-02-01 06:00,2415.20")))
    return Message(tuple(told), silent=False)


def _fault(one: SeriesFault) -> Line:
    wrong = code(clean(one.wrong, cap=40).text)
    match one.problem:
        case "time":
            return say(_("Line {n}: {wrong} is no time in UTC"), n=one.number, wrong=wrong)
        case "price":
            return say(_("Line {n}: {wrong} is no price"), n=one.number, wrong=wrong)
        case "columns":
            return say(_("Line {n}: {wrong} has no time and price"), n=one.number, wrong=wrong)
        case "too_many":
            return say(_("{wrong} lines are more than the 50,000 that I read"), wrong=wrong)
        case _:
            return say(
                _("Two prices at least, within 399 days of each other; there are {wrong}"), wrong=wrong
            )
