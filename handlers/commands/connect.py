"""/connect: a one-time code with which an admin of another chat may send its alerts to this place."""

from typing import Final

from bot.messages.answers import Answer, PlaceOffered
from bot.messages.catalogue import _
from handlers.commands.arguments import no_more
from handlers.commands.command import Access, Call, Command

GOOD_FOR_S: Final = 15 * 60


async def run(call: Call) -> Answer:
    no_more(call.args, 0, "/connect")
    code = call.services.new_code()
    await call.services.book.offer_place(code, call.place, call.home, GOOD_FOR_S)
    return PlaceOffered(code, GOOD_FOR_S)


COMMAND = Command(
    name="connect",
    usage="",
    summary=_("A code that lets another chat send its alerts here"),
    run=run,
    examples=("/connect",),
    notes=(_("Type it where the alerts shall come in, a topic or channel too."),),
    access=Access.ADMIN,
)
