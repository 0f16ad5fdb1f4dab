"""/simulate: a position that somebody imagines, kept and watched like a wallet."""

from bot.domain.whatif.engine import Refused
from bot.messages.answers import AlreadyWatched, Answer, WalletFacts, WatchAdded
from bot.messages.catalogue import _
from bot.messages.imagined import ImagineRefused
from bot.messages.typed.expression import Expression, Imagining, imagine, read_expression
from bot.messages.typed.printing import printed
from bot.subscriptions import ImaginedTarget, Watch
from handlers.commands.arguments import comma_is_point
from handlers.commands.command import Access, Call, Command, Form, Option
from handlers.commands.registering import free_label, register
from handlers.commands.states import (
    IMAGINED_RULES,
    SIMULATE,
    answering,
    coins_of,
    example_here,
    imagined,
    judged,
    market_for,
    market_now,
    simulate_example,
)


async def run(call: Call) -> Answer:
    text = " ".join(call.args)
    comma = await comma_is_point(call)
    typed = await judged(
        lambda: read_expression(text, comma_is_point=comma), lambda: example_here(call, simulate_example)
    )
    made = await imagine_here(call, typed)
    if isinstance(made, Refused):
        return ImagineRefused(made, text, await example_here(call, simulate_example))
    watches = await call.watches()
    label = free_label(watches, typed.label, f"{printed_of(call, made)} as whale{len(watches) or ''}")
    return await keep(call, watches, target_of(call, made), label, made.wrapped)


async def imagine_here(call: Call, typed: Expression) -> Imagining | Refused:
    """What was typed in its market, as that is now."""
    seen = await market_now(call, market_for(call, typed.market, SIMULATE))
    coins = coins_of(call, seen.market)
    with answering(simulate_example(coins, market_for(call, "", SIMULATE))):
        return imagine(typed, coins)


def target_of(call: Call, made: Imagining) -> ImaginedTarget:
    return ImaginedTarget(made.market.market, made.account, made.terms, _said(call, made))


def printed_of(call: Call, made: Imagining) -> str:
    """The command that makes it."""
    return f"/simulate {_said(call, made)}"


def _said(call: Call, made: Imagining) -> str:
    return printed(coins_of(call, made.market), made.account, made.terms)


async def keep(
    call: Call,
    watches: tuple[Watch, ...],
    target: ImaginedTarget,
    label: str,
    taken: tuple[tuple[str, str], ...] = (),
    *,
    twice: bool = False,
) -> Answer:
    """Watch it, unless the very same is watched and not wanted `twice`; with the card of this moment."""
    mine = None if twice else next((one for one in watches if one.target == target), None)
    if mine is not None:
        return AlreadyWatched(mine)
    new = Watch("", 0, call.home, target, IMAGINED_RULES, label)
    watch = await register(call, watches, new, target.said)
    held = await imagined(call, watch, target)
    return WatchAdded(watch, WalletFacts((held.position,)), taken=taken)


COMMAND = Command(
    name="simulate",
    usage=_("<amount asset, ...> vs <amount asset, ...> [on market] [emode n] [lt=0.83] [as label]"),
    summary=_("Keep and watch a position that you imagine"),
    run=run,
    examples=(
        SIMULATE,
        "/simulate 651k ETH vs 958m USDT",
        "/simulate 10 ETH + 1 WBTC vs 20k USDC, 5k USDT as demo",
        "/simulate 10 ETH vs 5k USDC lt=0.80",
    ),
    notes=(
        _("Amounts: 1.5k, 10M, 2,000.50, $4m. Assets by symbol in any case, or by address."),
        _("It takes the market's own terms, and its interest from now on; lt, ltv and bonus replace them."),
        _("Forty ways to type one are in docs/POSITIONS.md."),
    ),
    access=Access.EDITOR,
    forms=(
        Form(
            "",
            _("Keep and watch a position that you imagine"),
            (
                Option("collateral", _("Amounts and assets supplied, joined by +"), sample="10 ETH"),
                Option("debt", _("Amounts and assets owed, joined by +"), sample="5k USDC"),
                Option(
                    "terms",
                    _("Market, eMode, other terms, label: on prime emode 1 lt=0.83 as whale"),
                    required=False,
                    sample="as demo",
                ),
            ),
            start="vs",
            before=1,
        ),
    ),
)
