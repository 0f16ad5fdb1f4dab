import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.alerts import Alert
from bot.domain.rules import RuleState
from bot.domain.units import HF_NO_DEBT, BlockRef
from bot.errors import StoreError
from bot.messages.model import Message
from bot.ports import Delivery, Lane
from bot.store import codec
from bot.subscriptions import ChatSettings, Watch
from tests.store.samples import alert, delivery, watch

big = st.integers(min_value=-(2**256), max_value=2**256)
hostile = st.text(st.characters(codec=None), max_size=20)
st.register_type_strategy(int, big)
st.register_type_strategy(str, hostile)


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
