"""The outbox: stored operations not yet acknowledged, in order for each subject. Fits `bot.ports.Outbox`.

The decisions are made by the scripts of `lua/` on the server, with the server's clock, so any number of
workers may share it. One promise: at least once; a delivery that may already be there comes back marked.
"""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from redis.asyncio import Redis

from bot.domain.alerts import Alert, AlertGroup
from bot.errors import StoreError
from bot.ports import Claim, Delivery
from bot.store import keys
from bot.store.codec import decode, encode
from bot.store.envelopes import addressed, append_calls, without
from bot.store.link import Link
from bot.store.moves import move_home
from bot.store.pacing import PACING, PlatformPace
from bot.subscriptions import Destination

log = structlog.get_logger()

LEASE_S: Final = 15.0
"""A worker must have answered by then, or the delivery is claimed again and marked."""
SHARED: Final = "~"
"""Before the id of a message that speaks of other incidents too; no platform's ids begin so."""
COUNTERS: Final = ("waiting", "dead", "acked", "refused", "forgotten")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A delivery given up, kept for the operator. `body` is the stored record, readable or not."""

    id: str
    why: str
    at: int
    body: str


class StoredOutbox:
    """Opens nothing. `pacing` names the platforms; one that is not in it has no limits."""

    def __init__(
        self, client: Redis, *, pacing: Mapping[str, PlatformPace] = PACING, lease_s: float = LEASE_S
    ) -> None:
        self._link = Link(client)
        self._pacing = pacing
        self._lease_us = int(lease_s * 1_000_000)
        self._changed: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._closed_until: dict[str, float] = {}
        """Platform -> until when it may not speak after our own last claim (monotonic); not asked again."""

    def changed(self, platform: str) -> asyncio.Event:
        """Set whenever this process changed what a platform has to do; its worker waits and clears it."""
        return self._changed[platform]

    async def append(self, deliveries: Sequence[Delivery]) -> int:
        """Add those with new ids; how many were new. A muted destination refuses all but answers."""
        calls = append_calls(await self.unsaid(deliveries))
        if not calls:
            return 0
        added = sum([int(await self._link.run(call.name, call.keys, *call.arguments)) for call in calls])
        self.wake(deliveries)
        return added

    async def unsaid(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """The deliveries, groups among them without alerts that were appended before in other company."""
        groups = [(one, one.payload) for one in deliveries if isinstance(one.payload, AlertGroup)]
        known = await self._known(groups)
        left = []
        for delivery in deliveries:
            if isinstance(delivery.payload, AlertGroup):
                left += without(delivery, delivery.payload, known[delivery.id])
            else:
                left.append(delivery)
        return left

    async def _known(self, groups: Sequence[tuple[Delivery, AlertGroup]]) -> dict[str, set[str]]:
        """Of each group's alerts those that were appended before; one question for each slot."""
        by_platform = defaultdict(list)
        for delivery, group in groups:
            ids = tuple(alert.told_as for alert in group.alerts)
            by_platform[Destination.parse(delivery.destination).platform].append((delivery, ids))
        known: dict[str, set[str]] = {}
        for asked in by_platform.values():
            steps = [("ZMSCORE", keys.recent(delivery.destination), *ids) for delivery, ids in asked]
            for (delivery, ids), scores in zip(asked, await self._link.transaction(steps), strict=True):
                found = {one for one, score in zip(ids, scores, strict=True) if score is not None}
                known[delivery.id] = found
        return known

    def wake(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the workers of this process that these were appended."""
        for platform in {Destination.parse(delivery.destination).platform for delivery in deliveries}:
            self._changed[platform].set()

    async def claim(self, platform: str) -> Claim | None:
        """Lease the next due delivery: lowest lane first, then the chat that has waited longest."""
        while not self._closed_s(platform):
            closed, lanes = await self._peek(platform)
            due = [to for to, wait in lanes if wait <= 0]
            if closed > 0 or not due:
                return None
            claim = await self._take(platform, due[0])
            if claim is not None:
                return claim
        return None

    async def next_due(self, platform: str) -> float | None:
        """Seconds until something may fall due (0 = now); None when nothing waits."""
        if own := self._closed_s(platform):
            return own
        closed, lanes = await self._peek(platform)
        if not lanes:
            return None
        return max(closed, min(wait for _, wait in lanes)) / 1_000_000

    async def done(self, claim: Claim, message_id: str = "") -> bool:
        """Acknowledge. Keeps the alerts and the first message ids of their incidents for 30 days."""
        delivery = claim.delivery
        group: tuple[str, str] = ("", "")
        alerts: tuple[Alert, ...] = ()
        match delivery.payload:
            case Alert():
                alerts = (delivery.payload,)
            case AlertGroup():
                alerts = delivery.payload.alerts
                group = (delivery.payload.id, encode(delivery.payload))
        kept = [part for alert in alerts for part in (alert.incident, encode(alert))]
        return await self._answer(
            "done", claim, message_id, delivery.incident, delivery.operation, *group, *kept
        )

    async def release(self, claim: Claim, wait_s: float, *, everything: bool, maybe_sent: bool) -> bool:
        """Give it back; its chat, or the whole platform, stays silent for `wait_s`."""
        wait_us = max(0, int(wait_s * 1_000_000))
        return await self._answer("release", claim, wait_us, int(everything), int(maybe_sent))

    async def bury(self, claim: Claim, why: str) -> bool:
        """Dead-letter it."""
        return await self._answer("bury", claim, why)

    async def gone(self, destination: str, why: str) -> int:
        """Dead-letter all that waits and refuse what comes, until an answer shows that somebody is back."""
        return int(await self._link.run("gone", keys.of_destination(destination), destination, why))

    async def unmute(self, destination: str) -> bool:
        """Speak to a gone destination again; True when it was muted."""
        return bool(await self._link.run("unmute", keys.of_destination(destination), destination))

    async def moved(self, old: str, new: str) -> None:
        """Follow a migrated chat with all its topics, whichever of them is named.

        Watches first: after a crash in between the platform tells us once more.
        """
        before, after = Destination.parse(old), Destination.parse(new)
        if before.platform != after.platform:
            raise ValueError("a chat cannot move to another platform")
        places = await move_home(self._link, before.whole.id, after.whole.id)
        for place, there in ({old: new} | places).items():
            await self._transfer(place, there)

    async def redirect(self, old: str, new: str) -> None:
        """What waits for a lost destination, and what still comes for it, goes to another of the platform,
        until an answer shows that somebody speaks there again.
        """
        await self._transfer(old, new, detour=True)

    async def message_id(self, destination: str, incident: str) -> str:
        """The platform's id of the incident's first message, empty if unknown."""
        stored: str | None = await self._link.call("HGET", keys.said(destination), incident)
        return (stored or "").removeprefix(SHARED)

    async def counts(self) -> Mapping[str, int]:
        """`waiting`, `dead`, `acked`, `muted`, and `refused` (muted) and `forgotten` (by people's wish)."""
        total = dict.fromkeys((*COUNTERS, "muted"), 0)
        for platform in self._pacing:
            stored = await self._link.call("HMGET", keys.of_platform(platform)[0], *COUNTERS)
            for name, value in zip(COUNTERS, stored, strict=True):
                total[name] += int(value or 0)
            total["muted"] += int(await self._link.call("SCARD", keys.muted(platform)))
        return total

    async def dead_letters(self, destination: str) -> tuple[DeadLetter, ...]:
        """What was given up for a destination, newest first."""
        letters = await self._link.call("LRANGE", keys.dead(destination), 0, -1)
        return tuple(DeadLetter(**json.loads(letter)) for letter in letters)

    async def adopt_leases(self) -> int:
        """End all leases of dead owners at once; call at start, only where no other worker can be alive."""
        ended = 0
        for platform in self._pacing:
            _, *lanes = keys.of_platform(platform)
            for lane in lanes:
                for to in await self._link.call("ZRANGE", lane, 0, -1):
                    ended += int(await self._link.run("adopt", keys.of_destination(to), to))
        return ended

    # ---- inside ---------------------------------------------------------------------------------

    def _closed_s(self, platform: str) -> float:
        """Seconds that are left of the pace after our own last claim: the server need not be asked."""
        return max(0.0, self._closed_until.get(platform, 0.0) - time.monotonic())

    async def _peek(self, platform: str) -> tuple[int, list[tuple[str, int]]]:
        """(microseconds until the platform may speak, first destination and its wait by lane)."""
        closed, *seen = await self._link.run("peek", keys.of_platform(platform))
        lanes = zip(seen[::2], seen[1::2], strict=True)
        return int(closed), [(to, int(wait)) for to, wait in lanes if to]

    async def _take(self, platform: str, destination: str) -> Claim | None:
        """Lease the destination's first delivery; None when it is not to be had and another look is due."""
        pace = self._pacing.get(platform, PlatformPace())
        chat = pace.chat(Destination.parse(destination))
        answer = await self._link.run(
            "claim",
            keys.of_destination(destination),
            *(
                destination,
                self._lease_us,
                pace.overall.interval_us,
                chat.interval_us,
                chat.burst,
                chat.ahead,
                chat.gap_us,
            ),
        )
        match answer:
            case ["moved", new, detour]:
                await self._transfer(destination, new, detour=bool(detour))
            case ["leased", id_, token, attempts, maybe_sent, body, message_id, closed]:
                self._closed_until[platform] = time.monotonic() + int(closed) / 1_000_000
                key = f"{keys.of_destination(destination)[5]}[{id_}]"
                try:
                    delivery = addressed(decode(Delivery, body, key), destination)
                except StoreError as error:
                    # Kept as a dead letter with its body; it must not stop the chat for ever.
                    log.error("unreadable delivery", key=key, why=str(error))  # noqa: TRY400
                    arguments = (destination, id_, token, f"unreadable: {error}")
                    await self._link.run("bury", keys.of_destination(destination), *arguments)
                    return None
                own, shared = message_id.removeprefix(SHARED), message_id.startswith(SHARED)
                return Claim(delivery, int(token), int(attempts), bool(maybe_sent), own, shared)
        return None

    async def _answer(self, script: str, claim: Claim, *arguments: str | int) -> bool:
        to = claim.delivery.destination
        held = await self._link.run(
            script, keys.of_destination(to), to, claim.delivery.id, claim.token, *arguments
        )
        self._changed[Destination.parse(to).platform].set()
        return bool(held)

    async def _transfer(self, old: str, new: str, *, detour: bool = False) -> None:
        if Destination.parse(old).platform != Destination.parse(new).platform:
            raise ValueError("a chat cannot move to another platform")
        if old == new:
            return
        both = (*keys.of_destination(old), *keys.of_destination(new))
        await self._link.run("transfer", both, old, new, int(detour))
        self._changed[Destination.parse(new).platform].set()
