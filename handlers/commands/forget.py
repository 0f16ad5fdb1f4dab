"""/forget: delete everything of this home; asks once. In a private chat also a person's name elsewhere."""

from bot.errors import UserError
from bot.messages.answers import Answer
from bot.messages.catalogue import _
from bot.messages.records import ForgetAsked, Forgotten
from handlers.commands.arguments import no_more
from handlers.commands.command import Access, Call, Command
from handlers.commands.export import named_elsewhere

SURE = "everything"


async def run(call: Call) -> Answer:
    book, private = call.services.book, call.request.private
    if not call.args:
        named = await named_elsewhere(book, call.request.person.id, call.home) if private else ()
        places = await book.places(call.home)
        labels = len(await call.services.labels.all(call.home))
        return ForgetAsked(len(await call.watches()), len(places), len(named), private, labels)
    if call.args[0].casefold() != SURE:
        raise UserError("extra_words", call.args[0], "/forget")
    no_more(call.args, 1, "/forget")
    # The home first: what it holds of the person is then gone, and what is counted lies elsewhere.
    watches = await book.forget(call.home)
    named_by = await book.forget_person(call.request.person.id) if private else 0
    kept = call.request.person.id in await book.operators() if private else await book.admitted(call.home)
    return Forgotten(watches, named_by, private, kept)


COMMAND = Command(
    name="forget",
    usage=f"[{SURE}]",
    summary=_("Delete all I know of this chat or server"),
    run=run,
    examples=("/forget",),
    access=Access.ADMIN,
)
