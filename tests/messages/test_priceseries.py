"""Lines of prices as people send them: read exactly or refused line by line, whatever is in them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.messages.replayfacts import SeriesRefused
from bot.messages.replaywords import series_refused
from bot.messages.rich import text_of
from bot.messages.typed.priceseries import FAULTS_TOLD, LINES_AT_MOST, read_series, read_time

USD = 10**8
DAY = 1_769_904_000  # 2026-02-01


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-02-01", DAY),
        ("2026-02-01 06:00", DAY + 6 * 3_600),
        ("2026-02-01T06:00:30Z", DAY + 6 * 3_600 + 30),
        ("2026-02-01T06:00:30.123+00:00", DAY + 6 * 3_600 + 30),
        (str(DAY), DAY),
        (f"{DAY}000", DAY),
    ],
)
def test_times(text: str, at: int) -> None:
    assert read_time(text) == at


@pytest.mark.parametrize(
    "text",
    ["", "1", "2026-02-30", "2026-2-1", "01.02.2026", "2026-02-01T06:00+01:00", "٢٠٢٦-02-01", "9" * 40],
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError):
        read_time(text)


@pytest.mark.parametrize(
    "text",
    [
        f"{DAY},2000.5\n{DAY + 60},1999",
        f"time,price\n{DAY},2000.5\n{DAY + 60},1999\n",
        f"\ufeffOpen;Close;Date\r\n1;2000.5;{DAY}\r\n# a remark\r\n\r\n1;1999;{DAY + 60}\r\n",
        f"{DAY + 60}\t1999\n{DAY}\t1\n{DAY}\t2000.5",
        f'"{DAY}","2,000.5"\n{DAY + 60},$1999',
    ],
)
def test_lines_in_every_guise(text: str) -> None:
    assert read_series(text, USD) == ((DAY, 200_050_000_000), (DAY + 60, 199_900_000_000))


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", [(0, "span")]),
        (f"{DAY},2000", [(1, "span")]),
        (f"{DAY},2000\n{DAY + 400 * 86_400},1", [(2, "span")]),
        (f"{DAY},0\n{DAY},-1\n{DAY},nan\n{DAY},1e5\n{DAY},{'9' * 30}", [(n, "price") for n in range(1, 6)]),
        (f"x,1\n{DAY}\n,", [(1, "time"), (2, "columns"), (3, "time")]),
        ("a\n" * 20, [(n, "columns") for n in range(1, FAULTS_TOLD + 1)]),
        ("1,1\n" * (LINES_AT_MOST + 1), [(LINES_AT_MOST + 1, "too_many")]),
    ],
)
def test_faults_by_line(text: str, faults: list[tuple[int, str]]) -> None:
    found = read_series(text, USD)
    assert isinstance(found, SeriesRefused)
    assert [(one.number, one.problem) for one in found.faults] == faults
    words = text_of(series_refused(found).lines)
    assert "A line looks like 2026-02-01 06:00,2415.20" in words


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200) | st.from_regex(r"(\d{9,13},[0-9.,'k$-]{1,8}\n){1,5}", fullmatch=True))
def test_nothing_breaks_it(text: str) -> None:
    found = read_series(text, USD)
    if isinstance(found, SeriesRefused):
        assert 0 < len(found.faults) <= FAULTS_TOLD
        assert found.count >= len(found.faults)
        assert text_of(series_refused(found).lines)
    else:
        times = [at for at, _ in found]
        assert times == sorted(set(times))
        assert all(price > 0 for _, price in found)
