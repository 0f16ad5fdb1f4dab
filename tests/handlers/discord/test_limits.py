"""Limits as Discord tells them: what would be refused is not sent, and nothing ever waits."""

import pytest

from bot.errors import RateLimited
from handlers.discord.errors import Reply
from handlers.discord.limits import Limits

ROUTE = "POST /channels/{}/messages 5001"
OTHER = "POST /channels/{}/messages 5002"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def told(remaining: int, reset_after: float, bucket: str = "b", status: int = 200) -> Reply:
    headers = {
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset-after": str(reset_after),
        "x-ratelimit-bucket": bucket,
    }
    return Reply(status, headers, {})


def wait_of(limits: Limits, route: str = ROUTE, *, as_bot: bool = True) -> tuple[float, bool] | None:
    try:
        limits.before(route, as_bot=as_bot)
    except RateLimited as error:
        return error.retry_after, error.everything
    return None


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_an_empty_bucket_is_waited_for_and_is_only_this_places(clock: Clock) -> None:
    limits = Limits(clock)
    limits.after(ROUTE, told(0, 2.5))
    assert wait_of(limits) == (2.5, False)
    assert wait_of(limits, OTHER) is None
    clock.now += 2.5
    assert wait_of(limits) is None


def test_those_under_way_count_before_their_answers_are_there(clock: Clock) -> None:
    limits = Limits(clock)
    limits.after(ROUTE, told(2, 5))
    assert [wait_of(limits) for _ in range(3)] == [None, None, (5, False)]
    limits.after(ROUTE, told(1, 4.9))
    assert wait_of(limits) is not None, "an answer that was overtaken fills no bucket"


def test_routes_of_one_bucket_share_it(clock: Clock) -> None:
    limits = Limits(clock)
    edit = "PATCH /channels/{}/messages/{} 5001"
    limits.after(ROUTE, told(3, 5))
    limits.after(edit, told(0, 5))
    assert wait_of(limits, ROUTE) is not None


def test_a_global_halt_holds_everything_but_interactions(clock: Clock) -> None:
    limits = Limits(clock)
    limits.after(ROUTE, Reply(429, {}, {"retry_after": 3, "global": True}))
    assert wait_of(limits, OTHER) == (3, True)
    assert wait_of(limits, OTHER, as_bot=False) is None
    clock.now += 3
    assert wait_of(limits, OTHER) is None


def test_a_ban_of_the_address_holds_everything_too(clock: Clock) -> None:
    limits = Limits(clock)
    limits.after(ROUTE, Reply(429, {"retry-after": "30"}, None))
    assert wait_of(limits, OTHER) == (30, True)


def test_before_discord_bans_us_for_invalid_requests_we_pause(clock: Clock) -> None:
    limits = Limits(clock)
    for _ in range(8_999):
        limits.after(ROUTE, Reply(403, {}, {}))
    assert wait_of(limits) is None
    clock.now += 100
    for status in (200, 404, 400, 500):
        limits.after(ROUTE, Reply(status, {}, {}))
    limits.after(ROUTE, Reply(429, {"x-ratelimit-scope": "shared"}, {"retry_after": 1}))
    assert wait_of(limits) is None, "none of those counts towards a ban"
    limits.after(ROUTE, Reply(401, {}, {}))
    assert wait_of(limits) == (500, True)
    clock.now += 500
    assert wait_of(limits) is None


@pytest.mark.parametrize("headers", [{}, {"x-ratelimit-remaining": "x"}, {"x-ratelimit-remaining": "0"}])
def test_headers_that_say_nothing_stop_nothing(clock: Clock, headers: dict[str, str]) -> None:
    limits = Limits(clock)
    limits.after(ROUTE, Reply(200, headers, {}))
    assert wait_of(limits) is None
