"""200 stories of people with a loan among 20,000 ordinary transfers and 500 hostile ones, on a real chain.

Every figure is held against the generator's own ledger. The suite plays a quarter of it; all is played by

    UNDERKEEL_STORIES=full .venv/bin/python -m pytest -q -s tests/flows/test_stories.py

Seeds used while this was built and tuned: 1 to 99, 20261130 (it found a fault of this file), 20261201 and
20261204 (broken off) and 20261202. Those of the final run are in `SEEDS` and were not played before it;
UNDERKEEL_STORIES_SEED names another one.
"""

import asyncio
import os
import time
from collections import Counter, defaultdict

import pytest

from bot.domain.alerts import Reason
from bot.domain.flows import Flow, FlowKind, Relation
from bot.ports import Operation
from tests.flows.comparing import booked_sums, compare, ledger_sums
from tests.flows.generator import FULL, QUARTER
from tests.flows.program import ALERT_USD, Told
from tests.flows.running import Run, play
from tests.flows.script import Entry

pytestmark = [pytest.mark.chain, pytest.mark.timeout(1_200)]

SEEDS = {"quarter": 20261203, "full": 20261205}
SIZES = {"quarter": QUARTER, "full": FULL}
SIZE = os.environ.get("UNDERKEEL_STORIES", "quarter")
SEED = int(os.environ.get("UNDERKEEL_STORIES_SEED", SEEDS[SIZE]))
DOLLAR = 10**8
FLOOR = 1_000 * DOLLAR


@pytest.fixture(scope="module")
def run() -> Run:
    began = time.monotonic()
    played = asyncio.run(play(SEED, SIZES[SIZE]))
    acts = Counter(act.what or "of a story" for act in played.script.acts())
    took = time.monotonic() - began
    print(f"\nseed {SEED}, {SIZE}: {sum(acts.values())} transactions in {took:.0f} s: {acts}")
    print(f"stories: {Counter(story.kind for story in played.script.stories)}")
    return played


def test_every_labelled_transfer_is_booked_and_nothing_else(run: Run) -> None:
    outcome = compare(run.script, run.player, run.traced.booked)
    print(f"\nexpected {outcome.expected}, recall {outcome.recall}, precision {outcome.precision}")
    assert not outcome.faults, "\n".join(outcome.faults[:10])
    assert outcome.recall == outcome.precision == 1.0


def test_without_traces_all_but_what_contracts_moved_is_booked(run: Run) -> None:
    since = run.untraced_since
    outcome = compare(run.script, run.player, run.untraced.booked, traced=False, since=since)
    watched = [act for act in run.script.acts() if run.player.mined[act][0] > since]
    unseen = sum(entry.traced for act in watched for entry in act.entries)
    print(f"\nexpected {outcome.expected}, recall {outcome.recall}, {unseen} moved by contracts are not seen")
    assert unseen > 0
    assert outcome.recall == 1.0, "\n".join(outcome.faults[:10])
    assert outcome.precision == 1.0, "\n".join(outcome.faults[:10])
    alerts = [told.alert.seen for told in run.untraced.told]
    assert alerts
    assert all(seen.untraced for seen in alerts), "an alert says that it may not have seen all"


def test_deposit_addresses_are_learned_and_nobody_else_is(run: Run) -> None:
    wanted, got = set(run.script.learned), set(run.traced.learned)
    kinds = {
        address: story.kind
        for story in (*run.script.stories, *run.script.doomed_stories)
        for address in (*story.learned, *story.never, *story.either)
    }
    either = got & run.script.either
    missed, wrong = wanted - got, got - wanted - run.script.either
    recall = 1 - len(missed) / len(wanted)
    print(
        f"\n{len(wanted)} to be learned, recall {recall}, wrong {len(wrong)}, nobody could tell {len(either)}"
    )
    assert not wrong, Counter(kinds.get(address, "of no story") for address in wrong)
    assert not got & run.script.never
    assert recall >= 0.99, Counter(kinds[address] for address in missed)


def test_sums_are_exact(run: Run) -> None:
    ledger = ledger_sums(run.script, run.player, run.prices)
    assert booked_sums(run.traced.booked) == ledger
    kept = {}
    for (symbol, exchange), sums in run.traced.by_pair.items():
        if sums.all.into_count:
            kept[symbol, exchange, FlowKind.INFLOW] = (sums.all.into, sums.all.into_value)
        if sums.all.out_count:
            kept[symbol, exchange, FlowKind.OUTFLOW] = (sums.all.out, sums.all.out_value)
    assert kept == {key: value for key, value in ledger.items() if key[:2] in run.traced.by_pair}
    whole = run.traced.sums.all
    for kind, value in ((FlowKind.INFLOW, whole.into_value), (FlowKind.OUTFLOW, whole.out_value)):
        assert value == sum(dollars for key, (_, dollars) in ledger.items() if key[2] is kind)


def test_the_ledger_agrees_with_the_balances_on_the_chain(run: Run) -> None:
    """Of tokens, which no fee is paid in: what came in less what went out is what the wallets have more."""
    booked: Counter[tuple[str, str]] = Counter()
    for act in run.script.acts():
        for entry in act.entries:
            if entry.kind is not FlowKind.INTERNAL:
                sign = -1 if entry.kind is FlowKind.OUTFLOW else 1
                booked[entry.asset, entry.exchange] += sign * entry.amount
                if entry.kind is FlowKind.BETWEEN:
                    booked[entry.asset, entry.other] -= entry.amount
    assert {key: booked[key] for key in run.gained} == run.gained
    assert any(run.gained.values())


def test_the_log_keeps_each_flow_once(run: Run) -> None:
    """All that is worth a thousand dollars, and goes in, out or across."""
    ids = Counter(flow.id for flow in run.traced.flows)
    assert max(ids.values()) == 1
    wanted = {
        flow.id
        for flow in run.traced.booked
        if flow.kind is not FlowKind.INTERNAL and (flow.value or 0) >= FLOOR
    }
    assert set(ids) == wanted
    assert {flow.id: flow for flow in run.traced.flows} == {
        flow.id: flow for flow in run.traced.booked if flow.id in wanted
    }


# ---- alerts -----------------------------------------------------------------------------------------


def incidents(run: Run) -> dict[tuple[str, FlowKind], list[tuple[Entry, Flow]]]:
    """Who had to be told of, by the ledger: from the block with a transfer of a million on, all he moved."""
    by_person: dict[tuple[str, FlowKind], list[tuple[Entry, Flow]]] = defaultdict(list)
    for entry, flow in compare(run.script, run.player, run.traced.booked).pairs:
        if entry.kind in (FlowKind.INFLOW, FlowKind.OUTFLOW) and _dollars(run, entry, flow) >= FLOOR:
            person = flow.sender if entry.kind is FlowKind.INFLOW else flow.receiver
            by_person[person, entry.kind].append((entry, flow))
    opened = {}
    for person, pairs in by_person.items():
        large = [flow.block for entry, flow in pairs if _dollars(run, entry, flow) >= ALERT_USD * DOLLAR]
        if large:
            opened[person] = [(entry, flow) for entry, flow in pairs if flow.block >= min(large)]
    return opened


def _dollars(run: Run, entry: Entry, flow: Flow) -> int:
    return entry.amount * run.prices[flow.block][entry.asset] // flow.asset.unit


def last_told(run: Run) -> dict[tuple[str, FlowKind], Told]:
    """The last word of each person's incident."""
    last = {}
    for told in run.traced.told:
        seen = told.alert.seen
        last[seen.sender, seen.kind] = told
    return last


def test_alerts_are_those_of_the_ledger(run: Run) -> None:
    wanted, told = incidents(run), last_told(run)
    doomed = {
        who for who, one in told.items() if one.alert.reason is Reason.CORRECTED and not one.alert.seen.count
    }
    print(f"\n{len(wanted)} incidents, {len(run.traced.told)} words of them, {len(doomed)} taken back")
    assert set(told) - doomed == set(wanted)
    for who, pairs in wanted.items():
        seen = told[who].alert.seen
        sums: Counter[str] = Counter()
        for entry, _ in pairs:
            sums[entry.asset] += entry.amount
        assert {one.asset.symbol: one.amount for one in seen.sums} == sums, who
        assert seen.count == len(pairs)
        assert seen.value == sum(_dollars(run, entry, flow) for entry, flow in pairs)


def test_a_message_is_sent_once_and_then_edited(run: Run) -> None:
    operations: dict[str, list[Operation]] = defaultdict(list)
    for told in run.traced.told:
        operations[told.alert.incident].append(told.operation)
    assert all(said.count(Operation.SEND) == 1 and said[0] is Operation.SEND for said in operations.values())
    assert any(len(said) > 1 for said in operations.values())
    ids = Counter((told.alert.id, told.operation) for told in run.traced.told)
    assert max(ids.values()) == 1


def test_what_was_told_of_blocks_that_are_no_more_is_taken_back(run: Run) -> None:
    gone = {address for story in run.script.doomed_stories for address in (*story.never, *story.either)}
    gone |= {address for story in run.script.doomed_stories for address in story.learned}
    heard = {
        (told.alert.seen.sender, told.alert.seen.kind)
        for told in run.traced.told
        if told.alert.reason is Reason.FIRST and told.alert.seen.sender in gone
    }
    assert any(kind is FlowKind.INFLOW for _, kind in heard), "something was told of them"
    last = last_told(run)
    for who in heard:
        told = last[who]
        assert told.alert.reason is Reason.CORRECTED
        assert told.operation is Operation.EDIT
        assert told.alert.seen.count == 0
        assert told.alert.seen.retracted
    assert not {flow.sender for flow in run.traced.booked} & gone
    assert not run.traced.learned & gone


# ---- the join ---------------------------------------------------------------------------------------


def test_the_loan_behind_is_the_right_one(run: Run) -> None:
    """Whoever's coins came in has his loan shown as the contract had it; nobody else has one."""
    told, found, relations = last_told(run), 0, Counter[Relation]()
    for who, pairs in incidents(run).items():
        if who[1] is not FlowKind.INFLOW:
            continue
        loans = told[who].alert.seen.loans
        owners = {entry.loan for entry, _ in pairs if entry.loan}
        if not owners:
            assert not loans, (who, pairs)
            continue
        (owner,) = owners
        story = next(one for one in run.script.stories if owner in one.never)
        assert [loan.account for loan in loans] == [owner], (who, pairs, story)
        found += 1
        relations[loans[0].relation] += 1
        assert loans[0].relation is (Relation.SENDER if who[0] == owner else Relation.FUNDED)
    print(f"\n{found} loans found: {relations}")
    for position, factor in run.health:
        assert position.health_factor == factor
    assert found > len(run.script.loans) // 8
    assert len(relations) == 2


def test_what_a_large_withdrawal_did_to_the_loan_is_told(run: Run) -> None:
    befores = [
        (loan.before, loan.now, loan)
        for told in run.traced.told
        for loan in told.alert.seen.loans
        if loan.before is not None
    ]
    assert befores
    for before, now, loan in befores:
        assert before.as_of.number < now.as_of.number
        assert loan.withdrawn or loan.debt_change
        if loan.withdrawn:
            assert before.totals.collateral_base > now.totals.collateral_base
