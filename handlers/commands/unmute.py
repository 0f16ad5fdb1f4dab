"""/unmute: end a silence early."""

from dataclasses import replace

from bot.errors import UserError
from bot.messages.answers import Answer, Unmuted
from bot.messages.catalogue import _
from handlers.commands.arguments import find_watch
from handlers.commands.command import Access, Call, Command, Form
from handlers.commands.mute import EVERYTHING, except_for
from handlers.commands.options import WATCH_OR_ALL


async def run(call: Call) -> Answer:
    if not call.args:
        raise UserError("missing_watch", example=f"/unmute {EVERYTHING}")
    watches = await call.watches()
    book = call.services.book
    if call.args[0].casefold() == EVERYTHING:
        settings = await book.settings(call.home)
        muted = [watch for watch in watches if watch.muted_until > call.now]
        for watch in muted:
            await book.put(replace(watch, muted_until=0))
        await book.put_settings(call.home, replace(settings, muted_until=0))
        return Unmuted(None, was_muted=bool(muted) or settings.muted_until > call.now)
    watch = find_watch(watches, " ".join(call.args), "unmute")
    everything_until = (await book.settings(call.home)).muted_until
    was_muted = max(watch.muted_until, everything_until) > call.now
    watch = replace(watch, muted_until=0)
    await book.put(watch)
    if everything_until > call.now:
        await except_for(call, watch)
    return Unmuted(watch, was_muted)


COMMAND = Command(
    name="unmute",
    usage=_("<watch or all>"),
    summary=_("End a silence early"),
    run=run,
    examples=("/unmute 1", "/unmute all"),
    access=Access.EDITOR,
    forms=(Form("", _("End a silence early"), (WATCH_OR_ALL,)),),
)
