"""A position's life in words: entry and exit, what was realised and how that is reckoned, then the steps.

Called by `bot.messages.compose`. Where amounts are hidden, prices and shares remain.
"""

import math
from fractions import Fraction
from typing import Final

from bot.domain.story.books import Account, Realised, Trade
from bot.domain.story.told import DebtSum, Story
from bot.domain.transfers import USD_UNIT
from bot.domain.units import BPS, WAD
from bot.messages.catalogue import _, plural
from bot.messages.hostile import clean
from bot.messages.model import Line, Message
from bot.messages.names import whose
from bot.messages.rich import bold, code, faint, joined, plain, say
from bot.messages.storychart import story_chart
from bot.messages.storyfacts import StoryShown
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
        return Message((*told, *_limits(voice, answer)))
    for one in story.books[:FAMILIES_SHOWN]:
        told.extend(_family(voice, answer, one))
    told.extend(_debt(voice, one) for one in story.debts[:DEBTS_SHOWN] if voice.amounts)
    told.extend(_penalties(voice, story))
    shown, folded = timeline(voice, answer)
    told.append((bold(_("Timeline")),))
    told.extend(shown)
    return Message(
        (*told, *_limits(voice, answer)), folded + _accounting(story), chart=story_chart(voice, answer)
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
            coins=_coins(voice, one.unvalued, coin),
            where=where,
        )
    else:
        price = voice.figures.price(math.floor(one.average), USD_UNIT)
        worth = f" ({_money(voice, one.value)})" if voice.amounts else ""
        what = say(
            _("{coins} at {price} on average{worth}, {where}"),
            coins=_coins(voice, one.quantity, coin),
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
    return ", ".join(part for part in (_money(voice, one.profit), share) if part)


def _share(voice: Voice, profit: int, cost: int) -> str:
    return voice.figures.percent(_toward_zero(Fraction(profit * BPS, cost))) if cost else ""


def _left(voice: Voice, answer: StoryShown, one: Account, coin: str) -> list[Line]:
    """What should still be there, and what it would be worth by the last price known."""
    by, price = one.by[0], answer.last_price(one.family)
    if by.left < _LEAST_LEFT or not voice.amounts:
        return []
    cost = voice.figures.price(by.left_cost * WAD // by.left, USD_UNIT)
    if price is None:
        return [say(_("Left: {coins} that cost {cost} each"), coins=_coins(voice, by.left, coin), cost=cost)]
    open_ = by.left * price // WAD - by.left_cost
    return [
        say(
            _(
                "Left: {coins} that cost {cost} each; at the last price I know, {price}, "
                "that is {open} more, {all} in all"
            ),
            coins=_coins(voice, by.left, coin),
            cost=cost,
            price=voice.figures.price(price, USD_UNIT),
            open=_money(voice, open_),
            all=bold(_money(voice, open_ + by.profit)),
        )
    ]


def _uncosted(voice: Voice, answer: StoryShown, one: Account, coin: str) -> list[Line]:
    """What went without a known cost, or at no known price: said, never guessed."""
    by, told = one.by[0], list[Line]()
    if by.uncosted >= _LEAST_LEFT:
        worth = f" ({_money(voice, by.uncosted_proceeds)})" if voice.amounts else ""
        told.append(
            say(
                _(
                    "{coins}{worth} went whose cost I do not know: it came before, or without a trace."
                    " Say it: {example}"
                ),
                coins=_coins(voice, by.uncosted, coin),
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
                coins=_coins(voice, by.unvalued, coin),
            )
        )
    return told


# ---- debt, penalties ------------------------------------------------------------------------------------


def _debt(voice: Voice, one: DebtSum) -> Line:
    """Debt: borrowed 12,000 USDC, repaid 12,100 USDC; interest 100 USDC so far"""
    told = [
        say(
            _("Debt: borrowed {borrowed}, repaid {repaid}"),
            borrowed=voice.holding(one.borrowed, one.asset),
            repaid=voice.holding(one.repaid, one.asset),
        )
    ]
    if one.by_liquidators:
        told.append(say(_("{amount} by liquidators"), amount=voice.holding(one.by_liquidators, one.asset)))
    if one.interest is None:
        told.append(say(_("interest not known: what was owed before is not")))
    elif one.interest:
        worth = "" if one.interest_value is None else f" ({_money(voice, one.interest_value)})"
        told.append(
            say(
                _("interest {amount}{worth}: repaid beyond what was borrowed"),
                amount=bold(voice.holding(one.interest, one.asset)),
                worth=worth,
            )
        )
    return joined(told)


def _penalties(voice: Voice, story: Story) -> list[Line]:
    if not story.liquidations:
        return []
    count = say(
        plural("Liquidated {n} time", "Liquidated {n} times", story.liquidations),
        n=bold(str(story.liquidations)),
    )
    told = [count]
    if voice.amounts and story.penalties_unknown < story.liquidations:
        told.append(
            say(_("penalties {value}: seized less repaid"), value=bold(_money(voice, story.penalties)))
        )
    if story.penalties_unknown:
        told.append(say(_("of {n} the prices are not known"), n=story.penalties_unknown))
    return [joined(told)]


# ---- what it is, and what it is not ---------------------------------------------------------------------


def _limits(voice: Voice, answer: StoryShown) -> tuple[Line, ...]:
    """How far back it goes, and what cannot be in it."""
    told = [
        say(
            _("Known since block {number}, {moment}; what came before is not ({markets})"),
            number=voice.figures.whole(one.block),
            moment=voice.moment(one.at),
            markets=", ".join(one.titles),
        )
        for one in answer.reach
        if not one.whole
    ]
    if answer.unread:
        told.append(say(_("Not readable now, so unknown: {markets}"), markets=", ".join(answer.unread)))
    if answer.story.unmeasured:
        told.append(
            say(
                _("{n} moves could not be measured in their coin: in the timeline, in no result"),
                n=answer.story.unmeasured,
            )
        )
    if answer.own_coin:
        told.append(
            say(
                _("Of the chain's own coin only what I saw go to exchanges myself, these last days, is in it")
            )
        )
    elif not answer.episode:
        told.append(say(_("The chain's own coin moves without a log: it is not in it")))
    told.append(say(_("Gas, swaps and transfers to addresses that no label names are not in it either")))
    return tuple(faint(line) for line in told)


def _accounting(story: Story) -> tuple[Line, ...]:
    """What the words of the results mean."""
    if not any(one.by[0].known for one in story.books):
        return ()
    told = (
        _(
            "Average cost: what goes costs the average of all that is held then. "
            "FIFO: what came first goes first."
        ),
        _(
            "Realised: dollars of what went to exchanges, was seized or was repaid in kind, "
            "less what it had cost. Penalties and interest stand apart."
        ),
        _("Dollars are those of the oracle at each block, or of a price that I kept from about then."),
    )
    return tuple(faint(plain(line)) for line in told)


# ---- figures --------------------------------------------------------------------------------------------


def _coins(voice: Voice, quantity: int, coin: str) -> str:
    return f"{voice.figures.amount(quantity, 18)} {coin}" if voice.amounts else coin


def _money(voice: Voice, value: int) -> str:
    """With its sign; rounded as money is."""
    text = voice.figures.money(abs(value), USD_UNIT)
    return f"-{text}" if value < 0 else text


def _toward_zero(value: Fraction) -> int:
    return math.trunc(value)


def _filled(template: str, what: Line) -> Line:
    before, _brace, after = template.partition("{what}")
    return joined((plain(before) if before else (), what, plain(after) if after else ()), "")
