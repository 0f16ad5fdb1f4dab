"""Imagined positions and mirrors of a list: each line is what one would type, read by the same code."""

from collections.abc import Sequence
from typing import Final

from bot.domain.whatif.engine import Refused
from bot.errors import SourceError, UserError
from bot.messages.listfile import FLOWS, MIRROR, SIMULATE, Row
from bot.messages.typed.expression import read_expression
from bot.messages.typed.flowreading import EXAMPLE as INFLOWS
from bot.messages.typed.flows import read_flows
from bot.messages.typed.looping import read_scale
from bot.messages.typed.tokens import cut
from bot.subscriptions import MirrorTarget, Target
from handlers.commands.arguments import parse_address
from handlers.commands.command import Call
from handlers.commands.flownames import lexicon
from handlers.commands.inflows import filter_of
from handlers.commands.simulate import imagine_here, target_of
from handlers.commands.states import SIMULATE as EXAMPLE
from handlers.commands.states import market_for

FILTERS_AT_MOST: Final = 100
"""Filters of flows in one list."""
IMAGINED_AT_MOST: Final = 50
"""Of one list: each is read in its market."""


async def read_imagined(call: Call, rows: Sequence[Row]) -> dict[int, Target | UserError]:
    """The targets of the lines that are neither wallets nor prices, by the line's number."""
    found: dict[int, Target | UserError] = {}
    for row in rows:
        if row.kind not in {SIMULATE, MIRROR}:
            continue
        if len(found) >= IMAGINED_AT_MOST:
            found[row.number] = UserError("too_many_imagined", row.address, EXAMPLE)
            continue
        try:
            found[row.number] = _mirror(call, row) if row.kind == MIRROR else await _imagined(call, row)
        except UserError as error:
            found[row.number] = error
        except SourceError:
            found[row.number] = UserError("price_not_read", row.address, EXAMPLE)
    return found


async def read_filters(call: Call, rows: Sequence[Row]) -> dict[int, Target | UserError]:
    """Filters of flows, by the line's number: what one types behind /inflows, its amounts in the rules."""
    filters = [row for row in rows if row.kind == FLOWS]
    found: dict[int, Target | UserError] = {}
    known = await lexicon(call) if filters else None
    for row in filters:
        if known is None or len(found) >= FILTERS_AT_MOST:
            found[row.number] = UserError("too_many_filters", row.address, INFLOWS)
            continue
        try:
            asked = read_flows(cut(row.address), known)
            found[row.number] = await filter_of(call, asked, row.address)
        except UserError as error:
            found[row.number] = error
        except SourceError:
            found[row.number] = UserError("name_not_read", row.address, INFLOWS)
    return found


async def _imagined(call: Call, row: Row) -> Target:
    made = await imagine_here(call, read_expression(row.address))
    if isinstance(made, Refused):
        raise UserError("cannot_be_imagined", row.address, EXAMPLE)
    return target_of(call, made)


def _mirror(call: Call, row: Row) -> Target:
    address, _, scale = row.address.partition(" ")
    times = read_scale(scale.strip() or "x1")
    if times is None:
        raise UserError("not_a_scale", scale, EXAMPLE)
    market = market_for(call, row.market, EXAMPLE)
    return MirrorTarget(market, parse_address(address, EXAMPLE), times.numerator, times.denominator)
