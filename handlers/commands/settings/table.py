"""The command itself: shows what is chosen, or hands the words to the one setter they name."""

from typing import Final

import structlog

from bot.errors import UserError
from bot.messages.answers import Answer, SettingsShown
from bot.messages.catalogue import _
from handlers.commands.arguments import nearest, no_more
from handlers.commands.command import Access, Call, Command, Form
from handlers.commands.settings import people, places, reading, speaking
from handlers.commands.settings.setter import Change, Setter

log = structlog.get_logger()

SETTERS: Final[dict[str, Setter]] = {
    one.name: one for one in (*reading.SETTERS, *speaking.SETTERS, *places.SETTERS, *people.SETTERS)
}
SHOW: Final = "show"


async def run(call: Call) -> Answer:
    book = call.services.book
    settings = await book.settings(call.home)
    private = call.request.private
    if _only_shows(call.args):
        return SettingsShown(settings, "", call.place, private)
    setter = SETTERS.get(call.args[0].casefold())
    if setter is None:
        near = tuple(f"/settings {one}" for one in nearest(call.args[0], tuple(SETTERS)))
        raise UserError("unknown_setting", call.args[0], SETTERS["target"].example(call), near)
    example = setter.example(call)
    if len(call.args) < 2:
        raise UserError("missing_value", setter.name, example)
    no_more(call.args, 1 + setter.most, example)
    changed = await setter.change(Change(call, settings, call.args[1:], example))
    await book.put_settings(call.home, changed)
    log.info("settings changed", home=call.home, by=call.request.person.id, what=setter.name)
    return SettingsShown(changed, setter.name, call.place, private)


def _only_shows(args: tuple[str, ...]) -> bool:
    return not args or args == (SHOW,)


def _needs(args: tuple[str, ...]) -> Access:
    return Access.VIEWER if _only_shows(args) else Access.ADMIN


COMMAND = Command(
    name="settings",
    usage=_("[setting] [value]"),
    summary=_("Where alerts go, who may change things, quiet hours, numbers, time zone"),
    run=run,
    examples=(
        "/settings",
        "/settings target 1.6",
        "/settings locale de",
        "/settings timezone Europe/Berlin",
        "/settings amounts on",
        "/settings quiet 22:00-07:00",
        "/settings quiet critical off",
        "/settings reminders slow",
        "/settings grouping off",
        "/settings alerts here",
        "/settings alerts critical here",
        "/settings alerts default",
        "/settings escalate here 15m",
        "/settings escalate off",
        "/settings ping off",
        "/settings editors everyone",
        "/settings editor add 42",
    ),
    notes=(
        _("For another chat as the place of alerts: type /connect there, and its code here instead of here."),
        _("Editors change what is watched and take alerts up; admins change settings too."),
    ),
    needs=_needs,
    forms=(
        Form(SHOW, _("What is chosen here")),
        *(form for setter in SETTERS.values() for form in setter.forms),
    ),
)
