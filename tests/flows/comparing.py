"""The generator's ledger against what the program booked: every entry finds its flow, and no flow is left."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.domain.flows import Flow, FlowKind
from tests.flows.playing import Player
from tests.flows.script import ETH, Entry, Script


@dataclass(slots=True)
class Outcome:
    """Counts of what had to be found and was; `faults` say what is wrong, each in a line."""

    expected: int = 0
    found: int = 0
    booked: int = 0
    faults: list[str] = field(default_factory=list)
    pairs: list[tuple[Entry, Flow]] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found / self.expected if self.expected else 1.0

    @property
    def precision(self) -> float:
        return self.found / self.booked if self.booked else 1.0


def compare(
    script: Script, player: Player, flows: Iterable[Flow], *, traced: bool = True, since: int = 0
) -> Outcome:
    """Each flow by its transaction, asset, amount, kind and exchange; then sender, passage and sweep.

    `since`: only what was mined after that block was watched.
    """
    by_tx: dict[str, list[Flow]] = defaultdict(list)
    for flow in flows:
        by_tx[flow.tx].append(flow)
    outcome = Outcome(booked=sum(map(len, by_tx.values())))
    if doubled := [
        one for one, count in Counter(f.id for fs in by_tx.values() for f in fs).items() if count > 1
    ]:
        outcome.faults.append(f"counted twice: {doubled[:3]}")
    whose = {act: story.kind for story in script.stories for step in story.steps for act in step}
    for act in script.acts():
        booked = by_tx.pop(player.hashes[act], [])
        for entry in act.entries:
            if (entry.traced and not traced) or player.mined[act][0] <= since:
                continue
            outcome.expected += 1
            match = next((flow for flow in booked if _same(entry, flow)), None)
            if match is None:
                outcome.faults.append(f"{whose.get(act, act.what)}: not booked: {_said(entry)}; but {booked}")
                continue
            booked.remove(match)
            outcome.found += 1
            outcome.pairs.append((entry, match))
            if wrong := _wrong(entry, match):
                outcome.faults.append(f"{whose.get(act, act.what)}: {wrong}: {_said(entry)}: {match}")
            if player.mined[act] != (match.block, match.at):
                outcome.faults.append(f"another block: {match}")
        outcome.faults += [f"{whose.get(act, act.what)}: booked for nothing: {flow}" for flow in booked]
    outcome.faults += [f"of no act: {flow}" for left in by_tx.values() for flow in left]
    return outcome


def _same(entry: Entry, flow: Flow) -> bool:
    return (entry.kind, entry.exchange, entry.asset, entry.amount, entry.other) == (
        flow.kind,
        flow.exchange,
        flow.asset.symbol,
        flow.amount,
        flow.other,
    )


def _wrong(entry: Entry, flow: Flow) -> str:
    if entry.senders and flow.sender not in entry.senders:
        return "another sender"
    if entry.via != "?" and entry.kind is FlowKind.INFLOW and (flow.via or "") != entry.via:
        return "another way"
    if entry.at_sweep is not None and flow.at_sweep != entry.at_sweep:
        return "the sweep is marked wrong"
    return ""


def _said(entry: Entry) -> str:
    return f"{entry.kind} {entry.exchange} {entry.amount} {entry.asset} of {entry.senders}"


Sums = dict[tuple[str, str, FlowKind], tuple[int, int]]
"""(asset, exchange, direction) -> (amount, dollars)."""


def ledger_sums(script: Script, player: Player, prices: Mapping[int, Mapping[str, int]]) -> Sums:
    """What must have come in and gone out, at the prices of each block: `prices` by block and symbol."""
    sums: Sums = {}
    for act in script.acts():
        block, _ = player.mined[act]
        for entry in act.entries:
            if entry.kind in (FlowKind.INFLOW, FlowKind.OUTFLOW):
                key = (entry.asset, entry.exchange, entry.kind)
                old, dollars = sums.get(key, (0, 0))
                price, unit = prices[block][entry.asset], 10 ** decimals(player, entry.asset)
                sums[key] = (old + entry.amount, dollars + entry.amount * price // unit)
    return sums


def decimals(player: Player, symbol: str) -> int:
    if symbol == ETH:
        return 18
    reserves = player.market.reserves
    return (reserves[symbol] if symbol in reserves else reserves[symbol[1:]]).decimals


def booked_sums(flows: Iterable[Flow]) -> Sums:
    sums: Sums = {}
    for flow in flows:
        if flow.kind in (FlowKind.INFLOW, FlowKind.OUTFLOW):
            key = (flow.asset.symbol, flow.exchange, flow.kind)
            old, dollars = sums.get(key, (0, 0))
            sums[key] = (old + flow.amount, dollars + (flow.value or 0))
    return sums
