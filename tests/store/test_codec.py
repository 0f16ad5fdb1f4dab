import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain import aave_v3
from bot.domain.aave_state import AccountState, EModeCategory, Holding, MarketState, StableDebt
from bot.domain.alerts import Alert, Reason
from bot.domain.flows import Flow, FlowSeen, LoanBehind
from bot.domain.observations import PositionSeen
from bot.domain.positions import Origin, Owed, Position, Supplied
from bot.domain.rules import RuleState
from bot.domain.units import BPS, HF_NO_DEBT, Asset, BlockRef
from bot.domain.whatif.changes import SetCategory, SetReserve
from bot.errors import StoreError
from bot.messages.model import Message
from bot.monitor.saying import ORIGIN_MOST
from bot.ports import ChartOf, Delivery, Lane, LoansBefore
from bot.store import codec
from bot.subscriptions import ChatSettings, Watch
from tests.domain import aave
from tests.store.samples import ADDRESS, alert, delivery, imagined, mirror, watch

big = st.integers(min_value=-(2**256), max_value=2**256)
hostile = st.text(st.characters(codec=None), max_size=20)
st.register_type_strategy(int, big)
st.register_type_strategy(str, hostile)

bps = st.none() | st.integers(0, BPS)
st.register_type_strategy(SetReserve, st.builds(SetReserve, hostile, bps, bps, bps))
st.register_type_strategy(
    SetCategory, st.builds(SetCategory, big, bps, bps, bps, st.none() | st.integers(0, 2**256))
)


def few(of: type) -> st.SearchStrategy:
    """Two at most: an alert holds loans, those hold positions, and those hold parts, each of any number."""
    return st.lists(st.from_type(of), max_size=2).map(tuple)


# Without origin: words behind a position come back in PositionSeen, which draws them.
plain_position = st.builds(Position, origin=st.none(), supplied=few(Supplied), owed=few(Owed))
st.register_type_strategy(
    LoanBehind,
    st.builds(
        LoanBehind,
        now=plain_position,
        before=st.none() | plain_position,
        withdrawn=st.lists(st.tuples(st.from_type(Asset), big), max_size=2).map(tuple),
        path=st.lists(hostile, max_size=2).map(tuple),
    ),
)
st.register_type_strategy(
    LoansBefore, st.builds(LoansBefore, positions=st.lists(plain_position, max_size=2).map(tuple))
)
st.register_type_strategy(FlowSeen, st.builds(FlowSeen, flows=few(Flow), loans=few(LoanBehind)))


@pytest.mark.parametrize("of", list(codec.RECORDS), ids=lambda of: of.__name__)
def test_every_record_comes_back_as_it_was(of):
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.from_type(of))
    def comes_back(record):
        text = codec.encode(record)
        assert codec.decode(of, text, "k") == record
        assert text.isascii()

    comes_back()


def test_unions_are_told_apart_by_kind_and_not_by_shape():
    stored = json.loads(codec.encode(watch()))
    assert [rule["kind"] for rule in stored["is"]["rules"]] == ["health", "liquidated", "closed"]
    assert stored["is"]["target"]["kind"] == "wallet"
    assert json.loads(codec.encode(alert()))["is"]["seen"]["kind"] == "unseen"


def test_integers_of_256_bits_stay_exact():
    state = RuleState(told_value=HF_NO_DEBT)
    assert codec.decode(RuleState, codec.encode(state), "k").told_value == 2**256 - 1


def test_an_old_record_without_newer_fields_takes_their_defaults():
    old = '{"v":1,"kind":"settings","is":{"locale":"de"}}'
    assert codec.decode(ChatSettings, old, "k") == ChatSettings(locale="de")


@pytest.mark.parametrize("record", [imagined(), mirror()], ids=["imagined", "mirror"])
def test_what_is_imagined_comes_back_as_it_was(record):
    assert codec.decode(Watch, codec.encode(record), "k") == record


def test_a_watch_of_before_there_were_owners_has_none():
    old = good()
    del old["is"]["owner"]
    assert codec.decode(Watch, json.dumps(old), "k") == watch()


def with_origin(reserves: int) -> Alert:
    """An alert about a position with supplies and debts in that many reserves, and the words behind it."""
    found = range(reserves)
    emode = EModeCategory(1, 9300, 9500, 10100, "ETH correlated", 2**120 - 1, 2**110, 0, price=0)
    words = [
        replace(
            aave.reserve(i, aave.asset(2**150 + i, f"LONG{i}", 18), income=aave.RAY + i, debt=2 * aave.RAY),
            configuration=2**250 + i,
            a_token=ADDRESS,
            variable_debt_token=ADDRESS,
            stable_debt_token=ADDRESS if i % 2 else None,
        )
        for i in found
    ]
    market = aave.market(words, dict.fromkeys(found, 345_678_901_234), revision=aave.V302, emodes=[emode])
    holdings = [
        Holding(i, 651_000 * 10**18, 958 * 10**12, StableDebt(7, 10**25, aave.NOW) if i == 1 else None)
        for i in found
    ]
    account = aave.account(*holdings, collateral=found, borrowed=found, emode=1)
    position = replace(aave_v3.position(market, account), origin=Origin(market, account))
    return replace(alert(), reason=Reason.FIRST, seen=PositionSeen(position))


def test_the_words_behind_a_position_come_back_to_the_last_digit():
    told = with_origin(3)
    before = told.seen.position.origin
    for stored in (told, ChartOf(told)):
        text = codec.encode(delivery("d", payload=stored))
        read = codec.decode(Delivery, text, "k").payload
        after = getattr(read, "alert", read).seen.position.origin
        assert isinstance(read, type(stored))
        assert isinstance(after.market, MarketState)
        assert isinstance(after.account, AccountState)
        assert after == before
        assert list(after.market.reserves) == [0, 1, 2]
        assert aave_v3.position(after.market, after.account) == told.seen.position


def test_an_alert_of_before_there_were_origins_has_none():
    old = json.loads(codec.encode(with_origin(3)))
    del old["is"]["seen"]["position"]["origin"]
    read = codec.decode(Alert, json.dumps(old), "k")
    assert read.seen.position.origin is None
    assert read == with_origin(3)


def test_what_an_alert_takes_is_bounded():
    assert len(codec.encode(with_origin(ORIGIN_MOST))) < 20_000


@pytest.mark.parametrize("key", ["x", "01", "1.0", "+1", "٣", ""])
def test_a_number_as_a_key_is_written_in_one_way_only(key):
    stored = json.loads(codec.encode(with_origin(1)))
    prices = stored["is"]["seen"]["position"]["origin"]["market"]["prices"]
    assert list(prices) == ["0"]
    prices[key] = prices.pop("0")
    with pytest.raises(StoreError, match=r"prices: .* is no number"):
        codec.decode(Alert, json.dumps(stored), "k")


def good() -> dict:
    return json.loads(codec.encode(watch()))


def bad_records():
    yield "no json at all", "is not", "JSONDecodeError"
    yield "a list", "[]", "it is no watch"
    yield "another kind", codec.encode(ChatSettings()), "it is no watch"
    yield "no version", json.dumps(good() | {"v": "1"}), "it is no watch"
    yield "from the future", json.dumps(good() | {"v": 99}), "newer version of this program"
    yield "an unknown field", json.dumps(good() | {"is": good()["is"] | {"mood": 1}}), "unknown mood"
    yield "a missing field", json.dumps(good() | {"is": {"id": "w1"}}), "lacks home"
    yield "a wrong type", json.dumps(good() | {"is": good()["is"] | {"number": "1"}}), "number: expected int"
    yield "a bool for an int", json.dumps(good() | {"is": good()["is"] | {"number": True}}), "expected int"
    yield "an unknown rule", json.dumps(good() | {"is": good()["is"] | {"rules": [{"kind": "x"}]}}), "rules"


@pytest.mark.parametrize(("text", "why"), [pytest.param(t, w, id=n) for n, t, w in bad_records()])
def test_what_cannot_be_read_is_refused_with_its_key(text, why):
    with pytest.raises(StoreError) as error:
        codec.decode(Watch, text, "uk:{core}:watches[w1]")
    assert "uk:{core}:watches[w1]" in str(error.value)
    assert why in str(error.value)


def test_a_bad_enum_names_its_field():
    stored = json.loads(codec.encode(delivery("d")))
    stored["is"]["lane"] = 9
    with pytest.raises(StoreError, match="lane: 9 is no Lane"):
        codec.decode(Delivery, json.dumps(stored), "k")


def test_older_versions_are_brought_up_step_by_step(monkeypatch):
    monkeypatch.setattr(codec, "VERSIONS", {**codec.VERSIONS, "block": 3})
    monkeypatch.setitem(codec.UPGRADES, ("block", 1), lambda old: old | {"hash": old["digest"]})
    monkeypatch.setitem(
        codec.UPGRADES, ("block", 2), lambda old: {k: old[k] for k in ("number", "hash", "timestamp")}
    )
    old = '{"v":1,"kind":"block","is":{"number":1,"digest":"0x0","timestamp":2}}'
    assert codec.decode(BlockRef, old, "k") == BlockRef(1, "0x0", 2)


def test_a_missing_upgrade_step_is_refused_and_not_guessed(monkeypatch):
    monkeypatch.setattr(codec, "VERSIONS", {**codec.VERSIONS, "block": 2})
    with pytest.raises(StoreError, match="KeyError"):
        codec.decode(BlockRef, '{"v":1,"kind":"block","is":{"number":1,"hash":"","timestamp":2}}', "k")


def test_types_survive_so_that_rules_still_match():
    read = codec.decode(Delivery, codec.encode(delivery("d", payload=alert(), lane=Lane.CRITICAL)), "k")
    assert isinstance(read.payload, Alert)
    assert isinstance(read.lane, Lane)
    read = codec.decode(Delivery, codec.encode(replace(read, payload=Message(()))), "k")
    assert isinstance(read.payload, Message)
