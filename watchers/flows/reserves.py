"""The exchanges' own proofs of reserve, fetched and made into labels: `underkeel labels update`.

Each publication is asked on its own, within bounds of time and size, never led to another host; what is
wrong with one is said of it alone. Which shape each has, and how far that was tried, says
`watchers.flows.reserve_shapes`.
"""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin, urlsplit

import aiohttp
from eth_utils.address import is_checksum_formatted_address, to_checksum_address

from bot.domain.labels import BY_HAND, PROOF, Label, LabelKind, confidence_of
from bot.domain.units import Address
from bot.errors import SourceError
from watchers.flows import reserve_shapes as shapes
from watchers.flows.labels import known_contracts
from watchers.flows.reserve_shapes import Found

TIMEOUT: Final = aiohttp.ClientTimeout(total=120, sock_connect=10, sock_read=30)
ANSWER_MOST: Final = 64 * 2**20
LABELS_MOST: Final = 10_000
"""Of one exchange; more would be its customers' addresses. The rest is left out and counted."""
NOTE_MOST: Final = 60
PAGES_MOST: Final = 60
MONTHS_BACK: Final = 4
"""A monthly file is a month or two late."""
_REDIRECTS: Final = 3
_HEADERS: Final = {"User-Agent": "underkeel", "Accept": "*/*"}
_OKX_FILE: Final = re.compile(
    r"https://static\.okx\.com/cdn/okx/por/chain/por_csv_(\d{8,10})_V(\d{1,3})\.zip"
)

URLS: Final[Mapping[str, str]] = {
    "Binance": "https://www.binance.com/bapi/apex/v1/public/apex/market/por/address",
    "Bitfinex": "https://raw.githubusercontent.com/bitfinexcom/pub/main/wallets.txt",
    "Bitstamp": "https://www.bitstamp.net/api/v2/wallet_transparency/?perPage=100&page={page}",
    "Bybit": "https://www.bybit.com/common-static/por/bybit_por_{month}.csv",
    "HTX": "https://raw.githubusercontent.com/huobiapi/Tool-Node.js-VerifyAddress/main/snapshot/huobi_por.csv",
    "OKX": "https://www.okx.com/proof-of-reserves/download",
}
"""Exchange as the table calls it -> its publication."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What came of one exchange's publication."""

    exchange: str
    labels: tuple[Label, ...] = ()
    failure: str = ""
    """Why it could not be read; then there are no labels."""
    conflicts: tuple[tuple[Address, str], ...] = ()
    """Addresses that another exchange is known to own, with its name; not taken."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """`token`, `custodian`, `checksum`, `by_hand`, `too_many` -> how many addresses were not taken for it."""


class Reserves:
    """Asks the exchanges. `bases` puts another address in place of a host's, for tests."""

    def __init__(self, session: aiohttp.ClientSession, *, bases: Mapping[str, str] | None = None) -> None:
        self._session = session
        self._bases = dict(bases or {})
        self._ways: dict[str, Callable[[str], Awaitable[list[Found]]]] = {
            "Binance": lambda _today: self._plain("Binance", shapes.binance),
            "Bitfinex": lambda _today: self._plain("Bitfinex", shapes.bitfinex),
            "Bitstamp": lambda _today: self._pages(),
            "Bybit": self._months,
            "HTX": lambda _today: self._plain("HTX", shapes.htx),
            "OKX": lambda _today: self._archive(),
        }

    async def refresh(
        self, today: str, known: Collection[Label], own: Collection[Label] = (), only: Collection[str] = ()
    ) -> tuple[Refreshed, ...]:
        """Every publication, or `only` those, by name. `known` is the project's table, `own` the operator's
        layer: what was set by hand there stands. `today` is YYYY-MM-DD.
        """
        asked = [exchange for exchange in sorted(URLS) if not only or exchange in only]
        answers = await asyncio.gather(*(self._ask(exchange, today) for exchange in asked))
        owners: dict[Address, str] = {one.address: one.exchange for one in (*known, *own)}
        table = {(one.chain_id, one.address): one for one in known}
        by_hand = {(one.chain_id, one.address) for one in own if BY_HAND in one.sources}
        told = []
        for exchange, answer in zip(asked, answers, strict=True):
            if isinstance(answer, str):
                told.append(Refreshed(exchange, failure=answer))
                continue
            told.append(_judged(exchange, answer, today, owners, table, by_hand))
            owners |= {one.address: exchange for one in told[-1].labels}  # the next may claim the same
        return tuple(told)

    async def _ask(self, exchange: str, today: str) -> list[Found] | str:
        try:
            async with asyncio.timeout(2 * (TIMEOUT.total or 0)):
                return await self._ways[exchange](today)
        except SourceError as error:
            return str(error)
        except TimeoutError:
            return "it takes too long"

    async def _plain(self, exchange: str, read: Callable[[bytes], list[Found]]) -> list[Found]:
        return await asyncio.to_thread(read, await self._get(URLS[exchange]))

    async def _pages(self) -> list[Found]:
        """Until a page is empty or says nothing new: the pages are not stable from one call to the next."""
        rows: dict[tuple[str, str], None] = {}
        for page in range(1, PAGES_MOST + 1):
            before = len(rows)
            rows |= dict.fromkeys(shapes.bitstamp_rows(await self._get(URLS["Bitstamp"].format(page=page))))
            if len(rows) == before:
                break
        return shapes.bitstamp(rows)

    async def _months(self, today: str) -> list[Found]:
        year, month = int(today[:4]), int(today[5:7])
        for back in range(MONTHS_BACK):
            then = 12 * year + month - 1 - back
            url = URLS["Bybit"].format(month=f"{then // 12:04}{then % 12 + 1:02}")
            try:
                body = await self._get(url)
            except NotThere:
                continue
            return await asyncio.to_thread(shapes.bybit, body)
        raise SourceError(f"it has no file of the last {MONTHS_BACK} months")

    async def _archive(self) -> list[Found]:
        page = (await self._get(URLS["OKX"])).decode(errors="replace")
        page = page.replace("\\/", "/").replace("\\u002F", "/")  # links stand in scripts too
        files = {(int(said[1]), int(said[2])): said[0] for said in _OKX_FILE.finditer(page)}
        if not files:
            raise SourceError("its page links no file of wallets")
        return await asyncio.to_thread(shapes.okx, await self._get(files[max(files)]))

    async def _get(self, url: str) -> bytes:
        """The body, at most ANSWER_MOST bytes of it. NotThere for 404, SourceError for all else."""
        host = urlsplit(url).hostname or ""
        try:
            for _ in range(_REDIRECTS + 1):
                async with self._session.get(
                    self._placed(url), allow_redirects=False, timeout=TIMEOUT, headers=_HEADERS
                ) as answer:
                    if answer.status not in (301, 302, 303, 307, 308):
                        return await _body(host, answer)
                    url = urljoin(url, answer.headers.get("Location", ""))
                if (urlsplit(url).scheme, urlsplit(url).hostname) != ("https", host):
                    raise SourceError(f"{host} sends me to another host, where I do not go")
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise SourceError(f"{host} gives no answer ({type(error).__name__})") from error
        raise SourceError(f"{host} sends me in circles")

    def _placed(self, url: str) -> str:
        parts = urlsplit(url)
        base = self._bases.get(parts.hostname or "")
        return url if base is None else base + parts._replace(scheme="", netloc="").geturl()


@asynccontextmanager
async def open_reserves(bases: Mapping[str, str] | None = None) -> AsyncIterator[Reserves]:
    """With a client of its own."""
    async with aiohttp.ClientSession() as session:
        yield Reserves(session, bases=bases)


class NotThere(SourceError):
    """404, or what some hosts say instead."""


async def _body(host: str, answer: aiohttp.ClientResponse) -> bytes:
    if answer.status in (403, 404):
        raise NotThere(f"{host} answers {answer.status}")
    if answer.status != 200:
        raise SourceError(f"{host} answers {answer.status}")
    body = bytearray()
    async for chunk in answer.content.iter_chunked(2**16):
        body += chunk
        if len(body) > ANSWER_MOST:
            raise SourceError(f"{host} sends more than {ANSWER_MOST // 2**20} MB")
    return bytes(body)


def _judged(
    exchange: str,
    found: Sequence[Found],
    today: str,
    owners: Mapping[Address, str],
    table: Mapping[tuple[int, Address], Label],
    by_hand: Collection[tuple[int, Address]],
) -> Refreshed:
    """Labels of what was found, and what of it was not taken."""
    labels: dict[tuple[int, Address], Label] = {}
    conflicts: dict[Address, str] = {}
    left_out: dict[str, set[str]] = defaultdict(set)
    for one in found:
        address = Address(to_checksum_address(one.address))
        place = (one.chain_id, address)
        owner = owners.get(address, exchange)
        if is_checksum_formatted_address(one.address) and one.address != address:
            left_out["checksum"].add(one.address)
        elif address in known_contracts():
            left_out["token"].add(address)
        elif owner.casefold() != exchange.casefold():
            conflicts[address] = owner
        elif place in by_hand:
            left_out["by_hand"].add(address)
        elif one.custodian:
            left_out["custodian"].add(address)
        elif place not in labels and len(labels) >= LABELS_MOST:
            left_out["too_many"].add(address)
        else:
            labels[place] = _label(exchange, one, labels.get(place) or table.get(place), place, today)
    counts = Counter({why: len(addresses) for why, addresses in left_out.items()})
    return Refreshed(exchange, tuple(labels.values()), "", tuple(sorted(conflicts.items())), counts)


def _label(
    exchange: str, found: Found, before: Label | None, place: tuple[int, Address], today: str
) -> Label:
    """Its kind is the publication's, unless that does not say: then what was known of it. A staking address
    that became "a wallet" by a refresh would make every withdrawal of stakers an inflow.
    """
    kind, note, sources = found.kind, found.note[:NOTE_MOST], {PROOF}
    if before is not None:
        sources |= set(before.sources)
        note = before.note or note
        if kind is LabelKind.MAIN or not before.kind.takes_deposits:
            kind = before.kind
    told = (PROOF, *sorted(sources - {PROOF}))
    return Label(*place, exchange, kind, confidence_of(told, today, today), told, today, note)
