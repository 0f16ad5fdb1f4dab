"""/watch: a wallet with an optional label, or an asset's price above, below, or moving."""

from dataclasses import replace

from bot.domain.rules import DEFAULT_RULES
from bot.errors import UserError
from bot.messages.answers import AlreadyWatched, Answer, WatchAdded
from bot.messages.catalogue import _
from bot.subscriptions import PriceTarget, WalletTarget, Watch
from handlers.commands.arguments import (
    EXAMPLE_ADDRESS,
    WATCH_EXAMPLE,
    comma_is_point,
    is_hex,
    looks_like_wallet,
    no_more,
    parse_address,
    wallet,
)
from handlers.commands.command import Access, Call, Command, Form, Option
from handlers.commands.labels import label_from
from handlers.commands.options import ASSET, MARKET, PERCENT, PRICE, WINDOW, switch
from handlers.commands.pricerules import DIRECTIONS, read_price_rule, with_rule, words_taken
from handlers.commands.reading import find_prices, is_asset, read_if_possible
from handlers.commands.registering import register


async def run(call: Call) -> Answer:
    if not call.args:
        raise UserError("missing_address", example=WATCH_EXAMPLE)
    word = call.args[0]
    conditional = len(call.args) > 1 and call.args[1].casefold() in DIRECTIONS
    if is_hex(word):
        return await _watch_token_price(call) if conditional else await _watch_wallet(call)
    # Dots are in the symbols of assets (USDC.e) as in names.
    if conditional or is_asset(call, word):
        return await _watch_price(call)
    if looks_like_wallet(word):
        return await _watch_wallet(call)
    if len(call.args) > 1:
        return await _watch_price(call)
    await wallet(call, word, WATCH_EXAMPLE, await call.watches())
    return await _watch_wallet(call)


async def _watch_wallet(call: Call) -> Answer:
    watches = await call.watches()
    found = await wallet(call, call.args[0], WATCH_EXAMPLE, watches)
    label = _label(call, watches, found.address)
    mine = next(
        (
            one
            for one in watches
            if isinstance(one.target, WalletTarget) and one.target.address == found.address
        ),
        None,
    )
    if mine is not None:
        renamed = bool(label) and label != mine.label
        if renamed:
            mine = replace(mine, label=label)
            await call.services.book.put(mine)
        return AlreadyWatched(mine, renamed)
    target = WalletTarget(found.address, found.name)
    watch = await register(call, watches, Watch("", 0, call.home, target, DEFAULT_RULES, label), call.args[0])
    return WatchAdded(watch, await read_if_possible(call, found.address))


def _label(call: Call, watches: tuple[Watch, ...], address: str) -> str:
    """The words after the address, in quotes or not; unique here, never a number."""
    others = {
        one.label.casefold()
        for one in watches
        if not (isinstance(one.target, WalletTarget) and one.target.address == address)
    }
    example = f"/watch {EXAMPLE_ADDRESS} treasury{len(watches) or ''}"
    return label_from(" ".join(call.args[1:]), others, example)


async def _watch_token_price(call: Call) -> Answer:
    """A price watch of the token at this address; a wallet may not be labelled like a condition."""
    token = parse_address(call.args[0], WATCH_EXAMPLE)
    if not await call.services.prices.prices(token):
        raise UserError("label_is_condition", " ".join(call.args[1:]), f"/watch {token}")
    return await _watch_price(call)


async def _watch_price(call: Call) -> Answer:
    symbol, *words = call.args
    taken = words_taken(words)
    example = f"/price {next(iter(call.services.prices.symbols()), 'WETH')}"
    no_more(words, taken + 1, " ".join(("/watch", symbol, *words[:taken])))
    found = await find_prices(call, symbol, words[taken] if len(words) > taken else "", example)
    seen = found[0]
    rule = read_price_rule(words, seen, f"/watch {symbol}", comma_is_point=await comma_is_point(call))
    watches = await call.watches()
    target = PriceTarget(seen.market, seen.asset)
    mine = next((one for one in watches if one.target == target), None)
    if mine is None:
        watch = await register(call, watches, Watch("", 0, call.home, target, (rule,)), call.args[0])
        return WatchAdded(watch, price=seen, rule=rule)
    if any(one.key == rule.key for one in mine.rules):
        return AlreadyWatched(mine)
    watch = with_rule(mine, rule)
    await call.services.book.put(watch)
    return WatchAdded(watch, price=seen, rule=rule)


COMMAND = Command(
    name="watch",
    usage=_("<address or name> [label]  or  <asset> above|below <price>  or  <asset> moves <percent> <time>"),
    summary=_("Watch a wallet, or a price"),
    run=run,
    examples=(
        WATCH_EXAMPLE,
        "/watch vitalik.eth treasury",
        "/watch ETH below 2500",
        "/watch ETH moves 5% 1h",
    ),
    notes=(_("A wallet is watched in every market I read, by health factor, liquidation and closing."),),
    access=Access.EDITOR,
    forms=(
        Form(
            "wallet",
            _("Watch a wallet in every market I read"),
            (
                Option("address", _("Address or ENS name of the wallet"), sample=EXAMPLE_ADDRESS),
                Option(
                    "label", _("What you call it, up to 32 letters"), required=False, sample="main wallet"
                ),
            ),
        ),
        Form(
            "price",
            _("Tell when an asset's price rises above or falls below a level"),
            (ASSET, switch("direction", _("Which way"), "below", "above"), PRICE, MARKET),
        ),
        Form(
            "moves",
            _("Tell when an asset's price moves, up or down"),
            (ASSET, PERCENT, WINDOW, MARKET),
            start="moves",
            before=1,
        ),
    ),
)
