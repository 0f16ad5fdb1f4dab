"""/label: this chat's own labels of addresses; they go before what the project's table says."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from bot.domain.labels import Confidence, Label, LabelKind
from bot.domain.markets import fold
from bot.errors import UserError
from bot.messages.answers import Answer
from bot.messages.catalogue import _
from bot.messages.flowanswers import LabelRemoved, LabelSet, LabelsShown
from bot.messages.hostile import NAME_CAP, clean
from handlers.commands.arguments import EXAMPLE_ADDRESS, nearest, no_more, wallet
from handlers.commands.command import Access, Call, Command, Form, Option
from handlers.commands.flownames import chain_asked, exchange_names, is_token, lexicon
from handlers.commands.wallets import page_of

EXAMPLE: Final = f"/label {EXAMPLE_ADDRESS} Binance hot"
LIST: Final = "list"
REMOVE: Final = ("remove", "delete", "off")
PAGE: Final = 20
KINDS: Final = tuple(kind.value for kind in LabelKind)


async def run(call: Call) -> Answer:
    word = call.args[0].casefold() if call.args else LIST
    if word == LIST:
        return await _list(call)
    if word in REMOVE:
        return await _remove(call)
    return await _set(call)


async def _list(call: Call) -> LabelsShown:
    own = await call.services.labels.all(call.home)
    besides = len(call.services.labels.table()) + len(await call.services.labels.all())
    pages = max(1, -(-len(own) // PAGE))
    page = page_of(call.args[1], pages, f"/label {LIST}") if len(call.args) > 1 else 1
    no_more(call.args, 2, f"/label {LIST}")
    return LabelsShown(own[(page - 1) * PAGE : page * PAGE], page, pages, len(own), besides)


async def _remove(call: Call) -> LabelRemoved:
    own = await call.services.labels.all(call.home)
    example = f"/label {REMOVE[0]} {own[0].address}" if own else EXAMPLE
    if len(call.args) < 2:
        raise UserError("missing_address", example=example)
    found = await wallet(call, call.args[1], example, await call.watches())
    no_more(call.args, 2, f"/label {REMOVE[0]} {found.address}" if own else EXAMPLE)
    if not await call.services.labels.remove(found.address, call.home):
        raise UserError("no_such_label", call.args[1], example)
    left = await call.services.labels.of(found.address, call.home)
    return LabelRemoved(found.address, next(iter(left), None))


async def _set(call: Call) -> LabelSet:
    found = await wallet(call, call.args[0], EXAMPLE, await call.watches())
    if is_token(call, found.address):
        raise UserError("label_is_token", call.args[0], EXAMPLE)
    if found.address in call.services.contracts:
        raise UserError("label_is_contract", call.args[0], EXAMPLE)
    words, chain_id = await _chain(call, call.args[1:])
    exchange, kind = await _whose(call, words, found.address)
    before = await call.services.labels.of(found.address, call.home)
    own = {(one.chain_id, one.address) for one in await call.services.labels.all(call.home)}
    label = Label(
        chain_id,
        found.address,
        exchange,
        kind,
        Confidence.SAID,
        ("by-hand",),
        datetime.fromtimestamp(call.now, tz=UTC).strftime("%Y-%m-%d"),
    )
    try:
        await call.services.labels.put((label,), call.home)
    except UserError as error:
        raise UserError(error.problem, call.args[0], f"/label {LIST}") from error
    replaced = (chain_id, found.address) in own
    over = next((one for one in before if one.confidence is not Confidence.SAID), None)
    return LabelSet(label, replaced, over)


async def _chain(call: Call, words: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """The words without `on <chain>` at their end, and that chain."""
    if len(words) > 1 and words[-2].casefold() == "on":
        chains = (await lexicon(call)).chains
        if fold(words[-1]) not in chains:
            raise UserError("unknown_chain", words[-1], EXAMPLE, nearest(words[-1], tuple(chains)))
        return tuple(words[:-2]), chains[fold(words[-1])]
    return tuple(words), chain_asked(call)


async def _whose(call: Call, words: Sequence[str], address: str) -> tuple[str, LabelKind]:
    """The exchange, by the name that other labels have where they have it, and the kind of address."""
    kind = LabelKind.MAIN
    if len(words) > 1 and words[-1].casefold() in KINDS:
        kind, words = LabelKind(words[-1].casefold()), words[:-1]
    if not words:
        raise UserError("missing_label", address, EXAMPLE)
    known = {fold(one): one for one in await exchange_names(call)}
    typed = " ".join(words).strip("\"'“”")
    if fold(typed) in known:
        return known[fold(typed)], kind
    if len(words) > 1 and fold(" ".join(words[:-1])) in known:
        raise UserError("not_a_label_kind", words[-1], EXAMPLE, nearest(words[-1], KINDS))
    if len(typed) > NAME_CAP:
        raise UserError("exchange_too_long", typed, EXAMPLE)
    name = clean(typed, unlink=False).text
    if not name:
        raise UserError("exchange_invisible", typed, EXAMPLE)
    return name, kind


def _needs(args: tuple[str, ...]) -> Access:
    return Access.VIEWER if not args or args[0].casefold() == LIST else Access.EDITOR


_ADDRESS: Final = Option("address", _("Address or ENS name"), sample=EXAMPLE_ADDRESS)

COMMAND = Command(
    name="label",
    usage=_("<address> <exchange> [hot, cold, main or deposit]  or  list  or  remove <address>"),
    summary=_("Say whose an address is, for this chat"),
    run=run,
    examples=(EXAMPLE, "/label list", f"/label remove {EXAMPLE_ADDRESS}"),
    notes=(
        _("Yours go before the labels that I came with, here and nowhere else: 1,000 of them."),
        _("Without a kind it is main. What is sent to a contract or for staking is never an inflow."),
    ),
    needs=_needs,
    forms=(
        Form(
            "set",
            _("Say whose an address is, for this chat"),
            (
                _ADDRESS,
                Option("exchange", _("Its name"), source="exchange", sample="Binance"),
                Option("kind", _("What it is used for"), required=False, choices=KINDS, sample="hot"),
            ),
        ),
        Form("list", _("The labels of this chat"), start=LIST),
        Form("remove", _("Forget a label of this chat"), (_ADDRESS,), start=REMOVE[0]),
    ),
)
