"""/owner: several wallets under one name, summed and listed by how near they are to liquidation."""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.rules import DEFAULT_RULES
from bot.errors import UserError
from bot.messages.answers import Answer
from bot.messages.catalogue import _
from bot.messages.hostile import clean
from bot.messages.imagined import OwnerSet, OwnerShown, OwnersShown
from bot.subscriptions import FlowTarget, PriceTarget, WalletTarget, Watch
from handlers.commands.arguments import EXAMPLE_ADDRESS, looks_like_wallet, named, nearest, wallet
from handlers.commands.board import rows_of
from handlers.commands.command import Access, Call, Command, Form, Option
from handlers.commands.labels import LABEL_CAP
from handlers.commands.owners import of_owner, owners_of
from handlers.commands.registering import register

EXAMPLE = f"/owner fund {EXAMPLE_ADDRESS}"
REMOVE = "remove"
WALLETS_AT_MOST = 50
"""In one command."""


async def run(call: Call) -> Answer:
    watches = await call.watches()
    name, members, removes = _split(call.args)
    if not name:
        if members:
            raise UserError("missing_owner", members[0], EXAMPLE)
        return OwnersShown(tuple(owners_of(watches).items()))
    mine = of_owner(watches, name)
    if removes:
        return await _removed(call, watches, name, members)
    if members:
        return await _joined(call, watches, mine[0].owner if mine else _named(name), members)
    if not mine:
        raise UserError("no_such_owner", name, EXAMPLE, nearest(name, tuple(owners_of(watches))))
    return OwnerShown(mine[0].owner, await rows_of(call, mine), len(mine))


def _split(args: Sequence[str]) -> tuple[str, tuple[str, ...], bool]:
    """(name, who, whether they are taken away): a name ends where wallets or numbers begin."""
    words = [word.strip(",;") for word in args]
    at = next(
        (
            index
            for index, word in enumerate(words)
            if looks_like_wallet(word) or (index and (_is_number(word) or word.casefold() == REMOVE))
        ),
        len(words),
    )
    removes = at < len(words) and words[at].casefold() == REMOVE
    members = tuple(word for word in words[at + removes :] if word)
    return " ".join(words[:at]).strip('"“”'), members, removes


def _is_number(word: str) -> bool:
    return word.removeprefix("#").isdecimal()


def _named(typed: str) -> str:
    name = clean(typed, cap=LABEL_CAP + 1).text
    if len(typed) > LABEL_CAP:
        raise UserError("label_too_long", typed, EXAMPLE)
    if not name:
        raise UserError("label_invisible", typed, EXAMPLE)
    return name


async def _joined(call: Call, watches: tuple[Watch, ...], name: str, members: Sequence[str]) -> OwnerSet:
    if len(members) > WALLETS_AT_MOST:
        raise UserError("too_many_wallets", members[WALLETS_AT_MOST], EXAMPLE)
    # All are looked up before any is stored: a wrong one changes nothing.
    found = [await _member(call, watches, word) for word in members]
    new, joined = dict[str, WalletTarget](), dict[str, Watch]()
    for one in found:
        if isinstance(one, Watch):
            joined[one.id] = replace(one, owner=name)
        else:
            new[one.address] = one
    for one in joined.values():
        await call.services.book.put(one)
    added: list[Watch] = []
    for target in new.values():
        watch = Watch("", 0, call.home, target, DEFAULT_RULES, owner=name)
        added.append(await register(call, (*watches, *added), watch, target.address))
    return OwnerSet(name, tuple(added), tuple(joined.values()))


async def _member(call: Call, watches: Sequence[Watch], word: str) -> Watch | WalletTarget:
    """A watch by any of its names, or a wallet to be watched."""
    watch = named(watches, word)
    if watch is not None and isinstance(watch.target, PriceTarget | FlowTarget):
        raise UserError("price_has_no_owner", word, EXAMPLE)
    if watch is not None:
        return watch
    if _is_number(word):
        raise UserError("no_such_watch", word, EXAMPLE)
    found = await wallet(call, word, EXAMPLE, watches)
    return named(watches, found.address) or WalletTarget(found.address, found.name)


async def _removed(call: Call, watches: Sequence[Watch], name: str, members: Sequence[str]) -> OwnerSet:
    mine = of_owner(watches, name)
    if not mine:
        raise UserError("no_such_owner", name, EXAMPLE, nearest(name, tuple(owners_of(watches))))
    left = []
    for word in members:
        watch = named(mine, word)
        if watch is None:
            raise UserError("no_such_watch", word, f"/owner {mine[0].owner} {REMOVE} {mine[0].number}")
        left.append(watch)
    gone = tuple(replace(one, owner="") for one in (left or mine))
    for one in gone:
        await call.services.book.put(one)
    return OwnerSet(mine[0].owner, left=gone)


def _needs(args: Sequence[str]) -> Access:
    """A name alone shows it; wallets behind it change the list."""
    _name, members, removes = _split(args)
    return Access.EDITOR if members or removes else Access.VIEWER


COMMAND = Command(
    name="owner",
    usage=_("[name] [wallets, or remove and wallets]"),
    summary=_("Several wallets under one name, summed"),
    run=run,
    examples=("/owner", EXAMPLE, "/owner fund", "/owner fund remove 1"),
    notes=(
        _("Wallets that I do not watch yet are watched from then on."),
        _("What-ifs take a name too: /whatif fund ETH -20%."),
    ),
    needs=_needs,
    forms=(
        Form(
            "show",
            _("The sum of an owner's positions, and each of them"),
            (Option("name", _("Of the owner; none for all owners"), required=False, source="owner"),),
        ),
        Form(
            "add",
            _("Put wallets under a name"),
            (
                Option("name", _("Of a fund or a person"), source="owner", sample="fund"),
                Option(
                    "wallets",
                    _("Addresses, ENS names, or numbers of watches"),
                    sample=EXAMPLE_ADDRESS,
                ),
            ),
        ),
        Form(
            "remove",
            _("Take wallets from a name; they are still watched"),
            (
                Option("name", _("Of the owner"), source="owner", sample="fund"),
                Option("wallets", _("Which ones; none for all"), required=False),
            ),
            start=REMOVE,
            before=1,
        ),
    ),
)
