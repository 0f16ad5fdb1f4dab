"""/inflows: what reaches exchanges, by filters that one types in any order; one tap for what most want."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.domain.rules import FlowRule, TransferRule
from bot.domain.units import Address
from bot.messages.answers import Answer
from bot.messages.catalogue import _
from bot.messages.flowanswers import Became, InflowsOff, InflowsOn, InflowsShown
from bot.messages.typed.flowreading import FlowAsked
from bot.messages.typed.flows import read_flows
from bot.messages.typed.tokens import cut
from bot.subscriptions import FlowTarget, WalletTarget, Watch
from handlers.commands.arguments import comma_is_point, no_more, wallet
from handlers.commands.command import Access, Call, Command, Form, Option
from handlers.commands.flownames import lexicon, usual
from handlers.commands.owners import of_owner
from handlers.commands.pricerules import with_rule
from handlers.commands.registering import register

ON: Final = ("on", "default", "defaults")
SHOW: Final = ("show", "list")
OFF: Final = "off"


async def run(call: Call) -> Answer:
    word = call.args[0].casefold() if call.args else SHOW[0]
    if word in SHOW:
        no_more(call.args, 1, "/inflows")
        return InflowsShown(_flow_watches(await call.watches()), usual(call), read=_read(call))
    if word in ON:
        no_more(call.args, 1, "/inflows on")
        return await _keep(call, usual(call), TransferRule())
    if word == OFF:
        no_more(call.args, 1, "/inflows off")
        return await _off(call)
    words = cut(" ".join(call.args))
    asked = read_flows(words, await lexicon(call), comma_is_point=await comma_is_point(call))
    return await _keep(call, await filter_of(call, asked, " ".join(call.args)), asked.rule)


async def filter_of(call: Call, asked: FlowAsked, said: str) -> FlowTarget:
    """The filter with everybody's addresses. UserError for who is nobody."""
    watches = await call.watches()
    return FlowTarget(
        tuple(asked.assets),
        tuple(asked.exchanges),
        tuple(asked.chains),
        await _wallets(call, watches, asked.senders, "from"),
        await _wallets(call, watches, asked.receivers, "to"),
        asked.directions,
        said,
    )


async def _wallets(
    call: Call, watches: Sequence[Watch], words: Sequence[str], before: str
) -> tuple[Address, ...]:
    """An address, a name, a watch, or all wallets of an owner."""
    found: dict[Address, None] = {}
    for word in words:
        owned = [one.target for one in of_owner(watches, word) if isinstance(one.target, WalletTarget)]
        if owned:
            found.update((target.address, None) for target in owned)
            continue
        example = f"/inflows {before} 0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
        found[(await wallet(call, word, example, watches)).address] = None
    return tuple(found)


def _flow_watches(watches: Sequence[Watch]) -> tuple[Watch, ...]:
    return tuple(one for one in watches if isinstance(one.target, FlowTarget))


def _read(call: Call) -> bool:
    return bool(call.services.tracked())


async def _keep(call: Call, target: FlowTarget, rule: FlowRule) -> InflowsOn:
    """A watch of its own, or a rule more of the one with that filter."""
    watches = await call.watches()
    alike = replace(target, said="")
    mine = next(
        (
            one
            for one in watches
            if isinstance(one.target, FlowTarget) and replace(one.target, said="") == alike
        ),
        None,
    )
    if mine is None:
        watch = await register(call, watches, Watch("", 0, call.home, target, (rule,)), target.said)
        return InflowsOn(watch, rule, read=_read(call))
    if rule in mine.rules:
        return InflowsOn(mine, rule, Became.KNOWN, read=_read(call))
    had = any(one.key == rule.key for one in mine.rules)
    changed = with_rule(mine, rule)
    await call.services.book.put(changed)
    return InflowsOn(changed, rule, Became.CHANGED if had else Became.JOINED, read=_read(call))


async def _off(call: Call) -> InflowsOff:
    watches = _flow_watches(await call.watches())
    for watch in watches:
        await call.services.book.remove(watch)
    return InflowsOff(watches)


def _needs(args: tuple[str, ...]) -> Access:
    return Access.EDITOR if args and args[0].casefold() not in SHOW else Access.VIEWER


_FILTER = Option(
    "filter",
    _("Asset, exchange, from or to whom, how much, in what time: in any order"),
    sample="ETH 20000",
)

COMMAND = Command(
    name="inflows",
    usage=_("[on | off | a filter]"),
    summary=_("Tell when big amounts reach an exchange"),
    run=run,
    examples=(
        "/inflows",
        "/inflows on",
        "/inflows 5m",
        "/inflows ETH 20000",
        "/inflows ETH from vitalik.eth $1m",
        "/inflows USDT Binance 50m in 24h",
        "/inflows ETH unusual",
        "/inflows digest daily",
        "/inflows ETH out 20000",
        "/inflows off",
    ),
    notes=(
        _("Words in any order: assets, exchanges, from or to a wallet, on a chain, an amount, in a time."),
        _("An amount is coins behind one asset (ETH 20000), else dollars; with a $ always dollars."),
        _("In a time: what adds up, of everybody; each: of one sender. out: what leaves exchanges."),
    ),
    needs=_needs,
    forms=(
        Form("show", _("What I tell of flows here"), start="show"),
        Form("on", _("Ether and its like, WBTC, USDT and USDC from $10M on"), start="on"),
        Form("add", _("Tell of flows that fit a filter"), (_FILTER,)),
        Form(
            "digest",
            _("What flowed in and out, every hour or day"),
            (
                Option("every", _("How often"), choices=("daily", "hourly"), sample="daily"),
                Option(
                    "exchange", _("Of one exchange only"), required=False, source="exchange", sample="Binance"
                ),
            ),
            start="digest",
        ),
        Form("off", _("Tell of no flows any more"), start="off"),
    ),
)
