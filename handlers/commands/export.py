"""/export: the watch list as CSV, or everything that is stored of this home as JSON."""

from collections.abc import Sequence
from typing import Final

from bot.domain.alerts import Alert
from bot.errors import UserError
from bot.messages.answers import Answer
from bot.messages.catalogue import _
from bot.messages.records import HomeExported, ListExported, Named, NamedAs
from bot.ports import WatchBook
from bot.subscriptions import ChatSettings, Watch
from handlers.commands.arguments import nearest, no_more
from handlers.commands.command import Access, Call, Command, Form

LIST: Final = "list"
EXAMPLE: Final = f"/export {LIST}"


async def run(call: Call) -> Answer:
    if not call.args:
        return await _everything(call)
    if call.args[0].casefold() != LIST:
        raise UserError("extra_words", call.args[0], EXAMPLE, nearest(call.args[0], (EXAMPLE,)))
    no_more(call.args, 1, EXAMPLE)
    return ListExported(await call.watches())


async def _everything(call: Call) -> HomeExported:
    book = call.services.book
    places = tuple(sorted(await book.places(call.home)))
    alerts: list[Alert] = []
    for place in places:
        alert = await book.last_alert(place)
        if alert is not None and (alert.home or alert.destination) in {call.home, place}:
            alerts.append(alert)
    return HomeExported(
        home=call.home,
        at=call.now,
        watches=await call.watches(),
        settings=await book.settings(call.home),
        places=places,
        alerts=tuple(alerts),
        named=await named_elsewhere(book, call.request.person.id, call.home) if call.request.private else (),
        labels=await call.services.labels.all(call.home),
    )


async def named_elsewhere(book: WatchBook, person: str, home: str) -> tuple[Named, ...]:
    """Every record of another home that names a person."""
    watches = tuple(watch for watch in await book.all() if watch.home != home)
    settings = await book.settings_of({watch.home for watch in watches})
    return (*_in_watches(watches, person), *_in_settings(settings, person))


def _in_watches(watches: Sequence[Watch], person: str) -> tuple[Named, ...]:
    added = (Named(one.home, NamedAs.ADDED, one.number) for one in watches if one.created_by == person)
    handled = (
        Named(one.home, NamedAs.HANDLED, one.number)
        for one in watches
        if any(hush.person == person for _key, hush in one.hushes)
    )
    return (*added, *handled)


def _in_settings(settings: dict[str, ChatSettings], person: str) -> tuple[Named, ...]:
    editors = (
        Named(home, NamedAs.EDITOR) for home, chosen in settings.items() if person in chosen.named_editors
    )
    destinations = (
        Named(home, NamedAs.DESTINATION)
        for home, chosen in settings.items()
        if person in {chosen.escalate_to, *(to for _severity, to in chosen.routes)}
    )
    return (*editors, *destinations)


def _needs(args: tuple[str, ...]) -> Access:
    """The list shows what /wallets shows; everything else names people."""
    return Access.VIEWER if args[:1] == (LIST,) else Access.ADMIN


COMMAND = Command(
    name="export",
    usage=f"[{LIST}]",
    summary=_("The watch list, or everything I keep of this chat, as a file"),
    run=run,
    examples=("/export", EXAMPLE),
    notes=(
        _("The list is CSV and goes back in with /import, here or elsewhere."),
        _("Without a word it is JSON with everything I keep: that is for admins."),
    ),
    needs=_needs,
    forms=(
        Form("list", _("The watch list as CSV, which /import takes"), start=LIST),
        Form("all", _("Everything I keep of this chat, as JSON")),
    ),
)
