"""What exchanges publish of their reserves, read: bytes in, addresses of chains we know out. Pure.

Each publication has a shape of its own. Known from the files themselves, as they lie in public repositories:
Bitfinex's wallets.txt and HTX's huobi_por.csv. From programs that read them: Binance's answer, Bitstamp's
pages, OKX's archive. Only described to us: Bybit's monthly CSV. None was fetched from where this was written.
All of it is hostile text: what does not fit is passed over; where nothing fits it is a SourceError.
"""

import csv
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple

from pydantic_core import from_json

from bot.domain.labels import LabelKind
from bot.errors import SourceError
from watchers.aave.markets import find_chain

EXPANDED_MOST: Final = 600 * 2**20
"""Bytes of an archive's table that are read; OKX's has some 300 MB, nearly all of it of other chains."""
_LINE_MOST: Final = 2**20
TORN: Final = (zipfile.BadZipFile, zlib.error, struct.error, RuntimeError, EOFError, OSError, ValueError)
"""What `zipfile` raises for archives that are broken, encrypted or packed in a way it does not know."""
FOUND_MOST: Final = 100_000
"""Addresses that are looked at; what a publication has beyond is not read."""
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}")
_IN_CELL: Final = re.compile(r"(?<![0-9a-zA-Z])0x[0-9a-fA-F]{40}(?![0-9a-zA-Z])")
_NETWORKS: Final = {"erc20": 1, "bep20": 56, "avaxc": 43114, "arbi": 42161}
"""Words of exchanges that our table of chains does not have."""
_COINS: Final = {"eth": 1, "bnb": 56, "avax": 43114}
"""Coins without a network behind them: on these an 0x-address can be of one chain only."""
_WALLET: Final = re.compile(
    r"(?P<of>.+?)\s*(?:\(old\))?\s*(?P<kind>hot|cold)\s*wallet(?: \d+)?", re.IGNORECASE
)
_WORDS_MOST: Final = 80
_INNER: Final = re.compile(r".*\((?P<inner>[^()]+)\)")


class Found(NamedTuple):
    """An address as a publication has it; not yet checked against anything."""

    chain_id: int
    address: str
    kind: LabelKind = LabelKind.MAIN
    note: str = ""
    custodian: bool = False
    """Somebody else keeps it for the exchange."""


def binance(body: bytes) -> list[Found]:
    """`{"code": "000000", "data": [{"network": "ETH", "address": "0x", "thirdPartyCustodianName": ""}]}`."""
    answer = _json(body)
    rows = answer.get("data") if isinstance(answer, dict) and answer.get("code") == "000000" else None
    if not isinstance(rows, list):
        raise SourceError("its answer has another shape than it had")
    found: list[Found] = []
    for row in rows:
        if isinstance(row, dict):
            custodian = bool(row.get("thirdPartyCustodianName"))
            found += _one(row.get("network"), row.get("address"), custodian=custodian)
    return _some(found)


def bitstamp_rows(body: bytes) -> list[tuple[str, str]]:
    """(network, address) of one page: `{"wallets": {"ETH": [{"address": "0x...", "network": "ethereum"}]}}`,
    of every chain; none on a page behind the last.
    """
    answer = _json(body)
    wallets = answer.get("wallets") if isinstance(answer, dict) else None
    if not isinstance(wallets, dict | list):
        raise SourceError("its answer has another shape than it had")
    lists = wallets.values() if isinstance(wallets, dict) else [wallets]
    rows = [row for rows in lists if isinstance(rows, list) for row in rows if isinstance(row, dict)]
    return [(str(row.get("network")), str(row.get("address"))) for row in rows]


def bitstamp(rows: Iterable[tuple[str, str]]) -> list[Found]:
    """Of all pages."""
    return _some(one for network, address in rows for one in _one(network, address))


def bitfinex(body: bytes) -> list[Found]:
    """Lines as `0x... - ETH/ERC20 (old) hot wallet`, of many chains that have such addresses too."""
    found: list[Found] = []
    for line in _text(body).splitlines():
        address, _, rest = line.partition(" - ")
        words = rest.strip()[:_WORDS_MOST]
        if said := _WALLET.fullmatch(words):
            of = said["of"].strip().removesuffix("/ERC20")
            inner = _INNER.fullmatch(of)
            network = inner["inner"] if inner and not _chain(of) else of
            kind = LabelKind.HOT if said["kind"].lower() == "hot" else LabelKind.COLD
            found += _one(network, address.strip(), kind, words)
    return _some(found)


def htx(body: bytes) -> list[Found]:
    """CSV whose second part has `coin,address,snapshot height,...`; coins as ETH, USDT-ETH, BETH-Heco."""
    return _some(_by_coin(csv.reader(io.StringIO(_text(body)))))


def bybit(body: bytes) -> list[Found]:
    """CSV with Coin, Height, Amount, Address; several addresses a cell; coins with "(ALL)" are sums."""
    return _some(_by_coin(csv.reader(io.StringIO(_text(body)))))


def okx(body: bytes) -> list[Found]:
    """A zip with one CSV: sums, a blank line, then `coin,Type,Network,Snapshot Height,address,amount,...`."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            name = next((one for one in archive.namelist() if one.endswith(".csv")), None)
            if name is None:
                raise SourceError("its archive has no table")
            with archive.open(name) as packed:
                return _some(_by_network(csv.reader(_lines(packed))))
    except TORN as error:
        raise SourceError(f"its archive cannot be opened ({type(error).__name__})") from error


def _by_coin(rows: Iterator[list[str]]) -> Iterator[Found]:
    columns: dict[str, int] = {}
    for row in _rows(rows):
        names = [cell.strip().casefold() for cell in row]
        if "coin" in names and "address" in names:
            columns = {name: at for at, name in enumerate(names)}
        elif columns and len(row) > max(columns["coin"], columns["address"]):
            coin = row[columns["coin"]].strip()[:_WORDS_MOST]
            for address in _IN_CELL.findall(row[columns["address"]]):
                yield from _one(_network_of(coin), address)


def _by_network(rows: Iterator[list[str]]) -> Iterator[Found]:
    columns: dict[str, int] = {}
    seen: set[tuple[str, str, str]] = set()
    for row in _rows(rows):
        if not columns:
            names = [cell.strip().casefold() for cell in row]
            if {"coin", "network", "address"} <= set(names):
                columns = {name: at for at, name in enumerate(names)}
            continue
        if len(row) <= max(columns["network"], columns["address"]):
            continue
        network, address = row[columns["network"]].strip(), row[columns["address"]].strip()
        if not _ADDRESS.fullmatch(address) or not _chain(network[:_WORDS_MOST]):
            continue
        sort = row[columns["type"]].strip().casefold() if columns.get("type", len(row)) < len(row) else ""
        if (network, address, sort) not in seen:  # one row a coin: there are many of each
            seen.add((network, address, sort))
            staked = "staking" in sort and not sort.startswith("non")
            yield from _one(network, address, LabelKind.STAKING if staked else LabelKind.MAIN)


def _rows(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except csv.Error:
            continue  # NUL bytes and endless cells: that line says nothing


def _network_of(coin: str) -> str | None:
    """The network in a coin's name: USDT-ETH, USDT(ERC20), or a coin that has but one. ETH(ALL) has none."""
    inner = _INNER.fullmatch(coin)
    tail = inner["inner"] if inner else coin.partition("-")[2]
    if tail:
        return tail
    return coin if coin.casefold() in _COINS else None


def _one(
    network: Any, address: Any, kind: LabelKind = LabelKind.MAIN, note: str = "", *, custodian: bool = False
) -> Iterator[Found]:
    if isinstance(network, str) and isinstance(address, str) and _ADDRESS.fullmatch(address.strip()):
        chain_id = _chain(network[:_WORDS_MOST])
        if chain_id:
            yield Found(chain_id, address.strip(), kind, note, custodian)


@lru_cache(1024)
def _chain(network: str) -> int:
    """A chain id, or 0 for a chain that we do not know."""
    word = network.strip().casefold()
    if word in _NETWORKS or word in _COINS:
        return _NETWORKS.get(word) or _COINS[word]
    chain = find_chain(word)
    return chain.chain_id if chain else 0


def _some(found: Iterable[Found]) -> list[Found]:
    """A list without one address that we know the chain of is no list: its shape has changed."""
    known = list(islice(found, FOUND_MOST))
    if not known:
        raise SourceError("nothing in it reads as an address of a chain that I know")
    return known


def _lines(packed: Any) -> Iterator[str]:
    left = EXPANDED_MOST
    while line := packed.readline(_LINE_MOST):
        left -= len(line)
        if left < 0:
            raise SourceError(f"its archive has more than {EXPANDED_MOST // 2**20} MB")
        yield line.decode(errors="replace")


def _text(body: bytes) -> str:
    return body.decode(errors="replace").removeprefix("\ufeff")


def _json(body: bytes) -> Any:
    try:
        return from_json(body)  # bounded in depth, which the standard parser's C stack is not
    except ValueError as error:
        raise SourceError("its answer is no JSON") from error
