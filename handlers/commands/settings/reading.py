"""How numbers and times look: target, locale, timezone, amounts."""

from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, UnknownLocaleError
from babel.localedata import locale_identifiers

from bot.messages.catalogue import _
from bot.messages.parsing import parse_scaled
from bot.subscriptions import ChatSettings, Shown
from handlers.commands.arguments import nearest
from handlers.commands.command import Form, Option
from handlers.commands.options import switch
from handlers.commands.settings.setter import Change, Setter, always

TARGET_PERCENT: Final = (101, 1_000)


async def _target(change: Change) -> ChatSettings:
    word = change.word
    try:
        percent = parse_scaled(word.removesuffix("%"), 1 if word.endswith("%") else 100)
    except ValueError as error:
        raise change.fault("target_out_of_range") from error
    if not TARGET_PERCENT[0] <= percent <= TARGET_PERCENT[1]:
        raise change.fault("target_out_of_range")
    return replace(change.settings, target_hf_percent=percent)


async def _locale(change: Change) -> ChatSettings:
    typed = change.words[0]
    try:
        known = Locale.parse(typed.replace("-", "_"))
    except (ValueError, UnknownLocaleError) as error:
        raise change.fault("unknown_locale", near=nearest(typed, locale_identifiers())) from error
    return replace(change.settings, locale=str(known))


async def _timezone(change: Change) -> ChatSettings:
    by_fold = {one.casefold(): one for one in available_timezones()}
    zone = by_fold.get(change.word)
    if zone is None:
        raise change.fault("unknown_timezone", near=nearest(change.word, tuple(by_fold.values())))
    return replace(change.settings, timezone=ZoneInfo(zone).key)


async def _amounts(change: Change) -> ChatSettings:
    if change.word not in set(Shown):
        raise change.fault("not_auto_on_off", near=nearest(change.word, tuple(Shown)))
    return replace(change.settings, amounts=Shown(change.word))


SETTERS: Final = (
    Setter(
        "target",
        _target,
        always("1.6"),
        (
            Form(
                "target",
                _("The health factor that Fix lines aim at"),
                (Option("value", _("Between 1.01 and 10"), sample="1.6"),),
                start="target",
            ),
        ),
    ),
    Setter(
        "locale",
        _locale,
        always("de"),
        (
            Form(
                "locale",
                _("How numbers and dates are written"),
                (Option("value", _("A language or region"), source="locale", sample="de"),),
                start="locale",
            ),
        ),
    ),
    Setter(
        "timezone",
        _timezone,
        always("Europe/Berlin"),
        (
            Form(
                "timezone",
                _("Whose clock times and quiet hours follow"),
                (Option("value", _("A city or zone"), source="timezone", sample="Europe/Berlin"),),
                start="timezone",
            ),
        ),
    ),
    Setter(
        "amounts",
        _amounts,
        always("auto"),
        (
            Form(
                "amounts",
                _("Whether amounts are shown; auto shows them to a person alone"),
                (switch("value", _("auto, on or off"), *Shown),),
                start="amounts",
            ),
        ),
    ),
)
