"""What a home chose, in words: one line a setting, each beginning with the word that changes it.

Called by `bot.messages.compose`.
"""

from typing import Final

from bot.messages.answers import PlaceOffered, PlaceTakenBack, SettingsShown
from bot.messages.catalogue import _, plural
from bot.messages.hostile import clean
from bot.messages.model import Line, Message, Span
from bot.messages.rich import bold, code, faint, joined, plain, say
from bot.messages.voice import Voice
from bot.subscriptions import ChatSettings, Destination, Editors, Pace, Quiet

SEVERITIES: Final = ("critical", "warning", "notice")


def settings_shown(voice: Voice, answer: SettingsShown) -> Message:
    """All of them; those that only concern groups and servers are left out of a person's own chat."""
    chosen = answer.settings
    told: list[Line] = []
    if answer.changed:
        told.append(say(_("Changed: {name}"), name=bold(answer.changed)))
    told += [*_reading(voice, chosen), *_speaking(chosen), *_places(voice, answer)]
    if not answer.private:
        told += _people(chosen)
    if chosen.muted_until > voice.now:
        told.append(say(_("muted until {until}"), until=voice.moment(chosen.muted_until)))
    told.append(faint(say(_("Change one: {example}"), example=code("/settings target 1.6"))))
    return Message(tuple(told))


def _reading(voice: Voice, chosen: ChatSettings) -> list[Line]:
    """How numbers and times look."""
    return [
        say(
            _("target {value}: what Fix lines aim at"),
            value=bold(voice.figures.level(chosen.target_hf_percent * 10**16)),
        ),
        say(_("locale {value}: {sample}"), value=bold(chosen.locale), sample=voice.figures.fixed(123456, 2)),
        say(
            _("timezone {value}: {sample}"),
            value=bold(chosen.timezone),
            sample=voice.figures.moment(voice.now),
        ),
        say(
            _("amounts {value}: {shown}"),
            value=bold(chosen.amounts.value),
            shown=_("shown here") if voice.amounts else _("hidden here"),
        ),
    ]


def _speaking(chosen: ChatSettings) -> list[Line]:
    """When and how often I speak."""
    paces = {
        Pace.OFF: _("none"),
        Pace.SLOW: _("after twice the usual wait"),
        Pace.NORMAL: _("after the usual wait"),
        Pace.FAST: _("after half the usual wait"),
    }
    pace = chosen.reminder_pace
    grouping = _("on") if chosen.grouping else _("off")
    told = [
        _quiet(chosen.quiet),
        say(_("reminders {value}: {pace}"), value=bold(pace.value), pace=paces[pace]),
        say(_("grouping {value}: alerts of one block in one message"), value=bold(grouping)),
    ]
    charts = _("on") if chosen.charts else _("off")
    told.append(say(_("charts {value}: a picture after a critical alert"), value=bold(charts)))
    if chosen.ping:
        told.append(
            say(_("ping {role}: the role that a critical alert mentions"), role=code(f"<@&{chosen.ping}>"))
        )
    return told


def _quiet(quiet: Quiet | None) -> Line:
    if quiet is None:
        return say(_("quiet {value}: I speak at any hour"), value=bold(_("off")))
    passes = _("critical alerts pass") if quiet.critical_passes else _("critical alerts wait too")
    hours = f"{_hour(quiet.begins)}-{_hour(quiet.ends)}"
    return say(_("quiet {hours}: {passes}, a liquidation is told even so"), hours=bold(hours), passes=passes)


def _hour(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _places(voice: Voice, answer: SettingsShown) -> list[Line]:
    """Where alerts go."""
    chosen = answer.settings
    routes = dict(chosen.routes)
    usual = _place(answer, routes["all"]) if "all" in routes else bold(_("default"))
    told = [say(_("alerts {place}"), place=usual)]
    if "all" not in routes:
        told[0] += say(_(": where each watch was added"))
    told += [
        say(_("alerts {severity} {place}"), severity=severity, place=_place(answer, routes[severity]))
        for severity in SEVERITIES
        if severity in routes
    ]
    if chosen.escalate_to:
        after = voice.figures.duration(chosen.escalate_after_s)
        told.append(
            say(
                _("escalate {place}: a critical alert that nobody takes up for {after}"),
                place=_place(answer, chosen.escalate_to),
                after=after,
            )
        )
    else:
        told.append(say(_("escalate {value}"), value=bold(_("off"))))
    return told


def _place(answer: SettingsShown, id_: str) -> Span:
    if id_ == answer.place:
        return bold(_("here"))
    if Destination.parse(id_).is_private:
        return bold(_("a private chat"))
    return code(clean(id_, cap=64, unlink=False).text)


def _people(chosen: ChatSettings) -> list[Line]:
    """Who may change the watch list."""
    everyone = chosen.editors is Editors.EVERYONE
    who = _("everybody here changes what is watched") if everyone else _("admins change what is watched")
    told = [say(_("editors {value}: {who}"), value=bold(chosen.editors.value), who=who)]
    if chosen.named_editors and not everyone:
        names = tuple((code(one),) for one in chosen.named_editors)
        told.append(say(_("  and by name: ")) + joined(names, ", "))
    return told


def place_offered(voice: Voice, answer: PlaceOffered) -> Message:
    """The code is shown where alerts will come in; whoever types it there must be an admin there."""
    time = voice.figures.duration(answer.for_s)
    return Message(
        (
            say(_("Code {code}, good once and for {time}."), code=code(answer.code), time=time),
            plain(_("Type one of these where the alerts are now, as an admin there:")),
            say(
                _("{example}: all its alerts come here instead"),
                example=code(f"/settings alerts {answer.code}"),
            ),
            say(
                _("{example}: a critical one comes here too, if nobody takes it up"),
                example=code(f"/settings escalate {answer.code} 10m"),
            ),
        )
    )


def place_taken_back(answer: PlaceTakenBack) -> Message:
    if not answer.links:
        return Message((say(_("No other chat sends its alerts here")),))
    told = plural(
        "{n} other chat no longer sends its alerts here",
        "{n} other chats no longer send their alerts here",
        answer.links,
    )
    return Message((say(told, n=answer.links),))
