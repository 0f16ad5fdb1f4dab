"""Quiet hours: until when what is said now has to wait. Pure; asked by `bot.monitor.posting`."""

from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from bot.subscriptions import Quiet


def quiet_until(quiet: Quiet, timezone: str, now: int) -> int:
    """Unix seconds at which the quiet hours end that `now` lies in, 0 when it lies in none.

    The hours are those on the wall: where clocks are changed within them, they last an hour more or less.
    """
    zone = zone_of(timezone)
    local = datetime.fromtimestamp(now, zone)
    minute = local.hour * 60 + local.minute
    spans_midnight = quiet.begins > quiet.ends
    if spans_midnight:
        if quiet.ends <= minute < quiet.begins:
            return 0
    elif not quiet.begins <= minute < quiet.ends:
        return 0
    day = local.date() + timedelta(days=1 if spans_midnight and minute >= quiet.begins else 0)
    end = datetime.combine(day, time(quiet.ends // 60 % 24, quiet.ends % 60), zone)
    if quiet.ends == 24 * 60:
        end += timedelta(days=1)
    first, second = (int(end.replace(fold=fold).timestamp()) for fold in (0, 1))
    # An hour that the clock shows twice: in its second round the first end is over.
    return first if first > now else max(second, now + 60)


def zone_of(name: str) -> tzinfo:
    """UTC for a name that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return UTC
