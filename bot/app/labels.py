"""The command line's `labels`: look into, add to, import into and refresh the operator's layer.

Beside a running bot it writes into that bot's store, which sees it by the version. Each returns an exit code.
"""

import sys
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.app.house import open_store
from bot.domain.labels import Label
from bot.domain.units import Address
from bot.errors import UserError
from bot.messages import labelwords
from bot.messages.labelfile import Cells, Known, label_of, read_lines, write_lines
from bot.messages.model import Message
from bot.messages.typed.near import nearest
from bot.settings import Settings
from bot.store.labels import StoredLabels
from handlers.commands.arguments import is_hex, parse_address
from watchers.aave.markets import chain_of, find_chain
from watchers.flows.labels import known_contracts, labels_as_of, load_labels
from watchers.flows.reserves import URLS, open_reserves

EXAMPLE: Final = "underkeel labels add ethereum 0x28C6c06298d514Db089934071355E5743bf21d60 Binance hot"
OWN: Final = "own"
FILE_MOST: Final = 32 * 2**20


async def list_labels(settings: Settings, words: Sequence[str], as_csv: bool) -> int:  # noqa: FBT001
    """Counts; with words the labels that have each as exchange, chain, address, kind or confidence; `own`
    leaves the project's table out.
    """
    async with _book(settings) as book:
        own, table = await book.all(), book.table()
    wanted = [word for word in words if word != OWN]
    table = () if OWN in words else table
    fits = _filter(wanted, {one.exchange.casefold() for one in (*own, *table)})
    own, table = tuple(filter(fits, own)), tuple(filter(fits, table))
    if as_csv:
        sys.stdout.write(write_lines((*own, *table)).replace("\r\n", "\n"))
        return 0
    return _say(labelwords.listed(own, table, _title) if words else _counted(own, table))


async def add_label(settings: Settings, words: Mapping[str, str]) -> int:
    """Set one label; `words` by the columns of a file."""
    try:
        label = label_of(
            Cells(0, " ".join(filter(None, words.values())), dict(words)), _known(settings), EXAMPLE
        )
        async with _book(settings) as book:
            beneath = [one for one in book.table() if one.address == label.address]
            new = await book.put((label,))
    except UserError as error:
        return _say(labelwords.refused(error), code=1)
    return _say(labelwords.added(label, _title, beneath, new=bool(new)))


async def remove_label(settings: Settings, word: str) -> int:
    """Take an address's labels out of the operator's layer, on all chains."""
    try:
        address = _address(word, f"underkeel labels remove {EXAMPLE.split()[4]}")
    except UserError as error:
        return _say(labelwords.refused(error), code=1)
    async with _book(settings) as book:
        gone, beneath = await book.remove(address), await book.of(address)
    return _say(labelwords.removed(address, gone, beneath, _title), code=0 if gone else 1)


async def import_labels(settings: Settings, file: Path) -> int:
    """Every line that is a label; each other is told with its number and why. `-` is the standard input."""
    labels: dict[tuple[int, Address], Label] = {}
    faults: list[tuple[int, str, UserError]] = []
    known = _known(settings)
    try:
        for cells in read_lines(_read(file)):
            try:
                label = label_of(cells, known)
            except UserError as error:
                faults.append((cells.number, cells.text, error))
            else:
                labels[label.chain_id, label.address] = label
        async with _book(settings) as book:
            new = await book.put(tuple(labels.values()))
    except UserError as error:
        return _say(labelwords.refused(error), code=1)
    told = labelwords.imported(new, len(labels) - new, faults)
    return _say(told, code=1 if faults else 0)


async def update_labels(
    settings: Settings, words: Sequence[str], bases: Mapping[str, str] | None = None
) -> int:
    """The exchanges' own proofs of reserve. 1 when none of those asked could be read."""
    try:
        only = [_publisher(word) for word in words]
    except UserError as error:
        return _say(labelwords.refused(error), code=1)
    well = False
    async with _book(settings) as book, open_reserves(bases) as reserves:
        for one in await reserves.refresh(_today(), book.table(), await book.all(), only):
            new, failure = 0, one.failure
            try:
                new = await book.put(one.labels)
            except UserError as error:
                failure = "".join(span.text for span in labelwords.reason(error))
            well = well or not failure
            _say(
                Message(
                    labelwords.refreshed(
                        one.exchange, len(one.labels), new, one.conflicts, one.left_out, failure
                    )
                )
            )
    return 0 if well else 1


@asynccontextmanager
async def _book(settings: Settings) -> AsyncIterator[StoredLabels]:
    async with AsyncExitStack() as stack:
        client, _advice = await open_store(settings, stack, share=True)
        yield StoredLabels(client, load_labels())


def _known(settings: Settings) -> Known:
    """The table's chains, and by their ids those of the markets that a person set."""
    own = {str(market.chain_id): market.chain_id for market in settings.market.values()}
    exchanges = tuple(dict.fromkeys(one.exchange for one in load_labels()))
    return Known(
        lambda word: _chain_id(word) or own.get(word, 0), _address, known_contracts(), exchanges, _today()
    )


def _chain_id(word: str) -> int:
    chain = find_chain(word)
    return chain.chain_id if chain else 0


def _address(word: str, example: str = EXAMPLE) -> Address:
    if not is_hex(word):
        raise UserError("not_an_address", word, example)
    return parse_address(word, example)


def _publisher(word: str) -> str:
    found = next((one for one in URLS if one.casefold() == word.casefold()), None)
    if found is None:
        raise UserError(
            "label_exchange_unknown", word, "underkeel labels update binance", nearest(word, tuple(URLS))
        )
    return found


def _filter(words: Sequence[str], exchanges: Collection[str]) -> Callable[[Label], bool]:
    wanted = [word.casefold() for word in words]
    # "binance" and "okx" are by-names of chains too: here exchanges go first.
    chains = {word: _chain_id(word) for word in wanted if word not in exchanges and _chain_id(word)}

    def fits(label: Label) -> bool:
        has = {label.exchange.casefold(), label.address.casefold(), label.kind.value, label.confidence.value}
        return all(word in has or chains.get(word) == label.chain_id for word in wanted)

    return fits


def _counted(own: Sequence[Label], table: Sequence[Label]) -> Message:
    return labelwords.counted(own, table, labels_as_of())


def _title(chain_id: int) -> str:
    return chain_of(chain_id).title


def _read(file: Path) -> str:
    try:
        if str(file) == "-":
            body = sys.stdin.buffer.read(FILE_MOST + 1)
        else:
            with file.open("rb") as opened:
                body = opened.read(FILE_MOST + 1)
        if len(body) <= FILE_MOST:
            return body.decode()
    except (OSError, UnicodeDecodeError):
        pass
    raise UserError("label_file", str(file), "underkeel labels import labels.csv")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _say(message: Message, code: int = 0) -> int:
    from handlers.console.renderer import plain  # noqa: PLC0415  brings prompt_toolkit

    sys.stdout.write(plain(message) + "\n")
    return code
