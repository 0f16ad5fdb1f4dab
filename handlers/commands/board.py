"""/board: all that this home watches, closest to liquidation first. Its rows are those of /owner too."""

from collections.abc import Sequence

from bot.domain.observations import PriceSeen
from bot.messages.answers import Answer, WalletFacts
from bot.messages.catalogue import _
from bot.messages.imagined import BoardRow, BoardShown, closest_first
from bot.subscriptions import FlowTarget, Watch
from handlers.commands.arguments import no_more
from handlers.commands.command import Call, Command, Form, Option
from handlers.commands.wallets import PAGE, page_of
from handlers.commands.watched import read_all


async def run(call: Call) -> Answer:
    watches = [one for one in await call.watches() if not isinstance(one.target, FlowTarget)]
    rows = closest_first(await rows_of(call, watches))
    pages = max(1, -(-len(rows) // PAGE))
    page = page_of(call.args[0], pages, "/board") if call.args else 1
    no_more(call.args, 1, "/board")
    return BoardShown(rows[(page - 1) * PAGE : page * PAGE], page, pages, len(watches))


async def rows_of(call: Call, watches: Sequence[Watch]) -> tuple[BoardRow, ...]:
    """A row a position, with what could not be read on the watch's first."""
    found = await read_all(call, watches)
    return tuple(row for watch in watches for row in _rows(watch, found[watch.id]))


def _rows(watch: Watch, seen: WalletFacts | PriceSeen | None) -> tuple[BoardRow, ...]:
    if isinstance(seen, PriceSeen):
        return (BoardRow(watch, price=seen),)
    if seen is None:
        return (BoardRow(watch, unread=(_("its market"),)),)
    first, *others = seen.positions or (None,)
    return (
        BoardRow(watch, first, unread=seen.unread, elsewhere=seen.owes_elsewhere),
        *(BoardRow(watch, one) for one in others),
    )


COMMAND = Command(
    name="board",
    usage=_("[page]"),
    summary=_("All that I watch here, closest to liquidation first"),
    run=run,
    examples=("/board", "/board 1"),
    forms=(
        Form(
            "",
            _("All that I watch here, closest to liquidation first"),
            (Option("page", _("Of a long list, counted from 1"), required=False, sample="1"),),
        ),
    ),
)
