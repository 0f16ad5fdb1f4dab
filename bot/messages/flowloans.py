"""The loan behind a flow, in words: health factor, distance, liquidation price then and now, what is left.

Called by `flow_alerts`. A loan is somebody's position, so its amounts are hidden where amounts are.
"""

from typing import Final

from bot.domain.evaluate import distance_bps
from bot.domain.flows import FlowSeen, LoanBehind, Relation
from bot.messages.catalogue import _, plural
from bot.messages.flowparts import full, named, person
from bot.messages.hostile import clean
from bot.messages.lines import lever_name
from bot.messages.model import Line, Span
from bot.messages.numbers import Side
from bot.messages.outlook import collaterals, is_liquidatable, levers
from bot.messages.rich import bold, joined, plain, say
from bot.messages.voice import Voice

ARROW: Final = " -> "
_PARTS_SHOWN: Final = 2
"""Assets that a loan still holds, told in its line."""
_HOPS_SHOWN: Final = 4


def health_before_and_now(voice: Voice, loan: LoanBehind) -> str:
    """HF 1.25 -> 1.29; HF 1.29 where it was the same, or is not known"""
    now = loan.now.health_factor
    if loan.before is None or loan.before.health_factor == now:
        return _("HF {now}").format(now=voice.figures.health(now))
    texts = voice.figures.health_pair(now, loan.before.health_factor)
    if not texts[1]:
        return _("HF {now}").format(now=texts[0])
    return _("HF {change}").format(change=f"{texts[1]}{ARROW}{texts[0]}")


def behind(voice: Voice, seen: FlowSeen) -> str:
    """(HF 1.25 -> 1.29), for behind a name; empty where no loan is known."""
    if not seen.loans:
        return ""
    loan = seen.loans[0]
    health = health_before_and_now(voice, loan)
    if loan.relation is Relation.FUNDED:
        return _(" (behind it {health})").format(health=health)
    return f" ({health})"


def loan_line(voice: Voice, loan: LoanBehind) -> Line:
    """Debt fell by $77.5M in 24 h · liquidation price of ETH $1,880 -> $1,830, 22 % away · still holds ..."""
    return joined((_debt(voice, loan), _liquidation(voice, loan), _left(voice, loan)))


def _debt(voice: Voice, loan: LoanBehind) -> Line:
    change = loan.debt_change
    if not loan.now.has_debt:
        return say(_("Debt is repaid in full"))
    if not change:
        return say(_("Debt unchanged in 24 h")) if loan.since else ()  # no move known is not none
    if not voice.amounts:
        return say(_("Debt fell in 24 h") if change < 0 else _("Debt rose in 24 h"))
    template = _("Debt fell by {value} in 24 h") if change < 0 else _("Debt rose by {value} in 24 h")
    return say(template, value=voice.money(abs(change), loan.now))


def _liquidation(voice: Voice, loan: LoanBehind) -> Line:
    """Of the price that is nearest to it now, and where the same one was before."""
    if not loan.now.has_debt:
        return ()
    if is_liquidatable(loan.now):
        return (bold(_("it can be liquidated now")),)
    now = next(iter(levers(loan.now, voice.atlas, voice.baskets)), None)
    if now is None:
        far = voice.figures.percent(distance_bps(loan.now.health_factor) or 0)
        return say(_("{percent} to liquidation"), percent=far)
    side = Side.DOWN if now.rises else Side.UP
    price = voice.figures.price(now.target, loan.now.base_unit, side)
    if loan.before is not None and not is_liquidatable(loan.before):
        was = (one for one in levers(loan.before, voice.atlas, voice.baskets) if one.asset == now.asset)
        if (one := next(was, None)) is not None and one.target != now.target:
            texts = voice.figures.price_pair(one.target, now.target, loan.now.base_unit, side)
            price = f"{texts[0]}{ARROW}{texts[1]}"
    return say(
        _("liquidation price of {coin} {price}, {percent} away"),
        coin=lever_name(voice, now),
        price=bold(price),
        percent=voice.figures.percent(now.move_bps),
    )


def _left(voice: Voice, loan: LoanBehind) -> Line:
    if not voice.amounts:
        return ()
    held = collaterals(loan.now)
    parts = [voice.holding(part.amount, part.asset) for part in held[:_PARTS_SHOWN]]
    if len(held) > _PARTS_SHOWN:
        parts.append(_("more"))
    debt = voice.money(loan.now.totals.debt_base, loan.now)
    if not loan.now.has_debt:
        return say(_("still holds {what}"), what=", ".join(parts)) if parts else ()
    return say(_("still holds {what} against {debt}"), what=", ".join(parts) or _("nothing"), debt=debt)


def unread_line(seen: FlowSeen) -> Line:
    """Could not ask Aave v3 Base: no word about loans there"""
    if not seen.loans_unread:
        return ()
    titles = ", ".join(clean(one, cap=48).text for one in seen.loans_unread[:3])
    if rest := len(seen.loans_unread[3:]):
        titles += plural(" and {n} more market", " and {n} more markets", rest).format(n=rest)
    return say(_("Could not ask {titles}: no word about loans there"), titles=titles)


# ---- folded ------------------------------------------------------------------------------------------------


def loan_details(voice: Voice, seen: FlowSeen) -> tuple[Line, ...]:
    """Each loan: whose, in which market, how it came to be behind this, what was taken out."""
    told: list[Line] = []
    for loan in seen.loans:
        told.extend(_details(voice, seen, loan))
    if seen.flows and seen.sender is not None and not seen.loans and not seen.loans_unread:
        told.append(say(_("No loan behind it in the markets I read")))
    return tuple(told)


def _details(voice: Voice, seen: FlowSeen, loan: LoanBehind) -> tuple[Line, ...]:
    market, account = loan.now.market, loan.now.account
    first = joined(
        (
            say(_("Loan of {account}"), account=voice.address(market, account)),
            plain(voice.atlas.market_title(market)),
            plain(health_before_and_now(voice, loan)),
            voice.block(market, loan.now.as_of),
        )
    )
    told = [first, *_related(voice, seen, loan)]
    if loan is not seen.loans[0]:
        told.append(loan_line(voice, loan))
    if loan.withdrawn:
        what = ", ".join(voice.holding(raw, asset) for asset, raw in loan.withdrawn[:_HOPS_SHOWN])
        told.append(say(_("Taken out since {since}: {what}"), since=voice.moment(loan.since), what=what))
    return tuple(told)


def _related(voice: Voice, seen: FlowSeen, loan: LoanBehind) -> tuple[Line, ...]:
    match loan.relation:
        case Relation.SENDER:
            return ()
        case Relation.OWNER:
            name = named(seen, person(seen)) or _("the sender")
            return (say(_("Another wallet of {owner}"), owner=name),)
        case Relation.FUNDED:
            hops: list[Span] = []
            for address in loan.path[:_HOPS_SHOWN]:
                hops.extend((Span(ARROW), full(voice, seen.chain_id, address)))
            return (say(_("Its coins went ")) + tuple(hops[1:]),) if hops else ()
