"""/whatif: prices, actions, terms and time tried on anything watched, any wallet, or all of an owner's."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.whatif.engine import Outcome
from bot.errors import SourceError, UserError
from bot.messages.answers import Answer
from bot.messages.catalogue import _
from bot.messages.imagined import WhatIfShown, WhatIfsShown, Whose
from bot.messages.typed.asked import ask
from bot.messages.typed.clauses import Clause, read_clauses
from bot.messages.typed.tokens import cut
from bot.subscriptions import FlowTarget, PriceTarget, Watch
from handlers.commands.arguments import (
    EXAMPLE_ADDRESS,
    comma_is_point,
    looks_like_wallet,
    named,
    nearest,
    wallet,
)
from handlers.commands.command import Call, Command, Form, Option
from handlers.commands.drafts import keep_draft
from handlers.commands.owners import of_owner, owners_of
from handlers.commands.past import restless
from handlers.commands.states import Held, answering, coins_of, held_by, held_by_wallet

EXAMPLE = f"/whatif {EXAMPLE_ADDRESS} ETH -20%"
ALL = "all"
CASES_AT_MOST = 20
AT_ONCE = 5
_NAME_WORDS = 5


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose positions, and the words that were left for the changes."""

    held: tuple[Held, ...]
    unread: tuple[str, ...]
    rest: tuple[str, ...]
    name: str = ""
    who: str = ""


async def run(call: Call) -> Answer:
    watches = await call.watches()
    if not call.args:
        raise UserError("missing_whatif", example=_example(watches))
    asked = await _subject(call, watches)
    example = f"/whatif {asked.who} {_try(call, asked)}".replace("  ", " ")
    if not asked.held:
        if asked.unread:
            raise SourceError("no market answered")
        raise UserError("nothing_to_try", asked.who, EXAMPLE)
    with answering(example):
        clauses = read_clauses(cut(" ".join(asked.rest)), comma_is_point=await comma_is_point(call))
    if len(asked.held) == 1 and not asked.name:
        with answering(example):
            return await _case(call, asked.held[0], clauses, alone=True)
    cases = []
    for held in sorted(asked.held, key=lambda one: one.position.health_factor)[:CASES_AT_MOST]:
        with answering(example):
            cases.append(await _case(call, held, clauses, alone=False))
    return WhatIfsShown(tuple(cases), asked.name, asked.unread)


async def _case(call: Call, held: Held, clauses: Sequence[Clause], *, alone: bool) -> WhatIfShown:
    """`alone`: it may be kept by a button, which several at once would crowd."""
    seen = held.seen
    steps, done = ask(
        clauses, coins_of(call, seen.market), seen.account, seen.liquidity, call.services.baskets
    )
    before, draft = held.position, ""
    if alone and isinstance(done, Outcome) and done.account.holdings:
        draft = await keep_draft(call, held, done, steps)
    return WhatIfShown(
        held.whose,
        before,
        done,
        tuple(one.said for one in clauses),
        steps,
        draft,
        await restless(call, (before,)),
    )


# ---- whose ----------------------------------------------------------------------------------------------


async def _subject(call: Call, watches: Sequence[Watch]) -> _Asked:
    """A watch by any of its names, an owner, all, a wallet; or the only position that is watched here."""
    for count in range(min(_NAME_WORDS, len(call.args)), 0, -1):
        words = " ".join(call.args[:count]).strip('"“”')
        watch, rest = named(watches, words), call.args[count:]
        if watch is not None and not isinstance(watch.target, PriceTarget | FlowTarget):
            held, unread = await held_by(call, watch)
            return _Asked(held, unread, rest, who=str(watch.number))
        owned = of_owner(watches, words)
        if owned:
            return await _several(call, owned, rest, owned[0].owner, words)
    first, rest = call.args[0], call.args[1:]
    if first.casefold() == ALL and watches:
        return await _several(call, watches, rest, "", ALL)
    if looks_like_wallet(first):
        found = await wallet(call, first, EXAMPLE, watches)
        whose = Whose(name=found.name, address=found.address)
        held, unread = await held_by_wallet(call, whose, found.address)
        return _Asked(held, unread, rest, who=first)
    positions = [one for one in watches if not isinstance(one.target, PriceTarget | FlowTarget)]
    if len(positions) == 1:
        try:
            read_clauses(cut(" ".join(call.args)))
        except UserError:
            pass
        else:
            held, unread = await held_by(call, positions[0])
            return _Asked(held, unread, call.args, who=str(positions[0].number))
    labels = (*(one.label for one in watches), *owners_of(watches))
    raise UserError("no_such_position", first, _example(watches), nearest(first, labels))


async def _several(
    call: Call, watches: Sequence[Watch], rest: tuple[str, ...], name: str, who: str
) -> _Asked:
    gate = asyncio.Semaphore(AT_ONCE)
    unread: list[str] = []

    async def one(watch: Watch) -> tuple[Held, ...]:
        async with gate:
            try:
                held, missing = await held_by(call, watch)
            except SourceError:
                unread.append(watch.label or f"#{watch.number}")
                return ()
            unread.extend(missing)
            return held

    found = await asyncio.gather(*(one(watch) for watch in watches))
    held = tuple(one for some in found for one in some)
    return _Asked(held, tuple(dict.fromkeys(unread)), rest, name or ALL, who)


def _example(watches: Sequence[Watch]) -> str:
    first = next((one for one in watches if not isinstance(one.target, PriceTarget | FlowTarget)), None)
    return f"/whatif {first.number} 30d" if first is not None else EXAMPLE


def _try(call: Call, asked: _Asked) -> str:
    """A change that can be asked of what is held: a fall of the first that counts, else time."""
    for held in asked.held:
        for part in held.position.supplied:
            return f"{coins_of(call, held.market).spoken(part.asset)} -20%"
    return "30d"


COMMAND = Command(
    name="whatif",
    usage=_("<watch, wallet, owner or all> <changes>"),
    summary=_("Try prices, actions, terms and time on a position"),
    run=run,
    examples=(
        EXAMPLE,
        "/whatif 1 ETH 1750",
        "/whatif 1 wstETH/ETH -3%, ETH -10%",
        "/whatif 1 repay 4k USDC and add 2 ETH",
        "/whatif 1 lt 0.80, 30d",
    ),
    notes=(
        _("ETH moves all that moves with it (wstETH, weETH ...); with the word only it moves alone."),
        _("Prices: ETH -20%, ETH 1750, wstETH/ETH -3%. Actions: repay, add, withdraw, borrow; all is all."),
        _("Terms: lt 0.80, ltv 70%, emode 1 or off. Interest: 30d."),
        _("Nothing is done anywhere. A button keeps the result as a watched position."),
    ),
    forms=(
        Form(
            "",
            _("Try prices, actions, terms and time on a position"),
            (
                Option(
                    "position",
                    _("A watch, a wallet, an owner, or all"),
                    source="holder",
                    sample=EXAMPLE_ADDRESS,
                ),
                Option("changes", _("ETH -20%, repay 4k USDC, lt 0.80, 30d"), sample="ETH -20%"),
            ),
        ),
    ),
)
