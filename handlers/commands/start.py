"""/start: hello; with the code from the bot's terminal, its sender becomes the operator."""

from bot.errors import UserError
from bot.messages.answers import Answer, NotAllowed, Welcome
from bot.messages.catalogue import _
from handlers.commands.command import Access, Call, Command, Form, Option


async def run(call: Call) -> Answer:
    if call.args and not call.became_operator and call.access is Access.ANYONE:
        raise UserError("wrong_code", call.args[0], "/help")
    if call.access is Access.ANYONE:
        return NotAllowed(call.request.person.id, call.home)
    return Welcome(call.became_operator, len(await call.watches()), call.let_in)


COMMAND = Command(
    name="start",
    usage=_("[code]"),
    summary=_("Begin; with the code from my terminal you become my operator"),
    run=run,
    examples=("/start",),
    notes=(
        _("In a group or server that does not know me yet, said by an admin that I know, it lets it in."),
    ),
    access=Access.ANYONE,
    forms=(
        Form(
            "",
            _("Begin"),
            (Option("code", _("The code from my terminal, for my operator"), required=False),),
        ),
    ),
)
