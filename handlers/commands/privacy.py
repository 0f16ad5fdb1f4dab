"""/privacy: what is kept of a person, a chat or a server, for how long, and who sees it."""

from bot.messages.answers import Answer
from bot.messages.catalogue import _
from bot.messages.records import PrivacyShown
from handlers.commands.arguments import no_more
from handlers.commands.command import Access, Call, Command


async def run(call: Call) -> Answer:
    no_more(call.args, 0, "/privacy")
    return PrivacyShown(call.request.place.platform, call.request.private)


COMMAND = Command(
    name="privacy",
    usage="",
    summary=_("What I keep, how long, and who sees it"),
    run=run,
    examples=("/privacy",),
    access=Access.VIEWER,
)
