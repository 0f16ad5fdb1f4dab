"""/unwatch: stop watching, by number, label, name or address."""

from bot.errors import UserError
from bot.messages.answers import Answer, Removed
from bot.messages.catalogue import _
from handlers.commands.arguments import WATCH_EXAMPLE, find_watch
from handlers.commands.command import Access, Call, Command, Form
from handlers.commands.options import WATCH


async def run(call: Call) -> Answer:
    watches = await call.watches()
    if not call.args:
        raise UserError(
            "missing_watch", example=f"/unwatch {watches[0].number}" if watches else WATCH_EXAMPLE
        )
    watch = find_watch(watches, " ".join(call.args), "unwatch")
    await call.services.book.remove(watch)
    return Removed(watch)


COMMAND = Command(
    name="unwatch",
    usage=_("<number, label or address>"),
    summary=_("Stop watching"),
    run=run,
    examples=("/unwatch 1", "/unwatch treasury"),
    access=Access.EDITOR,
    forms=(Form("", _("Stop watching"), (WATCH,)),),
)
