"""Episodes as files: written in one way, read strictly, and no file makes the reader fail otherwise."""

import json
import sys
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import EpisodeError
from scripts import make_episodes
from scripts.trend_research import trend_research
from watchers.replay import Replay, built_in, dump, load_episode, read
from watchers.replay.amounts import Amount
from watchers.replay.library import SUFFIX

GAP = (make_episodes.FOLDER / f"gap{SUFFIX}").read_text().splitlines()


def faults(*lines: str | bytes) -> tuple[str, ...]:
    data = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    with pytest.raises(EpisodeError) as error:
        read(data, "hostile")
    return error.value.faults


def changed(number: int, **fields: object) -> list[str]:
    """The episode `gap` with other fields in one line; None takes a field out."""
    row = json.loads(GAP[number - 1])
    row = {name: value for name, value in {**row, **fields}.items() if value is not None}
    return [*GAP[: number - 1], json.dumps(row), *GAP[number:]]


@pytest.mark.parametrize("name", built_in())
def test_reading_and_writing_are_each_others_inverse(name):
    text = (make_episodes.FOLDER / f"{name}{SUFFIX}").read_text(encoding="ascii")
    episode = load_episode(name)
    assert dump(episode) == text
    assert read(text.encode(), name) == episode
    assert all(before.at <= after.at for before, after in pairwise(episode.happens))


def test_the_projects_own_are_what_the_script_makes():
    made = [trend_research(make_episodes.old_prices()), make_episodes.short_squeeze(), make_episodes.gap()]
    assert {one.head.name for one in made} == set(built_in())
    for one in made:
        assert dump(one) == (make_episodes.FOLDER / f"{one.head.name}{SUFFIX}").read_text()


def test_lines_may_come_in_any_order_and_with_blanks_between():
    head, *rest = GAP
    assert read("\r\n\n".join([head, *reversed(rest)]).encode(), "gap").head == load_episode("gap").head


@pytest.mark.parametrize(
    ("text", "digits", "places"),
    [
        ("0", 0, 0),
        ("1.50", 15, 1),
        ("0.000000000000000001", 1, 18),
        ("618245.96", 61824596, 2),
        ("7.0", 7, 0),
    ],
)
def test_amounts_are_exact(text, digits, places):
    assert Amount.parse(text) == Amount(digits, places)
    assert Amount.parse(str(Amount.parse(text))) == Amount.parse(text)


@pytest.mark.parametrize("text", ["", ".5", "1.", "01", "-1", "1e3", "+1", "1_000", "１", "NaN", "1,5", " 1"])
def test_what_is_no_amount(text):
    with pytest.raises(ValueError, match="decimal number"):
        Amount.parse(text)


@given(st.integers(0, 10**60), st.integers(0, 30))
def test_raw_amounts_come_back(raw, decimals):
    amount = Amount.of(raw, decimals)
    assert amount.raw(decimals) == raw
    assert Amount.parse(str(amount)) == amount


FAULTS = {
    "no head": (GAP[1:], 'line 1: the first line must be an "episode"'),
    "two heads": ([*GAP, GAP[0]], f"line {len(GAP) + 1}: a second episode"),
    "another version": (changed(1, version=2), '"version" 2 is not between 1 and 1'),
    "a truth as a number": (changed(1, stride_s=True), '"stride_s" True is no whole number'),
    "a float": ([*GAP, '{"is": "note", "text": 1.5}'], 'has the number 1.5: write it as text, "1.5"'),
    "not a number": ([*GAP, '{"is": "note", "text": NaN}'], "has the number NaN"),
    "a field twice": ([*GAP, '{"is": "note", "text": "a", "text": "b"}'], 'has "text" twice'),
    "no such field": (changed(2, colour="red"), 'line 2, note: no such field "colour"'),
    "a field that is missing": (changed(2, text=None), 'line 2, note: "text" is missing'),
    "no such kind": ([*GAP, '{"is": "spell"}'], "none of episode, note"),
    "a kind that is a list": ([*GAP, '{"is": []}'], "none of episode, note"),
    "no object": ([*GAP, "[1]"], "is no object"),
    "no JSON": ([*GAP, "{"], "is no JSON"),
    "a huge number": ([*GAP, '{"is": "note", "text": ' + "9" * 5000 + "}"], "line"),
    "nested deeply": ([*GAP, "[" * 60_000], "is nested too deeply"),
    "nested behind words": (
        [*GAP, '{"is": "note", "text": "]]\\"]", "a": ' + "[" * 99],
        "is nested too deeply",
    ),
    "a long line": ([*GAP, '{"is": "note", "text": "' + "x" * 70_000 + '"}'], "65536 are allowed"),
    "half a character": ([*GAP, '{"is": "note", "text": "\\ud800"}'], "half a character"),
    "a time in another zone": (changed(1, starts="2026-01-01T00:00:00+01:00"), "is no time like"),
    "a day that is not": (changed(1, starts="2026-02-30T00:00:00Z"), '"starts"'),
    "an end before the start": (changed(1, ends="2025-01-01T00:00:00Z"), "must end after it starts"),
    "a decade": (changed(1, ends="2036-01-01T00:00:00Z"), "400 days later at most"),
    "a checksum": (
        changed(4, address="0xc02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"),
        "is an address with a wrong checksum",
    ),
    "no address": (changed(4, address="weth"), "is no address"),
    "an asset twice": ([*GAP, GAP[3]], "the same asset a second time"),
    "an unknown release": (changed(6, revision=99), "nothing is known of revision 99"),
    "no such market": (changed(7, market="moon"), 'there is no market "moon"'),
    "no such asset": (changed(7, asset="MOON"), 'there is no one asset "MOON"'),
    "both forms of terms": (changed(7, configuration="0x1"), "either its configuration or its terms"),
    "an index below 1": (changed(8, debt_index="0.9"), '"debt_index" is less than 1'),
    "a rate of a million": (changed(8, debt_rate="1000000"), '"debt_rate" is more than 100'),
    "no source": ([*GAP[:-1], json.dumps({**json.loads(GAP[-1]), "source": "me"})], 'no source "me"'),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_told_with_its_line(case):
    lines, said = FAULTS[case]
    found = faults(*lines)
    assert any(said in fault for fault in found), found
    assert all(fault.isascii() or "…" in fault for fault in found)


def test_all_faults_are_told_at_once_and_not_without_end():
    assert len(faults(*changed(2, colour="red", text=None))) == 2
    told = faults(GAP[0], *['{"is": "note"}'] * 500)
    assert len(told) == 51
    assert told[-1].startswith("and ")


def test_what_is_quoted_is_harmless():
    (fault,) = faults(*GAP, json.dumps({"is": "note", "text": "ok", "\x1b[31m" * 50: 1}))
    assert "\x1b" not in fault
    assert len(fault) < 200


@pytest.mark.parametrize("name", ["moon", "/", "\0", "../../etc/passwd", "x" * 5000, ""])
def test_what_cannot_be_read(name):
    with pytest.raises(EpisodeError):
        load_episode(name)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["all", "1", "0x" + "0" * 40]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_a_line_says_it_is_read_or_refused(data):
    number = data.draw(st.integers(1, len(GAP)))
    row = json.loads(GAP[number - 1])
    name = data.draw(st.sampled_from(sorted(row)))
    with suppress(EpisodeError):
        episode = read("\n".join(changed(number, **{name: data.draw(JSON)})).encode(), "hostile")
        assert read(dump(episode).encode(), "again") == episode
        Replay(episode)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.lists(st.sampled_from(GAP), max_size=25).map("\n".join).map(str.encode))
def test_any_bytes_are_read_or_refused(data):
    with suppress(EpisodeError):
        read(data, "hostile")


def test_brackets_within_words_are_no_depth():
    *_, found = read("\n".join([*GAP, json.dumps({"is": "note", "text": "[{" * 500})]).encode(), "gap").notes
    assert found.text == "[{" * 500


def test_depth_is_bounded_whatever_the_recursion_limit_is():
    """web3's py_ecc lifts it, and then the parser's own check is none."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(10**6)
    try:
        assert any("is nested too deeply" in fault for fault in faults(*GAP, "[" * 60_000))
    finally:
        sys.setrecursionlimit(before)
