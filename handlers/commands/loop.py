"""/loop: deposit, borrow, swap, again; what comes of it, or why the market would not allow it."""

from bot.domain.aave_v3 import UnreadError
from bot.domain.loop_model import LoopRefused
from bot.domain.loops import loop
from bot.errors import SourceError
from bot.messages.answers import Answer
from bot.messages.catalogue import _
from bot.messages.imagined import LoopShown, Whose
from bot.messages.typed.coins import Coins
from bot.messages.typed.looping import loop_of, read_loop
from handlers.commands.arguments import comma_is_point
from handlers.commands.command import Call, Command, Form, Option
from handlers.commands.drafts import keep_draft
from handlers.commands.past import restless
from handlers.commands.states import (
    Held,
    answering,
    coins_of,
    example_here,
    judged,
    market_for,
    market_now,
)


async def run(call: Call) -> Answer:
    text, comma = " ".join(call.args), await comma_is_point(call)
    typed = await judged(lambda: read_loop(text, comma_is_point=comma), lambda: example_here(call, _example))
    usual = market_for(call, "", "/loop 10 ETH 2x")
    seen = await market_now(call, market_for(call, typed.market, await example_here(call, _example)))
    coins = coins_of(call, seen.market)
    with answering(_example(coins, usual)):
        wanted = loop_of(typed, coins, call.services.baskets)
    try:
        looped = loop(seen.market, wanted, seen.account, seen.liquidity)
    except UnreadError as error:
        raise SourceError(str(error)) from error
    reached = looped.reached if isinstance(looped, LoopRefused) else looped
    draft = ""
    if reached.rounds or not isinstance(looped, LoopRefused):
        draft = await keep_draft(call, Held(Whose(), seen), reached.outcome, (), typed.label)
    return LoopShown(looped, wanted, text, draft, await restless(call, (reached.position,)))


def _example(coins: Coins, usual: str) -> str:
    """A loop that works in this market."""
    collateral, debt = coins.pair()
    on = "" if coins.market.market == usual else f" on {coins.market.market}"
    return f"/loop 10 {collateral} vs {debt} 2x{on}"


COMMAND = Command(
    name="loop",
    usage=_("<amount asset> [vs asset] <3x, ltv 70% or 4 rounds> [emode n] [fee 0.1%] [on market]"),
    summary=_("What a leveraged loop comes to, round by round"),
    run=run,
    examples=(
        "/loop 10 ETH 2x",
        "/loop 10 wstETH vs ETH 5x emode 1",
        "/loop 10 ETH vs USDC ltv 70% fee 0.1% slippage 0.2%",
        "/loop 10 ETH 3 rounds",
    ),
    notes=(
        _("Swaps are at oracle prices, less the fee and the slippage that you give."),
        _("What an asset earns by itself, as wstETH does, is counted only if you say so: yield 2.8%."),
        _("Nothing is done anywhere. A button keeps the result as a watched position."),
    ),
    forms=(
        Form(
            "",
            _("What a leveraged loop comes to, round by round"),
            (
                Option("amount", _("How much of what: 10 ETH"), sample="10 ETH"),
                Option("goal", _("3x, ltv 70%, or 4 rounds"), sample="2x"),
                Option(
                    "terms",
                    _("vs what, eMode, costs, market: vs USDC emode 1 fee 0.1% on prime"),
                    required=False,
                    sample="vs USDC fee 0.1%",
                ),
            ),
        ),
    ),
)
