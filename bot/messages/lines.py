"""The sentences about one position that alerts and cards share: distance, totals, the folded table."""

from bot.domain.baskets import basket_of
from bot.domain.close_factor import Liquidation, next_liquidation
from bot.domain.liquidation import distance_bps
from bot.domain.positions import Basis, Owed, Position, Supplied
from bot.domain.units import BPS
from bot.messages.catalogue import _
from bot.messages.fixes import exact_fixes
from bot.messages.hostile import clean
from bot.messages.model import Button, Line
from bot.messages.numbers import Side, rounded
from bot.messages.odds import lifetime, loop_lifetime
from bot.messages.outlook import Lever, collaterals, debts, is_liquidatable, levers, rescues, same_basket
from bot.messages.rich import bold, code, faint, joined, link, plain, row, say
from bot.messages.voice import Voice, is_imagined

LEVERS_SHOWN = 3
OTHERS_NAMED = 3
"""Of what moves with a lever."""


def danger(voice: Voice, position: Position) -> tuple[Line, ...]:
    """What would bring liquidation, or that it can happen now."""
    if not position.has_debt:
        return ()
    if is_liquidatable(position):
        return (_liquidatable(voice, position),)
    loop = same_basket(position, voice.baskets)
    if loop is not None and position.origin is not None:
        return _loop(voice, position)
    found = levers(position, voice.atlas, voice.baskets)
    lines = [_lever(voice, position, one) for one in found[:LEVERS_SHOWN]]
    groups = {_moves_with(voice, part) for part in collaterals(position)}
    if len(groups) > 1 or not found:
        lines.insert(0, _together(voice, position))
    return tuple(lines)


def _moves_with(voice: Voice, part: Supplied) -> str:
    basket = basket_of(part.asset, voice.baskets)
    return basket.key if basket else part.asset.address


def _together(voice: Voice, position: Position) -> Line:
    far = voice.figures.percent(distance_bps(position.health_factor) or 0)
    return say(_("All collateral together must fall {percent} more"), percent=bold(far))


def _loop(voice: Voice, position: Position) -> tuple[Line, ...]:
    """Of a loop of assets that move together: their exchange rate and time decide, no price."""
    has, owes = collaterals(position), debts(position)
    far = bold(voice.figures.percent(distance_bps(position.health_factor) or 0))
    if len(has) == len(owes) == 1 and has[0].asset.address != owes[0].asset.address:
        template = _("{coin} must fall {percent} more against {other}; what both do together does not count")
        coin, other = voice.atlas.coin(has[0].asset), voice.atlas.coin(owes[0].asset)
        first = say(template, coin=coin, percent=far, other=other)
    else:
        template = _("The collateral must fall {percent} more against the debt; both move together")
        first = say(template, percent=far)
    return (first, *loop_lifetime(voice, position))


def _lever(voice: Voice, position: Position, lever: Lever) -> Line:
    side = Side.DOWN if lever.rises else Side.UP
    target, now = voice.figures.price_pair(lever.target, lever.now, position.base_unit, side)
    template = (
        _("{coin} must rise {percent} more, to {target} (now {now})")
        if lever.rises
        else _("{coin} must fall {percent} more, to {target} (now {now})")
    )
    percent = bold(voice.figures.percent(lever.move_bps))
    return say(template, coin=lever_name(voice, lever), percent=percent, target=bold(target), now=now)


def lever_name(voice: Voice, lever: Lever) -> str:
    """ETH; ETH (with wstETH, weETH) where they move as one."""
    coin = voice.atlas.coin(lever.asset)
    if not lever.others:
        return coin
    names = [voice.atlas.coin(asset) for asset in lever.others[:OTHERS_NAMED]]
    if len(lever.others) > OTHERS_NAMED:
        names.append("…")
    return _("{coin} (with {others})").format(coin=coin, others=", ".join(names))


def _liquidatable(voice: Voice, position: Position) -> Line:
    at_stake = next_liquidation(position)
    if at_stake is None:
        return say(_("{now}: health factor below 1"), now=bold(_("It can be liquidated now")))
    return say(
        _("{now}: up to {repaid} of the debt, at a penalty of {penalty}"),
        now=bold(_("It can be liquidated now")),
        repaid=voice.money(at_stake.repay_value, position)
        if voice.amounts
        else _share_of_debt(voice, position, at_stake),
        penalty=voice.figures.exact_percent(at_stake.penalty_bps),
    )


def _share_of_debt(voice: Voice, position: Position, at_stake: Liquidation) -> str:
    """What the next liquidation may repay, without saying how much that is."""
    debt = position.totals.debt_base
    share = rounded(at_stake.repay_value, debt, 4, Side.NEAR) if debt else 0
    return voice.figures.percent(min(BPS, share))


def totals(voice: Voice, position: Position) -> Line:
    """Debt $412k · collateral $531k · Aave v3 Ethereum · block 24,100,233, 9 s old"""
    return joined(
        (
            *_sums(voice, position),
            plain(voice.atlas.market_title(position.market)),
            voice.block(position.market, position.as_of),
        )
    )


def _sums(voice: Voice, position: Position) -> tuple[Line, ...]:
    if not voice.amounts:
        return () if position.has_debt else (say(_("No debt")),)
    debt = voice.money(position.totals.debt_base, position)
    return (
        say(_("Debt {value}"), value=debt) if position.has_debt else say(_("No debt")),
        say(_("collateral {value}"), value=voice.money(position.totals.collateral_base, position)),
    )


def hidden(voice: Voice) -> tuple[Line, ...]:
    """Why no amount stands here, for the end of the folded part."""
    if voice.amounts:
        return ()
    told = _("Amounts are hidden here; {command} shows them")
    return (faint(say(told, command=code("/settings amounts on"))),)


def details(voice: Voice, position: Position, *, timed: bool = True) -> tuple[Line, ...]:
    """The folded part: each asset, eMode, what the next liquidation may take, who computed it.

    `timed` False: how long it lives stands above already.
    """
    time = lifetime(voice, position) if timed and not same_basket(position, voice.baskets) else ()
    return (
        *holdings(voice, position),
        *_exact_prices(voice, position),
        *exact_fixes(voice, position),
        *time,
        _emode(position),
        *_next(voice, position),
        _basis(position),
        voice.of_whom(position),
    )


def holdings(voice: Voice, position: Position) -> tuple[Line, ...]:
    """Each asset supplied, then each owed."""
    return (
        *(_supplied(voice, position, part) for part in position.supplied),
        *(_owed(voice, position, part) for part in position.owed),
    )


def _supplied(voice: Voice, position: Position, part: Supplied) -> Line:
    counted = _("counts at {threshold}, penalty {penalty}")
    if not part.counts:
        counted = _("not used as collateral")
    elif part.threshold_bps == 0:
        counted = _("counts at 0 %")
    template = (
        _("Supplied {what} = {value} at {price}, ") if voice.amounts else _("Supplied {what} at {price}, ")
    )
    return say(
        template + counted,
        what=voice.holding(part.amount, part.asset),
        value=voice.money(part.value, position),
        price=voice.figures.price(part.price, position.base_unit),
        threshold=voice.figures.exact_percent(part.threshold_bps),
        penalty=voice.figures.exact_percent(max(0, part.bonus_bps - BPS)),
    )


def _owed(voice: Voice, position: Position, part: Owed) -> Line:
    return say(
        _("Owed {what} = {value} at {price}") if voice.amounts else _("Owed {what} at {price}"),
        what=voice.holding(part.amount, part.asset, Side.UP),
        value=voice.money(part.value, position),
        price=voice.figures.price(part.price, position.base_unit),
    )


def _exact_prices(voice: Voice, position: Position) -> tuple[Line, ...]:
    """Liquidation prices with all the oracle's digits: health factor 1 there, below it one unit beyond.

    Where that has happened already, the prices at which it is over.
    """
    if is_liquidatable(position):
        found = rescues(position, voice.atlas)
        template = _("Safe again above {price} for {coin}, other prices unchanged")
    else:
        found = levers(position, voice.atlas)
        template = _("Liquidation price of {coin}: {price}, other prices unchanged")
    alone = tuple(_exact_price(voice, position, one, template) for one in found[:LEVERS_SHOWN])
    if is_liquidatable(position):
        return alone
    moving = [one for one in levers(position, voice.atlas, voice.baskets) if one.basket]
    template = _("Liquidation price of {coin}: {price}, all of them moving by one factor")
    return (*(_exact_price(voice, position, one, template) for one in moving), *alone)


def _exact_price(voice: Voice, position: Position, lever: Lever, template: str) -> Line:
    price = voice.figures.exact_price(lever.target, position.base_unit)
    return say(template, coin=lever_name(voice, lever), price=price)


def _emode(position: Position) -> Line:
    if position.emode == 0:
        return say(_("eMode: none"))
    label = clean(position.emode_label).text
    return say(_("eMode: {id} {label}"), id=position.emode, label=label)


def _next(voice: Voice, position: Position) -> tuple[Line, ...]:
    at_stake = next_liquidation(position)
    if at_stake is None:
        return ()
    share = voice.figures.exact_percent(at_stake.close_factor_bps)
    penalty = voice.figures.exact_percent(at_stake.penalty_bps)
    if not voice.amounts:
        template = _(
            "One liquidation may repay {part} of the debt in {debt} (close factor {share}) and take"
            " {collateral}, penalty {penalty}"
        )
        part = _share_of_debt(voice, position, at_stake)
    else:
        template = _(
            "One liquidation may repay {debt} (close factor {share}) and take {collateral}, penalty {penalty}"
        )
        part = ""
    debt = voice.holding(at_stake.repay, at_stake.debt)
    taken = voice.holding(at_stake.seize, at_stake.collateral)
    return (say(template, part=part, debt=debt, share=share, collateral=taken, penalty=penalty),)


def _basis(position: Position) -> Line:
    if position.basis is Basis.CONTRACT:
        return say(_("Read from the contract (pool revision {revision})"), revision=position.revision)
    return say(
        _("Computed from balances, indexes and oracle prices (pool revision {revision})"),
        revision=position.revision,
    )


def links(voice: Voice, position: Position) -> tuple[Button, ...]:
    """Where to act and where to check; nowhere for what nobody has."""
    if is_imagined(position.account):
        return ()
    return row(
        link(_("Open Aave"), voice.atlas.app_url(position.market)),
        link(_("DeFi Saver"), voice.atlas.defi_saver_url(position.market)),
        link(_("Explorer"), voice.atlas.address_url(position.market, position.account)),
    )
