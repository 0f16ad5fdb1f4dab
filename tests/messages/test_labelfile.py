"""Labels as lines: what is read, what is wrong told with its number, and the way back."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.labels import BY_HAND, DEFILLAMA, EXPLORER, PROOF, Confidence, Label, LabelKind
from bot.domain.units import Address
from bot.errors import UserError
from bot.messages.faults import PROBLEMS
from bot.messages.labelfile import Cells, Known, label_of, read_lines, write_lines
from handlers.commands.arguments import parse_address

ONE = Address("0x" + "1" * 40)
TOKEN = Address("0x" + "2" * 40)
CHAINS = {"ethereum": 1, "1": 1, "base": 8453, "8453": 8453}
KNOWN = Known(
    chain=lambda word: CHAINS.get(word.casefold(), 0),
    address=lambda word: parse_address(word, ""),
    contracts=frozenset({TOKEN}),
    exchanges=("Binance", "OKX"),
    today="2026-11-30",
)


def labels(text: str) -> list[Label]:
    return [label_of(cells, KNOWN) for cells in read_lines(text)]


def label(**changes: object) -> Label:
    fields: dict[str, object] = {
        "chain_id": 1,
        "address": ONE,
        "exchange": "Binance",
        "kind": LabelKind.MAIN,
        "confidence": Confidence.SAID,
        "sources": (BY_HAND,),
        "seen": "2026-11-30",
    }
    return Label(**(fields | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "read"),
    [
        (f"ethereum,{ONE},Binance", label()),
        (f"1, {ONE} , binance , HOT ", label(kind=LabelKind.HOT)),
        (
            f'base,{ONE},"My desk, London",,,2026-10',
            label(chain_id=8453, exchange="My desk, London", seen="2026-10"),
        ),
        (
            f"1,{ONE},OKX,cold,exchange-proof-of-reserve,2022-11-10",
            label(
                exchange="OKX",
                kind=LabelKind.COLD,
                confidence=Confidence.SURE,
                sources=(PROOF,),
                seen="2022-11-10",
            ),
        ),
        (
            f"1,{ONE},OKX,,defillama+explorer-derived,2026-08,OKX 7",
            label(
                exchange="OKX",
                confidence=Confidence.SURE,
                sources=(DEFILLAMA, EXPLORER),
                seen="2026-08",
                note="OKX 7",
            ),
        ),
        (
            f"1,{ONE},OKX,,defillama|defillama,2026-08",
            label(exchange="OKX", confidence=Confidence.LIKELY, sources=(DEFILLAMA,), seen="2026-08"),
        ),
        (f"1,{ONE},\u202eOKX\u2066", label(exchange="OKX")),
    ],
)
def test_a_line_that_is_a_label(line, read):
    assert labels(line) == [read]


@pytest.mark.parametrize(
    ("line", "problem", "wrong"),
    [
        ("hello", "label_line_short", "hello"),
        (f"1,{ONE}", "label_line_short", f"1,{ONE}"),
        (f"moon,{ONE},OKX", "label_chain", "moon"),
        ("1,0x12,OKX", "address_length", "0x12"),
        ("1,0xBE0eB53F46cd790Cd13851d5EFf43D12404d33e8,OKX", "bad_checksum", None),
        (f"1,{TOKEN},OKX", "label_is_contract", TOKEN),
        (f"1,{ONE},\u200b", "label_exchange", None),
        (f"1,{ONE},{'x' * 33}", "label_exchange", "x" * 33),
        (f"1,{ONE},OKX,warm", "label_kind", "warm"),
        (f"1,{ONE},OKX,hot,learned", "label_source", "learned"),
        (f"1,{ONE},OKX,hot,a tweet", "label_source", "a tweet"),
        (f"1,{ONE},OKX,hot,by-hand,2026-12", "label_date", "2026-12"),
        (f"1,{ONE},OKX,hot,by-hand,2026-02-30", "label_date", "2026-02-30"),
        (f"1,{ONE},OKX,hot,by-hand,30.11.2026", "label_date", "30.11.2026"),
        (f"1,{ONE},OKX,hot,by-hand,20٢٦-11", "label_date", "20٢٦-11"),
    ],
)
def test_a_line_that_is_none_says_why(line, problem, wrong):
    with pytest.raises(UserError) as refused:
        labels(line)
    assert refused.value.problem == problem
    assert problem in PROBLEMS
    if wrong is not None:
        assert refused.value.wrong == wrong


def test_column_names_say_where_what_stands_and_lines_keep_their_numbers():
    text = f"\ufeff# mine\n\nexchange,note,address,chain\nOKX,a,{ONE},base\r\n\nOKX,b,{ONE},ethereum\n"
    read = list(read_lines(text))
    assert [cells.number for cells in read] == [4, 6]
    found = [label_of(cells, KNOWN) for cells in read]
    assert [(one.chain_id, one.note) for one in found] == [(8453, "a"), (1, "b")]


def test_a_line_without_end_is_read_to_its_bound():
    (cells,) = read_lines(f"1,{ONE},OKX,hot,by-hand,2026-10,{'x' * 10_000}")
    assert len(cells.text) == 500
    assert len(label_of(cells, KNOWN).note) == 60


def test_what_is_written_is_read_again():
    many = [
        label(exchange='A "quoted", name', note="one, two"),
        label(chain_id=8453, kind=LabelKind.STAKING, sources=(PROOF, DEFILLAMA), confidence=Confidence.SURE),
    ]
    assert labels(write_lines(many)) == many


@settings(max_examples=200)
@given(st.text(max_size=120))
def test_no_text_breaks_the_reader(text):
    for cells in read_lines(text):
        assert isinstance(cells, Cells)
        with suppress(UserError):
            label_of(cells, KNOWN)
