"""The imagined accounts of one market, judged at each block by the market's own words: nothing more is read.

Used by `watcher` only. As in its ledger, `look` may be repeated for a block; `commit` follows once the
observer has what it made.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.domain.aave_state import AccountState
from bot.domain.observations import Glance, Liquidation, Move, PositionSeen
from bot.domain.units import Address, BaseAmount, RawAmount
from bot.domain.whatif.hypothetical import scaled_copy
from bot.subscriptions import ImaginedTarget, MirrorTarget, Terms
from watchers.aave.happened import Happened
from watchers.aave.readings import Lens

Targets = Mapping[Address, ImaginedTarget | MirrorTarget]
_Source = tuple[ImaginedTarget | MirrorTarget, AccountState]


@dataclass(frozen=True, slots=True)
class Made:
    """An imagined account as it is judged: its words under its key, and the terms that are its own."""

    state: AccountState
    terms: tuple[Terms, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What is to be reported of the imagined accounts at a block."""

    seen: tuple[PositionSeen, ...] = ()
    glances: tuple[Glance, ...] = ()
    unread: frozenset[Address] = frozenset()


class Imagination:
    """Keeps what each account was when the observer had it last, so that only news is told as such.

    A reorganisation needs no word: what a block undid in a wallet is another state of its mirror.
    """

    def __init__(self, market: str) -> None:
        self._market = market
        self._made: dict[Address, tuple[_Source, Made]] = {}
        self._told: dict[Address, Made | None] = {}
        self._looked: dict[Address, Made | None] = {}

    def resume(self, imagined: Targets) -> None:
        """After a pause: these were judged before it, so what was done to a mirrored wallet is theirs."""
        self._told |= dict.fromkeys(self._ours(imagined))

    def look(
        self,
        lens: Lens,
        imagined: Targets,
        accounts: Mapping[Address, AccountState],
        done: Mapping[Address, Happened],
        *,
        missed: bool = False,
    ) -> Judged:
        """`accounts` are the real ones at this block, `done` what those did that are reported with it.

        `missed`: not all that was done since the block before is known.
        """
        ours = self._ours(imagined)
        made = self._make(ours, accounts)
        seen: list[PositionSeen] = []
        quiet: dict[tuple[Terms, ...], list[AccountState]] = defaultdict(list)
        for key, one in made.items():
            target, follows = ours[key], key in self._told
            what = _copied(done, target) if follows and isinstance(target, MirrorTarget) else Happened()
            if self._told.get(key) == one and not (what.moves or what.liquidations):
                quiet[one.terms].append(one.state)
            else:
                gap = missed and follows and isinstance(target, MirrorTarget)
                seen += _seen(lens, one, what, gap=gap)
        glances = _glances(lens, quiet)
        known = {one.position.account for one in seen} | {one.account for one in glances}
        self._looked = {key: one for key, one in self._told.items() if key in ours}
        self._looked |= {key: made[key] for key in known}
        return Judged(tuple(seen), glances, frozenset(ours.keys() - known))

    def commit(self) -> None:
        """The observer has what the last `look` made; what was unread then is news when it can be read."""
        self._told = self._looked

    def _ours(self, imagined: Targets) -> dict[Address, ImaginedTarget | MirrorTarget]:
        return {key: target for key, target in imagined.items() if target.market == self._market}

    def _make(self, ours: Targets, accounts: Mapping[Address, AccountState]) -> dict[Address, Made]:
        """Made anew only of what is new: a target, or the words of the wallet that it follows."""
        kept: dict[Address, tuple[_Source, Made]] = {}
        for key, target in ours.items():
            state = accounts.get(target.address) if isinstance(target, MirrorTarget) else target.state
            before = self._made.get(key)
            if before is not None and before[0] == (target, state):
                kept[key] = before
            elif state is not None and (made := _made(key, target, state)) is not None:
                kept[key] = ((target, state), made)
        self._made = kept
        return {key: made for key, (_, made) in kept.items()}


def _seen(lens: Lens, one: Made, what: Happened, *, gap: bool) -> list[PositionSeen]:
    """Nothing when it cannot be known."""
    through = lens.under(one.terms)
    found = through.positions([one.state]) if through else []
    return [PositionSeen(each, tuple(what.moves), tuple(what.liquidations), gap) for each in found]


def _glances(lens: Lens, quiet: Mapping[tuple[Terms, ...], list[AccountState]]) -> tuple[Glance, ...]:
    lenses = ((lens.under(terms), states) for terms, states in quiet.items())
    return tuple(
        glance for through, states in lenses if through is not None for glance in through.glances(states)
    )


def _made(key: Address, target: ImaginedTarget | MirrorTarget, state: AccountState) -> Made | None:
    """None for a copy of a size that cannot be, which must not stop the market for everybody."""
    if isinstance(target, MirrorTarget):
        if min(target.numerator, target.denominator) <= 0:
            return None
        copy = scaled_copy(state, target.numerator, target.denominator)
        return Made(replace(copy, account=key))
    return Made(replace(state, account=key), target.terms)


def _copied(done: Mapping[Address, Happened], target: MirrorTarget) -> Happened:
    """What the wallet did, as large as its copy does it."""
    what = done.get(target.address)
    if what is None:
        return Happened()

    def part(amount: int) -> int:
        return amount * target.numerator // target.denominator

    def move(one: Move) -> Move:
        value = None if one.value is None else BaseAmount(part(one.value))
        return replace(one, amount=RawAmount(part(one.amount)), value=value)

    def liquidation(one: Liquidation) -> Liquidation:
        return replace(
            one,
            seized=RawAmount(part(one.seized)),
            seized_value=BaseAmount(part(one.seized_value)),
            repaid=RawAmount(part(one.repaid)),
            repaid_value=BaseAmount(part(one.repaid_value)),
        )

    return Happened([move(one) for one in what.moves], [liquidation(one) for one in what.liquidations])
