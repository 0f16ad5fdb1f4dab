"""Random what-ifs for the proof against the contracts: a day's governance, a block's steps, amounts.

Plans only: `test_whatif` predicts them, sends them and compares. A step is a change and the transaction that
does it; the same rng makes the same ones.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from bot.domain import aave_config as config
from bot.domain.aave_state import MarketState, ReserveState
from bot.domain.aave_v3 import owed_amount, position, supplied_amount
from bot.domain.units import BaseAmount, Bps, RawAmount
from bot.domain.whatif.changes import (
    EVERYTHING,
    Borrow,
    Change,
    Repay,
    SetCategory,
    SetCollateral,
    SetEMode,
    SetPrices,
    SetReserve,
    Supply,
    Withdraw,
)
from bot.domain.whatif.draft import Draft
from bot.domain.whatif.engine import Outcome, apply
from tests.chain.abi import call_data, dynamic_call_data
from tests.chain.market import Market
from tests.chain.parts import OWNER, STABLE, VARIABLE, Tx

_KINDS = {"supply": 3, "withdraw": 4, "borrow": 6, "repay": 4, "collateral": 3, "emode": 3}
_CEILING = "SNX"  # the lab's only asset with a debt ceiling


@dataclass(frozen=True, slots=True)
class Step:
    change: Change
    tx: Tx


# --- governance -----------------------------------------------------------------------------------------


def _bits(start: int, width: int, value: int) -> Callable[[int], int]:
    mask = (1 << width) - 1 << start
    return lambda word: word & ~mask | value << start


def tweaks(rng: random.Random, market: Market, drafted: Draft) -> list[tuple[int, Tx]]:
    """By reserve index, settings of a few that make the contracts say no, as the configurator writes them.

    Through `setConfiguration`, because the configurator itself refuses some that once were: an inactive
    reserve must be empty, a frozen one has LTV 0.
    """
    sent = []
    reserves = list(drafted.market.reserves.values())
    chosen = rng.sample(reserves, rng.randint(2, 6))
    if rng.random() < 0.6:
        chosen.append(next(one for one in reserves if one.asset.symbol == _CEILING))
    for reserve in {one.index: one for one in chosen}.values():
        word = _tweak(rng, reserve, drafted)(reserve.configuration)
        data = call_data("setConfiguration(address,(uint256))", str(reserve.asset.address), word)
        sent.append((reserve.index, Tx(market.configurator, market.pool, data, "configuration")))
    return sent


def _tweak(rng: random.Random, reserve: ReserveState, drafted: Draft) -> Callable[[int], int]:
    known, unit = drafted.liquidity[reserve.index], reserve.asset.unit
    supplied = known.scaled_supply * reserve.liquidity_index // 10**27 // unit
    owed = known.scaled_debt * reserve.variable_borrow_index // 10**27 // unit
    if reserve.asset.symbol == _CEILING and rng.random() < 0.7:
        return _bits(212, 40, known.isolated_debt_cents + rng.choice((1, 100, 10_000, 500_000)))
    return rng.choice(
        (
            _bits(57, 1, 1),  # frozen
            _bits(60, 1, 1),  # paused
            _bits(56, 1, 0),  # inactive
            _bits(58, 1, 0),  # not borrowable
            _bits(0, 16, 0),  # LTV 0
            _bits(0, 16, 0),
            _bits(0, 32, 0),  # no threshold either
            _bits(62, 1, 1),  # siloed
            _bits(61, 1, rng.getrandbits(1)),  # borrowable in isolation
            _bits(116, 36, supplied + rng.choice((0, 1, 2, 100))),  # supply cap
            _bits(116, 36, supplied + rng.choice((0, 1, 2, 100))),
            _bits(80, 36, owed + rng.choice((0, 1, 2, 100))),  # borrow cap
            _bits(80, 36, owed + rng.choice((0, 1, 2, 100))),
        )
    )


def prelude(rng: random.Random, market: Market, state: MarketState) -> list[Step]:
    """What happens to everyone at once: prices, and terms of a reserve or an eMode."""
    steps = []
    for reserve in rng.sample(list(state.reserves.values()), rng.choice((0, 1, 2, 3, 6))):
        steps.append(_price(rng, market, state, reserve))
    if rng.random() < 0.6:
        # The configurator keeps a frozen reserve's new LTV for later.
        open_ones = [one for one in state.reserves.values() if not config.is_frozen(one.configuration)]
        reserve = rng.choice([one for one in open_ones if config.threshold(one.configuration)])
        steps.append(_terms(rng, market, reserve))
    if rng.random() < 0.6:
        steps.append(_category(rng, market, state))
    if market.emode_sources and rng.random() < 0.4:
        (source,) = market.emode_sources.values()
        price = rng.randint(90_000_000, 110_000_000)
        data = call_data("set(int256)", price)
        steps.append(Step(SetCategory(2, price=BaseAmount(price)), Tx(OWNER, source, data, "eMode price")))
    return steps


def _price(rng: random.Random, market: Market, state: MarketState, reserve: ReserveState) -> Step:
    factor = rng.choice((rng.randint(970, 1_030), rng.randint(700, 1_300), rng.randint(50, 5_000)))
    price = state.prices[reserve.index] * factor // 1_000 + rng.randint(1, 9)
    if rng.random() < 0.05:
        price = rng.choice((1, 10**15))
    source = market.reserves[reserve.asset.symbol].source
    change = SetPrices({reserve.asset.address: BaseAmount(price)})
    return Step(change, Tx(OWNER, source, call_data("set(int256)", price), f"price {reserve.asset.symbol}"))


def _terms(rng: random.Random, market: Market, reserve: ReserveState) -> Step:
    threshold = rng.randint(3_000, 9_000)
    ltv, bonus = rng.randint(1, threshold), rng.randint(10_100, 10_900)
    signature = "configureReserveAsCollateral(address,uint256,uint256,uint256)"
    data = call_data(signature, str(reserve.asset.address), ltv, threshold, bonus)
    change = SetReserve(reserve.asset.address, Bps(ltv), Bps(threshold), Bps(bonus))
    return Step(change, Tx(OWNER, market.configurator, data, f"terms of {reserve.asset.symbol}"))


def _category(rng: random.Random, market: Market, state: MarketState) -> Step:
    mode = rng.choice(list(state.emodes.values()))
    floor = max(
        [
            config.threshold(one.configuration)
            for one in state.reserves.values()
            if config.emode_category(one.configuration) == mode.id
        ],
        default=5_000,
    )
    threshold = rng.randint(max(floor, 8_500) + 1, 9_800)  # 3.0.2: above those of all its assets
    ltv = rng.randint(max(floor, 8_500), threshold)
    name, types = "setEModeCategory", ["uint8", "uint16", "uint16", "uint16", "string"]
    arguments: list[object] = [mode.id, ltv, threshold, 10_100, mode.label]
    if market.version == "3.0.2":
        types.insert(4, "address")
        key = "0x000000000000000000000000000000000000E302"
        arguments.insert(4, key if mode.price else "0x" + "0" * 40)
    data = dynamic_call_data(name, types, arguments)
    change = SetCategory(mode.id, Bps(ltv), Bps(threshold), Bps(10_100))
    return Step(change, Tx(OWNER, market.configurator, data, f"eMode {mode.id}"))


# --- one account's steps ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Actor:
    """Chooses steps of one user, knowing what it holds when the step begins.

    `marked` are reserves, by index, where something is out of the ordinary.
    """

    rng: random.Random
    market: Market
    user: str
    marked: tuple[int, ...] = ()

    def step(self, draft: Draft) -> Step:
        kind = self.rng.choices(list(_KINDS), list(_KINDS.values()))[0]
        if not draft.account.holdings and self.rng.random() < 0.8:
            kind = "supply"
        elif draft.collateral and not draft.borrowed and self.rng.random() < 0.3:
            kind = "borrow"
        change = getattr(self, f"_{kind}")(draft)
        return Step(change, self._tx(change, draft))

    def _tx(self, change: Change, draft: Draft) -> Tx:
        market, user = self.market, self.user
        match change:
            case SetEMode(category):
                return market.emode_tx(user, category)
            case SetCollateral(asset, on):
                return market.collateral_tx(user, draft.reserve(asset).asset.symbol, on=on)
            case Supply(asset, amount):
                return market.supply_tx(user, draft.reserve(asset).asset.symbol, amount)
            case Borrow(asset, amount):
                return market.borrow_tx(user, draft.reserve(asset).asset.symbol, amount)
            case Withdraw(asset, amount):
                data = call_data("withdraw(address,uint256,address)", str(asset), amount, user)
                return Tx(user, market.pool, data, "withdraw")
            case Repay(asset, amount, stable):
                mode = STABLE if stable else VARIABLE
                data = call_data("repay(address,uint256,uint256,address)", str(asset), amount, mode, user)
                return Tx(user, market.pool, data, "repay")
        raise AssertionError(change)

    def _any(self, draft: Draft, preferred: list[ReserveState], odds: float) -> ReserveState:
        if preferred and self.rng.random() < odds:
            return self.rng.choice(preferred)
        if self.marked and self.rng.random() < 0.6:
            return draft.market.reserves[self.rng.choice(self.marked)]
        return self.rng.choice(list(draft.market.reserves.values()))

    def _dust(self) -> int:
        return self.rng.choice((0, 1, 1, 2, self.rng.randint(3, 20)))

    def _dollars(self, draft: Draft, reserve: ReserveState, most: float) -> int:
        dollars = int(most ** self.rng.random() * 10**8)
        return max(1, dollars * reserve.asset.unit // draft.market.prices[reserve.index])

    def _edge(self, draft: Draft, ask: Callable[[int], Change], most: int) -> Change:
        """The largest amount that is accepted, or one unit more."""
        low, high = 0, most
        while low < high:
            middle = (low + high + 1) // 2
            found = apply(draft.market, draft.account, [ask(middle)], draft.liquidity)
            low, high = (middle, high) if isinstance(found, Outcome) else (low, middle - 1)
        return ask(min(low + self.rng.randint(0, 1), most))

    def _supply(self, draft: Draft) -> Change:
        reserve = self._any(draft, _held(draft), 0.3)

        def ask(amount: int) -> Change:
            return Supply(reserve.asset.address, RawAmount(amount))

        size = self.rng.random()
        if size < 0.15:
            return ask(self._dust())
        if size < 0.4 and config.supply_cap_tokens(reserve.configuration):
            return self._edge(
                draft, ask, 10**9 * reserve.asset.unit * 10**8 // draft.market.prices[reserve.index]
            )
        return ask(self._dollars(draft, reserve, 2e6))

    def _withdraw(self, draft: Draft) -> Change:
        reserve = self._any(draft, _held(draft), 0.8)
        held = supplied_amount(draft.holding(reserve.index), reserve, draft.now, draft.rules)

        def ask(amount: int) -> Change:
            return Withdraw(reserve.asset.address, RawAmount(max(amount, 0)))

        size = self.rng.random()
        if size < 0.35:
            return self._edge(draft, ask, held)
        if size < 0.5:
            return ask(EVERYTHING)
        if size < 0.65:
            return ask(held + self.rng.randint(-1, 1))
        if size < 0.75:
            return ask(self._dust())
        return ask(held * self.rng.randint(1, 1_200) // 1_000)

    def _borrow(self, draft: Draft) -> Change:
        reserve = self._any(draft, list(draft.borrowed), 0.5)

        def ask(amount: int) -> Change:
            return Borrow(reserve.asset.address, RawAmount(amount))

        free = position(draft.market, draft.account).totals.available_borrows_base
        free = free * reserve.asset.unit // draft.market.prices[reserve.index]
        size = self.rng.random()
        if size < 0.35:
            return self._edge(draft, ask, 2 * free + 1_000)
        if size < 0.45:
            return ask(self._dust())
        if size < 0.47:
            return ask(10**30)
        return ask(free * self.rng.randint(0, 1_300) // 1_000)

    def _repay(self, draft: Draft) -> Change:
        reserve = self._any(draft, list(draft.borrowed), 0.9)
        held = draft.holding(reserve.index)
        stable = held.stable is not None and self.rng.random() < 0.7
        owed = owed_amount(held, reserve, draft.now, draft.rules)

        def ask(amount: int) -> Change:
            return Repay(reserve.asset.address, RawAmount(max(amount, 0)), stable=stable)

        size = self.rng.random()
        if size < 0.3:
            return ask(EVERYTHING)
        if size < 0.5:
            return ask(owed + self.rng.randint(-1, 1))
        if size < 0.65:
            return ask(self._dust())
        return ask(owed * self.rng.randint(1, 1_500) // 1_000)

    def _collateral(self, draft: Draft) -> Change:
        reserve = self._any(draft, _held(draft), 0.8)
        on = draft.is_collateral(reserve.index)
        return SetCollateral(reserve.asset.address, on=on if self.rng.random() < 0.15 else not on)

    def _emode(self, draft: Draft) -> Change:
        return SetEMode(self.rng.choice([0, 0, 0, 9, *2 * list(draft.market.emodes)]))


def _held(draft: Draft) -> list[ReserveState]:
    return [draft.market.reserves[held.reserve] for held in draft.account.holdings if held.scaled_supply]
