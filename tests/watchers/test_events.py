"""Logs in, moves out: any log at all is survived, and switches that only echo an action are not told."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.observations import MoveKind
from bot.domain.units import Asset
from watchers.aave import abi
from watchers.aave.emodes import EModes
from watchers.aave.events import Prices, happened, moved
from watchers.aave.structure import Listed, Structure
from watchers.evm.logs import Log
from watchers.evm.words import checksummed

POOL, A_TOKEN, TOKEN, ANNA, BERT = 1, 2, 3, 10, 11
WATCHED = {ANNA: checksummed(ANNA)}
LISTED = Listed(0, Asset(1, checksummed(TOKEN), "T", 2), checksummed(A_TOKEN), checksummed(4), None)
STRUCTURE = Structure(
    provider=checksummed(7),
    pool=checksummed(POOL),
    oracle=checksummed(8),
    configurator=checksummed(9),
    revision=10,
    base_unit=10**8,
    listing=(checksummed(TOKEN),),
    reserves=(LISTED,),
    emodes=EModes({}, {}),
)
PRICES = Prices(STRUCTURE, {0: 3})
NUMBER = st.sampled_from([POOL, A_TOKEN, TOKEN, ANNA, BERT, 2**256 - 1])
LOGS = st.lists(
    st.builds(
        Log,
        address=st.sampled_from([POOL, A_TOKEN, 99]),
        topics=st.one_of(
            st.just(()),
            st.tuples(st.sampled_from(abi.MOVES), NUMBER, NUMBER, NUMBER),
            st.lists(NUMBER).map(tuple),
        ).flatmap(lambda topics: st.integers(0, 4).map(lambda n: topics[:n])),
        words=st.lists(NUMBER, max_size=5).map(tuple),
        tx=st.sampled_from(["0xa", "0xb"]),
        block=st.just(1),
        index=st.just(0),
    ),
    max_size=8,
)


def log(topic: int, *topics: int, words: tuple[int, ...] = (), address: int = POOL, tx: str = "0xa") -> Log:
    return Log(address, (topic, *topics), words, tx, 1, 0)


@given(LOGS)
def test_no_log_is_stumbled_over(logs):
    found = happened(logs, WATCHED, PRICES)
    assert set(found) <= moved(logs, WATCHED), "whoever did something is read again"
    for what in found.values():
        assert what.moves or what.liquidations


def only(*logs: Log):
    return happened(logs, WATCHED, PRICES)[WATCHED[ANNA]]


def test_amounts_and_values_are_those_of_the_position_not_of_the_caller():
    [move] = only(log(abi.SUPPLY, TOKEN, ANNA, 0, words=(BERT, 250))).moves
    assert (move.kind, move.amount, move.value) == (MoveKind.SUPPLY, 250, 7)
    [move] = only(log(abi.REPAY, TOKEN, ANNA, BERT, words=(250, 0))).moves
    assert (move.kind, move.amount) == (MoveKind.REPAY, 250)
    assert happened([log(abi.SUPPLY, TOKEN, BERT, 0, words=(ANNA, 250))], WATCHED, PRICES) == {}
    assert moved([log(abi.SUPPLY, TOKEN, BERT, 0, words=(ANNA, 250))], WATCHED) == {WATCHED[ANNA]}


def test_a_switch_that_comes_with_an_action_is_part_of_it():
    on = log(abi.COLLATERAL_ON, TOKEN, ANNA)
    assert [m.kind for m in only(on).moves] == [MoveKind.COLLATERAL_ON]
    supply = log(abi.SUPPLY, TOKEN, ANNA, 0, words=(ANNA, 250))
    assert [m.kind for m in only(on, supply).moves] == [MoveKind.SUPPLY]
    elsewhere = log(abi.SUPPLY, TOKEN, ANNA, 0, words=(ANNA, 250), tx="0xb")
    assert [m.kind for m in only(on, elsewhere).moves] == [MoveKind.COLLATERAL_ON, MoveKind.SUPPLY]


def test_a_value_without_a_price_is_unknown():
    [move] = happened([log(abi.WITHDRAW, TOKEN, ANNA, ANNA, words=(250,))], WATCHED, Prices(STRUCTURE, {}))[
        WATCHED[ANNA]
    ].moves
    assert move.value is None
