"""Where the hours and days of a digest begin, on the clock of a home. Pure."""

from datetime import datetime, time

from bot.monitor.quiet import zone_of

HOUR_S = 3600


def period_start(every_s: int, timezone: str, at: int) -> int:
    """Unix seconds of the start of the hour or the local day in which `at` lies.

    A day in which clocks are changed has 23 or 25 hours; of a midnight that comes twice the first counts.
    """
    zone = zone_of(timezone)
    local = datetime.fromtimestamp(at, zone)
    if every_s <= HOUR_S:
        return at - local.minute * 60 - local.second
    return int(datetime.combine(local.date(), time(), zone).timestamp())
