"""/import: a watch list from text or a file; each line is answered, and what is good is added in one step."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from bot.domain.observations import PriceSeen
from bot.domain.rules import Rule
from bot.errors import SourceError, UserError
from bot.messages.answers import Answer
from bot.messages.catalogue import _
from bot.messages.listfile import PRICE, Row, read_list
from bot.messages.records import ImportAsked, Imported, ImportedLine, LineResult
from bot.messages.ruleswords import price_rules, wallet_rules
from bot.subscriptions import PriceTarget, Target, WalletTarget, Watch
from handlers.commands.arguments import EXAMPLE_ADDRESS, Wallet, is_hex, parse_address, wallet
from handlers.commands.command import WATCHES_AT_MOST, Access, Call, Command, Form, Kind, Option
from handlers.commands.labels import label_from
from handlers.commands.reading import market_key

LINES_AT_MOST: Final = 1_000
NAMES_AT_MOST: Final = 50
"""ENS names of one list: each is a question to a node."""
PRICES_AT_MOST: Final = 100
AT_ONCE: Final = 5
EXAMPLE: Final = f"/import {EXAMPLE_ADDRESS}, treasury"

Asked = TypeVar("Asked")
Found = TypeVar("Found")
Answers = Mapping[Asked, Found | UserError]


@dataclass(frozen=True, slots=True)
class _New:
    """A watch that a line asks for."""

    row: Row
    target: Target
    label: str
    rules: tuple[Rule, ...]


@dataclass(slots=True)
class _Judge:
    """Takes the lines in their order and remembers what is there already."""

    known: dict[Target, int]
    """What is watched, by the number of its watch."""
    labels: set[str]
    room: int
    lines: dict[Target, int] = field(default_factory=dict)
    """What this list asks for, by the line."""

    def take(self, row: Row, target: Target, rules: tuple[Rule, ...]) -> _New | ImportedLine:
        """UserError when the line cannot be used."""
        plain = _plain(target)
        if plain in self.known:
            return ImportedLine(row.number, row.text, LineResult.KNOWN, self.known[plain])
        if plain in self.lines:
            return ImportedLine(row.number, row.text, LineResult.REPEATED, self.lines[plain])
        label = label_from(row.label, self.labels, EXAMPLE)
        if not self.room:
            raise UserError("too_many_watches", row.address, EXAMPLE)
        self.room -= 1
        self.lines[plain] = row.number
        self.labels.add(label.casefold())
        return _New(row, target, label, rules)


async def run(call: Call) -> Answer:
    watches = await call.watches()
    room = max(0, WATCHES_AT_MOST - len(watches))
    text = await call.request.file.fetch() if call.request.file is not None else call.rest
    if not text.strip():
        return ImportAsked(LINES_AT_MOST, room)
    rows = read_list(text)
    if not rows:
        raise UserError("empty_list", example=EXAMPLE)
    if len(rows) > LINES_AT_MOST:
        raise UserError("too_many_lines", str(len(rows)), EXAMPLE)
    wallets, prices = await _look_up(call, rows)
    judge = _Judge(
        {_plain(one.target): one.number for one in watches},
        {one.label.casefold() for one in watches if one.label},
        room,
    )
    judged = [_judged(judge, row, wallets, prices) for row in rows]
    return Imported(await _added(call, judged), judge.room)


def _judged(
    judge: _Judge,
    row: Row,
    wallets: Answers[str, Wallet],
    prices: Answers[tuple[str, str], PriceSeen],
) -> _New | ImportedLine:
    try:
        if row.kind == PRICE:
            seen = _known(prices[_price_key(row)])
            return judge.take(row, PriceTarget(seen.market, seen.asset), _rules(row, seen))
        found = _known(wallets[row.address.casefold()]) if "." in row.address else _wallet(row.address)
        return judge.take(row, WalletTarget(found.address, found.name), _rules(row))
    except UserError as error:
        return ImportedLine(row.number, row.text, LineResult.FAULT, problem=error.problem, wrong=error.wrong)


def _wallet(word: str) -> Wallet:
    if not is_hex(word):
        raise UserError("not_an_address", word, EXAMPLE)
    return Wallet(parse_address(word, EXAMPLE))


def _rules(row: Row, seen: PriceSeen | None = None) -> tuple[Rule, ...]:
    try:
        return price_rules(row.rules, seen.asset, seen.base_unit) if seen else wallet_rules(row.rules)
    except ValueError as error:
        raise UserError("unknown_rule", str(error), EXAMPLE) from error


def _known(found: Found | UserError) -> Found:
    if isinstance(found, UserError):
        raise found
    return found


def _plain(target: Target) -> Target:
    """The target without what it was called: two lines of one address are about the same wallet."""
    match target:
        case WalletTarget(address):
            return WalletTarget(address)
        case PriceTarget():
            return target


# ---- what must be asked -------------------------------------------------------------------------------


async def _look_up(
    call: Call, rows: Sequence[Row]
) -> tuple[Answers[str, Wallet], Answers[tuple[str, str], PriceSeen]]:
    """ENS names and prices of the list, each asked once and a few at a time."""
    names = dict.fromkeys(row.address.casefold() for row in rows if row.kind != PRICE and "." in row.address)
    prices = dict.fromkeys(_price_key(row) for row in rows if row.kind == PRICE)

    async def name(word: str) -> Wallet:
        try:
            return await wallet(call, word, EXAMPLE)
        except SourceError as error:
            raise UserError("name_not_read", word, EXAMPLE) from error

    async def price(key: tuple[str, str]) -> PriceSeen:
        return await _price(call, *key)

    return (
        await _answers(names, name, NAMES_AT_MOST, lambda word: UserError("too_many_names", word, EXAMPLE)),
        await _answers(
            prices, price, PRICES_AT_MOST, lambda key: UserError("too_many_prices", key[0], EXAMPLE)
        ),
    )


async def _answers(
    questions: Iterable[Asked],
    ask: Callable[[Asked], Awaitable[Found]],
    most: int,
    refused: Callable[[Asked], UserError],
) -> dict[Asked, Found | UserError]:
    """The first `most` asked, the others refused."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(question: Asked) -> Found | UserError:
        async with gate:
            try:
                return await ask(question)
            except UserError as error:
                return error

    listed = tuple(questions)
    found = await asyncio.gather(*map(one, listed[:most]))
    return dict(zip(listed, found, strict=False)) | {other: refused(other) for other in listed[most:]}


def _price_key(row: Row) -> tuple[str, str]:
    """(token, market)"""
    return row.address, row.market


async def _price(call: Call, token: str, market: str) -> PriceSeen:
    address = parse_address(token, EXAMPLE)
    key = market_key(call, market, EXAMPLE) if market else ""
    try:
        found = await call.services.prices.prices(address, key)
    except SourceError as error:
        raise UserError("price_not_read", token, EXAMPLE) from error
    if not found:
        raise UserError("unknown_asset", token, EXAMPLE)
    return found[0]


# ---- adding -------------------------------------------------------------------------------------------


async def _added(call: Call, judged: Sequence[_New | ImportedLine]) -> tuple[ImportedLine, ...]:
    """The new ones stored, all in one step; every line in its order."""
    place = "" if call.place == call.home else call.place
    new = tuple(
        Watch(
            "",
            0,
            call.home,
            one.target,
            one.rules,
            one.label,
            created_at=call.now,
            created_by=call.request.person.id,
            place=place,
        )
        for one in judged
        if isinstance(one, _New)
    )
    stored = iter(await call.services.book.add_many(new) if new else ())
    return tuple(
        one
        if isinstance(one, ImportedLine)
        else ImportedLine(one.row.number, one.row.text, LineResult.ADDED, next(stored).number)
        for one in judged
    )


COMMAND = Command(
    name="import",
    usage=_("<lines or a file>"),
    summary=_("Watch a whole list: text or CSV, 1,000 lines at once"),
    run=run,
    examples=(EXAMPLE,),
    notes=(
        _("One address or ENS name a line, then a comma, a tab or a blank, then a label if you like."),
        _("Or CSV with the columns address, label, kind, market, rules, as /export list makes it."),
        _("Send it behind the command, or as a file of text with the command as its caption."),
        _("Each line is answered; what is good is added, all in one step."),
    ),
    access=Access.EDITOR,
    forms=(
        Form(
            "file",
            _("Watch the addresses of a text or CSV file"),
            (Option("file", _("Text or CSV, one address a line, 1,000 at most"), kind=Kind.FILE),),
        ),
        Form(
            "text",
            _("Watch the addresses of a list that you paste"),
            (
                Option(
                    "list",
                    _("One address a line, then a label if you like"),
                    required=False,
                    kind=Kind.LINES,
                    sample=f"{EXAMPLE_ADDRESS}, treasury",
                ),
            ),
        ),
    ),
)
