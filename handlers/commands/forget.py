"""/forget: delete everything of this chat; asks once."""

from bot.errors import UserError
from bot.messages.answers import Answer, ForgetAsked, Forgotten
from bot.messages.catalogue import _
from handlers.commands.arguments import no_more
from handlers.commands.command import Call, Command

SURE = "everything"


async def run(call: Call) -> Answer:
    if not call.args:
        return ForgetAsked(len(await call.watches()))
    if call.args[0].casefold() != SURE:
        raise UserError("extra_words", call.args[0], "/forget")
    no_more(call.args, 1, "/forget")
    return Forgotten(await call.services.book.forget(call.place))


COMMAND = Command(
    name="forget",
    usage=f"[{SURE}]",
    summary=_("Delete all I know of this chat"),
    run=run,
    examples=("/forget",),
)
