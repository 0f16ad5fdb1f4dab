"""A new watch into the book, whichever command made it; the limit of a home is kept here."""

from collections.abc import Sequence
from dataclasses import replace

from bot.errors import UserError
from bot.subscriptions import Watch
from handlers.commands.command import WATCHES_AT_MOST, Call
from handlers.commands.labels import label_from


async def register(call: Call, watches: Sequence[Watch], watch: Watch, wrong: str) -> Watch:
    """Stored with who, when and where; `wrong` is what cannot be added when the home is full."""
    if len(watches) >= WATCHES_AT_MOST:
        raise UserError("too_many_watches", wrong, f"/unwatch {watches[0].number}")
    place = "" if call.place == call.home else call.place
    stamped = replace(
        watch, home=call.home, created_at=call.now, created_by=call.request.person.id, place=place
    )
    return await call.services.book.add(stamped)


def free_label(watches: Sequence[Watch], typed: str, example: str, own: Watch | None = None) -> str:
    """A label that no other watch of the home has; empty if none was typed."""
    taken = {one.label.casefold() for one in watches if one.label and (own is None or one.id != own.id)}
    return label_from(typed, taken, example)
