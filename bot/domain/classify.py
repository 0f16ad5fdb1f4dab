"""What the transfers of a block mean: which are flows, and which deposit addresses they teach us.

Called by `bot.monitor` once a block. An exchange's side is a labelled wallet, a learned deposit address, or
coins that lie where they were counted when they came in. What is counted as:

- outside -> exchange: INFLOW; exchange -> outside: OUTFLOW; within one: INTERNAL; between two: BETWEEN.
- Staking and other contracts of an exchange: moves to and from its own wallets are INTERNAL, people's are no
  flow; to another exchange they are outsiders.
- Minting and burning are no flow: an issuer's dollars minted to an exchange come from no holder. Coins minted
  to a deposit address count when they are swept. Wrapping the coin is no flow either: it changes no holder.
- A sweep is INTERNAL as far as it was counted; the rest is an INFLOW now, of whoever paid it in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.domain.deposit_records import PENDING, USED, Receipt
from bot.domain.deposits import DepositAddress, Learner
from bot.domain.flows import Flow, FlowKind
from bot.domain.labels import Label, LabelKind, Labels
from bot.domain.learning import NOTHING_LEFT, Draft, Left
from bot.domain.observations import MoveKind
from bot.domain.passing import NOBODY, Passed, is_wrapping, netted, wrapper_of
from bot.domain.sides import Side, basis_of, kind_of, labelled, learned_side
from bot.domain.transfers import NATIVE, Transfer, TransfersSeen
from bot.domain.units import Address, RawAmount

SWEPT_INTO = frozenset({LabelKind.HOT, LabelKind.COLD, LabelKind.MAIN})
"""What goes into another deposit address is a person's."""

_MAY_BE_TAUGHT = frozenset({PENDING, USED})


@dataclass(frozen=True, slots=True)
class Classified:
    """One block, decided. The learner holds it already; `Learner.undo` takes it back."""

    flows: tuple[Flow, ...] = ()
    """In the block's order."""
    records: Mapping[Address, str] = field(default_factory=dict)
    """The learner's changed records as text; empty text = forget it."""
    learned: tuple[DepositAddress, ...] = ()
    """New, or with more evidence."""
    barred: tuple[Address, ...] = ()
    """Learned before, and not any more: they did what no deposit address does."""


def candidates(seen: TransfersSeen, labels: Labels, learner: Learner) -> frozenset[Address]:
    """Addresses that this block would teach us if they have no code: ask the chain. Changes nothing."""
    suspects = _suspects(seen, labels, learner)
    if not suspects:
        return frozenset()
    # Only what they had part in decides about them.
    theirs = {one.tx for one in seen.transfers if one.sender in suspects or one.receiver in suspects}
    part = tuple(one for one in seen.transfers if one.tx in theirs)
    block = _Block(replace(seen, transfers=part, wrapper=wrapper_of(seen)), labels, learner, frozenset())
    block.decide()
    return frozenset(address for address in block.draft.taught if not learner.is_learned(address))


def _suspects(seen: TransfersSeen, labels: Labels, learner: Learner) -> set[Address]:
    """Who may have forwarded something to an exchange that it was paid before."""
    table, chain_id = labels.by_place, seen.chain_id
    touched = {
        one.tx
        for one in seen.transfers
        if (known := table.get((chain_id, one.receiver))) is not None and known.kind in SWEPT_INTO
    }
    if not touched:
        return set()
    receivers = {one.receiver for one in seen.transfers}
    return {
        one.sender
        for one in seen.transfers
        if one.tx in touched
        and learner.texts.get(one.sender, "  " + (PENDING if one.sender in receivers else ""))[2:3]
        in _MAY_BE_TAUGHT
    }


def classify(
    seen: TransfersSeen,
    labels: Labels,
    learner: Learner,
    contracts: frozenset[Address],
    unknown: frozenset[Address] = frozenset(),
) -> Classified:
    """Decide a block; `contracts` are those of its candidates that have code, of the `unknown` ones the chain
    could not say: those are not learned now. Twice is once.
    """
    undone = learner.undo(seen.as_of.number - 1)
    block = _Block(seen, labels, learner, contracts, unknown)
    block.decide()
    draft = block.draft
    learned = draft.addresses()
    records = learner.commit(seen.as_of.number, seen.as_of.timestamp, draft.texts())
    return Classified(tuple(block.flows), {**undone, **records}, learned, tuple(draft.unlearned))


class _Block:
    """One block on its way to a decision."""

    def __init__(
        self,
        seen: TransfersSeen,
        labels: Labels,
        learner: Learner,
        contracts: frozenset[Address],
        unknown: frozenset[Address] = frozenset(),
    ) -> None:
        self._seen = seen
        self._labels = labels.by_place
        self._learner = learner
        self._wrapper = wrapper_of(seen)
        self._tokens = {*seen.prices, *(one.asset.address for one in seen.transfers)}
        self.draft = Draft(seen, learner, contracts, unknown)
        self.flows: list[Flow] = []

    def decide(self) -> None:
        taken = self._taken()
        borrowers = [move.account for move in self._seen.loans if move.kind is MoveKind.BORROW]
        barred = self.draft.barred
        for passed in netted(
            self._seen.transfers, ours=self._is_ours, wrapper=self._wrapper, stops=frozenset(borrowers)
        ):
            sender = passed.sender
            if sender in barred and passed.transfer.receiver in barred:
                continue  # traders and their pools: no flow, and nothing to learn
            if sender in self._tokens:
                sender = taken.get((passed.transfer.tx, passed.transfer.receiver), sender)
            self._move(passed, sender)

    def _taken(self) -> dict[tuple[str, Address], Address]:
        """Who took from a market what a receiver got in a transaction. Who did is no deposit address."""
        taken = {}
        for move in self._seen.loans:
            if move.kind in (MoveKind.WITHDRAW, MoveKind.BORROW):
                taken[move.tx, move.other] = move.account
                if self._label(move.account) is None:
                    self.draft.bar(move.account)
        return taken

    def _is_ours(self, address: Address) -> bool:
        return self._label(address) is not None or self._learner.is_learned(address)

    def _label(self, address: Address) -> Label | None:
        return self._labels.get((self._seen.chain_id, address))

    def _move(self, passed: Passed, sender: Address) -> None:
        one = passed.transfer
        if NOBODY in (sender, one.receiver):
            self._made(passed, sender)
        elif is_wrapping(one, self._wrapper):
            self._rewrapped(one)
        else:
            self._hand_over(passed, sender)

    def _made(self, passed: Passed, sender: Address) -> None:
        """Minted or burned."""
        receiver = passed.transfer.receiver
        if sender != NOBODY:
            if self._label(sender) is None:
                self.draft.leave(sender, passed, "")
        elif self._label(receiver) is None:
            self.draft.unlike(receiver, passed.transfer)

    def _rewrapped(self, one: Transfer) -> None:
        """The leg that is given tells which form it had."""
        wrapper = self._wrapper or NATIVE
        if one.sender == wrapper:
            if self._label(one.receiver) is None:
                self.draft.bar(one.receiver)
        elif self._label(one.sender) is None:
            old = one.asset.address
            self.draft.change_form(one.sender, old, wrapper if old == NATIVE else NATIVE, one)

    def _hand_over(self, passed: Passed, sender: Address) -> None:
        one = passed.transfer
        giving, taking = self._label(sender), self._label(one.receiver)
        left = NOTHING_LEFT
        if giving is None:
            wallet = taking.exchange if taking is not None and taking.kind in SWEPT_INTO else ""
            left = self.draft.leave(sender, passed, wallet)
        counts = taking is not None or self._arrive(passed, sender, giving)
        to = self._side(one.receiver, taking) if counts else None
        if to is None and giving is None and not left.counted:
            return  # most of a block
        parts = [(one.amount - left.counted, labelled(giving) if giving else None)]
        if left.counted:
            parts.append((left.counted, learned_side(left.owner, left.since)))
        for amount, origin in parts:
            if amount:
                self._flow(passed, sender, amount, origin, to, left)

    def _arrive(self, passed: Passed, sender: Address, giving: Label | None) -> bool:
        """Whether it came to a deposit address that counts it."""
        receiver = passed.transfer.receiver
        if giving is not None:
            self.draft.paid_out(receiver, passed, giving)
            return True
        if sender in self._tokens and self.draft.learned(receiver) is None:
            self.draft.unlike(receiver, passed.transfer)  # out of a vault, by whom we were not told
            return False
        return receiver not in self._tokens and self.draft.arrive(receiver, passed, sender)

    def _side(self, address: Address, label: Label | None) -> Side | None:
        if label is not None:
            return labelled(label)
        record = self.draft.learned(address)
        return None if record is None else learned_side(record.exchange, record.learned_at)

    def _flow(
        self,
        passed: Passed,
        sender: Address,
        amount: int,
        origin: Side | None,
        to: Side | None,
        left: Left,
    ) -> None:
        kind = kind_of(origin, to)
        one = passed.transfer
        by = basis_of(kind, origin, to)
        if kind is None or by is None:
            return
        sweep = kind is FlowKind.INFLOW and left.receipts is not None
        part = f"#{'rest' if origin is None else 'counted'}" if left.counted not in (0, one.amount) else ""
        self.flows.append(
            Flow(
                id=f"{passed.id}{part}",
                kind=kind,
                chain_id=self._seen.chain_id,
                asset=one.asset,
                amount=RawAmount(amount),
                value=self._seen.value(one.asset, amount),
                sender=_payer(left.receipts or (), sender) if sweep else sender,
                receiver=one.receiver,
                exchange=by.exchange if kind is FlowKind.OUTFLOW or to is None else to.exchange,
                confidence=by.confidence,
                source=by.source,
                seen=by.seen,
                tx=one.tx,
                block=self._seen.as_of.number,
                at=self._seen.as_of.timestamp,
                other=origin.exchange if kind is FlowKind.BETWEEN and origin else "",
                via=sender if sweep else passed.via,
                at_sweep=sweep,
            )
        )


def _payer(receipts: tuple[Receipt, ...], deposit: Address) -> Address:
    """Who paid in what was swept, if it was one."""
    payers = {one.payer for one in receipts}
    return next(iter(payers)) or deposit if len(payers) == 1 else deposit
