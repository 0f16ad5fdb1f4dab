"""Looks after the places we speak in and the platforms themselves, and tells those who can act on it.

Gateways report joins and losses, delivery what a platform refused, the supervisor what crashed. All that is
said goes through the outbox, to other platforms where one is away. Made by `bot.app`.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable

import structlog

from bot.errors import StoreError
from bot.messages.notices import (
    Crashed,
    GivenUp,
    Joined,
    Notice,
    PlaceBack,
    PlaceLost,
    PlatformAway,
    PlatformBack,
    PlatformRefused,
    Throttled,
    notice_message,
)
from bot.ports import Clock, Delivery, Lane, Operation, Outbox, Place, WatchBook
from bot.subscriptions import Destination, Watch, settings_without

log = structlog.get_logger()

AWAY_TOLD_AFTER_S = 120
"""Platforms are away for seconds every day; that is nobody's business."""
WAIT_TOLD_FROM_S = 60
SAID_AGAIN_AFTER_S = 3600
"""The same notice to the same person comes at most this often: its id holds the hour."""
TOLD_AT_MOST = 10
"""People of one home who are told that a place was lost."""

MayAdmit = Callable[[str, str], Awaitable[bool]]
"""(home id, person id or empty) -> whether the home is let in, be it by this person."""


class Steward:
    """Fits `bot.ports.Steward`. `platforms` are those that run.

    `hosts` are people of the operator's allow-list: they hear what is for operators where nobody became one,
    since a code is only made for a platform that nobody may speak on.
    """

    def __init__(
        self,
        outbox: Outbox,
        book: WatchBook,
        *,
        platforms: Collection[str],
        may_admit: MayAdmit,
        clock: Clock,
        hosts: Collection[str] = (),
    ) -> None:
        self._outbox = outbox
        self._book = book
        self._platforms = frozenset(platforms)
        self._may_admit = may_admit
        self._clock = clock
        self._hosts = frozenset(hosts)
        self._trouble: dict[str, float] = {}
        """Platform -> since when it cannot be reached."""
        self._told_away: set[str] = set()
        self._muted: set[str] = set()
        """Where we may not write, as far as we were told since we started."""

    # ---- places -----------------------------------------------------------------------------------

    async def changed(
        self, place: Destination, what: Place, *, home: str = "", by: str = "", why: str = ""
    ) -> None:
        """See `bot.ports.Steward`. StoreError when the store is away."""
        home = home or place.whole.id
        match what:
            case Place.JOINED:
                await self._joined(place, home, by)
            case Place.BACK:
                await self._back(place, home)
            case Place.GONE | Place.MUTED:
                if place.id in {home, *await self._book.places(home)}:  # else we never spoke there
                    await self._lost(place.id, home, why, muted=what is Place.MUTED)

    async def moved(self, old: Destination, new: Destination) -> None:
        """The chat has a new id; both chats tell of it, so it may be told twice."""
        for place in await self._under(old, old.id):
            to = Destination.parse(place)
            await self._outbox.moved(place, Destination(new.platform, new.chat, to.thread).id)

    async def unreachable(self, destination: str, why: str) -> None:
        """Delivery found nobody there: as if the gateway had said so."""
        home = await self._book.home_of(destination)
        await self._lost(destination, home, why, muted=False)

    async def _joined(self, place: Destination, home: str, by: str) -> None:
        let_in = await self._may_admit(home, by)
        if let_in:
            await self._book.admit(home)
        if not place.is_private:  # greeted alone, its owner's own chat does not share the server's fate
            await self._book.add_place(home, place.id)
        places = {place.id, *await self._under(Destination.parse(home), home)}
        self._muted -= places
        for one in places:
            await self._outbox.unmute(one)  # in a server that had thrown us out all channels were
        log.info("joined", home=home, let_in=let_in)
        await self._tell((place.id,), Joined(home, let_in), f"joined:{home}")

    async def _back(self, place: Destination, home: str) -> None:
        places = await self._under(place, home)
        self._muted.difference_update(places)
        spoke_not = [one for one in places if await self._outbox.unmute(one)]
        if place.id in spoke_not and await self._book.of(home):
            await self._tell((place.id,), PlaceBack(place.id), f"here:{place.id}")

    async def _under(self, place: Destination, home: str) -> list[str]:
        """The destinations that share the fate of a place: itself and its threads; of a home, all of them."""
        known = await self._book.places(home)
        mine = {one for one in known if Destination.parse(one).whole == place}
        return sorted({place.id} | mine) if place.id != home else sorted(known | {place.id})

    async def _lost(self, place: str, home: str, why: str, *, muted: bool) -> None:
        """Send what was meant for a lost place elsewhere in its home if there is any, and tell people.

        From a place that mutes us that is a detour: it ends when we may write there again.
        """
        watches = await self._book.of(home)
        if muted:
            self._muted.add(place)
        instead = await self._instead(place, home)
        if instead:
            await self._outbox.redirect(place, instead)
            if not muted:
                await self._book.drop_place(home, place)
                await self._reroute(place, instead, home, watches)
        else:
            for one in await self._under(Destination.parse(place), home):
                await self._outbox.gone(one, why)
        if not watches and not instead:
            return
        owners = self._owners(watches, place, home)
        hearers = {instead, *owners, *await self._operators()} - {"", place}
        notice = PlaceLost(place, why, instead, muted)
        await self._tell(sorted(hearers)[:TOLD_AT_MOST], notice, f"{'muted' if muted else 'lost'}:{place}")

    async def _instead(self, place: str, home: str) -> str:
        """Where alerts of a lost topic or channel go: the group itself, or another channel of the server."""
        if place == home:
            return ""
        chat = Destination.parse(place).whole.id
        if chat != place:
            return "" if chat in self._muted else chat
        heard = {watch.place for watch in await self._book.of(home)}
        heard |= {to for _, to in (await self._book.settings(home)).routes}
        known = await self._book.places(home) - {place, home} - self._muted
        # Those first where alerts are expected; in the others somebody only spoke to us.
        for other in sorted(known, key=lambda one: (one not in heard, one)):
            # Places of others to which this home may send are known too, but are not its own.
            if await self._book.home_of(other) == home:
                return other
        return ""

    async def _reroute(self, place: str, instead: str, home: str, watches: Iterable[Watch]) -> None:
        settings = await self._book.settings(home)
        cleared = settings_without(settings, place)
        if cleared != settings:
            await self._book.put_settings(home, cleared)
        for watch in watches:
            if watch.place == place:
                await self._book.put(watch.moved_to("" if instead == home else instead))

    def _owners(self, watches: Iterable[Watch], place: str, home: str) -> set[str]:
        """Who added what was told there, in a chat of their own: they can act."""
        added = {watch.created_by for watch in watches if place in {home, watch.place or home}}
        return {one for one in added if one.partition("/")[0] in self._platforms and "-" not in one}

    # ---- platforms --------------------------------------------------------------------------------

    def line(self, platform: str, trouble: str) -> None:
        """A gateway lost its platform (`trouble` in its words) or has it back (empty)."""
        if trouble:
            self._trouble.setdefault(platform, self._clock())
        else:
            self._trouble.pop(platform, None)

    async def tick(self) -> None:
        """Tell of platforms that are away for long, or back after that; call every few seconds."""
        now = self._clock()
        for platform, since in list(self._trouble.items()):
            if platform not in self._told_away and now - since >= AWAY_TOLD_AFTER_S:
                self._told_away.add(platform)
                away = PlatformAway(platform, int(now - since))
                await self._tell_operators(away, f"away:{platform}", but=platform)
        for platform in self._told_away - self._trouble.keys():
            self._told_away.discard(platform)
            await self._tell_operators(PlatformBack(platform), f"back:{platform}", but=platform)

    async def refused(self, platform: str, why: str) -> None:
        """A platform does not take our token; the others go on. Its being away is not told beside that."""
        if platform in self._trouble:
            self._told_away.add(platform)
        await self._tell_operators(PlatformRefused(platform, why), f"refused:{platform}", but=platform)

    async def told_to_wait(self, destination: str, wait_s: float, *, everything: bool) -> None:
        """A platform's 429; short ones are daily business."""
        if wait_s < WAIT_TOLD_FROM_S:
            return
        to = Destination.parse(destination)
        notice = Throttled(to.platform, int(wait_s), "" if everything else to.id)
        await self._tell_operators(notice, f"wait:{to.platform if everything else to.id}", but="")

    async def given_up(self, destination: str, why: str) -> None:
        """A message became a dead letter."""
        await self._tell_operators(GivenUp(destination, why), f"dead:{destination}", but="")

    async def crashed(self, part: str) -> None:
        """A bug in a part of the program, which is being restarted."""
        await self._tell_operators(Crashed(part), f"crash:{part}", but="")

    # ---- telling ----------------------------------------------------------------------------------

    async def _operators(self, but: str = "") -> set[str]:
        """Those by code, or else the hosts, that can be reached on another platform than `but`."""
        for found in (await self._book.operators(), self._hosts):
            reached = {one for one in found if one.partition("/")[0] in self._platforms - {but}}
            if reached:
                return reached
        return set()

    async def _tell_operators(self, notice: Notice, key: str, *, but: str) -> None:
        """To every operator, except through the platform `but`, which does not work."""
        operators = await self._operators(but)
        if not operators:
            log.warning("no operator to tell", notice=type(notice).__name__, key=key)
        await self._tell(sorted(operators), notice, key)

    async def _tell(self, hearers: Iterable[str], notice: Notice, key: str) -> None:
        now = int(self._clock())
        message = notice_message(notice)
        deliveries = [
            Delivery(
                id=f"{key}:{now // SAID_AGAIN_AFTER_S}@{hearer}",
                destination=hearer,
                subject=key,
                lane=Lane.REST,
                operation=Operation.SEND,
                payload=message,
                created_at=now,
            )
            for hearer in hearers
        ]
        try:
            await self._outbox.append(deliveries)
        except StoreError as error:
            log.warning("not told", key=key, why=str(error))
