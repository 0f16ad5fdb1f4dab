"""/mute: silence with an end, for one watch or for everything here. A liquidation is told even so."""

from dataclasses import replace
from typing import Final

from bot.errors import UserError
from bot.messages.answers import Answer, Muted
from bot.messages.catalogue import _
from bot.subscriptions import Watch
from handlers.commands.arguments import WATCH_EXAMPLE, duration, find_watch, no_more
from handlers.commands.command import Access, Call, Command, Form, Option
from handlers.commands.options import WATCH_OR_ALL

DEFAULT: Final = "8h"
EVERYTHING: Final = "all"


async def run(call: Call) -> Answer:
    watches = await call.watches()
    if not call.args:
        raise UserError("missing_mute", example=f"/mute {EVERYTHING} {DEFAULT}")
    word = call.args[0]
    if word.casefold() != EVERYTHING and not watches:
        raise UserError("no_watches", word, WATCH_EXAMPLE)
    time = call.args[1] if len(call.args) > 1 else DEFAULT
    if word.casefold() == EVERYTHING:
        until = call.now + duration(time, f"/mute {EVERYTHING} {DEFAULT}")
        no_more(call.args, 2, f"/mute {EVERYTHING} {DEFAULT}")
        return await _everything(call, until)
    watch = find_watch(watches, word, "mute", DEFAULT)
    example = f"/mute {watch.number} {DEFAULT}"
    until = call.now + duration(time, example)
    no_more(call.args, 2, example)
    muted = replace(watch, muted_until=until)
    await call.services.book.put(muted)
    if until < (await call.services.book.settings(call.home)).muted_until:
        await except_for(call, watch)  # or the longer silence of everything would go on over this one
    return Muted(until, muted)


async def _everything(call: Call, until: int) -> Muted:
    """Each watch, so that the monitor need not ask the settings; the settings, for what is no watch's own."""
    book = call.services.book
    for watch in await call.watches():
        await book.put(replace(watch, muted_until=until))
    await book.put_settings(call.home, replace(await book.settings(call.home), muted_until=until))
    return Muted(until)


async def except_for(call: Call, watch: Watch) -> None:
    """End the silence of everything here without ending that of the other watches: it becomes their own."""
    book = call.services.book
    settings = await book.settings(call.home)
    for other in await call.watches():
        if other.id != watch.id and other.muted_until < settings.muted_until:
            await book.put(replace(other, muted_until=settings.muted_until))
    await book.put_settings(call.home, replace(settings, muted_until=0))


COMMAND = Command(
    name="mute",
    usage=_("<watch or all> [time]"),
    summary=_("Silence with an end"),
    run=run,
    examples=("/mute 1 2h", "/mute all 8h"),
    notes=(
        _("Without a time it is 8 h. What still holds afterwards, I say then."),
        _("A liquidation I tell even so."),
    ),
    access=Access.EDITOR,
    forms=(
        Form(
            "",
            _("Silence with an end"),
            (
                WATCH_OR_ALL,
                Option(
                    "time", _("How long, without it 8 h"), required=False, source="duration", sample=DEFAULT
                ),
            ),
        ),
    ),
)
