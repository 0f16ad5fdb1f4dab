"""Where alerts go. A place other than the one spoken in is named by a code from /connect there, so that
somebody with the right has asked for it at both ends, whichever platforms they are on.
"""

from dataclasses import replace
from typing import Final

import structlog

from bot.errors import UserError
from bot.messages.catalogue import _
from bot.subscriptions import ChatSettings
from handlers.commands.arguments import duration
from handlers.commands.command import Form, Option
from handlers.commands.options import switch
from handlers.commands.settings.setter import Change, Setter, always

log = structlog.get_logger()

LEVELS: Final = ("critical", "warning", "notice")
ESCALATE_S: Final = (60, 86_400)


async def _alerts(change: Change) -> ChatSettings:
    """`here critical` as well as `critical here`."""
    levels = [word for word in change.words if word.casefold() in LEVELS]
    where = [word for word in change.words if word.casefold() not in LEVELS]
    level = levels[0].casefold() if levels else "all"
    if not where:
        raise change.fault("missing_value", example=f"/settings alerts {level} here")
    if len(levels) > 1 or len(where) > 1:
        raise UserError("extra_words", change.words[-1], change.example)
    kept = tuple(one for one in change.settings.routes if one[0] != level)
    if where[0].casefold() == "default":
        return replace(change.settings, routes=kept)
    place = await _place(change, where[0], "no_such_code")
    return replace(change.settings, routes=(*kept, (level, place)))


async def _escalate(change: Change) -> ChatSettings:
    settings = change.settings
    after = settings.escalate_after_s
    if change.word == "off":
        return replace(settings, escalate_to="")
    if len(change.words) > 1:
        example = "/settings escalate here 10m"
        after = duration(change.words[1], example)
        if not ESCALATE_S[0] <= after <= ESCALATE_S[1]:
            raise change.fault("escalate_out_of_range", change.words[1], example=example)
    place = await _place(change, change.words[0], "not_here_or_code")
    return replace(settings, escalate_to=place, escalate_after_s=after)


async def _place(change: Change, word: str, problem: str) -> str:
    """A code is spent last, when all other words were understood."""
    if word.casefold() == "here":
        return change.call.place
    found = await change.call.services.book.take_place(word.upper())
    if found is None:
        person, home = change.call.request.person.id, change.call.home
        log.warning("refused", person=person, home=home, what="/settings", needs="a code from /connect")
        raise change.fault(problem, word)
    return found[0]


SETTERS: Final = (
    Setter(
        "alerts",
        _alerts,
        always("here"),
        (
            Form(
                "alerts",
                _("Where alerts go"),
                (
                    Option(
                        "where", _("here, default, or a code from /connect in another chat"), sample="here"
                    ),
                    replace(
                        switch("severity", _("Only those of one severity"), *LEVELS),
                        required=False,
                        sample="",
                    ),
                ),
                start="alerts",
            ),
        ),
        most=2,
    ),
    Setter(
        "escalate",
        _escalate,
        always("off"),
        (
            Form(
                "escalate",
                _("Where a critical alert goes that nobody takes up"),
                (
                    Option("where", _("A code from /connect in the other chat, here, or off"), sample="here"),
                    Option("after", _("After how long"), required=False, source="duration", sample="10m"),
                ),
                start="escalate",
            ),
        ),
        most=2,
    ),
)
