"""/price: what the oracles of the watched markets say of an asset."""

from bot.errors import UserError
from bot.messages.answers import Answer, PriceShown
from bot.messages.catalogue import _
from handlers.commands.arguments import no_more
from handlers.commands.command import Call, Command, Form
from handlers.commands.options import ASSET, MARKET
from handlers.commands.reading import find_prices


async def run(call: Call) -> Answer:
    example = f"/price {next(iter(call.services.prices.symbols()), 'WETH')}"
    if not call.args:
        raise UserError("missing_asset", example=example)
    no_more(call.args, 2, f"/price {call.args[0]}")
    market = call.args[1] if len(call.args) > 1 else ""
    return PriceShown(await find_prices(call, call.args[0], market, example))


COMMAND = Command(
    name="price",
    usage=_("<asset> [market]"),
    summary=_("Prices by the markets' own oracles"),
    run=run,
    examples=("/price ETH", "/price USDC ethereum"),
    forms=(Form("", _("Prices by the markets' own oracles"), (ASSET, MARKET)),),
    notes=(_("To be told when it moves: /watch ETH below 2500"),),
)
