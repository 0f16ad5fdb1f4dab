"""/import: a watch list from text or a file; each line is answered, and what is good is added in one step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from bot.domain.aave_state import AccountState
from bot.domain.observations import PriceSeen
from bot.domain.rules import Rule
from bot.errors import UserError
from bot.messages.answers import Answer
from bot.messages.catalogue import _
from bot.messages.hostile import clean
from bot.messages.listfile import FLOWS, MIRROR, PRICE, SIMULATE, Row, read_list
from bot.messages.records import ImportAsked, Imported, ImportedLine, LineResult
from bot.messages.ruleswords import flow_rules, price_rules, wallet_rules
from bot.subscriptions import (
    FlowTarget,
    ImaginedTarget,
    MirrorTarget,
    PriceTarget,
    Target,
    WalletTarget,
    Watch,
)
from handlers.commands.arguments import EXAMPLE_ADDRESS, Wallet, is_hex, parse_address
from handlers.commands.command import WATCHES_AT_MOST, Access, Call, Command, Form, Kind, Option
from handlers.commands.importing import read_filters, read_imagined
from handlers.commands.labels import LABEL_CAP, label_from
from handlers.commands.listlookup import EXAMPLE, Answers, look_up, price_key
from handlers.commands.states import NOBODY

LINES_AT_MOST: Final = 1_000
Found = TypeVar("Found")


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
    wallets, prices = await look_up(call, rows)
    imagined = {**await read_imagined(call, rows), **await read_filters(call, rows)}
    judge = _Judge(
        {_plain(one.target): one.number for one in watches},
        {one.label.casefold() for one in watches if one.label},
        room,
    )
    judged = [_judged(judge, row, wallets, prices, imagined) for row in rows]
    return Imported(await _added(call, judged), judge.room)


def _judged(
    judge: _Judge,
    row: Row,
    wallets: Answers[str, Wallet],
    prices: Answers[tuple[str, str], PriceSeen],
    imagined: Mapping[int, Target | UserError],
) -> _New | ImportedLine:
    try:
        if row.kind == PRICE:
            seen = _known(prices[price_key(row)])
            return judge.take(row, PriceTarget(seen.market, seen.asset), _rules(row, seen))
        if row.kind in {SIMULATE, MIRROR, FLOWS}:
            target = imagined[row.number]
            if isinstance(target, UserError):
                raise target
            return judge.take(row, target, _rules(row))
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
        if row.kind == FLOWS:
            return flow_rules(row.rules)
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
        case ImaginedTarget(market=market, said=said):
            return ImaginedTarget(market, AccountState(NOBODY, 0, 0, ()), (), said)
        case MirrorTarget():
            return replace(target, name="")
        case FlowTarget():
            return replace(target, said="")
        case PriceTarget():
            return target


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
            owner=clean(one.row.owner, cap=LABEL_CAP).text,
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
