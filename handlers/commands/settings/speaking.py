"""When and how often I speak: quiet hours, reminders, grouping, the role that is mentioned."""

import re
from dataclasses import replace
from typing import Final

from bot.messages.catalogue import _
from bot.subscriptions import ChatSettings, Pace, Quiet
from handlers.commands.arguments import nearest
from handlers.commands.command import Form, Option
from handlers.commands.options import switch
from handlers.commands.settings.setter import Change, Setter, always

DAY_MINUTES: Final = 24 * 60
_HOURS: Final = re.compile(r"(\d{1,2})(?:[:.](\d\d))?(?:-|–|—|to)(\d{1,2})(?:[:.](\d\d))?")
_ROLE: Final = re.compile(r"(?:<@&|discord/@)?(\d{1,20})>?")
HOURS_EXAMPLE: Final = "/settings quiet 22:00-07:00"


async def _quiet(change: Change) -> ChatSettings:
    settings = change.settings
    if change.word == "off":
        return replace(settings, quiet=None)
    if change.word == "critical":
        return replace(settings, quiet=_override(change))
    typed = "".join(change.words).casefold()
    found = _HOURS.fullmatch(typed)
    if found is None:
        raise change.fault("not_hours", " ".join(change.words))
    begins, ends = _minutes(found[1], found[2]), _minutes(found[3], found[4])
    if begins is None or ends is None or begins == ends:
        raise change.fault("not_hours", " ".join(change.words))
    passes = settings.quiet.critical_passes if settings.quiet else True
    return replace(settings, quiet=Quiet(begins, ends, passes))


def _override(change: Change) -> Quiet:
    """Whether critical alerts pass; they do unless told otherwise."""
    if change.settings.quiet is None:
        raise change.fault("no_quiet_hours", example=HOURS_EXAMPLE)
    example = "/settings quiet critical on"
    if len(change.words) < 2:
        raise change.fault("missing_value", example=example)
    word = change.words[1].casefold()
    if word not in {"on", "off"}:
        raise change.fault("not_on_or_off", change.words[1], example=example)
    return replace(change.settings.quiet, critical_passes=word == "on")


def _minutes(hours: str, minutes: str | None) -> int | None:
    """Of the day; 24:00 is its beginning."""
    if int(minutes or 0) > 59:
        return None
    total = int(hours) * 60 + int(minutes or 0)
    return total % DAY_MINUTES if total <= DAY_MINUTES else None


async def _reminders(change: Change) -> ChatSettings:
    word = "normal" if change.word == "on" else change.word
    if word not in set(Pace):
        raise change.fault("not_a_pace", near=nearest(word, tuple(Pace)))
    pace = Pace(word)
    return replace(change.settings, reminders=pace is not Pace.OFF, pace=pace)


async def _grouping(change: Change) -> ChatSettings:
    if change.word not in {"on", "off"}:
        raise change.fault("not_on_or_off")
    return replace(change.settings, grouping=change.word == "on")


async def _ping(change: Change) -> ChatSettings:
    if change.word == "off":
        return replace(change.settings, ping="")
    home = change.call.request.home
    if home.platform != "discord" or home.chat[:1] != "s":
        raise change.fault("ping_elsewhere")
    role = _ROLE.fullmatch(change.words[0])
    if role is None:
        raise change.fault("not_a_role")
    number = str(int(role[1]))
    if number == home.chat[1:]:
        raise change.fault("everyone_is_no_role")  # its id is the server's
    return replace(change.settings, ping=number)


SETTERS: Final = (
    Setter(
        "quiet",
        _quiet,
        always("22:00-07:00"),
        (
            Form(
                "quiet",
                _("Hours in which all but critical alerts wait"),
                (Option("hours", _("From one time to another, or off"), sample="22:00-07:00"),),
                start="quiet",
            ),
            Form(
                "override",
                _("Whether critical alerts pass through quiet hours"),
                (switch("critical", _("on: they pass, off: they wait too"), "on", "off"),),
                start="quiet critical",
            ),
        ),
        most=3,
    ),
    Setter(
        "reminders",
        _reminders,
        always("on"),
        (
            Form(
                "reminders",
                _("How soon I remind of what goes on"),
                (switch("pace", _("off, slow, normal or fast"), *Pace),),
                start="reminders",
            ),
        ),
    ),
    Setter(
        "grouping",
        _grouping,
        always("on"),
        (
            Form(
                "grouping",
                _("Whether alerts of one block come in one message"),
                (switch("value", _("on or off"), "on", "off"),),
                start="grouping",
            ),
        ),
    ),
    Setter(
        "ping",
        _ping,
        always("off"),
        (
            Form(
                "ping",
                _("The role that a critical alert mentions, on Discord"),
                (Option("role", _("A role, or off"), sample="off"),),
                start="ping",
            ),
        ),
    ),
)
