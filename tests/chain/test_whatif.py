"""What-if answers equal the chain: predicted and kept, then done on the real contracts, then compared.

A round is one block: governance has its day before it, the market is read, then every account's steps are
drawn and predicted for the block's timestamp; only then are the transactions sent, in that order.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace

import pytest

from bot.domain import aave_config
from bot.domain.aave_state import AccountState, MarketState, ReserveState
from bot.domain.aave_v3 import position
from bot.domain.fixed_point import ray_div_ceil, ray_div_floor
from bot.domain.units import RawAmount, Ray
from bot.domain.whatif import borrowing, checks, supplying
from bot.domain.whatif.changes import SetCategory, SetPrices, SetReserve, Wait
from bot.domain.whatif.draft import Draft
from bot.domain.whatif.engine import Outcome, Refused, apply
from bot.domain.whatif.hypothetical import hypothetical
from bot.domain.whatif.liquidity import Liquidity
from bot.domain.whatif.refusals import contract_word
from tests.chain.abi import address, call_data
from tests.chain.imagined import Actor, Step, prelude, tweaks
from tests.chain.lab import Lab, lab
from tests.chain.market import Market
from tests.chain.parts import BANK, Tx
from tests.chain.whatif_bench import Bench, as_reverted, fill_wallets, mine

pytestmark = [pytest.mark.chain, pytest.mark.timeout(240)]

ROUNDS = 14
ACTORS = 42  # accounts a round: some isolated, some siloed, some that never did anything, the rest by chance
SPECIAL = {"isolated": 4, "siloed": 3}
NEWCOMERS = [address(0xE0 + number) for number in range(3)]
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Said:
    """What becomes of an account: each step's contract word where it is refused, then its state and words."""

    refused: tuple[str | None, ...]
    account: AccountState
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One account's part in a block, with all that the prediction was made from."""

    start: Draft
    steps: tuple[Step, ...]
    said: Said


@dataclass(frozen=True, slots=True)
class Happened:
    case: Case
    seen: Said


@dataclass(frozen=True, slots=True)
class Round:
    """A block. `end` and `read_back`: the market as predicted after all steps, and as it was."""

    shared: tuple[Step, ...]
    cases: tuple[Happened, ...]
    end: Draft
    read_back: Draft


@dataclass(frozen=True, slots=True)
class Record:
    version: str
    rounds: tuple[Round, ...]

    @property
    def cases(self) -> Iterator[Happened]:
        return (case for one in self.rounds for case in one.cases)


# --- predicting -------------------------------------------------------------------------------------------


def words(market: MarketState, account: AccountState) -> tuple[int, ...]:
    return astuple(position(market, account).totals)


def one_step(start: Draft, step: Step) -> tuple[str | None, Draft]:
    found = apply(start.market, start.account, [step.change], start.liquidity)
    if isinstance(found, Refused):
        return contract_word(found.reason, start.market.revision), start
    assert not found.unchecked
    return None, Draft(found.market, found.account, found.liquidity)


def say(start: Draft, steps: Sequence[Step]) -> tuple[Said, Draft]:
    """A refused step leaves everything as it was, and the next is tried, as transactions are."""
    refused = []
    for step in steps:
        word, start = one_step(start, step)
        refused.append(word)
    return Said(tuple(refused), start.account, words(start.market, start.account)), start


def draw(actor: Actor, now: Draft, told: Counter[tuple[str, str | None]]) -> tuple[Step, Draft]:
    """A step by chance; every other time the one of a few whose answer was the rarest so far."""
    candidates = []
    for _ in range(actor.rng.choice((1, 5))):
        step = actor.step(now)
        word, after = one_step(now, step)
        candidates.append(((type(step.change).__name__, word), step, after))
    key, step, after = min(candidates, key=lambda one: told[one[0]])
    told[key] += 1
    return step, after


def predict(
    rng: random.Random,
    bench: Bench,
    seconds: int,
    marked: Sequence[int],
    told: Counter[tuple[str, str | None]],
) -> tuple[list[Step], list[Case], Draft]:
    """The block's shared steps and each account's; the pool's own record goes from one to the next."""
    state = bench.keeper.state
    shared = prelude(rng, bench.market, state)
    changes = [Wait(seconds), *(step.change for step in shared)]
    done = apply(state, bench.keeper.accounts[bench.users[0]], changes, bench.liquidity)
    assert isinstance(done, Outcome)
    pool = Draft(done.market, done.account, done.liquidity)
    cases = []
    for user in bench.users:
        start = now = replace(pool, account=bench.keeper.accounts[user])
        steps = []
        longest = (0, 1, 1, 1, 2, 3) if start.account.holdings else (2, 3, 4)
        for _ in range(rng.choice(longest)):
            step, now = draw(Actor(rng, bench.market, user, tuple(marked)), now, told)
            steps.append(step)
        said, pool = say(start, steps)
        cases.append(Case(start, tuple(steps), said))
    return shared, cases, pool


# --- doing ------------------------------------------------------------------------------------------------


def governance(rng: random.Random, market: Market, users: Sequence[str]) -> tuple[int, ...]:
    """The block before: settings that refuse, pools drained, some accounts made rich. Names the reserves."""
    bench = Bench(market, users[:1])
    txs = []
    for user in rng.sample(users, 8):
        symbol = rng.choice(("WETH", "USDC", "WBTC"))
        txs.append(market.supply_tx(user, symbol, market.amount(symbol, rng.randint(10**6, 4 * 10**7))))
    drained = rng.sample(sorted(market.reserves), 2)
    for symbol in drained:
        reserve = market.reserves[symbol]
        spare = bench.liquidity[reserve.id].available - market.amount(symbol, rng.randint(1, 50_000))
        taken = max(1, min(spare, market.balance(reserve.atoken, BANK)))
        data = call_data("withdraw(address,uint256,address)", reserve.address, taken, BANK)
        txs.append(Tx(BANK, market.pool, data))
    assert not market.send_many(txs)
    bench.look()
    pool = Draft(bench.keeper.state, bench.keeper.accounts[users[0]], bench.liquidity)
    settings = tweaks(rng, market, pool)
    assert not market.send_many([tx for _, tx in settings])
    return (*(index for index, _ in settings), *(market.reserves[symbol].id for symbol in drained))


def actors(rng: random.Random, opened: Lab) -> list[str]:
    plans = list(opened.population.plans)
    rng.shuffle(plans)
    special = [
        plan.user for kind, few in SPECIAL.items() for plan in [p for p in plans if p.kind == kind][:few]
    ]
    others = [plan.user for plan in plans if plan.user not in special]
    return [*special, *NEWCOMERS, *others][:ACTORS]


def a_round(opened: Lab, rng: random.Random, told: Counter[tuple[str, str | None]]) -> Round:
    market, users = opened.market, actors(rng, opened)
    taken = market.anvil.snapshot()
    marked = governance(rng, market, users)
    bench = Bench(market, users)
    seconds = rng.choice((1, 12, rng.randint(13, 3 * DAY), rng.randint(DAY, 90 * DAY)))
    shared, cases, end = predict(rng, bench, seconds, marked, told)
    # From here on nothing is predicted any more.
    txs = [step.tx for step in shared] + [step.tx for case in cases for step in case.steps]
    reverted = iter(mine(market, txs, end.now))
    assert not [step.tx.label for step in shared if next(reverted)], "governance's own steps must pass"
    bench.look()
    happened = []
    for user, case, seen in zip(users, cases, bench.keeper.contract_words(users), strict=True):
        refused = tuple(next(reverted) for _ in case.steps)
        happened.append(Happened(case, Said(refused, bench.keeper.accounts[user], seen)))
    read_back = Draft(bench.keeper.state, end.account, bench.liquidity)
    market.anvil.revert(taken)
    return Round(tuple(shared), tuple(happened), end, read_back)


@pytest.fixture(scope="module", params=["3.0.2", "3.6"])
def record(request: pytest.FixtureRequest) -> Record:
    version: str = request.param
    with lab(version, accounts=160, seed=23) as opened:
        rng = random.Random(f"what if {version}")
        fill_wallets(opened.market, [*opened.population.users, *NEWCOMERS])
        told: Counter[tuple[str, str | None]] = Counter()
        return Record(version, tuple(a_round(opened, rng, told) for _ in range(ROUNDS)))


# --- equality ---------------------------------------------------------------------------------------------


def differs(case: Happened, said: Said | None = None) -> bool:
    said = said or case.case.said
    return replace(said, refused=tuple(map(as_reverted, said.refused))) != case.seen


def test_every_prediction_happened(record: Record) -> None:
    cases = list(record.cases)
    steps = Counter(type(step.change).__name__ for one in cases for step in one.case.steps)
    shared = Counter(type(step.change).__name__ for one in record.rounds for step in one.shared)
    refused = Counter(word for one in cases for word in one.case.said.refused if word)
    print(f"\n{record.version}: {len(cases)} cases, steps {dict(steps)}, shared {dict(shared)}")
    print(f"  {refused.total()} refused: {dict(refused.most_common())}")
    assert not [one for one in cases if differs(one)]
    assert len(cases) >= 500
    assert refused.total() >= 100
    assert shared.keys() >= {cls.__name__ for cls in (SetPrices, SetReserve, SetCategory)}


def test_the_pools_own_record_is_followed(record: Record) -> None:
    """Indexes, totals, the treasury's part and the isolated debt after a whole block of steps."""
    for one in record.rounds:
        for index, reserve in one.end.market.reserves.items():
            assert stored(reserve) == stored(one.read_back.market.reserves[index])
            assert rateless(one.end.liquidity[index]) == rateless(one.read_back.liquidity[index])


def stored(reserve: ReserveState) -> tuple[int, ...]:
    """What a step stores, but for the rates: they are not followed."""
    return (
        reserve.configuration,
        reserve.liquidity_index,
        reserve.variable_borrow_index,
        reserve.last_update,
    )


def rateless(liquidity: Liquidity) -> Liquidity:
    return replace(liquidity, stable=liquidity.stable and replace(liquidity.stable, rate=Ray(0)))


WANTED = {
    "3.0.2": {"26", "27", "28", "29", "30", "32", "34", "35", "36", "39", "43", "50", "51", "53", "57", "58"}
    | {"60", "62", "89", "Panic(17)"},
    "3.6": {
        "InvalidAmount",
        "InvalidBurnAmount",
        "ReserveInactive",
        "ReserveFrozen",
        "ReservePaused",
        "BorrowingNotEnabled",
        "NotEnoughAvailableUserBalance",
        "HealthFactorLowerThanLiquidationThreshold",
        "CollateralCannotCoverNewBorrow",
        "NoDebtOfSelectedType",
        "UnderlyingBalanceZero",
        "BorrowCapExceeded",
        "SupplyCapExceeded",
        "DebtCeilingExceeded",
        "LtvValidationFailed",
        "InconsistentEModeCategory",
        "NotBorrowableInEMode",
        "InvalidCollateralInEmode",
        "InvalidDebtInEmode",
        "AssetNotBorrowableInIsolation",
        "UserInIsolationModeOrLtvZero",
        "SiloedBorrowingViolation",
        "Panic(17)",
    },
}


def test_every_reason_was_there(record: Record) -> None:
    seen = {word for one in record.cases for word in one.case.said.refused if word}
    assert not WANTED[record.version] - seen
    assert not seen - WANTED[record.version]


def kinds(one: Happened) -> Iterator[str]:
    start, end = one.case.start, one.case.said
    passed = [s.change for s, word in zip(one.case.steps, end.refused, strict=True) if word is None]
    debts = [held.scaled_debt for held in end.account.holdings if held.scaled_debt]
    if start.account.emode:
        yield "in eMode"
    if checks.isolated_by(start) is not None:
        yield "isolated"
    if not start.account.holdings and end.account.holdings:
        yield "first supply"
    if not start.account.holdings and debts:
        yield "first supply and borrow"
    if any(held.stable for held in start.account.holdings):
        yield "stable debt"
    if not one.case.steps:
        yield "prices and time alone"
    if len(passed) > 1:
        yield "several steps"
    if any(0 < getattr(change, "amount", 0) <= 20 for change in passed):
        yield "dust"
    if any(getattr(change, "amount", 0) == 2**256 - 1 for change in passed):
        yield "everything"
    if start.account.configuration & ~end.account.configuration & int("10" * 128, 2):
        yield "collateral switched off"


def test_every_kind_of_case_was_there(record: Record) -> None:
    counted = Counter(kind for one in record.cases for kind in kinds(one))
    print(f"\n{record.version}: {dict(counted.most_common())}")
    wanted = {"in eMode", "isolated", "first supply", "first supply and borrow", "several steps", "dust"}
    wanted |= {"everything", "collateral switched off", "prices and time alone"}
    wanted |= {"stable debt"} if record.version == "3.0.2" else set()
    assert not wanted - counted.keys()


# --- positions that nobody has ----------------------------------------------------------------------------

OPENED = (  # supplied and owed in dollars, eMode
    ({"WETH": 400_000, "WBTC": 90_000}, {"USDT": 120_000, "LINK": 7_777}, 0),
    ({"wstETH": 1_000_000}, {"WETH": 800_000}, 1),
    ({"USDC": 31_337, "WETH": 5_000}, {"USDC": 20_001}, 0),
    ({"SNX": 60_000}, {"DAI": 1_234}, 0),
    ({"USDC": 5, "PT": 3}, {"USDT": 2}, 2),
    ({"GUSD": 90_001, "TUSD": 12_345}, {"TUSD": 777}, 0),
)


@pytest.mark.parametrize("plan", OPENED)
def test_a_hypothetical_position_is_the_one_that_gets_opened(
    plan: tuple[dict[str, int], dict[str, int], int], any_lab: Lab
) -> None:
    market, (supplied, owed, emode) = any_lab.market, plan
    user = address(0xE0E0)
    fill_wallets(market, [user])
    market.anvil.warp(40 * DAY)
    bench = Bench(market, [user])
    had = {symbol: market.amount(symbol, dollars) for symbol, dollars in supplied.items()}
    owes = {symbol: market.amount(symbol, dollars) for symbol, dollars in owed.items()}
    tokens = {one.asset.symbol: one.asset.address for one in bench.keeper.state.reserves.values()}
    then = replace(bench.keeper.state.as_of, timestamp=bench.keeper.state.as_of.timestamp + 7)
    said = hypothetical(
        replace(bench.keeper.state, as_of=then),
        {tokens[symbol]: RawAmount(amount) for symbol, amount in had.items()},
        {tokens[symbol]: RawAmount(amount) for symbol, amount in owes.items()},
        emode,
        bench.keeper.accounts[user].account,
    )
    assert isinstance(said, AccountState)
    txs = [market.emode_tx(user, emode), *(market.supply_tx(user, *one) for one in had.items())]
    if list(supplied) == ["SNX"]:  # with a debt ceiling it is switched on by hand
        txs.append(market.collateral_tx(user, "SNX", on=True))
    txs += [market.borrow_tx(user, *one) for one in owes.items()]
    assert not any(mine(market, txs, then.timestamp))
    bench.look()
    assert said == bench.keeper.accounts[user]
    market.anvil.warp(100 * DAY)  # from then on it accrues as the real one does
    bench.look()
    (now,) = bench.keeper.contract_words([user])
    assert words(bench.keeper.state, said) == now


# --- the proof can fail -----------------------------------------------------------------------------------

Patch = pytest.MonkeyPatch


def supply_rounds_up(patch: Patch, record: Record) -> None:
    patch.setattr(supplying, "ray_div", ray_div_ceil)
    patch.setattr(supplying, "ray_div_floor", ray_div_ceil)


def withdrawal_rounds_down(patch: Patch, record: Record) -> None:
    patch.setattr(supplying, "ray_div", ray_div_floor)
    patch.setattr(supplying, "ray_div_ceil", ray_div_floor)


def debt_rounds_down(patch: Patch, record: Record) -> None:
    patch.setattr(borrowing, "ray_div", ray_div_floor)
    patch.setattr(borrowing, "ray_div_ceil", ray_div_floor)


def collateral_stays_on(patch: Patch, record: Record) -> None:
    patch.setattr(aave_config, "with_collateral", lambda word, i, *, on: word | on << 2 * i + 1)


def debt_stays_on(patch: Patch, record: Record) -> None:
    patch.setattr(aave_config, "with_borrowing", lambda word, i, *, on: word | 1 << 2 * i)


def no_health_check(patch: Patch, record: Record) -> None:
    patch.setattr(checks, "healthy", lambda draft: None)


def ltv_zero_order_forgotten(patch: Patch, record: Record) -> None:
    patch.setattr(checks, "healthy_after_less", lambda draft, reserve: checks.healthy(draft))


def isolation_forgotten(patch: Patch, record: Record) -> None:
    patch.setattr(checks, "isolated_by", lambda draft: None)


def siloed_forgotten(patch: Patch, record: Record) -> None:
    patch.setattr(checks, "siloed_alone", lambda draft, reserve: None)


def no_borrow_cap(patch: Patch, record: Record) -> None:
    patch.setattr(aave_config, "borrow_cap_tokens", lambda word: 0)


def no_supply_cap(patch: Patch, record: Record) -> None:
    patch.setattr(aave_config, "supply_cap_tokens", lambda word: 0)


def bottomless_pool(patch: Patch, record: Record) -> None:
    for room in (borrowing, supplying):
        patch.setattr(room, "taken_out", lambda draft, reserve, amount: draft)


def paused_after_frozen(patch: Patch, record: Record) -> None:
    patch.setattr(aave_config, "is_paused", lambda word: False)


MUTANTS = (
    supply_rounds_up,
    withdrawal_rounds_down,
    debt_rounds_down,
    collateral_stays_on,
    debt_stays_on,
    no_health_check,
    ltv_zero_order_forgotten,
    isolation_forgotten,
    siloed_forgotten,
    no_borrow_cap,
    no_supply_cap,
    bottomless_pool,
    paused_after_frozen,
)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_wrong_rule_is_found(
    mutant: Callable[[Patch, Record], None], record: Record, monkeypatch: Patch
) -> None:
    mutant(monkeypatch, record)
    found = sum(differs(one, say(one.case.start, one.case.steps)[0]) for one in record.cases)
    print(f"\n{record.version}: {mutant.__name__} is wrong in {found} cases")
    assert found
