"""The proof of the lending arithmetic: what a watcher kept for 200 blocks is the contract's words to the wei.

Each version runs once; the tests below ask different questions of the same recorded states.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, replace

import pytest

from bot.domain import aave_config, aave_v3
from bot.domain.aave_revisions import Rules, rules_of
from bot.domain.aave_state import AccountState, MarketState
from bot.domain.aave_v3 import position
from bot.domain.fixed_point import ray_mul_floor
from bot.domain.positions import Rounding
from bot.domain.screening import Screen
from bot.domain.units import HF_NO_DEBT, RAY, WAD, Ray
from tests.chain.churn import churn
from tests.chain.keeper import Keeper
from tests.chain.lab import lab
from tests.chain.parts import BANK

pytestmark = [pytest.mark.chain, pytest.mark.timeout(240)]

ACCOUNTS = 1_010
BLOCKS = 200
SAMPLE = 20  # accounts judged a block besides those that moved in it
LONG_SILENCE = 40  # so often, in blocks, one to two months pass without a transaction
DAY = 86_400
CENT = 10**6


@dataclass(frozen=True, slots=True)
class Seen:
    """One judged state: what was kept, and what the contract said at that block."""

    market: MarketState
    account: AccountState
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Record:
    version: str
    states: tuple[Seen, ...]
    blocks: int
    reread: int


@pytest.fixture(scope="module", params=["3.0.2", "3.6"])
def record(request: pytest.FixtureRequest) -> Record:
    version: str = request.param
    rng = random.Random(f"exactness {version}")
    states: list[Seen] = []
    with lab(version, accounts=ACCOUNTS, seed=11) as opened:
        market, users = opened.market, opened.population.users
        # The bank supplies what all borrow, and liquidates.
        keeper = Keeper(market, [*users, BANK])

        def judge(number: int, chosen: list[str]) -> None:
            named = keeper.see(number)
            asked = sorted(named | set(chosen))
            for user, words in zip(asked, keeper.contract_words(asked), strict=True):
                states.append(Seen(keeper.state, keeper.accounts[user], words))

        first = market.anvil.block_number()
        judge(first, users)
        for count, number in enumerate(churn(market, opened.population.plans, seed=5, blocks=BLOCKS), 1):
            for missed in range(
                keeper.state.as_of.number + 1, number
            ):  # blocks of the churn's own preparation
                judge(missed, [])
            judge(number, rng.sample(users, SAMPLE))
            if count % LONG_SILENCE == 0:
                market.anvil.warp(rng.randint(31, 62) * DAY)
                judge(number + 1, rng.sample(users, 2 * SAMPLE))
        judge(market.anvil.block_number(), users)
        blocks = keeper.state.as_of.number - first
    return Record(version, tuple(states), blocks, keeper.reread)


# --- equality -----------------------------------------------------------------------------------------------


def wrong(seen: Seen) -> bool:
    return astuple(position(seen.market, seen.account).totals) != seen.words


def test_all_six_words_are_the_contracts_to_the_wei(record: Record) -> None:
    mistaken = [seen for seen in record.states if wrong(seen)]
    accounts = {seen.account.account for seen in record.states}
    count = len(record.states)
    print(f"\n{record.version}: {count} states of {len(accounts)} accounts over {record.blocks} blocks")
    print(f"  {record.reread} accounts read again because a log named them; {len(mistaken)} states differ")
    assert not mistaken
    for seen in record.states:
        assert Screen(seen.market).health_factor(seen.account) == seen.words[5]
    assert record.blocks >= 200
    assert len(record.states) >= 5_000
    assert len(accounts) >= 1_000


def kinds(seen: Seen) -> Iterator[str]:
    """What is special about a state; a rule that no state exercised is not proven."""
    market, account = seen.market, seen.account
    _, debt, *_, health_factor = seen.words
    flagged = [i for i in market.reserves if aave_config.is_collateral(account.configuration, i)]
    ceilings = [aave_config.debt_ceiling_cents(market.reserves[i].configuration) for i in flagged]
    held = [market.reserves[holding.reserve] for holding in account.holdings]
    if account.emode:
        yield "eMode"
        if any(i not in _inside(market, account.emode) for i in flagged):
            yield "eMode with collateral outside it"
    if len(ceilings) == 1 and ceilings[0]:
        yield "isolated"
    if health_factor < WAD:
        yield "HF < 1"
    if 0 < debt < 100 * CENT:
        yield "dust"
    if health_factor == HF_NO_DEBT and account.holdings:
        yield "no debt"
    if any(market.as_of.timestamp - reserve.last_update > 30 * DAY for reserve in held):
        yield "> 30 days without an update"
    if any(reserve.last_update == market.as_of.timestamp for reserve in held):
        yield "updated in this very block"
    if any(holding.stable for holding in account.holdings):
        yield "stable debt"


def _inside(market: MarketState, category: int) -> set[int]:
    mode = market.emodes[category]
    if rules_of(market.revision).emode_bitmaps:
        return {i for i in market.reserves if aave_config.in_bitmap(mode.collateral_bitmap, i)}
    return {
        i for i, one in market.reserves.items() if aave_config.emode_category(one.configuration) == category
    }


def test_every_kind_of_state_was_there(record: Record) -> None:
    counted = Counter(kind for seen in record.states for kind in kinds(seen))
    print(f"\n{record.version}: " + ", ".join(f"{kind}: {n}" for kind, n in counted.most_common()))
    wanted = {"eMode", "isolated", "HF < 1", "dust", "no debt", "> 30 days without an update"}
    wanted |= {"eMode with collateral outside it", "updated in this very block"}
    if record.version == "3.0.2":
        wanted |= {"stable debt"}
    assert not wanted - counted.keys()


# --- the proof can fail -------------------------------------------------------------------------------------

Patch = pytest.MonkeyPatch
Mutant = Callable[[Patch, Record], Callable[[Seen], Seen]]


def _same(seen: Seen) -> Seen:
    return seen


def rounding_side(patch: Patch, record: Record) -> Callable[[Seen], Seen]:
    """Debt is rounded to the other side."""
    if record.version == "3.0.2":
        patch.setattr(aave_v3, "ray_mul", ray_mul_floor)
    else:
        patch.setattr(aave_v3, "ray_mul_ceil", ray_mul_floor)
    return _same


def no_interest(patch: Patch, record: Record) -> Callable[[Seen], Seen]:
    """Balances are taken at the stored indexes."""
    patch.setattr(aave_v3, "linear_interest", lambda rate, seconds: Ray(RAY))
    patch.setattr(aave_v3, "compounded", lambda rate, seconds, rules: Ray(RAY))
    return _same


def other_family(patch: Patch, record: Record) -> Callable[[Seen], Seen]:
    """The rounding of the other releases, all else as it is."""

    def swapped(revision: int) -> Rules:
        rules = rules_of(revision)
        other = Rounding.PROTOCOL if rules.rounding is Rounding.HALF_UP else Rounding.HALF_UP
        return replace(rules, rounding=other)

    patch.setattr(aave_v3, "rules_of", swapped)
    return _same


def other_compounding(patch: Patch, record: Record) -> Callable[[Seen], Seen]:
    """Debt grows by the other releases' approximation."""
    patch.setattr(aave_v3, "rules_of", lambda revision: replace(rules_of(revision), taylor=revision < 7))
    return _same


def emode_bit(patch: Patch, record: Record) -> Callable[[Seen], Seen]:
    """An eMode's membership is read one bit off."""
    patch.setattr(aave_config, "in_bitmap", lambda bitmap, index: bool(bitmap >> index + 1 & 1), raising=True)
    patch.setattr(aave_config, "emode_category", lambda word: word >> 169 & 0xFF, raising=True)
    return _same


def stale_index(patch: Patch, record: Record) -> Callable[[Seen], Seen]:
    """Indexes are those of the first block, rates and times are current."""
    first = record.states[0].market.reserves

    def aged(seen: Seen) -> Seen:
        reserves = {
            i: replace(
                one,
                liquidity_index=first[i].liquidity_index,
                variable_borrow_index=first[i].variable_borrow_index,
            )
            for i, one in seen.market.reserves.items()
        }
        return replace(seen, market=replace(seen.market, reserves=reserves))

    return aged


@pytest.mark.parametrize(
    "mutant", [rounding_side, no_interest, other_family, other_compounding, emode_bit, stale_index]
)
def test_a_wrong_way_is_found(mutant: Mutant, record: Record, monkeypatch: Patch) -> None:
    changed = mutant(monkeypatch, record)
    some = record.states[::3]
    found = sum(wrong(changed(seen)) for seen in some)
    print(f"\n{record.version}: {mutant.__name__} is wrong in {found} of {len(some)} states")
    assert found
