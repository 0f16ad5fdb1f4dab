"""The steps of a life as lines: the largest ones in the answer, all of them with their transactions folded.

Called by `bot.messages.story`.
"""

from typing import Final

from bot.domain.story.events import EventKind
from bot.domain.story.steps import Step
from bot.domain.transfers import USD_UNIT
from bot.messages.catalogue import _, plural
from bot.messages.hostile import clean
from bot.messages.model import Line, Span
from bot.messages.rich import faint, joined, plain, say
from bot.messages.storyfacts import StoryShown
from bot.messages.voice import Voice

STEPS_SHOWN: Final = 12
FOLDED_AT_MOST: Final = 60
LINKS_SHOWN: Final = 4


def timeline(voice: Voice, answer: StoryShown) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """(lines of the largest steps in their order and how many more, all steps with their sources)."""
    steps = answer.story.steps
    largest = sorted(
        range(len(steps)), key=lambda at: (steps[at].kind is not EventKind.LIQUIDATED, -steps[at].value)
    )
    chosen = sorted(largest[:STEPS_SHOWN])
    shown = [_step(voice, steps[at]) for at in chosen]
    if rest := len(steps) - len(chosen):
        shown.append(faint(say(plural("and {n} smaller step", "and {n} smaller steps", rest), n=rest)))
    folded = [_sources(voice, one) for one in steps[:FOLDED_AT_MOST]]
    if (beyond := len(steps) - FOLDED_AT_MOST) > 0:
        folded.append(say(plural("and {n} more", "and {n} more", beyond), n=beyond))
    return tuple(shown), tuple(folded)


def _step(voice: Voice, one: Step) -> Line:
    """12 Jan 2026, 10:00 UTC: bought 10,000 ETH ($31M) from Kraken, in 4 moves"""
    what = voice.holding(one.amount, one.asset)
    if voice.amounts and one.value:
        worth = voice.figures.money(one.value, USD_UNIT)
        what = f"{what} (> {worth})" if one.unvalued else f"{what} ({worth})"
    first = one.links[0] if one.links else None
    linked = Span(what, url=_url(voice, first.chain_id, first.tx) if first else "")
    told = [say("{moment}: ", moment=voice.moment(one.since)) + _did(voice, one, linked)]
    if one.count > 1:
        told.append(say(plural("{n} move", "{n} moves", one.count), n=one.count))
    return joined(told)


def _did(voice: Voice, one: Step, what: Span) -> Line:
    exchange = clean(one.exchange).text or _("an exchange")
    match one.kind:
        case EventKind.SUPPLY:
            return say(_("supplied {what}"), what=what)
        case EventKind.WITHDRAW:
            return say(_("withdrew {what}"), what=what)
        case EventKind.BORROW:
            return say(_("borrowed {what}"), what=what)
        case EventKind.REPAY:
            return say(_("repaid {what}"), what=what)
        case EventKind.RECEIVED:
            return say(_("received {what}, supplied, from another account"), what=what)
        case EventKind.SENT:
            return say(_("sent {what}, supplied, to another account"), what=what)
        case EventKind.FROM_EXCHANGE:
            return say(_("got {what} from {exchange}"), what=what, exchange=exchange)
        case EventKind.TO_EXCHANGE:
            return say(_("sent {what} to {exchange}"), what=what, exchange=exchange)
        case EventKind.LIQUIDATED:
            return _liquidated(voice, one, what)


def _liquidated(voice: Voice, one: Step, what: Span) -> Line:
    repaid = voice.holding(one.repaid, one.debt) if one.debt else ""
    if one.penalty is None or not voice.amounts:
        return say(_("liquidated: {what} seized for {repaid}"), what=what, repaid=repaid)
    penalty = voice.figures.money(max(one.penalty, 0), USD_UNIT)
    template = _("liquidated: {what} seized for {repaid}, penalty {penalty}")
    return say(template, what=what, repaid=repaid, penalty=penalty)


def _sources(voice: Voice, one: Step) -> Line:
    """The step's transactions, or where it is known from."""
    links: list[Line] = [
        (Span(f"{link.tx[:10]}…", url=_url(voice, link.chain_id, link.tx)),)
        for link in one.links[:LINKS_SHOWN]
    ]
    rest = one.count - len(links)
    if rest > 0 and links:
        links.append(say(plural("and {n} more", "and {n} more", rest), n=rest))
    market = plain(voice.atlas.market_title(one.market)) if one.market else ()
    source = (Span(clean(one.source, cap=80).text, url=_safe(one.link)),) if one.source else ()
    sure = plain(clean(one.certainty).text) if one.certainty else ()
    moment = say("{moment}", moment=voice.moment(one.since))
    return joined(
        (
            moment,
            _did(voice, one, Span(voice.atlas.symbol(one.asset))),
            market,
            source,
            sure,
            joined(links, ", "),
        )
    )


def _url(voice: Voice, chain_id: int, tx: str) -> str:
    chain = voice.atlas.chains.get(chain_id)
    return (chain.transaction_url(tx) or "") if chain else ""


def _safe(link: str) -> str:
    """A source's address, where it is one that may be followed."""
    return (
        link
        if link.startswith("https://") and link.isascii() and link.isprintable() and " " not in link
        else ""
    )
