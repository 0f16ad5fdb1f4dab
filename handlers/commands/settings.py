"""/settings: what this chat chose: target of Fix lines, locale, time zone, reminders."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, UnknownLocaleError
from babel.localedata import locale_identifiers

from bot.errors import UserError
from bot.messages.answers import Answer, SettingsShown
from bot.messages.catalogue import _
from bot.messages.parsing import parse_scaled
from bot.subscriptions import ChatSettings
from handlers.commands.arguments import nearest, no_more
from handlers.commands.command import Call, Command

_EXAMPLES: Final = {
    "target": "/settings target 1.6",
    "locale": "/settings locale de",
    "timezone": "/settings timezone Europe/Berlin",
    "reminders": "/settings reminders on",
}
TARGET_PERCENT: Final = (101, 1_000)


async def run(call: Call) -> Answer:
    book = call.services.book
    settings = await book.settings(call.place)
    if not call.args:
        return SettingsShown(settings)
    name = call.args[0].casefold()
    if name not in _EXAMPLES:
        near = tuple(f"/settings {one}" for one in nearest(name, tuple(_EXAMPLES)))
        raise UserError("unknown_setting", call.args[0], _EXAMPLES["target"], near)
    example = _EXAMPLES[name]
    if len(call.args) < 2:
        raise UserError("missing_value", name, example)
    no_more(call.args, 2, example)
    changed = _CHANGES[name](settings, call.args[1], example)
    await book.put_settings(call.place, changed)
    return SettingsShown(changed, name)


def _target(settings: ChatSettings, word: str, example: str) -> ChatSettings:
    try:
        percent = parse_scaled(word.removesuffix("%"), 1 if word.endswith("%") else 100)
    except ValueError as error:
        raise UserError("target_out_of_range", word, example) from error
    if not TARGET_PERCENT[0] <= percent <= TARGET_PERCENT[1]:
        raise UserError("target_out_of_range", word, example)
    return replace(settings, target_hf_percent=percent)


def _locale(settings: ChatSettings, word: str, example: str) -> ChatSettings:
    try:
        known = Locale.parse(word.replace("-", "_"))
    except (ValueError, UnknownLocaleError) as error:
        raise UserError("unknown_locale", word, example, nearest(word, locale_identifiers())) from error
    return replace(settings, locale=str(known))


def _timezone(settings: ChatSettings, word: str, example: str) -> ChatSettings:
    by_fold = {one.casefold(): one for one in available_timezones()}
    zone = by_fold.get(word.casefold())
    if zone is None:
        raise UserError("unknown_timezone", word, example, nearest(word, tuple(by_fold.values())))
    return replace(settings, timezone=ZoneInfo(zone).key)


def _reminders(settings: ChatSettings, word: str, example: str) -> ChatSettings:
    if word.casefold() not in {"on", "off"}:
        raise UserError("not_on_or_off", word, example)
    return replace(settings, reminders=word.casefold() == "on")


_CHANGES: Final[dict[str, Callable[[ChatSettings, str, str], ChatSettings]]] = {
    "target": _target,
    "locale": _locale,
    "timezone": _timezone,
    "reminders": _reminders,
}

COMMAND = Command(
    name="settings",
    usage=_("[target|locale|timezone|reminders] [value]"),
    summary=_("Target of Fix lines, numbers, time zone, reminders"),
    run=run,
    examples=tuple(_EXAMPLES.values()),
)
