"""`underkeel labels` on a real store: what it prints, how it exits, what is in the store afterwards."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from bot.app import labels as command
from bot.app.labels import add_label, import_labels, list_labels, remove_label, update_labels
from bot.domain.labels import BY_HAND, PROOF, Confidence, LabelKind
from bot.settings import load
from bot.store import labels as store
from bot.store.connect import close_client, open_client
from bot.store.embedded import EmbeddedStore
from bot.store.labels import StoredLabels
from tests.store.fixtures import client, store_url
from tests.watchers.flows.exchange import Exchanges
from tests.watchers.flows.test_reserves import BINANCE, BITFINEX, address
from watchers.flows.labels import load_labels
from watchers.flows.reserves import URLS

__all__ = ["client", "store_url"]

ROOT = Path(__file__).parents[1]
KNOWN = "0x28C6c06298d514Db089934071355E5743bf21d60"
MINE = address(0x77)


@pytest.fixture
def settings(client, store_url, tmp_path):
    options = [("--set", f"redis_url={store_url}"), ("--data-dir", str(tmp_path))]
    return load(options, environ={"UNDERKEEL_SECRETS_DIR": str(tmp_path)}, folder=tmp_path, config=None)


@pytest.fixture
def book(client):
    return StoredLabels(client)


def words(chain="ethereum", where=MINE, exchange="okx", kind="hot", note=""):
    return {"chain": chain, "address": where, "exchange": exchange, "kind": kind, "note": note}


def out(capsys):
    """What was said; the log stands aside, as on the error output."""
    lines = capsys.readouterr().out.splitlines(keepends=True)
    return "".join(line for line in lines if "[warning" not in line)


async def test_a_label_is_added_changed_and_removed(settings, book, capsys):
    assert await add_label(settings, words(note="seen on TV")) == 0
    (label,) = await book.all()
    assert (label.chain_id, label.exchange, label.kind) == (1, "OKX", LabelKind.HOT)  # as the table spells it
    assert (label.confidence, label.sources, label.note) == (Confidence.SAID, (BY_HAND,), "seen on TV")
    assert await add_label(settings, words(kind="cold")) == 0
    assert [one.kind for one in await book.all()] == [LabelKind.COLD]
    assert await remove_label(settings, MINE.lower()) == 0
    assert await book.all() == ()
    assert await remove_label(settings, MINE) == 1
    told = out(capsys)
    for said in ("Added:", "Changed:", f"Removed 1 label of {MINE}", f"You have set no label for {MINE}"):
        assert said in told


async def test_what_the_table_says_is_told_beside(settings, capsys):
    await add_label(settings, words(where=KNOWN, exchange="Mine"))
    added = out(capsys).splitlines()
    assert added[2] == "It goes before:"
    assert "Binance" in added[3]
    await remove_label(settings, KNOWN)
    assert "Binance" in out(capsys).splitlines()[-1]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"chain": "moon"}, "I know no chain “moon”"),
        ({"where": "vitalik.eth"}, "is no address"),
        ({"where": "0x12"}, "is not an address"),
        ({"where": "0x4Fabb145d64652a948d72533023f6E7A623C7C53"}, "is a token"),
        ({"kind": "hut"}, "Did you mean hot?"),
        ({"exchange": "\u200b"}, "is no name for an exchange"),
    ],
)
async def test_what_cannot_be_added_is_told_with_an_example_that_works(settings, book, capsys, wrong, said):
    assert await add_label(settings, words(**wrong)) == 1
    told = out(capsys)
    assert said in told
    example = told.splitlines()[-1].removeprefix("This works: underkeel labels add ").split()
    assert await book.all() == ()
    assert await add_label(settings, words(*example)) == 0


async def test_a_file_is_taken_line_by_line_and_each_wrong_one_is_told(settings, book, capsys, tmp_path):
    file = tmp_path / "labels.csv"
    lines = [
        "chain,address,exchange,kind,source,date",
        f"base,{MINE},OKX,hot,by-hand,2026-10",
        f"moon,{MINE},OKX",
    ]
    file.write_text("\n".join([*lines, "", f"1,{MINE},OKX,hot", "rubbish \x1b[31m", f"1,{MINE},OKX,cold"]))
    assert await import_labels(settings, file) == 1
    told = out(capsys).splitlines()
    assert told[0] == "2 new, 0 changed, 2 wrong."
    assert told[1:3] == ["Line 3: I know no chain “moon”.", f"    moon,{MINE},OKX"]
    assert told[3].startswith("Line 6: “rubbish [31m” is no label")
    assert "\x1b" not in "".join(told)
    assert [(one.chain_id, one.kind.value) for one in await book.all()] == [(1, "cold"), (8453, "hot")]
    file.write_text(f"1,{MINE},OKX,hot\n")
    assert await import_labels(settings, file) == 0
    assert out(capsys) == "0 new, 1 changed, 0 wrong.\n"


async def test_files_that_are_none(settings, capsys, tmp_path, monkeypatch):
    (tmp_path / "picture").write_bytes(b"\x89PNG\xff")
    (tmp_path / "large").write_bytes(b"#" * 101)
    monkeypatch.setattr(command, "FILE_MOST", 100)
    for name in ("picture", "large", "missing", "."):
        assert await import_labels(settings, tmp_path / name) == 1
        assert "cannot be read as a text file" in out(capsys)


async def test_more_than_fit_are_refused_whole(settings, book, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "OPERATORS_MOST", 2)
    file = tmp_path / "labels.csv"
    file.write_text("".join(f"1,{address(n)},OKX\n" for n in range(1, 4)))
    assert await import_labels(settings, file) == 1
    assert "as many address labels here as I may" in out(capsys)
    assert await book.all() == ()


async def test_lists_count_filter_and_come_back_as_csv(settings, book, capsys, tmp_path):
    await add_label(settings, words(chain="bnb", exchange="Binance", note='a "note", hm'))
    capsys.readouterr()
    assert await list_labels(settings, (), as_csv=False) == 0
    told = out(capsys)
    assert f"{len(load_labels()):,} addresses of 39 exchanges" in told
    assert "Your own: 1 address." in told
    await list_labels(settings, ("binance",), as_csv=False)
    rows = out(capsys).splitlines()
    want = [one for one in load_labels() if one.exchange == "Binance"]
    assert len(rows) == 3 + len(want)  # Binance the exchange, not its chain
    await list_labels(settings, ("Ethereum", "SURE", "cold", "binance"), as_csv=False)
    assert all(" Binance  cold  sure " in row for row in out(capsys).splitlines()[1:])
    await list_labels(settings, ("own", "bnb"), as_csv=False)
    assert out(capsys).splitlines()[1].startswith(f"BNB Chain  {MINE}  Binance  hot  said  by-hand")
    await list_labels(settings, ("nobody",), as_csv=False)
    assert out(capsys) == "I have no label like that.\n"
    await list_labels(settings, (), as_csv=True)
    text = out(capsys)
    assert len(text.splitlines()) == 2 + len(load_labels())
    before = await book.all()
    await remove_label(settings, MINE)
    (tmp_path / "all.csv").write_text(text)
    assert await import_labels(settings, tmp_path / "all.csv") == 0
    assert set(before) <= set(await book.all())
    assert {one.address for one in load_labels()} <= {one.address for one in await book.all()}


async def test_proofs_of_reserve_land_in_the_operators_layer(settings, book, capsys):
    await add_label(settings, words(where=address(0xF2), exchange="Mine", kind="main"))
    capsys.readouterr()
    async with Exchanges() as exchanges:
        exchanges.answers[URLS["Binance"].removeprefix("https:/")] = BINANCE
        exchanges.answers[URLS["Bitfinex"].removeprefix("https:/")] = BITFINEX
        assert await update_labels(settings, ("binance", "Bitfinex", "okx"), exchanges.bases) == 0
        told = out(capsys).splitlines()
        assert told == [
            "Binance: 2 addresses, 2 new; 1 is kept by a custodian; 1 token is no wallet",
            "Bitfinex: 6 addresses, 6 new",
            f"  not taken: {address(0xF2)} is known as an address of Mine",
            "OKX: not read: www.okx.com answers 404",
        ]
        stored = {(one.chain_id, one.address): one for one in await book.all()}
        assert len(stored) == 9
        assert stored[1, address(0xB1)].sources == (PROOF,)
        assert stored[1, address(0xB1)].confidence is Confidence.SURE
        assert stored[1, address(0xF2)].exchange == "Mine"
        await update_labels(settings, ("binance",), exchanges.bases)
        assert out(capsys).startswith("Binance: 2 addresses, 0 new")
        exchanges.answers.clear()
        assert await update_labels(settings, (), exchanges.bases) == 1
        told = out(capsys).splitlines()
        assert [line.split(":")[0] for line in told] == sorted(URLS)
    assert len(await book.all()) == 9  # what was known stays
    assert await update_labels(settings, ("bnance",)) == 1
    assert "Did you mean Binance?" in out(capsys)


async def test_a_process_uses_the_store_of_a_running_bot_or_its_own(tmp_path):
    def run(*words):
        command = [sys.executable, "-m", "bot", "labels", *words, "--data-dir", str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)

    async with EmbeddedStore(tmp_path) as bots:
        added = await asyncio.to_thread(run, "add", "ethereum", MINE, "Kraken")
        assert (added.returncode, added.stderr) == (0, "")
        other = open_client(bots.url)
        (label,) = await StoredLabels(other).all()
        assert label.address == MINE
        await close_client(other)
    assert MINE in run("list", "own", "kraken").stdout
    assert run("remove", "0x12").returncode == 1
