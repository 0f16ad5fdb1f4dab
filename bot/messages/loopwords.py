"""Loops in words: its rounds, where it ends, what it costs a year, what falls do to it; or what stops it.

Called by `bot.messages.compose`. Where amounts are hidden it speaks of leverage, shares and health factors.
"""

from fractions import Fraction
from typing import Final

from bot.domain.baskets import basket_of
from bot.domain.carry import Carry
from bot.domain.loop_model import Looped, LoopRefused, Round, Step
from bot.domain.positions import Position
from bot.domain.units import RAY, Asset
from bot.domain.whatif.engine import Refused
from bot.domain.whatif.refusals import Reason
from bot.messages import lines
from bot.messages.catalogue import _
from bot.messages.imagined import LoopShown, of_outcome
from bot.messages.model import Line, Message, Span
from bot.messages.names import as_said
from bot.messages.numbers import Side, rounded
from bot.messages.odds import chance, chance_details, lifetime
from bot.messages.outlook import is_liquidatable, same_basket
from bot.messages.refusals import allowed, asset_of, emode_name, step_words, unchecked, why
from bot.messages.rich import bold, faint, joined, plain, press, row, rows, say
from bot.messages.signs import health
from bot.messages.voice import Voice

ROUNDS_SHOWN: Final = 3
"""From the first; then the last."""


def loop_shown(voice: Voice, answer: LoopShown) -> Message:
    """Where it ends first, then how it comes there."""
    at = answer.reached
    position = of_outcome(at.outcome)
    told = [_title(voice, answer, position)]
    if isinstance(answer.looped, LoopRefused):
        told.extend(_stopped(voice, answer.looped))
    told.append(_end(voice, at))
    told.extend(lines.danger(voice, position))
    told.extend(() if same_basket(position, voice.baskets) else lifetime(voice, position))
    told.extend(chance(voice, position, answer.restless))
    told.extend(_carried(voice, at.carry, position))
    told.extend(_own_yield(voice, answer, position))
    told.extend(_falls(voice, answer, at))
    told.extend(_rounds(voice, answer, at))
    told.extend(unchecked(voice, at.outcome))
    told.append(lines.totals(voice, position))
    folded = (*lines.details(voice, position, timed=False), *chance_details(voice, position, answer.restless))
    keep = press(_("Watch this"), "keep", answer.draft) if answer.draft else None
    return Message(tuple(told), (*folded, *lines.hidden(voice)), rows(row(keep)))


def _title(voice: Voice, answer: LoopShown, position: Position) -> Line:
    """Loop · 10k ETH 3x · eMode 1 ETH correlated"""
    emode = emode_name(answer.reached.outcome.market, position.emode) if position.emode else ""
    inside = say(_("eMode {name}"), name=emode) if emode else ()
    return joined(((bold(_("Loop")),), plain(as_said(voice, answer.said)) if answer.said else (), inside))


def _stopped(voice: Voice, at: LoopRefused) -> tuple[Line, ...]:
    """The step that the market does not take, and how far it came."""
    market = at.reached.outcome.market
    reason = why(voice, at.reason, at.change, at.asset, market)
    step = bold(step_words(voice, market, at.change))
    if at.step is Step.EMODE or at.round == 0:
        first = say(_("The market refuses {step}: {why}"), step=step, why=reason)
    else:
        template = _("The market refuses {step} in round {n}: {why}")
        first = say(template, step=step, n=at.round, why=reason)
    if at.reason is Reason.COLLATERAL_CANNOT_COVER_NEW_BORROW and at.round:
        return (say(_("The LTV of the market does not carry that much. It comes to this far:")),)
    as_refused = Refused(at.reason, 0, at.change, at.asset, at.reached.outcome)
    return (first, *allowed(voice, as_refused), say(_("It comes to this far:")))


def _end(voice: Voice, at: Looped) -> Line:
    """Leverage 3.00x · HF 1.24"""
    return joined((_leverage(voice, at.leverage), health(voice, at.position.health_factor)))


def _leverage(voice: Voice, leverage: Fraction | None) -> Line:
    if leverage is None:
        return say(_("Nothing is left of it"))
    times = rounded(leverage.numerator, leverage.denominator, 2, Side.NEAR)
    return say(_("Leverage {times}x"), times=bold(voice.figures.fixed(times, 2)))


def _carried(voice: Voice, carried: Carry, position: Position) -> tuple[Line, ...]:
    """Net carry −$1,200 a year: −3.2 % APR, −3.3 % APY of the equity"""
    apr, apy = carried.net_apr, carried.net_apy
    if apr is None or apy is None:
        return ()
    shares: dict[str, Span | str] = {"apr": bold(rate(voice, apr)), "apy": rate(voice, apy)}
    if not voice.amounts:
        return (say(_("Net carry {apr} APR, {apy} APY of the equity, at today's rates"), **shares),)
    template = _("Net carry {money} a year: {apr} APR, {apy} APY of the equity, at today's rates")
    return (say(template, money=signed_money(voice, carried.yearly_apr, position), **shares),)


def _own_yield(voice: Voice, answer: LoopShown, position: Position) -> tuple[Line, ...]:
    """Of staked tokens: what they earn by themselves is in no rate of the market."""
    earning = [
        voice.atlas.coin(part.asset)
        for part in position.supplied
        if (basket := basket_of(part.asset, voice.baskets))
        and basket.lead(part.asset.chain_id) != part.asset.address
        and not voice.atlas.is_stable(part.asset, part.price, position.base_unit)
        and part.asset.address not in answer.wanted.own_yield
    ]
    if not earning:
        return ()
    return (faint(say(_("What {coins} may earn by itself is not in it"), coins=", ".join(earning))),)


def rate(voice: Voice, ray: int) -> str:
    """A yearly share with two decimals; what is paid is rounded up, what is earned down."""
    hundredths = ray * 10_000 // RAY
    return _minus(voice.figures.exact_percent(hundredths))


def signed_money(voice: Voice, value: int, position: Position) -> str:
    text = voice.money(abs(value), position)
    return f"−{text}" if value < 0 else text


def _minus(text: str) -> str:
    return text.replace("-", "−", 1)


def _falls(voice: Voice, answer: LoopShown, at: Looped) -> tuple[Line, ...]:
    """ETH −10 %: HF 1.11"""
    asset = asset_of(at.outcome.market, answer.wanted.collateral)
    return tuple(
        joined(
            (
                say(
                    _("{coin} −{percent}: HF {now}"),
                    coin=_falling(voice, asset, answer),
                    percent=voice.figures.exact_percent(fall.bps),
                    now=bold(voice.figures.health(fall.position.health_factor)),
                ),
                say(_("liquidatable")) if is_liquidatable(fall.position) else (),
            )
        )
        for fall in at.falls
        if at.position.has_debt
    )


def _falling(voice: Voice, asset: Asset | None, answer: LoopShown) -> str:
    coin = voice.atlas.coin(asset) if asset else _("an asset")
    return _("{coin} and its basket").format(coin=coin) if len(set(answer.wanted.falling)) > 1 else coin


def _rounds(voice: Voice, answer: LoopShown, at: Looped) -> tuple[Line, ...]:
    """The first three and the last, and how many there are."""
    if not at.rounds:
        return (say(_("No round of borrowing is needed")),) if isinstance(answer.looped, Looped) else ()
    numbered = list(enumerate(at.rounds, 1))
    told = [_round(voice, answer, at, number, one) for number, one in numbered[:ROUNDS_SHOWN]]
    if len(numbered) > ROUNDS_SHOWN + 1:
        told.append(say("…"))
    if len(numbered) > ROUNDS_SHOWN:
        told.append(_round(voice, answer, at, *numbered[-1]))
    return tuple(told)


def _round(voice: Voice, answer: LoopShown, at: Looped, number: int, one: Round) -> Line:
    """Round 2 of 9: borrow 24,000 USDC, deposit 8 WETH -> HF 1.66"""
    of: dict[str, str | int] = {"n": number, "count": len(at.rounds)}
    end = voice.figures.health(one.health_factor)
    market = at.outcome.market
    debt, collateral = asset_of(market, answer.wanted.debt), asset_of(market, answer.wanted.collateral)
    if not voice.amounts or debt is None or collateral is None:
        return say(_("Round {n} of {count} -> HF {end}"), **of, end=end)
    return say(
        _("Round {n} of {count}: borrow {borrowed}, deposit {deposited} -> HF {end}"),
        **of,
        borrowed=voice.holding(one.borrowed, debt, Side.UP),
        deposited=voice.holding(one.deposited, collateral),
        end=end,
    )
