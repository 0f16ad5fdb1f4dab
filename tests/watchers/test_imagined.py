"""Imagined accounts, judged without a chain: what is news, what is a glance, what cannot be known."""

from dataclasses import replace

import pytest

from bot.domain.aave_state import EModeCategory, Holding
from bot.domain.aave_v3 import position
from bot.domain.observations import Liquidation, Move, MoveKind
from bot.domain.units import WAD, Address, BaseAmount, Bps, RawAmount
from bot.domain.whatif.changes import SetCategory, SetReserve
from bot.domain.whatif.hypothetical import scaled_copy
from bot.subscriptions import ImaginedTarget, MirrorTarget
from tests.domain.aave import ALICE, DOLLAR, USDC, WETH, account, market, reserve
from watchers.aave.happened import Happened
from watchers.aave.imagined import Imagination
from watchers.aave.readings import Lens

KEY, OTHER = Address("imagined:w1"), Address("imagined:w2")
HELD = account(
    Holding(0, 10 * WAD), Holding(1, 0, 18_000 * 10**6), collateral=[0], borrowed=[1]
)  # fmt: skip
EMODE = EModeCategory(1, Bps(9000), Bps(9300), Bps(10100), "ether", collateral_bitmap=0b1)
TARGET = ImaginedTarget("lab", HELD)
MIRROR = MirrorTarget("lab", ALICE, 1, 1_000)
DEPOSIT = Move(MoveKind.SUPPLY, "0x1", WETH, RawAmount(5 * WAD), BaseAmount(15_000 * DOLLAR))


def a_market(*, price=3_000, prices=None):
    reserves = [reserve(0, WETH), reserve(1, USDC)]
    return market(reserves, prices or {0: price * DOLLAR, 1: DOLLAR}, emodes=[EMODE])


def look(kept: Imagination, imagined, *, where=None, real=HELD, done=None, missed=False, commit=True):
    accounts = {} if real is None else {ALICE: real}
    judged = kept.look(Lens(where or a_market()), imagined, accounts, done or {}, missed=missed)
    if commit:
        kept.commit()
    return judged


def names(judged) -> tuple[list[str], list[str], set[str]]:
    return (
        [one.position.account for one in judged.seen],
        [one.account for one in judged.glances],
        set(judged.unread),
    )


def test_news_is_a_position_and_all_else_a_glance():
    kept = Imagination("lab")
    both = {KEY: TARGET, OTHER: MIRROR}
    first = look(kept, both)
    assert names(first) == ([KEY, OTHER], [], set())
    assert [seen.moves for seen in first.seen] == [(), ()]
    assert names(look(kept, both, where=a_market(price=2_000))) == ([], [KEY, OTHER], set())
    edited = replace(TARGET, state=replace(HELD, emode=1))
    assert names(look(kept, both | {KEY: edited})) == ([KEY], [OTHER], set())
    larger = replace(HELD, holdings=(Holding(0, 20 * WAD), HELD.holdings[1]))
    assert names(look(kept, {KEY: edited, OTHER: MIRROR}, real=larger)) == ([OTHER], [KEY], set())
    assert names(look(kept, {OTHER: MIRROR}, real=larger)) == ([], [OTHER], set())
    assert names(look(kept, {KEY: edited, OTHER: MIRROR}, real=larger))[0] == [KEY], "it is new again"


def test_a_block_that_was_not_taken_is_told_again():
    kept = Imagination("lab")
    for commit in (False, True):
        assert names(look(kept, {KEY: TARGET}, commit=commit))[0] == [KEY]
    assert names(look(kept, {KEY: TARGET}))[1] == [KEY]


@pytest.mark.parametrize("emode", [0, 1])
def test_what_is_said_is_the_arithmetic_of_its_words(emode):
    kept, where = Imagination("lab"), a_market()
    state = replace(HELD, emode=emode)
    made = {KEY: ImaginedTarget("lab", state), OTHER: MIRROR}
    [mine, copy] = look(kept, made, where=where).seen
    assert mine.position == replace(position(where, state), account=KEY)
    assert copy.position == replace(position(where, scaled_copy(HELD, 1, 1_000)), account=OTHER)
    where = a_market(price=1_900)
    for glance, state_then in zip(
        look(kept, made, where=where).glances, (state, scaled_copy(HELD, 1, 1_000)), strict=True
    ):
        assert glance.health_factor == position(where, state_then).health_factor
        assert glance.look().position == replace(position(where, state_then), account=glance.account)
        assert not glance.is_empty


def test_terms_of_its_own_are_its_alone():
    kept, where = Imagination("lab"), a_market()
    terms = (SetReserve(WETH.address, threshold_bps=Bps(5_000)),)
    eased = (SetCategory(1, threshold_bps=Bps(9_900)),)
    imagined = {
        KEY: replace(TARGET, terms=terms),
        OTHER: TARGET,
        Address("imagined:w3"): ImaginedTarget("lab", replace(HELD, emode=1), eased),
    }
    for _ in range(2):
        judged = look(kept, imagined, where=where)
        said = {one.position.account: one for one in judged.seen}
        said |= {one.account: one.look() for one in judged.glances}
        thresholds = [said[key].position.totals.threshold_bps for key in imagined]
        assert thresholds == [5_000, 8_300, 9_900]
        for seen in said.values():
            origin = seen.position.origin
            assert position(origin.market, origin.account) == seen.position, "cures know its terms"


@pytest.mark.parametrize(
    "target",
    [
        ImaginedTarget("lab", account(Holding(2, 1), collateral=[2])),
        ImaginedTarget("lab", replace(HELD, emode=7)),
        ImaginedTarget("lab", HELD, (SetReserve(Address("0x" + "9" * 40), Bps(1)),)),
        ImaginedTarget("lab", HELD, (SetCategory(7, Bps(1)),)),
        MirrorTarget("lab", Address("0x" + "9" * 40)),
        MirrorTarget("lab", ALICE, 0),
        MirrorTarget("lab", ALICE, 1, -1),
    ],
)
def test_what_is_not_there_any_more_is_unread(target):
    kept = Imagination("lab")
    assert names(look(kept, {KEY: target, OTHER: TARGET})) == ([OTHER], [], {KEY})
    kept.resume({KEY: target})
    assert names(look(kept, {KEY: target, OTHER: TARGET})) == ([], [OTHER], {KEY})


def test_what_was_unread_is_told_as_it_is_found():
    kept, dead = Imagination("lab"), a_market(prices={1: DOLLAR})
    imagined = {KEY: TARGET, OTHER: MIRROR}
    assert names(look(kept, imagined, where=dead)) == ([], [], {KEY, OTHER})
    assert names(look(kept, imagined)) == ([KEY, OTHER], [], set())
    assert names(look(kept, imagined, where=dead)) == ([], [], {KEY, OTHER})
    larger = replace(HELD, holdings=(Holding(0, 20 * WAD), HELD.holdings[1]))
    assert names(look(kept, imagined, real=larger)) == ([OTHER], [KEY], set())


def test_another_markets_are_nobody_here():
    kept = Imagination("lab")
    others = {KEY: replace(TARGET, market="other"), OTHER: replace(MIRROR, market="other")}
    kept.resume(others)
    assert names(look(kept, others)) == ([], [], set())


def test_a_mirror_does_what_its_wallet_does_as_large_as_it_is():
    kept = Imagination("lab")
    seized = Liquidation(
        "0x2", WETH, RawAmount(7 * WAD), BaseAmount(21_000), USDC, RawAmount(19_999), BaseAmount(2_000), ALICE
    )
    done = {ALICE: Happened([DEPOSIT, Move(MoveKind.EMODE, "0x3", emode=1)], [seized])}
    [new] = look(kept, {KEY: MIRROR}, done=done).seen
    assert (new.moves, new.liquidations, new.gap) == ((), (), False), "it was not there then"
    [seen] = look(kept, {KEY: MIRROR, OTHER: TARGET}, done=done, missed=True).seen[:1]
    assert [(one.kind, one.amount, one.value) for one in seen.moves] == [
        (MoveKind.SUPPLY, WAD // 200, 15 * DOLLAR),
        (MoveKind.EMODE, 0, None),
    ]
    [told] = seen.liquidations
    assert (told.seized, told.seized_value) == (7 * WAD // 1_000, 21)
    assert (told.repaid, told.repaid_value) == (19, 2)
    assert seen.gap


def test_after_a_pause_a_mirror_hears_what_was_done_and_an_imagined_one_nothing():
    kept = Imagination("lab")
    imagined = {KEY: MIRROR, OTHER: TARGET}
    kept.resume(imagined)
    judged = look(kept, imagined, done={ALICE: Happened([DEPOSIT])}, missed=True)
    assert [(len(one.moves), one.gap) for one in judged.seen] == [(1, True), (0, False)]
