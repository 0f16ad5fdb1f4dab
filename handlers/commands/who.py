"""/who: whose an address is, on whose word; its code, its loans, and what it only looks like."""

from collections.abc import Iterable
from typing import Final

from bot.domain.deposits import DepositAddress
from bot.domain.labels import Label
from bot.domain.positions import Position
from bot.domain.units import Address
from bot.errors import SourceError, UserError
from bot.messages.answers import Answer
from bot.messages.catalogue import _
from bot.messages.flowanswers import Behind, LookAlike, WhoShown
from bot.subscriptions import WalletTarget, Watch
from handlers.commands.arguments import EXAMPLE_ADDRESS, Wallet, no_more, wallet
from handlers.commands.command import Call, Command, Form, Option
from handlers.commands.flownames import chain_asked, is_token

EXAMPLE: Final = f"/who {EXAMPLE_ADDRESS}"
ALIKE_AT_MOST: Final = 5
_ENDS: Final = 4
"""Digits at each end that people look at."""


async def run(call: Call) -> Answer:
    if not call.args:
        raise UserError("missing_address", example=EXAMPLE)
    watches = await call.watches()
    found = await wallet(call, call.args[0], EXAMPLE, watches)
    no_more(call.args, 1, f"/who {found.address}")
    labels = await call.services.labels.of(found.address, call.home)
    chain_id = labels[0].chain_id if labels else chain_asked(call)
    behind = await _behind(call, chain_id, found.address)
    loans, unread, known = await _loans(call, chain_id, found.address)
    return WhoShown(
        found.address,
        chain_id,
        await _name(call, found),
        labels,
        await _deposits(call, chain_id, found.address),
        behind,
        tuple(sorted(loans, key=lambda one: one.health_factor)),
        unread,
        known,
        await _alike(call, watches, found.address),
        next((one for one in watches if _is(one, found.address)), None),
    )


def _is(watch: Watch, address: Address) -> bool:
    return isinstance(watch.target, WalletTarget) and watch.target.address == address


async def _name(call: Call, found: Wallet) -> str:
    """A name is a courtesy: without one the address does."""
    if found.name:
        return found.name
    try:
        return await call.services.names.name_of(found.address)
    except SourceError:
        return ""


async def _behind(call: Call, chain_id: int, address: Address) -> Behind:
    if is_token(call, address):
        return Behind.CONTRACT
    try:
        coded = await call.services.chain.contracts(chain_id, (address,))
    except SourceError:
        return Behind.UNKNOWN
    return Behind.CONTRACT if address in coded else Behind.PERSON


async def _loans(
    call: Call, chain_id: int, address: Address
) -> tuple[tuple[Position, ...], tuple[str, ...], bool]:
    """Its loans, markets that did not answer, and whether anybody could be asked."""
    try:
        positions, unread = await call.services.chain.loans(chain_id, (address,))
    except SourceError:
        return (), (), False
    return positions, unread, True


async def _deposits(call: Call, chain_id: int, address: Address) -> tuple[DepositAddress, ...]:
    """Learned ones, on every chain that is known here."""
    chains = dict.fromkeys((chain_id, *call.services.atlas.chains))
    found = [await call.services.flows.deposit(one, address) for one in chains]
    return tuple(one for one in found if one is not None)


async def _alike(call: Call, watches: Iterable[Watch], address: Address) -> tuple[LookAlike, ...]:
    """Labelled and watched addresses that begin and end like it: the way of address poisoning."""
    book = call.services.labels
    labels: Iterable[Label] = (*await book.all(call.home), *await book.all(), *book.table())
    known = {one.address: one.exchange for one in labels}
    for watch in watches:
        if isinstance(watch.target, WalletTarget):
            known[watch.target.address] = watch.label or watch.target.name or f"#{watch.number}"
    ends = _ends(address)
    found = (LookAlike(one, name) for one, name in known.items() if _ends(one) == ends and one != address)
    return tuple(found)[:ALIKE_AT_MOST]


def _ends(address: str) -> tuple[str, str]:
    bare = address.casefold().removeprefix("0x")
    return bare[:_ENDS], bare[-_ENDS:]


COMMAND = Command(
    name="who",
    usage=_("<address, name, number or label>"),
    summary=_("Whose an address is, and on whose word"),
    run=run,
    examples=(EXAMPLE, "/who vitalik.eth", "/who 1"),
    notes=(
        _("Sure: the exchange's own proof of reserve, or two kinds of sources, one of them fresh."),
        _("Probable: a deposit address that I learned from the chain, with its evidence."),
        _("It warns of addresses that begin and end like one that is known here."),
    ),
    forms=(
        Form(
            "",
            _("Whose an address is, and on whose word"),
            (
                Option(
                    "address", _("Address, ENS name, number or label"), source="watch", sample=EXAMPLE_ADDRESS
                ),
            ),
        ),
    ),
)
