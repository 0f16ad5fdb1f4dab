"""A position's life in words: entry and exit, what was realised and how that is reckoned, then the steps.

Called by `bot.messages.compose`. Where amounts are hidden, prices and shares remain.
"""

import math
from fractions import Fraction
from typing import Final

from bot.domain.story.books import Account, Realised, Trade
from bot.domain.transfers import USD_UNIT
from bot.domain.units import BPS, WAD
from bot.messages.catalogue import _, plural
from bot.messages.hostile import clean
from bot.messages.model import Line, Message
from bot.messages.names import whose
from bot.messages.rich import bold, code, joined, plain, say
from bot.messages.storychart import story_chart
from bot.messages.storyfacts import StoryShown
from bot.messages.storynotes import accounting, coins, debt, limits, money, penalties
from bot.messages.storysteps import timeline
from bot.messages.voice import Voice

FAMILIES_SHOWN: Final = 3
DEBTS_SHOWN: Final = 4
_LEAST_LEFT: Final = WAD // 1_000
"""Of a coin; less is a rounding that nobody holds."""


def story_shown(voice: Voice, answer: StoryShown) -> Message:
    """The whole answer."""
    story = answer.story
    told = [_head(voice, answer)]
    if answer.episode:
        told.append(say(_("From the recorded episode {title}"), title=clean(answer.episode, cap=64).text))
    if not story.events:
        told.append(
            say(_("Nothing that I can read: no move in these markets, and nothing to or from an exchange"))
        )
        return Message((*told, *limits(voice, answer)))
    for one in story.books[:FAMILIES_SHOWN]:
        told.extend(_family(voice, answer, one))
    told.extend(debt(voice, one) for one in story.debts[:DEBTS_SHOWN] if voice.amounts)
    told.extend(penalties(voice, story))
    shown, folded = timeline(voice, answer)
    told.append((bold(_("Timeline")),))
    told.extend(shown)
    return Message(
        (*told, *limits(voice, answer)), folded + accounting(story), chart=story_chart(voice, answer)
    )


def _head(voice: Voice, answer: StoryShown) -> Line:
    """Story · fund · 2 wallets · 12 Jan 2026 to 8 Feb 2026"""
    story, name = answer.story, answer.whose
    who = whose(voice, name) if name.watch or name.address else (bold(clean(name.name).text),)
    count = len(story.accounts)
    wallets = say(plural("{n} wallet", "{n} wallets", count), n=count) if count > 1 else ()
    span = (
        say(_("{since} to {until}"), since=voice.moment(story.since), until=voice.moment(story.until))
        if story.events
        else ()
    )
    return joined((say(_("Story")), who, wallets, span))


# ---- coins ----------------------------------------------------------------------------------------------


def _family(voice: Voice, answer: StoryShown, one: Account) -> list[Line]:
    coin = answer.title(one.family)
    told = [
        _traded(voice, _("Entry: {what}"), _("from exchanges"), one.bought, coin),
        _traded(
            voice, _("Entry: {what}"), _("supplied from elsewhere, at the price then"), one.brought, coin
        ),
        _traded(voice, _("Exit: {what}"), _("to exchanges"), one.sold, coin),
        _traded(voice, _("Seized: {what}"), _("by liquidators, at the price then"), one.seized, coin),
        *_realised(voice, answer, one, coin),
        *_uncosted(voice, answer, one, coin),
    ]
    return [line for line in told if line]


def _traded(voice: Voice, template: str, where: str, one: Trade, coin: str) -> Line:
    """Entry: 10,000 ETH at $3,100 on average ($31M), from exchanges"""
    if not one.count:
        return ()
    if one.average is None:
        what = say(
            _("{coins} at a price that I do not know, {where}"),
            coins=coins(voice, one.unvalued, coin),
            where=where,
        )
    else:
        price = voice.figures.price(math.floor(one.average), USD_UNIT)
        worth = f" ({money(voice, one.value)})" if voice.amounts else ""
        what = say(
            _("{coins} at {price} on average{worth}, {where}"),
            coins=coins(voice, one.quantity, coin),
            price=bold(price),
            worth=worth,
            where=where,
        )
    return _filled(template, what)


def _realised(voice: Voice, answer: StoryShown, one: Account, coin: str) -> list[Line]:
    average, fifo = one.by
    told: list[Line] = []
    if average.known:
        word = _("Realised loss") if average.profit < 0 else _("Realised profit")
        other = () if average.profit == fifo.profit else say(_(" (FIFO: {fifo})"), fifo=_result(voice, fifo))
        told.append(
            say(_("{word}: {result} by average cost"), word=word, result=bold(_result(voice, average)))
            + other
        )
    told.extend(_left(voice, answer, one, coin))
    return told


def _result(voice: Voice, one: Realised) -> str:
    """-$12.4M, -23 %; the share alone where amounts are hidden."""
    share = _share(voice, one.profit, one.cost)
    if not voice.amounts:
        return share or "–"
    return ", ".join(part for part in (money(voice, one.profit), share) if part)


def _share(voice: Voice, profit: int, cost: int) -> str:
    return voice.figures.percent(_toward_zero(Fraction(profit * BPS, cost))) if cost else ""


def _left(voice: Voice, answer: StoryShown, one: Account, coin: str) -> list[Line]:
    """What should still be there, and what it would be worth by the last price known."""
    by, price = one.by[0], answer.last_price(one.family)
    if by.left < _LEAST_LEFT or not voice.amounts:
        return []
    cost = voice.figures.price(by.left_cost * WAD // by.left, USD_UNIT)
    if price is None:
        return [say(_("Left: {coins} that cost {cost} each"), coins=coins(voice, by.left, coin), cost=cost)]
    open_ = by.left * price // WAD - by.left_cost
    return [
        say(
            _(
                "Left: {coins} that cost {cost} each; at the last price I know, {price}, "
                "that is {open} more, {all} in all"
            ),
            coins=coins(voice, by.left, coin),
            cost=cost,
            price=voice.figures.price(price, USD_UNIT),
            open=money(voice, open_),
            all=bold(money(voice, open_ + by.profit)),
        )
    ]


def _uncosted(voice: Voice, answer: StoryShown, one: Account, coin: str) -> list[Line]:
    """What went without a known cost, or at no known price: said, never guessed."""
    by, told = one.by[0], list[Line]()
    if by.uncosted >= _LEAST_LEFT:
        worth = f" ({money(voice, by.uncosted_proceeds)})" if voice.amounts else ""
        told.append(
            say(
                _(
                    "{coins}{worth} went whose cost I do not know: it came before, or without a trace."
                    " Say it: {example}"
                ),
                coins=coins(voice, by.uncosted, coin),
                worth=worth,
                example=code(f"/story {clean(answer.asked, cap=48, unlink=False).text} cost 3000"),
            )
        )
    if answer.cost_given is not None and one.before >= _LEAST_LEFT:
        price = voice.figures.exact_price(answer.cost_given, USD_UNIT)
        told.append(say(_("What came without a trace is taken at {price}, as you said"), price=price))
    if by.unvalued >= _LEAST_LEFT:
        told.append(
            say(
                _("{coins} went at prices that I do not know: in no result"),
                coins=coins(voice, by.unvalued, coin),
            )
        )
    return told


# ---- figures --------------------------------------------------------------------------------------------


def _toward_zero(value: Fraction) -> int:
    return math.trunc(value)


def _filled(template: str, what: Line) -> Line:
    before, _brace, after = template.partition("{what}")
    return joined((plain(before) if before else (), what, plain(after) if after else ()), "")
