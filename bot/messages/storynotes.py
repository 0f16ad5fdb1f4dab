"""The end of a story: its debts and penalties, how far back it goes, what is not in it, how it reckons.

Called by `bot.messages.story`, which shares its figures.
"""

from bot.domain.story.told import DebtSum, Story
from bot.domain.transfers import USD_UNIT
from bot.messages.atlas import STABLE
from bot.messages.catalogue import _, plural
from bot.messages.model import Line
from bot.messages.rich import bold, faint, joined, plain, say
from bot.messages.storyfacts import StoryShown
from bot.messages.voice import Voice


def coins(voice: Voice, quantity: int, coin: str) -> str:
    return f"{voice.figures.amount(quantity, 18)} {coin}" if voice.amounts else coin


def money(voice: Voice, value: int) -> str:
    """With its sign; rounded as money is."""
    text = voice.figures.money(abs(value), USD_UNIT)
    return f"-{text}" if value < 0 else text


def debt(voice: Voice, one: DebtSum) -> Line:
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
    if one.result is not None and voice.atlas.symbol(one.asset) not in STABLE:
        told.append(
            say(
                _("in dollars {borrowed} borrowed, {repaid} repaid: {result}"),
                borrowed=money(voice, one.borrowed_value or 0),
                repaid=money(voice, one.repaid_value or 0),
                result=bold(money(voice, one.result)),
            )
        )
    if one.interest is None:
        told.append(say(_("interest not known: what was owed before is not")))
    elif one.interest:
        worth = "" if one.interest_value is None else f" ({money(voice, one.interest_value)})"
        told.append(
            say(
                _("interest {amount}{worth}: repaid beyond what was borrowed"),
                amount=bold(voice.holding(one.interest, one.asset)),
                worth=worth,
            )
        )
    return joined(told)


def penalties(voice: Voice, story: Story) -> list[Line]:
    if not story.liquidations:
        return []
    count = say(
        plural("Liquidated {n} time", "Liquidated {n} times", story.liquidations),
        n=bold(str(story.liquidations)),
    )
    told = [count]
    if voice.amounts and story.penalties_unknown < story.liquidations:
        told.append(
            say(_("penalties {value}: seized less repaid"), value=bold(money(voice, story.penalties)))
        )
    if story.penalties_unknown:
        told.append(say(_("of {n} the prices are not known"), n=story.penalties_unknown))
    return [joined(told)]


# ---- what it is, and what it is not ---------------------------------------------------------------------


def limits(voice: Voice, answer: StoryShown) -> tuple[Line, ...]:
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


def accounting(story: Story) -> tuple[Line, ...]:
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
