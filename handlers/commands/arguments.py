"""Words of a command into values: addresses, names, references to watches, numbers. Raises UserError only.

An `example` is always a whole input that works in this chat as it stands.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from babel import Locale
from babel.numbers import get_decimal_symbol

from bot.domain.units import Address
from bot.errors import UserError
from bot.messages.flowfilter import filter_words
from bot.messages.parsing import parse_duration
from bot.messages.typed.near import nearest as nearest  # noqa: PLC0414  handed on
from bot.subscriptions import FlowTarget, ImaginedTarget, MirrorTarget, PriceTarget, WalletTarget, Watch
from handlers.commands.command import Call

EXAMPLE_ADDRESS: Final = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
WATCH_EXAMPLE: Final = f"/watch {EXAMPLE_ADDRESS}"
_HEX: Final = re.compile(r"0x[0-9a-fA-F]*")
_ENS: Final = re.compile(r"[^\s./@:]{1,63}(\.[^\s./@:]{1,63}){1,6}")


@dataclass(frozen=True, slots=True)
class Wallet:
    """An address, and the name it was given by (empty when typed as digits)."""

    address: Address
    name: str = ""


def is_hex(word: str) -> bool:
    """Whether a word is meant as an address, right or wrong."""
    return word[:2].lower() == "0x"


def looks_like_wallet(word: str) -> bool:
    """Whether a bare word is meant as a wallet: 0x… or a dotted name, right or wrong."""
    return is_hex(word) or (_ENS.fullmatch(word) is not None and not word[0].isdigit())


def parse_address(word: str, example: str) -> Address:
    """A checksummed address; each way of being wrong is told apart. One case only needs no checksum."""
    # Half a second of imports, paid by the first address and not by the start.
    from eth_utils.address import to_checksum_address  # noqa: PLC0415

    digits = word[2:]
    if not _HEX.fullmatch("0x" + digits):
        raise UserError("address_digits", word, example)
    if len(digits) == 64:
        raise UserError("transaction_hash", word, example)
    if len(digits) != 40:
        raise UserError("address_length", word, example)
    checksummed = to_checksum_address("0x" + digits.lower())
    if digits not in {digits.lower(), digits.upper()} and checksummed[2:] != digits:
        raise UserError("bad_checksum", word, example)
    return Address(checksummed)


async def wallet(call: Call, word: str, example: str, known: Sequence[Watch] = ()) -> Wallet:
    """An address, an ENS name, or the number or label of a watched wallet (`known`)."""
    if is_hex(word):
        return Wallet(parse_address(word, example))
    mine = named(known, word)
    if mine is not None and isinstance(mine.target, WalletTarget):
        return Wallet(mine.target.address, mine.target.name)
    if "." in word:
        return await _resolved(call, word, example)
    labels = tuple(watch.label for watch in known if watch.label)
    raise UserError("not_an_address", word, example, nearest(word, labels))


async def _resolved(call: Call, name: str, example: str) -> Wallet:
    if not _ENS.fullmatch(name):
        raise UserError("not_a_name", name, example)
    address = await call.services.names.resolve(name)
    if address is None:
        raise UserError("unknown_name", name, example)
    return Wallet(address, name)


def find_watch(watches: Sequence[Watch], word: str, command: str, rest: str = "") -> Watch:
    """The watch of this number, label, name or address. `command` and `rest` make the example."""
    if not watches:
        raise UserError("no_watches", word, WATCH_EXAMPLE)
    found = named(watches, word)
    if found is not None:
        return found
    near = nearest(word, tuple(watch.label or _spoken(watch) for watch in watches))
    raise UserError("no_such_watch", word, f"/{command} {watches[0].number} {rest}".strip(), near)


def named(watches: Sequence[Watch], word: str) -> Watch | None:
    wanted = word.removeprefix("#").casefold()
    for watch in watches:
        names = {str(watch.number), watch.label.casefold(), _spoken(watch).casefold()}
        if isinstance(watch.target, WalletTarget):
            names.add(watch.target.address.casefold())
        if wanted in names - {""}:
            return watch
    return None


def _spoken(watch: Watch) -> str:
    match watch.target:
        case WalletTarget(address, name):
            return name or address
        case PriceTarget(_, asset):
            return asset.symbol
        case MirrorTarget(address=address, name=name):
            return f"mirror {name or address}"
        case ImaginedTarget(said=said):
            return said
        case FlowTarget() as target:
            return f"inflows {filter_words(target)}".strip()


def duration(word: str, example: str) -> int:
    try:
        return parse_duration(word)
    except ValueError as error:
        raise UserError("not_a_duration", word, example) from error


def no_more(args: Sequence[str], used: int, example: str) -> None:
    """Refuse what nobody would read."""
    if len(args) > used:
        raise UserError("extra_words", " ".join(args[used:]), example)


async def comma_is_point(call: Call) -> bool:
    """Whether this chat's locale writes 1,5 for one and a half."""
    settings = await call.services.book.settings(call.home)
    return bool(get_decimal_symbol(Locale.parse(settings.locale)) == ",")
