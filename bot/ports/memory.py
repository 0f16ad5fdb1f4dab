"""What was judged, and who watches what: rule states, watches, settings and rights."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.alerts import Alert, AlertGroup
from bot.domain.rules import RuleState
from bot.domain.units import BlockRef
from bot.ports.flows import FlowChange
from bot.ports.outbox import Delivery
from bot.subscriptions import ChatSettings, StateKey, Watch


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What one block led to: saved in ONE transaction, alerts and cursor with the states they follow from."""

    market: str
    as_of: BlockRef | None
    """The new cursor; None leaves it."""
    states: Mapping[StateKey, RuleState] = field(default_factory=dict)
    deliveries: Sequence[Delivery] = ()
    flows: FlowChange | None = None
    """What a chain's block leaves in the flow log; its cursor's market is `flows:<chain id>`."""


Keep = Callable[[RuleState | None, RuleState | None], RuleState | None]
"""(state now, state before the blocks that are gone) -> what is left of both."""


def as_before(_now: RuleState | None, before: RuleState | None) -> RuleState | None:
    """The blocks might never have been."""
    return before


class Judgements(Protocol):
    """Rule states and cursors. Single writer: the monitor."""

    async def load(self) -> dict[StateKey, RuleState]: ...

    async def save(self, verdicts: Verdicts) -> None:
        """States, journal for roll-back (>= 64 blocks), outbox and cursor, in one transaction."""

    async def cursor(self, market: str) -> BlockRef | None: ...

    async def roll_back(self, market: str, to: int, keep: Keep = ...) -> dict[StateKey, RuleState | None]:
        """Undo all states of `market` decided above block `to`; what they are now (None = none)."""

    async def drop(self, gone: Collection[StateKey]) -> None:
        """Forget states of watches that are no more."""


class Watches(Protocol):
    """Who watches what, as a monitor asks for it."""

    async def version(self) -> int:
        """Grows with every change, whichever process made it."""

    async def all(self) -> tuple[Watch, ...]: ...

    async def settings_of(self, homes: Collection[str]) -> dict[str, ChatSettings]:
        """Those of many homes at once."""


class WatchBook(Watches, Protocol):
    """Watches, settings and people's rights. Written by commands, read by the monitor."""

    async def of(self, home: str) -> tuple[Watch, ...]:
        """In the order of their numbers."""

    async def add(self, watch: Watch) -> Watch:
        """Store a new watch; id and number are given here (a free number of that home)."""

    async def add_many(self, watches: Sequence[Watch]) -> tuple[Watch, ...]:
        """Store new watches of one home, in one step of the version."""

    async def put(self, watch: Watch) -> None:
        """Replace a stored watch."""

    async def remove(self, watch: Watch) -> None:
        """Forget a watch and the states of its rules."""

    async def settings(self, home: str) -> ChatSettings: ...

    async def put_settings(self, home: str, settings: ChatSettings) -> None: ...

    async def last_alert(self, destination: str) -> Alert | None:
        """The newest alert acknowledged for a destination, for /why."""

    async def alert(self, destination: str, incident: str) -> Alert | None:
        """The newest alert of an incident said at a destination, for its buttons."""

    async def alert_group(self, destination: str, group: str) -> AlertGroup | None:
        """The alerts of a common message, for its buttons."""

    async def unattended(self, alert: Alert) -> bool:
        """Whether its incident still runs and nobody acknowledged or snoozed it."""

    async def may_ping(self, home: str, incident: str, delivery: str) -> bool:
        """Whether this delivery may mention a role: one an incident each 30 minutes, the same one again and
        again.
        """

    async def places(self, home: str) -> frozenset[str]:
        """Every destination that this home spoke from or sends to, itself included."""

    async def add_place(self, home: str, place: str) -> None:
        """Remember that a destination belongs to a home; cheap when it is known."""

    async def drop_place(self, home: str, place: str) -> None:
        """A destination is no more: nothing is to be sent there in place of another."""

    async def home_of(self, place: str) -> str:
        """The home of a destination that we remember, else the place's own chat."""

    async def admit(self, home: str) -> None:
        """Let a group or server in, as if it stood on the allow-list."""

    async def admitted(self, home: str) -> bool: ...

    async def expel(self, home: str) -> None:
        """Undo `admit`."""

    async def offer_place(self, code: str, place: str, home: str, for_s: int) -> None:
        """Remember for `for_s` seconds that whoever shows `code` may send alerts to `place`."""

    async def take_place(self, code: str) -> tuple[str, str] | None:
        """(place, home) behind a code, which is spent; None if there is none."""

    async def keep_draft(self, home: str, draft: str, watch: Watch) -> None:
        """Remember for 30 days what a what-if answer would become if its button is pressed; 50 a home.

        Not who asked: `created_by` is whoever presses it.
        """

    async def draft(self, home: str, draft: str) -> Watch | None: ...

    async def forget(self, home: str) -> int:
        """Delete every key of a home and of its places, dead letters too; how many watches it had."""

    async def forget_person(self, person: str) -> int:
        """Take a person's id and name out of what other homes keep (who added, who acknowledged, who may
        edit); how many records named them. Their own chat is a home, see `forget`.
        """

    async def operators(self) -> frozenset[str]:
        """People made operator by code, as `platform/user`."""

    async def add_operator(self, person: str) -> None: ...

    async def former(self, chat: str) -> frozenset[str]:
        """The ids (`platform/chat`) that a chat had before it migrated."""
