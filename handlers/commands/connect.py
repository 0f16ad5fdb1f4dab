"""/connect: a one-time code with which another chat may send its alerts to this place; off ends that."""

from typing import Final

from bot.errors import UserError
from bot.messages.answers import Answer, PlaceOffered, PlaceTakenBack
from bot.messages.catalogue import _
from bot.subscriptions import settings_without
from handlers.commands.arguments import no_more
from handlers.commands.command import Access, Call, Command, Form, Option

GOOD_FOR_S: Final = 15 * 60
OFF: Final = "off"


async def run(call: Call) -> Answer:
    if call.args and call.args[0].casefold() != OFF:
        raise UserError("extra_words", " ".join(call.args), "/connect")
    no_more(call.args, 1, "/connect")
    if call.args:
        return PlaceTakenBack(await _cut(call))
    code = call.services.new_code()
    await call.services.book.offer_place(code, call.place, call.home, GOOD_FOR_S)
    return PlaceOffered(code, GOOD_FOR_S)


async def _cut(call: Call) -> int:
    """End what other homes send here; how many did. Whoever receives has the last word."""
    book, cut = call.services.book, 0
    others = {watch.home for watch in await book.all()} - {call.home}
    for home, settings in (await book.settings_of(others)).items():
        without = settings_without(settings, call.place)
        if without != settings:
            await book.put_settings(home, without)
            cut += 1
    return cut


COMMAND = Command(
    name="connect",
    usage=f"[{OFF}]",
    summary=_("A code that lets another chat send its alerts here"),
    run=run,
    examples=("/connect", "/connect off"),
    notes=(
        _("Type it where the alerts shall come in, a topic or channel too."),
        _("With off no other chat sends its alerts here any more."),
    ),
    access=Access.ADMIN,
    forms=(
        Form(
            "",
            _("A code that lets another chat send its alerts here"),
            (Option("end", _("No other chat sends here any more"), required=False, choices=(OFF,)),),
        ),
    ),
)
