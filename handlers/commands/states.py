"""Stored words of markets and accounts, for everything that imagines: read, given names, made positions.

Shared by the commands; the words come through `bot.ports.StateQuery`.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from bot.domain.aave_state import AccountState, MarketState
from bot.domain.aave_v3 import UnreadError, position
from bot.domain.markets import fold
from bot.domain.positions import Origin, Position
from bot.domain.rules import DEFAULT_RULES, HealthRule, Rule
from bot.domain.units import Address
from bot.domain.whatif.hypothetical import scaled_copy
from bot.errors import SourceError, UserError
from bot.messages.imagined import Whose
from bot.messages.typed.coins import Coins
from bot.messages.typed.expression import with_terms
from bot.messages.typed.near import nearest
from bot.ports import AccountSeen
from bot.subscriptions import ImaginedTarget, MirrorTarget, Terms, WalletTarget, Watch
from handlers.commands.command import Call
from handlers.commands.reading import market_key, read_wallet

USUAL_MARKET: Final = "ethereum"
NOBODY: Final = Address("")
Found = TypeVar("Found")
SIMULATE: Final = "/simulate 10 ETH vs 5k USDC"
IMAGINED_RULES: Final[tuple[Rule, ...]] = tuple(
    rule for rule in DEFAULT_RULES if isinstance(rule, HealthRule)
)
"""Nobody liquidates or closes what is only imagined."""


@dataclass(frozen=True, slots=True)
class Held:
    """A position with the stored words behind it; its market has the watch's own terms already."""

    whose: Whose
    seen: AccountSeen
    terms: tuple[Terms, ...] = ()

    @property
    def market(self) -> MarketState:
        return self.seen.market

    @property
    def position(self) -> Position:
        return position_of(self.seen.market, self.seen.account)


def position_of(market: MarketState, account: AccountState) -> Position:
    """SourceError when something that it depends on was not read."""
    try:
        return replace(position(market, account), origin=Origin(market, account))
    except UnreadError as error:
        raise SourceError(str(error)) from error


def coins_of(call: Call, market: MarketState) -> Coins:
    return Coins(market, call.services.atlas.known)


@contextmanager
def answering(example: str) -> Iterator[None]:
    """An error from reading what was typed goes out with this example, unless it has its own."""
    try:
        yield
    except UserError as error:
        if error.example:
            raise
        raise UserError(error.problem, error.wrong, example, error.nearest) from error


async def judged(read: Callable[[], Found], example: Callable[[], Awaitable[str]]) -> Found:
    """The same where the example must be looked for: only when it is needed."""
    try:
        return read()
    except UserError as error:
        if error.example:
            raise
        raise UserError(error.problem, error.wrong, await example(), error.nearest) from error


async def example_here(call: Call, made: Callable[[Coins, str], str]) -> str:
    """An example for the usual market, as that is now; the usual one when it does not answer."""
    usual = market_for(call, "", SIMULATE)
    try:
        seen = await market_now(call, usual)
    except SourceError:
        return SIMULATE
    return made(coins_of(call, seen.market), usual)


# ---- markets --------------------------------------------------------------------------------------------


def markets_read(call: Call) -> tuple[str, ...]:
    """Keys of the markets that are watched by this program."""
    return tuple(one.market for one in call.services.eyes.health()) or call.services.markets


def market_for(call: Call, name: str, example: str) -> str:
    """The market of that name, or the usual one: Ethereum Core, else the first that is read."""
    read = markets_read(call)
    if not name:
        return USUAL_MARKET if USUAL_MARKET in read or not read else read[0]
    if any(fold(name) == fold(key) for key in read):
        return next(key for key in read if fold(key) == fold(name))
    key = market_key(call, name, example)
    if read and key not in read:
        raise UserError("market_not_read", name, example, nearest(name, read) or read[:3])
    return key


async def market_now(call: Call, key: str) -> AccountSeen:
    """A market alone, with an account that has nothing."""
    return await call.services.states.account(NOBODY, key)


def simulate_example(coins: Coins, usual: str) -> str:
    """An expression that works in this market."""
    collateral, debt = coins.pair()
    on = "" if coins.market.market == usual else f" on {coins.market.market}"
    return f"/simulate 10 {collateral} vs {'5' if debt in {'ETH', 'WETH'} else '5k'} {debt}{on}"


# ---- positions ------------------------------------------------------------------------------------------


async def held_by(call: Call, watch: Watch) -> tuple[tuple[Held, ...], tuple[str, ...]]:
    """The positions of a watch, and titles of markets that gave no answer. SourceError: nothing was read."""
    match watch.target:
        case WalletTarget(address):
            return await held_by_wallet(call, Whose(watch=watch), address)
        case ImaginedTarget() | MirrorTarget() as target:
            return (await imagined(call, watch, target),), ()
        case _:
            return (), ()


async def imagined(call: Call, watch: Watch, target: ImaginedTarget | MirrorTarget) -> Held:
    account = watch.account or NOBODY
    if isinstance(target, MirrorTarget):
        seen = await call.services.states.account(target.address, target.market)
        copy = scaled_copy(seen.account, target.numerator, target.denominator)
        return Held(Whose(watch=watch), replace(seen, account=replace(copy, account=account)))
    seen = await market_now(call, target.market)
    market = with_terms(seen.market, target.terms)
    state = replace(target.state, account=account)
    return Held(Whose(watch=watch), AccountSeen(market, state, seen.liquidity), target.terms)


async def held_by_wallet(
    call: Call, whose: Whose, address: Address, market: str = ""
) -> tuple[tuple[Held, ...], tuple[str, ...]]:
    """In every market where the wallet has something; the lowest health factor first."""
    facts = await read_wallet(call, address, market)
    unread = list(facts.unread)
    found = []
    for one in sorted(facts.positions, key=lambda at: at.health_factor):
        try:
            seen = await call.services.states.account(address, one.market)
        except SourceError:
            unread.append(call.services.atlas.market_title(one.market))
        else:
            found.append(Held(whose, seen))
    if unread and not found and facts.positions:
        raise SourceError("no stored words of any position")
    return tuple(found), tuple(unread)


def closest(held: Sequence[Held]) -> Held | None:
    """The one that would be liquidated first; None of none."""
    return min(held, key=lambda one: one.position.health_factor, default=None)
