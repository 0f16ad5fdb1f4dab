"""Crowds of borrowers of every kind, from a seed: plans first (pure), then their transactions."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tests.chain.abi import address
from tests.chain.assets import ASSETS, BY_SYMBOL, DOLLAR, EMODES_36, EMODES_302, EMode
from tests.chain.market import Market
from tests.chain.parts import BANK, STABLE, VARIABLE, Tx

_COMMON = tuple(a.symbol for a in ASSETS if a.threshold and not a.ceiling and not a.siloed)
_IN_ISOLATION = tuple(a.symbol for a in ASSETS if a.in_isolation)
# Kinds of accounts and how many of a hundred are of each; all kinds appear from about 30 accounts on.
KINDS = {
    "idle": 8,  # supplies, owes nothing
    "plain": 24,  # one collateral, one debt
    "mixed": 28,  # several of both
    "dust": 8,  # a few raw units, or cents
    "emode": 15,
    "isolated": 7,
    "siloed": 4,
    "switched_off": 6,  # supplies something that does not count
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What one account holds and owes, raw; `on` and `off` are collateral switches set by hand."""

    user: str
    kind: str
    supplies: tuple[tuple[str, int], ...]
    borrows: tuple[tuple[str, int, int], ...] = ()
    emode: int = 0
    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Population:
    """The accounts that exist now, and what the contracts refused of their plans: nothing, normally."""

    plans: tuple[Plan, ...]
    refused: tuple[Tx, ...]

    @property
    def users(self) -> list[str]:
        return [plan.user for plan in self.plans]


def populate(market: Market, seed: int, accounts: int) -> Population:
    """Make `accounts` positions real; 1,000 take about 4 s. A seed always makes the same ones."""
    plans = [_plan(random.Random(f"{seed}/{i}"), market.version, i) for i in range(accounts)]
    _stock_bank(market, plans)
    _switch_ltvzero(market, on=False)
    refused = [tx for phase in _phases(market, plans) for tx in market.send_many(phase)]
    _switch_ltvzero(market, on=True)
    return Population(tuple(plans), tuple(refused))


def _phases(market: Market, plans: list[Plan]) -> Iterable[list[Tx]]:
    """Lists that must be mined one after the other: within one block only a sender's own order holds."""
    # First of all: v3.6 switches PT on by itself only for an account that is already in its category.
    yield [market.emode_tx(plan.user, plan.emode) for plan in plans if plan.emode]
    yield [market.supply_tx(BANK, symbol, raw, plan.user) for plan in plans for symbol, raw in plan.supplies]
    yield [market.collateral_tx(plan.user, symbol, on=True) for plan in plans for symbol in plan.on]
    yield [market.collateral_tx(plan.user, symbol, on=False) for plan in plans for symbol in plan.off]
    yield [market.borrow_tx(plan.user, *borrow) for plan in plans for borrow in plan.borrows]


def _switch_ltvzero(market: Market, *, on: bool) -> None:
    """v3.6 lets nobody with such collateral in: they entered, as people did, before the bit was set."""
    for mode in EMODES_36 if market.version == "3.6" else ():
        for symbol in mode.ltvzero:
            token = market.reserves[symbol].address
            market.configure("setAssetLtvzeroInEMode(address,uint8,bool)", token, mode.category, on)


def _stock_bank(market: Market, plans: list[Plan]) -> None:
    needed: dict[str, int] = {}
    for plan in plans:
        for symbol, raw in plan.supplies:
            needed[symbol] = needed.get(symbol, 0) + raw
    for symbol, raw in needed.items():
        market.fund(symbol, BANK, raw)


def _plan(rng: random.Random, version: str, index: int) -> Plan:
    # The first accounts go through the kinds in turn, so that small populations have them all.
    kind = list(KINDS)[index] if index < len(KINDS) else rng.choices(list(KINDS), list(KINDS.values()))[0]
    plan = Plan(address(rng.getrandbits(160)), kind, ())
    makers = {
        "idle": _idle,
        "plain": _plain,
        "mixed": _mixed,
        "dust": _dust,
        "emode": _emode,
        "isolated": _isolated,
        "siloed": _siloed,
        "switched_off": _switched_off,
    }
    return makers[kind](rng, version, plan)


def _idle(rng: random.Random, version: str, plan: Plan) -> Plan:
    return replace(plan, supplies=_supplies(rng, rng.sample([a.symbol for a in ASSETS], rng.randint(1, 3))))


def _plain(rng: random.Random, version: str, plan: Plan) -> Plan:
    plan = replace(plan, supplies=_supplies(rng, rng.sample(_COMMON, 1)))
    held = {symbol for symbol, _ in plan.supplies}
    mode = STABLE if version == "3.0.2" and rng.random() < 0.25 and "USDT" not in held else VARIABLE
    return _indebted(rng, plan, ["USDT"] if mode == STABLE else rng.sample(_COMMON, 1), mode)


def _mixed(rng: random.Random, version: str, plan: Plan) -> Plan:
    plan = replace(plan, supplies=_supplies(rng, rng.sample(_COMMON, rng.randint(2, 4))))
    return _indebted(rng, plan, rng.sample(_COMMON, rng.randint(1, 3)))


def _dust(rng: random.Random, version: str, plan: Plan) -> Plan:
    collateral, debt = rng.choice(_COMMON), rng.choice(_COMMON)
    supplied = max(2, _raw(collateral, rng.uniform(1, 5)))
    owed = rng.randint(1, max(1, min(1000, _raw(debt, 0.3))))
    return replace(plan, supplies=((collateral, supplied),), borrows=((debt, owed, VARIABLE),))


def _emode(rng: random.Random, version: str, plan: Plan) -> Plan:
    mode = rng.choice(EMODES_36 if version == "3.6" else [_as_bitmaps(mode) for mode in EMODES_302])
    inside = rng.sample(mode.collateral, rng.randint(1, len(mode.collateral)))
    outside = rng.sample([s for s in _COMMON if s not in inside], rng.randint(0, 1))
    plan = replace(plan, emode=mode.category, supplies=_supplies(rng, inside + outside))
    return _indebted(rng, plan, rng.sample(mode.borrowable, rng.randint(1, len(mode.borrowable))), mode=mode)


def _isolated(rng: random.Random, version: str, plan: Plan) -> Plan:
    raw = _raw("SNX", rng.uniform(100, 40_000))
    plan = replace(plan, supplies=(("SNX", raw),), on=("SNX",))
    return _indebted(rng, plan, rng.sample(_IN_ISOLATION, rng.randint(1, 2)))


def _siloed(rng: random.Random, version: str, plan: Plan) -> Plan:
    plan = replace(plan, supplies=_supplies(rng, rng.sample(_COMMON, rng.randint(1, 2))))
    return _indebted(rng, plan, ["TUSD"])


def _switched_off(rng: random.Random, version: str, plan: Plan) -> Plan:
    symbols = rng.sample(_COMMON, rng.randint(2, 4))
    plan = replace(plan, supplies=_supplies(rng, symbols), off=(symbols[0],))
    return _indebted(rng, plan, rng.sample(_COMMON, 1))


def _as_bitmaps(mode: EMode) -> EMode:
    """A v3.0.2 category in the form of v3.6: what belongs to it is both collateral and borrowable."""
    members = tuple(asset.symbol for asset in ASSETS if asset.emode_302 == mode.category)
    return replace(mode, collateral=members, borrowable=members)


def _supplies(rng: random.Random, symbols: list[str]) -> tuple[tuple[str, int], ...]:
    """Amounts from 50 dollars to two million, all orders of magnitude alike."""
    return tuple((symbol, max(1, _raw(symbol, 50 * 40_000 ** rng.random()))) for symbol in symbols)


def _raw(symbol: str, dollars: float) -> int:
    asset = BY_SYMBOL[symbol]
    unit: int = 10**asset.decimals
    return int(dollars * 10**6) * DOLLAR * unit // asset.price // 10**6


def _indebted(
    rng: random.Random, plan: Plan, symbols: list[str], rate: int = VARIABLE, mode: EMode | None = None
) -> Plan:
    """Borrow 20 to 98 % of what the collateral allows, in unequal parts."""
    capacity = 0
    for symbol, raw in plan.supplies:
        if symbol in plan.off:
            continue
        asset = BY_SYMBOL[symbol]
        ltv = mode.ltv if mode is not None and symbol in mode.collateral else asset.ltv
        capacity += raw * asset.price * ltv // (10**asset.decimals * 10_000)
    wanted = capacity * rng.randint(200, 980) // 1000
    weights = [rng.uniform(1, 5) for _ in symbols]
    borrows = []
    for symbol, weight in zip(symbols, weights, strict=True):
        asset = BY_SYMBOL[symbol]
        raw = int(wanted * weight / sum(weights)) * 10**asset.decimals // asset.price
        if raw:
            borrows.append((symbol, raw, rate))
    return replace(plan, borrows=tuple(borrows))
