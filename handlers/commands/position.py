"""/position: one wallet in full, watched or not. A bare address or name is offered a watch here."""

from dataclasses import replace

from bot.domain.units import Address
from bot.errors import SourceError, UserError
from bot.messages.answers import Answer, NoDebt, NothingThere, Offer, PositionShown, WalletFacts
from bot.messages.catalogue import _
from bot.subscriptions import FlowTarget, ImaginedTarget, MirrorTarget, PriceTarget, WalletTarget, Watch
from handlers.commands.arguments import EXAMPLE_ADDRESS, WATCH_EXAMPLE, named, no_more, wallet
from handlers.commands.command import Call, Command, Form, Option
from handlers.commands.deposited import deposited
from handlers.commands.options import MARKET
from handlers.commands.past import restless
from handlers.commands.reading import market_key, read_if_possible, read_wallet, shown, watched_number
from handlers.commands.states import imagined

EXAMPLE = f"/position {EXAMPLE_ADDRESS}"


async def run(call: Call) -> Answer:
    watches = await call.watches()
    wallets = [watch for watch in watches if not isinstance(watch.target, PriceTarget | FlowTarget)]
    if not call.args and len(wallets) != 1:
        raise UserError("missing_address", example=f"/position {wallets[0].number}" if wallets else EXAMPLE)
    word = call.args[0] if call.args else str(wallets[0].number)
    watch = named(watches, word)
    if watch is not None and isinstance(watch.target, ImaginedTarget | MirrorTarget):
        return await _imagined(call, watch, watch.target)
    no_more(call.args, 2, f"/position {word}")
    found = await wallet(call, word, EXAMPLE, watches)
    market = market_key(call, call.args[1], EXAMPLE) if len(call.args) > 1 else ""
    seen = await read_wallet(call, found.address, market)
    name = found.name or next((one.label for one in wallets if one.target == WalletTarget(found.address)), "")
    answer = shown(found.address, name, seen, watched_number(watches, found.address))
    if not isinstance(answer, NothingThere):
        answer = replace(answer, deposits=await deposited(call, found.address, watches))
    return await _with_odds(call, answer)


async def _imagined(call: Call, watch: Watch, target: ImaginedTarget | MirrorTarget) -> Answer:
    no_more(call.args, 1, f"/position {watch.number}")
    at = (await imagined(call, watch, target)).position
    facts = WalletFacts(() if at.is_empty else (at,))
    answer = shown(at.account, watch.label, facts, watch.number)
    return await _with_odds(call, replace(answer, watch=watch))


async def _with_odds(call: Call, answer: PositionShown | NoDebt | NothingThere) -> Answer:
    """How restless its prices were, where that is known."""
    if not isinstance(answer, PositionShown):
        return answer
    return replace(answer, restless=await restless(call, answer.wallet.indebted))


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
