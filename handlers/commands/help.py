"""/help: all commands on one screen, or all about one. Made from the same table as menus and parser."""

from bot.errors import UserError
from bot.messages.answers import Answer, Help
from bot.messages.catalogue import _
from handlers.commands.arguments import nearest, no_more
from handlers.commands.command import Access, Call, Command, Form, Option


async def run(call: Call) -> Answer:
    # What only admins may do is shown to all, and marked: asking the platform who this is would tell no more.
    usable = tuple(one for one in call.commands if one.access <= max(call.access, Access.ADMIN))
    if not call.args:
        return Help(tuple(one.facts for one in usable), shared=not call.request.private)
    no_more(call.args, 1, "/help")
    wanted = call.args[0].lstrip("/").casefold()
    for one in usable:
        if one.name == wanted:
            return Help((one.facts,), shared=not call.request.private)
    near = tuple(f"/help {name}" for name in nearest(wanted, tuple(one.name for one in usable)))
    raise UserError("unknown_command", call.args[0], "/help", near)


COMMAND = Command(
    name="help",
    usage=_("[command]"),
    summary=_("What I can do, or all about one command"),
    run=run,
    examples=("/help", "/help watch"),
    access=Access.ANYONE,
    forms=(
        Form(
            "",
            _("What I can do, or all about one command"),
            (Option("command", _("One command in full"), required=False, source="command", sample="watch"),),
        ),
    ),
)
