"""What stands in for the flow side of a desk that was given none: nothing known, nothing remembered."""

from collections.abc import Collection, Sequence

from bot.domain.aave_state import MarketState
from bot.domain.deposits import DepositAddress
from bot.domain.flows import Flow, FlowSums
from bot.domain.labels import Label, Labels
from bot.domain.positions import Position
from bot.domain.story.past import Past
from bot.domain.units import Address, BlockRef
from bot.errors import SourceError
from bot.messages.replayfacts import ReplayPlayed
from bot.ports import LoansBefore, TrackedAsset
from bot.ports.rehearsals import ReplayAsked


class NoFlows:
    """A desk that watches no flows: nothing ever flowed."""

    async def load(
        self,
        chain_id: int,  # noqa: ARG002  the port's
        *,
        since: int = 0,  # noqa: ARG002  the port's
    ) -> tuple[dict[str, str], dict[Address, str], tuple[Flow, ...]]:
        return {}, {}, ()

    async def flows(
        self,
        *,
        since: int,  # noqa: ARG002  the port's
        senders: Collection[Address] = (),  # noqa: ARG002  the port's
        assets: Collection[str] = (),  # noqa: ARG002  the port's
    ) -> tuple[Flow, ...]:
        return ()

    async def sums(
        self,
        *,
        since: int,
        until: int,
        assets: Collection[str] = (),  # noqa: ARG002  the port's
        exchanges: Collection[str] = (),  # noqa: ARG002  the port's
    ) -> FlowSums:
        return FlowSums(since, until, known_since=until)

    async def trail(self, chain_id: int) -> tuple[str, ...]:  # noqa: ARG002  the port's
        return ()

    async def loans_before(self, chain_id: int) -> tuple[LoansBefore, ...]:  # noqa: ARG002  the port's
        return ()

    async def deposit(self, chain_id: int, address: Address) -> DepositAddress | None: ...


class NoLabels:
    """A desk without labels: nobody is known, and nothing can be noted."""

    async def version(self) -> int:
        return 0

    async def all(self, home: str = "") -> tuple[Label, ...]:  # noqa: ARG002  the port's
        return ()

    def table(self) -> Sequence[Label]:
        return ()

    async def of(self, address: Address, home: str = "") -> tuple[Label, ...]:  # noqa: ARG002  the port's
        return ()

    async def put(self, labels: Sequence[Label], home: str = "") -> int:  # noqa: ARG002  the port's
        return 0

    async def remove(self, address: Address, home: str = "") -> int:  # noqa: ARG002  the port's
        return 0


class NoChain:
    """A desk without a chain: loans and code are unknown, as when every node is silent."""

    async def contracts(self, chain_id: int, addresses: Collection[Address]) -> frozenset[Address]:  # noqa: ARG002  the port's
        raise SourceError(f"chain {chain_id}: nobody reads it")

    async def loans(
        self,
        chain_id: int,
        accounts: Collection[Address],  # noqa: ARG002  the port's
        at: BlockRef | None = None,  # noqa: ARG002  the port's
    ) -> tuple[tuple[Position, ...], tuple[str, ...]]:
        raise SourceError(f"chain {chain_id}: nobody reads it")


class NoStories:
    """A desk that reads no logs: nobody's past is known."""

    async def past(self, accounts: Collection[Address], labels: Labels) -> Past:  # noqa: ARG002  the port's
        raise SourceError("nobody reads the past")


class NoReplays:
    """A desk that plays no past."""

    def episodes(self) -> tuple[str, ...]:
        return ()

    def knows(self, name: str) -> bool:  # noqa: ARG002  the port's
        return False

    async def market(self, episode: str) -> MarketState:
        raise SourceError(f"{episode}: nobody plays it")

    async def play(self, asked: ReplayAsked) -> ReplayPlayed:  # noqa: ARG002  the port's
        raise SourceError("nobody plays the past")


def nothing_tracked() -> tuple[TrackedAsset, ...]:
    """Where no flows are read."""
    return ()
