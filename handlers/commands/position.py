"""/position: one wallet in full, watched or not. A bare address or name is offered a watch here."""

from bot.domain.units import Address
from bot.errors import SourceError, UserError
from bot.messages.answers import Answer, Offer
from bot.messages.catalogue import _
from bot.subscriptions import WalletTarget
from handlers.commands.arguments import EXAMPLE_ADDRESS, WATCH_EXAMPLE, no_more, wallet
from handlers.commands.command import Call, Command, Form, Option
from handlers.commands.options import MARKET
from handlers.commands.reading import market_key, read_if_possible, read_wallet, shown, watched_number

EXAMPLE = f"/position {EXAMPLE_ADDRESS}"


async def run(call: Call) -> Answer:
    watches = await call.watches()
    wallets = [watch for watch in watches if isinstance(watch.target, WalletTarget)]
    if not call.args and len(wallets) != 1:
        raise UserError("missing_address", example=f"/position {wallets[0].number}" if wallets else EXAMPLE)
    word = call.args[0] if call.args else str(wallets[0].number)
    no_more(call.args, 2, f"/position {word}")
    found = await wallet(call, word, EXAMPLE, watches)
    market = market_key(call, call.args[1], EXAMPLE) if len(call.args) > 1 else ""
    seen = await read_wallet(call, found.address, market)
    name = found.name or next((one.label for one in wallets if one.target == WalletTarget(found.address)), "")
    return shown(found.address, name, seen, watched_number(watches, found.address))


async def offer(call: Call) -> Answer:
    """For a pasted address or name: what it is, and a button."""
    found = await wallet(call, call.args[0], WATCH_EXAMPLE)
    watches = await call.watches()
    name = found.name or await _name_of(call, found.address)
    number = watched_number(watches, found.address)
    return Offer(found.address, name, await read_if_possible(call, found.address), number)


async def _name_of(call: Call, address: Address) -> str:
    """A name is a courtesy: without one the address does."""
    try:
        return await call.services.names.name_of(address)
    except SourceError:
        return ""


COMMAND = Command(
    name="position",
    usage=_("<address, name, number or label> [market]"),
    summary=_("Health factor, liquidation price, what would cure it"),
    run=run,
    examples=(EXAMPLE, "/position vitalik.eth", "/position 1"),
    forms=(
        Form(
            "",
            _("Health factor, liquidation price, what would cure it"),
            (
                Option(
                    "wallet", _("Address, ENS name, number or label"), source="watch", sample=EXAMPLE_ADDRESS
                ),
                MARKET,
            ),
        ),
    ),
)
