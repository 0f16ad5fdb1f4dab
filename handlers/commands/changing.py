"""Changes to an imagined position that last: for /edit, /clone, and the button of a what-if."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.aave_revisions import rules_of
from bot.domain.aave_state import AccountState, Holding, MarketState
from bot.domain.aave_v3 import normalized_debt, normalized_income, owed_amount, supplied_amount
from bot.domain.fixed_point import ray_div, ray_div_ceil, ray_div_floor
from bot.domain.positions import Rounding
from bot.domain.whatif.changes import Change, SetCategory, SetReserve
from bot.domain.whatif.engine import Outcome, Refused
from bot.domain.whatif.hypothetical import NOBODY
from bot.errors import UserError
from bot.messages.typed.asked import ask
from bot.messages.typed.clauses import Shock, read_clauses
from bot.messages.typed.expression import AS, VERSUS, imagine, read_expression, with_terms
from bot.messages.typed.printing import printed
from bot.messages.typed.storing import tidied
from bot.messages.typed.tokens import Word, cut
from bot.subscriptions import ImaginedTarget, Terms
from handlers.commands.command import Call
from handlers.commands.states import Held, answering, coins_of, market_for, market_now


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed about a position: changes or all of one anew, and a label behind `as`."""

    words: tuple[Word, ...]
    label: str = ""

    @property
    def is_whole(self) -> bool:
        """A position typed anew, not changes to the one there is."""
        return any(word.key in VERSUS for word in self.words)


def typed_of(args: Sequence[str]) -> Typed:
    words = cut(" ".join(args))
    at = next((index for index, word in enumerate(words) if word.key in AS), len(words))
    return Typed(tuple(words[:at]), " ".join(word.text for word in words[at + 1 :]))


async def changed(
    call: Call, held: Held, typed: Typed, example: str, *, comma_is_point: bool
) -> ImaginedTarget | Refused:
    """The position after what was typed; Refused with the contract's reason."""
    with answering(example):
        if typed.is_whole:
            whole = read_expression(
                " ".join(word.text for word in typed.words), comma_is_point=comma_is_point
            )
            key = market_for(call, whole.market, example) if whole.market else held.market.market
            coins = coins_of(call, (await market_now(call, key)).market)
            made = imagine(whole, coins)
            if isinstance(made, Refused):
                return made
            said = printed(replace(coins, market=made.market), made.account, made.terms)
            return ImaginedTarget(key, made.account, made.terms, said)
        if not typed.words:
            return kept(call, held, Outcome(held.market, held.seen.account), ())
        clauses = read_clauses(typed.words, comma_is_point=comma_is_point)
        shock = next((one for one in clauses if isinstance(one, Shock)), None)
        if shock is not None:
            raise UserError("price_is_live", shock.said)
        # What is imagined need not fit under caps or find liquidity.
        steps, done = ask(clauses, coins_of(call, held.market), held.seen.account, {}, call.services.baskets)
        return done if isinstance(done, Refused) else kept(call, held, done, steps)


def kept(call: Call, held: Held, done: Outcome, steps: Sequence[Change]) -> ImaginedTarget:
    """What an outcome becomes as a watch: its amounts and terms; prices and rates stay the market's own."""
    own = tuple(step for step in steps if isinstance(step, SetReserve | SetCategory))
    terms: tuple[Terms, ...] = _merged((*held.terms, *own))
    live = held.market.as_of.timestamp
    account = done.account if done.market.as_of.timestamp == live else _as_of(done, live)
    market = with_terms(held.market, own)
    account = replace(tidied(market, account), account=NOBODY)
    return ImaginedTarget(held.market.market, account, terms, printed(coins_of(call, market), account, terms))


def _merged(terms: Sequence[Terms]) -> tuple[Terms, ...]:
    """One for each asset and eMode: a later value stands for an earlier one."""
    found: dict[object, Terms] = {}
    for term in terms:
        key = term.asset if isinstance(term, SetReserve) else term.category
        old = found.get(key)
        found[key] = term if old is None else _over(old, term)
    return tuple(found.values())


def _over(old: Terms, new: Terms) -> Terms:
    values = {
        name: getattr(old, name) if getattr(new, name) is None else getattr(new, name)
        for name in ("ltv_bps", "threshold_bps", "bonus_bps")
    }
    return replace(new, **values)


def _as_of(done: Outcome, live: int) -> AccountState:
    """The account with the amounts that it has after some time, but now: interest begins at these."""
    holdings = tuple(_moved(done.market, held, live) for held in done.account.holdings)
    return replace(done.account, holdings=holdings)


def _moved(market: MarketState, held: Holding, live: int) -> Holding:
    """All debt becomes variable."""
    rules, reserve = rules_of(market.revision), market.reserves[held.reserve]
    later = market.as_of.timestamp
    has, owes = supplied_amount(held, reserve, later, rules), owed_amount(held, reserve, later, rules)
    down, up = (ray_div_floor, ray_div_ceil) if rules.rounding is Rounding.PROTOCOL else (ray_div, ray_div)
    at = max(live, reserve.last_update)
    return Holding(
        held.reserve,
        down(has, normalized_income(reserve, at)),
        up(owes, normalized_debt(reserve, at, rules)),
    )
