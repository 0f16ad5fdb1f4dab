"""Prices between points, and the feed that follows them: against a walk block by block."""

from hypothesis import given, settings
from hypothesis import strategies as st

from watchers.replay.path import Feed, Path, reports


def walked(path: Path, feed: Feed, clock: range) -> list[tuple[int, int]]:
    """What `reports` means, one block after another."""
    told, since = path.at(clock[0]), 0
    found = [(clock[0], told)]
    index = 1
    while index < len(clock):
        price = path.at(clock[index])
        off = abs(price - told) * 10_000 >= feed.bps * told
        if off or clock[index] >= clock[since] + feed.heartbeat_s:
            since = index
            while since < len(clock) and clock[since] < clock[index] + feed.lag_s:
                since += 1
            if since >= len(clock):
                break
            told = price
            found.append((clock[since], told))
            index = since
        index += 1
    return found


points = st.lists(
    st.tuples(st.integers(0, 2_000), st.integers(1, 500) | st.integers(10**8, 10**9)), min_size=1, max_size=12
).map(lambda found: tuple(sorted(found, key=lambda point: point[0])))


@settings(max_examples=300, deadline=None)
@given(points, st.integers(1, 900), st.integers(60, 900), st.integers(0, 60), st.sampled_from([1, 7, 12]))
def test_the_feed_is_found_without_walking(found, bps, heartbeat, lag, block_s):
    path, feed, clock = Path(found), Feed(bps, heartbeat, lag), range(0, 2_100, block_s)
    assert list(reports(path, feed, clock)) == walked(path, feed, clock)


@given(points, st.integers(-10, 2_100))
def test_between_two_points_lies_a_price_between_theirs(found, when):
    path = Path(found)
    prices = [price for _, price in found]
    assert min(prices) <= path.at(when) <= max(prices)


def test_of_two_points_at_one_time_the_later_holds_from_then_on():
    path = Path(((0, 100), (60, 200), (60, 50), (120, 70)))
    assert [path.at(when) for when in (0, 30, 59, 60, 90, 120, 500)] == [100, 150, 198, 50, 60, 70, 70]
    assert path.is_point(60)
    assert not path.is_point(59)
