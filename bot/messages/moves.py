"""What happened to a position, in words: moves of its owner and liquidations."""

from bot.domain.observations import Liquidation, Move, MoveKind, PositionSeen
from bot.domain.positions import Position
from bot.domain.units import BPS
from bot.messages.catalogue import _
from bot.messages.hostile import clean
from bot.messages.model import Line, Span
from bot.messages.rich import say
from bot.messages.voice import Voice


def _verb(kind: MoveKind) -> str:
    match kind:
        case MoveKind.SUPPLY:
            return _("Supplied {what}")
        case MoveKind.WITHDRAW:
            return _("Withdrew {what}")
        case MoveKind.BORROW:
            return _("Borrowed {what}")
        case MoveKind.REPAY:
            return _("Repaid {what}")
        case MoveKind.RECEIVED:
            return _("Received {what} from another account")
        case MoveKind.SENT:
            return _("Sent {what} to another account")
        case MoveKind.COLLATERAL_ON:
            return _("{what} is used as collateral now")
        case MoveKind.COLLATERAL_OFF:
            return _("{what} is no collateral any more")
        case MoveKind.EMODE:
            return _("eMode is {what} now")


def move_line(voice: Voice, position: Position, move: Move) -> Line:
    """Borrowed 10,000 USDC ($10k)"""
    if move.kind is MoveKind.EMODE:
        label = clean(position.emode_label).text if move.emode == position.emode else ""
        return say(_verb(move.kind), what=f"{move.emode} {label}".strip() if move.emode else _("off"))
    if move.asset is None:
        return ()
    symbol = voice.atlas.symbol(move.asset)
    if move.kind in {MoveKind.COLLATERAL_ON, MoveKind.COLLATERAL_OFF}:
        return say(_verb(move.kind), what=symbol)
    what = voice.holding(move.amount, move.asset)
    if move.value is not None and voice.amounts:
        what = f"{what} ({voice.money(move.value, position)})"
    return say(_verb(move.kind), what=Span(what, url=voice.atlas.transaction_url(position.market, move.tx)))


def liquidation_line(voice: Voice, position: Position, one: Liquidation) -> Line:
    """Seized 12.3 WETH ($37.4k) for 35,000 USDC of debt ($35k), penalty 6.9 %"""
    penalty = max(0, one.seized_value - one.repaid_value)
    percent = voice.figures.percent(penalty * BPS // one.repaid_value) if one.repaid_value else "–"
    seized, repaid = voice.holding(one.seized, one.collateral), voice.holding(one.repaid, one.debt)
    if not voice.amounts:
        template = _("Seized {seized}, repaid {repaid}: penalty {percent}")
        return say(template, seized=seized, repaid=repaid, percent=percent)
    return say(
        _(
            "Seized {seized} ({seized_value}), repaid {repaid} ({repaid_value}):"
            " penalty {percent} ({penalty})"
        ),
        seized=seized,
        seized_value=voice.money(one.seized_value, position),
        repaid=repaid,
        repaid_value=voice.money(one.repaid_value, position),
        percent=percent,
        penalty=voice.money(penalty, position),
    )


def liquidation_details(voice: Voice, seen: PositionSeen) -> tuple[Line, ...]:
    """By whom, in which transaction."""
    market = seen.position.market
    return tuple(
        say(
            _("Liquidator {liquidator}, transaction {tx}"),
            liquidator=voice.address(market, one.liquidator),
            tx=Span(f"{one.tx[:10]}…", url=voice.atlas.transaction_url(market, one.tx)),
        )
        for one in seen.liquidations[:3]
    )
