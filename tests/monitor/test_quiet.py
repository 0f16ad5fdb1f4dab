"""Quiet hours on the clocks of people: across midnight, and where clocks are changed."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.monitor.quiet import quiet_until
from bot.subscriptions import Quiet

NIGHT = Quiet(23 * 60, 7 * 60)
SIESTA = Quiet(13 * 60, 14 * 60 + 30)
SMALL_HOURS = Quiet(60, 2 * 60 + 30)
WHOLE_DAY = Quiet(0, 24 * 60)


def at(text: str, zone: str, fold: int = 0) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp())


@pytest.mark.parametrize(
    ("quiet", "zone", "now", "end"),
    [
        (NIGHT, "UTC", "2026-05-01T22:59:59", ""),
        (NIGHT, "UTC", "2026-05-01T23:00:00", "2026-05-02T07:00"),
        (NIGHT, "UTC", "2026-05-02T06:59:59", "2026-05-02T07:00"),
        (NIGHT, "UTC", "2026-05-02T07:00:00", ""),
        (NIGHT, "Asia/Kathmandu", "2026-12-31T23:30:00", "2027-01-01T07:00"),
        (SIESTA, "Europe/Madrid", "2026-05-01T12:59:00", ""),
        (SIESTA, "Europe/Madrid", "2026-05-01T13:00:00", "2026-05-01T14:30"),
        (SIESTA, "Europe/Madrid", "2026-05-01T14:30:00", ""),
        (Quiet(60, 60), "UTC", "2026-05-01T01:00:00", ""),
        (Quiet(22 * 60, 0), "UTC", "2026-05-01T23:59:59", "2026-05-02T00:00"),
        (Quiet(22 * 60, 0), "UTC", "2026-05-01T00:00:00", ""),
        (WHOLE_DAY, "UTC", "2026-05-01T12:00:00", "2026-05-02T00:00"),
        # Berlin, 29 March 2026: after 01:59:59 comes 03:00:00.
        (NIGHT, "Europe/Berlin", "2026-03-28T23:30:00", "2026-03-29T07:00"),
        (SMALL_HOURS, "Europe/Berlin", "2026-03-29T01:30:00", "2026-03-29T03:30"),
        # Berlin, 25 October 2026: 02:00 to 03:00 comes twice.
        (NIGHT, "Europe/Berlin", "2026-10-24T23:30:00", "2026-10-25T07:00"),
        (SMALL_HOURS, "Europe/Berlin", "2026-10-25T01:30:00", "2026-10-25T02:30"),
        (NIGHT, "Nowhere/At_All", "2026-05-01T23:00:00", "2026-05-02T07:00"),
    ],
)
def test_until_when_it_is_quiet(quiet, zone, now, end):
    known = "UTC" if zone.startswith("Nowhere") else zone
    assert quiet_until(quiet, zone, at(now, known)) == (at(end, known) if end else 0)


def test_an_hour_that_comes_twice_is_quiet_twice():
    zone = "Europe/Berlin"
    again = quiet_until(SMALL_HOURS, zone, at("2026-10-25T02:10", zone, fold=1))
    assert again == at("2026-10-25T02:30", zone, fold=1)


def test_a_night_of_changed_clocks_is_an_hour_shorter_or_longer():
    zone = "Europe/Berlin"
    spring, autumn = at("2026-03-28T23:00", zone), at("2026-10-24T23:00", zone)
    assert quiet_until(NIGHT, zone, spring) - spring == 7 * 3600
    assert quiet_until(NIGHT, zone, autumn) - autumn == 9 * 3600


@given(
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    st.integers(1_700_000_000, 1_900_000_000),
)
def test_quiet_hours_always_end_and_within_a_day(begins, ends, zone, now):
    until = quiet_until(Quiet(begins, ends), zone, now)
    assert until == 0 or now < until <= now + 26 * 3600
