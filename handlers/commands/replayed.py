"""What is replayed: a watch, a typed position, a price, transfers, or an episode's own wallets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from bot.domain.aave_state import AccountState, MarketState
from bot.domain.baskets import basket_of
from bot.domain.positions import Owed, Supplied
from bot.domain.rules import Rule
from bot.domain.units import Address, Asset, RawAmount
from bot.domain.whatif.engine import Refused
from bot.domain.whatif.hypothetical import hypothetical
from bot.errors import SourceError, UserError
from bot.messages.imagined import ImagineRefused, Whose
from bot.messages.typed.coins import Coins
from bot.messages.typed.expression import VERSUS, Expression, imagine, read_expression
from bot.subscriptions import FlowTarget, PriceTarget, Watch
from handlers.commands.arguments import comma_is_point, find_watch, looks_like_wallet, named, wallet
from handlers.commands.command import Call
from handlers.commands.reading import is_asset
from handlers.commands.states import (
    Held,
    closest,
    coins_of,
    held_by,
    held_by_wallet,
    judged,
    market_for,
    market_now,
)


@dataclass(frozen=True, slots=True)
class Subject:
    """At most one of `account`, `asset` and `flow`; none: the episode's own wallets.

    `market` is where the account or asset is, of the present; None over an episode.
    """

    whose: Whose | None = None
    rules: tuple[Rule, ...] = ()
    """The watch's own."""
    account: AccountState | None = None
    asset: Asset | None = None
    flow: FlowTarget | None = None
    market: MarketState | None = None
    base_unit: int = 1
    taken: tuple[tuple[str, str], ...] = ()
    """(asset, what stands for it in the episode)."""


async def subject_of(
    call: Call, what: str, kind: str, example: str, episode: MarketState | None
) -> Subject | ImagineRefused:
    """`kind` is that of the rules typed, if any; `episode` the market it is put into, None = today's."""
    if not what:
        if kind == "price":
            raise UserError("replay_needs_asset", "", "/replay ETH below 2000 trend-research")
        return Subject(flow=FlowTarget() if kind == "flow" else None)
    watches = await call.watches()
    watch = named(watches, what)
    if watch is not None:
        return await _of_watch(call, watch, what, episode)
    words = what.split()
    if len(words) > 1 and any(word.casefold() in VERSUS for word in words):
        return await _typed(call, what, example, episode)
    if len(words) == 1 and looks_like_wallet(what):
        found = await wallet(call, what, example, watches)
        whose = Whose(name=found.name, address=found.address)
        held, _unread = await held_by_wallet(call, whose, found.address)
        return _held(call, closest(held), whose, (), what, episode)
    if len(words) == 1 and (kind == "price" or is_asset(call, what)):
        return await _priced(call, what, episode)
    if len(words) == 1:
        find_watch(watches, what, "replay", "trend-research")
    return await _typed(call, what, example, episode)


async def _of_watch(call: Call, watch: Watch, what: str, episode: MarketState | None) -> Subject:
    whose = Whose(watch=watch)
    match watch.target:
        case FlowTarget() as flow:
            return Subject(whose, watch.rules, flow=flow)
        case PriceTarget(market, asset):
            if episode is None:
                now = (await market_now(call, market)).market
                return Subject(whose, watch.rules, asset=asset, market=now, base_unit=now.base_unit)
            reserve = Coins(episode, {}).find(call.services.atlas.symbol(asset))
            # The rules name the live market's asset, which the episode's need not be.
            return Subject(whose, (), asset=reserve.asset, base_unit=episode.base_unit)
        case _:
            held, _unread = await held_by(call, watch)
            return _held(call, closest(held), whose, watch.rules, what, episode)


def _held(
    call: Call,
    held: Held | None,
    whose: Whose,
    rules: tuple[Rule, ...],
    what: str,
    episode: MarketState | None,
) -> Subject:
    if held is None:
        raise UserError("nothing_to_try", what, "/replay 10 ETH vs 16k USDT trend-research")
    if episode is None:
        return Subject(whose, rules, account=held.seen.account, market=held.market)
    position, tried = held.position, _Cast(call, Coins(episode, {}), held.market)
    supplied = tried.amounts([part for part in position.supplied if part.collateral])
    owed = tried.amounts(position.owed)
    category = episode.emodes.get(position.emode)
    emode = position.emode if category and category.label == position.emode_label else 0
    made = hypothetical(episode, supplied, owed, emode)
    if isinstance(made, Refused):
        raise UserError("cannot_be_imagined", what, "/replay 10 ETH vs 16k USDT trend-research")
    return Subject(whose, rules, account=made, taken=tuple(tried.taken.items()))


@dataclass(slots=True)
class _Cast:
    """A position of today put into an episode: by symbol, else by what is in the same basket."""

    call: Call
    coins: Coins
    today: MarketState
    taken: dict[str, str] = field(default_factory=dict)

    def amounts(self, parts: Sequence[Supplied | Owed]) -> dict[Address, RawAmount]:
        """Raw amounts in the episode. UserError for an asset that nothing there can stand for."""
        found: dict[Address, RawAmount] = {}
        for part in parts:
            its = self._stand_in(part.asset)
            worth = Fraction(part.amount * its.unit, part.asset.unit) * self._ratio(part, its)
            found[its.address] = RawAmount(found.get(its.address, 0) + int(worth))
        return {address: amount for address, amount in found.items() if amount}

    def _stand_in(self, asset: Asset) -> Asset:
        symbol = self.call.services.atlas.symbol(asset)
        try:
            return self.coins.find(symbol).asset
        except UserError:
            basket = basket_of(asset, self.call.services.baskets)
            listed = (one.asset for one in self.coins.market.reserves.values())
            other = next((one for one in listed if basket and basket.has(one)), None)
            if other is None:
                raise
            self.taken[symbol] = other.symbol
            return other

    def _ratio(self, part: Supplied | Owed, its: Asset) -> Fraction:
        """Of prices today; one to one where its is not known today."""
        reserves = self.today.reserves.values()
        index = next((one.index for one in reserves if one.asset.address == its.address), None)
        price = 0 if index is None else self.today.prices.get(index, 0)
        return Fraction(part.price, price) if price and its.address != part.asset.address else Fraction(1)


async def _typed(
    call: Call, what: str, example: str, episode: MarketState | None
) -> Subject | ImagineRefused:
    comma = await comma_is_point(call)

    async def shown() -> str:
        return example

    typed = await judged(lambda: read_expression(what, comma_is_point=comma), shown)
    market = episode or await _live(call, typed, example)
    coins = Coins(market, {}) if episode else coins_of(call, market)
    try:
        made = imagine(typed, coins)
    except UserError as error:
        raise UserError(error.problem, error.wrong, error.example or example, error.nearest) from error
    if isinstance(made, Refused):
        return ImagineRefused(made, what, example)
    if made.terms and episode:
        raise UserError("replay_own_terms", what, example)
    return Subject(account=made.account, market=None if episode else made.market, taken=made.wrapped)


async def _live(call: Call, typed: Expression, example: str) -> MarketState:
    return (await market_now(call, market_for(call, typed.market, example))).market


async def _priced(call: Call, what: str, episode: MarketState | None) -> Subject:
    if episode is not None:
        reserve = Coins(episode, {}).find(what)
        return Subject(asset=reserve.asset, base_unit=episode.base_unit)
    key = market_for(call, "", "/replay ETH below 2000 7d")
    market = (await market_now(call, key)).market
    if not market.reserves:
        raise SourceError(f"{key}: has no reserves")
    asset = coins_of(call, market).find(what).asset
    return Subject(asset=asset, market=market, base_unit=market.base_unit)
